//! Traces in Apalache's format: every state in them is the state that a replay of their inputs has.

use std::collections::BTreeMap;

use machine_spec::inspect::Variant;
use machine_spec::{Inspect, Machine, Value};
use serde_json::{Value as Json, json};

use crate::machines::Shop;
use crate::machines::shop_machine::{ShopMachineAuthority, ShopMachineInput, ShopMachineMutator};
use crate::{bounds, check};

fn traces(options: &[&str]) -> BTreeMap<String, Json> {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("traces");
    check(&[options, &["--itf", path.to_str().expect("text")]].concat());
    let files = std::fs::read_dir(&path).expect("traces").map(|entry| entry.expect("a file"));
    let read = |entry: std::fs::DirEntry| {
        let text = std::fs::read_to_string(entry.path()).expect("a trace");
        (entry.file_name().into_string().expect("text"), serde_json::from_str(&text).expect("JSON"))
    };
    files.map(read).collect()
}

/// Whether some JSON says in the words of the format what a value is. Written against the format's description.
fn says(json: &Json, value: &Value) -> bool {
    let number = |json: &Json| json["#bigint"].as_str().and_then(|digits| digits.parse::<i128>().ok());
    let unit = json!({ "#tup": [] });
    let all = |json: &Json, values: &[&Value]| {
        let list = json.as_array().expect("a list");
        list.len() == values.len() && list.iter().zip(values).all(|(json, value)| says(json, value))
    };
    match value {
        Value::Bool(value) => json.as_bool() == Some(*value),
        Value::Integer(integer) => number(json) == Some(integer.number),
        Value::Number(id) if id.ty == "Order" => json.as_str() == Some(&format!("{}_OF_Order", id.number)),
        Value::Number(epoch) => number(json) == Some(epoch.number.into()),
        Value::Variant(Variant { name, members, .. }) if members.is_empty() => {
            *json == json!({ "tag": name, "value": unit })
        }
        Value::Variant(Variant { name, members, .. }) => {
            json["tag"] == *name && says(&json["value"], &Value::Record(members.clone()))
        }
        Value::Record(members) => {
            let object = json.as_object().expect("an object");
            object.len() == members.len() && members.iter().all(|(name, value)| says(&json[name], value))
        }
        Value::Option(None) => *json == json!({ "tag": "None", "value": unit }),
        Value::Option(Some(value)) => json["tag"] == "Some" && says(&json["value"], value),
        Value::Set(values) => all(&json["#set"], &values.iter().collect::<Vec<_>>()),
        Value::Seq(values) => all(json, &values.iter().collect::<Vec<_>>()),
        Value::Map(entries) => {
            let pairs = json["#map"].as_array().expect("pairs");
            let is_pair =
                |(pair, (key, value)): (&Json, (&Value, &Value))| says(&pair[0], key) && says(&pair[1], value);
            pairs.len() == entries.len() && pairs.iter().zip(entries).all(is_pair)
        }
        Value::Tuple(values) => all(&json["#tup"], &values.iter().collect::<Vec<_>>()),
        Value::Opaque(opaque) => *json == json!({ "#unserializable": opaque.text }),
    }
}

fn input(text: &str) -> ShopMachineInput {
    let inputs = Shop::inputs_within(&bounds());
    inputs.into_iter().find(|input| format!("{input:?}") == text).expect("an input")
}

/// How many states were compared.
fn assert_replays(name: &str, trace: &Json) -> usize {
    assert_eq!(trace["#meta"]["format"], "ITF", "{name}");
    assert_eq!(trace["vars"], json!(["door", "lamp", "bell", "orders", "shelf"]), "{name}");
    let states = trace["states"].as_array().expect("states");
    let mut authority = ShopMachineAuthority::new();
    for (index, state) in states.iter().enumerate() {
        assert_eq!(state["#meta"]["index"], index, "{name}");
        if index > 0 {
            let offered = input(state["#meta"]["input"].as_str().expect("an input"));
            authority.apply(&offered, &mut Vec::new()).expect("it is accepted");
        }
        let mut regions = state.clone();
        regions.as_object_mut().expect("an object").remove("#meta");
        let value = authority.state().inspect();
        assert!(says(&regions, &value), "{name}, state {index}: {regions:#}\nis not {value}");
    }
    states.len()
}

#[test]
fn every_state_of_every_trace_is_the_state_of_the_replay() {
    let (whole, sliced) = (traces(&[]), traces(&["--sliced"]));
    // Everything that is violated but what should be reachable and is not.
    assert_eq!((whole.len(), sliced.len()), (8, 8));
    let states: usize = whole.iter().chain(&sliced).map(|(name, trace)| assert_replays(name, trace)).sum();
    assert!(states > 30, "{states}");
}

#[test]
fn a_run_that_goes_on_for_ever_says_where_it_comes_back_to() {
    let all = traces(&[]);
    let trace = &all["Shop-who_is_shut_in_with_light_gets_out.itf.json"];
    let states = trace["states"].as_array().expect("states");
    let start = usize::try_from(trace["loop"].as_u64().expect("a loop")).expect("a position");
    let (first, last) = (&states[start], &states[states.len() - 1]);
    assert!(start + 1 < states.len() && first["lamp"] == last["lamp"] && first["door"] == last["door"]);
    assert!(all.values().filter(|trace| trace.get("loop").is_some()).count() == 1);
}
