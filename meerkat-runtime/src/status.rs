//! What can be seen of sessions and of the runtime.

use machine_spec::session::{
    CancelPoint, Incarnation, InputId, LifecyclePhase, MeerkatMachineState, RegistrationPhase, RunId,
};

use crate::{RuntimeError, SessionId};

/// What a session is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RuntimeState {
    /// It has no executor.
    Idle,
    /// It has an executor and waits for input.
    Attached,
    /// A run is current.
    Running,
    /// It takes no new input and drains what waits.
    Retired,
    /// It was stopped.
    Stopped,
    /// It was destroyed.
    Destroyed,
}

/// How a session is held.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RegistrationState {
    /// By nobody.
    Absent,
    /// Without an executor.
    Queuing,
    /// An executor is being bound.
    Attaching,
    /// With an executor.
    Active,
    /// It is being given up.
    Draining,
}

/// What a session looked like after its last step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionStatus {
    /// The session.
    pub session: SessionId,
    /// The registration.
    pub incarnation: Incarnation,
    /// What it is doing.
    pub state: RuntimeState,
    /// How it is held.
    pub registration: RegistrationState,
    /// The current run.
    pub run: Option<RunId>,
    /// Whether, and when, the current run is to end early.
    pub cancel: Option<CancelPoint>,
    /// The latest run.
    pub last_run: RunId,
    /// How many inputs wait.
    pub waiting: u64,
    /// How many inputs the current run has.
    pub in_run: u64,
    /// The latest input that was taken in.
    pub last_input: InputId,
    /// How often an input may be handed to a run.
    pub attempt_limit: u32,
}

impl SessionStatus {
    pub(crate) fn of(session: &SessionId, state: &MeerkatMachineState) -> Self {
        let (run, cancel) = match state.lifecycle().phase() {
            LifecyclePhase::Running { run, cancel, .. } => (Some(run), cancel),
            _ => (None, None),
        };
        Self {
            session: session.clone(),
            incarnation: state.registration().incarnation(),
            state: RuntimeState::of(state.lifecycle().phase()),
            registration: RegistrationState::of(state.registration().phase()),
            run,
            cancel,
            last_run: state.lifecycle().last_run(),
            waiting: state.ingress().waiting().len(),
            in_run: state.ingress().in_run().len(),
            last_input: state.admission().last_input(),
            attempt_limit: state.admission().attempt_limit(),
        }
    }
}

impl RuntimeState {
    fn of(phase: LifecyclePhase) -> Self {
        match phase {
            LifecyclePhase::Idle => Self::Idle,
            LifecyclePhase::Attached => Self::Attached,
            LifecyclePhase::Running { .. } => Self::Running,
            LifecyclePhase::Retired => Self::Retired,
            LifecyclePhase::Stopped => Self::Stopped,
            LifecyclePhase::Destroyed => Self::Destroyed,
        }
    }
}

impl RegistrationState {
    fn of(phase: RegistrationPhase) -> Self {
        match phase {
            RegistrationPhase::Absent => Self::Absent,
            RegistrationPhase::Queuing => Self::Queuing,
            RegistrationPhase::Attaching { .. } => Self::Attaching,
            RegistrationPhase::Active { .. } => Self::Active,
            RegistrationPhase::Draining => Self::Draining,
        }
    }
}

/// How a registration ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnregisterReport {
    /// The session.
    pub session: SessionId,
    /// The run that was told to end for it. Its inputs run again after the next registration, as their attempts allow.
    pub interrupted: Option<RunId>,
    /// How many inputs wait in the store for the next registration.
    pub waiting: u64,
    /// How many completions were told that nobody follows their input any longer.
    pub told: usize,
}

/// How a runtime ended.
#[derive(Clone, Debug, Default)]
pub struct ShutdownReport {
    /// How many sessions were given up without a run being told to end.
    pub drained: usize,
    /// The sessions whose run was told to end at the deadline.
    pub interrupted: Vec<SessionId>,
    /// The sessions that could not be given up in good order. What they accepted is in the store all the same.
    pub failed: Vec<(SessionId, RuntimeError)>,
}

/// What a runtime did since it was built.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RuntimeStatistics {
    /// Sessions that are registered now.
    pub sessions: u64,
    /// Inputs that were accepted.
    pub accepted: u64,
    /// Inputs that were settled.
    pub settled: u64,
    /// Runs that were started.
    pub runs: u64,
    /// Machine inputs that were applied and are durable.
    pub steps: u64,
    /// Commits that the store confirmed.
    pub commits: u64,
    /// Registrations that ended because the store failed or a rule was broken.
    pub failures: u64,
}
