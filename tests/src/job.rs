//! A small lifecycle machine, twice: in the machine language, and as the match that one would write by hand.

use machine_spec::{Sink, machine};

machine! {
    /// The life of a worker that does one run at a time.
    pub machine Job;

    /// A run of the worker.
    epoch RunId;

    input Attach;
    input Detach;
    input Start { run: RunId }
    input Finish { run: RunId }
    input Fail { run: RunId }
    input Retire;
    input Stop;
    input Reset;

    effect StartExecutor { run: RunId }
    effect Report { run: RunId, finished: u64 }
    effect Interrupt { run: RunId }

    region job {
        phases { initial Idle, Attached, Running { run: RunId }, Retired, Failed, Stopped }
        field last_run: RunId = RunId::ZERO;
        field finished: u64 = 0;

        on Attach from Idle | Stopped to Attached;
        on Detach from Attached to Idle;
        on Start { run } from Attached to Running { run } {
            require "the run is another one": run != self.last_run;
            set last_run = run;
            emit StartExecutor { run };
        }
        on Finish { run } from Running { run: current } to Attached {
            require "the run is the current one": run == current;
            set finished = self.finished + 1;
            emit Report { run, finished: next.finished };
        }
        on Fail { run } from Running { run: current } to Failed {
            require "the run is the current one": run == current;
        }
        on Retire {
            from Idle | Attached to Retired;
            ignore from Retired;
        }
        on Stop {
            from Idle | Attached | Retired to Stopped;
            from Running { run } to Stopped { emit Interrupt { run }; }
            ignore from Stopped;
        }
        on Reset from Retired | Failed | Stopped to Idle;
    }

    invariant "the current run is the latest": match job.phase {
        Running { run } => run == job.last_run,
        _ => true,
    };
}

/// The same machine by hand: the same phases, inputs, effects and rejections, and the same promise of all or nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HandJob {
    /// The phase with its data.
    pub phase: JobPhase,
    /// The latest run.
    pub last_run: RunId,
    /// How many runs finished.
    pub finished: u64,
}

impl Default for HandJob {
    fn default() -> Self {
        Self { phase: JobPhase::Idle, last_run: RunId::ZERO, finished: 0 }
    }
}

impl HandJob {
    /// Offers one input: the state changes as a whole, or not at all.
    ///
    /// # Errors
    /// The same rejection that the machine gives.
    #[inline]
    pub fn apply<S: Sink<Job>>(&mut self, input: &JobMachineInput, sink: &mut S) -> Result<(), JobMachineRejection> {
        match (self.phase, *input) {
            (JobPhase::Idle | JobPhase::Stopped, JobMachineInput::Attach) => self.phase = JobPhase::Attached,
            (JobPhase::Attached, JobMachineInput::Detach) => self.phase = JobPhase::Idle,
            (JobPhase::Attached, JobMachineInput::Start { run }) => return self.start(run, sink),
            (JobPhase::Running { run: current }, JobMachineInput::Finish { run }) => {
                return self.finish(current, run, sink);
            }
            (JobPhase::Running { run: current }, JobMachineInput::Fail { run }) => {
                if run != current {
                    return refuse(JobMachineTransition::JobFail, JobMachineGuard::TheRunIsTheCurrentOne);
                }
                self.phase = JobPhase::Failed;
            }
            (JobPhase::Idle | JobPhase::Attached | JobPhase::Retired, JobMachineInput::Retire) => {
                self.phase = JobPhase::Retired;
            }
            (JobPhase::Running { run }, JobMachineInput::Stop) => {
                self.phase = JobPhase::Stopped;
                sink.effect(JobMachineEffect::Interrupt { run });
            }
            (JobPhase::Idle | JobPhase::Attached | JobPhase::Retired | JobPhase::Stopped, JobMachineInput::Stop) => {
                self.phase = JobPhase::Stopped
            }
            (JobPhase::Retired | JobPhase::Failed | JobPhase::Stopped, JobMachineInput::Reset) => {
                self.phase = JobPhase::Idle;
            }
            (phase, _) => {
                let (region, input) = (JobMachineRegion::Job, kind(input));
                return Err(JobMachineRejection::Phase { region, phase: phase.kind(), input });
            }
        }
        Ok(())
    }

    #[inline]
    fn start<S: Sink<Job>>(&mut self, run: RunId, sink: &mut S) -> Result<(), JobMachineRejection> {
        if run == self.last_run {
            return refuse(JobMachineTransition::JobStart, JobMachineGuard::TheRunIsAnotherOne);
        }
        self.phase = JobPhase::Running { run };
        self.last_run = run;
        sink.effect(JobMachineEffect::StartExecutor { run });
        Ok(())
    }

    #[inline]
    fn finish<S: Sink<Job>>(&mut self, current: RunId, run: RunId, sink: &mut S) -> Result<(), JobMachineRejection> {
        if run != current {
            return refuse(JobMachineTransition::JobFinish, JobMachineGuard::TheRunIsTheCurrentOne);
        }
        let Some(finished) = self.finished.checked_add(1) else {
            return Err(JobMachineRejection::Overflow { transition: JobMachineTransition::JobFinish });
        };
        self.phase = JobPhase::Attached;
        self.finished = finished;
        sink.effect(JobMachineEffect::Report { run, finished });
        Ok(())
    }
}

#[inline]
fn refuse(transition: JobMachineTransition, guard: JobMachineGuard) -> Result<(), JobMachineRejection> {
    Err(JobMachineRejection::Guard { transition, guard })
}

#[inline]
fn kind(input: &JobMachineInput) -> JobMachineInputKind {
    match input {
        JobMachineInput::Attach => JobMachineInputKind::Attach,
        JobMachineInput::Detach => JobMachineInputKind::Detach,
        JobMachineInput::Start { .. } => JobMachineInputKind::Start,
        JobMachineInput::Finish { .. } => JobMachineInputKind::Finish,
        JobMachineInput::Fail { .. } => JobMachineInputKind::Fail,
        JobMachineInput::Retire => JobMachineInputKind::Retire,
        JobMachineInput::Stop => JobMachineInputKind::Stop,
        JobMachineInput::Reset => JobMachineInputKind::Reset,
    }
}

/// Folds effects into one number, in place of a shell: cheap, and no effect can be optimized away.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally(pub u64);

impl Tally {
    /// Takes an effect in by its kind and its number.
    #[inline]
    pub fn add(&mut self, kind: u64, number: u64) {
        self.0 = self.0.wrapping_mul(31).wrapping_add(kind).wrapping_add(number);
    }
}

impl Sink<Job> for Tally {
    #[inline]
    fn effect(&mut self, effect: JobMachineEffect) {
        match effect {
            JobMachineEffect::StartExecutor { run } => self.add(1, run.number()),
            JobMachineEffect::Report { run, finished } => self.add(2, run.number() ^ finished),
            JobMachineEffect::Interrupt { run } => self.add(3, run.number()),
        }
    }
}

/// The seed of [`inputs`] in every test and bench.
pub const SEED: u64 = 0x4d65_6572_6b61_7421;

/// A pseudo-random sequence of inputs (xorshift64*): every input, more often those that lead through a run.
#[must_use]
pub fn inputs(seed: u64, count: usize) -> Vec<JobMachineInput> {
    let mut random = seed;
    let mut draw = || {
        random ^= random >> 12;
        random ^= random << 25;
        random ^= random >> 27;
        random.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 32
    };
    let mut input = || {
        let (choice, run) = (draw() % 16, RunId::from_number(1 + draw() % 2));
        match choice {
            0..3 => JobMachineInput::Attach,
            3..6 => JobMachineInput::Start { run },
            6..9 => JobMachineInput::Finish { run },
            9..12 => JobMachineInput::Reset,
            12 => JobMachineInput::Detach,
            13 => JobMachineInput::Fail { run },
            14 => JobMachineInput::Retire,
            _ => JobMachineInput::Stop,
        }
    };
    (0..count).map(|_| input()).collect()
}
