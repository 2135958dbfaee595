//! From the machine's rejections to the caller's errors.

use machine_spec::session::{
    MeerkatMachineGuard as Guard, MeerkatMachineInput as Input, MeerkatMachineMutator, MeerkatMachinePhase as Phase,
    MeerkatMachineRejection as Rejection,
};

use super::{Core, Remains};
use crate::RuntimeError;

impl Core {
    /// Offers an input on behalf of a caller.
    pub(super) fn request(&mut self, input: Input) -> Result<(), RuntimeError> {
        match self.authority.apply(&input, &mut self.effects) {
            Ok(()) => {
                self.took(input, &Remains::default());
                Ok(())
            }
            Err(rejection) => Err(self.refusal(&input, rejection)),
        }
    }

    /// Asks whether an input would be accepted now. Changes nothing.
    pub(super) fn would_accept(&self, input: &Input) -> Result<(), RuntimeError> {
        self.authority.can_apply(input).map_err(|rejection| self.refusal(input, rejection))
    }

    pub(super) fn refusal(&self, input: &Input, rejection: Rejection) -> RuntimeError {
        let session = self.session.clone();
        match rejection {
            Rejection::Phase { phase, .. } => self.wrong_phase(input, phase, rejection),
            Rejection::Guard { guard: Guard::TheHandleIsOfTheCurrentIncarnation, .. } => {
                RuntimeError::SessionGone { session }
            }
            Rejection::Guard { guard: Guard::TheRunIsTheCurrentOne, .. } => match *input {
                Input::CancelRun { run, .. } | Input::ReachBoundary { run } => {
                    RuntimeError::RunNotCurrent { session, run }
                }
                _ => RuntimeError::Refused { session, source: rejection },
            },
            Rejection::Guard { guard: Guard::ThereIsRoomForOneMoreToWait, .. } => {
                RuntimeError::TooManyWaiting { session, limit: self.state().admission().waiting_limit() }
            }
            Rejection::Guard { guard: Guard::NoExecutorIsBound, .. } => RuntimeError::ExecutorBound { session },
            Rejection::NoInstance { .. } => match *input {
                Input::Abandon { input, .. } => RuntimeError::InputNotWaiting { session, input },
                _ => RuntimeError::Refused { session, source: rejection },
            },
            _ => RuntimeError::Refused { session, source: rejection },
        }
    }

    fn wrong_phase(&self, input: &Input, phase: Phase, rejection: Rejection) -> RuntimeError {
        let session = self.session.clone();
        match (phase, input) {
            (Phase::RegistrationAbsent, _) => RuntimeError::SessionGone { session },
            (Phase::RegistrationDraining, _) => RuntimeError::Draining { session },
            (Phase::RegistrationQueuing, _) => RuntimeError::NotAttached { session },
            (Phase::RegistrationAttaching | Phase::RegistrationActive, _) => RuntimeError::ExecutorBound { session },
            (Phase::LifecycleDestroyed, _) => RuntimeError::Destroyed { session },
            (
                Phase::LifecycleRunning,
                Input::Admit { .. } | Input::Stop { .. } | Input::Retire { .. } | Input::Wake { .. },
            ) => RuntimeError::Ending { session },
            (Phase::LifecycleRunning, _) => RuntimeError::RunCurrent { session },
            (Phase::LifecycleRetired, _) => RuntimeError::Retired { session },
            (Phase::LifecycleStopped, _) => RuntimeError::Stopped { session },
            (_, Input::CancelRun { run, .. } | Input::ReachBoundary { run }) => {
                RuntimeError::RunNotCurrent { session, run: *run }
            }
            (_, Input::Abandon { input, .. }) => RuntimeError::InputNotWaiting { session, input: *input },
            _ => RuntimeError::Refused { session, source: rejection },
        }
    }
}
