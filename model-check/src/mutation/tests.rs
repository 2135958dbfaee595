//! What the constant data say of inputs, bounds and steps is what the generated code does.

use machine_spec::session::Meerkat;
use machine_spec::{Inspect, Inspected, Value};

use super::coverage::Covered;
use super::ground::Ground;
use super::limits::Limits;
use super::machine;
use super::mutant::{Change, Mutant};
use super::trial::{Bench, Shortcut, Shown};
use crate::{Bounds, Check, Number, Pinned, Slice};

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
    assert_eq!(graph.effects, size.effects);
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

/// What the mutants of a machine are counted to have, of what is given an impossible number. Without properties, so that
/// none is noticed by anything else.
struct Counting {
    bench: Bench,
}

impl Counting {
    fn new<M: Inspected>(bounds: &Bounds) -> Self {
        let slice = Slice { properties: Vec::new(), ..Slice::whole(M::SPEC) };
        let ground = Ground::explore(M::SPEC, &slice, bounds, usize::MAX).expect("it has no properties");
        let covered = Covered::nothing();
        let bench = Bench {
            spec: M::SPEC,
            grounds: vec![ground],
            budget: 50_000,
            covered,
            is_complete: true,
            is_sliced: false,
        };
        Self { bench }
    }

    /// Nothing if the mutant overlaps, or is none.
    fn count(&mut self, mutant: &Mutant, number: Number, shortcut: Shortcut) -> Option<u64> {
        let impossible = |one| (one == number).then_some(u64::MAX);
        let [states, steps, effects] = Number::ALL.map(impossible);
        self.bench.grounds[0].pinned = Pinned { states, steps, effects };
        let changed = self.bench.changed(mutant, 0).ok()??;
        match self.bench.shown(changed, 0, 50_000, shortcut).ok()? {
            Shown::Nothing { telltale, .. } => telltale.map(|telltale| telltale.deviation.found),
            Shown::Killer(_) | Shown::Unfinished { .. } => None,
        }
    }
}

/// However much of a mutant's graph is taken from the machine's.
fn same_counts<M: Inspected>(bounds: &Bounds) {
    let mut counting = Counting::new::<M>(bounds);
    let own = counting.bench.grounds[0].numbers();
    let (mut counted, mut others) = (0, 0);
    for mutant in machine::mutants(M::SPEC).iter().filter(|mutant| matches!(mutant.change, Change::Handler { .. })) {
        for number in Number::ALL {
            let Some(exact) = counting.count(mutant, number, Shortcut::None) else { continue };
            assert_eq!(counting.count(mutant, number, Shortcut::OtherInputs), Some(exact), "{number:?} of {mutant}");
            // Where the decisions are the same nothing is explored, and nothing counted.
            let quick = counting.count(mutant, number, Shortcut::SameDecisions);
            assert_eq!(quick.unwrap_or(own.get(number)), exact, "{number:?} of {mutant}");
            counted += 1;
            others += usize::from(exact != own.get(number));
        }
    }
    println!("{}: {counted} numbers counted, {others} of them not those of the machine", M::SPEC.name);
    assert!(others > 0 && others < counted);
}

#[test]
fn the_numbers_of_mutants_are_those_of_exploring_them_from_nothing() {
    let small = Bounds::default().with_ids(1).with_epochs(1);
    same_counts::<machines::Almanac>(&small);
    same_counts::<constructs::depot::Depot>(&small.with("Load", 2));
}
