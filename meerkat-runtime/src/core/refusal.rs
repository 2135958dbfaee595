//! From the machine's rejections to the caller's errors.

use machine_spec::session::{
    LifecyclePhase, MeerkatMachineGuard as Guard, MeerkatMachineInput as Input, MeerkatMachineMutator,
    MeerkatMachinePhase as Phase, MeerkatMachineRejection as Rejection, RegistrationPhase,
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
        self.refused_by_the_session(rejection)
            .or_else(|| self.work_refusal(input, rejection))
            .or_else(|| self.model_refusal(input, rejection))
            .or_else(|| self.tools_refusal(input, rejection))
            .or_else(|| self.surfaces_refusal(input, rejection))
            .or_else(|| self.servers_refusal(input, rejection))
            .or_else(|| self.realtime_refusal(input, rejection))
            .or_else(|| self.peer_refusal(input, &rejection))
            .or_else(|| self.run_refusal(input, rejection))
            .unwrap_or_else(|| RuntimeError::Refused { session: self.session.clone(), source: rejection })
    }

    /// What is the matter with the session as a whole, whatever the call is about.
    fn refused_by_the_session(&self, rejection: Rejection) -> Option<RuntimeError> {
        let Rejection::Guard { guard, .. } = rejection else { return None };
        let session = self.session.clone();
        Some(match guard {
            Guard::TheHandleIsOfTheCurrentIncarnation => RuntimeError::SessionGone { session },
            Guard::TheSessionIsRegistered | Guard::AProcessHoldsTheSession => RuntimeError::Draining { session },
            Guard::TheSessionIsNotDestroyed => RuntimeError::Destroyed { session },
            Guard::TheSessionTakesInput => return self.takes_no_input(),
            Guard::ThereIsRoomForOneMoreToWait => {
                RuntimeError::TooManyWaiting { session, limit: self.state().admission().waiting_limit() }
            }
            Guard::NoRunIsCurrent => RuntimeError::RunCurrent { session },
            Guard::NoExecutorIsBound => RuntimeError::ExecutorBound { session },
            Guard::AnExecutorIsBound => RuntimeError::NotAttached { session },
            Guard::AnExecutorIsBoundAndTheSessionGoesOn => match self.state().registration().phase() {
                RegistrationPhase::Active { .. } => RuntimeError::Ending { session },
                RegistrationPhase::Draining => RuntimeError::Draining { session },
                _ => RuntimeError::NotAttached { session },
            },
            Guard::TheSessionGoesOn => match self.state().lifecycle().phase() {
                LifecyclePhase::Stopped => RuntimeError::Stopped { session },
                LifecyclePhase::Destroyed => RuntimeError::Destroyed { session },
                _ => RuntimeError::Ending { session },
            },
            _ => return None,
        })
    }

    /// Why the core of the machine refuses: no run, no input, or none in this phase.
    fn run_refusal(&self, input: &Input, rejection: Rejection) -> Option<RuntimeError> {
        let session = self.session.clone();
        match (rejection, input) {
            (Rejection::Phase { phase, .. }, _) => self.wrong_phase(input, phase),
            (
                Rejection::Guard { guard: Guard::TheRunIsTheCurrentOne, .. },
                Input::CancelRun { run, .. } | Input::ReachBoundary { run },
            ) => Some(RuntimeError::RunNotCurrent { session, run: *run }),
            (Rejection::NoInstance { .. }, Input::Abandon { input, .. }) => {
                Some(RuntimeError::InputNotWaiting { session, input: *input })
            }
            _ => None,
        }
    }

    fn wrong_phase(&self, input: &Input, phase: Phase) -> Option<RuntimeError> {
        let session = self.session.clone();
        Some(match (phase, input) {
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
            _ => return None,
        })
    }
}
