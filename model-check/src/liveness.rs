//! Runs that wait for ever: a search for fair lassos in a graph.
//!
//! A `leads_to` is violated by a run that reaches a state in which the premise holds, and from there on never one in
//! which the claim does, although it keeps every fairness assumption. In a finite graph there is such a run if and only
//! if there is a *fair component*: a strongly connected set of states without the claim, reached from such a state by
//! states without the claim, in which a run may go round for ever and keep the assumptions:
//!
//! * a weakly fair input is impossible in some state of the component, or taken within it;
//! * a strongly fair input is impossible in every state of the component, or taken within it.
//!
//! A component that breaks the first condition has no part that keeps it: it is left out. One that breaks the second has
//! to do without the states in which the input is possible: what is left falls into smaller components, and the search
//! goes on in those (Emerson, Lei: Modalities for model checking, 1987). A single state is a component, because nothing
//! is trusted to happen but what is declared fair: a run may stay where it is.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap, VecDeque};

use machine_spec::spec::Strength;
use petgraph::algo::kosaraju_scc;
use petgraph::graph::{DiGraph, EdgeIndex, NodeIndex};
use petgraph::visit::{EdgeRef, NodeFiltered};

/// A graph, and what is trusted to happen in it.
pub(crate) struct Arena<'graph> {
    /// An edge is an input, by number.
    pub(crate) graph: &'graph DiGraph<(), u32>,
    /// By number of the input: the assumption that speaks of it, if one does.
    pub(crate) assumption_of: &'graph [Option<usize>],
    pub(crate) assumptions: Vec<Assumption>,
}

/// An input that is trusted to occur.
pub(crate) struct Assumption {
    pub(crate) strength: Strength,
    /// By state: the input would change it, wherever that leads.
    pub(crate) possible: Vec<bool>,
    /// By state: the input may be taken here in a way that the graph does not show.
    pub(crate) unseen: Vec<bool>,
}

/// What is asked of a graph.
pub(crate) struct Question<'graph> {
    /// By state: the claim does not hold.
    pub(crate) open: &'graph [bool],
    /// The states in which the premise holds and the claim does not, with the length of a shortest way to each.
    pub(crate) waiting: &'graph [(usize, u32)],
}

/// A run that never satisfies the claim.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Lasso {
    /// The state from which it waits.
    pub(crate) start: usize,
    /// The edges from there to the cycle.
    pub(crate) lead: Vec<EdgeIndex>,
    /// The edges that repeat for ever; none if the run stays where it is.
    pub(crate) cycle: Vec<EdgeIndex>,
}

/// How a run gets from a waiting state to another.
struct Way {
    start: usize,
    edges: Vec<EdgeIndex>,
    goal: usize,
    /// From the initial state.
    length: u32,
}

/// Whether what the graph does not show counts as taken.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unseen {
    Ignored,
    Counts,
}

impl Arena<'_> {
    /// Whether some fair run waits for ever.
    pub(crate) fn is_violated(&self, question: &Question<'_>, unseen: Unseen) -> bool {
        !self.fair_components(self.reached(question), unseen).is_empty()
    }

    /// A fair run that waits for ever, with a short way to a cycle and a short cycle.
    pub(crate) fn lasso(&self, question: &Question<'_>) -> Option<Lasso> {
        let components = self.fair_components(self.reached(question), Unseen::Ignored);
        if components.is_empty() {
            return None;
        }
        let mut component_of = HashMap::new();
        for (number, component) in components.iter().enumerate() {
            component_of.extend(component.iter().map(|state| (*state, number)));
        }
        let way = self.way(question, |state| component_of.contains_key(&state))?;
        let component = component_of[&way.goal];
        let cycle = self.cycle(way.goal, &|state| component_of.get(&state) == Some(&component));
        let length = way.length as usize + cycle.len();
        // A run that comes to rest is the easiest to read, unless it takes longer.
        let to_rest =
            self.way(question, |state| component_of.contains_key(&state) && self.broken(state, &[]).is_none());
        match to_rest.filter(|rest| rest.length as usize <= length) {
            Some(rest) => Some(Lasso { start: rest.start, lead: rest.edges, cycle: Vec::new() }),
            None => Some(Lasso { start: way.start, lead: way.edges, cycle }),
        }
    }

    /// By state: a run that waits may come here.
    fn reached(&self, question: &Question<'_>) -> Vec<bool> {
        let mut reached = vec![false; question.open.len()];
        let mut left: Vec<usize> = question.waiting.iter().map(|(state, _)| *state).collect();
        while let Some(state) = left.pop() {
            if question.open[state] && !std::mem::replace(&mut reached[state], true) {
                left.extend(self.graph.neighbors(NodeIndex::new(state)).map(NodeIndex::index));
            }
        }
        reached
    }

    /// The largest fair components among some states.
    fn fair_components(&self, mut within: Vec<bool>, unseen: Unseen) -> Vec<Vec<usize>> {
        loop {
            let filtered = NodeFiltered::from_fn(self.graph, |state: NodeIndex| within[state.index()]);
            let components: Vec<Vec<usize>> = kosaraju_scc(&filtered)
                .into_iter()
                .map(|one| one.into_iter().map(NodeIndex::index).collect())
                .collect();
            let mut number_of = HashMap::new();
            for (number, component) in components.iter().enumerate() {
                number_of.extend(component.iter().map(|state| (*state, number)));
            }
            let unfair = |component: &Vec<usize>| self.to_leave_out(component, &number_of, unseen);
            let left_out: Vec<usize> = components.iter().flat_map(unfair).collect();
            if left_out.is_empty() {
                return components;
            }
            left_out.into_iter().for_each(|state| within[state] = false);
        }
    }

    /// The states of a component that no fair run visits again and again without leaving the component.
    fn to_leave_out(&self, component: &[usize], number_of: &HashMap<usize, usize>, unseen: Unseen) -> Vec<usize> {
        let taken = self.taken(component, number_of, unseen);
        let mut states = Vec::new();
        for (assumption, _) in self.assumptions.iter().zip(taken).filter(|(_, taken)| !taken) {
            let possible = || component.iter().filter(|state| assumption.possible[**state]);
            if possible().count() == component.len() {
                return component.to_vec();
            }
            if assumption.strength == Strength::Strong {
                states.extend(possible().copied());
            }
        }
        states
    }

    /// By assumption: its input is taken within the component.
    fn taken(&self, component: &[usize], number_of: &HashMap<usize, usize>, unseen: Unseen) -> Vec<bool> {
        let may_be_unseen = |assumption: &Assumption| component.iter().any(|state| assumption.unseen[*state]);
        let counts = |assumption: &Assumption| unseen == Unseen::Counts && may_be_unseen(assumption);
        let mut taken: Vec<bool> = self.assumptions.iter().map(counts).collect();
        for state in component {
            for edge in self.graph.edges(NodeIndex::new(*state)) {
                let stays = number_of.get(&edge.target().index()) == number_of.get(state);
                if let Some(assumption) = self.assumption_of[*edge.weight() as usize].filter(|_| stays) {
                    taken[assumption] = true;
                }
            }
        }
        taken
    }

    /// A shortest way from the initial state by a waiting one to a goal.
    fn way(&self, question: &Question<'_>, is_goal: impl Fn(usize) -> bool) -> Option<Way> {
        let mut origins: HashMap<usize, Option<(usize, EdgeIndex)>> = HashMap::new();
        // Of two ways that are equally long, the one that waits longer tells more.
        let queued = |length: u32, state: usize, origin: Option<(usize, EdgeIndex)>| {
            Reverse((length, state, origin.is_none(), origin))
        };
        let mut queue: BinaryHeap<_> =
            question.waiting.iter().map(|(state, length)| queued(*length, *state, None)).collect();
        while let Some(Reverse((length, state, _, origin))) = queue.pop() {
            if origins.contains_key(&state) {
                continue;
            }
            origins.insert(state, origin);
            if is_goal(state) {
                let (start, edges) = backwards(&origins, state);
                return Some(Way { start, edges, goal: state, length });
            }
            for edge in self.graph.edges(NodeIndex::new(state)) {
                let next = edge.target().index();
                if question.open[next] {
                    queue.push(queued(length + 1, next, Some((state, edge.id()))));
                }
            }
        }
        None
    }

    /// A cycle through a state of a fair component that keeps every assumption.
    fn cycle(&self, entry: usize, belongs: &dyn Fn(usize) -> bool) -> Vec<EdgeIndex> {
        let mut cycle = Vec::new();
        loop {
            let mut closed = cycle.clone();
            closed.extend(self.walk(self.end(entry, &cycle), belongs, &|edge| self.target(edge) == entry, entry));
            let Some(broken) = self.broken(entry, &closed) else { return closed };
            let assumption = &self.assumptions[broken];
            let weak = assumption.strength == Strength::Weak;
            let keeps = |edge: EdgeIndex| {
                self.assumption_of[self.graph[edge] as usize] == Some(broken)
                    || (weak && !assumption.possible[self.target(edge)])
            };
            let more = self.walk(self.end(entry, &cycle), belongs, &keeps, usize::MAX);
            // A fair component has what is missing; without it there would be no end.
            if more.is_empty() {
                return closed;
            }
            cycle.extend(more);
        }
    }

    /// The first assumption that going round this cycle for ever does not keep.
    fn broken(&self, entry: usize, cycle: &[EdgeIndex]) -> Option<usize> {
        let states = || cycle.iter().map(|edge| self.target(*edge)).chain([entry]);
        let takes = |number| cycle.iter().any(|edge| self.assumption_of[self.graph[*edge] as usize] == Some(number));
        self.assumptions.iter().enumerate().find_map(|(number, assumption)| {
            let demanded = match assumption.strength {
                Strength::Weak => states().all(|state| assumption.possible[state]),
                Strength::Strong => states().any(|state| assumption.possible[state]),
            };
            (demanded && !takes(number)).then_some(number)
        })
    }

    fn target(&self, edge: EdgeIndex) -> usize {
        self.graph.edge_endpoints(edge).map_or(usize::MAX, |(_, target)| target.index())
    }

    fn end(&self, entry: usize, edges: &[EdgeIndex]) -> usize {
        edges.last().map_or(entry, |edge| self.target(*edge))
    }

    /// The edges of a shortest walk within a component whose last one is a goal; none if it starts at `home`.
    fn walk(
        &self,
        from: usize,
        belongs: &dyn Fn(usize) -> bool,
        is_goal: &dyn Fn(EdgeIndex) -> bool,
        home: usize,
    ) -> Vec<EdgeIndex> {
        if from == home {
            return Vec::new();
        }
        let mut origins: HashMap<usize, Option<(usize, EdgeIndex)>> = HashMap::from([(from, None)]);
        let mut queue = VecDeque::from([from]);
        while let Some(state) = queue.pop_front() {
            for edge in self.graph.edges(NodeIndex::new(state)).filter(|edge| belongs(edge.target().index())) {
                if is_goal(edge.id()) {
                    let (_, mut edges) = backwards(&origins, state);
                    edges.push(edge.id());
                    return edges;
                }
                let next = edge.target().index();
                origins.entry(next).or_insert_with(|| {
                    queue.push_back(next);
                    Some((state, edge.id()))
                });
            }
        }
        Vec::new()
    }
}

/// Where a search came from to reach a state, and the edges from there.
fn backwards(origins: &HashMap<usize, Option<(usize, EdgeIndex)>>, state: usize) -> (usize, Vec<EdgeIndex>) {
    let (mut state, mut edges) = (state, Vec::new());
    while let Some(Some((before, edge))) = origins.get(&state) {
        edges.push(*edge);
        state = *before;
    }
    edges.reverse();
    (state, edges)
}

#[cfg(test)]
mod tests;
