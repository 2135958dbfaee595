//! What only a whole graph can tell: that something is reachable, stays possible, or happens in the end.

use machine_spec::spec::PropertyKind;

use super::engine::Engine;
use super::explore::{Fairness, Graph, Known};
use super::numbers::Rows;
use crate::graph::Steps;
use crate::interpret::Fault;
use crate::liveness::{Arena, Assumption, Question, Unseen};

/// Why a property does not hold in a graph.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Failure {
    /// It is violated.
    Violated(usize),
    /// It can neither be proved nor refuted within the bounds.
    Unsettled(usize),
}

/// An explored graph, and what it rests on.
pub(super) struct Judge<'g> {
    pub(super) engine: &'g mut Engine,
    pub(super) fairness: &'g Fairness,
    pub(super) states: &'g Rows,
    pub(super) graph: &'g Graph,
    pub(super) known: Option<Known<'g>>,
    /// The states with a lower number are those of the known graph.
    pub(super) known_states: usize,
}

impl Judge<'_> {
    /// The first property that the graph as a whole does not have.
    pub(super) fn failure(&mut self) -> Result<Option<Failure>, Fault> {
        let mut backwards = None;
        for place in 0..self.engine.properties.len() {
            let failure = match self.engine.properties[place].kind {
                PropertyKind::Invariant | PropertyKind::Always => None,
                PropertyKind::Reachable => self.reachable(place)?,
                PropertyKind::Possible => {
                    if backwards.is_none() {
                        backwards = Some(self.backwards());
                    }
                    self.possible(place, backwards.as_ref())?
                }
                PropertyKind::LeadsTo => self.leads_to(place)?,
            };
            if failure.is_some() {
                return Ok(failure);
            }
        }
        Ok(None)
    }

    /// Calls back with every step from the state at a place: input and place of the target.
    fn for_each_step(&self, place: usize, visit: &mut dyn FnMut(u32, usize)) {
        let number = self.graph.order[place];
        let known = self.known.filter(|_| (number as usize) < self.known_states);
        if let Some(known) = known
            && let Some(there) = known.graph.place(number)
        {
            for (input, target) in known.graph.edges_of(there) {
                if known.holds(number, self.engine.kind_of(*input)) {
                    self.graph.place(*target).into_iter().for_each(|target| visit(*input, target));
                }
            }
        }
        for (input, target) in self.graph.edges_of(place) {
            self.graph.place(*target).into_iter().for_each(|target| visit(*input, target));
        }
    }

    fn evaluated(&mut self, property: usize, place: usize) -> Result<machine_spec::Evaluation, Fault> {
        let sight = self.engine.properties[property].sight;
        let seen = self.engine.sights.number(sight, self.states.row(self.graph.order[place]));
        self.engine.evaluation(property, seen)
    }

    fn reachable(&mut self, property: usize) -> Result<Option<Failure>, Fault> {
        let index = self.engine.properties[property].index;
        let witness = self.known.and_then(|known| known.graph.seen.reached[index]).or(self.graph.seen.reached[index]);
        if witness.is_some_and(|witness| self.graph.place(witness).is_some()) {
            return Ok(None);
        }
        for place in 0..self.graph.states() {
            let evaluation = self.evaluated(property, place)?;
            if evaluation.premise && evaluation.claim {
                return Ok(None);
            }
        }
        Ok(Some(Failure::Violated(index)))
    }

    /// By place: the places from which a step leads there, as ends and a list.
    fn backwards(&self) -> (Vec<u32>, Vec<u32>) {
        let mut starts = vec![0_u32; self.graph.states() + 1];
        for place in 0..self.graph.states() {
            self.for_each_step(place, &mut |_, target| starts[target + 1] += 1);
        }
        for place in 0..self.graph.states() {
            starts[place + 1] += starts[place];
        }
        let mut origins = vec![0; starts.last().map_or(0, |last| *last as usize)];
        let mut next = starts.clone();
        for place in 0..self.graph.states() {
            self.for_each_step(place, &mut |_, target| {
                origins[next[target] as usize] = place as u32;
                next[target] += 1;
            });
        }
        (starts, origins)
    }

    fn possible(
        &mut self,
        property: usize,
        backwards: Option<&(Vec<u32>, Vec<u32>)>,
    ) -> Result<Option<Failure>, Fault> {
        let Some((starts, origins)) = backwards else { return Ok(None) };
        let states = self.graph.states();
        let (mut asked, mut has_way, mut left) = (Vec::with_capacity(states), vec![false; states], Vec::new());
        for (place, has_way) in has_way.iter_mut().enumerate() {
            let evaluation = self.evaluated(property, place)?;
            asked.push(evaluation.premise);
            if evaluation.claim {
                *has_way = true;
                left.push(place);
            }
        }
        while let Some(place) = left.pop() {
            for origin in &origins[starts[place] as usize..starts[place + 1] as usize] {
                if !std::mem::replace(&mut has_way[*origin as usize], true) {
                    left.push(*origin as usize);
                }
            }
        }
        let trapped = asked.iter().zip(has_way).any(|(asked, has_way)| *asked && !has_way);
        Ok(trapped.then_some(Failure::Violated(self.engine.properties[property].index)))
    }

    fn leads_to(&mut self, property: usize) -> Result<Option<Failure>, Fault> {
        let (mut open, mut waiting) = (Vec::new(), Vec::new());
        for place in 0..self.graph.states() {
            let evaluation = self.evaluated(property, place)?;
            open.push(!evaluation.claim);
            if evaluation.premise && !evaluation.claim {
                // How far it is does not matter: nobody asks for a run.
                waiting.push((place, 0));
            }
        }
        let (mut steps, mut edges) = (Steps::default(), Vec::new());
        for place in 0..self.graph.states() {
            self.for_each_step(place, &mut |input, target| edges.push((input, target as u32)));
            steps.push(edges.drain(..));
        }
        let marks = |assumption, unseen| -> Vec<bool> {
            let mark = |place| self.graph.fair_mark(self.fairness, place, assumption, unseen);
            (0..self.graph.states()).map(mark).collect()
        };
        let trusted = self.engine.spec.fairness.iter().take(self.fairness.shared.len()).enumerate();
        let assumptions = trusted.map(|(number, fairness)| Assumption {
            strength: fairness.strength,
            possible: marks(number, false),
            unseen: marks(number, true),
        });
        let assumption_of = &self.fairness.assumption_of;
        let arena = Arena { steps: &steps, assumption_of, assumptions: assumptions.collect() };
        let (index, question) = (self.engine.properties[property].index, Question { open: &open, waiting: &waiting });
        Ok(if arena.is_violated(&question, Unseen::Ignored) {
            Some(Failure::Violated(index))
        } else if !arena.shows_all() && arena.is_violated(&question, Unseen::Counts) {
            Some(Failure::Unsettled(index))
        } else {
            None
        })
    }
}
