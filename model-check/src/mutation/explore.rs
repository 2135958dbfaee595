//! The states that can be reached, by looking up.
//!
//! A mutant differs from the machine in the steps of few kinds of input, mostly of one. So where it is in a state of the
//! machine, all other steps are taken from the machine's graph as they stand, and nothing has to be judged again.

use fixedbitset::FixedBitSet;
use machine_spec::Value;
use machine_spec::spec::{MachineSpec, PropertyKind};
use rustc_hash::{FxHashMap, FxHashSet};

use super::engine::{Decision, Engine};
use super::numbers::Rows;
use crate::interpret::Fault;

const NOWHERE: u32 = u32::MAX;

/// What an exploration found.
pub(super) struct Graph {
    /// The numbers of the states, in the order in which they were met.
    pub(super) order: Vec<u32>,
    /// By number: where in the order.
    places: Vec<u32>,
    /// By place: from which state, by number, and by which input it was met first.
    origins: Vec<(u32, u32)>,
    /// By place: where in `edges` those of the state end.
    ends: Vec<usize>,
    /// Inputs and the numbers of targets other than the state itself, one per kind of input and target.
    edges: Vec<(u32, u32)>,
    /// By place, if fairness matters: two bits for each assumption, see [`Fairness`].
    fair: Vec<u64>,
    pub(super) seen: Seen,
    /// By kind of input: what occurred in its steps.
    pub(super) seen_of: Vec<SeenOf>,
    /// Accepted inputs that stay within the bounds, and that leave them. Those taken from another graph do not count.
    pub(super) steps: u64,
    pub(super) clipped: u64,
    /// What those inputs emit that stay within the bounds.
    pub(super) effects: u64,
    /// By place: how many of these steps and effects are those of the state.
    tallies: Vec<(u32, u32)>,
}

/// Where something occurred first: the number of the state from which it did.
pub(super) type Witness = Option<u32>;

/// What occurred.
#[derive(Clone, Debug)]
pub(super) struct Seen {
    /// By transition: it fired.
    pub(super) fired: Vec<Witness>,
    /// Transitions and the sentences of their guards that did not hold somewhere.
    pub(super) failed: FxHashMap<(usize, &'static str), u32>,
    /// By property over states: its premise held somewhere.
    pub(super) premises: Vec<Witness>,
    /// By property that is to be reachable: a state, by number, in which it holds.
    pub(super) reached: Vec<Witness>,
}

/// What occurred in the steps of one kind of input.
#[derive(Clone, Debug)]
pub(super) struct SeenOf {
    /// By effect: it was emitted.
    pub(super) emitted: Vec<Witness>,
    /// By property over steps: its premise held.
    pub(super) premises: Vec<Witness>,
}

/// Why an exploration ended before it had seen everything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Breach {
    /// A property, by index, does not hold in the state; with an input, over the step that it makes.
    Property { index: usize, state: u32, input: Option<u32> },
    /// Two transitions accept the input in the state.
    Overlap { transitions: (usize, usize), state: u32, input: u32 },
    /// There are more states than the budget allows.
    Budget,
}

/// What is trusted to occur, for the properties of a slice that rest on it.
#[derive(Clone, Default)]
pub(super) struct Fairness {
    /// By number of the input, those beyond the bounds included: the assumption that speaks of it.
    pub(super) assumption_of: Vec<Option<usize>>,
    /// By assumption: some region outside of the slice knows its input.
    pub(super) shared: Vec<bool>,
}

impl Fairness {
    fn words(&self) -> usize {
        (2 * self.shared.len()).div_ceil(64)
    }

    fn of(&self, input: u32) -> Option<usize> {
        self.assumption_of.get(input as usize).copied().flatten()
    }
}

/// What an accepted input comes to.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Nothing,
    Followed,
    Unfollowed,
}

/// The graph of the machine, for the exploration of a mutant of handlers for some kinds of input.
#[derive(Clone, Copy)]
pub(super) struct Known<'g> {
    pub(super) graph: &'g Graph,
    /// By kind of input: the mutant may do something else with it.
    pub(super) changed: &'g [bool],
    /// The states, by number, in which it does; none if that is to be seen again.
    pub(super) differing: Option<&'g FixedBitSet>,
}

impl Known<'_> {
    /// Whether the mutant does with a kind of input what the machine does, as far as that is known.
    pub(super) fn holds(&self, state: u32, kind: usize) -> bool {
        !self.changed[kind] || self.holds_all(state)
    }

    /// Whether it does with every input what the machine does.
    pub(super) fn holds_all(&self, state: u32) -> bool {
        self.differing.is_some_and(|differing| !differing.contains(state as usize))
    }
}

impl Graph {
    fn new(engine: &Engine) -> Self {
        let spec: &MachineSpec = engine.spec;
        let seen = Seen {
            fired: vec![None; spec.transitions.len()],
            failed: FxHashMap::default(),
            premises: vec![None; spec.properties.len()],
            reached: vec![None; spec.properties.len()],
        };
        let seen_of = SeenOf { emitted: vec![None; spec.effects.len()], premises: vec![None; spec.properties.len()] };
        Self {
            order: Vec::new(),
            places: Vec::new(),
            origins: Vec::new(),
            ends: Vec::new(),
            edges: Vec::new(),
            fair: Vec::new(),
            seen,
            seen_of: vec![seen_of; spec.inputs.len()],
            steps: 0,
            clipped: 0,
            effects: 0,
            tallies: Vec::new(),
        }
    }

    /// How many states were met.
    pub(super) fn states(&self) -> usize {
        self.order.len()
    }

    /// Where a state is in the order, if it was met.
    pub(super) fn place(&self, number: u32) -> Option<usize> {
        self.places.get(number as usize).filter(|place| **place != NOWHERE).map(|place| *place as usize)
    }

    /// Meets a state; whether for the first time.
    fn meet(&mut self, number: u32, origin: (u32, u32)) -> bool {
        if self.places.len() <= number as usize {
            self.places.resize(number as usize + 1, NOWHERE);
        }
        if self.places[number as usize] != NOWHERE {
            return false;
        }
        self.places[number as usize] = self.order.len() as u32;
        self.order.push(number);
        self.origins.push(origin);
        true
    }

    /// How many steps there are from the state at this place that were not taken from another graph, and effects of these.
    pub(super) fn tally(&self, place: usize) -> (u64, u64) {
        let (steps, effects) = self.tallies[place];
        (u64::from(steps), u64::from(effects))
    }

    /// The inputs of a shortest way to a state.
    pub(super) fn way_to(&self, state: u32) -> Vec<u32> {
        let (mut inputs, mut at) = (Vec::new(), state);
        while let Some(place) = self.place(at).filter(|place| *place > 0) {
            let (from, input) = self.origins[place];
            inputs.push(input);
            at = from;
        }
        inputs.reverse();
        inputs
    }

    /// The steps from the state at this place that were not taken from another graph: inputs and targets.
    pub(super) fn edges_of(&self, place: usize) -> &[(u32, u32)] {
        let start = if place == 0 { 0 } else { self.ends[place - 1] };
        &self.edges[start..self.ends[place]]
    }

    /// By place: whether an assumption's input would change the state, or (with `unseen`) may be taken unseen.
    pub(super) fn fair_mark(&self, fairness: &Fairness, place: usize, assumption: usize, unseen: bool) -> bool {
        let (bit, words) = (2 * assumption + usize::from(unseen), fairness.words());
        self.fair[place * words + bit / 64] >> (bit % 64) & 1 == 1
    }
}

/// Explores until everything is seen or something is found that must not be. New states get numbers in `states`.
pub(super) fn explore(
    engine: &mut Engine,
    fairness: &Fairness,
    states: &mut Rows,
    known: Option<Known<'_>>,
    budget: usize,
) -> Result<(Graph, Option<Breach>), Fault> {
    let known_states = known.map_or(0, |_| states.len());
    let mut search = Search::new(engine, fairness, states, known, known_states);
    let initial = search.engine.initial.clone();
    let (first, _) = search.states.number(&initial);
    search.graph.meet(first, (first, 0));
    let mut place = 0;
    while place < search.graph.states() {
        if search.graph.states() > budget {
            return Ok((search.graph, Some(Breach::Budget)));
        }
        if let Some(breach) = search.visit(place)? {
            return Ok((search.graph, Some(breach)));
        }
        place += 1;
    }
    Ok((search.graph, None))
}

struct Search<'e> {
    engine: &'e mut Engine,
    fairness: &'e Fairness,
    states: &'e mut Rows,
    known: Option<Known<'e>>,
    /// The states with a lower number are those of the known graph.
    known_states: usize,
    graph: Graph,
    /// The sights that somebody looks at, and those that matter where all but some kinds of input are known.
    sights: Vec<usize>,
    sights_of_changed: Vec<usize>,
    /// By sight: its number in the present state.
    numbers: Vec<u32>,
    /// By handler and number: it was asked there in this exploration.
    asked: Vec<Vec<bool>>,
    judge: Judged,
    row: Vec<u32>,
    next: Vec<u32>,
    /// Where in the edges those of the present state and kind of input begin.
    edges_of_kind: usize,
}

/// What was judged in this exploration.
struct Judged {
    /// The sights of properties, each with the places of its properties in the engine.
    of_states: Vec<(usize, Vec<usize>)>,
    of_steps: Vec<(usize, Vec<usize>)>,
    /// By sight and number.
    states: Vec<Vec<bool>>,
    /// By sight: kinds of inputs, and numbers before and after.
    steps: Vec<FxHashSet<(u32, u32, u32)>>,
}

impl Judged {
    fn new(engine: &Engine, sights: usize) -> Self {
        let grouped = |over_steps_only: bool| {
            let mut groups: Vec<(usize, Vec<usize>)> = Vec::new();
            for (place, property) in engine.properties.iter().enumerate() {
                if over_steps_only && property.kind != PropertyKind::Always {
                    continue;
                }
                match groups.iter_mut().find(|(sight, _)| *sight == property.sight) {
                    Some((_, group)) => group.push(place),
                    None => groups.push((property.sight, vec![place])),
                }
            }
            groups
        };
        let steps = (0..sights).map(|_| FxHashSet::default()).collect();
        Self { of_states: grouped(false), of_steps: grouped(true), states: vec![Vec::new(); sights], steps }
    }
}

/// Sets a flag of a list that grows; whether it was not set before.
fn raise(flags: &mut Vec<bool>, number: u32) -> bool {
    if flags.len() <= number as usize {
        flags.resize(number as usize + 1, false);
    }
    !std::mem::replace(&mut flags[number as usize], true)
}

impl<'e> Search<'e> {
    fn new(
        engine: &'e mut Engine,
        fairness: &'e Fairness,
        states: &'e mut Rows,
        known: Option<Known<'e>>,
        known_states: usize,
    ) -> Self {
        let unique = |mut sights: Vec<usize>| {
            sights.sort_unstable();
            sights.dedup();
            sights
        };
        let of_handlers = engine.handlers.iter().map(|handler| handler.sight);
        let sights = unique(of_handlers.chain(engine.properties.iter().map(|property| property.sight)).collect());
        let is_changed = |kind: usize| known.is_some_and(|known| known.changed[kind]);
        let of_changed = (0..engine.handlers_of.len()).filter(|kind| is_changed(*kind));
        let of_changed = of_changed.flat_map(|kind| &engine.handlers_of[kind]);
        // The properties over steps look before and after.
        let of_steps = engine.properties.iter().filter(|property| property.kind == PropertyKind::Always);
        let of_steps = of_steps.map(|property| property.sight);
        let sights_of_changed =
            unique(of_changed.map(|handler| engine.handlers[*handler].sight).chain(of_steps).collect());
        let count = sights.last().map_or(0, |last| last + 1);
        let judge = Judged::new(engine, count);
        let asked = vec![Vec::new(); engine.handlers.len()];
        let (graph, numbers) = (Graph::new(engine), vec![0; count]);
        let (row, next) = (Vec::new(), Vec::new());
        Self {
            engine,
            fairness,
            states,
            known,
            known_states,
            graph,
            sights,
            sights_of_changed,
            numbers,
            asked,
            judge,
            row,
            next,
            edges_of_kind: 0,
        }
    }

    fn visit(&mut self, place: usize) -> Result<Option<Breach>, Fault> {
        let state = self.graph.order[place];
        self.row.clear();
        self.row.extend_from_slice(self.states.row(state));
        let words = self.graph.fair.len() + self.fairness.words();
        self.graph.fair.resize(words, 0);
        let (steps, effects) = (self.graph.steps, self.graph.effects);
        let known = self.known.filter(|_| (state as usize) < self.known_states);
        let breach = match known {
            Some(known) => self.visit_known(known, state)?,
            None => self.visit_new(state)?,
        };
        self.graph.ends.push(self.graph.edges.len());
        self.graph.tallies.push(((self.graph.steps - steps) as u32, (self.graph.effects - effects) as u32));
        Ok(breach)
    }

    /// Visits a state of the known graph: all steps but those in which the mutant may differ are taken from there.
    fn visit_known(&mut self, known: Known<'_>, state: u32) -> Result<Option<Breach>, Fault> {
        let place = known.graph.place(state).unwrap_or_default();
        for (input, target) in known.graph.edges_of(place) {
            if known.holds(state, self.engine.kind_of(*input)) {
                self.graph.meet(*target, (state, *input));
            }
        }
        let words = self.fairness.words();
        let fair = &known.graph.fair[place * words..(place + 1) * words];
        let mine = self.graph.fair.len() - words;
        self.graph.fair[mine..].copy_from_slice(fair);
        if known.holds_all(state) {
            return Ok(None);
        }
        let kinds = (0..known.changed.len()).filter(|kind| known.changed[*kind]);
        let changed = kinds.flat_map(|kind| &self.engine.of_kind[kind]);
        for assumption in changed.filter_map(|input| self.fairness.of(*input)) {
            for bit in [2 * assumption, 2 * assumption + 1] {
                self.graph.fair[mine + bit / 64] &= !(1 << (bit % 64));
            }
        }
        for sight in &self.sights_of_changed {
            self.numbers[*sight] = self.engine.sights.number(*sight, &self.row);
        }
        for kind in (0..known.changed.len()).filter(|kind| known.changed[*kind]) {
            if let Some(breach) = self.offer(state, kind)? {
                return Ok(Some(breach));
            }
        }
        Ok(None)
    }

    fn visit_new(&mut self, state: u32) -> Result<Option<Breach>, Fault> {
        for sight in &self.sights {
            self.numbers[*sight] = self.engine.sights.number(*sight, &self.row);
        }
        if let Some(breach) = self.judge_state(state)? {
            return Ok(Some(breach));
        }
        for kind in 0..self.engine.handlers_of.len() {
            if let Some(breach) = self.offer(state, kind)? {
                return Ok(Some(breach));
            }
        }
        Ok(None)
    }

    fn judge_state(&mut self, state: u32) -> Result<Option<Breach>, Fault> {
        for (sight, properties) in &self.judge.of_states {
            let number = self.numbers[*sight];
            if !raise(&mut self.judge.states[*sight], number) {
                continue;
            }
            for place in properties {
                let (index, kind) = (self.engine.properties[*place].index, self.engine.properties[*place].kind);
                let evaluation = self.engine.evaluation(*place, number)?;
                let seen = &mut self.graph.seen;
                // A step in which nothing changes does not witness the premise of an `always`.
                if evaluation.premise && kind != PropertyKind::Always {
                    seen.premises[index].get_or_insert(state);
                }
                match kind {
                    PropertyKind::Invariant | PropertyKind::Always if !evaluation.holds() => {
                        return Ok(Some(Breach::Property { index, state, input: None }));
                    }
                    PropertyKind::Reachable if evaluation.premise && evaluation.claim => {
                        seen.reached[index] = seen.reached[index].or(Some(state));
                    }
                    _ => {}
                }
            }
        }
        Ok(None)
    }

    /// Offers every input of a kind.
    fn offer(&mut self, state: u32, kind: usize) -> Result<Option<Breach>, Fault> {
        self.edges_of_kind = self.graph.edges.len();
        for number in 0..self.engine.handlers_of[kind].len() {
            let handler = self.engine.handlers_of[kind][number];
            if let Some(breach) = self.ask(state, kind, handler)? {
                return Ok(Some(breach));
            }
        }
        let Some(first) = self.engine.handlers_of[kind].first().copied() else { return Ok(None) };
        let seen = self.numbers[self.engine.handlers[first].sight];
        let accepted = self.engine.known_row(first, seen).map_or(0, |row| row.accepted.len());
        for number in 0..accepted {
            let position = self.engine.known_row(first, seen).map_or(0, |row| row.accepted[number]);
            if let Some(breach) = self.step(state, kind, position as usize)? {
                return Ok(Some(breach));
            }
        }
        Ok(None)
    }

    /// Has a handler decide, and notes what a check would see.
    fn ask(&mut self, state: u32, kind: usize, handler: usize) -> Result<Option<Breach>, Fault> {
        let seen = self.numbers[self.engine.handlers[handler].sight];
        if !raise(&mut self.asked[handler], seen) {
            return Ok(None);
        }
        let row = self.engine.row(handler, seen)?;
        for guard in &row.failed {
            self.graph.seen.failed.entry(*guard).or_insert(state);
        }
        let overlap = row.overlap;
        Ok(overlap.map(|overlap| Breach::Overlap {
            transitions: overlap.transitions,
            state,
            input: self.engine.of_kind[kind][overlap.position],
        }))
    }

    /// Takes the input at this position if every handler accepts it.
    fn step(&mut self, state: u32, kind: usize, position: usize) -> Result<Option<Breach>, Fault> {
        let engine = &*self.engine;
        let input = engine.of_kind[kind][position];
        self.next.clear();
        self.next.extend_from_slice(&self.row);
        let mut is_within = true;
        for handler in &engine.handlers_of[kind] {
            let Some(decision) = self.decision(*handler, position) else { return Ok(None) };
            let Some(after) = decision.after else { return Ok(None) };
            is_within &= decision.is_within;
            self.next[engine.handlers[*handler].place] = after;
        }
        let is_offered = (input as usize) < engine.offers.within;
        let is_change = self.next != self.row;
        let outcome = match (is_offered && is_within, is_change) {
            (false, true) => Outcome::Unfollowed,
            (false, false) if is_offered => Outcome::Unfollowed,
            (true, true) => Outcome::Followed,
            (_, false) => Outcome::Nothing,
        };
        self.fairness.of(input).into_iter().for_each(|assumption| self.note(assumption, outcome));
        if !is_offered {
            return Ok(None);
        }
        let effects = self.note_events(state, kind, position);
        if !is_within {
            self.graph.clipped += 1;
            return Ok(None);
        }
        self.graph.steps += 1;
        self.graph.effects += effects;
        if !is_change {
            return self.judge_step(state, kind, input);
        }
        let (target, _) = self.states.number(&self.next);
        self.graph.meet(target, (state, input));
        if self.graph.edges[self.edges_of_kind..].iter().any(|(_, known)| *known == target) {
            return Ok(None);
        }
        self.graph.edges.push((input, target));
        self.judge_step(state, kind, input)
    }

    fn decision(&self, handler: usize, position: usize) -> Option<&Decision> {
        let seen = self.numbers[self.engine.handlers[handler].sight];
        self.engine.known_row(handler, seen).map(|row| &row.decisions[position])
    }

    /// Notes the transitions and effects of an accepted input; how many effects.
    fn note_events(&mut self, state: u32, kind: usize, position: usize) -> u64 {
        let mut emitted = 0;
        for handler in &self.engine.handlers_of[kind] {
            let seen = self.numbers[self.engine.handlers[*handler].sight];
            let Some(row) = self.engine.known_row(*handler, seen) else { continue };
            let decision = &row.decisions[position];
            for transition in &decision.fired {
                self.graph.seen.fired[*transition as usize].get_or_insert(state);
            }
            let effects = self.engine.effects.list(decision.effects);
            emitted += effects.len() as u64;
            for effect in effects {
                if let Value::Variant(effect) = effect {
                    self.graph.seen_of[kind].emitted[effect.position].get_or_insert(state);
                }
            }
        }
        emitted
    }

    /// Notes what the input of a fairness assumption comes to in the present state, which is the last one.
    fn note(&mut self, assumption: usize, outcome: Outcome) {
        let shared = self.fairness.shared[assumption];
        let unseen = outcome == Outcome::Unfollowed || (outcome == Outcome::Nothing && shared);
        let mine = self.graph.fair.len() - self.fairness.words();
        for (bit, is_set) in [(2 * assumption, outcome != Outcome::Nothing), (2 * assumption + 1, unseen)] {
            self.graph.fair[mine + bit / 64] |= u64::from(is_set) << (bit % 64);
        }
    }

    fn judge_step(&mut self, state: u32, kind: usize, input: u32) -> Result<Option<Breach>, Fault> {
        for (sight, properties) in &self.judge.of_steps {
            let before = self.numbers[*sight];
            let places = self.engine.sights.places(*sight);
            let same = places.iter().all(|place| self.row[*place] == self.next[*place]);
            let after = if same { before } else { self.engine.sights.number(*sight, &self.next) };
            if !self.judge.steps[*sight].insert((kind as u32, before, after)) {
                continue;
            }
            for place in properties {
                let evaluation = self.engine.evaluation_of_step(*place, before, after)?;
                let index = self.engine.properties[*place].index;
                if evaluation.premise {
                    self.graph.seen_of[kind].premises[index].get_or_insert(state);
                }
                if !evaluation.holds() {
                    return Ok(Some(Breach::Property { index, state, input: Some(input) }));
                }
            }
        }
        Ok(None)
    }
}
