//! What occurs in a machine and in its mutants, as a check counts it.

use machine_spec::meaning::{Clause, DestinationMeaning, HandlerMeaning, TargetMeaning};
use machine_spec::spec::{MachineSpec, PhaseSpec, Place};
use rustc_hash::FxHashSet;

use super::engine::{Engine, Handler};
use super::explore::{Graph, Known, Witness};
use super::mutant::{Change, Mutant};
use crate::coverage::{Gap, GapKind};

/// Something that may occur.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Item {
    /// A transition fires.
    Transition(usize),
    /// An effect is emitted.
    Effect(usize),
    /// A phase of a region is entered.
    Phase(usize, usize),
    /// The guard that is written here does not hold: a transition of which it is, and its sentence.
    Guard(Place, usize, &'static str),
    /// The premise of a property holds.
    Premise(usize),
}

/// What occurs.
#[derive(Clone, Debug)]
pub(super) struct Covered {
    items: FxHashSet<Item>,
}

impl Covered {
    pub(super) fn nothing() -> Self {
        Self { items: FxHashSet::default() }
    }

    /// What occurred in an exploration, without what it took from another graph.
    pub(super) fn of(engine: &Engine, graph: &Graph) -> Self {
        let mut covered = Self::nothing();
        covered.collect(engine, graph, &|_, witness| witness.is_some());
        covered
    }

    /// Takes in what occurred in the steps that a mutant's graph took from another one: of that, what occurred first in a
    /// state that the mutant reaches as well.
    pub(super) fn take(&mut self, engine: &Engine, known: Known<'_>, found: &Graph) {
        let is_met = |state: u32| found.place(state).is_some();
        let is_taken = |kind: Option<usize>, state: u32| kind.is_none_or(|kind| known.holds(state, kind));
        let occurs = |kind, witness: Witness| witness.is_some_and(|state| is_met(state) && is_taken(kind, state));
        self.collect(engine, known.graph, &occurs);
    }

    /// Collects what occurs in a graph: what is told by the kind of input in the steps of which it does, if it is steps,
    /// and by where it did first.
    fn collect(&mut self, engine: &Engine, graph: &Graph, occurs: &dyn Fn(Option<usize>, Witness) -> bool) {
        let (spec, items, seen) = (engine.spec, &mut self.items, &graph.seen);
        for handler in engine.offered_handlers() {
            let kind = Some(handler.meaning.input);
            items.extend(fired(spec, handler, &|transition| occurs(kind, seen.fired[transition])));
        }
        let kind = |transition: usize| Some(spec.transitions[transition].input);
        let failed = seen.failed.iter().filter(|((transition, _), state)| occurs(kind(*transition), Some(**state)));
        items.extend(failed.filter_map(|((transition, sentence), _)| guard(spec, *transition, sentence)));
        let list = |kind, witnesses: &[Witness], item: fn(usize) -> Item| -> Vec<Item> {
            let occurring = witnesses.iter().enumerate().filter(|(_, witness)| occurs(kind, **witness));
            occurring.map(|(index, _)| item(index)).collect()
        };
        items.extend(list(None, &seen.premises, Item::Premise));
        for (kind, seen) in graph.seen_of.iter().enumerate() {
            items.extend(list(Some(kind), &seen.premises, Item::Premise));
            items.extend(list(Some(kind), &seen.emitted, Item::Effect));
        }
    }

    pub(super) fn add(&mut self, other: &Self) {
        self.items.extend(&other.items);
    }

    /// What of this has to occur in a mutant: a guard that it does not have can be false nowhere.
    pub(super) fn expected_of(&self, spec: &'static MachineSpec, mutant: &Mutant) -> Self {
        let mut expected = self.clone();
        if let Change::Handler { region, handler, meaning } = mutant.change {
            let original = &spec.meaning.regions[region].handlers[handler];
            let kept = sentences(meaning);
            let gone = sentences(original).into_iter().filter(|sentence| !kept.contains(sentence));
            let gone: Vec<(usize, &str)> = gone.collect();
            expected.items.retain(|item| match item {
                Item::Guard(_, transition, sentence) => !gone.contains(&(*transition, *sentence)),
                _ => true,
            });
        }
        expected
    }

    /// The first thing that does not occur there.
    pub(super) fn missing(&self, there: &Self) -> Option<Item> {
        let rank = |item: &Item| match *item {
            Item::Transition(index) => (0, index, 0, ""),
            Item::Effect(index) => (1, index, 0, ""),
            Item::Phase(region, phase) => (2, region, phase, ""),
            Item::Guard(_, transition, sentence) => (3, transition, 0, sentence),
            Item::Premise(index) => (4, index, 0, ""),
        };
        self.items.difference(&there.items).copied().min_by_key(rank)
    }
}

/// The transitions of a handler that fired, and the phases that were entered by them. The first phase always is.
fn fired(spec: &MachineSpec, handler: &Handler, fires: &dyn Fn(usize) -> bool) -> Vec<Item> {
    let (region, mut items) = (handler.region, Vec::new());
    for arm in handler.meaning.arms.iter().filter(|arm| fires(arm.transition)) {
        items.push(Item::Transition(arm.transition));
        if let DestinationMeaning::Phase(name, _) = &arm.destination {
            let is_entered = |phase: &PhaseSpec| phase.name == *name && !phase.initial;
            let phase = spec.regions[region].phases.iter().position(is_entered);
            items.extend(phase.map(|phase| Item::Phase(region, phase)));
        }
    }
    items
}

/// The guards of a handler: the transition and the sentence, those in front of the arms once per arm.
fn sentences(handler: &HandlerMeaning) -> Vec<(usize, &'static str)> {
    let each = matches!(handler.target, TargetMeaning::Each(_));
    let common = if each { &[] } else { handler.prelude };
    let of = |clause: &Clause| if let Clause::Require(sentence, _) = clause { Some(*sentence) } else { None };
    let of_arm = |arm: &machine_spec::meaning::ArmMeaning| {
        let transition = arm.transition;
        common.iter().chain(arm.clauses).filter_map(of).map(move |sentence| (transition, sentence)).collect::<Vec<_>>()
    };
    handler.arms.iter().flat_map(of_arm).collect()
}

/// A guard, told by its place: one that several transitions share is written once, and counts once.
fn guard(spec: &MachineSpec, transition: usize, sentence: &'static str) -> Option<Item> {
    let written = |transition: usize| spec.transitions[transition].guards.iter().find(|one| one.sentence == sentence);
    let place = written(transition)?.place;
    // Whichever of the transitions it failed in, it is named after the first.
    let first = (0..=transition).find(|other| written(*other).is_some_and(|guard| guard.place == place))?;
    Some(Item::Guard(place, first, sentence))
}

impl Item {
    /// As a check reports what does not occur.
    pub(super) fn gap(self, spec: &MachineSpec) -> Gap {
        let (kind, name, place) = match self {
            Self::Transition(index) => {
                (GapKind::Transition, spec.transitions[index].name.to_owned(), spec.transitions[index].place)
            }
            Self::Effect(index) => (GapKind::Effect, spec.effects[index].name.to_owned(), spec.effects[index].place),
            Self::Phase(region, phase) => {
                let (region, phase) = (&spec.regions[region], &spec.regions[region].phases[phase]);
                (GapKind::Phase, format!("{}.{}", region.name, phase.name), phase.place)
            }
            Self::Guard(place, transition, sentence) => {
                (GapKind::Guard, format!("\"{sentence}\" of {}", spec.transitions[transition].name), place)
            }
            Self::Premise(index) => {
                let property = &spec.properties[index];
                (GapKind::Premise, format!("{} \"{}\"", property.kind, property.sentence), property.place)
            }
        };
        Gap { kind, name, place }
    }
}
