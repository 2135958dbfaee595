//! From the machine's rejections to the errors of models.

use machine_spec::session::{MeerkatMachineInput as Input, MeerkatMachineRejection as Rejection};

use super::Core;
use crate::{ModelError, RuntimeError};

impl Core {
    /// The error of a call for the session's models that was refused; none if the input is none.
    pub(super) fn model_refusal(&self, input: &Input, rejection: Rejection) -> Option<RuntimeError> {
        let session = self.session.clone();
        let error = match *input {
            Input::BeginReconfiguration { .. } if is_phase(rejection) => ModelError::Changing { session },
            Input::AbandonReconfiguration { .. } => ModelError::NothingToAbandon { session },
            Input::RetryRestore { .. } => ModelError::NotAstray { session },
            Input::RequestSwitch { .. } if is_phase(rejection) => ModelError::SwitchPending { session },
            Input::RequestSwitch { turns: 0, .. } => ModelError::NoTurns { session },
            Input::GrantSwitch { request } | Input::DenySwitch { request } | Input::CancelSwitch { request } => {
                ModelError::SwitchOver { session, request }
            }
            Input::ForgetSwitch { request } => ModelError::SwitchNotEnded { session, request },
            Input::RequestImageOperation { operation, .. } => ModelError::ImageKnown { session, operation },
            Input::BeginImageOperation { operation } if !is_phase(rejection) && !is_unknown(rejection) => {
                ModelError::ImageModelTaken { session, operation }
            }
            Input::GrantImageOperation { operation }
            | Input::DenyImageOperation { operation }
            | Input::BeginImageOperation { operation }
            | Input::FinishImageOperation { operation, .. }
            | Input::CancelImageOperation { operation }
            | Input::ForgetImageOperation { operation } => {
                if is_unknown(rejection) {
                    ModelError::ImageUnknown { session, operation }
                } else {
                    ModelError::ImageOutOfOrder { session, operation }
                }
            }
            _ => return None,
        };
        Some(error.into())
    }
}

fn is_phase(rejection: Rejection) -> bool {
    matches!(rejection, Rejection::Phase { .. })
}

fn is_unknown(rejection: Rejection) -> bool {
    matches!(rejection, Rejection::NoInstance { .. })
}
