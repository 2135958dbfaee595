//! What the constant data say of inputs, bounds and steps is what the generated code does.

use machine_spec::session::Meerkat;
use machine_spec::{Inspect, Inspected, Value};

use super::ground::Ground;
use super::limits::Limits;
use crate::{Bounds, Check, Slice};

#[path = "../../../machine-spec/tests/constructs.rs"]
#[allow(unreachable_pub, dead_code, missing_docs, reason = "a test file of its own")]
mod constructs;
#[path = "../../tests/machines/mod.rs"]
#[allow(missing_docs, reason = "compiled for tests alone")]
mod machines;

fn same_inputs<M: Inspected>(bounds: &Bounds) {
    let own = Limits { spec: M::SPEC, bounds: bounds.clone() }.inputs();
    let generated: Vec<Value> = M::inputs_within(bounds).iter().map(Inspect::inspect).collect();
    assert_eq!(own.len(), generated.len());
    for (own, generated) in own.into_iter().map(Value::Variant).zip(generated) {
        // What is carried and never looked into may look as it likes.
        let carries = format!("{own:?}").contains("Opaque");
        assert!(own == generated || carries, "{own} and {generated}");
    }
}

/// Without its properties, so that it does not matter whether they hold within these bounds.
fn same_graph<M: Inspected>(bounds: &Bounds) {
    let check = Check::<M>::new().bounds(bounds.clone()).cross_check(false).allow_vacuous(true);
    let size = check.run().expect("runs").size;
    let slice = Slice { properties: Vec::new(), ..Slice::whole(M::SPEC) };
    let ground = Ground::explore(M::SPEC, &slice, bounds, usize::MAX).expect("it has no properties");
    let graph = &ground.graph;
    assert_eq!((graph.states(), graph.steps, graph.clipped), (size.states, size.steps, size.clipped));
}

#[test]
fn inputs_and_graphs_are_those_of_the_generated_code() {
    let small = Bounds::default().with_ids(1).with_epochs(1);
    same_inputs::<machines::Almanac>(&small);
    same_inputs::<machines::Orchard>(&small);
    same_inputs::<Meerkat>(&small);
    same_inputs::<constructs::depot::Depot>(&small.clone().with("Load", 2));
    same_graph::<machines::Almanac>(&small);
    same_graph::<machines::Orchard>(&small);
    same_graph::<constructs::depot::Depot>(&small.with("Load", 2));
}
