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

mod components;

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap, VecDeque};

use machine_spec::spec::Strength;

use self::components::{Components, Groups};
use crate::graph::Steps;

/// A graph, and what is trusted to happen in it.
pub(crate) struct Arena<'graph> {
    pub(crate) steps: &'graph Steps,
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
    pub(crate) lead: Vec<usize>,
    /// The edges that repeat for ever; none if the run stays where it is.
    pub(crate) cycle: Vec<usize>,
}

/// How a run gets from a waiting state to another.
struct Way {
    start: usize,
    edges: Vec<usize>,
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
        !self.fair_components(&self.reached(question), unseen).is_empty()
    }

    /// Whether the graph shows wherever a fair input is taken: then it does not matter whether more counts.
    pub(crate) fn shows_all(&self) -> bool {
        self.assumptions.iter().all(|assumption| !assumption.unseen.contains(&true))
    }

    /// A fair run that waits for ever, with a short way to a cycle and a short cycle.
    pub(crate) fn lasso(&self, question: &Question<'_>) -> Option<Lasso> {
        let components = self.fair_components(&self.reached(question), Unseen::Ignored);
        if components.is_empty() {
            return None;
        }
        let mut component_of = HashMap::new();
        for (number, component) in components.iter().enumerate() {
            component_of.extend(component.iter().map(|state| (*state as usize, number)));
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

    /// The states that a run may come to while it waits.
    fn reached(&self, question: &Question<'_>) -> Vec<u32> {
        let mut is_left = question.open.to_vec();
        let mut reached: Vec<u32> = question.waiting.iter().map(|(state, _)| *state as u32).collect();
        reached.retain(|state| std::mem::take(&mut is_left[*state as usize]));
        let mut next = 0;
        while next < reached.len() {
            let targets = self.steps.range(reached[next] as usize).map(|edge| self.steps.target(edge));
            reached.extend(targets.filter(|state| std::mem::take(&mut is_left[*state as usize])));
            next += 1;
        }
        reached
    }

    /// The largest fair components among some states.
    fn fair_components(&self, states: &[u32], unseen: Unseen) -> Groups {
        let (mut components, mut fair) = (Components::new(self.steps), Groups::default());
        let (mut part, mut is_left_out) = (states.to_vec(), vec![false; self.steps.states()]);
        while !part.is_empty() {
            let found = components.find(&part);
            part.clear();
            for component in found.iter() {
                let left_out = self.to_leave_out(component, &components, unseen);
                if left_out.is_empty() {
                    fair.push(component);
                    continue;
                }
                left_out.iter().for_each(|state| is_left_out[*state as usize] = true);
                part.extend(component.iter().filter(|state| !is_left_out[**state as usize]));
            }
        }
        fair
    }

    /// The states of a component that no fair run visits again and again without leaving the component.
    fn to_leave_out(&self, component: &[u32], components: &Components<'_>, unseen: Unseen) -> Vec<u32> {
        let mut states = Vec::new();
        for (number, assumption) in self.assumptions.iter().enumerate() {
            let possible = || component.iter().filter(|state| assumption.possible[**state as usize]);
            let count = possible().count();
            let harms = count == component.len() || (count > 0 && assumption.strength == Strength::Strong);
            if !harms || self.is_taken(number, component, components, unseen) {
                continue;
            }
            if count == component.len() {
                return component.to_vec();
            }
            states.extend(possible().copied());
        }
        states
    }

    /// Whether the input of an assumption is taken within the component.
    fn is_taken(&self, number: usize, component: &[u32], components: &Components<'_>, unseen: Unseen) -> bool {
        let assumption = &self.assumptions[number];
        let is_unseen = |state: &u32| unseen == Unseen::Counts && assumption.unseen[*state as usize];
        let is_taken_at = |state: &u32| {
            let mut edges = self.steps.range(*state as usize);
            edges.any(|edge| self.is_of(edge, number) && components.are_together(*state, self.steps.target(edge)))
        };
        component.iter().any(|state| is_unseen(state) || is_taken_at(state))
    }

    /// Whether an assumption speaks of the input of an edge.
    fn is_of(&self, edge: usize, assumption: usize) -> bool {
        self.assumption_of[self.steps.input(edge) as usize] == Some(assumption)
    }

    /// A shortest way from the initial state by a waiting one to a goal.
    fn way(&self, question: &Question<'_>, is_goal: impl Fn(usize) -> bool) -> Option<Way> {
        let mut origins: HashMap<usize, Option<(usize, usize)>> = HashMap::new();
        // Of two ways that are equally long, the one that waits longer tells more.
        let queued = |length: u32, state: usize, origin: Option<(usize, usize)>| {
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
            for edge in self.steps.range(state) {
                let next = self.target(edge);
                if question.open[next] {
                    queue.push(queued(length + 1, next, Some((state, edge))));
                }
            }
        }
        None
    }

    /// A cycle through a state of a fair component that keeps every assumption.
    fn cycle(&self, entry: usize, belongs: &dyn Fn(usize) -> bool) -> Vec<usize> {
        let mut cycle = Vec::new();
        loop {
            let mut closed = cycle.clone();
            closed.extend(self.walk(self.end(entry, &cycle), belongs, &|edge| self.target(edge) == entry, entry));
            let Some(broken) = self.broken(entry, &closed) else { return closed };
            let assumption = &self.assumptions[broken];
            let weak = assumption.strength == Strength::Weak;
            let keeps = |edge: usize| self.is_of(edge, broken) || (weak && !assumption.possible[self.target(edge)]);
            let more = self.walk(self.end(entry, &cycle), belongs, &keeps, usize::MAX);
            // A fair component has what is missing; without it there would be no end.
            if more.is_empty() {
                return closed;
            }
            cycle.extend(more);
        }
    }

    /// The first assumption that going round this cycle for ever does not keep.
    fn broken(&self, entry: usize, cycle: &[usize]) -> Option<usize> {
        let states = || cycle.iter().map(|edge| self.target(*edge)).chain([entry]);
        let takes = |number| cycle.iter().any(|edge| self.is_of(*edge, number));
        self.assumptions.iter().enumerate().find_map(|(number, assumption)| {
            let demanded = match assumption.strength {
                Strength::Weak => states().all(|state| assumption.possible[state]),
                Strength::Strong => states().any(|state| assumption.possible[state]),
            };
            (demanded && !takes(number)).then_some(number)
        })
    }

    fn target(&self, edge: usize) -> usize {
        self.steps.target(edge) as usize
    }

    fn end(&self, entry: usize, edges: &[usize]) -> usize {
        edges.last().map_or(entry, |edge| self.target(*edge))
    }

    /// The edges of a shortest walk within a component whose last one is a goal; none if it starts at `home`.
    fn walk(
        &self,
        from: usize,
        belongs: &dyn Fn(usize) -> bool,
        is_goal: &dyn Fn(usize) -> bool,
        home: usize,
    ) -> Vec<usize> {
        if from == home {
            return Vec::new();
        }
        let mut origins: HashMap<usize, Option<(usize, usize)>> = HashMap::from([(from, None)]);
        let mut queue = VecDeque::from([from]);
        while let Some(state) = queue.pop_front() {
            // Of several edges the last one first, as ever: what a trace shows is not to change without need.
            for edge in self.steps.range(state).rev().filter(|edge| belongs(self.target(*edge))) {
                if is_goal(edge) {
                    let (_, mut edges) = backwards(&origins, state);
                    edges.push(edge);
                    return edges;
                }
                let next = self.target(edge);
                origins.entry(next).or_insert_with(|| {
                    queue.push_back(next);
                    Some((state, edge))
                });
            }
        }
        Vec::new()
    }
}

/// Where a search came from to reach a state, and the edges from there.
fn backwards(origins: &HashMap<usize, Option<(usize, usize)>>, state: usize) -> (usize, Vec<usize>) {
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
