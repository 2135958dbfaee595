//! A machine in Stateright's explorer: a page that shows a state, what every input does, and which properties fail.
//!
//! The machine's types are hidden behind [`Position`], so that the server is compiled once and not for every machine.

use std::any::Any;
use std::fmt::{self, Debug, Formatter};
use std::hash::{Hash, Hasher};
use std::io;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use machine_spec::spec::{MachineSpec, PropertyKind, PropertySpec};
use machine_spec::{Bounds, Inspected, ResolvedBounds};
use stateright::{Model, Property};

use crate::bound_names::{self, UnknownBound};
use crate::trace::{Replay, Trace, TraceStep};

/// A state of some machine, and what can be done with it.
pub(crate) trait Position: Any + Send + Sync {
    fn spec(&self) -> &'static MachineSpec;

    /// The inputs that are accepted and stay within the bounds, each with its text.
    fn accepted(&self) -> Vec<Offer>;

    /// The state behind an input, if it is accepted.
    fn next(&self, input: usize) -> Option<Arc<dyn Position>>;

    /// What an input does.
    fn told(&self, input: usize) -> TraceStep;

    fn values(&self) -> Vec<(String, String)>;

    /// Of an invariant: whether it holds. Of a `reachable`: whether this is such a state.
    fn is_true(&self, property: usize) -> bool;

    fn is_same(&self, other: &dyn Position) -> bool;

    fn hash_into(&self, hasher: &mut dyn Hasher);
}

/// An accepted input.
#[derive(Clone, PartialEq)]
pub(crate) struct Offer {
    input: usize,
    text: String,
}

impl Debug for Offer {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.text)
    }
}

/// A machine within bounds.
struct World<M: Inspected> {
    inputs: Vec<M::Input>,
    bounds: ResolvedBounds,
}

struct At<M: Inspected> {
    world: Arc<World<M>>,
    authority: M::Authority,
}

/// The initial state of a machine.
pub(crate) fn initial<M: Inspected>(bounds: &Bounds) -> Result<Arc<dyn Position>, UnknownBound> {
    bound_names::verify(M::SPEC, bounds)?;
    let world = Arc::new(World::<M> { inputs: M::inputs_within(bounds), bounds: bounds.resolved(M::SPEC) });
    Ok(Arc::new(At { world, authority: M::initial() }))
}

impl<M: Inspected> At<M> {
    fn after(&self, input: &M::Input) -> Option<M::Authority> {
        let mut after = self.authority.clone();
        M::apply(&mut after, input, &mut ()).ok()?;
        M::is_within(M::state(&after), &self.world.bounds).then_some(after)
    }

    fn replay(&self) -> Replay<M> {
        Replay { authority: self.authority.clone(), trace: Trace::default() }
    }
}

impl<M: Inspected> Position for At<M> {
    fn spec(&self) -> &'static MachineSpec {
        M::SPEC
    }

    fn accepted(&self) -> Vec<Offer> {
        let inputs = self.world.inputs.iter().enumerate().filter(|(_, input)| self.after(input).is_some());
        inputs.map(|(number, input)| Offer { input: number, text: format!("{input:?}") }).collect()
    }

    fn next(&self, input: usize) -> Option<Arc<dyn Position>> {
        let authority = self.after(&self.world.inputs[input])?;
        Some(Arc::new(Self { world: Arc::clone(&self.world), authority }))
    }

    fn told(&self, input: usize) -> TraceStep {
        let mut replay = self.replay();
        replay.offer(&self.world.inputs[input]);
        replay.trace.steps.pop().unwrap_or_default()
    }

    fn values(&self) -> Vec<(String, String)> {
        self.replay().values()
    }

    fn is_true(&self, property: usize) -> bool {
        let state = M::state(&self.authority);
        let evaluation = M::evaluate(property, state, state);
        match M::SPEC.properties[property].kind {
            PropertyKind::Reachable => evaluation.premise && evaluation.claim,
            _ => evaluation.holds(),
        }
    }

    fn is_same(&self, other: &dyn Position) -> bool {
        let other: &dyn Any = other;
        other.downcast_ref::<Self>().is_some_and(|other| other.authority == self.authority)
    }

    fn hash_into(&self, mut hasher: &mut dyn Hasher) {
        self.authority.hash(&mut hasher);
    }
}

/// A state as the page shows it.
#[derive(Clone)]
struct Shown(Arc<dyn Position>);

impl Debug for Shown {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        let values = self.0.values();
        let width = values.iter().map(|(path, _)| path.chars().count()).max().unwrap_or(0);
        values.iter().try_for_each(|(path, value)| writeln!(formatter, "{path:<width$} = {value}"))
    }
}

impl PartialEq for Shown {
    fn eq(&self, other: &Self) -> bool {
        self.0.is_same(other.0.as_ref())
    }
}

impl Hash for Shown {
    fn hash<H: Hasher>(&self, hasher: &mut H) {
        self.0.hash_into(hasher);
    }
}

/// A machine as Stateright's explorer takes it: the steps are the machine's inputs.
struct Machine {
    initial: Shown,
}

impl Model for Machine {
    type State = Shown;
    type Action = Offer;

    fn init_states(&self) -> Vec<Shown> {
        vec![self.initial.clone()]
    }

    fn actions(&self, state: &Shown, offers: &mut Vec<Offer>) {
        offers.extend(state.0.accepted());
    }

    fn next_state(&self, state: &Shown, offer: Offer) -> Option<Shown> {
        state.0.next(offer.input).map(Shown)
    }

    fn format_action(&self, offer: &Offer) -> String {
        offer.text.clone()
    }

    fn format_step(&self, state: &Shown, offer: Offer) -> Option<String> {
        Some(Outcome(state.0.told(offer.input)).to_string())
    }

    /// The invariants, and what should be reachable. A condition of Stateright is a function that knows nothing but the
    /// state, so there is one for each number; a machine with more properties has the rest judged together.
    fn properties(&self) -> Vec<Property<Self>> {
        let spec = self.initial.0.spec();
        let mut properties: Vec<Property<Self>> = judged(spec)
            .zip(CONDITIONS)
            .map(|((_, property), condition)| match property.kind {
                PropertyKind::Reachable => Property::sometimes(property.sentence, condition),
                _ => Property::always(property.sentence, condition),
            })
            .collect();
        if judged(spec).count() > CONDITIONS.len() {
            properties.push(Property::always("every other invariant holds", others_hold));
        }
        properties
    }
}

/// What is said of single states, with its index among all properties.
fn judged(spec: &'static MachineSpec) -> impl Iterator<Item = (usize, &'static PropertySpec)> {
    let is_judged = |kind| matches!(kind, PropertyKind::Invariant | PropertyKind::Reachable);
    spec.properties.iter().enumerate().filter(move |(_, property)| is_judged(property.kind))
}

/// What a step does, in lines.
struct Outcome(TraceStep);

impl fmt::Display for Outcome {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        self.0.fmt_outcome(formatter, 0)
    }
}

type Condition = fn(&Machine, &Shown) -> bool;

fn is_true<const NUMBER: usize>(_machine: &Machine, state: &Shown) -> bool {
    judged(state.0.spec()).nth(NUMBER).is_none_or(|(index, _)| state.0.is_true(index))
}

/// Every invariant that has no condition of its own.
fn others_hold(_machine: &Machine, state: &Shown) -> bool {
    let mut rest = judged(state.0.spec()).skip(CONDITIONS.len());
    rest.all(|(index, property)| property.kind == PropertyKind::Reachable || state.0.is_true(index))
}

macro_rules! conditions {
    ($($tens:literal)*) => {
        [$(
            is_true::<{ 10 * $tens }>, is_true::<{ 10 * $tens + 1 }>, is_true::<{ 10 * $tens + 2 }>,
            is_true::<{ 10 * $tens + 3 }>, is_true::<{ 10 * $tens + 4 }>, is_true::<{ 10 * $tens + 5 }>,
            is_true::<{ 10 * $tens + 6 }>, is_true::<{ 10 * $tens + 7 }>, is_true::<{ 10 * $tens + 8 }>,
            is_true::<{ 10 * $tens + 9 }>,
        )*]
    };
}
const CONDITIONS: [Condition; 200] = conditions!(0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19);

/// Serves the explorer until the process ends. `is_there` is called with the address once it answers.
///
/// # Errors
/// If nothing can listen at the address, or if `is_there` fails, or if the server ends by itself.
pub(crate) fn serve(
    initial: Arc<dyn Position>,
    address: &str,
    is_there: impl FnOnce(SocketAddr) -> io::Result<()>,
) -> io::Result<()> {
    // Stateright panics where it cannot listen, and does not tell which port it was given.
    let address = TcpListener::bind(address)?.local_addr()?;
    let server = thread::spawn(move || {
        let machine = Machine { initial: Shown(initial) };
        machine.checker().serve(address);
    });
    while TcpStream::connect(address).is_err() {
        if server.is_finished() {
            return Err(io::Error::other("the server ended before it answered"));
        }
        thread::sleep(Duration::from_millis(5));
    }
    is_there(address)?;
    server.join().map_err(|_| io::Error::other("the server ended"))
}
