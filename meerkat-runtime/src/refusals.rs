//! Why calls about tools and the live transport are refused, one variant per thing that their reader would do about it.

/// Why a call about the visible tools had no effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum ToolsRefusal {
    /// Nobody offers the tool.
    #[error("a tool is not offered; offer it first")]
    NotOffered,
    /// The tool is offered by somebody else, or is on its way out.
    #[error("a tool is offered already; have it retracted, and offer it behind the next boundary")]
    OfferedAlready,
    /// Somebody else offers the tool.
    #[error("a tool is offered by another authority; name the one that offers it")]
    OtherAuthority,
    /// The tool is visible until the next boundary, and gone then.
    #[error("a tool was retracted; have it offered again behind the next boundary")]
    RetractedAlready,
    /// Something newer was staged.
    #[error("a newer revision of the tools is staged; publish that one")]
    RevisionStale,
    /// What is staged is in force already.
    #[error("no revision of the tools waits; there is nothing to publish")]
    NothingStaged,
}

impl ToolsRefusal {
    /// A code that never changes, for programs to test.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::NotOffered => "tools.not_offered",
            Self::OfferedAlready => "tools.offered_already",
            Self::OtherAuthority => "tools.other_authority",
            Self::RetractedAlready => "tools.retracted_already",
            Self::RevisionStale => "tools.revision_stale",
            Self::NothingStaged => "tools.nothing_staged",
        }
    }
}

/// Why a call about an external tool surface had no effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum SurfacesRefusal {
    /// The session knows no such surface.
    #[error("the surface is not registered; register it first")]
    Unknown,
    /// The surface is in no state for this change.
    #[error("the change does not fit the surface as it is; look at its status")]
    ChangeUnfit,
    /// A later operation has replaced the one that is reported on, or it is over.
    #[error("the operation on the surface is not the current one; drop what it was about")]
    OperationStale,
    /// The surface takes no calls.
    #[error("the surface is not open to calls; call it once it is ready")]
    NotOpen,
    /// A call with this number is in flight.
    #[error("the call is in flight already; give every call a number of its own")]
    CallInFlight,
    /// No such call is in flight: it has ended, was lost with its surface, or never began.
    #[error("the call is not in flight; drop its answer")]
    CallNotInFlight,
    /// There is a newer picture of the surfaces.
    #[error("there is a newer picture of the surfaces; take that one in")]
    PictureStale,
    /// The executor has taken in this picture.
    #[error("the picture of the surfaces is taken in already; there is nothing to do")]
    AlignedAlready,
}

impl SurfacesRefusal {
    /// A code that never changes, for programs to test.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Unknown => "surfaces.unknown",
            Self::ChangeUnfit => "surfaces.change_unfit",
            Self::OperationStale => "surfaces.operation_stale",
            Self::NotOpen => "surfaces.not_open",
            Self::CallInFlight => "surfaces.call_in_flight",
            Self::CallNotInFlight => "surfaces.call_not_in_flight",
            Self::PictureStale => "surfaces.picture_stale",
            Self::AlignedAlready => "surfaces.aligned_already",
        }
    }
}

/// Why a call about a tool server had no effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum ServersRefusal {
    /// The session knows no such server.
    #[error("the server is not known; add it first")]
    Unknown,
    /// A later attempt has replaced the one that is reported on.
    #[error("the attempt to connect the server is not the latest; drop its connection")]
    AttemptStale,
    /// The attempt has ended in another way.
    #[error("the attempt to connect the server is over; look at its status")]
    AttemptOver,
    /// The server is not connected.
    #[error("the server is disconnected; there is nothing to do")]
    DisconnectedAlready,
}

impl ServersRefusal {
    /// A code that never changes, for programs to test.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Unknown => "servers.unknown",
            Self::AttemptStale => "servers.attempt_stale",
            Self::AttemptOver => "servers.attempt_over",
            Self::DisconnectedAlready => "servers.disconnected_already",
        }
    }
}

/// Why a call about the live transport had no effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum RealtimeRefusal {
    /// Nobody wants a live transport.
    #[error("no live transport is wanted; project the intent first")]
    NotWanted,
    /// The session's model cannot hold a live transport, or it is not known which model that is.
    #[error("the session's model is not known to hold a live transport; declare or reconfigure the model first")]
    ModelIncapable,
    /// A live transport is bound.
    #[error("a live transport is bound; replace it, or detach it first")]
    Bound,
    /// No live transport is bound.
    #[error("no live transport is bound; attach one first")]
    NotBound,
    /// The caller does not hold the live transport, or no longer.
    #[error("another authority holds the live transport, or none does; let go of the transport of this one")]
    AuthorityStale,
    /// The live topology is being changed.
    #[error("the live topology is being changed; wait for the end of that, or begin another change")]
    TopologyInProgress,
    /// Another change of the topology has taken over.
    #[error("a later change of the live topology has taken over; leave this one")]
    TopologyStale,
    /// The change of the topology is not at this step.
    #[error("the change of the live topology is not at this step; look at its status")]
    TopologyOutOfOrder,
    /// The policy allows no attempt.
    #[error("the policy allows no attempt to reconnect; set another policy first")]
    ReconnectForbidden,
    /// Attempts are being made.
    #[error("attempts to reconnect are being made; clear them first, or go on with them")]
    ReconnectInProgress,
    /// The attempts are not at this step.
    #[error("the attempts to reconnect are not at this step; look at their status")]
    ReconnectOutOfOrder,
    /// The moment of the next attempt has not come.
    #[error("it is too early for the next attempt to reconnect; retry at the moment that was scheduled")]
    RetryTooEarly,
    /// The last exchange has not ended.
    #[error("an exchange goes on; end it first")]
    ExchangeGoesOn,
    /// There is a later exchange.
    #[error("the exchange is not the latest; drop what it was about")]
    ExchangeStale,
    /// The exchange is not at this step.
    #[error("the exchange is not at this step; look at its status")]
    ExchangeOutOfOrder,
    /// The context did not grow.
    #[error("the context only grows; use a watermark above the latest")]
    ContextNotGrown,
    /// The live transport cannot know so much, or knew it before.
    #[error("the frontier must be above the last one and not above the watermark; look at the projection")]
    FrontierUnfit,
}

impl RealtimeRefusal {
    /// A code that never changes, for programs to test.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::NotWanted => "realtime.not_wanted",
            Self::ModelIncapable => "realtime.model_incapable",
            Self::Bound => "realtime.bound",
            Self::NotBound => "realtime.not_bound",
            Self::AuthorityStale => "realtime.authority_stale",
            Self::TopologyInProgress => "realtime.topology_in_progress",
            Self::TopologyStale => "realtime.topology_stale",
            Self::TopologyOutOfOrder => "realtime.topology_out_of_order",
            Self::ReconnectForbidden => "realtime.reconnect_forbidden",
            Self::ReconnectInProgress => "realtime.reconnect_in_progress",
            Self::ReconnectOutOfOrder => "realtime.reconnect_out_of_order",
            Self::RetryTooEarly => "realtime.retry_too_early",
            Self::ExchangeGoesOn => "realtime.exchange_goes_on",
            Self::ExchangeStale => "realtime.exchange_stale",
            Self::ExchangeOutOfOrder => "realtime.exchange_out_of_order",
            Self::ContextNotGrown => "realtime.context_not_grown",
            Self::FrontierUnfit => "realtime.frontier_unfit",
        }
    }
}
