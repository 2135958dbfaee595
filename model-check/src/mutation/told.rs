//! Runs of a slice, told as traces.

use machine_spec::Value;
use machine_spec::inspect::Variant;

use super::compare::Answer;
use super::engine::Engine;
use crate::interpret::{Fault, Instance, RegionState};
use crate::trace::{Trace, TraceStep, difference};

/// Every path of a state with its value.
fn described(engine: &Engine, state: &[u32]) -> Vec<(String, String)> {
    let mut values = Vec::new();
    for (region, number) in engine.slice.regions.iter().zip(state) {
        let name = engine.spec.regions[*region].name;
        match engine.regions.state(*region, *number) {
            RegionState::Plain(instance) => describe(engine, *region, name, instance, &mut values),
            RegionState::Keyed(instances) => {
                for (key, instance) in instances {
                    describe(engine, *region, &format!("{name}[{}]", short(key)), instance, &mut values);
                }
            }
        }
    }
    values
}

/// A key as paths show it: of an id only its number.
fn short(key: &Value) -> String {
    if let Value::Number(number) = key { number.number.to_string() } else { key.to_string() }
}

fn describe(engine: &Engine, region: usize, path: &str, instance: &Instance, values: &mut Vec<(String, String)>) {
    values.extend(instance.phase.iter().map(|phase| (format!("{path}.phase"), phase.to_string())));
    let fields = engine.spec.regions[region].fields.iter().zip(&instance.fields);
    values.extend(fields.map(|(field, value)| (format!("{path}.{}", field.name), value.to_string())));
}

/// An input, as a trace shows it.
fn input(input: &Variant) -> String {
    Value::Variant(input.clone()).to_string()
}

/// One offered input and what it comes to.
pub(super) fn step(engine: &Engine, before: &[u32], offered: u32, answer: &Answer) -> TraceStep {
    let mut told = TraceStep { input: input(&engine.offers.values[offered as usize]), ..TraceStep::default() };
    match &answer.after {
        None => told.rejection = Some("no transition accepts it".to_owned()),
        Some(after) => {
            told.changes = difference(&described(engine, before), &described(engine, after));
            let effects = answer.effects.iter().flat_map(|list| engine.effects.list(*list));
            told.effects = effects.map(ToString::to_string).collect();
            told.transitions = answer.fired.iter().map(|fired| engine.spec.transitions[*fired as usize].name).collect();
        }
    }
    told
}

/// The run along some inputs.
pub(super) fn run(engine: &mut Engine, inputs: &[u32]) -> Result<Trace, Fault> {
    let (mut trace, mut state) = (Trace::default(), engine.initial.clone());
    for offered in inputs {
        let kind = engine.kind_of(*offered);
        let position = engine.of_kind[kind].iter().position(|known| known == offered).unwrap_or_default();
        let answer = Answer::of(engine, &state, kind, position)?;
        trace.steps.push(step(engine, &state, *offered, &answer));
        if let Some(after) = answer.after {
            state = after;
        }
    }
    Ok(trace)
}
