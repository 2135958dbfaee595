//! What a report of a turn or of an operation may be refused with.

use machine_spec::session::{ModelCall, OperationEnd, OperationId, RunId, TurnEnd, WaitId};

use crate::SessionId;

/// Why a report of a turn was not taken. The turn is as it was.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TurnError {
    /// The run has no turn.
    #[error("run {} of session {session} has not begun a turn; begin it first", .run.number())]
    NotBegun {
        /// The session.
        session: SessionId,
        /// The run.
        run: RunId,
    },
    /// The run has a turn.
    #[error("run {} of session {session} has begun its turn; a run has one", .run.number())]
    Begun {
        /// The session.
        session: SessionId,
        /// The run.
        run: RunId,
    },
    /// The run is not the current one.
    #[error("run {} of session {session} is not the current one; let its executor return", .run.number())]
    RunOver {
        /// The session.
        session: SessionId,
        /// The run.
        run: RunId,
    },
    /// The run was told to end.
    #[error("run {} of session {session} was told to end; report the observed cancellation and return", .run.number())]
    ToldToEnd {
        /// The session.
        session: SessionId,
        /// The run.
        run: RunId,
    },
    /// Nobody told the run to end.
    #[error("run {} of session {session} was not told to end; go on, or report a failure", .run.number())]
    NotToldToEnd {
        /// The session.
        session: SessionId,
        /// The run.
        run: RunId,
    },
    /// The turn has ended.
    #[error("the turn of run {} of session {session} has ended; let its executor return", .run.number())]
    Ended {
        /// The session.
        session: SessionId,
        /// The run.
        run: RunId,
        /// How.
        end: TurnEnd,
    },
    /// The turn is not where this may be reported.
    #[error("the turn of run {} of session {session} is not where this may be reported; look at its status", .run.number())]
    OutOfOrder {
        /// The session.
        session: SessionId,
        /// The run.
        run: RunId,
    },
    /// Another model call has taken the place of this one.
    #[error("model call {} of session {session} is not the latest; its answer comes too late", .call.number())]
    CallStale {
        /// The session.
        session: SessionId,
        /// The call.
        call: ModelCall,
    },
    /// The wait is not the one that the turn waits with, or is closed.
    #[error("wait {} of session {session} is not open, or not the turn's; wait for the operations again", .wait.number())]
    WaitUnknown {
        /// The session.
        session: SessionId,
        /// The wait.
        wait: WaitId,
    },
    /// An operation of the barrier works.
    #[error("operations of wait {} of session {session} still work; await the wait first", .wait.number())]
    BarrierClosed {
        /// The session.
        session: SessionId,
        /// The wait.
        wait: WaitId,
    },
    /// A number in the report is zero.
    #[error("the attempt limit and the number of tools are at least one, in session {session}; say at least 1")]
    Zero {
        /// The session.
        session: SessionId,
    },
}

impl TurnError {
    /// A code that never changes, for programs to test.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotBegun { .. } => "turn.not_begun",
            Self::Begun { .. } => "turn.begun",
            Self::RunOver { .. } => "turn.run_over",
            Self::ToldToEnd { .. } => "turn.told_to_end",
            Self::NotToldToEnd { .. } => "turn.not_told_to_end",
            Self::Ended { .. } => "turn.ended",
            Self::OutOfOrder { .. } => "turn.out_of_order",
            Self::CallStale { .. } => "turn.call_stale",
            Self::WaitUnknown { .. } => "turn.wait_unknown",
            Self::BarrierClosed { .. } => "turn.barrier_closed",
            Self::Zero { .. } => "turn.zero",
        }
    }
}

/// Why a call for an operation had no effect.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OperationError {
    /// There is no such operation, or its end was collected.
    #[error("session {session} has no operation {}, or its end was collected; use the number from its registration", .operation.number())]
    Unknown {
        /// The session.
        session: SessionId,
        /// The operation.
        operation: OperationId,
    },
    /// The operation has ended.
    #[error("operation {} of session {session} has ended; collect it", .operation.number())]
    Ended {
        /// The session.
        session: SessionId,
        /// The operation.
        operation: OperationId,
        /// How.
        end: OperationEnd,
    },
    /// The operation has not ended.
    #[error("operation {} of session {session} has not ended; wait for that, then collect it", .operation.number())]
    NotEnded {
        /// The session.
        session: SessionId,
        /// The operation.
        operation: OperationId,
    },
    /// The operation is not where this may be reported.
    #[error("operation {} of session {session} is not where this may be reported; look at its status", .operation.number())]
    OutOfOrder {
        /// The session.
        session: SessionId,
        /// The operation.
        operation: OperationId,
    },
    /// The operation is no peer.
    #[error("operation {} of session {session} is a tool and no peer; register it as a member", .operation.number())]
    NotPeer {
        /// The session.
        session: SessionId,
        /// The operation.
        operation: OperationId,
    },
    /// An operation cannot end like this from where it is.
    #[error("operation {} of session {session} cannot end like this from where it is; look at its status", .operation.number())]
    ResultImpossible {
        /// The session.
        session: SessionId,
        /// The operation.
        operation: OperationId,
    },
    /// As many operations live as may.
    #[error("session {session} has {limit} operations at work; wait until one has ended, or raise the limit")]
    TooMany {
        /// The session.
        session: SessionId,
        /// The limit.
        limit: u64,
    },
}

impl OperationError {
    /// A code that never changes, for programs to test.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unknown { .. } => "operation.unknown",
            Self::Ended { .. } => "operation.ended",
            Self::NotEnded { .. } => "operation.not_ended",
            Self::OutOfOrder { .. } => "operation.out_of_order",
            Self::NotPeer { .. } => "operation.not_peer",
            Self::ResultImpossible { .. } => "operation.result_impossible",
            Self::TooMany { .. } => "operation.too_many",
        }
    }
}
