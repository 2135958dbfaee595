//! What becomes of one mutant.

use fixedbitset::FixedBitSet;
use machine_spec::meaning::PropertyMeaning;
use machine_spec::spec::{MachineSpec, PropertyKind, PropertySpec};

use super::compare::{self, Answer, Difference, Swapped};
use super::counting::Count;
use super::coverage::Covered;
use super::engine::{Engine, Handler, Property};
use super::explore::{Breach, Graph, Known, explore};
use super::expression::constants;
use super::ground::Ground;
use super::judge::{Failure, Judge};
use super::mutant::{Change, Mutant};
use super::numbers::Rows;
use super::report::{Fate, Killer, Survival, Telltale};
use super::told;
use super::touched::touched;
use crate::interpret::Fault;
use crate::slice::Slice;
use crate::slots::Promise;
use crate::trace::Trace;

/// Tries mutants in the explored slices of a machine.
pub(super) struct Bench {
    pub(super) spec: &'static MachineSpec,
    /// Fewest regions first: what a region promises is judged in the slice that needs no others.
    pub(super) grounds: Vec<Ground>,
    pub(super) budget: usize,
    /// What occurs in the machine.
    pub(super) covered: Covered,
    /// Something is said about what never occurs: every slice was explored.
    pub(super) is_complete: bool,
    /// The machine is tried slice by slice.
    pub(super) is_sliced: bool,
}

/// What a mutant has in the place of what the engine of a slice has.
pub(super) struct Changed {
    handlers: Vec<Handler>,
    properties: Vec<Property>,
    initial: Option<Vec<u32>>,
}

/// How many states more than the machine a mutant may have at first.
const NEAR: usize = 2_000;

/// What of the machine's graph is taken for granted in the exploration of a mutant.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Shortcut {
    /// Whatever happens where the mutant decides as the machine does.
    SameDecisions,
    /// The steps of all other kinds of input.
    OtherInputs,
    /// Nothing.
    None,
}

/// What one slice shows of a mutant.
pub(super) enum Shown {
    /// A check of the slice notices it.
    Killer(Killer),
    /// It has more states than the budget allows; where it starts to differ, and the number of states if a check compares it.
    Unfinished { told: Option<Told>, telltale: Option<Telltale> },
    /// Nothing that a check of this slice alone would notice, numbers aside; where it starts to differ, and what occurs. More
    /// may, which would be seen with a shorter shortcut.
    Nothing { told: Option<Told>, telltale: Option<Telltale>, covered: Covered, exact: Option<Shortcut> },
}

/// What the slices so far show of a mutant that none of them notices.
struct Unnoticed {
    nearest: Option<Told>,
    covered: Covered,
    /// The slices, by number, in which more may occur than was noted, and how to see all of it.
    inexact: Vec<(usize, Shortcut)>,
    undecided: bool,
    /// A number that is not the pinned one.
    telltale: Option<Telltale>,
}

impl Unnoticed {
    fn nothing() -> Self {
        let (nearest, covered, inexact) = (None, Covered::nothing(), Vec::new());
        Self { nearest, covered, inexact, undecided: false, telltale: None }
    }

    fn add(&mut self, number: usize, shown: Shown) {
        let (told, telltale) = match shown {
            Shown::Killer(_) => (None, None),
            Shown::Unfinished { told, telltale } => {
                self.undecided = true;
                (told, telltale)
            }
            Shown::Nothing { told, telltale, covered, exact } => {
                self.covered.add(&covered);
                self.inexact.extend(exact.map(|exact| (number, exact)));
                (told, telltale)
            }
        };
        // A number that is known says more than one that is only too high.
        let telltale = self.telltale.take().into_iter().chain(telltale);
        self.telltale = telltale.min_by_key(|telltale| telltale.is_beyond_budget);
        // A difference in states says more than one in answers only.
        let told = self.nearest.take().into_iter().chain(told);
        self.nearest = told.min_by_key(|told| (told.in_answers_only, told.length));
    }
}

/// A difference and how to see it.
pub(super) struct Told {
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
        let (mut unnoticed, mut left) = (Unnoticed::nothing(), (0..self.grounds.len()).collect::<Vec<_>>());
        // Most mistakes are noticed near the machine's own states, so nobody goes far before all slices were asked.
        for budget in [self.budget.min(NEAR), self.budget] {
            for number in std::mem::take(&mut left) {
                let Some(changed) = self.changed(mutant, number)? else {
                    unnoticed.covered.add(&self.grounds[number].covered);
                    continue;
                };
                match self.shown(changed, number, budget, Shortcut::SameDecisions)? {
                    Shown::Killer(killer) => return Ok(Fate::Killed(killer)),
                    Shown::Unfinished { .. } if budget < self.budget => left.push(number),
                    shown => unnoticed.add(number, shown),
                }
                // Nobody goes far twice: to be given up in one slice is to be given up.
                if unnoticed.undecided && budget > NEAR {
                    break;
                }
            }
        }
        if !unnoticed.undecided
            && let Some(killer) = self.gap(mutant, &mut unnoticed)?
        {
            return Ok(Fate::Killed(killer));
        }
        Ok(match (unnoticed.nearest, unnoticed.telltale) {
            (Some(told), Some(telltale)) => Fate::Pinned(Box::new(told.survival), telltale),
            (Some(told), None) if unnoticed.undecided => Fate::Undecided(Box::new(told.survival)),
            (Some(told), None) => Fate::Survived(Box::new(told.survival)),
            (None, _) => Fate::Equivalent,
        })
    }

    /// What of a mutant is another, of what the slice holds; nothing if the slice is none of its business.
    pub(super) fn changed(&mut self, mutant: &Mutant, number: usize) -> Result<Option<Changed>, Fault> {
        let engine = &mut self.grounds[number].engine;
        let mut changed = Changed { handlers: Vec::new(), properties: Vec::new(), initial: None };
        match mutant.change {
            Change::Handler { region, handler, meaning } if engine.slice.has_region(region) => {
                changed.handlers.push(engine.handler(self.spec, (region, handler), meaning));
            }
            Change::Shared(spec, shared) => {
                let touched = touched(spec, shared);
                for at @ (region, handler) in touched.handlers {
                    if engine.slice.has_region(region) {
                        let meaning = &spec.meaning.regions[region].handlers[handler];
                        changed.handlers.push(engine.handler(spec, at, meaning));
                    }
                }
                for index in touched.properties {
                    if engine.slice.properties.contains(&index) {
                        changed.properties.push(engine.property(spec, index, &spec.meaning.properties[index]));
                    }
                }
                changed.initial = if touched.starts { Some(engine.initial_of(spec)?) } else { None };
                changed.initial.take_if(|initial| *initial == engine.initial);
            }
            Change::Handler { .. } | Change::Property { .. } => {}
        }
        let is_any = !changed.handlers.is_empty() || !changed.properties.is_empty() || changed.initial.is_some();
        Ok(is_any.then_some(changed))
    }

    pub(super) fn shown(
        &mut self,
        changed: Changed,
        number: usize,
        budget: usize,
        shortcut: Shortcut,
    ) -> Result<Shown, Fault> {
        let ground = &mut self.grounds[number];
        let budget = budget.saturating_add(ground.graph.states());
        // Nothing of the known graph was judged by other properties, and it starts where the machine does.
        let is_another = !changed.properties.is_empty() || changed.initial.is_some();
        let shortcut = if is_another { Shortcut::None } else { shortcut };
        let engine = &mut ground.engine;
        // The machine's own handlers wait behind all others, where nobody offers them anything.
        let (count, mut swapped) = (engine.handlers.len(), Vec::new());
        for mutated in changed.handlers {
            let same = |one: &Handler| (one.region, one.number) == (mutated.region, mutated.number);
            swapped.extend(engine.handlers.iter().position(same).map(|place| (place, engine.handlers.len())));
            engine.handlers.push(mutated);
        }
        swapped.iter().for_each(|(place, spare)| engine.handlers.swap(*place, *spare));
        let own_properties: Vec<(usize, Property)> = changed
            .properties
            .into_iter()
            .filter_map(|property| {
                let place = engine.properties.iter().position(|own| own.index == property.index)?;
                Some((place, std::mem::replace(&mut engine.properties[place], property)))
            })
            .collect();
        let own_initial = changed.initial.map(|initial| std::mem::replace(&mut engine.initial, initial));
        let known_states = ground.states.len();
        let is_sliced = self.is_sliced;
        let shown = mutant_shown(ground, &swapped, own_initial.as_deref(), budget, shortcut, is_sliced);
        ground.states.truncate(known_states);
        let engine = &mut ground.engine;
        own_initial.into_iter().for_each(|initial| engine.initial = initial);
        own_properties.into_iter().for_each(|(place, own)| engine.properties[place] = own);
        swapped.iter().for_each(|(place, spare)| engine.handlers.swap(*place, *spare));
        engine.handlers.truncate(count);
        shown
    }

    /// What occurs in the machine and nowhere in the mutant. States that the mutant does not reach may have been the only
    /// ones in which something else was noted; then those slices are explored once more, with nothing taken for granted.
    fn gap(&mut self, mutant: &Mutant, unnoticed: &mut Unnoticed) -> Result<Option<Killer>, Fault> {
        if !self.is_complete {
            return Ok(None);
        }
        let (spec, covered) = (self.spec, &mut unnoticed.covered);
        let expected = self.covered.expected_of(spec, mutant);
        for (number, shortcut) in std::mem::take(&mut unnoticed.inexact) {
            if expected.missing(covered).is_none() {
                return Ok(None);
            }
            let Some(changed) = self.changed(mutant, number)? else { continue };
            if let Shown::Nothing { covered: more, .. } = self.shown(changed, number, self.budget, shortcut)? {
                covered.add(&more);
            }
        }
        Ok(expected.missing(covered).map(|item| Killer::Gap(item.gap(spec))))
    }

    /// Whether a property needs its premise.
    fn premise(&mut self, index: usize, meaning: &'static PropertyMeaning) -> Result<Fate, Fault> {
        let judged_in = self.grounds.iter().position(|ground| ground.engine.slice.properties.contains(&index));
        let number = judged_in.ok_or_else(|| Fault::of("no slice that is explored judges it"))?;
        let ground = &mut self.grounds[number];
        let property = ground.engine.property(self.spec, index, meaning);
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

/// Tries the mutant that the engine has in the machine's place.
fn mutant_shown(
    ground: &mut Ground,
    swapped: &Swapped,
    own_initial: Option<&[u32]>,
    budget: usize,
    shortcut: Shortcut,
    is_sliced: bool,
) -> Result<Shown, Fault> {
    let Ground { engine, fairness, states, graph, covered, pinned } = ground;
    let differing = match shortcut {
        Shortcut::SameDecisions => Some(compare::differing(engine, swapped, states, graph)?),
        Shortcut::OtherInputs | Shortcut::None => None,
    };
    let differing = differing.as_ref();
    if differing.is_some_and(FixedBitSet::is_clear) {
        return Ok(Shown::Nothing { told: None, telltale: None, covered: covered.clone(), exact: None });
    }
    if let Some(differing) = differing.filter(|_| is_sliced)
        && let Some((region, input)) = compare::refusing(engine, swapped, states, differing)?
        && has_other_slices(engine.spec, region, input)
    {
        let (region, input) = (engine.spec.regions[region].name, engine.spec.inputs[input].name);
        return Ok(Shown::Killer(Killer::Influence { region, input }));
    }
    let mut kinds = vec![false; engine.handlers_of.len()];
    swapped.iter().for_each(|(place, _)| kinds[engine.handlers[*place].meaning.input] = true);
    let known = (shortcut != Shortcut::None).then_some(Known { graph, changed: &kinds, differing });
    let known_states = states.len();
    let (found, breach) = explore(engine, fairness, states, known, budget)?;
    let judge = Judge { engine: &mut *engine, fairness, states, graph: &found, known, known_states };
    if breach != Some(Breach::Budget)
        && let Some(killer) = killer(judge, breach)?
    {
        return Ok(Shown::Killer(killer));
    }
    let difference = match own_initial {
        Some(_) => Some(Difference { state: graph.order[0], input: None, in_answers_only: false }),
        None => compare::nearest(engine, swapped, states, graph, differing)?,
    };
    let is_finished = breach.is_none();
    let other_states = (is_finished && found.states() != graph.states()).then_some(found.states());
    let told = difference.map(|difference| {
        let machine = compare::with_originals(engine, swapped, |engine| answer(engine, states, difference))?;
        let mutant = answer(engine, states, difference)?;
        tell(engine, swapped, (graph, states), difference, (machine, mutant), other_states)
    });
    let told = told.transpose()?;
    let count = Count { swapped, states, found: &found, known, known_states };
    // Of a part of the states nothing is known but that they are too many.
    let deviation = count.deviation(engine, if is_finished { *pinned } else { pinned.of_states() })?;
    let slice = || engine.slice.name.clone();
    let telltale = deviation.map(|deviation| Telltale { slice: slice(), deviation, is_beyond_budget: !is_finished });
    if !is_finished {
        return Ok(Shown::Unfinished { told, telltale });
    }
    let mut covered = Covered::of(engine, &found);
    known.into_iter().for_each(|known| covered.take(engine, known, &found));
    let exact = match graph.order.iter().all(|number| found.place(*number).is_some()) {
        true if shortcut == Shortcut::SameDecisions => Some(Shortcut::OtherInputs),
        false if shortcut != Shortcut::None => Some(Shortcut::None),
        _ => None,
    };
    Ok(Shown::Nothing { told, telltale, covered, exact })
}

/// Whether the machine has other slices if this region may refuse this input.
fn has_other_slices(spec: &MachineSpec, region: usize, input: usize) -> bool {
    let mut handlers = spec.handlers.to_vec();
    let it = handlers.iter_mut().filter(|on| on.region == region && on.input == input);
    it.for_each(|on| on.may_refuse = true);
    Slice::all(&MachineSpec { handlers: constants(handlers), ..*spec }) != Slice::all(spec)
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
    swapped: &Swapped,
    (graph, states): (&Graph, &Rows),
    difference: Difference,
    (machine, mutant): (Answer, Answer),
    other_states: Option<usize>,
) -> Result<Told, Fault> {
    let way = graph.way_to(difference.state);
    let trace = match difference.input {
        Some(_) => compare::with_originals(engine, swapped, |engine| told::run(engine, &way))?,
        None => Trace::default(),
    };
    let step =
        |answer: &Answer| difference.input.map(|input| told::step(engine, states.row(difference.state), input, answer));
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
