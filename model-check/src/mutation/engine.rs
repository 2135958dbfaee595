//! A slice of a machine as tables: what each handler decides and each property says, filled in by the interpreter when it
//! is asked for the first time, and looked up from then on.
//!
//! A mutant of a handler has the tables of the machine but for one, so exploring it is looking up.

use std::collections::BTreeSet;

use machine_spec::inspect::Variant;
use machine_spec::meaning::{HandlerMeaning, PropertyMeaning};
use machine_spec::spec::{MachineSpec, PropertyKind};
use machine_spec::{Bounds, Evaluation, Value};
use rustc_hash::FxHashMap;

use super::limits::Limits;
use super::numbers::{Regions, Sights};
use super::reads;
use crate::interpret::decide::decide;
use crate::interpret::{Fault, Interpreter, State};
use crate::slice::Slice;

/// The inputs that are offered, as values.
#[derive(Clone)]
pub(super) struct Offers {
    /// Those within the bounds, and behind them those of fairness assumptions with payload just beyond.
    pub(super) values: Vec<Variant>,
    /// How many are within the bounds.
    pub(super) within: usize,
}

/// What a handler decides about one input.
#[derive(PartialEq, Eq)]
pub(super) struct Decision {
    /// Its region afterwards, if it accepts.
    pub(super) after: Option<u32>,
    /// That state is within the bounds.
    pub(super) is_within: bool,
    /// The transitions that fire, by index.
    pub(super) fired: Vec<u16>,
    /// The effects, by their number among all lists of effects.
    pub(super) effects: u32,
}

/// What a handler decides about all inputs of its kind in what it sees.
#[derive(PartialEq, Eq)]
pub(super) struct Row {
    /// In the order of the inputs of the kind.
    pub(super) decisions: Vec<Decision>,
    /// The positions of those that are accepted.
    pub(super) accepted: Vec<u32>,
    /// The guards that fail for some of them: transition and sentence.
    pub(super) failed: Vec<(usize, &'static str)>,
    /// Two transitions that accept the same input.
    pub(super) overlap: Option<Overlap>,
}

impl Row {
    /// Whether every input is accepted.
    pub(super) fn accepts_all(&self) -> bool {
        self.accepted.len() == self.decisions.len()
    }
}

/// Two transitions, by index, that both accept the input of this position.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Overlap {
    pub(super) position: usize,
    pub(super) transitions: (usize, usize),
}

/// A handler and what it was found to decide.
pub(super) struct Handler {
    /// Index into the machine's regions.
    pub(super) region: usize,
    /// Where the region is in the slice.
    pub(super) place: usize,
    /// Its number among those of the region.
    pub(super) number: usize,
    /// The machine that it belongs to, or a mutant.
    spec: &'static MachineSpec,
    pub(super) meaning: &'static HandlerMeaning,
    pub(super) sight: usize,
    rows: Vec<Option<Row>>,
}

/// A property and what it was found to say.
pub(super) struct Property {
    /// Index into the machine's properties.
    pub(super) index: usize,
    pub(super) kind: PropertyKind,
    spec: &'static MachineSpec,
    meaning: &'static PropertyMeaning,
    pub(super) sight: usize,
    of_states: Vec<Option<Evaluation>>,
    of_steps: FxHashMap<(u32, u32), Evaluation>,
}

/// The lists of effects that steps hand out, with their numbers.
#[derive(Default)]
pub(super) struct Effects {
    numbers: FxHashMap<Vec<Value>, u32>,
    lists: Vec<Vec<Value>>,
}

impl Effects {
    fn number(&mut self, effects: Vec<Value>) -> u32 {
        if let Some(known) = self.numbers.get(&effects) {
            return *known;
        }
        let number = self.lists.len() as u32;
        self.lists.push(effects.clone());
        self.numbers.insert(effects, number);
        number
    }

    pub(super) fn list(&self, number: u32) -> &[Value] {
        &self.lists[number as usize]
    }
}

/// A slice as tables.
pub(super) struct Engine {
    pub(super) spec: &'static MachineSpec,
    pub(super) slice: Slice,
    pub(super) offers: Offers,
    /// By kind of input: the numbers of the inputs.
    pub(super) of_kind: Vec<Vec<u32>>,
    pub(super) regions: Regions,
    pub(super) sights: Sights,
    pub(super) handlers: Vec<Handler>,
    /// By kind of input: its handlers, in the order of regions.
    pub(super) handlers_of: Vec<Vec<usize>>,
    pub(super) properties: Vec<Property>,
    pub(super) initial: Vec<u32>,
    pub(super) effects: Effects,
    /// The machine's first state, for the regions outside.
    first: State,
}

impl Engine {
    pub(super) fn new(
        spec: &'static MachineSpec,
        slice: &Slice,
        bounds: &Bounds,
        offers: Offers,
    ) -> Result<Self, Fault> {
        let mut of_kind = vec![Vec::new(); spec.inputs.len()];
        (0..).zip(&offers.values).for_each(|(number, input): (u32, _)| of_kind[input.position].push(number));
        let first = Interpreter::of_spec(spec).initial()?;
        let mut regions = Regions::new(Limits { spec, bounds: bounds.clone() });
        let mut effects = Effects::default();
        // Whoever refuses hands out nothing, which is number zero.
        effects.number(Vec::new());
        let initial = slice.regions.iter().map(|region| regions.number(*region, &first.regions[*region])).collect();
        let mut engine = Self {
            spec,
            slice: slice.clone(),
            offers,
            of_kind,
            regions,
            sights: Sights::new(),
            handlers: Vec::new(),
            handlers_of: vec![Vec::new(); spec.inputs.len()],
            properties: Vec::new(),
            initial,
            effects,
            first,
        };
        for region in &slice.regions {
            for (number, meaning) in spec.meaning.regions[*region].handlers.iter().enumerate() {
                let handler = engine.handler(spec, (*region, number), meaning);
                engine.handlers_of[meaning.input].push(engine.handlers.len());
                engine.handlers.push(handler);
            }
        }
        for index in &slice.properties {
            let property = engine.property(spec, *index, &spec.meaning.properties[*index]);
            engine.properties.push(property);
        }
        Ok(engine)
    }

    /// The handlers that inputs are offered to.
    pub(super) fn offered_handlers(&self) -> impl Iterator<Item = &Handler> {
        self.handlers_of.iter().flatten().map(|handler| &self.handlers[*handler])
    }

    /// The kind of an input.
    pub(super) fn kind_of(&self, input: u32) -> usize {
        self.offers.values[input as usize].position
    }

    /// A handler of which nothing is known yet.
    pub(super) fn handler(
        &mut self,
        spec: &'static MachineSpec,
        (region, number): (usize, usize),
        meaning: &'static HandlerMeaning,
    ) -> Handler {
        let sight = self.sight(&reads::of_handler(spec, region, meaning));
        let place = self.slice.regions.binary_search(&region).unwrap_or_default();
        Handler { region, place, number, spec, meaning, sight, rows: Vec::new() }
    }

    /// A property of which nothing is known yet.
    pub(super) fn property(
        &mut self,
        spec: &'static MachineSpec,
        index: usize,
        meaning: &'static PropertyMeaning,
    ) -> Property {
        let sight = self.sight(&reads::of_expressions(spec, meaning.premise.iter().chain([&meaning.claim])));
        let kind = spec.properties[index].kind;
        Property { index, kind, spec, meaning, sight, of_states: Vec::new(), of_steps: FxHashMap::default() }
    }

    fn sight(&mut self, regions: &BTreeSet<usize>) -> usize {
        let place = |region: &usize| self.slice.regions.binary_search(region).ok();
        let places = regions.iter().filter_map(place).collect();
        self.sights.of(places)
    }

    /// The state of the machine of which this is seen; what is not seen is as it was first.
    fn state_seen(&self, sight: usize, number: u32) -> State {
        let mut state = self.first.clone();
        for (place, number) in self.sights.places(sight).iter().zip(self.sights.seen(sight, number)) {
            let region = self.slice.regions[*place];
            state.regions[region] = self.regions.state(region, number).clone();
        }
        state
    }

    /// The first state of a mutant.
    pub(super) fn initial_of(&mut self, spec: &'static MachineSpec) -> Result<Vec<u32>, Fault> {
        let first = Interpreter::of_spec(spec).initial()?;
        let Self { slice, regions, .. } = self;
        Ok(slice.regions.iter().map(|region| regions.number(*region, &first.regions[*region])).collect())
    }

    /// What a handler decides in what it sees.
    pub(super) fn row(&mut self, handler: usize, seen: u32) -> Result<&Row, Fault> {
        let seen = seen as usize;
        if self.handlers[handler].rows.len() <= seen {
            self.handlers[handler].rows.resize_with(seen + 1, || None);
        }
        if self.handlers[handler].rows[seen].is_none() {
            let row = self.decided(handler, seen as u32)?;
            self.handlers[handler].rows[seen] = Some(row);
        }
        self.handlers[handler].rows[seen].as_ref().ok_or_else(unfilled)
    }

    /// The row that was asked for before.
    pub(super) fn known_row(&self, handler: usize, seen: u32) -> Option<&Row> {
        self.handlers[handler].rows.get(seen as usize).and_then(Option::as_ref)
    }

    fn decided(&mut self, handler: usize, seen: u32) -> Result<Row, Fault> {
        let &Handler { region, meaning, sight, spec, .. } = &self.handlers[handler];
        let state = self.state_seen(sight, seen);
        let mut row = Row { decisions: Vec::new(), accepted: Vec::new(), failed: Vec::new(), overlap: None };
        for position in 0..self.of_kind[meaning.input].len() {
            let input = &self.offers.values[self.of_kind[meaning.input][position] as usize];
            let answer = decide(spec, region, meaning, &state, input)?;
            // What is beyond the bounds is not checked.
            if (self.of_kind[meaning.input][position] as usize) < self.offers.within {
                row.failed.extend(answer.failed);
                row.overlap = row.overlap.or(answer.overlap.map(|transitions| Overlap { position, transitions }));
            }
            let decision = match answer.accepted {
                None => Decision { after: None, is_within: false, fired: Vec::new(), effects: 0 },
                Some(accepted) => {
                    row.accepted.push(position as u32);
                    let after = self.regions.number(region, &accepted.after);
                    Decision {
                        after: Some(after),
                        is_within: self.regions.is_within(region, after),
                        fired: meaning.arms_named(self.spec, &accepted.fired),
                        effects: self.effects.number(accepted.effects),
                    }
                }
            };
            row.decisions.push(decision);
        }
        row.failed.sort_unstable();
        row.failed.dedup();
        Ok(row)
    }

    /// What a property says of a state of which this is seen.
    pub(super) fn evaluation(&mut self, property: usize, seen: u32) -> Result<Evaluation, Fault> {
        let known = &mut self.properties[property].of_states;
        if known.len() <= seen as usize {
            known.resize(seen as usize + 1, None);
        }
        if let Some(evaluation) = known[seen as usize] {
            return Ok(evaluation);
        }
        let state = self.state_seen(self.properties[property].sight, seen);
        let evaluation = self.evaluated(property, &state, &state)?;
        self.properties[property].of_states[seen as usize] = Some(evaluation);
        Ok(evaluation)
    }

    /// What a property says of a step between states of which this is seen.
    pub(super) fn evaluation_of_step(&mut self, property: usize, before: u32, after: u32) -> Result<Evaluation, Fault> {
        if before == after {
            return self.evaluation(property, before);
        }
        if let Some(known) = self.properties[property].of_steps.get(&(before, after)) {
            return Ok(*known);
        }
        let sight = self.properties[property].sight;
        let evaluation = self.evaluated(property, &self.state_seen(sight, before), &self.state_seen(sight, after))?;
        self.properties[property].of_steps.insert((before, after), evaluation);
        Ok(evaluation)
    }

    fn evaluated(&self, property: usize, before: &State, after: &State) -> Result<Evaluation, Fault> {
        let Property { kind, spec, meaning, .. } = &self.properties[property];
        Interpreter::of_spec(spec).evaluate_meaning(*kind, meaning, before, after)
    }
}

/// A table that was filled in is not empty.
fn unfilled() -> Fault {
    Fault::of("a row of a table is missing")
}

/// Looks transitions up by name.
trait Named {
    fn arms_named(&self, spec: &MachineSpec, names: &[&str]) -> Vec<u16>;
}

impl Named for HandlerMeaning {
    fn arms_named(&self, spec: &MachineSpec, names: &[&str]) -> Vec<u16> {
        let index = |name: &&str| {
            let arm = self.arms.iter().find(|arm| spec.transitions[arm.transition].name == *name);
            arm.and_then(|arm| u16::try_from(arm.transition).ok())
        };
        let mut fired: Vec<u16> = names.iter().filter_map(index).collect();
        fired.sort_unstable();
        fired.dedup();
        fired
    }
}
