//! A slice of the machine itself, explored: what its mutants are compared with.

use machine_spec::{Bounds, Inspect, Inspected, Value};

use super::engine::{Engine, Numbering, Offers};
use super::explore::{Breach, Fairness, Graph, explore};
use super::numbers::Rows;
use crate::fair_inputs::FairInputs;
use crate::interpret::Fault;
use crate::slice::Slice;

/// An explored slice.
pub(super) struct Ground {
    pub(super) bounds: Bounds,
    pub(super) engine: Engine,
    pub(super) fairness: Fairness,
    pub(super) states: Rows,
    pub(super) graph: Graph,
    /// What is wrong with the machine itself.
    pub(super) breach: Option<Breach>,
}

impl Ground {
    pub(super) fn explore<M: Inspected>(slice: &Slice, bounds: &Bounds, budget: usize) -> Result<Self, Fault> {
        let mut inputs = M::inputs_within(bounds);
        inputs.retain(|input| slice.has_input(M::SPEC, M::input_index(input)));
        let fair = FairInputs::<M>::new(slice, bounds, &inputs);
        let is_needed = fair.assumption_of.iter().any(Option::is_some) || !fair.beyond.is_empty();
        let mut fairness = Fairness { assumption_of: fair.assumption_of.clone(), shared: Vec::new() };
        if is_needed {
            fairness.shared = (0..M::SPEC.fairness.len()).map(|number| fair.is_shared(number)).collect();
            fairness.assumption_of.extend(fair.beyond.iter().map(|(assumption, _)| Some(*assumption)));
        }
        let values = inputs.iter().chain(fair.beyond.iter().map(|(_, input)| input)).map(Inspect::inspect);
        let values = values.filter_map(|value| if let Value::Variant(input) = value { Some(input) } else { None });
        let offers = Offers { values: values.collect(), within: inputs.len() };
        let mut engine = Engine::new(M::SPEC, slice, offers, Numbering::new(M::SPEC, bounds))?;
        let mut states = Rows::new(engine.initial.len());
        let (graph, breach) = explore(&mut engine, &fairness, &mut states, None, budget)?;
        Ok(Self { bounds: bounds.clone(), engine, fairness, states, graph, breach })
    }
}
#[cfg(test)]
mod tests {
    use super::*;
    use machine_spec::Machine;
    #[test]
    fn session() {
        use machine_spec::session::Meerkat;
        let plan = crate::Plan::read(concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/tests/session_machine.toml")).unwrap();
        for slice in Slice::all(Meerkat::SPEC).into_iter().filter(|s| std::env::var("S").map_or(true, |n| n == s.name)) {
            let start = std::time::Instant::now();
            let mut ground = Ground::explore::<Meerkat>(&slice, &plan.bounds(&slice.name), 10_000_000).unwrap();
            if let Some(Breach::Property{index, state, ..}) = ground.breach { println!("{} {:?} {:?}", Meerkat::SPEC.properties[index].sentence, Meerkat::SPEC.properties[index].kind, ground.engine.properties.iter().find(|p| p.index==index).map(|p| ground.engine.sights.places(p.sight))); println!("{:?}", ground.engine.state(ground.states.row(state))); }
            let elapsed = start.elapsed();
            let start = std::time::Instant::now();
            let _again = explore(&mut ground.engine, &ground.fairness, &mut ground.states, None, 10_000_000).unwrap();
            let again = start.elapsed();
            let start = std::time::Instant::now();
            let (g, b) = explore(&mut ground.engine, &ground.fairness, &mut ground.states, Some(super::super::explore::Known{graph: &ground.graph, kind: 1}), 10_000_000).unwrap();
            println!("again {again:?} first {elapsed:?} known {:?} {} {:?}", start.elapsed(), g.states(), b);
            println!("{} regions {} states {} planned {:?} steps {} clipped {} breach {:?} {:?}  sights {:?}", slice.name, slice.regions.len(), ground.graph.states(), plan.states(&slice.name), ground.graph.steps, ground.graph.clipped, ground.breach, start.elapsed(), ground.engine.handlers.iter().map(|h| ground.engine.sights.places(h.sight).len()).max());
        }
    }
}
