//! The first difference between two answers, for a person to read.

use std::fmt;

use machine_spec::{Refusal, Value};
use thiserror::Error;

use crate::interpret::{Answer, Event};

/// Generated code does something else than the machine file says.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub struct Disagreement {
    /// The machine.
    pub machine: &'static str,
    /// Of what the two answers are.
    pub what: String,
    /// The state before, as paths and values.
    pub state: Vec<(String, String)>,
    /// The input that was offered, if one was.
    pub input: Option<String>,
    /// What the generated code answers.
    pub generated: String,
    /// What the interpreter answers.
    pub expected: String,
    /// On a random walk: the steps that lead there, and how to repeat it.
    pub found_by: Option<String>,
}

impl fmt::Display for Disagreement {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(formatter, "the generated code of {} does something else than its file says", self.machine)?;
        if !self.state.is_empty() {
            writeln!(formatter, "in the state")?;
        }
        let width = self.state.iter().map(|(path, _)| path.chars().count()).max().unwrap_or(0);
        for (path, value) in &self.state {
            writeln!(formatter, "    {path:<width$} = {value}")?;
        }
        if let Some(input) = &self.input {
            writeln!(formatter, "offered {input}")?;
        }
        writeln!(formatter, "the answers are, of {}", self.what)?;
        writeln!(formatter, "    generated code  {}", self.generated)?;
        write!(formatter, "    machine file    {}", self.expected)?;
        self.found_by.iter().try_for_each(|found_by| write!(formatter, "\n{found_by}"))
    }
}

/// What is compared, and the two answers.
pub(super) type Difference = (String, String, String);

/// The first part in which two values differ.
pub(super) fn of_values(generated: &Value, expected: &Value) -> Option<Difference> {
    if generated == expected {
        return None;
    }
    let within = |name: String, one: Option<&Value>, other: Option<&Value>| -> Option<Difference> {
        let (Some(one), Some(other)) = (one, other) else {
            return (one != other).then(|| (format!(".{name}"), text(one), text(other)));
        };
        of_values(one, other).map(|(path, one, other)| (format!(".{name}{path}"), one, other))
    };
    let found = match (generated, expected) {
        (Value::Record(one), Value::Record(other)) => one
            .iter()
            .zip(other)
            .find_map(|((name, one), (_, other))| within((*name).to_owned(), Some(one), Some(other))),
        (Value::Map(one), Value::Map(other)) => {
            one.keys().chain(other.keys()).find_map(|key| within(key.to_string(), one.get(key), other.get(key)))
        }
        _ => None,
    };
    found.or_else(|| Some((String::new(), generated.to_string(), expected.to_string())))
}

fn text(value: Option<&Value>) -> String {
    value.map_or_else(|| "nothing".to_owned(), ToString::to_string)
}

/// The first event in which two steps differ.
pub(super) fn of_events(generated: &[Event], expected: &[Event]) -> Option<Difference> {
    let longer = generated.len().max(expected.len());
    let position = (0..longer).find(|position| generated.get(*position) != expected.get(*position))?;
    let text = |event: Option<&Event>| match event {
        None => "nothing".to_owned(),
        Some(Event::Fired(transition)) => format!("{transition} fires"),
        Some(Event::Effect(effect)) => format!("the effect {effect}"),
    };
    Some((
        format!("what happens at place {}", position + 1),
        text(generated.get(position)),
        text(expected.get(position)),
    ))
}

/// Two answers of which at least one is a rejection.
pub(super) fn of_answers(generated: Result<(), Refusal>, expected: &Answer) -> Difference {
    let refused = |refusal: &Refusal| format!("rejected, {refusal:?}");
    let generated = generated.map_or_else(|refusal| refused(&refusal), |()| "accepted".to_owned());
    let expected = match expected {
        Answer::Accepted(_) => "accepted".to_owned(),
        Answer::Refused(refusal) => refused(refusal),
    };
    ("the input".to_owned(), generated, expected)
}

#[cfg(test)]
mod tests {
    use machine_spec::Inspect;

    use super::*;

    #[test]
    fn the_first_difference_is_named_by_its_path() {
        let state = |attempts: u8| Value::Record(vec![("phase", true.inspect()), ("attempts", attempts.inspect())]);
        let found = of_values(&Value::Record(vec![("ingress", state(1))]), &Value::Record(vec![("ingress", state(2))]));
        assert_eq!(found, Some((".ingress.attempts".to_owned(), "1".to_owned(), "2".to_owned())));
        assert_eq!(of_values(&state(3), &state(3)), None);
    }

    #[test]
    fn a_missing_event_is_a_difference() {
        let found = of_events(&[], &[Event::Fired("DoorOpen")]).expect("one is longer");
        assert_eq!(found, ("what happens at place 1".to_owned(), "nothing".to_owned(), "DoorOpen fires".to_owned()));
    }
}
