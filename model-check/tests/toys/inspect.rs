//! Toys as values without their types.

use machine_spec::inspect::Variant;
use machine_spec::{Inspect, Inspected, Refusal, Value};

use super::{Named, Of, Refused, State, Toy};

impl Inspect for Named {
    fn inspect(&self) -> Value {
        Value::variant(self.0, self.1, &[])
    }
}

impl Inspect for State {
    /// The one region, with all the fields that there is room for.
    fn inspect(&self) -> Value {
        let phase = Value::Variant(Variant { position: 0, name: self.phase, members: Vec::new() });
        let names = ["f0", "f1", "f2", "f3", "f4", "f5", "f6", "f7"];
        let fields = names.into_iter().zip(self.fields).map(|(name, value)| (name, value.inspect()));
        let region = std::iter::once(("phase", phase)).chain(fields).collect();
        Value::Record(vec![("toy", Value::Record(region))])
    }
}

impl<T: Toy> Inspected for Of<T> {
    fn refusal(_rejection: Refused) -> Refusal {
        Refusal::Phase { region: "toy", phase: "", input: "" }
    }
}
