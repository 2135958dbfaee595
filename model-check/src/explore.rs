//! Visits states for Stateright: each state is judged on its one visit.
//!
//! Stateright asks for the actions of every distinct state exactly once, so that is where everything happens: the
//! properties of the state are evaluated, every input is offered, and the record goes to the [`Recorder`].

use std::hash::Hasher;
use std::sync::{Arc, OnceLock};

use machine_spec::spec::{PropertyKind, PropertySpec};
use machine_spec::{Bounds, GuardOutcome, Machine, Outcome, ResolvedBounds, Sink, Unpacker};

use crate::agreement::Agreement;
use crate::engine::Failure;
use crate::fair_inputs::FairInputs;
use crate::oracle::{Known, Visits};
use crate::record::{Recorder, Visit, fingerprint, guard_offset};
use crate::renaming::{Canonical, Form, Renaming};
use crate::slice::{Slice, View};
use crate::slots::{Promise, Slots};

/// A state, and the fingerprint by which its record is found.
pub(crate) struct Node<M: Machine> {
    state: M::State,
    pub(crate) fingerprint: u64,
    view: View,
}

impl<M: Machine> Node<M> {
    fn new(state: M::State, view: &View) -> Self {
        let fingerprint = fingerprint(|hasher| view.hash::<M, _>(&state, hasher));
        Self { fingerprint, state, view: view.clone() }
    }

    /// What Stateright keeps. It knows the state by another hash than that of its record.
    fn known(self) -> Known {
        let identity = fingerprint(|hasher| {
            hasher.write_u64(SALT);
            self.view.hash::<M, _>(&self.state, hasher);
        });
        Known { node: Arc::new(self), identity }
    }

    /// The initial state, or what stands for it.
    pub(crate) fn initial(slice: &Slice, renaming: &Renaming) -> Self {
        let state = M::state(&M::initial()).clone();
        let form = Forms::new(slice, renaming).form::<M>(&state, &state);
        Self::new(form.ok().flatten().unwrap_or(state), &slice.view(M::SPEC))
    }
}

/// Makes one hash function into another.
const SALT: u64 = 0x6d65_6572_6b61_7421;

/// Finds the states that stand for others.
struct Forms<'run> {
    slice: &'run Slice,
    canonical: Option<Canonical>,
}

impl<'run> Forms<'run> {
    fn new(slice: &'run Slice, renaming: &Renaming) -> Self {
        Self { slice, canonical: (!renaming.is_empty()).then(|| Canonical::new(renaming)) }
    }

    /// The state that stands for `next`, which follows on `state`; none if it lies out of the bounds.
    fn form<M: Machine>(&mut self, state: &M::State, next: &M::State) -> Result<Option<M::State>, Failure> {
        let Some(canonical) = &mut self.canonical else { return Ok(Some(next.clone())) };
        canonical.start_from(&self.slice.packing::<M>(state));
        match canonical.find(&self.slice.packing::<M>(next)) {
            Form::Found => {
                let (mut form, mut unpacker) = (next.clone(), Unpacker::new(canonical.words()));
                self.slice.regions.iter().for_each(|region| M::unpack_region(&mut form, *region, &mut unpacker));
                Ok(Some(form))
            }
            Form::OutOfBounds => Ok(None),
            Form::NotAnOrder(of) => Err(Failure::NotAnOrder(of)),
            Form::Lost => Err(Failure::Unpackable),
        }
    }
}

impl<M: Machine> PartialEq for Node<M> {
    fn eq(&self, other: &Self) -> bool {
        self.view.agrees::<M>(&self.state, &other.state)
    }
}

/// A machine within bounds, and what visits its states.
pub(crate) struct Exploration<M: Machine> {
    inputs: Arc<Vec<M::Input>>,
    bounds: ResolvedBounds,
    slice: Slice,
    renaming: Renaming,
    view: View,
    fair: Arc<FairInputs<M>>,
    recorder: Arc<Recorder>,
    /// Why there is no graph, if there is none.
    failure: Arc<OnceLock<Failure>>,
    slots: Slots,
    agreement: Agreement,
    /// Where the guards of each transition start among all guards.
    guard_offsets: Vec<usize>,
}

impl<M: Machine> Exploration<M> {
    pub(crate) fn new(
        inputs: Arc<Vec<M::Input>>,
        bounds: &Bounds,
        (slice, renaming): (&Slice, &Renaming),
        fair: Arc<FairInputs<M>>,
        (recorder, failure): (Arc<Recorder>, Arc<OnceLock<Failure>>),
    ) -> Self {
        let guard_offsets = (0..M::SPEC.transitions.len()).map(|index| guard_offset(M::SPEC, index)).collect();
        Self {
            inputs,
            bounds: renaming.without_epochs(M::SPEC, bounds).resolved(M::SPEC),
            view: slice.view(M::SPEC),
            slice: slice.clone(),
            renaming: renaming.clone(),
            fair,
            recorder,
            failure,
            slots: Slots::new(M::SPEC),
            agreement: Agreement::new(M::SPEC),
            guard_offsets,
        }
    }

    /// The properties of the slice.
    fn properties(&self) -> impl Iterator<Item = (usize, &'static PropertySpec)> + '_ {
        self.slice.properties.iter().map(|index| (*index, &M::SPEC.properties[*index]))
    }

    /// Evaluates the properties that speak about one state, and the others over a step that changes nothing.
    fn judge_state(&self, state: &M::State, visit: &mut Visit) {
        for (index, property) in self.properties() {
            if property.kind == PropertyKind::Always {
                // It does not witness the premise: nothing has happened.
                if !M::evaluate(index, state, state).holds() {
                    visit.mark(self.slots.property(index));
                }
                continue;
            }
            let evaluation = M::evaluate(index, state, state);
            if evaluation.premise {
                self.recorder.premises.raise(index);
            }
            let marked = match property.kind {
                PropertyKind::Invariant => !evaluation.holds(),
                PropertyKind::Possible => evaluation.premise,
                PropertyKind::LeadsTo => evaluation.premise && !evaluation.claim,
                PropertyKind::Reachable | PropertyKind::Always => evaluation.premise && evaluation.claim,
            };
            if marked {
                visit.mark(self.slots.property(index));
            }
            if property.kind.claims_of_other_states() && evaluation.claim {
                visit.mark(self.slots.conclusion(index));
            }
        }
    }

    /// Evaluates the properties that speak about a step.
    fn judge_step(&self, before: &M::State, after: &M::State, visit: &mut Visit) {
        for (index, property) in self.properties() {
            if property.kind != PropertyKind::Always {
                continue;
            }
            let evaluation = M::evaluate(index, before, after);
            if evaluation.premise {
                self.recorder.premises.raise(index);
            }
            if !evaluation.holds() {
                visit.mark(self.slots.property(index));
            }
        }
    }

    /// Compares `explain` with what `apply` did, and notes which guards failed.
    fn judge_explanation(&self, state: &M::State, input: &M::Input, accepted: bool, visit: &mut Visit) {
        let explanation = M::explain(state, input);
        for candidate in &explanation.candidates {
            if let Outcome::Tested { guards, .. } = &candidate.outcome {
                let failed = guards.iter().enumerate().filter(|(_, guard)| **guard != GuardOutcome::Holds);
                let offset = self.guard_offsets[candidate.transition];
                failed.for_each(|(position, _)| self.recorder.failed_guards.raise(offset + position));
            }
        }
        if accepted && self.agreement.overlap(&explanation).is_some() {
            visit.mark(self.slots.promise(Promise::Deterministic));
        } else if self.agreement.accepts(&explanation, M::input_index(input)) != accepted {
            visit.mark(self.slots.promise(Promise::Explained));
        }
    }

    /// Notes that the input of a fairness assumption was accepted, whether it changes something, and whether its step
    /// is followed.
    fn note(&self, assumption: usize, change: Change, visit: &mut Visit) {
        if change != Change::Nothing {
            visit.mark(self.slots.possible(assumption));
        }
        if change == Change::Unfollowed || (change == Change::Nothing && self.fair.is_shared(assumption)) {
            visit.mark(self.slots.unseen(assumption));
        }
    }

    /// Offers the inputs of fairness assumptions with payload just beyond the bounds: whether one of them is possible
    /// must not depend on how many values the bounds leave to its payload.
    fn look_beyond(&self, node: &Node<M>, visit: &mut Visit) {
        let mut copy = node.state.clone();
        for (assumption, input) in &self.fair.beyond {
            if M::step(&mut copy, input, &mut ()).is_ok() {
                let changes = !self.view.agrees::<M>(&copy, &node.state);
                self.note(*assumption, if changes { Change::Unfollowed } else { Change::Nothing }, visit);
                copy.clone_from(&node.state);
            }
        }
    }

    /// Takes an accepted step into the visit, and its successor among the steps to follow unless it is there.
    fn follow(
        &self,
        (node, forms): (&Node<M>, &mut Forms<'_>),
        number: u32,
        next: &M::State,
        visit: &mut Visit,
        steps: &mut Vec<Node<M>>,
    ) {
        let assumption = self.fair.assumption_of[number as usize];
        let form = forms.form::<M>(&node.state, next).unwrap_or_else(|failure| {
            self.failure.get_or_init(|| failure);
            None
        });
        let Some(form) = form.filter(|_| self.view.is_within::<M>(next, &self.bounds)) else {
            visit.clipped += 1;
            visit.mark(self.slots.clipped());
            assumption.into_iter().for_each(|assumption| self.note(assumption, Change::Unfollowed, visit));
            return;
        };
        visit.steps += 1;
        self.judge_step(&node.state, next, visit);
        let is_same = self.view.agrees::<M>(&node.state, next);
        let next = Node::new(form, &self.view);
        // Equal fingerprints of unequal states are let through: the records then tell of the collision.
        let is_next = |known: &Node<M>| known.fingerprint == next.fingerprint && *known == next;
        if is_same {
            assumption.into_iter().for_each(|assumption| self.note(assumption, Change::Nothing, visit));
            return;
        }
        assumption.into_iter().for_each(|assumption| self.note(assumption, Change::Followed, visit));
        let is_known = steps.iter().any(is_next);
        // One edge is enough to get there, but each assumption has to see its own.
        let is_told = |assumption| {
            let alike = |input: u32| self.fair.assumption_of[input as usize] == Some(assumption);
            visit.edges.iter().any(|(input, target)| *target == next.fingerprint && alike(*input))
        };
        if assumption.map_or(!is_known, |assumption| !is_told(assumption)) {
            visit.edges.push((number, next.fingerprint));
        }
        if !is_known {
            steps.push(next);
        }
    }

    fn visit_node(&self, node: &Node<M>, steps: &mut Vec<Node<M>>) -> Visit {
        let marks = vec![0; self.slots.words()];
        let mut visit = Visit { fingerprint: node.fingerprint, marks, ..Visit::default() };
        self.judge_state(&node.state, &mut visit);
        let mut forms = Forms::new(&self.slice, &self.renaming);
        // A rejected input leaves the copy as it was, so that the next input can be offered to it as well.
        let mut copy = node.state.clone();
        let mut trail = Trail::default();
        for (number, input) in (0..).zip(self.inputs.iter()) {
            let accepted = M::step(&mut copy, input, &mut trail).is_ok();
            self.judge_explanation(&node.state, input, accepted, &mut visit);
            if accepted {
                let (emitted, counted) = (visit.emitted.len(), visit.steps);
                trail.move_into(&mut visit, |transition| self.slice.has_region(M::SPEC.transitions[transition].region));
                let next = std::mem::replace(&mut copy, node.state.clone());
                self.follow((node, &mut forms), number, &next, &mut visit, steps);
                if visit.steps > counted {
                    visit.effects += (visit.emitted.len() - emitted) as u64;
                }
            } else if copy != node.state || !trail.is_empty() {
                visit.mark(self.slots.promise(Promise::RejectionsChangeNothing));
                copy.clone_from(&node.state);
                trail = Trail::default();
            }
        }
        self.look_beyond(node, &mut visit);
        visit
    }
}

impl<M: Machine> Visits for Exploration<M> {
    fn initial(&self) -> Known {
        Node::<M>::initial(&self.slice, &self.renaming).known()
    }

    fn visit(&self, known: &Known) -> Vec<Known> {
        let mut steps = Vec::new();
        if let Some(node) = known.node.downcast_ref::<Node<M>>().filter(|_| self.recorder.admits_another()) {
            let visit = self.visit_node(node, &mut steps);
            self.recorder.record(&visit);
        }
        steps.into_iter().map(Node::known).collect()
    }
}

/// What an accepted input comes to.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Change {
    Nothing,
    Followed,
    Unfollowed,
}

/// The transitions and effects of a step.
#[derive(Default)]
struct Trail(Vec<Event>);

/// Something that happened in a step, by its index.
enum Event {
    Fired(usize),
    Emitted(usize),
}

impl Trail {
    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Hands over what the transitions did that are of interest. Effects follow the transition that emits them.
    fn move_into(&mut self, visit: &mut Visit, is_of_interest: impl Fn(usize) -> bool) {
        let mut counts = true;
        for event in self.0.drain(..) {
            match event {
                Event::Fired(transition) => {
                    counts = is_of_interest(transition);
                    visit.fired.extend(counts.then_some(transition));
                }
                Event::Emitted(effect) => visit.emitted.extend(counts.then_some(effect)),
            }
        }
    }
}

impl<M: Machine> Sink<M> for Trail {
    fn effect(&mut self, effect: M::Effect) {
        self.0.push(Event::Emitted(M::effect_index(&effect)));
    }

    fn fired(&mut self, transition: M::Transition) {
        self.0.push(Event::Fired(M::transition_index(transition)));
    }
}
