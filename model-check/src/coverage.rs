//! How much of the machine a check has exercised. What no state and no step exercises is dead or untested by the
//! properties: a check that passes says nothing about it.

use std::fmt;

use machine_spec::spec::{Destination, MachineSpec, Place, TransitionSpec};

use crate::record::{Counts, guard_offset};
use crate::slice::Slice;

/// The kinds of things that have to occur.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum GapKind {
    /// A transition that never fires.
    Transition,
    /// An effect that is never emitted.
    Effect,
    /// A phase that is never entered.
    Phase,
    /// A guard that is never false, of a transition that does fire.
    Guard,
    /// A property whose premise never holds.
    Premise,
}

impl GapKind {
    /// All of them, in the order of a report.
    pub const ALL: [Self; 5] = [Self::Transition, Self::Effect, Self::Phase, Self::Guard, Self::Premise];

    pub(crate) fn plural(self) -> &'static str {
        match self {
            Self::Transition => "transitions",
            Self::Effect => "effects",
            Self::Phase => "phases",
            Self::Guard => "guards",
            Self::Premise => "premises",
        }
    }

    pub(crate) fn occurs(self) -> &'static str {
        match self {
            Self::Transition => "fire",
            Self::Effect => "are emitted",
            Self::Phase => "are entered",
            Self::Guard => "are false somewhere",
            Self::Premise => "hold somewhere",
        }
    }
}

/// Something that never occurs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gap {
    /// What kind of thing it is.
    pub kind: GapKind,
    /// Its name or sentence.
    pub name: String,
    /// Where it is written.
    pub place: Place,
}

impl fmt::Display for Gap {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = &self.name;
        match self.kind {
            GapKind::Transition => write!(formatter, "transition {name} never fires"),
            GapKind::Effect => write!(formatter, "effect {name} is never emitted"),
            GapKind::Phase => write!(formatter, "phase {name} is never entered"),
            GapKind::Guard => write!(formatter, "guard {name} is never false"),
            GapKind::Premise => write!(formatter, "the premise of {name} never holds"),
        }
    }
}

/// What occurred, by kind.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Coverage {
    /// For each kind that was observed: how many things occurred, and how many there are.
    pub tallies: Vec<(GapKind, usize, usize)>,
    /// What did not occur.
    pub gaps: Vec<Gap>,
    /// How often each transition fired, in the order of the machine's transitions.
    pub fired: Vec<u64>,
    /// How often each effect was emitted, in the order of the machine's effects.
    pub emitted: Vec<u64>,
}

/// What was seen to occur, in one exploration or in several of the same machine.
#[derive(Clone, Debug)]
pub(crate) struct Observed {
    /// How often each transition fired, by its index.
    pub(crate) fired: Vec<u64>,
    /// How often each effect was emitted, by its index.
    pub(crate) emitted: Vec<u64>,
    /// By guard, see [`guard_offset`]: it failed somewhere.
    pub(crate) failed_guards: Vec<bool>,
    /// By property: its premise held somewhere.
    pub(crate) premises: Vec<bool>,
}

impl Observed {
    /// Nothing.
    pub(crate) fn nothing(spec: &MachineSpec) -> Self {
        let guards = guard_offset(spec, spec.transitions.len());
        Self::of(&Counts::new(spec), vec![false; guards], vec![false; spec.properties.len()])
    }

    pub(crate) fn of(counts: &Counts, failed_guards: Vec<bool>, premises: Vec<bool>) -> Self {
        Self { fired: counts.fired.clone(), emitted: counts.emitted.clone(), failed_guards, premises }
    }

    pub(crate) fn add(&mut self, other: &Self) {
        self.fired.iter_mut().zip(&other.fired).for_each(|(sum, more)| *sum += more);
        self.emitted.iter_mut().zip(&other.emitted).for_each(|(sum, more)| *sum += more);
        self.failed_guards.iter_mut().zip(&other.failed_guards).for_each(|(one, more)| *one |= more);
        self.premises.iter_mut().zip(&other.premises).for_each(|(one, more)| *one |= more);
    }
}

impl Coverage {
    /// What occurred of that which belongs to the slice.
    pub(crate) fn measure(spec: &MachineSpec, slice: &Slice, observed: &Observed) -> Self {
        let mut coverage = Self { fired: observed.fired.clone(), emitted: observed.emitted.clone(), ..Self::default() };
        let transitions = spec.transitions.iter().zip(&observed.fired).filter(|(one, _)| slice.has_region(one.region));
        coverage.add(GapKind::Transition, transitions.map(|(one, fired)| (one.name.to_owned(), one.place, *fired > 0)));
        let effects = spec.effects.iter().zip(&observed.emitted).filter(|(one, _)| may_emit(spec, slice, one.name));
        coverage.add(GapKind::Effect, effects.map(|(one, emitted)| (one.name.to_owned(), one.place, *emitted > 0)));
        coverage.add(GapKind::Phase, phases(spec, slice, observed));
        coverage.add(GapKind::Guard, guards(spec, slice, observed));
        coverage.add(GapKind::Premise, premises(spec, slice, observed));
        coverage
    }

    fn add(&mut self, kind: GapKind, things: impl Iterator<Item = (String, Place, bool)>) {
        let (mut occurred, mut total) = (0, 0);
        for (name, place, occurs) in things {
            total += 1;
            occurred += usize::from(occurs);
            if !occurs {
                self.gaps.push(Gap { kind, name, place });
            }
        }
        self.tallies.push((kind, occurred, total));
    }
}

/// Whether some transition of the slice emits the effect; in a whole machine an effect without one counts as well.
fn may_emit(spec: &MachineSpec, slice: &Slice, effect: &str) -> bool {
    let emits = |one: &TransitionSpec| one.effects.iter().any(|emission| emission.effect == effect);
    slice.is_whole(spec) || spec.transitions.iter().any(|one| slice.has_region(one.region) && emits(one))
}

/// A phase is entered if it is the first one, or if a transition into it fires.
fn phases<'run>(
    spec: &'run MachineSpec,
    slice: &'run Slice,
    observed: &'run Observed,
) -> impl Iterator<Item = (String, Place, bool)> + 'run {
    slice.regions.iter().flat_map(move |number| {
        let region = &spec.regions[*number];
        region.phases.iter().map(move |phase| {
            let into = |index: usize| {
                let transition = &spec.transitions[index];
                transition.region == *number && transition.destination == Destination::Phase(phase.name)
            };
            let entered = observed.fired.iter().enumerate().any(|(index, fired)| *fired > 0 && into(index));
            (format!("{}.{}", region.name, phase.name), phase.place, phase.initial || entered)
        })
    })
}

/// The guards of transitions that fire; of the others the transition itself is the gap. A guard that several
/// transitions share is written once, has one place, and counts once.
fn guards(spec: &MachineSpec, slice: &Slice, observed: &Observed) -> impl Iterator<Item = (String, Place, bool)> {
    let mut written: Vec<(String, Place, bool)> = Vec::new();
    let fires = |index: usize, one: &TransitionSpec| observed.fired[index] > 0 && slice.has_region(one.region);
    for (index, transition) in spec.transitions.iter().enumerate().filter(|(index, one)| fires(*index, one)) {
        let offset = guard_offset(spec, index);
        for (position, guard) in transition.guards.iter().enumerate() {
            let failed = observed.failed_guards[offset + position];
            match written.iter_mut().find(|(_, place, _)| *place == guard.place) {
                Some((_, _, failed_before)) => *failed_before |= failed,
                None => written.push((format!("\"{}\" of {}", guard.sentence, transition.name), guard.place, failed)),
            }
        }
    }
    written.into_iter()
}

fn premises<'run>(
    spec: &'run MachineSpec,
    slice: &'run Slice,
    observed: &'run Observed,
) -> impl Iterator<Item = (String, Place, bool)> + 'run {
    let judged = slice.properties.iter().map(|index| (*index, &spec.properties[*index]));
    judged.filter(|(_, property)| !property.premise.is_empty()).map(|(index, property)| {
        let name = format!("{} \"{}\"", property.kind, property.sentence);
        (name, property.place, observed.premises[index])
    })
}
