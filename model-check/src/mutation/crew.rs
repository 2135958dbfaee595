//! Several threads that try the mutants of a machine.
//!
//! Each has an exploration of the machine of its own: what it looks up is filled in while it works, so nobody waits.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use machine_spec::Bounds;
use machine_spec::spec::MachineSpec;

use super::coverage::Covered;
use super::ground::{Ground, Unsound};
use super::mutant::Mutant;
use super::report::{Tally, Trial};
use super::run::{MutationError, MutationProgress};
use super::trial::Bench;
use crate::pinned::Pinned;
use crate::slice::Slice;

/// How many states a machine may have in a slice.
pub(super) const MOST_STATES: usize = 20_000_000;

pub(super) type Observer = Box<dyn FnMut(&MutationProgress) + Send>;

/// What all of the threads know.
pub(super) struct Crew {
    pub(super) spec: &'static MachineSpec,
    /// What is explored, within which bounds, and which of its numbers a check compares.
    pub(super) slices: Vec<(Slice, Bounds, Pinned)>,
    /// No slice is left out.
    pub(super) is_complete: bool,
    /// The machine is tried slice by slice.
    pub(super) is_sliced: bool,
    pub(super) budget: usize,
    pub(super) start: Instant,
}

/// What became of the mutants.
pub(super) struct Found {
    /// In the order in which the mutants were given.
    pub(super) trials: Vec<Trial>,
    /// The slices and how many states the machine has in them.
    pub(super) slices: Vec<(String, usize)>,
    pub(super) grounding: Duration,
}

/// The mutants that are left, and who is told.
struct Work {
    mutants: Vec<Mutant>,
    next: AtomicUsize,
    told: Mutex<Told>,
}

struct Told {
    tally: Tally,
    observer: Option<Observer>,
}

impl Work {
    fn tell(&self, crew: &Crew, exploring: Option<&Slice>, trial: Option<&Trial>) {
        // An observer that panicked ends the run when its thread is joined.
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        trial.into_iter().for_each(|trial| told.tally.add(&trial.fate));
        let (exploring, tally) = (exploring.map(|slice| slice.name.clone()), told.tally);
        let progress = MutationProgress { exploring, tally, total: self.mutants.len(), elapsed: crew.start.elapsed() };
        told.observer.iter_mut().for_each(|observer| observer(&progress));
    }
}

impl Crew {
    /// Tries all mutants.
    pub(super) fn run(
        &self,
        mutants: Vec<Mutant>,
        threads: usize,
        observer: Option<Observer>,
    ) -> Result<Found, MutationError> {
        let threads = threads.min(mutants.len()).max(1);
        let work =
            Work { mutants, next: AtomicUsize::new(0), told: Mutex::new(Told { tally: Tally::default(), observer }) };
        let parts: Vec<Result<_, MutationError>> = thread::scope(|scope| {
            let start = |number| {
                let work = &work;
                scope.spawn(move || self.part(work, number == 0))
            };
            let started: Vec<_> = (0..threads).map(start).collect();
            let join = |thread: thread::ScopedJoinHandle<'_, _>| {
                thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
            };
            started.into_iter().map(join).collect()
        });
        let (mut tried, mut slices, mut grounding) = (Vec::new(), Vec::new(), Duration::ZERO);
        for part in parts {
            let part: Part = part?;
            tried.extend(part.tried);
            slices = part.slices;
            grounding = grounding.max(part.grounding);
        }
        tried.sort_unstable_by_key(|(number, _)| *number);
        Ok(Found { trials: tried.into_iter().map(|(_, trial)| trial).collect(), slices, grounding })
    }

    /// Tries mutants until none is left.
    fn part(&self, work: &Work, is_first: bool) -> Result<Part, MutationError> {
        let mut bench = self.bench(|slice| {
            if is_first {
                work.tell(self, Some(slice), None);
            }
        })?;
        let grounding = self.start.elapsed();
        let mut tried = Vec::new();
        loop {
            let number = work.next.fetch_add(1, Ordering::Relaxed);
            let Some(mutant) = work.mutants.get(number) else { break };
            let begun = Instant::now();
            let fate = bench.fate(mutant);
            let trial = Trial { mutant: mutant.clone(), fate, elapsed: begun.elapsed() };
            work.tell(self, None, Some(&trial));
            tried.push((number, trial));
        }
        let slices = bench.grounds.iter();
        let slices = slices.map(|ground| (ground.engine.slice.name.clone(), ground.graph.states())).collect();
        Ok(Part { tried, slices, grounding })
    }

    /// Explores the machine itself.
    fn bench(&self, tell: impl Fn(&Slice)) -> Result<Bench, MutationError> {
        let (mut grounds, mut covered) = (Vec::new(), Covered::nothing());
        for (slice, bounds, pinned) in &self.slices {
            tell(slice);
            let ground = Ground::explore(self.spec, slice, bounds, MOST_STATES);
            let mut ground = ground.map_err(|unsound| self.error(slice, unsound))?;
            if let Some(deviation) = pinned.deviations(ground.numbers()).next() {
                let (machine, slice) = (self.spec.name, slice.name.clone());
                return Err(MutationError::Unplanned { machine, slice, deviation });
            }
            ground.pinned = *pinned;
            covered.add(&ground.covered);
            grounds.push(ground);
        }
        grounds.sort_by_key(|ground| (ground.engine.slice.regions.len(), ground.graph.states()));
        let Self { spec, budget, is_complete, is_sliced, .. } = *self;
        Ok(Bench { spec, grounds, budget, covered, is_complete, is_sliced })
    }

    fn error(&self, slice: &Slice, unsound: Unsound) -> MutationError {
        let (machine, slice) = (self.spec.name, slice.name.clone());
        match unsound {
            Unsound::Property(sentence) => MutationError::Unproved { machine, slice, sentence },
            Unsound::Overlap(first, second) => MutationError::Overlapping { machine, first, second },
            Unsound::Budget => MutationError::TooLarge { machine, slice },
            Unsound::Fault(fault) => MutationError::Unreadable { machine, reason: fault.to_string() },
        }
    }
}

/// What one thread found.
struct Part {
    /// Mutants by number.
    tried: Vec<(usize, Trial)>,
    slices: Vec<(String, usize)>,
    grounding: Duration,
}
