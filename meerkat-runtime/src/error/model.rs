//! What a call for the models of a session may be refused with.

use machine_spec::session::{ImageOperationId, SwitchId};

use crate::SessionId;

/// Why a call for the models of a session had no effect.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ModelError {
    /// There is nobody to ask.
    #[error("nobody can change the model of session {session}; set its model host first")]
    HostMissing {
        /// The session.
        session: SessionId,
    },
    /// The model is being changed.
    #[error("the model of session {session} is being changed; wait for the end of that change")]
    Changing {
        /// The session.
        session: SessionId,
    },
    /// No change can be given up.
    #[error("session {session} has no change of the model that could be given up; wait for its end")]
    NothingToAbandon {
        /// The session.
        session: SessionId,
    },
    /// The executor has its identity.
    #[error("the executor of session {session} has nothing to be restored; go on")]
    NotAstray {
        /// The session.
        session: SessionId,
    },
    /// Another switch was requested or is in force.
    #[error("session {session} has another switch of the model; wait for its end, or cancel it")]
    SwitchPending {
        /// The session.
        session: SessionId,
    },
    /// A switch for no turns.
    #[error("a switch of the model of session {session} is for at least one turn; ask for 1 or more")]
    NoTurns {
        /// The session.
        session: SessionId,
    },
    /// The switch is decided, or over.
    #[error("switch {} of session {session} is decided or over; look at its outcome", .request.number())]
    SwitchOver {
        /// The session.
        session: SessionId,
        /// The switch.
        request: SwitchId,
    },
    /// The switch has not ended, or was forgotten.
    #[error("switch {} of session {session} has not ended, or was forgotten; there is nothing to forget", .request.number())]
    SwitchNotEnded {
        /// The session.
        session: SessionId,
        /// The switch.
        request: SwitchId,
    },
    /// There is no such image operation.
    #[error("session {session} has no image operation {}; request it first", .operation.number())]
    ImageUnknown {
        /// The session.
        session: SessionId,
        /// The image operation.
        operation: ImageOperationId,
    },
    /// There is such an image operation already.
    #[error("session {session} has an image operation {} already; use a new number", .operation.number())]
    ImageKnown {
        /// The session.
        session: SessionId,
        /// The image operation.
        operation: ImageOperationId,
    },
    /// The image operation is not where this may be done.
    #[error("image operation {} of session {session} is not where this may be done; look at its state", .operation.number())]
    ImageOutOfOrder {
        /// The session.
        session: SessionId,
        /// The image operation.
        operation: ImageOperationId,
    },
    /// Another image operation has its model.
    #[error("another image operation of session {session} has its model; begin {} when that has ended", .operation.number())]
    ImageModelTaken {
        /// The session.
        session: SessionId,
        /// The image operation.
        operation: ImageOperationId,
    },
}

impl ModelError {
    /// A code that never changes, for programs to test.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::HostMissing { .. } => "model.host_missing",
            Self::Changing { .. } => "model.changing",
            Self::NothingToAbandon { .. } => "model.nothing_to_abandon",
            Self::NotAstray { .. } => "model.not_astray",
            Self::SwitchPending { .. } => "model.switch_pending",
            Self::NoTurns { .. } => "model.no_turns",
            Self::SwitchOver { .. } => "model.switch_over",
            Self::SwitchNotEnded { .. } => "model.switch_not_ended",
            Self::ImageUnknown { .. } => "model.image_unknown",
            Self::ImageKnown { .. } => "model.image_known",
            Self::ImageOutOfOrder { .. } => "model.image_out_of_order",
            Self::ImageModelTaken { .. } => "model.image_model_taken",
        }
    }
}
