//! How many states, steps and effects a mutant has.
//!
//! Its exploration counts the steps that it takes itself. The others are those of the machine: of a state that both have,
//! all steps but those of the inputs with which the mutant may do something else.

use super::compare::{Swapped, with_originals};
use super::engine::Engine;
use super::explore::{Graph, Known};
use super::numbers::Rows;
use crate::interpret::Fault;
use crate::pinned::{Deviation, Numbers, Pinned};

/// What was found of a mutant whose handlers the engine has in the place of the machine's.
pub(super) struct Count<'g> {
    pub(super) swapped: &'g Swapped,
    pub(super) states: &'g Rows,
    pub(super) found: &'g Graph,
    pub(super) known: Option<Known<'g>>,
    /// The states with a lower number are those of the known graph.
    pub(super) known_states: usize,
}

impl Count<'_> {
    /// Which number is not the pinned one, if one is not. Steps and effects are counted only where the number of states does
    /// not tell.
    pub(super) fn deviation(&self, engine: &mut Engine, pinned: Pinned) -> Result<Option<Deviation>, Fault> {
        let (states, steps, effects) = (self.found.states() as u64, 0, 0);
        if let Some(deviation) = pinned.of_states().deviations(Numbers { states, steps, effects }).next() {
            return Ok(Some(deviation));
        }
        if pinned == pinned.of_states() {
            return Ok(None);
        }
        Ok(pinned.deviations(self.numbers(engine)?).next())
    }

    fn numbers(&self, engine: &mut Engine) -> Result<Numbers, Fault> {
        let Graph { steps, effects, .. } = *self.found;
        let mut numbers = Numbers { states: self.found.states() as u64, steps, effects };
        if let Some(known) = self.known {
            with_originals(engine, self.swapped, |engine| self.add_taken(engine, known, &mut numbers))?;
        }
        Ok(numbers)
    }

    /// Adds what was taken from the machine, whose own handlers are in their place.
    fn add_taken(&self, engine: &mut Engine, known: Known<'_>, numbers: &mut Numbers) -> Result<(), Fault> {
        let kinds = (0..known.changed.len()).filter(|kind| known.changed[*kind]);
        let kinds: Vec<usize> = kinds.collect();
        for number in self.found.order.iter().filter(|number| (**number as usize) < self.known_states) {
            let Some(place) = known.graph.place(*number) else { continue };
            let (steps, effects) = known.graph.tally(place);
            numbers.steps += steps;
            numbers.effects += effects;
            if known.holds_all(*number) {
                continue;
            }
            for kind in &kinds {
                let (steps, effects) = tally(engine, self.states.row(*number), *kind)?;
                numbers.steps -= steps;
                numbers.effects -= effects;
            }
        }
        Ok(())
    }
}

/// How many steps inputs of a kind make within the bounds, and what these emit.
fn tally(engine: &mut Engine, state: &[u32], kind: usize) -> Result<(u64, u64), Fault> {
    let mut seen = Vec::new();
    for place in 0..engine.handlers_of[kind].len() {
        let handler = engine.handlers_of[kind][place];
        let number = engine.sights.number(engine.handlers[handler].sight, state);
        engine.row(handler, number)?;
        seen.push((handler, number));
    }
    let rows: Vec<_> = seen.iter().filter_map(|(handler, number)| engine.known_row(*handler, *number)).collect();
    let offered = |position: &usize| (engine.of_kind[kind][*position] as usize) < engine.offers.within;
    let accepted = rows.first().map_or(&[][..], |row| &row.accepted).iter().map(|position| *position as usize);
    let (mut steps, mut effects) = (0, 0);
    for position in accepted.filter(offered) {
        let decisions = || rows.iter().map(|row| &row.decisions[position]);
        if decisions().all(|decision| decision.after.is_some() && decision.is_within) {
            steps += 1;
            effects += decisions().map(|decision| engine.effects.list(decision.effects).len() as u64).sum::<u64>();
        }
    }
    Ok((steps, effects))
}
