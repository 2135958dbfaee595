//! The first step in which a mutant behaves differently.
//!
//! Up to it the two graphs are the same, so a shortest way to it in the machine is one in the mutant. A step that leaves
//! the bounds is followed in neither graph, and is as good as none.

use std::collections::hash_map::Entry;

use fixedbitset::FixedBitSet;
use machine_spec::spec::HandlerSpec;
use rustc_hash::FxHashMap;

use super::engine::{Decision, Engine, Handler};
use super::explore::Graph;
use super::numbers::Rows;
use crate::interpret::Fault;

/// A state and an input that tell the mutant from the machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Difference {
    /// The state, by its number.
    pub(super) state: u32,
    /// The input; none if the mutant starts in another state.
    pub(super) input: Option<u32>,
    /// The states afterwards are the same: effects differ, or whether an input that changes nothing is accepted.
    pub(super) in_answers_only: bool,
}

/// What an input comes to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Answer {
    /// The state afterwards, as numbers; none if the input is rejected.
    pub(super) after: Option<Vec<u32>>,
    pub(super) is_within: bool,
    /// The numbers of the lists of effects, one per handler.
    pub(super) effects: Vec<u32>,
    pub(super) fired: Vec<u16>,
}

impl Answer {
    /// What an input comes to in a state. Every handler must have been asked there before, or be asked now.
    pub(super) fn of(engine: &mut Engine, state: &[u32], kind: usize, position: usize) -> Result<Self, Fault> {
        let mut answer = Self { after: Some(state.to_vec()), is_within: true, ..Self::default() };
        for number in 0..engine.handlers_of[kind].len() {
            let handler = engine.handlers_of[kind][number];
            let (sight, place) = (engine.handlers[handler].sight, engine.handlers[handler].place);
            let seen = engine.sights.number(sight, state);
            let decision = &engine.row(handler, seen)?.decisions[position];
            let Some(after) = decision.after else { return Ok(Self::default()) };
            answer.after.iter_mut().for_each(|state| state[place] = after);
            answer.is_within &= decision.is_within;
            answer.effects.push(decision.effects);
            answer.fired.extend(&decision.fired);
        }
        Ok(answer)
    }

    /// Whether it is a step of the graph.
    fn is_step(&self) -> bool {
        self.after.is_some() && self.is_within
    }

    /// How it differs from another, if it does; whether in answers only.
    fn differs(&self, other: &Self, before: &[u32]) -> Option<bool> {
        let changes_nothing = |answer: &Self| answer.after.as_deref() == Some(before);
        match (self.is_step(), other.is_step()) {
            (false, false) => None,
            (true, true) if self.after == other.after => (self.effects != other.effects).then_some(true),
            (true, true) => Some(false),
            (true, false) => Some(changes_nothing(self)),
            (false, true) => Some(changes_nothing(other)),
        }
    }
}

/// The handlers that a mutant has in the place of the machine's: where they are in the engine, and where the machine's
/// wait meanwhile.
pub(super) type Swapped = [(usize, usize)];

/// The nearest difference between the machine and the mutant whose handlers the engine has in their place. A difference
/// in the states is preferred to one in answers only, however far. Where it is known in which states there may be one, the
/// others are not asked.
pub(super) fn nearest(
    engine: &mut Engine,
    swapped: &Swapped,
    states: &Rows,
    graph: &Graph,
    among: Option<&FixedBitSet>,
) -> Result<Option<Difference>, Fault> {
    let mut differing: FxHashMap<(usize, u32, u32), Vec<usize>> = FxHashMap::default();
    let mut in_answers = None;
    let is_meant = |state: &&u32| among.is_none_or(|among| among.contains(**state as usize));
    for state in graph.order.iter().filter(is_meant) {
        let row = states.row(*state);
        for (mutated, original) in swapped {
            let [one, other] =
                [original, mutated].map(|handler| engine.sights.number(engine.handlers[*handler].sight, row));
            let differing = match differing.entry((*mutated, one, other)) {
                Entry::Occupied(known) => known.into_mut(),
                Entry::Vacant(unknown) => unknown.insert(positions(engine, (*original, one), (*mutated, other))?),
            };
            let kind = engine.handlers[*mutated].meaning.input;
            for position in differing.iter() {
                let of_mutant = Answer::of(engine, row, kind, *position)?;
                let of_machine = with_originals(engine, swapped, |engine| Answer::of(engine, row, kind, *position))?;
                let Some(in_answers_only) = of_machine.differs(&of_mutant, row) else { continue };
                let input = Some(engine.of_kind[kind][*position]);
                let difference = Difference { state: *state, input, in_answers_only };
                if !in_answers_only {
                    return Ok(Some(difference));
                }
                in_answers = in_answers.or(Some(difference));
            }
        }
    }
    Ok(in_answers)
}

/// The states, by number, in which the mutant's handlers do not decide just as the machine's do, for the same reasons.
pub(super) fn differing(
    engine: &mut Engine,
    swapped: &Swapped,
    states: &Rows,
    graph: &Graph,
) -> Result<FixedBitSet, Fault> {
    let mut found = FixedBitSet::with_capacity(states.len());
    for (mutated, original) in swapped {
        let sights = [*original, *mutated].map(|handler| engine.handlers[handler].sight);
        let mut compared: FxHashMap<[u32; 2], bool> = FxHashMap::default();
        for state in &graph.order {
            let row = states.row(*state);
            let numbers = sights.map(|sight| engine.sights.number(sight, row));
            let differs = match compared.get(&numbers) {
                Some(known) => *known,
                None => {
                    let differs = decides_differently(engine, (*original, *mutated), numbers)?;
                    compared.insert(numbers, differs);
                    differs
                }
            };
            if differs {
                found.insert(*state as usize);
            }
        }
    }
    Ok(found)
}

/// The first of the mutant's handlers that refuses, somewhere in the machine's states, though the machine's never does: its
/// region, and its kind of input.
pub(super) fn refusing(
    engine: &mut Engine,
    swapped: &Swapped,
    states: &Rows,
    differing: &FixedBitSet,
) -> Result<Option<(usize, usize)>, Fault> {
    for (mutated, _) in swapped {
        let Handler { region, sight, meaning, .. } = engine.handlers[*mutated];
        let is_it = |on: &HandlerSpec| on.region == region && on.input == meaning.input;
        if engine.spec.handlers.iter().any(|on| is_it(on) && on.may_refuse) {
            continue;
        }
        for state in differing.ones() {
            let number = engine.sights.number(sight, states.row(state as u32));
            if !engine.row(*mutated, number)?.accepts_all() {
                return Ok(Some((region, meaning.input)));
            }
        }
    }
    Ok(None)
}

/// Whether two handlers decide differently in what they see.
fn decides_differently(
    engine: &mut Engine,
    (original, mutated): (usize, usize),
    [one, other]: [u32; 2],
) -> Result<bool, Fault> {
    engine.row(original, one)?;
    engine.row(mutated, other)?;
    Ok(engine.known_row(original, one) != engine.known_row(mutated, other))
}

/// Has the machine's own handlers in the mutant's place for a moment.
pub(super) fn with_originals<T>(engine: &mut Engine, swapped: &Swapped, ask: impl FnOnce(&mut Engine) -> T) -> T {
    swapped.iter().for_each(|(mutated, original)| engine.handlers.swap(*mutated, *original));
    let answer = ask(engine);
    swapped.iter().for_each(|(mutated, original)| engine.handlers.swap(*mutated, *original));
    answer
}

/// The positions of the offered inputs about which two handlers decide differently.
fn positions(engine: &mut Engine, one: (usize, u32), other: (usize, u32)) -> Result<Vec<usize>, Fault> {
    engine.row(one.0, one.1)?;
    engine.row(other.0, other.1)?;
    let kind = engine.handlers[one.0].meaning.input;
    let offered = engine.of_kind[kind].iter().filter(|input| (**input as usize) < engine.offers.within).count();
    let (Some(one), Some(other)) = (engine.known_row(one.0, one.1), engine.known_row(other.0, other.1)) else {
        return Ok(Vec::new());
    };
    let same = |a: &Decision, b: &Decision| a.after == b.after && a.effects == b.effects;
    let differ = |position: &usize| !same(&one.decisions[*position], &other.decisions[*position]);
    Ok((0..offered).filter(differ).collect())
}
