//! What is written at an arrow: `Input {data} [guards] / Effects`, short enough to be read in a picture.

use machine_spec::spec::{Destination, GuardSpec, MachineSpec, Place, Target, TransitionSpec};

use crate::display::grouped;

/// A guard's sentence is cut behind this many characters.
const SENTENCE: usize = 34;
/// A label that is longer than this goes on several lines.
const LINE: usize = 46;
/// From so many transitions of one input along one arrow, their guards are counted and not shown.
const CASES: usize = 3;

/// The label of one transition.
pub(super) struct Label {
    /// The input, and which instances it moves.
    input: String,
    /// What the data of the source phase have to match, and the guards.
    conditions: Vec<String>,
    /// What follows: effects, and what else is worth to be said.
    outcome: String,
    /// How often it fired, if that was counted.
    fired: Option<u64>,
}

impl Label {
    pub(super) fn new(
        spec: &MachineSpec,
        transition: &TransitionSpec,
        source: &str,
        fired: Option<u64>,
        never_false: &dyn Fn(Place) -> bool,
    ) -> Self {
        let input = spec.inputs[transition.input].name;
        let each = match transition.target {
            Target::Each(selection) => format!(" each {selection}"),
            Target::Region | Target::Create(_) | Target::At(_) => String::new(),
        };
        let mut conditions = demands(transition.source_pattern, source);
        let (shared, own): (Vec<&GuardSpec>, Vec<&GuardSpec>) = transition
            .guards
            .iter()
            .partition(|guard| is_shared(spec, transition, guard.place) && !never_false(guard.place));
        conditions.extend(own.iter().map(|guard| {
            let mark = if never_false(guard.place) { " (NEVER FALSE)" } else { "" };
            format!("{}{mark}", shortened(guard.sentence))
        }));
        if !shared.is_empty() {
            conditions.push("…".to_owned());
        }
        Self { input: format!("{input}{each}"), conditions, outcome: outcome(spec, transition), fired }
    }
}

/// Whether every transition of this input and region has this guard. It does not tell them apart, and the picture is
/// about what does.
fn is_shared(spec: &MachineSpec, transition: &TransitionSpec, guard: Place) -> bool {
    let is_sibling = |one: &&TransitionSpec| one.region == transition.region && one.input == transition.input;
    let mut siblings = spec.transitions.iter().filter(is_sibling);
    let has_guard = |one: &TransitionSpec| one.guards.iter().any(|other| other.place == guard);
    siblings.clone().nth(1).is_some() && siblings.all(has_guard)
}

fn outcome(spec: &MachineSpec, transition: &TransitionSpec) -> String {
    let mut parts: Vec<String> = transition.effects.iter().map(|emission| emission.effect.to_owned()).collect();
    // A region without phases has nothing else to show.
    if spec.regions[transition.region].phases.is_empty() {
        parts.extend(transition.updates.iter().map(|update| format!("set {}", update.field)));
    }
    if transition.destination == Destination::Ignore {
        parts.push("ignored".to_owned());
    }
    parts.join(", ")
}

/// The lines of an arrow: alike labels as one, and too many cases of one input as their number.
pub(super) fn lines(labels: &[Label]) -> Vec<String> {
    let mut groups: Vec<Vec<&Label>> = Vec::new();
    for label in labels {
        let belongs = |group: &&mut Vec<&Label>| group[0].input == label.input && group[0].outcome == label.outcome;
        match groups.iter_mut().find(belongs) {
            Some(group) => group.push(label),
            None => groups.push(vec![label]),
        }
    }
    groups.iter().flat_map(|group| group_lines(group)).collect()
}

fn group_lines(group: &[&Label]) -> Vec<String> {
    let mut cases: Vec<(Vec<String>, Option<u64>)> = Vec::new();
    for label in group {
        match cases.iter_mut().find(|(conditions, _)| *conditions == label.conditions) {
            Some((_, fired)) => *fired = fired.zip(label.fired).map(|(one, other)| one + other),
            None => cases.push((label.conditions.clone(), label.fired)),
        }
    }
    if cases.len() >= CASES {
        let remarkable =
            cases.iter().flat_map(|(conditions, _)| conditions).filter(|text| text.ends_with("(NEVER FALSE)"));
        let mut conditions = vec![format!("{} cases", cases.len())];
        conditions.extend(remarkable.cloned());
        let fired = cases.iter().try_fold(0, |sum, (_, fired)| fired.map(|fired| sum + fired));
        cases = vec![(conditions, fired)];
    }
    cases.iter().flat_map(|(conditions, fired)| wrapped(group[0], conditions, *fired)).collect()
}

/// One label, on one line if it fits.
fn wrapped(label: &Label, conditions: &[String], fired: Option<u64>) -> Vec<String> {
    let mut parts = vec![label.input.clone()];
    if !conditions.is_empty() {
        parts.push(format!("[{}]", conditions.join("; ")));
    }
    if !label.outcome.is_empty() {
        parts.push(format!("/ {}", label.outcome));
    }
    match fired {
        Some(0) => parts[0].push_str(" (NEVER)"),
        Some(count) => parts[0].push_str(&format!(" ({}x)", grouped(count))),
        None => {}
    }
    let mut lines: Vec<String> = Vec::new();
    for part in parts {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + part.chars().count() <= LINE => {
                line.push(' ');
                line.push_str(&part);
            }
            _ => lines.push(part),
        }
    }
    lines
}

/// A sentence, cut between words.
fn shortened(sentence: &str) -> String {
    if sentence.chars().count() <= SENTENCE {
        return sentence.to_owned();
    }
    let mut short = String::new();
    for word in sentence.split_whitespace() {
        if short.chars().count() + 1 + word.chars().count() >= SENTENCE {
            break;
        }
        if !short.is_empty() {
            short.push(' ');
        }
        short.push_str(word);
    }
    format!("{short}…")
}

/// What a source pattern asks of the data of one phase: of `A | B { run, then: Then::Stop, .. }` and `B` it is
/// `then: Stop`. A member that is only bound to a name asks for nothing.
fn demands(pattern: &str, phase: &str) -> Vec<String> {
    let alternatives = split(pattern, '|');
    let data = alternatives.iter().filter_map(|alternative| {
        let (name, data) = alternative.split_once('{')?;
        (name.trim() == phase).then(|| data.trim_end().trim_end_matches('}'))
    });
    let members = data.flat_map(|data| split(data, ','));
    let asks = members.filter_map(|member| {
        let (name, wanted) = member.split_once(':')?;
        let is_binding = wanted.trim_start().starts_with(|first: char| first.is_lowercase() || first == '_')
            && wanted.trim() != "true"
            && wanted.trim() != "false";
        (!is_binding).then(|| format!("{}: {}", name.trim(), without_paths(wanted.trim())))
    });
    asks.collect()
}

/// Splits outside of brackets of any kind.
fn split(text: &str, separator: char) -> Vec<&str> {
    let (mut depth, mut start, mut parts) = (0_usize, 0, Vec::new());
    for (position, character) in text.char_indices() {
        match character {
            '{' | '(' | '[' | '<' => depth += 1,
            '}' | ')' | ']' | '>' => depth = depth.saturating_sub(1),
            _ if character == separator && depth == 0 => {
                parts.push(text[start..position].trim());
                start = position + character.len_utf8();
            }
            _ => {}
        }
    }
    parts.push(text[start..].trim());
    parts.retain(|part| !part.is_empty());
    parts
}

/// `Some(CancelPoint::Now)` as `Some(Now)`.
fn without_paths(text: &str) -> String {
    let mut short = String::new();
    for character in text.chars() {
        short.push(character);
        if short.ends_with("::") {
            let name = short.trim_end_matches(':').trim_end_matches(|one: char| one.is_alphanumeric() || one == '_');
            short.truncate(name.len());
        }
    }
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    fn label(input: &str, conditions: &[&str], outcome: &str, fired: Option<u64>) -> Label {
        let conditions = conditions.iter().map(|text| (*text).to_owned()).collect();
        Label { input: input.to_owned(), conditions, outcome: outcome.to_owned(), fired }
    }

    #[test]
    fn a_pattern_asks_for_what_is_not_a_binding() {
        let pattern = "Idle | Running { run, cancel: None | Some(CancelPoint::Now), then: Then::Stop, .. }";
        assert_eq!(demands(pattern, "Running"), ["cancel: None | Some(Now)", "then: Stop"]);
        assert_eq!(demands(pattern, "Idle"), [""; 0]);
        assert_eq!(demands("Attaching { fence: claimed }", "Attaching"), [""; 0]);
        assert_eq!(demands("Open { urgent: true }", "Open"), ["urgent: true"]);
        assert_eq!(demands("any", "Open"), [""; 0]);
    }

    #[test]
    fn a_long_sentence_is_cut_between_words() {
        assert_eq!(shortened("the code is right"), "the code is right");
        assert_eq!(shortened("the handle is of the current incarnation"), "the handle is of the current…");
    }

    #[test]
    fn alike_labels_are_one_line_and_many_cases_are_counted() {
        let two = [label("Stop", &["a"], "Bell", Some(2)), label("Stop", &["a"], "Bell", Some(1))];
        assert_eq!(lines(&two), ["Stop (3x) [a] / Bell"]);
        let three = ["a", "b", "c"].map(|guard| label("Stop", &[guard], "", None));
        assert_eq!(lines(&three), ["Stop [3 cases]"]);
        assert_eq!(lines(&three[..2]), ["Stop [a]", "Stop [b]"]);
    }

    #[test]
    fn a_long_label_goes_on_several_lines() {
        let long = [label("ReachBoundary", &["the run is the current one", "cancel: None"], "ContinueRun", Some(0))];
        assert_eq!(
            lines(&long),
            ["ReachBoundary (NEVER)", "[the run is the current one; cancel: None]", "/ ContinueRun"]
        );
    }
}
