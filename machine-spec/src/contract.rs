//! What the generated code of every machine offers, so that a checker or a runtime can work with any of them.

use std::fmt::Debug;
use std::hash::{Hash, Hasher};

use crate::bounds::Bounds;
use crate::explain::{Collector, Explanation, Trials};
use crate::pack::{Packer, Unpacker};
use crate::resolved::ResolvedBounds;
use crate::spec::MachineSpec;

/// A machine: a marker type that ties the generated types together.
///
/// The `machine!` macro implements it. Nothing else should: the promises of the functions below (all or nothing, no
/// allocation on a rejection, nothing reads half a step) are kept by the generated code.
pub trait Machine: Sized + 'static {
    /// The whole state. Readable by everybody, writable by the authority's mutator alone.
    type State: Clone + PartialEq + Eq + Hash + Debug + Send + Sync + 'static;
    /// An event offered to the machine.
    type Input: Clone + PartialEq + Eq + Hash + Debug + Send + Sync + 'static;
    /// Something the machine asks the shell to do.
    type Effect: Clone + PartialEq + Eq + Hash + Debug + Send + Sync + 'static;
    /// The name of a transition: index [`MachineSpec::transitions`] with [`Machine::transition_index`].
    type Transition: Copy + PartialEq + Eq + Hash + Debug + Send + Sync + 'static;
    /// Why an input was not accepted.
    type Rejection: std::error::Error + Copy + PartialEq + Eq + Send + Sync + 'static;
    /// The owner of one state.
    type Authority: Clone + PartialEq + Eq + Hash + Debug + Send + Sync + 'static;

    /// The machine as constant data.
    const SPEC: &'static MachineSpec;

    /// An authority over the initial state.
    fn initial() -> Self::Authority;

    /// An authority over a stored state.
    ///
    /// # Errors
    /// [`RestoreError`] names the first invariant that the state violates.
    fn restore(state: Self::State) -> Result<Self::Authority, RestoreError>;

    /// The state that an authority owns.
    fn state(authority: &Self::Authority) -> &Self::State;

    /// Offers one input: the state changes as a whole, or not at all.
    ///
    /// # Errors
    /// The rejection names the region, and the phase or the guard that refused; the state is untouched.
    fn apply<S: Sink<Self>>(
        authority: &mut Self::Authority,
        input: &Self::Input,
        sink: &mut S,
    ) -> Result<(), Self::Rejection>;

    /// What [`Machine::apply`] does to the state of an authority, done to a state that no authority owns.
    ///
    /// A checker steps through copies of states with it. It opens no way to an authority: a state becomes the state of one
    /// through [`Machine::restore`] only.
    ///
    /// # Errors
    /// The rejection that `apply` would give; the state is untouched.
    fn step<S: Sink<Self>>(state: &mut Self::State, input: &Self::Input, sink: &mut S) -> Result<(), Self::Rejection>;

    /// Says of every transition that knows the input whether it would accept, and which guards fail. Changes nothing.
    fn explain(state: &Self::State, input: &Self::Input) -> Explanation {
        let mut collector = Collector::default();
        Self::examine(state, input, &mut collector);
        collector.explanation
    }

    /// Tries every transition that knows the input, as [`Machine::explain`] does, and keeps nothing: the trials are told
    /// as they go.
    fn examine<T: Trials>(state: &Self::State, input: &Self::Input, trials: &mut T);

    /// The index of a transition in [`MachineSpec::transitions`].
    fn transition_index(transition: Self::Transition) -> usize;

    /// The index of an input's kind in [`MachineSpec::inputs`].
    fn input_index(input: &Self::Input) -> usize;

    /// The index of an effect's kind in [`MachineSpec::effects`].
    fn effect_index(effect: &Self::Effect) -> usize;

    /// Evaluates the property with this index in [`MachineSpec::properties`] over a step; for a property of one state
    /// pass the same state twice.
    fn evaluate(property: usize, before: &Self::State, after: &Self::State) -> Evaluation;

    /// Every input within the bounds, in a fixed order.
    fn inputs_within(bounds: &Bounds) -> Vec<Self::Input>;

    /// Whether every counter and epoch of the state lies within the bounds.
    fn is_within(state: &Self::State, bounds: &ResolvedBounds) -> bool {
        (0..Self::SPEC.regions.len()).all(|region| Self::is_region_within(state, region, bounds))
    }

    /// Whether every counter and epoch of one region, by its index in [`MachineSpec::regions`], lies within the bounds.
    fn is_region_within(state: &Self::State, region: usize, bounds: &ResolvedBounds) -> bool;

    /// Hashes one region of a state, by its index in [`MachineSpec::regions`].
    fn hash_region<H: Hasher>(state: &Self::State, region: usize, hasher: &mut H);

    /// Whether one region, by its index in [`MachineSpec::regions`], is the same in two states.
    fn agree_on_region(one: &Self::State, other: &Self::State, region: usize) -> bool;

    /// The position of a region's phase among its phases, by the region's index in [`MachineSpec::regions`]; zero for a
    /// region that is keyed or has no phases.
    fn phase_index(state: &Self::State, region: usize) -> usize;

    /// Writes one region of a state as bits, by its index in [`MachineSpec::regions`]: equal bits are equal regions.
    fn pack_region(state: &Self::State, region: usize, packer: &mut Packer);

    /// Reads one region into a state.
    fn unpack_region(state: &mut Self::State, region: usize, unpacker: &mut Unpacker<'_>);

    /// Copies one region from state to state, into the memory that is there.
    fn copy_region(from: &Self::State, to: &mut Self::State, region: usize);

    /// Visits every phase and field as a path such as `lifecycle.phase` or `ingress[2].attempts` and its value, in a
    /// fixed order. What a trace shows is the difference of two such lists.
    fn describe(state: &Self::State, visit: &mut dyn FnMut(String, String));
}

/// Takes what a step produces.
///
/// `Vec<Effect>` keeps the effects and `()` drops them; a checker's sink also records which transitions fired.
pub trait Sink<M: Machine> {
    /// An effect of the step. Called only once every region has accepted.
    fn effect(&mut self, effect: M::Effect);

    /// A transition of the step fired (once per instance in a keyed region).
    #[inline(always)]
    fn fired(&mut self, transition: M::Transition) {
        // Hosts do not need it, and an unused argument compiles to nothing.
        let _unused: M::Transition = transition;
    }
}

impl<M: Machine> Sink<M> for Vec<M::Effect> {
    #[inline]
    fn effect(&mut self, effect: M::Effect) {
        self.push(effect);
    }
}

impl<M: Machine> Sink<M> for () {
    #[inline(always)]
    fn effect(&mut self, _effect: M::Effect) {}
}

/// What a property says of a state or a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Evaluation {
    /// The premise holds; always true for a property without one.
    pub premise: bool,
    /// The claim holds. Where the premise does not hold it says something for `possible` and `leads_to` only, whose claims
    /// are asked of other states than their premises.
    pub claim: bool,
}

impl Evaluation {
    /// The property holds here: vacuously, or because its claim does.
    #[must_use]
    pub fn holds(self) -> bool {
        !self.premise || self.claim
    }
}

/// A stored state that is not a state of the machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RestoreError {
    /// Index of the violated invariant in [`MachineSpec::properties`].
    pub property: usize,
    /// Its sentence.
    pub sentence: &'static str,
}

impl std::fmt::Display for RestoreError {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "the stored state violates the invariant \"{}\"", self.sentence)
    }
}

impl std::error::Error for RestoreError {}
