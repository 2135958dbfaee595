//! Traces in the Informal Trace Format of Apalache, as of <https://apalache-mc.org/docs/adr/015adr-trace.html>: for its
//! trace viewer and for tools that read it.
//!
//! Every region is a variable. What its values become:
//!
//! | value | in the file |
//! | --- | --- |
//! | a truth value | `true`, `false` |
//! | an integer, an epoch | `{ "#bigint": "12" }` |
//! | an id | `"2_OF_RunId"`, as Apalache writes values of uninterpreted types |
//! | a record, a region, an instance | an object by member |
//! | a phase, a variant, an option | `{ "tag": "Some", "value": .. }`, with `{ "#tup": [] }` where there is no data |
//! | a set, a map, a sequence | `{ "#set": [..] }`, `{ "#map": [[key, value], ..] }`, `[..]` |
//! | what is opaque | `{ "#unserializable": text }` |

use machine_spec::inspect::{Integer, Members, Variant};
use machine_spec::spec::{MachineSpec, TypeKind};
use machine_spec::{Bounds, Value};
use serde_json::{Map, Value as Json, json};

use super::json::bounds;
use super::retold::{Retold, retell};
use super::{Checked, identifier, property, title};
use crate::account::ExplainError;
use crate::stepper::{Start, Stepper};
use crate::trace::Trace;

/// A trace and the name of its file.
pub(crate) struct ItfTrace {
    pub(crate) file: String,
    pub(crate) text: String,
}

/// The traces of everything that does not hold.
pub(crate) fn traces(
    spec: &'static MachineSpec,
    checked: &Checked,
    start: Start,
) -> Result<Vec<ItfTrace>, ExplainError> {
    let mut traces: Vec<ItfTrace> = Vec::new();
    for part in checked.parts(spec) {
        for (finding, found) in part.violations() {
            let Some(trace) = &found.trace else { continue };
            let mut stepper = start(&trace.bounds(&part.report.bounds))?;
            let retold = retell(stepper.as_mut(), trace, property(spec, finding))?;
            let name = format!("{}-{}", spec.name, identifier(spec, finding));
            let taken = |file: &str| traces.iter().any(|one| one.file == file);
            // A promise may be broken in several slices.
            let file = Some(format!("{name}.itf.json")).filter(|file| !taken(file));
            let file = file.unwrap_or_else(|| format!("{name}-{}.itf.json", part.name));
            let description = format!("{} of machine {} is violated", title(finding), spec.name);
            traces.push(ItfTrace { file, text: document(spec, &part.report.bounds, &retold, &description) });
        }
    }
    Ok(traces)
}

/// The trace of a walk that somebody took.
pub(crate) fn of_walk(stepper: &mut dyn Stepper, trace: &Trace) -> Result<String, ExplainError> {
    let spec = stepper.spec();
    let within = stepper.bounds().clone();
    let retold = retell(stepper, trace, None)?;
    Ok(document(spec, &within, &retold, &format!("a walk through machine {}", spec.name)))
}

fn document(spec: &MachineSpec, within: &Bounds, retold: &Retold, description: &str) -> String {
    let states = retold.states.iter().enumerate().map(|(index, value)| state(spec, retold, index, value));
    let mut trace = json!({
        "#meta": {
            "format": "ITF",
            "format-description": "https://apalache-mc.org/docs/adr/015adr-trace.html",
            "source": spec.place.file,
            "description": description,
            "machine": spec.name,
            "bounds": bounds(within),
        },
        "vars": spec.regions.iter().map(|region| region.name).collect::<Vec<_>>(),
        "states": states.collect::<Vec<_>>(),
    });
    if let Some(repeats) = retold.repeats.filter(|_| !retold.renews) {
        trace["loop"] = json!(repeats);
    }
    format!("{trace:#}\n")
}

/// A state, and in its `#meta` the input that led to it.
fn state(spec: &MachineSpec, retold: &Retold, index: usize, value: &Value) -> Json {
    let mut meta = json!({ "index": index });
    if let Some(step) = index.checked_sub(1).and_then(|before| retold.steps.get(before)) {
        meta["input"] = json!(step.told.input);
        meta["transitions"] = json!(step.told.transitions);
    }
    let mut state = Map::from_iter([("#meta".to_owned(), meta)]);
    if let Value::Record(regions) = value {
        state.extend(regions.iter().map(|(name, region)| ((*name).to_owned(), json(spec, region))));
    }
    Json::Object(state)
}

fn json(spec: &MachineSpec, value: &Value) -> Json {
    let list = |values: &mut dyn Iterator<Item = &Value>| values.map(|one| json(spec, one)).collect::<Vec<_>>();
    match value {
        Value::Bool(value) => json!(value),
        Value::Integer(Integer { number, .. }) => json!({ "#bigint": number.to_string() }),
        Value::Number(number) if is_id(spec, number.ty) => json!(format!("{}_OF_{}", number.number, number.ty)),
        Value::Number(number) => json!({ "#bigint": number.number.to_string() }),
        Value::Variant(Variant { name, members, .. }) if members.is_empty() => {
            json!({ "tag": name, "value": { "#tup": [] } })
        }
        Value::Variant(Variant { name, members, .. }) => json!({ "tag": name, "value": record(spec, members) }),
        Value::Record(members) => record(spec, members),
        Value::Option(None) => json!({ "tag": "None", "value": { "#tup": [] } }),
        Value::Option(Some(value)) => json!({ "tag": "Some", "value": json(spec, value) }),
        Value::Set(values) => json!({ "#set": list(&mut values.iter()) }),
        Value::Map(entries) => {
            let pairs = entries.iter().map(|(key, value)| json!([json(spec, key), json(spec, value)]));
            json!({ "#map": pairs.collect::<Vec<_>>() })
        }
        Value::Seq(values) => Json::Array(list(&mut values.iter())),
        Value::Tuple(values) => json!({ "#tup": list(&mut values.iter()) }),
        Value::Opaque(opaque) => json!({ "#unserializable": opaque.text }),
    }
}

fn record(spec: &MachineSpec, members: &Members) -> Json {
    Json::Object(members.iter().map(|(name, value)| ((*name).to_owned(), json(spec, value))).collect())
}

fn is_id(spec: &MachineSpec, ty: &str) -> bool {
    spec.types.iter().any(|declared| declared.name == ty && matches!(declared.kind, TypeKind::Id))
}
