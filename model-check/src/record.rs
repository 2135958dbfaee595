//! What the exploration leaves behind: one compact record per distinct state, and the coverage of the machine.
//!
//! States themselves are not kept. A state is known by a 64-bit fingerprint, and its record holds the fingerprints of
//! its successors, the input that leads to each, and one bit per question that was asked about it. That is about
//! twelve bytes per edge, so that millions of states fit into memory; the states of a trace are computed again by
//! replaying its inputs.
//!
//! Worker threads write here concurrently. Records are spread over shards by fingerprint, and a thread takes a
//! shard's lock once per state, so that threads hardly ever wait for each other.

use std::hash::{DefaultHasher, Hasher};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use machine_spec::spec::MachineSpec;

const SHARDS: u64 = 16;

/// The fingerprint of a state: SipHash with fixed keys, so that it is the same in every run.
///
/// Stateright identifies states by a fingerprint of its own, made by another function. Two states that share one of
/// the two fingerprints by chance make the records inconsistent, which [`StateGraph`](crate::graph::StateGraph)
/// detects; a silent mix-up would need a collision in both.
pub(crate) fn fingerprint(hash: impl FnOnce(&mut DefaultHasher)) -> u64 {
    let mut hasher = DefaultHasher::new();
    hash(&mut hasher);
    hasher.finish()
}

/// Everything one visit of a state found out.
#[derive(Default)]
pub(crate) struct Visit {
    pub(crate) fingerprint: u64,
    pub(crate) marks: Vec<u64>,
    /// The successors within the bounds other than the state itself, each once, with the first input that leads there.
    pub(crate) edges: Vec<(u32, u64)>,
    /// Accepted inputs whose successor lies within the bounds.
    pub(crate) steps: u64,
    /// Effects that these emit.
    pub(crate) effects: u64,
    /// Accepted inputs whose successor lies outside the bounds.
    pub(crate) clipped: u64,
    /// Indices of the transitions that fired, in all steps.
    pub(crate) fired: Vec<usize>,
    /// Indices of the effects that were emitted, in all steps.
    pub(crate) emitted: Vec<usize>,
}

impl Visit {
    pub(crate) fn mark(&mut self, slot: usize) {
        self.marks[slot / 64] |= 1 << (slot % 64);
    }
}

/// The records of some states, as parallel columns.
#[derive(Default)]
pub(crate) struct Shard {
    pub(crate) fingerprints: Vec<u64>,
    pub(crate) marks: Vec<u64>,
    /// Where in `targets` and `inputs` the edges of each state end.
    pub(crate) edge_ends: Vec<usize>,
    pub(crate) targets: Vec<u64>,
    pub(crate) inputs: Vec<u32>,
    pub(crate) counts: Counts,
}

/// Sums over all visited states.
#[derive(Debug, Default)]
pub(crate) struct Counts {
    pub(crate) steps: u64,
    /// Effects that the steps emit.
    pub(crate) effects: u64,
    pub(crate) clipped: u64,
    /// How often each transition fired, by its index.
    pub(crate) fired: Vec<u64>,
    /// How often each effect was emitted, by its index.
    pub(crate) emitted: Vec<u64>,
}

impl Counts {
    pub(crate) fn new(spec: &MachineSpec) -> Self {
        let (fired, emitted) = (vec![0; spec.transitions.len()], vec![0; spec.effects.len()]);
        Self { steps: 0, effects: 0, clipped: 0, fired, emitted }
    }

    fn add_visit(&mut self, visit: &Visit) {
        self.steps += visit.steps;
        self.effects += visit.effects;
        self.clipped += visit.clipped;
        visit.fired.iter().for_each(|index| self.fired[*index] += 1);
        visit.emitted.iter().for_each(|index| self.emitted[*index] += 1);
    }

    pub(crate) fn add(&mut self, other: &Self) {
        self.steps += other.steps;
        self.effects += other.effects;
        self.clipped += other.clipped;
        self.fired.iter_mut().zip(&other.fired).for_each(|(sum, more)| *sum += more);
        self.emitted.iter_mut().zip(&other.emitted).for_each(|(sum, more)| *sum += more);
    }
}

impl Shard {
    pub(crate) fn record(&mut self, visit: &Visit) {
        self.counts.add_visit(visit);
        self.fingerprints.push(visit.fingerprint);
        self.marks.extend_from_slice(&visit.marks);
        self.inputs.extend(visit.edges.iter().map(|(input, _)| *input));
        self.targets.extend(visit.edges.iter().map(|(_, target)| *target));
        self.edge_ends.push(self.targets.len());
    }

    /// The edges of the state at this position: inputs and targets.
    pub(crate) fn edges(&self, position: usize) -> impl Iterator<Item = (u32, u64)> + '_ {
        let start = if position == 0 { 0 } else { self.edge_ends[position - 1] };
        let range = start..self.edge_ends[position];
        self.inputs[range.clone()].iter().copied().zip(self.targets[range].iter().copied())
    }
}

/// Flags that only ever go up.
pub(crate) struct Flags(Vec<AtomicBool>);

impl Flags {
    fn new(count: usize) -> Self {
        Self((0..count).map(|_| AtomicBool::new(false)).collect())
    }

    /// Raises a flag. Reads first: a write would take the cache line from the other threads each time.
    pub(crate) fn raise(&self, index: usize) {
        if !self.0[index].load(Ordering::Relaxed) {
            self.0[index].store(true, Ordering::Relaxed);
        }
    }

    pub(crate) fn raised(&self) -> Vec<bool> {
        self.0.iter().map(|flag| flag.load(Ordering::Relaxed)).collect()
    }
}

/// Takes the records of all threads.
pub(crate) struct Recorder {
    shards: Vec<Mutex<Shard>>,
    admitted: AtomicUsize,
    budget: usize,
    cut_off: AtomicBool,
    /// By property: its premise held somewhere.
    pub(crate) premises: Flags,
    /// By guard, see [`guard_offset`]: it failed somewhere.
    pub(crate) failed_guards: Flags,
}

impl Recorder {
    pub(crate) fn new(spec: &MachineSpec, budget: Option<usize>) -> Self {
        let shard = || Mutex::new(Shard { counts: Counts::new(spec), ..Shard::default() });
        Self {
            shards: (0..SHARDS).map(|_| shard()).collect(),
            admitted: AtomicUsize::new(0),
            budget: budget.unwrap_or(usize::MAX),
            cut_off: AtomicBool::new(false),
            premises: Flags::new(spec.properties.len()),
            failed_guards: Flags::new(guard_offset(spec, spec.transitions.len())),
        }
    }

    /// Whether the budget allows one more state. Once it does not, the run counts as cut off.
    pub(crate) fn admits_another(&self) -> bool {
        let admits = self.admitted.fetch_add(1, Ordering::Relaxed) < self.budget;
        if !admits {
            self.cut_off.store(true, Ordering::Relaxed);
        }
        admits
    }

    pub(crate) fn was_cut_off(&self) -> bool {
        self.cut_off.load(Ordering::Relaxed)
    }

    pub(crate) fn record(&self, visit: &Visit) {
        // A poisoned lock means that another worker panicked, and then the join panics as well.
        let shard = &self.shards[(visit.fingerprint % SHARDS) as usize];
        shard.lock().unwrap_or_else(PoisonError::into_inner).record(visit);
    }

    /// Hands out the records; the recorder is empty afterwards.
    pub(crate) fn take(&self) -> Vec<Shard> {
        let take = |shard: &Mutex<Shard>| std::mem::take(&mut *shard.lock().unwrap_or_else(PoisonError::into_inner));
        self.shards.iter().map(take).collect()
    }
}

/// The number of guards of the transitions before this one, which is where its own guards start among all guards.
pub(crate) fn guard_offset(spec: &MachineSpec, transition: usize) -> usize {
    spec.transitions[..transition].iter().map(|earlier| earlier.guards.len()).sum()
}
