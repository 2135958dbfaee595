//! Why a call about peers was refused, one variant per thing that its reader would do about it.

use machine_spec::session::{DrainId, OverlayEpoch, PeerProjectionId, SupervisorEpoch};

/// Why a call about a session's peers had no effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PeerRefusal {
    /// Nobody takes in what peers send.
    #[error("nobody owns the peer ingress; attach the session or its mob first")]
    IngressUnowned,
    /// Another mob takes in what peers send.
    #[error("another mob owns the peer ingress; have that one let go first")]
    IngressOfAnotherMob,
    /// There is a drain already, or it has not ended yet.
    #[error("drain {} has not ended; wait for its end, or abort it", .drain.number())]
    DrainPresent {
        /// The drain.
        drain: DrainId,
    },
    /// The drain has ended, or there is a later one.
    #[error("drain {} has ended or is not the current one; there is nothing to do about it", .drain.number())]
    DrainNotCurrent {
        /// The drain.
        drain: DrainId,
    },
    /// Another peer is bound as the supervisor, or may still be trusted as one.
    #[error("another peer is bound as the supervisor; revoke that binding first")]
    SupervisorOther,
    /// Trust in the supervisor is being published or revoked.
    #[error("trust in the supervisor is being published or revoked; acknowledge that first")]
    SupervisorChanging,
    /// No supervisor is bound.
    #[error("no supervisor is bound; bind one first")]
    SupervisorUnbound,
    /// There is a later binding of a supervisor.
    #[error("the supervisor's binding has epoch {}; drop what belongs to another one", .current.number())]
    SupervisorEpochStale {
        /// The epoch of the latest binding.
        current: SupervisorEpoch,
    },
    /// Nobody waits for the acknowledgement: it came already, or something else is going on.
    #[error("the supervisor's binding waits for no such acknowledgement; look at the binding")]
    AcknowledgementUnexpected,
    /// The peer may not supervise the session.
    #[error("the peer may not supervise the session; bind it and publish trust in it first")]
    NotSupervisor,
    /// The session would be its own peer.
    #[error("the session would be its own peer; use another name")]
    PeerIsSelf,
    /// The peer is a direct peer already.
    #[error("the peer is a direct peer already; there is nothing to add")]
    PeerKnown,
    /// The peer is no direct peer.
    #[error("the peer is no direct peer; there is nothing to remove")]
    PeerUnknown,
    /// The overlay is not newer than the latest.
    #[error("the overlay in force has epoch {}; drop this one, or stage it under a greater epoch", .current.number())]
    OverlayStale {
        /// The epoch of the latest overlay.
        current: OverlayEpoch,
    },
    /// The projection is not the one that is waited for: there is a later one, or it was confirmed already.
    #[error("projection {} is the latest; project that one if it is not confirmed", .latest.number())]
    ProjectionNotAwaited {
        /// The latest projection.
        latest: PeerProjectionId,
    },
    /// There is a request under this number.
    #[error("there is a request under this number; use a new number")]
    RequestExists,
    /// There is no such request, or it is over.
    #[error("there is no such request any more; drop what belongs to it")]
    RequestUnknown,
    /// The request went to another peer.
    #[error("the request went to another peer; drop what this one says about it")]
    RequestOfAnotherPeer,
    /// The peer was heard of since the deadline was set.
    #[error("the peer was heard of {progress} times; set a new deadline behind that")]
    RequestHeardOf {
        /// How often the peer has said that it is at it.
        progress: u32,
    },
    /// The request was answered already.
    #[error("the request was answered already; its peer hears one answer")]
    RequestAnswered,
    /// The request was not answered yet.
    #[error("the request was not answered yet; reply to it first")]
    RequestUnanswered,
    /// There is a stream under this number.
    #[error("there is a stream under this number; use a new number")]
    StreamExists,
    /// There is no such stream, or it has ended.
    #[error("there is no such stream any more; reserve a new one")]
    StreamUnknown,
    /// The stream has no reader.
    #[error("the stream has no reader yet; wait for it, or close the stream")]
    StreamWithoutReader,
    /// The stream has its reader.
    #[error("the stream has its reader; complete it, or close it")]
    StreamHasReader,
    /// The envelope was taken in already.
    #[error("the envelope was taken in already; take it out of the inbox and settle it")]
    EnvelopeTaken,
    /// There is no such envelope, or it was settled.
    #[error("there is no such envelope any more; there is nothing to settle")]
    EnvelopeUnknown,
}

impl PeerRefusal {
    /// A code that never changes, for programs to test.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::IngressUnowned => "peers.ingress_unowned",
            Self::IngressOfAnotherMob => "peers.ingress_of_another_mob",
            Self::DrainPresent { .. } => "peers.drain_present",
            Self::DrainNotCurrent { .. } => "peers.drain_not_current",
            Self::SupervisorOther => "peers.supervisor_other",
            Self::SupervisorChanging => "peers.supervisor_changing",
            Self::SupervisorUnbound => "peers.supervisor_unbound",
            Self::SupervisorEpochStale { .. } => "peers.supervisor_epoch_stale",
            Self::AcknowledgementUnexpected => "peers.acknowledgement_unexpected",
            Self::NotSupervisor => "peers.not_supervisor",
            Self::PeerIsSelf => "peers.peer_is_self",
            Self::PeerKnown => "peers.peer_known",
            Self::PeerUnknown => "peers.peer_unknown",
            Self::OverlayStale { .. } => "peers.overlay_stale",
            Self::ProjectionNotAwaited { .. } => "peers.projection_not_awaited",
            Self::RequestExists => "peers.request_exists",
            Self::RequestUnknown => "peers.request_unknown",
            Self::RequestOfAnotherPeer => "peers.request_of_another_peer",
            Self::RequestHeardOf { .. } => "peers.request_heard_of",
            Self::RequestAnswered => "peers.request_answered",
            Self::RequestUnanswered => "peers.request_unanswered",
            Self::StreamExists => "peers.stream_exists",
            Self::StreamUnknown => "peers.stream_unknown",
            Self::StreamWithoutReader => "peers.stream_without_reader",
            Self::StreamHasReader => "peers.stream_has_reader",
            Self::EnvelopeTaken => "peers.envelope_taken",
            Self::EnvelopeUnknown => "peers.envelope_unknown",
        }
    }
}
