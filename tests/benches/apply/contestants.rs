//! What is compared, and the two that reject with the same typed reason.

use std::hint::black_box;

use tests::job::{HandJob, JobMachineAuthority, JobMachineInput, JobMachineMutator, JobMachinePhase, Tally};

/// What an implementation has done; equal for all after the same inputs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Summary {
    /// How many inputs were accepted.
    pub(crate) accepted: u64,
    /// Its phase.
    pub(crate) phase: JobMachinePhase,
    /// How many runs finished.
    pub(crate) finished: u64,
    /// Its effects.
    pub(crate) tally: Tally,
}

/// An implementation of the small machine.
pub(crate) trait Contestant: Default {
    /// How it takes an input.
    type Event;

    /// The same inputs in its terms.
    fn events(inputs: &[JobMachineInput]) -> Vec<Self::Event>;
    /// Offers one.
    fn offer(&mut self, event: &Self::Event);
    /// What it has done so far.
    fn summary(&self) -> Summary;
}

/// Counts an acceptance; a rejection's reason is kept from being optimized away.
#[inline(always)]
pub(crate) fn count<T, E>(accepted: &mut u64, result: Result<T, E>) {
    match result {
        Ok(_) => *accepted += 1,
        Err(reason) => {
            black_box(reason);
        }
    }
}

/// The match.
#[derive(Default)]
pub(crate) struct Hand {
    job: HandJob,
    tally: Tally,
    accepted: u64,
}

impl Contestant for Hand {
    type Event = JobMachineInput;

    fn events(inputs: &[JobMachineInput]) -> Vec<JobMachineInput> {
        inputs.to_vec()
    }

    #[inline]
    fn offer(&mut self, event: &JobMachineInput) {
        count(&mut self.accepted, self.job.apply(event, &mut self.tally));
    }

    fn summary(&self) -> Summary {
        let (phase, finished) = (self.job.phase.kind(), self.job.finished);
        Summary { accepted: self.accepted, phase, finished, tally: self.tally }
    }
}

/// The machine.
#[derive(Default)]
pub(crate) struct Meerkat {
    job: JobMachineAuthority,
    tally: Tally,
    accepted: u64,
}

impl Contestant for Meerkat {
    type Event = JobMachineInput;

    fn events(inputs: &[JobMachineInput]) -> Vec<JobMachineInput> {
        inputs.to_vec()
    }

    #[inline]
    fn offer(&mut self, event: &JobMachineInput) {
        count(&mut self.accepted, self.job.apply(event, &mut self.tally));
    }

    fn summary(&self) -> Summary {
        let job = self.job.state().job();
        Summary { accepted: self.accepted, phase: job.phase().kind(), finished: job.finished(), tally: self.tally }
    }
}
