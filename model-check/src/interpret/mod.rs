//! A second reading of a machine: executes the constant trees of its spec in the plainest way.
//!
//! It has nothing from the macro's resolver and nothing from the generated code, and takes no short cut: values carry
//! their types at run time, names are looked up when they are met, selections are computed from their definition each
//! time, and a step makes a new state. It is slow and short, and whatever generated code does otherwise is a fault of
//! one of the two.

mod arithmetic;
pub(crate) mod decide;
mod methods;
mod patterns;
mod scope;
mod state;
mod step;

use machine_spec::inspect::Variant;
use machine_spec::meaning::PropertyMeaning;
use machine_spec::spec::{MachineSpec, PropertyKind};
use machine_spec::{Evaluation, Inspected, Refusal, Value};
use thiserror::Error;

pub(crate) use arithmetic::fits;
use scope::{Meant, Scope};
pub use state::State;
pub(crate) use state::{Instance, RegionState};

/// The tree says something that this reading cannot make sense of.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("the machine file cannot be read this way: {0}")]
pub struct Fault(String);

impl Fault {
    pub(crate) fn of(what: impl Into<String>) -> Self {
        Self(what.into())
    }
}

/// Why an expression has no value.
#[derive(Debug)]
enum Stop {
    /// Its value would leave the range of its type.
    Overflow,
    Fault(Fault),
}

type Evaluated<T> = Result<T, Stop>;

fn fault<T>(what: impl Into<String>) -> Evaluated<T> {
    Err(Stop::Fault(Fault(what.into())))
}

/// What an input comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// A step.
    Accepted(Step),
    /// Nothing changes, for this reason.
    Refused(Refusal),
}

/// An accepted input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// The state after it.
    pub state: State,
    /// What happened, in order.
    pub events: Vec<Event>,
}

/// One thing that happens in a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// The transition of this name fired.
    Fired(&'static str),
    /// An effect was handed out.
    Effect(Value),
}

/// Executes a machine from its spec.
#[derive(Clone, Copy, Debug)]
pub struct Interpreter {
    spec: &'static MachineSpec,
}

impl Interpreter {
    /// The interpreter of a machine.
    #[must_use]
    pub fn of<M: Inspected>() -> Self {
        Self { spec: M::SPEC }
    }

    /// The interpreter of constant data, whether a compiler made code of them or not.
    pub(crate) fn of_spec(spec: &'static MachineSpec) -> Self {
        Self { spec }
    }

    /// The state that the machine starts in.
    ///
    /// # Errors
    /// [`Fault`] if a first value makes no sense.
    pub fn initial(&self) -> Result<State, Fault> {
        let empty = State::default();
        let regions = self.spec.regions.iter().zip(self.spec.meaning.regions).map(|(region, meaning)| {
            if meaning.key.is_some() {
                return Ok(RegionState::default());
            }
            let initial = region.phases.iter().position(|phase| phase.initial);
            let phase = initial.map(|position| {
                Value::Variant(Variant { position, name: region.phases[position].name, members: Vec::new() })
            });
            let fields = meaning.fields.iter().map(|field| match &field.initial {
                Some(initial) => {
                    arithmetic::typed(self.spec, Scope::new(self.spec, &empty).value(initial)?, field.shape)
                }
                None => fault("a field of a plain region without a first value"),
            });
            Ok(RegionState::Plain(Instance { key: None, phase, fields: fields.collect::<Evaluated<_>>()? }))
        });
        regions.collect::<Evaluated<Vec<_>>>().map(|regions| State { regions }).map_err(unexpected)
    }

    /// What an input comes to in a state.
    ///
    /// # Errors
    /// [`Fault`] if the tree makes no sense.
    pub fn offer(&self, state: &State, input: &Value) -> Result<Answer, Fault> {
        step::offer(self.spec, state, input)
    }

    /// What a property says of a step; for a property of one state, of that state twice.
    ///
    /// # Errors
    /// [`Fault`] if the tree makes no sense.
    pub fn evaluate(&self, property: usize, before: &State, after: &State) -> Result<Evaluation, Fault> {
        let (meaning, kind) = (&self.spec.meaning.properties[property], self.spec.properties[property].kind);
        self.evaluate_meaning(kind, meaning, before, after)
    }

    /// What a property that means this says of a step.
    pub(crate) fn evaluate_meaning(
        &self,
        kind: PropertyKind,
        meaning: &'static PropertyMeaning,
        before: &State,
        after: &State,
    ) -> Result<Evaluation, Fault> {
        match self.evaluated(kind, meaning, before, after) {
            Ok(evaluation) => Ok(evaluation),
            // What cannot be computed does not hold.
            Err(Stop::Overflow) => Ok(Evaluation { premise: true, claim: false }),
            Err(Stop::Fault(fault)) => Err(fault),
        }
    }

    fn evaluated(
        &self,
        kind: PropertyKind,
        meaning: &'static PropertyMeaning,
        before: &State,
        after: &State,
    ) -> Evaluated<Evaluation> {
        let mut scope = Scope::new(self.spec, before);
        if kind == PropertyKind::Always {
            scope.bind("next", Meant::State(after));
        }
        let premise = meaning.premise.as_ref().map_or(Ok(true), |premise| scope.holds(premise))?;
        let asked = premise || kind.claims_of_other_states();
        Ok(Evaluation { premise, claim: asked && scope.holds(&meaning.claim)? })
    }

    /// The state with its selections, as generated code shows its own.
    ///
    /// # Errors
    /// [`Fault`] if the tree makes no sense.
    pub fn inspect(&self, state: &State) -> Result<Value, Fault> {
        let regions = self.spec.regions.iter().enumerate().map(|(index, region)| {
            Ok((region.name, state::inspect_region(self.spec, state, index, &state.regions[index])?))
        });
        regions.collect::<Evaluated<_>>().map(Value::Record).map_err(unexpected)
    }
}

fn unexpected(stop: Stop) -> Fault {
    match stop {
        Stop::Overflow => Fault("an overflow where nothing can be rejected".to_owned()),
        Stop::Fault(fault) => fault,
    }
}
