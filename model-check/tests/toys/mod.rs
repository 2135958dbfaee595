//! Small machines written by hand: what `machine!` generates is the checker's subject, so its tests do not lean on it.
//!
//! A toy has one region, inputs without payload, and fields of type `u8`. Sources, destinations and effects are taken
//! from its spec; the rest it gives as functions.
#![allow(dead_code, reason = "every test file uses its own part of it")]

use std::fmt;
use std::hash::{Hash, Hasher};
use std::marker::PhantomData;

use machine_spec::meaning::Meaning;
use machine_spec::spec::*;
use machine_spec::{
    Bounds, Candidate, Evaluation, GuardOutcome, Machine, Outcome, Packer, ResolvedBounds, RestoreError, Sink, Trial,
    Trials, Unpacker,
};

pub(crate) mod counters;
pub(crate) mod door;
mod inspect;

/// The number of fields that a toy's state has room for.
pub(crate) const FIELDS: usize = 8;

/// The guards of one transition.
pub(crate) type Guards = &'static [fn(&State) -> bool];

pub(crate) trait Toy: Sized + 'static {
    const SPEC: &'static MachineSpec;
    /// `explain` says of this input that nothing accepts it.
    const EXPLAIN_LIES_ABOUT: Option<usize> = None;
    /// A rejection of this input writes the first field.
    const REJECTION_WRITES_ON: Option<usize> = None;

    /// The guards of a transition.
    fn guards(transition: usize) -> Guards;
    /// What a transition does to the fields.
    fn update(transition: usize, fields: &mut [u8; FIELDS]);
    fn evaluate(property: usize, before: &State, after: &State) -> Evaluation;
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct State {
    pub(crate) phase: &'static str,
    pub(crate) fields: [u8; FIELDS],
}

impl State {
    pub(crate) fn is(&self, phase: &str) -> bool {
        self.phase == phase
    }
}

/// An input or an effect.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Named(pub(crate) usize, &'static str);

impl fmt::Debug for Named {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.1)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Refused;

impl fmt::Display for Refused {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("no transition accepts the input")
    }
}

impl std::error::Error for Refused {}

/// The machine of a toy.
pub(crate) struct Of<T>(PhantomData<T>);

impl<T: Toy> Of<T> {
    fn region() -> &'static RegionSpec {
        &T::SPEC.regions[0]
    }

    fn outcome(state: &State, transition: usize) -> Outcome {
        if !T::SPEC.transitions[transition].sources.contains(&state.phase) {
            return Outcome::WrongPhase;
        }
        let outcome = |guard: &fn(&State) -> bool| match guard(state) {
            true => GuardOutcome::Holds,
            false => GuardOutcome::Fails,
        };
        Outcome::Tested { guards: T::guards(transition).iter().map(outcome).collect(), overflows: false }
    }

    fn accepts(state: &State, index: usize, input: &Named) -> bool {
        let transition = &T::SPEC.transitions[index];
        transition.input == input.0
            && transition.sources.contains(&state.phase)
            && T::guards(index).iter().all(|guard| guard(state))
    }

    fn candidates(state: &State, input: &Named) -> Vec<Candidate> {
        let known = T::SPEC.transitions.iter().enumerate().filter(|(_, transition)| transition.input == input.0);
        known
            .map(|(transition, _)| Candidate {
                transition,
                instance: String::new(),
                outcome: Self::outcome(state, transition),
            })
            .collect()
    }
}

impl<T: Toy> Machine for Of<T> {
    type State = State;
    type Input = Named;
    type Effect = Named;
    type Transition = usize;
    type Rejection = Refused;
    type Authority = State;

    const SPEC: &'static MachineSpec = T::SPEC;

    fn initial() -> State {
        let initial = Self::region().phases.iter().find(|phase| phase.initial);
        State { phase: initial.map_or("", |phase| phase.name), fields: [0; FIELDS] }
    }

    fn restore(state: State) -> Result<State, RestoreError> {
        Ok(state)
    }

    fn state(authority: &State) -> &State {
        authority
    }

    fn apply<S: Sink<Self>>(authority: &mut State, input: &Named, sink: &mut S) -> Result<(), Refused> {
        Self::step(authority, input, sink)
    }

    fn step<S: Sink<Self>>(authority: &mut State, input: &Named, sink: &mut S) -> Result<(), Refused> {
        let Some(index) = (0..T::SPEC.transitions.len()).find(|index| Self::accepts(authority, *index, input)) else {
            if T::REJECTION_WRITES_ON == Some(input.0) {
                authority.fields[0] = 1;
            }
            return Err(Refused);
        };
        let transition = &T::SPEC.transitions[index];
        if let Destination::Phase(phase) = transition.destination {
            authority.phase = phase;
        }
        T::update(index, &mut authority.fields);
        sink.fired(index);
        for emission in transition.effects {
            let effect = T::SPEC.effects.iter().position(|effect| effect.name == emission.effect);
            sink.effect(Named(effect.expect("a declared effect"), emission.effect));
        }
        Ok(())
    }

    fn examine<S: Trials>(authority: &State, input: &Named, trials: &mut S) {
        // A toy has no instances.
        trials.instance(None);
        for Candidate { transition, outcome, .. } in Self::candidates(authority, input) {
            match outcome {
                _ if T::EXPLAIN_LIES_ABOUT == Some(input.0) => trials.tried(transition, Trial::WrongPhase),
                Outcome::WrongPhase => trials.tried(transition, Trial::WrongPhase),
                Outcome::WrongInstance => trials.tried(transition, Trial::WrongInstance),
                Outcome::Tested { guards, overflows } => {
                    guards.into_iter().for_each(|guard| trials.guard(guard));
                    trials.tried(transition, Trial::Tested { overflows });
                }
            }
        }
    }

    fn transition_index(transition: usize) -> usize {
        transition
    }

    fn input_index(input: &Named) -> usize {
        input.0
    }

    fn effect_index(effect: &Named) -> usize {
        effect.0
    }

    fn evaluate(property: usize, before: &State, after: &State) -> Evaluation {
        T::evaluate(property, before, after)
    }

    fn inputs_within(_bounds: &Bounds) -> Vec<Named> {
        T::SPEC.inputs.iter().enumerate().map(|(index, input)| Named(index, input.name)).collect()
    }

    fn is_region_within(state: &State, _region: usize, bounds: &ResolvedBounds) -> bool {
        let region = Self::region();
        // Behind the place of the phase.
        let places = (usize::from(!region.phases.is_empty())..).take(region.fields.len());
        places.zip(state.fields).all(|(place, value)| u64::from(value) <= bounds.integers(place))
    }

    fn hash_region<H: Hasher>(state: &State, _region: usize, hasher: &mut H) {
        state.hash(hasher);
    }

    fn agree_on_region(one: &State, other: &State, _region: usize) -> bool {
        one == other
    }

    fn phase_index(state: &State, _region: usize) -> usize {
        Self::region().phases.iter().position(|phase| phase.name == state.phase).expect("a declared phase")
    }

    fn pack_region(state: &State, region: usize, packer: &mut Packer) {
        packer.push_number(Self::phase_index(state, region) as u64);
        state.fields.iter().for_each(|field| packer.push_number(u64::from(*field)));
    }

    fn unpack_region(state: &mut State, _region: usize, unpacker: &mut Unpacker<'_>) {
        let phase = unpacker.take_number();
        state.phase = Self::region().phases[phase as usize].name;
        state.fields.iter_mut().for_each(|field| *field = unpacker.take_number() as u8);
    }

    fn copy_region(from: &State, to: &mut State, _region: usize) {
        to.clone_from(from);
    }

    fn describe(state: &State, visit: &mut dyn FnMut(String, String)) {
        let region = Self::region();
        visit(format!("{}.phase", region.name), state.phase.to_owned());
        for (field, value) in region.fields.iter().zip(state.fields) {
            visit(format!("{}.{}", region.name, field.name), value.to_string());
        }
    }
}

pub(crate) const fn place(line: u32) -> Place {
    Place { file: "toy.rs", line, column: 5 }
}

pub(crate) const fn message(name: &'static str, line: u32) -> MessageSpec {
    MessageSpec { name, doc: "", payload: &[], place: place(line) }
}

pub(crate) const fn phase(name: &'static str, initial: bool, line: u32) -> PhaseSpec {
    PhaseSpec { name, doc: "", data: &[], initial, is_final: false, place: place(line) }
}

pub(crate) const fn field(name: &'static str, line: u32) -> FieldSpec {
    FieldSpec { name, doc: "", ty: "u8", initial: "0", place: place(line) }
}

pub(crate) const fn transition(
    name: &'static str,
    input: usize,
    sources: &'static [&'static str],
    destination: Destination,
    line: u32,
) -> TransitionSpec {
    TransitionSpec {
        name,
        region: 0,
        input,
        target: Target::Region,
        sources,
        source_pattern: "",
        destination,
        guards: &[],
        updates: &[],
        effects: &[],
        reads: &[],
        writes: &[],
        place: place(line),
    }
}

pub(crate) const fn property(
    kind: PropertyKind,
    sentence: &'static str,
    premise: &'static str,
    line: u32,
) -> PropertySpec {
    PropertySpec { id: sentence, sentence, kind, premise, text: "", reads: &[], regions: &[0], place: place(line) }
}
