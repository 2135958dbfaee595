//! Holds what `explain` says against what `apply` did.
//!
//! The two are generated separately: `apply` stops at the first transition that accepts, `explain` tries them all. So
//! `explain` sees an overlap that `apply` would hide, and a difference between them is a fault of one of the two.

use machine_spec::spec::{MachineSpec, Target};
use machine_spec::{Candidate, Explanation, Outcome};

/// Where two transitions of one region accept the same input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Overlap {
    /// Index into the machine's transitions.
    pub(crate) first: usize,
    /// Index into the machine's transitions.
    pub(crate) second: usize,
    /// The instance, as text; empty for a region that is not keyed.
    pub(crate) instance: String,
}

/// The first pair of transitions that both accept, in one region and for one instance.
pub(crate) fn overlap(spec: &MachineSpec, explanation: &Explanation) -> Option<Overlap> {
    let accepting: Vec<&Candidate> = explanation.candidates.iter().filter(|candidate| candidate.accepts()).collect();
    accepting.iter().enumerate().find_map(|(position, first)| {
        let second = accepting[position + 1..]
            .iter()
            .find(|second| region(spec, first) == region(spec, second) && first.instance == second.instance)?;
        Some(Overlap { first: first.transition, second: second.transition, instance: first.instance.clone() })
    })
}

/// Whether the input should be accepted: in each region that knows it, exactly one transition accepts per target.
///
/// A target is the region itself, the instance under one key expression (the transitions that create under a key and
/// those that move what is under it are alternatives), or one instance of a selection. A selection may be empty, and
/// then it refuses nothing.
pub(crate) fn accepts(spec: &MachineSpec, explanation: &Explanation, input: usize) -> bool {
    let candidates = &explanation.candidates;
    let known = spec.transitions.iter().filter(|transition| transition.input == input);
    let each_target_is_tried = known.clone().all(|transition| {
        matches!(transition.target, Target::Each(_))
            || candidates.iter().any(|candidate| spec.transitions[candidate.transition].region == transition.region)
    });
    each_target_is_tried
        && known.count() > 0
        && candidates
            .iter()
            .filter(|candidate| concerns(spec, candidate))
            .all(|one| accepted_once(spec, candidates, one))
}

fn accepted_once(spec: &MachineSpec, candidates: &[Candidate], one: &Candidate) -> bool {
    let rivals = candidates.iter().filter(|other| {
        region(spec, one) == region(spec, other)
            && one.instance == other.instance
            && key_expression(spec, one) == key_expression(spec, other)
    });
    rivals.filter(|rival| rival.accepts()).count() == 1
}

/// An instance outside of a transition's selection does not take part in the step.
fn concerns(spec: &MachineSpec, candidate: &Candidate) -> bool {
    let selects = matches!(spec.transitions[candidate.transition].target, Target::Each(_));
    !(selects && candidate.outcome == Outcome::WrongInstance)
}

fn region(spec: &MachineSpec, candidate: &Candidate) -> usize {
    spec.transitions[candidate.transition].region
}

fn key_expression(spec: &MachineSpec, candidate: &Candidate) -> Option<&'static str> {
    match spec.transitions[candidate.transition].target {
        Target::Region | Target::Each(_) => None,
        Target::Create(key) | Target::At(key) => Some(key),
    }
}
