//! What becomes of one mutant.

use machine_spec::meaning::{HandlerMeaning, PropertyMeaning};
use machine_spec::spec::{MachineSpec, PropertyKind, PropertySpec};

use super::compare::{self, Answer, Difference};
use super::coverage::Covered;
use super::engine::Engine;
use super::explore::{Breach, Graph, Known, explore};
use super::expression::constant;
use super::ground::Ground;
use super::judge::{Failure, Judge};
use super::mutant::{Change, Mutant};
use super::numbers::Rows;
use super::report::{Fate, Killer, Survival};
use super::told;
use crate::interpret::Fault;
use crate::slots::Promise;

/// Tries mutants in the explored slices of a machine.
pub(super) struct Bench {
    pub(super) spec: &'static MachineSpec,
    /// Fewest states first, so that a kill is found soon.
    pub(super) grounds: Vec<Ground>,
    pub(super) budget: usize,
    /// What occurs in the machine.
    pub(super) covered: Covered,
    /// Something is said about what never occurs: every slice was explored.
    pub(super) is_complete: bool,
}

/// What one slice shows of a mutant.
struct Shown {
    killer: Option<Killer>,
    difference: Option<Told>,
    covered: Option<Covered>,
    undecided: bool,
}

/// A difference and how to see it.
struct Told {
    length: usize,
    in_answers_only: bool,
    survival: Survival,
}

impl Bench {
    pub(super) fn fate(&mut self, mutant: &Mutant) -> Fate {
        match self.tried(mutant) {
            Ok(fate) => fate,
            Err(fault) => Fate::Invalid(fault.to_string()),
        }
    }

    fn tried(&mut self, mutant: &Mutant) -> Result<Fate, Fault> {
        if let Change::Property { index, meaning } = mutant.change {
            return self.premise(index, meaning);
        }
        let (mut nearest, mut undecided) = (None::<Told>, false);
        let mut covered = Covered::nothing();
        for number in 0..self.grounds.len() {
            if !self.concerns(mutant, number) {
                covered.add(&self.grounds[number].covered);
                continue;
            }
            let shown = self.shown(mutant, number, false)?;
            if let Some(killer) = shown.killer {
                return Ok(Fate::Killed(killer));
            }
            undecided |= shown.undecided;
            shown.covered.iter().for_each(|more| covered.add(more));
            // A difference in states says more than one in answers only.
            let told = nearest.into_iter().chain(shown.difference);
            nearest = told.min_by_key(|told| (told.in_answers_only, told.length));
        }
        if !undecided && let Some(killer) = self.gap(mutant, covered)? {
            return Ok(Fate::Killed(killer));
        }
        Ok(match nearest {
            _ if undecided => Fate::Undecided,
            Some(told) => Fate::Survived(Box::new(told.survival)),
            None => Fate::Equivalent,
        })
    }

    /// Whether the slice holds what the mutant changes.
    fn concerns(&self, mutant: &Mutant, number: usize) -> bool {
        match mutant.change {
            Change::Handler { region, .. } => self.grounds[number].engine.slice.has_region(region),
            Change::Property { index, .. } => self.grounds[number].engine.slice.properties.contains(&index),
            Change::Machine(_) => true,
        }
    }

    fn shown(&mut self, mutant: &Mutant, number: usize, in_full: bool) -> Result<Shown, Fault> {
        let budget = self.budget.max(4 * self.grounds[number].graph.states());
        let ground = &mut self.grounds[number];
        match mutant.change {
            Change::Handler { region, handler, meaning } => {
                handler_shown(ground, (region, handler), meaning, budget, in_full)
            }
            Change::Machine(meaning) => {
                let spec = constant(MachineSpec { meaning: *meaning, ..*self.spec });
                machine_shown(ground, spec, budget)
            }
            Change::Property { .. } => Err(Fault::of("a property is judged on the machine itself")),
        }
    }

    /// What occurs in the machine and nowhere in the mutant. States that the mutant does not reach may have been the only
    /// ones in which something else occurs; then the slices are explored once more, with nothing taken for granted.
    fn gap(&mut self, mutant: &Mutant, covered: Covered) -> Result<Option<Killer>, Fault> {
        if !self.is_complete {
            return Ok(None);
        }
        let spec = self.spec;
        let expected = self.covered.expected_of(spec, mutant);
        let mut missing = expected.missing(&covered);
        if missing.is_some() && !covered.is_exact {
            let mut exact = Covered::nothing();
            for number in 0..self.grounds.len() {
                if self.concerns(mutant, number) {
                    let shown = self.shown(mutant, number, true)?;
                    shown.covered.iter().for_each(|more| exact.add(more));
                } else {
                    exact.add(&self.grounds[number].covered);
                }
            }
            missing = expected.missing(&exact);
        }
        Ok(missing.map(|item| Killer::Gap(item.gap(spec))))
    }

    /// Whether a property needs its premise.
    fn premise(&mut self, index: usize, meaning: &'static PropertyMeaning) -> Result<Fate, Fault> {
        let judged_in = self.grounds.iter().position(|ground| ground.engine.slice.properties.contains(&index));
        let Some(number) = judged_in else { return Ok(Fate::Undecided) };
        let ground = &mut self.grounds[number];
        let property = ground.engine.property(index, meaning);
        let others = std::mem::replace(&mut ground.engine.properties, vec![property]);
        let kind = ground.engine.properties[0].kind;
        let is_violated = is_violated(ground);
        ground.engine.properties = others;
        if is_violated? {
            return Ok(Fate::Killed(Killer::Machine));
        }
        let makes_no_difference = kind.claims_of_other_states() && !leaves_something_out(ground, index)?;
        Ok(match makes_no_difference {
            true => Fate::Equivalent,
            false => Fate::Survived(Box::new(Survival::NeedsNoPremise)),
        })
    }
}

/// Whether the premise of a property leaves a state out in which its claim does not hold. A `possible` and a `leads_to`
/// ask nothing of a state in which it does.
fn leaves_something_out(ground: &mut Ground, index: usize) -> Result<bool, Fault> {
    let engine = &mut ground.engine;
    let Some(place) = engine.properties.iter().position(|property| property.index == index) else { return Ok(false) };
    let sight = engine.properties[place].sight;
    for number in &ground.graph.order {
        let seen = engine.sights.number(sight, ground.states.row(*number));
        let evaluation = engine.evaluation(place, seen)?;
        if !evaluation.premise && !evaluation.claim {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Whether the only property that the engine has is violated in the machine's graph.
fn is_violated(ground: &mut Ground) -> Result<bool, Fault> {
    let (sight, kind) = (ground.engine.properties[0].sight, ground.engine.properties[0].kind);
    if !matches!(kind, PropertyKind::Invariant | PropertyKind::Always) {
        return ground.judge().failure().map(|failure| failure.is_some());
    }
    for place in 0..ground.graph.states() {
        let before = ground.engine.sights.number(sight, ground.states.row(ground.graph.order[place]));
        if !ground.engine.evaluation(0, before)?.holds() {
            return Ok(true);
        }
        let steps = if kind == PropertyKind::Always { ground.graph.edges_of(place) } else { &[] };
        for (_, target) in steps {
            let after = ground.engine.sights.number(sight, ground.states.row(*target));
            if !ground.engine.evaluation_of_step(0, before, after)?.holds() {
                return Ok(true);
            }
        }
    }
    Ok(false)
}

/// Tries the mutant of a handler in one slice. With `in_full` nothing is taken from the machine's graph.
fn handler_shown(
    ground: &mut Ground,
    (region, number): (usize, usize),
    meaning: &'static HandlerMeaning,
    budget: usize,
    in_full: bool,
) -> Result<Shown, Fault> {
    let engine = &mut ground.engine;
    let place = engine.handlers.iter().position(|handler| (handler.region, handler.number) == (region, number));
    let Some(place) = place else { return Err(Fault::of("a handler is missing")) };
    let mutated = engine.handler(region, engine.handlers[place].place, number, meaning);
    // The machine's own handler waits behind all others, where nobody offers it anything.
    let spare = engine.handlers.len();
    engine.handlers.push(mutated);
    engine.handlers.swap(place, spare);
    let known_states = ground.states.len();
    let shown = mutant_shown(ground, (place, spare), budget, in_full);
    ground.states.truncate(known_states);
    ground.engine.handlers.swap_remove(place);
    shown
}

fn mutant_shown(
    ground: &mut Ground,
    handlers: (usize, usize),
    budget: usize,
    in_full: bool,
) -> Result<Shown, Fault> {
    let Ground { engine, fairness, states, graph, .. } = ground;
    let kind = engine.handlers[handlers.0].meaning.input;
    let known = (!in_full).then_some(Known { graph, kind });
    let known_states = states.len();
    let (found, breach) = explore(engine, fairness, states, known, budget)?;
    let judge = Judge { engine: &mut *engine, fairness, states, graph: &found, known, known_states };
    let killer = killer(judge, breach)?;
    if killer.is_some() || breach == Some(Breach::Budget) {
        return Ok(Shown::ended(killer));
    }
    let mut covered = Covered::of(engine, &found);
    covered.is_exact = in_full || graph.order.iter().all(|number| found.place(*number).is_some());
    let mut shown = Shown::unnoticed(covered);
    if let Some(known) = known {
        shown.covered.iter_mut().for_each(|covered| covered.take(engine, known));
        let difference = compare::of_handlers(engine, handlers, states, graph)?;
        let other_states = (found.states() != graph.states()).then_some(found.states());
        shown.difference = difference
            .map(|difference| {
                let machine = compare::with_original(engine, handlers, |engine| answer(engine, states, difference))?;
                let mutant = answer(engine, states, difference)?;
                tell(engine, (graph, states), difference, (machine, mutant), other_states)
            })
            .transpose()?;
    }
    Ok(shown)
}

/// Tries a mutant that needs an engine of its own.
fn machine_shown(ground: &mut Ground, spec: &'static MachineSpec, budget: usize) -> Result<Shown, Fault> {
    let Ground { engine, fairness, states, graph, .. } = ground;
    let known_states = states.len();
    let (slice, offers, numbering) = (engine.slice.clone(), engine.offers.clone(), engine.take_numbering());
    let mut mutant = Engine::new(spec, &slice, offers, numbering)?;
    let shown = (|| {
        let (found, breach) = explore(&mut mutant, fairness, states, None, budget)?;
        let judge =
            Judge { engine: &mut mutant, fairness, states, graph: &found, known: None, known_states };
        let killer = killer(judge, breach)?;
        if killer.is_some() || breach == Some(Breach::Budget) {
            return Ok(Shown::ended(killer));
        }
        let covered = Covered::of(&mutant, &found);
        let difference = compare::of_engines(engine, &mut mutant, states, graph)?;
        let other_states = (found.states() != graph.states()).then_some(found.states());
        let told = difference.map(|difference| {
            let machine = answer(engine, states, difference)?;
            let answer = answer(&mut mutant, states, difference)?;
            tell(&mut mutant, (graph, states), difference, (machine, answer), other_states)
        });
        Ok(Shown { difference: told.transpose()?, ..Shown::unnoticed(covered) })
    })();
    engine.give_numbering(mutant.take_numbering());
    states.truncate(known_states);
    shown
}

impl Shown {
    /// By a killer, or by the budget.
    fn ended(killer: Option<Killer>) -> Self {
        Self { undecided: killer.is_none(), killer, difference: None, covered: None }
    }

    /// Nothing that a check of this slice would notice.
    fn unnoticed(covered: Covered) -> Self {
        Self { undecided: false, killer: None, difference: None, covered: Some(covered) }
    }
}

/// What a breach or a failure of the whole graph is to a check.
fn killer(mut judge: Judge<'_>, breach: Option<Breach>) -> Result<Option<Killer>, Fault> {
    let spec = judge.engine.spec;
    let violated = |index: usize, unsettled: bool| {
        let PropertySpec { kind, sentence, place, .. } = spec.properties[index];
        Killer::Property { kind, sentence, place, unsettled }
    };
    Ok(match breach {
        Some(Breach::Property { index, .. }) => Some(violated(index, false)),
        Some(Breach::Overlap { .. }) => Some(Killer::Promise(Promise::Deterministic)),
        Some(Breach::Budget) => None,
        None => judge.failure()?.map(|failure| match failure {
            Failure::Violated(index) => violated(index, false),
            Failure::Unsettled(index) => violated(index, true),
        }),
    })
}

/// What the input of a difference comes to.
fn answer(engine: &mut Engine, states: &Rows, difference: Difference) -> Result<Answer, Fault> {
    let Some(input) = difference.input else { return Ok(Answer::default()) };
    let kind = engine.kind_of(input);
    let position = engine.of_kind[kind].iter().position(|known| *known == input).unwrap_or_default();
    Answer::of(engine, states.row(difference.state), kind, position)
}

/// A difference for a person to read, and how long the way to it is.
fn tell(
    engine: &mut Engine,
    (graph, states): (&Graph, &Rows),
    difference: Difference,
    (machine, mutant): (Answer, Answer),
    other_states: Option<usize>,
) -> Result<Told, Fault> {
    let way = graph.way_to(difference.state);
    let trace = if difference.input.is_some() { told::run(engine, &way)? } else { Default::default() };
    let step = |answer: &Answer| {
        difference.input.map(|input| told::step(engine, states.row(difference.state), input, answer))
    };
    let survival = Survival::Behaves {
        slice: engine.slice.name.clone(),
        machine: step(&machine),
        mutant: step(&mutant),
        trace,
        in_answers_only: difference.in_answers_only,
        states: other_states,
    };
    Ok(Told { length: way.len(), in_answers_only: difference.in_answers_only, survival })
}
