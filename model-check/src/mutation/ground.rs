//! A slice of the machine itself, explored: what its mutants are compared with.

use machine_spec::Bounds;
use machine_spec::inspect::Variant;
use machine_spec::spec::{MachineSpec, PropertyKind};
use rustc_hash::FxHashSet;

use super::coverage::Covered;
use super::engine::{Engine, Offers};
use super::explore::{Breach, Fairness, Graph, explore};
use super::judge::{Failure, Judge};
use super::limits::Limits;
use super::numbers::Rows;
use crate::interpret::Fault;
use crate::pinned::{Numbers, Pinned};
use crate::slice::Slice;

/// An explored slice.
pub(super) struct Ground {
    pub(super) engine: Engine,
    pub(super) fairness: Fairness,
    pub(super) states: Rows,
    pub(super) graph: Graph,
    /// What occurs in it.
    pub(super) covered: Covered,
    /// The numbers that a check compares.
    pub(super) pinned: Pinned,
}

impl Ground {
    pub(super) fn explore(
        spec: &'static MachineSpec,
        slice: &Slice,
        bounds: &Bounds,
        budget: usize,
    ) -> Result<Self, Unsound> {
        if spec.meaning.regions.len() != spec.regions.len() {
            return Err(Fault::of("it does not say what it means").into());
        }
        let (offers, fairness) = offers(spec, slice, bounds);
        let mut engine = Engine::new(spec, slice, bounds, offers)?;
        let mut states = Rows::new(engine.initial.len());
        let (graph, breach) = explore(&mut engine, &fairness, &mut states, None, budget)?;
        let covered = Covered::of(&engine, &graph);
        let mut ground = Self { engine, fairness, states, graph, covered, pinned: Pinned::default() };
        let failed = |index: usize| Unsound::Property(spec.properties[index].sentence);
        match breach {
            None => {}
            Some(Breach::Budget) => return Err(Unsound::Budget),
            Some(Breach::Property { index, .. }) => return Err(failed(index)),
            Some(Breach::Overlap { transitions: (one, other), .. }) => {
                return Err(Unsound::Overlap(spec.transitions[one].name, spec.transitions[other].name));
            }
        }
        match ground.judge().failure()? {
            None => Ok(ground),
            Some(Failure::Violated(index) | Failure::Unsettled(index)) => Err(failed(index)),
        }
    }

    /// How much there is of the slice.
    pub(super) fn numbers(&self) -> Numbers {
        let Graph { steps, effects, .. } = self.graph;
        Numbers { states: self.graph.states() as u64, steps, effects }
    }

    /// Judges the machine itself.
    pub(super) fn judge(&mut self) -> Judge<'_> {
        let Self { engine, fairness, states, graph, .. } = self;
        Judge { engine, fairness, states, graph, known: None, known_states: states.len() }
    }
}

/// The inputs of a slice, and what is trusted to occur of them.
fn offers(spec: &'static MachineSpec, slice: &Slice, bounds: &Bounds) -> (Offers, Fairness) {
    let is_needed = slice.properties.iter().any(|index| spec.properties[*index].kind == PropertyKind::LeadsTo);
    let of_slice = |bounds: &Bounds| {
        let mut inputs = Limits { spec, bounds: bounds.clone() }.inputs();
        inputs.retain(|input| slice.has_input(spec, input.position));
        inputs
    };
    let assumption = |input: &Variant| spec.fairness.iter().position(|fairness| fairness.input == input.position);
    let mut values = of_slice(bounds);
    let within = values.len();
    if !is_needed {
        return (Offers { values, within }, Fairness::default());
    }
    // Whether a fair input is possible must not depend on how many values the bounds leave to its payload.
    let mut beyond = of_slice(&bounds.widened());
    let known: FxHashSet<&Variant> = values.iter().collect();
    beyond.retain(|input| assumption(input).is_some() && !known.contains(input));
    values.extend(beyond);
    let outside = |input| spec.handlers.iter().any(|on| on.input == input && !slice.has_region(on.region));
    let fairness = Fairness {
        assumption_of: values.iter().map(assumption).collect(),
        shared: spec.fairness.iter().map(|fairness| outside(fairness.input)).collect(),
    };
    (Offers { values, within }, fairness)
}

/// Why mutants of a machine would say nothing.
#[derive(Debug)]
pub(super) enum Unsound {
    /// The property of this sentence does not hold.
    Property(&'static str),
    /// These transitions overlap.
    Overlap(&'static str, &'static str),
    /// There are more states than the budget allows.
    Budget,
    /// The machine cannot be read.
    Fault(Fault),
}

impl From<Fault> for Unsound {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}
