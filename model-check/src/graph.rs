//! The explored graph, numbered so that every answer taken from it is the same in every run.
//!
//! Threads record states in an order of their own. Here the records are walked once more, breadth first from the
//! initial state and along the inputs in their order, and states are numbered as they are met. So a lower number is
//! never farther from the initial state, the first state with a mark is a nearest one, and the walk to it is a
//! shortest trace, however many threads explored.

use std::cell::OnceCell;
use std::collections::{HashMap, VecDeque};
use std::ops::Range;

use fixedbitset::FixedBitSet;
use machine_spec::spec::MachineSpec;
use thiserror::Error;

use crate::record::{Counts, Shard};

/// Where the initial state comes from.
pub(crate) const NOWHERE: (u32, u32) = (u32::MAX, u32::MAX);

/// Two different states have the same fingerprint: the records of a run are of no use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("two different states have the same fingerprint")]
pub(crate) struct Collision;

/// Which states have which marks, see [`Slots`](crate::slots::Slots).
#[derive(Debug)]
pub(crate) struct Marks {
    /// By slot: the states that have it. The lowest number is a nearest state.
    states: Vec<FixedBitSet>,
}

impl Marks {
    pub(crate) fn new(slots: usize) -> Self {
        Self { states: vec![FixedBitSet::new(); slots] }
    }

    /// Marks states, each in one slot.
    pub(crate) fn add(&mut self, marks: &[(u32, usize)]) {
        marks.iter().for_each(|(state, slot)| self.states[*slot].grow_and_insert(*state as usize));
    }

    pub(crate) fn bytes(&self) -> usize {
        self.states.iter().map(|states| states.len() / 8).sum()
    }
}

/// The states that were visited, and the steps between them if some verdict needs them.
#[derive(Debug)]
pub(crate) struct StateGraph {
    steps: Steps,
    /// The same steps backwards, once somebody has asked for them.
    sources: OnceCell<Sources>,
    /// From which state, and by which input, each state was met first. The initial state comes from nowhere.
    origins: Vec<(u32, u32)>,
    /// The first state of each depth.
    levels: Vec<u32>,
    marks: Marks,
    pub(crate) counts: Counts,
}

/// Inputs and the states that they lead to, by the state that they lead from.
#[derive(Debug, Default)]
pub(crate) struct Steps {
    /// By state: where its edges end.
    ends: Vec<usize>,
    edges: Vec<(u32, u32)>,
}

impl Steps {
    /// Adds a state with the inputs that are accepted in it, each with the number of the state that it leads to.
    pub(crate) fn push(&mut self, edges: impl Iterator<Item = (u32, u32)>) {
        self.edges.extend(edges);
        self.ends.push(self.edges.len());
    }

    /// How many states they lead from.
    pub(crate) fn states(&self) -> usize {
        self.ends.len()
    }

    /// The numbers of the edges that lead from a state.
    #[inline]
    pub(crate) fn range(&self, state: usize) -> Range<usize> {
        let start = if state == 0 { 0 } else { self.ends[state - 1] };
        start..self.ends[state]
    }

    /// The input of an edge.
    #[inline]
    pub(crate) fn input(&self, edge: usize) -> u32 {
        self.edges[edge].0
    }

    /// The state that an edge leads to.
    #[inline]
    pub(crate) fn target(&self, edge: usize) -> u32 {
        self.edges[edge].1
    }

    fn of(&self, state: usize) -> &[(u32, u32)] {
        &self.edges[self.range(state)]
    }

    /// Every state that a walk from the given one meets.
    fn closure(&self, start: usize) -> FixedBitSet {
        closure(self.states(), std::iter::once(start), |state| self.of(state).iter().map(|(_, target)| *target))
    }
}

/// Where each state can be come from.
#[derive(Debug)]
struct Sources {
    /// By state: where its sources start, and behind the last state where they end.
    starts: Vec<usize>,
    sources: Vec<u32>,
}

impl Sources {
    fn new(steps: &Steps) -> Self {
        let mut starts = vec![0; steps.states() + 1];
        steps.edges.iter().for_each(|(_, target)| starts[*target as usize] += 1);
        let mut sum = 0;
        for start in &mut starts {
            sum += *start;
            *start = sum;
        }
        let mut sources = vec![0; steps.edges.len()];
        for state in 0..steps.states() {
            for (_, target) in steps.of(state) {
                starts[*target as usize] -= 1;
                sources[starts[*target as usize]] = state as u32;
            }
        }
        Self { starts, sources }
    }

    fn of(&self, state: usize) -> &[u32] {
        &self.sources[self.starts[state]..self.starts[state + 1]]
    }

    /// Every state from which a walk meets one of the given ones.
    fn closure(&self, goals: impl Iterator<Item = usize>) -> FixedBitSet {
        closure(self.starts.len() - 1, goals, |state| self.of(state).iter().copied())
    }
}

/// Every state that a walk from the given ones meets.
fn closure<N: Iterator<Item = u32>>(
    states: usize,
    starts: impl Iterator<Item = usize>,
    next: impl Fn(usize) -> N,
) -> FixedBitSet {
    let mut met = FixedBitSet::with_capacity(states);
    let mut left: Vec<u32> = starts.filter(|state| !met.put(*state)).map(|state| state as u32).collect();
    while let Some(state) = left.pop() {
        left.extend(next(state as usize).filter(|state| !met.put(*state as usize)));
    }
    met
}

/// Where the record of a state is, and the number that the state was given once the walk met it.
struct Entry {
    shard: usize,
    position: usize,
    number: Option<u32>,
}

/// Finds the record of each state by its fingerprint.
fn directory(shards: &[Shard]) -> Result<HashMap<u64, Entry>, Collision> {
    let mut entries = HashMap::with_capacity(shards.iter().map(|shard| shard.fingerprints.len()).sum());
    for (number, shard) in shards.iter().enumerate() {
        for (position, fingerprint) in shard.fingerprints.iter().enumerate() {
            if entries.insert(*fingerprint, Entry { shard: number, position, number: None }).is_some() {
                return Err(Collision);
            }
        }
    }
    Ok(entries)
}

impl StateGraph {
    /// The graph of an exploration that numbered the states itself: where each comes from, where the levels start, and
    /// where the edges of each end. An edge to a state that was not visited is left out.
    pub(crate) fn new(
        (origins, levels): (Vec<(u32, u32)>, Vec<u32>),
        (edge_ends, steps): (&[usize], &[(u32, u32)]),
        marks: Marks,
        counts: Counts,
    ) -> Self {
        let mut graph = Self { steps: Steps::default(), sources: OnceCell::new(), origins, levels, marks, counts };
        let mut from = 0;
        for end in edge_ends {
            let visited = |edge: &&(u32, u32)| (edge.1 as usize) < graph.origins.len();
            graph.steps.push(steps[from..*end].iter().filter(visited).copied());
            from = *end;
        }
        graph
    }

    /// Builds the graph from the records. A successor without a record is left out if the run was cut off, and a sign
    /// of a collision if it was not.
    pub(crate) fn build(
        spec: &MachineSpec,
        shards: &[Shard],
        initial: u64,
        words: usize,
        was_cut_off: bool,
    ) -> Result<Self, Collision> {
        let mut counts = Counts::new(spec);
        shards.iter().for_each(|shard| counts.add(&shard.counts));
        let mut entries = directory(shards)?;
        let mut graph = Self::new((Vec::new(), Vec::new()), (&[], &[]), Marks::new(64 * words), counts);
        graph.walk((shards, words), &mut entries, initial, was_cut_off)?;
        // A record that the walk did not meet is a state that nothing leads to.
        if graph.states() == entries.len() { Ok(graph) } else { Err(Collision) }
    }

    fn walk(
        &mut self,
        (shards, words): (&[Shard], usize),
        entries: &mut HashMap<u64, Entry>,
        initial: u64,
        was_cut_off: bool,
    ) -> Result<(), Collision> {
        let mut queue = VecDeque::new();
        if let Some(entry) = entries.get_mut(&initial) {
            let number = self.add_state((shards, words), entry, NOWHERE);
            queue.push_back((number, entry.shard, entry.position));
        }
        while let Some((from, shard, position)) = queue.pop_front() {
            for (input, target) in shards[shard].edges(position) {
                let Some(entry) = entries.get_mut(&target) else {
                    if was_cut_off {
                        continue;
                    }
                    return Err(Collision);
                };
                let to = entry.number.unwrap_or_else(|| {
                    let to = self.add_state((shards, words), entry, (from, input));
                    queue.push_back((to, entry.shard, entry.position));
                    to
                });
                self.steps.edges.push((input, to));
            }
            self.steps.ends.push(self.steps.edges.len());
        }
        Ok(())
    }

    /// Gives the state of an entry the next number.
    fn add_state(&mut self, (shards, words): (&[Shard], usize), entry: &mut Entry, origin: (u32, u32)) -> u32 {
        let number = self.origins.len() as u32;
        let marks = &shards[entry.shard].marks[entry.position * words..(entry.position + 1) * words];
        let slots = (0..64 * words).filter(|slot| marks[slot / 64] >> (slot % 64) & 1 == 1);
        slots.for_each(|slot| self.marks.add(&[(number, slot)]));
        if origin == NOWHERE || self.levels.last().is_some_and(|level| origin.0 >= *level) {
            self.levels.push(number);
        }
        self.origins.push(origin);
        entry.number = Some(number);
        number
    }

    /// How many distinct states there are.
    pub(crate) fn states(&self) -> usize {
        self.origins.len()
    }

    /// How many steps the farthest state is away from the initial one.
    pub(crate) fn depth(&self) -> usize {
        self.levels.len().saturating_sub(1)
    }

    fn is_marked(&self, state: usize, slot: usize) -> bool {
        self.marks.states[slot].contains(state)
    }

    /// The nearest state with this mark.
    pub(crate) fn nearest(&self, slot: usize) -> Option<usize> {
        self.marks.states[slot].minimum()
    }

    /// The inputs of a shortest trace to a state.
    pub(crate) fn trace_to(&self, state: usize) -> Vec<u32> {
        let origin = |state: u32| Some(self.origins[state as usize]).filter(|origin| *origin != NOWHERE);
        let way = std::iter::successors(origin(state as u32), |(from, _)| origin(*from));
        let mut inputs: Vec<u32> = way.map(|(_, input)| input).collect();
        inputs.reverse();
        inputs
    }

    /// The nearest state with the first mark from which no state with the second can be reached.
    pub(crate) fn nearest_trapped(&self, from: usize, goal: usize) -> Option<usize> {
        let has_way = self.sources.get_or_init(|| Sources::new(&self.steps)).closure(self.marks.states[goal].ones());
        self.marks.states[from].ones().find(|state| !has_way.contains(*state))
    }

    /// The inputs, and the states that they lead to.
    pub(crate) fn steps(&self) -> &Steps {
        &self.steps
    }

    /// By state: whether it has the mark.
    pub(crate) fn marked(&self, slot: usize) -> Vec<bool> {
        (0..self.states()).map(|state| self.is_marked(state, slot)).collect()
    }

    /// The states with a mark, and how many steps each is away from the initial one.
    pub(crate) fn depths_of(&self, slot: usize) -> Vec<(usize, u32)> {
        let depth = |state: usize| self.levels.partition_point(|level| *level as usize <= state) - 1;
        self.marks.states[slot].ones().map(|state| (state, depth(state) as u32)).collect()
    }

    /// How many states can be reached from this one, itself included, and how many of those have the mark.
    pub(crate) fn reach(&self, state: usize, slot: usize) -> (usize, usize) {
        let reached = self.steps.closure(state);
        (reached.count_ones(..), reached.ones().filter(|state| self.is_marked(*state, slot)).count())
    }
}

#[cfg(test)]
mod tests {
    use machine_spec::spec::Place;

    use super::*;
    use crate::record::Visit;

    const SPEC: MachineSpec = MachineSpec {
        name: "",
        doc: "",
        place: Place { file: "", line: 0, column: 0 },
        types: &[],
        inputs: &[],
        effects: &[],
        regions: &[],
        transitions: &[],
        handlers: &[],
        properties: &[],
        fairness: &[],
        meaning: machine_spec::meaning::Meaning::UNTOLD,
    };

    /// A record of a state under this fingerprint, with these edges and marks.
    fn visit(fingerprint: u64, edges: &[(u32, u64)], marks: u64) -> Visit {
        Visit { fingerprint, edges: edges.to_vec(), marks: vec![marks], ..Visit::default() }
    }

    fn build(visits: &[Visit], was_cut_off: bool) -> Result<StateGraph, Collision> {
        let mut shards = [Shard::default(), Shard::default()];
        visits.iter().for_each(|visit| shards[(visit.fingerprint % 2) as usize].record(visit));
        StateGraph::build(&SPEC, &shards, 1, 1, was_cut_off)
    }

    #[test]
    fn the_nearest_state_is_found_by_the_shortest_trace_whatever_the_order_of_records() {
        // Two ways to 40, the shorter one by larger inputs.
        let visits = [
            visit(40, &[], 1),
            visit(30, &[(0, 40)], 0),
            visit(20, &[(0, 30), (9, 1)], 0),
            visit(1, &[(0, 20), (5, 31)], 0),
            visit(31, &[(7, 40)], 0),
        ];
        let graph = build(&visits, false).expect("a graph");
        assert_eq!((graph.states(), graph.depth()), (5, 2));
        let nearest = graph.nearest(0).expect("a marked state");
        assert_eq!(graph.trace_to(nearest), [5, 7]);
        assert_eq!(graph.nearest(1), None);
    }

    #[test]
    fn a_state_is_trapped_if_no_way_leads_to_the_goal() {
        // 2 returns to the goal 1, 3 and 4 lead to each other.
        let (start, goal) = (0, 1);
        let visits = [
            visit(1, &[(0, 2), (1, 3)], 0b11),
            visit(2, &[(0, 1)], 0b01),
            visit(3, &[(0, 4)], 0b00),
            visit(4, &[(0, 3)], 0b01),
        ];
        let graph = build(&visits, false).expect("a graph");
        let trapped = graph.nearest_trapped(start, goal).expect("a trapped state");
        assert_eq!(graph.trace_to(trapped), [1, 0]);
        assert_eq!(graph.reach(trapped, start), (2, 1));
    }

    #[test]
    fn records_that_do_not_fit_together_are_a_collision() {
        let twice = [visit(1, &[(0, 2)], 0), visit(2, &[], 0), visit(2, &[], 0)];
        assert!(build(&twice, false).is_err());
        let missing = [visit(1, &[(0, 2)], 0)];
        assert!(build(&missing, false).is_err());
        assert!(build(&missing, true).is_ok());
        let unmet = [visit(1, &[], 0), visit(2, &[], 0)];
        assert!(build(&unmet, false).is_err());
    }
}
