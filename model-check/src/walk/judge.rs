//! What a walk breaks, and what it has seen to occur.

use std::marker::PhantomData;

use machine_spec::spec::PropertyKind;
use machine_spec::{GuardOutcome, Machine, Outcome};

use super::Trail;
use crate::agreement::Agreement;
use crate::coverage::Observed;
use crate::judge::breach;
use crate::record::guard_offset;
use crate::report::{Claim, Counterexample, Finding, Verdict};
use crate::slots::Promise;
use crate::trace::Replay;

/// A claim that does not hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Broken {
    /// A promise, by the last input.
    Promise(Promise),
    /// A property of the machine, by its index.
    Property(usize),
}

/// Whether one state, or a step in which nothing changes, breaks the property.
pub(super) fn breaks_in_state<M: Machine>(property: usize, state: &M::State) -> bool {
    match M::SPEC.properties[property].kind {
        PropertyKind::Invariant | PropertyKind::Always => !M::evaluate(property, state, state).holds(),
        PropertyKind::Reachable | PropertyKind::Possible | PropertyKind::LeadsTo => false,
    }
}

/// Whether a step breaks the property.
pub(super) fn breaks_in_step<M: Machine>(property: usize, before: &M::State, after: &M::State) -> bool {
    M::SPEC.properties[property].kind == PropertyKind::Always && !M::evaluate(property, before, after).holds()
}

/// Judges states, steps and answers.
pub(super) struct Judge<M: Machine> {
    agreement: Agreement,
    guard_offsets: Vec<usize>,
    pub(super) observed: Observed,
    /// By property: it is a `reachable` and holds somewhere.
    witnessed: Vec<bool>,
    machine: PhantomData<fn() -> M>,
}

impl<M: Machine> Judge<M> {
    pub(super) fn new() -> Self {
        Self {
            agreement: Agreement::new(M::SPEC),
            guard_offsets: (0..M::SPEC.transitions.len()).map(|index| guard_offset(M::SPEC, index)).collect(),
            observed: Observed::nothing(M::SPEC),
            witnessed: vec![false; M::SPEC.properties.len()],
            machine: PhantomData,
        }
    }

    /// How often a transition fired so far.
    pub(super) fn fired(&self, transition: usize) -> u64 {
        self.observed.fired[transition]
    }

    pub(super) fn note(&mut self, trail: &Trail) {
        trail.fired.iter().for_each(|transition| self.observed.fired[*transition] += 1);
        trail.emitted.iter().for_each(|effect| self.observed.emitted[*effect] += 1);
    }

    /// The first property that a state breaks.
    pub(super) fn state(&mut self, state: &M::State) -> Option<Broken> {
        for (index, property) in M::SPEC.properties.iter().enumerate() {
            if property.kind != PropertyKind::Always {
                let evaluation = M::evaluate(index, state, state);
                self.observed.premises[index] |= evaluation.premise;
                self.witnessed[index] |= evaluation.premise && evaluation.claim;
            }
        }
        let breaks = |index: &usize| breaks_in_state::<M>(*index, state);
        (0..M::SPEC.properties.len()).find(breaks).map(Broken::Property)
    }

    /// The first property that a step breaks.
    pub(super) fn step(&mut self, before: &M::State, after: &M::State) -> Option<Broken> {
        for (index, property) in M::SPEC.properties.iter().enumerate() {
            if property.kind == PropertyKind::Always && M::evaluate(index, before, after).premise {
                self.observed.premises[index] = true;
            }
        }
        let breaks = |index: &usize| breaks_in_step::<M>(*index, before, after);
        (0..M::SPEC.properties.len()).find(breaks).map(Broken::Property)
    }

    /// The promise that the answer to an input breaks, beside that rejections change nothing. Notes which guards failed.
    pub(super) fn answer(&mut self, authority: &M::Authority, input: &M::Input, accepted: bool) -> Option<Broken> {
        let explanation = M::explain(M::state(authority), input);
        for candidate in &explanation.candidates {
            if let Outcome::Tested { guards, .. } = &candidate.outcome {
                let offset = self.guard_offsets[candidate.transition];
                let failed = guards.iter().enumerate().filter(|(_, guard)| **guard != GuardOutcome::Holds);
                failed.for_each(|(position, _)| self.observed.failed_guards[offset + position] = true);
            }
        }
        if self.agreement.overlap(&explanation).is_some() {
            return Some(Broken::Promise(Promise::Deterministic));
        }
        let agrees = self.agreement.accepts(&explanation, M::input_index(input)) == accepted;
        (!agrees).then_some(Broken::Promise(Promise::Explained))
    }

    /// The sentences of the `reachable` properties that were seen to hold.
    pub(super) fn witnessed(&self) -> Vec<&'static str> {
        self.reachable(true)
    }

    /// The sentences of the others.
    pub(super) fn unwitnessed(&self) -> Vec<&'static str> {
        self.reachable(false)
    }

    fn reachable(&self, witnessed: bool) -> Vec<&'static str> {
        let all = M::SPEC.properties.iter().zip(&self.witnessed);
        let wanted = all.filter(|(one, seen)| one.kind == PropertyKind::Reachable && **seen == witnessed);
        wanted.map(|(property, _)| property.sentence).collect()
    }
}

/// A violation at the end of some inputs, as a check tells one.
pub(super) fn finding<M: Machine>(broken: Broken, path: &[M::Input]) -> Finding {
    let replay = Replay::<M>::along(path.iter());
    match broken {
        Broken::Property(index) => {
            let property = &M::SPEC.properties[index];
            let values = replay.values_at(property.reads);
            let counterexample = Counterexample { trace: Some(replay.trace), values, remarks: Vec::new() };
            let verdict = Verdict::violated(counterexample);
            Finding {
                claim: Claim::Declared(property.kind),
                sentence: property.sentence,
                place: property.place,
                verdict,
            }
        }
        Broken::Promise(promise) => {
            let before = path.split_last().map(|(last, before)| (last, Replay::<M>::along(before.iter()).authority));
            let remark = before.and_then(|(last, authority)| breach::<M>(promise, &authority, last));
            let remarks = remark.into_iter().collect();
            let counterexample = Counterexample { trace: Some(replay.trace), values: Vec::new(), remarks };
            let (sentence, place) = (promise.sentence(), M::SPEC.place);
            Finding { claim: Claim::Promised(promise), sentence, place, verdict: Verdict::violated(counterexample) }
        }
    }
}
