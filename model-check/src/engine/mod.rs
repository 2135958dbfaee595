//! The exhaustive exploration: breadth first, over states kept as bits.
//!
//! A state is visited once. It is unpacked into scratch memory, judged, and every input is offered to it by the generated
//! code; where an accepted input leads is packed again and looked up. Nothing is cloned or allocated on the way, and what
//! is kept of a state is its bits, where it was met from, and its entry in the table of numbers.
//!
//! The work goes in batches, each in three parts:
//!
//! 1. *visit*, in parallel: each worker takes some of the states that come next, and hands out its steps;
//! 2. *look up*, in parallel: states are spread over tables by their hash, and each table looks up the steps that are its
//!    own, in their order; no lock is needed, and the memory accesses of many look-ups overlap;
//! 3. *number*, alone: new states get their numbers in the order of the states and inputs that they were met by.
//!
//! So the numbers are those of a plain queue, with any number of threads and any size of batches: a lower number is never
//! farther from the initial state, and the first state with a mark is a nearest one. States are compared as a whole, so
//! that no two are ever taken for one.

mod contest;
mod duties;
mod states;
mod table;
mod worker;
mod writer;

use std::hint::black_box;
use std::time::{Duration, Instant};

use machine_spec::{Bounds, Machine};
use rayon::ThreadPool;
use rayon::prelude::*;

use self::states::States;
use self::table::{Found, SHARDS, Table};
use self::worker::{Seen, Steps, Task, Worker, trimmed};
use self::writer::Writer;
use crate::check::Progress;
use crate::fair_inputs::FairInputs;
use crate::graph::{Marks, NOWHERE, StateGraph};
use crate::record::{Counts, guard_offset};
use crate::renaming::Renaming;
use crate::slice::Slice;
use crate::slots::Slots;

/// States per batch: enough that the threads seldom wait for each other, few enough that their steps stay in a cache.
const BATCH: usize = 4096;
/// Fewer than this are visited by one thread.
const FEW: usize = 128;
/// Pieces of a batch per thread, so that one with more work does not keep the others waiting.
const PIECES: usize = 4;
const BETWEEN_REPORTS: Duration = Duration::from_millis(50);

/// What ended an exploration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// Every state was visited.
    Closed,
    /// As many states as the budget allows were visited.
    States,
    /// The states take as many bytes as the budget allows.
    Memory,
}

/// How far an exploration may go.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    pub(crate) states: Option<usize>,
    pub(crate) bytes: Option<usize>,
}

/// What an exploration found.
pub(crate) struct Explored {
    pub(crate) graph: StateGraph,
    pub(crate) end: End,
    pub(crate) premises: Vec<bool>,
    pub(crate) failed_guards: Vec<bool>,
    /// How many bytes the states took.
    pub(crate) bytes: usize,
}

/// Why there is no graph.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Failure {
    /// A state holds a value that has no code: the machine carries an opaque value other than the default.
    Unpackable,
    /// Of this type of epochs more than the order matters, see [`Renaming`].
    NotAnOrder(usize),
}

type Observer<'run> = Option<&'run mut (dyn FnMut(&Progress) + Send)>;

/// Visits every state of a slice within bounds.
pub(crate) fn explore<M: Machine>(
    (inputs, bounds): (&[M::Input], &Bounds),
    (slice, renaming): (&Slice, &Renaming),
    fair: &FairInputs<M>,
    cross_check: bool,
    threads: &ThreadPool,
    (limits, observer): (Limits, Observer<'_>),
) -> Result<Explored, Failure> {
    let bounds = renaming.without_epochs(M::SPEC, bounds);
    let task = Task::new((inputs, &bounds), (slice, renaming), fair, cross_check);
    let mut search = Search::<M>::new(task, threads);
    let end = search.run(limits, observer)?;
    Ok(search.finish(end))
}

struct Search<'run, M: Machine> {
    task: Task<'run, M>,
    threads: &'run ThreadPool,
    states: States,
    tables: Vec<Shard>,
    workers: Vec<Worker<'run, M>>,
    /// How many states were visited: all with lower numbers.
    visited: usize,
    seen: Seen,
    marks: Marks,
    /// By state that was visited, if steps are kept: where its own end in `edges`.
    edge_ends: Vec<usize>,
    edges: Vec<(u32, u32)>,
    /// By step of the batch: the number of the state that it leads to.
    targets: Vec<u32>,
}

/// A table, and what it found out about the steps of a batch.
struct Shard {
    table: Table,
    /// The steps of the batch that belong here, as positions in the batch, with the state found.
    known: Vec<(u32, u32)>,
    /// The steps of the batch that lead to new states, and the slots where those are.
    new: Vec<(u32, usize)>,
}

impl<'run, M: Machine> Search<'run, M> {
    fn new(task: Task<'run, M>, threads: &'run ThreadPool) -> Self {
        let seen = Seen {
            premises: vec![false; M::SPEC.properties.len()],
            failed_guards: vec![false; guard_offset(M::SPEC, M::SPEC.transitions.len())],
            reached: vec![false; M::SPEC.properties.len()],
        };
        let pieces = threads.current_num_threads() * PIECES;
        Self {
            threads,
            states: States::new(1),
            tables: (0..SHARDS).map(|_| Shard { table: Table::new(), known: Vec::new(), new: Vec::new() }).collect(),
            workers: (0..pieces).map(|_| Worker::new(&task, seen.clone())).collect(),
            visited: 0,
            seen,
            marks: Marks::new(Slots::new(M::SPEC).count()),
            edge_ends: Vec::new(),
            edges: Vec::new(),
            targets: Vec::new(),
            task,
        }
    }

    fn run(&mut self, limits: Limits, mut observer: Observer<'_>) -> Result<End, Failure> {
        let start = Instant::now();
        let mut reported = Duration::ZERO;
        self.start()?;
        while self.visited < self.states.len() {
            let allowed = limits.states.map_or(usize::MAX, |budget| budget.saturating_sub(self.visited));
            if allowed == 0 {
                return Ok(End::States);
            }
            if limits.bytes.is_some_and(|bytes| self.bytes() > bytes) || self.states.len() >= u32::MAX as usize / 2 {
                return Ok(End::Memory);
            }
            self.batch(BATCH.min(allowed))?;
            if let Some(observer) = observer.as_deref_mut()
                && (start.elapsed() >= reported + BETWEEN_REPORTS || self.visited == self.states.len())
            {
                reported = start.elapsed();
                observer(&self.progress(reported));
            }
        }
        Ok(End::Closed)
    }

    fn progress(&self, elapsed: Duration) -> Progress {
        let states = self.states.len();
        Progress { states, frontier: states - self.visited, depth: self.states.depth(), elapsed }
    }

    fn start(&mut self) -> Result<(), Failure> {
        let words = Writer::new(self.task.slice, self.task.renaming).initial::<M>()?;
        let hash = table::hash(trimmed(&words));
        self.states.widen(words.len().max(1));
        let mut wide = words;
        wide.resize(self.states.stride(), 0);
        self.states.push(&wide, NOWHERE);
        self.tables[table::shard(hash)].table.find_or_insert(hash, 0, |_| false);
        Ok(())
    }

    fn batch(&mut self, most: usize) -> Result<(), Failure> {
        let end = self.states.len().min(self.visited + most);
        let pieces = if end - self.visited < FEW { 1 } else { self.workers.len() };
        self.visit(end, pieces);
        self.workers[..pieces].iter().find_map(|worker| worker.writer.failure).map_or(Ok(()), Err)?;
        let stride = self.workers[..pieces].iter().map(|worker| worker.steps.stride()).max().unwrap_or(1);
        self.states.widen(stride);
        for worker in &mut self.workers[..pieces] {
            worker.steps.widen(self.states.stride());
            self.seen.add(&worker.seen);
            self.marks.add(&worker.marks);
        }
        self.look_up(pieces);
        self.number(pieces);
        self.visited = end;
        Ok(())
    }

    fn visit(&mut self, end: usize, pieces: usize) {
        let (task, states, seen) = (&self.task, &self.states, &self.seen);
        let (first, share) = (self.visited, (end - self.visited).div_ceil(pieces));
        let visit = |(piece, worker): (usize, &mut Worker<'_, M>)| {
            worker.clear(seen);
            let from = (first + piece * share).min(end);
            for number in from..(from + share).min(end) {
                let number = number as u32;
                let origin = states.origin(number);
                worker.visit(task, number, states.words(number), (origin != NOWHERE).then_some(origin.1));
            }
        };
        let workers = &mut self.workers[..pieces];
        if pieces == 1 {
            workers.iter_mut().enumerate().for_each(visit);
        } else {
            self.threads.install(|| workers.par_iter_mut().enumerate().with_max_len(1).for_each(visit));
        }
    }

    fn look_up(&mut self, pieces: usize) {
        let batch =
            Batch { states: &self.states, pieces: self.workers[..pieces].iter().map(|one| &one.steps).collect() };
        let keeps_known = self.task.duties.need_edges();
        let look_up = |(number, shard): (usize, &mut Shard)| shard.look_up(number, &batch, keeps_known);
        if pieces == 1 {
            self.tables.iter_mut().enumerate().for_each(look_up);
        } else {
            self.threads.install(|| self.tables.par_iter_mut().enumerate().with_max_len(1).for_each(look_up));
        }
    }

    /// Gives the new states of a batch their numbers, in the order of its steps.
    fn number(&mut self, pieces: usize) {
        let steps: usize = self.workers[..pieces].iter().map(|worker| worker.steps.inputs.len()).sum();
        self.targets.clear();
        self.targets.resize(steps, u32::MAX);
        for shard in &self.tables {
            shard.new.iter().for_each(|(step, _)| self.targets[*step as usize] = NEW);
        }
        let mut first = 0;
        let mut visited = self.visited as u32;
        for worker in &self.workers[..pieces] {
            let steps = &worker.steps;
            let mut from = 0;
            for end in &steps.ends {
                for step in from..*end {
                    let target = &mut self.targets[first + step as usize];
                    if *target == NEW {
                        *target = self.states.len() as u32;
                        self.states.push(steps.words(step), (visited, steps.inputs[step as usize]));
                    }
                }
                from = *end;
                visited += 1;
            }
            first += steps.inputs.len();
        }
        for shard in &mut self.tables {
            shard.renumber(&self.targets);
        }
        if self.task.duties.need_edges() {
            self.keep_edges(pieces);
        }
    }

    /// Keeps the steps of a batch, each pair of states once; but each fairness assumption has to see its own.
    fn keep_edges(&mut self, pieces: usize) {
        let first_step = self.states.len() as u32;
        for shard in &self.tables {
            for (step, found) in &shard.known {
                // A state that is new in this batch was found under the number of its first step.
                let is_new = *found >= PROVISIONAL;
                self.targets[*step as usize] =
                    if is_new { self.targets[(found - PROVISIONAL) as usize] } else { *found };
            }
        }
        debug_assert!(self.targets.iter().all(|target| *target < first_step));
        let mut first = 0;
        for worker in &self.workers[..pieces] {
            let steps = &worker.steps;
            let mut from = 0;
            for end in &steps.ends {
                let start = self.edges.len();
                for step in from..*end {
                    let (input, target) = (steps.inputs[step as usize], self.targets[first + step as usize]);
                    let assumption = self.task.fair.assumption_of[input as usize];
                    let is_told = |edge: &(u32, u32)| {
                        edge.1 == target
                            && (assumption.is_none() || self.task.fair.assumption_of[edge.0 as usize] == assumption)
                    };
                    if !self.edges[start..].iter().any(is_told) {
                        self.edges.push((input, target));
                    }
                }
                self.edge_ends.push(self.edges.len());
                from = *end;
            }
            first += steps.inputs.len();
        }
    }

    fn bytes(&self) -> usize {
        self.states.bytes()
            + self.tables.iter().map(|shard| shard.table.bytes()).sum::<usize>()
            + self.edges.capacity() * size_of::<(u32, u32)>()
            + self.edge_ends.capacity() * size_of::<usize>()
            + self.marks.bytes()
    }

    fn finish(self, end: End) -> Explored {
        let bytes = self.bytes();
        let mut counts = Counts::new(M::SPEC);
        self.workers.iter().for_each(|worker| counts.add(&worker.counts));
        drop((self.tables, self.workers));
        let (origins, levels) = self.states.into_origins(self.visited);
        let graph = StateGraph::new((origins, levels), (&self.edge_ends, &self.edges), self.marks, counts);
        Explored { graph, end, premises: self.seen.premises, failed_guards: self.seen.failed_guards, bytes }
    }
}

/// So many look-ups wait for memory together.
const AHEAD: usize = 16;
/// Stands for a number that is still to be given.
const NEW: u32 = u32::MAX - 1;
/// From here on a number is that of a step of the batch, which leads to a state without a number.
const PROVISIONAL: u32 = u32::MAX / 2;

/// The steps of a batch, one behind the other.
struct Batch<'batch> {
    states: &'batch States,
    pieces: Vec<&'batch Steps>,
}

impl Batch<'_> {
    /// The bits behind a number, also behind a provisional one.
    #[inline]
    fn words(&self, number: u32) -> &[u64] {
        if number < PROVISIONAL {
            return self.states.words(number);
        }
        let mut step = number - PROVISIONAL;
        for piece in &self.pieces {
            let steps = piece.inputs.len() as u32;
            if step < steps {
                return piece.words(step);
            }
            step -= steps;
        }
        &[]
    }
}

/// As `==`, which calls a function that is made for longer slices.
#[inline]
fn are_equal(one: &[u64], other: &[u64]) -> bool {
    one.len() == other.len() && one.iter().zip(other).all(|(one, other)| one == other)
}

impl Shard {
    /// Looks up the steps of the batch that belong to this table, in their order.
    fn look_up(&mut self, number: usize, batch: &Batch<'_>, keeps_known: bool) {
        self.known.clear();
        self.new.clear();
        let more = batch.pieces.iter().map(|piece| piece.shards[number].len()).sum();
        self.table.reserve(more);
        let mut first = 0;
        for piece in &batch.pieces {
            for steps in piece.shards[number].chunks(AHEAD) {
                self.touch(steps, piece, batch.states);
                for step in steps {
                    let (words, position) = (piece.words(*step), first + step);
                    let is_same = |known: u32| are_equal(batch.words(known), words);
                    let hash = piece.hashes[*step as usize];
                    match self.table.find_or_insert(hash, PROVISIONAL + position, is_same) {
                        Found::New(slot) => self.new.push((position, slot)),
                        Found::Known(known) if keeps_known => self.known.push((position, known)),
                        Found::Known(_) => {}
                    }
                }
            }
            first += piece.inputs.len() as u32;
        }
    }

    /// Reads what the look-ups of some steps will read, one after the other and without a decision in between: so the
    /// processor waits for all of it at once.
    fn touch(&self, steps: &[u32], piece: &Steps, states: &States) {
        let guesses = steps.iter().map(|step| self.table.guess(piece.hashes[*step as usize]));
        let mut found = [None; AHEAD];
        found.iter_mut().zip(guesses).for_each(|(place, guess)| *place = guess);
        let words =
            found.into_iter().flatten().filter(|known| *known < PROVISIONAL).map(|known| states.words(known)[0]);
        black_box(words.fold(0, |sum, word| sum ^ word));
    }

    /// Puts the numbers that the new states got into the table.
    fn renumber(&mut self, numbers: &[u32]) {
        for (step, slot) in &self.new {
            self.table.renumber(*slot, numbers[*step as usize]);
        }
    }
}
