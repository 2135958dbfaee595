//! Holds what `explain` says against what `apply` did.
//!
//! The two are generated separately: `apply` stops at the first transition that accepts, `explain` tries them all. So
//! `explain` sees an overlap that `apply` would hide, and a difference between them is a fault of one of the two.

use machine_spec::spec::{MachineSpec, Target, TransitionSpec};
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

/// What the spec says of targets, as numbers: it is asked once per state and input.
pub(crate) struct Agreement {
    /// By transition: its region.
    regions: Vec<usize>,
    /// By transition: the same number for the transitions that move the same target.
    targets: Vec<usize>,
    /// By transition: it moves every instance of a selection.
    selects: Vec<bool>,
    /// By input: the regions that know it, and may not be without a candidate.
    demanded: Vec<Vec<usize>>,
    /// By input: some region knows it.
    is_known: Vec<bool>,
}

impl Agreement {
    pub(crate) fn new(spec: &MachineSpec) -> Self {
        let target = |transition: &TransitionSpec| (transition.region, key_expression(transition.target));
        let first_alike = |transition| spec.transitions.iter().position(|other| target(other) == target(transition));
        let selects = |transition: &TransitionSpec| matches!(transition.target, Target::Each(_));
        let (mut demanded, mut is_known) = (vec![Vec::new(); spec.inputs.len()], vec![false; spec.inputs.len()]);
        for transition in spec.transitions {
            is_known[transition.input] = true;
            if !selects(transition) && !demanded[transition.input].contains(&transition.region) {
                demanded[transition.input].push(transition.region);
            }
        }
        Self {
            regions: spec.transitions.iter().map(|transition| transition.region).collect(),
            targets: spec.transitions.iter().filter_map(first_alike).collect(),
            selects: spec.transitions.iter().map(selects).collect(),
            demanded,
            is_known,
        }
    }

    /// A transition's region, and its target: the same number for the transitions that move the same one.
    #[inline]
    pub(crate) fn place(&self, transition: usize) -> (usize, usize) {
        (self.regions[transition], self.targets[transition])
    }

    /// The first pair of transitions that both accept, in one region and for one instance.
    pub(crate) fn overlap(&self, explanation: &Explanation) -> Option<Overlap> {
        let candidates = &explanation.candidates;
        let accepting = || candidates.iter().enumerate().filter(|(_, candidate)| candidate.accepts());
        accepting().find_map(|(position, first)| {
            let region = self.regions[first.transition];
            let (_, second) = accepting().find(|(other, second)| {
                *other > position && self.regions[second.transition] == region && second.instance == first.instance
            })?;
            Some(Overlap { first: first.transition, second: second.transition, instance: first.instance.clone() })
        })
    }

    /// Whether the input should be accepted: in each region that knows it, exactly one transition accepts per target.
    ///
    /// A target is the region itself, the instance under one key expression (the transitions that create under a key
    /// and those that move what is under it are alternatives), or one instance of a selection. A selection may be
    /// empty, and then it refuses nothing.
    pub(crate) fn accepts(&self, explanation: &Explanation, input: usize) -> bool {
        let candidates = &explanation.candidates;
        let is_tried = |region: &usize| candidates.iter().any(|one| self.regions[one.transition] == *region);
        self.is_known[input]
            && self.demanded[input].iter().all(is_tried)
            && candidates.iter().filter(|one| self.concerns(one)).all(|one| self.is_accepted_once(candidates, one))
    }

    /// Whether one region, taken alone, would accept the input.
    pub(crate) fn region_accepts(&self, explanation: &Explanation, input: usize, region: usize) -> bool {
        let belongs = |one: &&Candidate| self.regions[one.transition] == region;
        let mut candidates = explanation.candidates.iter().filter(belongs).peekable();
        let is_tried = !self.demanded[input].contains(&region) || candidates.peek().is_some();
        is_tried
            && candidates
                .filter(|one| self.concerns(one))
                .all(|one| self.is_accepted_once(&explanation.candidates, one))
    }

    /// An instance outside of a transition's selection does not take part in the step.
    fn concerns(&self, candidate: &Candidate) -> bool {
        !(self.selects[candidate.transition] && candidate.outcome == Outcome::WrongInstance)
    }

    fn is_accepted_once(&self, candidates: &[Candidate], one: &Candidate) -> bool {
        let target = self.targets[one.transition];
        let rivals = candidates
            .iter()
            .filter(|other| self.targets[other.transition] == target && other.instance == one.instance);
        rivals.filter(|rival| rival.accepts()).count() == 1
    }
}

fn key_expression(target: Target) -> Option<&'static str> {
    match target {
        Target::Region | Target::Each(_) => None,
        Target::Create(key) | Target::At(key) => Some(key),
    }
}

#[cfg(test)]
mod tests {
    use machine_spec::GuardOutcome;
    use machine_spec::meaning::Meaning;
    use machine_spec::spec::{Destination, MessageSpec, Place};

    use super::*;

    const PLACE: Place = Place { file: "", line: 0, column: 0 };

    const fn transition(region: usize, target: Target) -> TransitionSpec {
        TransitionSpec {
            name: "",
            region,
            input: 0,
            target,
            sources: &[],
            source_pattern: "",
            destination: Destination::Stay,
            guards: &[],
            updates: &[],
            effects: &[],
            reads: &[],
            writes: &[],
            place: PLACE,
        }
    }

    const fn spec(transitions: &'static [TransitionSpec]) -> MachineSpec {
        const INPUT: MessageSpec = MessageSpec { name: "", doc: "", payload: &[], place: PLACE };
        let (types, inputs, effects, regions, properties) = (&[], &[INPUT, INPUT], &[], &[], &[]);
        let meaning = Meaning::UNTOLD;
        MachineSpec {
            name: "",
            doc: "",
            place: PLACE,
            types,
            inputs,
            effects,
            regions,
            transitions,
            handlers: &[],
            properties,
            fairness: &[],
            meaning,
        }
    }

    fn tested(transition: usize, instance: &str, guard: GuardOutcome) -> Candidate {
        let outcome = Outcome::Tested { guards: vec![guard], overflows: false };
        Candidate { transition, instance: instance.to_owned(), outcome }
    }

    fn yes(transition: usize, instance: &str) -> Candidate {
        tested(transition, instance, GuardOutcome::Holds)
    }

    fn no(transition: usize, instance: &str) -> Candidate {
        tested(transition, instance, GuardOutcome::Fails)
    }

    fn absent(transition: usize, instance: &str) -> Candidate {
        Candidate { transition, instance: instance.to_owned(), outcome: Outcome::WrongInstance }
    }

    fn accepted(spec: &MachineSpec, candidates: &[Candidate]) -> bool {
        Agreement::new(spec).accepts(&Explanation { candidates: candidates.to_vec() }, 0)
    }

    #[test]
    fn every_region_that_knows_the_input_has_to_accept() {
        const SPEC: MachineSpec = spec(&[transition(0, Target::Region), transition(1, Target::Region)]);
        assert!(accepted(&SPEC, &[yes(0, ""), yes(1, "")]));
        assert!(!accepted(&SPEC, &[yes(0, ""), no(1, "")]));
        assert!(!accepted(&SPEC, &[yes(0, "")]));
        assert!(!accepted(&SPEC, &[]));
    }

    #[test]
    fn an_input_that_no_region_knows_is_rejected() {
        const SPEC: MachineSpec = spec(&[transition(0, Target::Region)]);
        assert!(!Agreement::new(&SPEC).accepts(&Explanation::default(), 1));
    }

    #[test]
    fn creation_and_move_under_one_key_are_alternatives() {
        const SPEC: MachineSpec = spec(&[transition(0, Target::Create("id")), transition(0, Target::At("id"))]);
        assert!(accepted(&SPEC, &[yes(0, "1"), absent(1, "1")]));
        assert!(accepted(&SPEC, &[absent(0, "1"), yes(1, "1")]));
        assert!(!accepted(&SPEC, &[absent(0, "1"), no(1, "1")]));
    }

    #[test]
    fn two_keys_are_two_targets_even_if_they_are_equal() {
        const SPEC: MachineSpec = spec(&[transition(0, Target::At("old")), transition(0, Target::Create("new"))]);
        assert!(accepted(&SPEC, &[yes(0, "1"), yes(1, "2")]));
        assert!(!accepted(&SPEC, &[yes(0, "1"), absent(1, "2")]));
        assert!(!accepted(&SPEC, &[yes(0, "1"), absent(1, "1")]));
    }

    #[test]
    fn each_instance_of_a_selection_has_to_accept() {
        const SPEC: MachineSpec = spec(&[transition(0, Target::Each("queue")), transition(0, Target::Each("queue"))]);
        assert!(accepted(&SPEC, &[]));
        assert!(accepted(&SPEC, &[yes(0, "1"), no(1, "1"), no(0, "2"), yes(1, "2")]));
        assert!(!accepted(&SPEC, &[yes(0, "1"), no(1, "1"), no(0, "2"), no(1, "2")]));
        assert!(accepted(&SPEC, &[yes(0, "1"), no(1, "1"), absent(0, "2"), absent(1, "2")]));
    }

    #[test]
    fn an_overlap_is_two_of_one_region_and_one_instance() {
        const SPEC: MachineSpec = spec(&[
            transition(0, Target::At("id")),
            transition(0, Target::Each("queue")),
            transition(1, Target::Region),
        ]);
        let overlap_of =
            |candidates: &[Candidate]| Agreement::new(&SPEC).overlap(&Explanation { candidates: candidates.to_vec() });
        assert_eq!(overlap_of(&[yes(0, "1"), yes(1, "2"), yes(2, "")]), None);
        assert_eq!(overlap_of(&[yes(0, "1"), no(1, "1")]), None);
        let expected = Overlap { first: 0, second: 1, instance: "1".to_owned() };
        assert_eq!(overlap_of(&[yes(0, "1"), yes(1, "2"), yes(1, "1")]), Some(expected));
    }
}
