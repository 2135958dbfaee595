//! A trace: the inputs that lead from the initial state to some state, and what each of them changed.

use std::fmt;

use machine_spec::{Bounds, Machine, Sink};

use crate::display::counted;

/// How a state is reached, step by step.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Trace {
    /// The steps in order; none if the trace is about the initial state.
    pub steps: Vec<TraceStep>,
    /// The steps from this position on repeat for ever; if it is behind the last one, nothing happens any more.
    pub repeats: Option<usize>,
    /// What repeats has newer epochs each time, so that the machine is never quite where it was.
    pub renews: bool,
    /// Of a check up to renaming: the epoch types of which the run has higher ones than the bounds of the check allow, and
    /// how high.
    pub beyond: Vec<(&'static str, u64)>,
}

/// One offered input and what came of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TraceStep {
    /// The input, as `Debug` shows it.
    pub input: String,
    /// The names of the transitions that fired.
    pub transitions: Vec<&'static str>,
    /// Every path whose value is another one after the step.
    pub changes: Vec<Change>,
    /// The effects, as `Debug` shows them.
    pub effects: Vec<String>,
    /// The rejection, if the input was not accepted.
    pub rejection: Option<String>,
}

/// One difference between two states.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Where: such as `lifecycle.phase` or `ingress[2].attempts`.
    pub path: String,
    /// The value before; none if there was no such path.
    pub before: Option<String>,
    /// The value after; none if there is no such path any more.
    pub after: Option<String>,
}

impl fmt::Display for Change {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.before, &self.after) {
            (Some(before), Some(after)) => write!(formatter, "{}: {before} -> {after}", self.path),
            (None, Some(after)) => write!(formatter, "{}: appeared with {after}", self.path),
            (Some(before), None) => write!(formatter, "{}: disappeared, was {before}", self.path),
            (None, None) => write!(formatter, "{}", self.path),
        }
    }
}

impl fmt::Display for Trace {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.steps.is_empty() {
            writeln!(formatter, "in the initial state")?;
            return self.fmt_end(formatter);
        }
        writeln!(formatter, "after {} from the initial state:", counted(self.steps.len() as u64, "step"))?;
        let width = self.steps.len().to_string().len();
        for (number, step) in (1..).zip(&self.steps) {
            write!(formatter, "{number:>width$}. {}", step.input)?;
            match &step.rejection {
                Some(rejection) => writeln!(formatter, "   REJECTED: {rejection}")?,
                None => writeln!(formatter, "   by {}", step.transitions.join(" and "))?,
            }
            step.fmt_outcome(formatter, width + 2)?;
        }
        self.fmt_end(formatter)
    }
}

impl Trace {
    /// The bounds within which all inputs of the run lie, if these are those of the check.
    #[must_use]
    pub fn bounds(&self, checked: &Bounds) -> Bounds {
        self.beyond.iter().fold(checked.clone(), |bounds, (name, highest)| bounds.with(*name, *highest))
    }

    fn fmt_end(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.repeats, self.steps.len()) {
            (None, _) => Ok(()),
            (Some(from), steps) if from == steps => writeln!(formatter, "and then nothing happens any more"),
            (Some(from), steps) if from + 1 == steps => writeln!(formatter, "and then step {steps} again and again"),
            (Some(from), steps) => writeln!(formatter, "and then steps {} to {steps} again and again", from + 1),
        }
    }
}

impl TraceStep {
    pub(crate) fn fmt_outcome(&self, formatter: &mut fmt::Formatter<'_>, indent: usize) -> fmt::Result {
        for change in &self.changes {
            writeln!(formatter, "{:indent$}  {change}", "")?;
        }
        for effect in &self.effects {
            writeln!(formatter, "{:indent$}  emits {effect}", "")?;
        }
        if self.changes.is_empty() && self.effects.is_empty() {
            writeln!(formatter, "{:indent$}  nothing changes", "")?;
        }
        Ok(())
    }
}

/// Walks a machine along inputs and writes the trace down.
pub(crate) struct Replay<M: Machine> {
    pub(crate) authority: M::Authority,
    pub(crate) trace: Trace,
}

impl<M: Machine> Replay<M> {
    /// Replays inputs from the initial state.
    pub(crate) fn along<'inputs>(inputs: impl Iterator<Item = &'inputs M::Input>) -> Self {
        let mut replay = Self { authority: M::initial(), trace: Trace::default() };
        inputs.for_each(|input| replay.offer(input));
        replay
    }

    /// Offers one more input. A rejection becomes part of the trace.
    pub(crate) fn offer(&mut self, input: &M::Input) {
        let before = describe::<M>(&self.authority);
        let mut transcript = Transcript::<M> { fired: Vec::new(), effects: Vec::new() };
        let outcome = M::apply(&mut self.authority, input, &mut transcript);
        self.trace.steps.push(TraceStep {
            input: format!("{input:?}"),
            transitions: transcript.transitions(),
            changes: difference(&before, &describe::<M>(&self.authority)),
            effects: transcript.effects.iter().map(|effect| format!("{effect:?}")).collect(),
            rejection: outcome.err().map(|rejection| rejection.to_string()),
        });
    }

    /// Every path of the present state with its value.
    pub(crate) fn values(&self) -> Vec<(String, String)> {
        describe::<M>(&self.authority)
    }

    /// The paths of the present state that belong to one of the given `region.field` names, with their values.
    pub(crate) fn values_at(&self, names: &[&str]) -> Vec<(String, String)> {
        let is_named = |path: &str| names.contains(&without_instances(path).as_str());
        describe::<M>(&self.authority).into_iter().filter(|(path, _)| is_named(path)).collect()
    }
}

struct Transcript<M: Machine> {
    fired: Vec<M::Transition>,
    effects: Vec<M::Effect>,
}

impl<M: Machine> Transcript<M> {
    /// The names in the order of firing, each once: a transition fires once per instance.
    fn transitions(&self) -> Vec<&'static str> {
        let mut names = Vec::new();
        for transition in &self.fired {
            let name = M::SPEC.transitions[M::transition_index(*transition)].name;
            if !names.contains(&name) {
                names.push(name);
            }
        }
        names
    }
}

impl<M: Machine> Sink<M> for Transcript<M> {
    fn effect(&mut self, effect: M::Effect) {
        self.effects.push(effect);
    }

    fn fired(&mut self, transition: M::Transition) {
        self.fired.push(transition);
    }
}

fn describe<M: Machine>(authority: &M::Authority) -> Vec<(String, String)> {
    let mut values = Vec::new();
    M::describe(M::state(authority), &mut |path, value| values.push((path, value)));
    values
}

/// What is different, in the order of the state after; what disappeared comes last.
pub(crate) fn difference(before: &[(String, String)], after: &[(String, String)]) -> Vec<Change> {
    let value_in = |values: &[(String, String)], path: &str| {
        values.iter().find(|(other, _)| other == path).map(|(_, value)| value.clone())
    };
    let changed = after.iter().filter_map(|(path, value)| {
        let old = value_in(before, path);
        let differs = old.as_ref() != Some(value);
        differs.then(|| Change { path: path.clone(), before: old, after: Some(value.clone()) })
    });
    let gone = before.iter().filter(|(path, _)| value_in(after, path).is_none());
    changed
        .chain(gone.map(|(path, value)| Change { path: path.clone(), before: Some(value.clone()), after: None }))
        .collect()
}

/// `ingress[2].attempts` without its instance: `ingress.attempts`.
fn without_instances(path: &str) -> String {
    let mut depth = 0_usize;
    path.chars()
        .filter(|character| {
            depth += usize::from(*character == '[');
            let outside = depth == 0;
            depth -= usize::from(*character == ']' && depth > 0);
            outside
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_difference_tells_what_changed_appeared_and_disappeared() {
        let values = |list: &[(&str, &str)]| -> Vec<(String, String)> {
            list.iter().map(|(path, value)| ((*path).to_owned(), (*value).to_owned())).collect()
        };
        let before = values(&[("a.phase", "On"), ("b[1].phase", "Queued"), ("b[2].phase", "Queued")]);
        let after = values(&[("a.phase", "Off"), ("b[2].phase", "Queued"), ("b[3].phase", "Queued")]);
        let lines: Vec<String> = difference(&before, &after).iter().map(ToString::to_string).collect();
        let expected =
            ["a.phase: On -> Off", "b[3].phase: appeared with Queued", "b[1].phase: disappeared, was Queued"];
        assert_eq!(lines, expected);
        assert_eq!(difference(&before, &before), []);
    }

    #[test]
    fn a_path_belongs_to_its_field_in_every_instance() {
        assert_eq!(without_instances("ingress[2].attempts"), "ingress.attempts");
        assert_eq!(without_instances("tools[Key { name: [1] }].phase"), "tools.phase");
        assert_eq!(without_instances("lifecycle.phase"), "lifecycle.phase");
    }
}
