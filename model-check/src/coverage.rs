//! How much of the machine a check has exercised. What no state and no step exercises is dead or untested by the
//! properties: a check that passes says nothing about it.

use std::fmt;

use machine_spec::spec::{Destination, MachineSpec, Place};

use crate::record::{Counts, Recorder, guard_offset};

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

impl Coverage {
    pub(crate) fn measure(spec: &MachineSpec, counts: &Counts, recorder: &Recorder, cross_check: bool) -> Self {
        let mut coverage = Self { fired: counts.fired.clone(), emitted: counts.emitted.clone(), ..Self::default() };
        let transitions = spec.transitions.iter().zip(&counts.fired);
        coverage.add(GapKind::Transition, transitions.map(|(one, fired)| (one.name.to_owned(), one.place, *fired > 0)));
        let effects = spec.effects.iter().zip(&counts.emitted);
        coverage.add(GapKind::Effect, effects.map(|(one, emitted)| (one.name.to_owned(), one.place, *emitted > 0)));
        coverage.add(GapKind::Phase, phases(spec, counts));
        // Only `explain` shows what single guards say.
        if cross_check {
            coverage.add(GapKind::Guard, guards(spec, counts, recorder));
        }
        coverage.add(GapKind::Premise, premises(spec, recorder));
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

/// A phase is entered if it is the first one, or if a transition into it fires.
fn phases<'run>(spec: &'run MachineSpec, counts: &'run Counts) -> impl Iterator<Item = (String, Place, bool)> + 'run {
    spec.regions.iter().enumerate().flat_map(move |(number, region)| {
        region.phases.iter().map(move |phase| {
            let into = |index: usize| {
                let transition = &spec.transitions[index];
                transition.region == number && transition.destination == Destination::Phase(phase.name)
            };
            let entered = counts.fired.iter().enumerate().any(|(index, fired)| *fired > 0 && into(index));
            (format!("{}.{}", region.name, phase.name), phase.place, phase.initial || entered)
        })
    })
}

/// The guards of transitions that fire; of the others the transition itself is the gap. A guard that several
/// transitions share is written once, has one place, and counts once.
fn guards(spec: &MachineSpec, counts: &Counts, recorder: &Recorder) -> impl Iterator<Item = (String, Place, bool)> {
    let mut written: Vec<(String, Place, bool)> = Vec::new();
    let fire = spec.transitions.iter().enumerate().filter(|(index, _)| counts.fired[*index] > 0);
    for (index, transition) in fire {
        let offset = guard_offset(spec, index);
        for (position, guard) in transition.guards.iter().enumerate() {
            let failed = recorder.failed_guards.is_raised(offset + position);
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
    recorder: &'run Recorder,
) -> impl Iterator<Item = (String, Place, bool)> + 'run {
    let with_premise = spec.properties.iter().enumerate().filter(|(_, property)| !property.premise.is_empty());
    with_premise.map(|(index, property)| {
        let name = format!("{} \"{}\"", property.kind, property.sentence);
        (name, property.place, recorder.premises.is_raised(index))
    })
}
