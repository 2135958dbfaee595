//! From the explored graph back to runs of the machine, for counterexamples.

use machine_spec::{Bounds, Machine};

use crate::renaming::{Lift, Renaming};
use crate::slice::Slice;
use crate::trace::Replay;

/// A run of the machine along inputs of the explored graph.
pub(crate) struct Retrace<'run, M: Machine> {
    pub(crate) replay: Replay<M>,
    inputs: &'run [M::Input],
    bounds: &'run Bounds,
    slice: &'run Slice,
    /// Where states of the graph stand for others: what finds the inputs of the machine.
    lift: Option<Lift<'run, M>>,
    /// No input was found for a step: the run ends there.
    is_lost: bool,
}

/// Going round a cycle of the graph more often than this is not tried.
const ROUNDS: usize = 256;

impl<'run, M: Machine> Retrace<'run, M> {
    /// A run before its first step.
    pub(crate) fn new(
        inputs: &'run [M::Input],
        bounds: &'run Bounds,
        slice: &'run Slice,
        renaming: &'run Renaming,
    ) -> Self {
        let lift = (!renaming.is_empty()).then(|| Lift::new(slice, bounds, renaming));
        Self { replay: Replay::along(std::iter::empty()), inputs, bounds, slice, lift, is_lost: false }
    }

    /// Goes on along inputs of the graph, by their numbers.
    pub(crate) fn follow(&mut self, inputs: impl IntoIterator<Item = u32>) {
        for number in inputs {
            let input = &self.inputs[number as usize];
            match &mut self.lift {
                None => self.replay.offer(input),
                Some(_) if self.is_lost => {}
                Some(lift) => match lift.follow(input) {
                    Some(input) => {
                        self.replay.offer(&input);
                        self.replay.trace.beyond = lift.beyond();
                    }
                    None => self.is_lost = true,
                },
            }
        }
    }

    /// Goes round a cycle of the graph until the machine is where it was before, up to epochs that are newer; says from
    /// which step on it repeats, and whether epochs are newer.
    pub(crate) fn go_round(&mut self, cycle: &[u32]) -> (usize, bool) {
        let start = self.replay.trace.steps.len();
        let mut met = vec![(self.recurring(), self.replay.authority.clone())];
        loop {
            self.follow(cycle.iter().copied());
            let now = self.recurring();
            let again = met.iter().position(|(before, _)| *before == now).or((met.len() == ROUNDS).then_some(0));
            if let Some(round) = again {
                let (before, after) = (M::state(&met[round].1), M::state(&self.replay.authority));
                let is_newer = self.lift.is_some() && !self.slice.view(M::SPEC).agrees::<M>(before, after);
                return (start + round * cycle.len(), is_newer);
            }
            met.push((now, self.replay.authority.clone()));
        }
    }

    fn recurring(&mut self) -> Option<Vec<u64>> {
        self.lift.as_mut().and_then(Lift::recurring)
    }

    /// Every input that may matter where the run is.
    pub(crate) fn inputs(&mut self) -> Vec<M::Input> {
        self.lift.as_mut().map_or_else(|| self.inputs.to_vec(), Lift::inputs)
    }

    /// The state after an input, if it is accepted and within the bounds.
    pub(crate) fn next(&mut self, input: &M::Input) -> Option<M::Authority> {
        let mut next = self.replay.authority.clone();
        M::apply(&mut next, input, &mut ()).ok()?;
        let is_within = match &mut self.lift {
            Some(lift) => lift.is_within(M::state(&next)),
            None => self.slice.view(M::SPEC).is_within::<M>(M::state(&next), self.bounds),
        };
        is_within.then_some(next)
    }
}
