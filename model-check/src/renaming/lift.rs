//! From a run through states that stand for others to a run of the machine.
//!
//! What was explored is an input offered to a state that stands for others. The machine is in one of those others, and
//! some input of the same kind takes it to one of those that the next state stands for. It is looked for: a trace is short.
//! Epochs go on growing in the machine, so it may lie beyond the bounds.

use machine_spec::{Bounds, Machine, Unpacker};

use super::{Canonical, Renaming, canonical::Form};
use crate::slice::Slice;

/// Walks along a run through states that stand for others, and the machine with it.
pub(crate) struct Lift<'run, M: Machine> {
    slice: &'run Slice,
    bounds: &'run Bounds,
    renaming: &'run Renaming,
    canonical: Canonical,
    /// Where the run through states that stand for others is.
    standing: M::State,
    /// Where the machine is.
    state: M::State,
    /// By type of epoch: the bound within which the inputs of the run lie, if that is not the one of the check.
    widest: Vec<Option<u64>>,
}

impl<'run, M: Machine> Lift<'run, M> {
    /// Before the first step.
    pub(crate) fn new(slice: &'run Slice, bounds: &'run Bounds, renaming: &'run Renaming) -> Self {
        let state = M::state(&M::initial()).clone();
        let mut lift = Self {
            slice,
            bounds,
            renaming,
            canonical: Canonical::new(renaming),
            standing: state.clone(),
            state,
            widest: vec![None; renaming.epochs.len()],
        };
        if let Some(words) = lift.form(&lift.state.clone()) {
            lift.stand_on(&words);
        }
        lift
    }

    /// Follows an input of the run; gives the one that the machine takes. None if none is found, which would be a mistake
    /// of the reduction.
    pub(crate) fn follow(&mut self, input: &M::Input) -> Option<M::Input> {
        let mut next = self.standing.clone();
        M::step(&mut next, input, &mut ()).ok()?;
        let goal = self.form(&next)?;
        // The input itself is the likeliest.
        if self.leads_to(input, &goal) {
            return Some(input.clone());
        }
        let mut candidates = self.inputs();
        candidates.retain(|other| M::input_index(other) == M::input_index(input));
        let found = candidates.into_iter().find(|candidate| self.leads_to(candidate, &goal))?;
        let bounds = self.epochs_in_use();
        for ((widest, bound), order) in self.widest.iter_mut().zip(bounds).zip(&self.renaming.epochs) {
            *widest = (*widest).max(Some(bound).filter(|bound| *bound > order.highest));
        }
        Some(found)
    }

    /// Goes where an input leads, if what stands for that is the goal.
    fn leads_to(&mut self, input: &M::Input, goal: &[u64]) -> bool {
        let mut next = self.state.clone();
        let is_it = M::step(&mut next, input, &mut ()).is_ok() && self.form(&next).is_some_and(|form| form == goal);
        if is_it {
            self.state = next;
            self.stand_on(goal);
        }
        is_it
    }

    /// By type of epoch: a bound that leaves every relation to those that are in use.
    fn epochs_in_use(&mut self) -> Vec<u64> {
        let highest = self.canonical.highest(&self.slice.packing::<M>(&self.state));
        let orders = self.renaming.epochs.iter().zip(highest);
        orders.map(|(order, highest)| order.highest.max(highest + order.distance)).collect()
    }

    /// The bounds beyond those of the check that the run needs, by the names of types.
    pub(crate) fn beyond(&self) -> Vec<(&'static str, u64)> {
        let widest = self.widest.iter().zip(&self.renaming.epochs);
        widest.filter_map(|(widest, order)| Some((M::SPEC.types[order.of].name, (*widest)?))).collect()
    }

    /// Every input that may matter to the machine where it is: within the bounds, and with epochs as high as its own.
    pub(crate) fn inputs(&mut self) -> Vec<M::Input> {
        let epochs = self.epochs_in_use();
        let orders = self.renaming.epochs.iter().zip(epochs);
        let bounds =
            orders.fold(self.bounds.clone(), |bounds, (order, bound)| bounds.with(M::SPEC.types[order.of].name, bound));
        let mut inputs = M::inputs_within(&bounds);
        inputs.retain(|input| self.slice.has_input(M::SPEC, M::input_index(input)));
        inputs
    }

    /// Whether a state stands for some state within the bounds.
    pub(crate) fn is_within(&mut self, state: &M::State) -> bool {
        let open = self.renaming.without_epochs(M::SPEC, self.bounds).resolved(M::SPEC);
        self.form(state).is_some() && self.slice.view(M::SPEC).is_within::<M>(state, &open)
    }

    /// The state of the machine as far as it comes again: its epochs never do.
    pub(crate) fn recurring(&mut self) -> Option<Vec<u64>> {
        let mut canonical = Canonical::new(&Renaming { ids: Vec::new(), ..self.renaming.clone() });
        canonical.start_anywhere();
        let found = canonical.find(&self.slice.packing::<M>(&self.state));
        (found == Form::Found).then(|| canonical.words().to_vec())
    }

    fn form(&mut self, state: &M::State) -> Option<Vec<u64>> {
        self.canonical.start_anywhere();
        let found = self.canonical.find(&self.slice.packing::<M>(state));
        (found == Form::Found).then(|| self.canonical.words().to_vec())
    }

    fn stand_on(&mut self, words: &[u64]) {
        let mut unpacker = Unpacker::new(words);
        for region in &self.slice.regions {
            M::unpack_region(&mut self.standing, *region, &mut unpacker);
        }
    }
}
