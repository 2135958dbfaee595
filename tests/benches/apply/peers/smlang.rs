//! smlang: guards and actions over a context. Rejects with "no transition" or "the transitions failed".

use smlang::statemachine;
use tests::job::{JobMachineInput, JobMachinePhase, RunId, Tally};

use crate::contestants::{Contestant, Summary, count};

statemachine! {
    derive_events: [Clone, Copy],
    transitions: {
        *Idle | Stopped + Attach = Attached,
        Attached + Detach = Idle,
        Attached + Start(RunId) [is_another] / start = Running(RunId),
        Running(RunId) + Finish(RunId) [is_current && has_room] / finish = Attached,
        Running(RunId) + Fail(RunId) [is_current] = Failed,
        Idle | Attached | Retired + Retire = Retired,
        Idle | Attached | Retired | Stopped + Stop = Stopped,
        Running(RunId) + Stop / interrupt = Stopped,
        Retired | Failed | Stopped + Reset = Idle,
    }
}

/// What all states share.
struct Context {
    last_run: RunId,
    finished: u64,
    tally: Tally,
}

impl StateMachineContext for Context {
    #[inline]
    fn is_another(&self, run: &RunId) -> Result<bool, ()> {
        Ok(*run != self.last_run)
    }

    #[inline]
    fn start(&mut self, run: RunId) -> Result<RunId, ()> {
        self.last_run = run;
        self.tally.add(1, run.number());
        Ok(run)
    }

    #[inline]
    fn is_current(&self, current: &RunId, run: &RunId) -> Result<bool, ()> {
        Ok(run == current)
    }

    #[inline]
    fn has_room(&self, _current: &RunId, _run: &RunId) -> Result<bool, ()> {
        Ok(self.finished < u64::MAX)
    }

    #[inline]
    fn finish(&mut self, _current: &RunId, run: RunId) -> Result<(), ()> {
        self.finished += 1;
        self.tally.add(2, run.number() ^ self.finished);
        Ok(())
    }

    #[inline]
    fn interrupt(&mut self, current: &RunId) -> Result<(), ()> {
        self.tally.add(3, current.number());
        Ok(())
    }
}

/// The machine with smlang.
pub(crate) struct Smlang {
    job: StateMachine<Context>,
    accepted: u64,
}

impl Default for Smlang {
    fn default() -> Self {
        let context = Context { last_run: RunId::ZERO, finished: 0, tally: Tally::default() };
        Self { job: StateMachine::new(context), accepted: 0 }
    }
}

impl Contestant for Smlang {
    type Event = Events;

    fn events(inputs: &[JobMachineInput]) -> Vec<Events> {
        let event = |input: &JobMachineInput| match *input {
            JobMachineInput::Attach => Events::Attach,
            JobMachineInput::Detach => Events::Detach,
            JobMachineInput::Start { run } => Events::Start(run),
            JobMachineInput::Finish { run } => Events::Finish(run),
            JobMachineInput::Fail { run } => Events::Fail(run),
            JobMachineInput::Retire => Events::Retire,
            JobMachineInput::Stop => Events::Stop,
            JobMachineInput::Reset => Events::Reset,
        };
        inputs.iter().map(event).collect()
    }

    #[inline]
    fn offer(&mut self, event: &Events) {
        count(&mut self.accepted, self.job.process_event(*event));
    }

    fn summary(&self) -> Summary {
        let phase = match self.job.state() {
            States::Idle => JobMachinePhase::JobIdle,
            States::Attached => JobMachinePhase::JobAttached,
            States::Running(_) => JobMachinePhase::JobRunning,
            States::Retired => JobMachinePhase::JobRetired,
            States::Failed => JobMachinePhase::JobFailed,
            States::Stopped => JobMachinePhase::JobStopped,
        };
        let Context { finished, tally, .. } = *self.job.context();
        Summary { accepted: self.accepted, phase, finished, tally }
    }
}
