//! statig: one handler per state. It has no notion of a rejection: a refused event is counted in the context.

use statig::blocking::InitializedStateMachine;
use statig::prelude::*;
use tests::job::{JobMachineInput, JobMachinePhase, RunId, Tally};

use crate::contestants::{Contestant, Summary};

/// What all states share.
#[derive(Default)]
struct Job {
    last_run: u64,
    finished: u64,
}

/// What a step hands out.
#[derive(Default)]
struct Context {
    tally: Tally,
    refused: u64,
}

impl Context {
    #[inline]
    fn refuse(&mut self) -> Outcome<State> {
        self.refused += 1;
        Handled
    }
}

#[state_machine(initial = "State::idle()", state(derive(Clone, Copy)))]
impl Job {
    #[state]
    fn idle(context: &mut Context, event: &JobMachineInput) -> Outcome<State> {
        match event {
            JobMachineInput::Attach => Transition(State::attached()),
            JobMachineInput::Retire => Transition(State::retired()),
            JobMachineInput::Stop => Transition(State::stopped()),
            _ => context.refuse(),
        }
    }

    #[state]
    fn attached(&mut self, context: &mut Context, event: &JobMachineInput) -> Outcome<State> {
        match event {
            JobMachineInput::Detach => Transition(State::idle()),
            JobMachineInput::Start { run } if run.number() != self.last_run => {
                self.last_run = run.number();
                context.tally.add(1, run.number());
                Transition(State::running(*run))
            }
            JobMachineInput::Retire => Transition(State::retired()),
            JobMachineInput::Stop => Transition(State::stopped()),
            _ => context.refuse(),
        }
    }

    #[state]
    fn running(&mut self, current: &mut RunId, context: &mut Context, event: &JobMachineInput) -> Outcome<State> {
        match event {
            JobMachineInput::Finish { run } if run == current => {
                let Some(finished) = self.finished.checked_add(1) else { return context.refuse() };
                self.finished = finished;
                context.tally.add(2, run.number() ^ finished);
                Transition(State::attached())
            }
            JobMachineInput::Fail { run } if run == current => Transition(State::failed()),
            JobMachineInput::Stop => {
                context.tally.add(3, current.number());
                Transition(State::stopped())
            }
            _ => context.refuse(),
        }
    }

    #[state]
    fn retired(context: &mut Context, event: &JobMachineInput) -> Outcome<State> {
        match event {
            JobMachineInput::Retire => Handled,
            JobMachineInput::Stop => Transition(State::stopped()),
            JobMachineInput::Reset => Transition(State::idle()),
            _ => context.refuse(),
        }
    }

    #[state]
    fn failed(context: &mut Context, event: &JobMachineInput) -> Outcome<State> {
        match event {
            JobMachineInput::Reset => Transition(State::idle()),
            _ => context.refuse(),
        }
    }

    #[state]
    fn stopped(context: &mut Context, event: &JobMachineInput) -> Outcome<State> {
        match event {
            JobMachineInput::Attach => Transition(State::attached()),
            JobMachineInput::Stop => Handled,
            JobMachineInput::Reset => Transition(State::idle()),
            _ => context.refuse(),
        }
    }
}

/// The machine with statig.
pub(crate) struct Statig {
    job: InitializedStateMachine<Job>,
    context: Context,
    offered: u64,
}

impl Default for Statig {
    fn default() -> Self {
        let mut context = Context::default();
        let job = Job::default().uninitialized_state_machine().init_with_context(&mut context);
        Self { job, context, offered: 0 }
    }
}

impl Contestant for Statig {
    type Event = JobMachineInput;

    fn events(inputs: &[JobMachineInput]) -> Vec<JobMachineInput> {
        inputs.to_vec()
    }

    #[inline]
    fn offer(&mut self, event: &JobMachineInput) {
        self.offered += 1;
        self.job.handle_with_context(event, &mut self.context);
    }

    fn summary(&self) -> Summary {
        let phase = match self.job.state() {
            State::Idle {} => JobMachinePhase::JobIdle,
            State::Attached {} => JobMachinePhase::JobAttached,
            State::Running { .. } => JobMachinePhase::JobRunning,
            State::Retired {} => JobMachinePhase::JobRetired,
            State::Failed {} => JobMachinePhase::JobFailed,
            State::Stopped {} => JobMachinePhase::JobStopped,
        };
        let accepted = self.offered - self.context.refused;
        Summary { accepted, phase, finished: self.job.inner().finished, tally: self.context.tally }
    }
}
