//! rust-fsm: its macro knows no data, so the trait is implemented by hand. Rejects without a reason.

use rust_fsm::{StateMachine, StateMachineImpl};
use tests::job::{JobMachineEffect, JobMachineInput, JobPhase, RunId, Tally};

use crate::contestants::{Contestant, Summary, count};

struct Job;

#[derive(Clone, Copy)]
struct State {
    phase: JobPhase,
    last_run: RunId,
    finished: u64,
}

impl StateMachineImpl for Job {
    type Input = JobMachineInput;
    type State = State;
    type Output = JobMachineEffect;

    const INITIAL_STATE: State = State { phase: JobPhase::Idle, last_run: RunId::ZERO, finished: 0 };

    #[inline]
    fn transition(state: &State, input: &JobMachineInput) -> Option<State> {
        let to = |phase| Some(State { phase, ..*state });
        match (state.phase, *input) {
            (JobPhase::Idle | JobPhase::Stopped, JobMachineInput::Attach) => to(JobPhase::Attached),
            (JobPhase::Attached, JobMachineInput::Detach) => to(JobPhase::Idle),
            (JobPhase::Attached, JobMachineInput::Start { run }) if run != state.last_run => {
                Some(State { phase: JobPhase::Running { run }, last_run: run, ..*state })
            }
            (JobPhase::Running { run: current }, JobMachineInput::Finish { run }) if run == current => {
                Some(State { phase: JobPhase::Attached, finished: state.finished.checked_add(1)?, ..*state })
            }
            (JobPhase::Running { run: current }, JobMachineInput::Fail { run }) if run == current => {
                to(JobPhase::Failed)
            }
            (JobPhase::Idle | JobPhase::Attached | JobPhase::Retired, JobMachineInput::Retire) => to(JobPhase::Retired),
            (
                JobPhase::Idle | JobPhase::Attached | JobPhase::Running { .. } | JobPhase::Retired | JobPhase::Stopped,
                JobMachineInput::Stop,
            ) => to(JobPhase::Stopped),
            (JobPhase::Retired | JobPhase::Failed | JobPhase::Stopped, JobMachineInput::Reset) => to(JobPhase::Idle),
            _ => None,
        }
    }

    #[inline]
    fn output(state: &State, input: &JobMachineInput) -> Option<JobMachineEffect> {
        match (state.phase, *input) {
            (JobPhase::Attached, JobMachineInput::Start { run }) => Some(JobMachineEffect::StartExecutor { run }),
            (JobPhase::Running { .. }, JobMachineInput::Finish { run }) => {
                Some(JobMachineEffect::Report { run, finished: state.finished + 1 })
            }
            (JobPhase::Running { run }, JobMachineInput::Stop) => Some(JobMachineEffect::Interrupt { run }),
            _ => None,
        }
    }
}

/// The machine with rust-fsm.
#[derive(Default)]
pub(crate) struct RustFsm {
    job: StateMachine<Job>,
    tally: Tally,
    accepted: u64,
}

impl Contestant for RustFsm {
    type Event = JobMachineInput;

    fn events(inputs: &[JobMachineInput]) -> Vec<JobMachineInput> {
        inputs.to_vec()
    }

    #[inline]
    fn offer(&mut self, event: &JobMachineInput) {
        let result = self.job.consume(event);
        if let Ok(Some(effect)) = result {
            machine_spec::Sink::effect(&mut self.tally, effect);
        }
        count(&mut self.accepted, result);
    }

    fn summary(&self) -> Summary {
        let State { phase, finished, .. } = *self.job.state();
        Summary { accepted: self.accepted, phase: phase.kind(), finished, tally: self.tally }
    }
}
