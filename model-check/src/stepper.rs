//! A machine that is walked step by step, whichever machine it is: what everything needs that replays a trace or lets
//! somebody choose the next input.

use machine_spec::spec::MachineSpec;
use machine_spec::{Bounds, Evaluation, Inspect, Inspected, Value};

use crate::account::{self, Account, ExplainError};
use crate::bound_names::{self, UnknownBound};
use crate::trace::{Replay, Trace};

/// A walk through a machine, without the machine's types.
pub(crate) trait Stepper {
    fn spec(&self) -> &'static MachineSpec;

    fn bounds(&self) -> &Bounds;

    /// Where the machine's marker type is declared, as the compiler names it.
    fn type_path(&self) -> &'static str;

    /// Every input within the bounds, as `Debug` shows it. Inputs are known by their position here.
    fn inputs(&self) -> &[String];

    /// The input that is written like this; spacing is free.
    fn find(&self, text: &str) -> Result<usize, ExplainError>;

    fn input(&self, input: usize) -> Value;

    /// Whether the machine would accept the input now.
    fn accepts(&self, input: usize) -> bool;

    /// What would come of the input now, and why.
    fn explain(&self, input: usize) -> Account;

    /// Offers the input. A rejection is a step like any other.
    fn offer(&mut self, input: usize);

    /// Takes the last step back.
    fn undo(&mut self);

    /// The steps so far.
    fn trace(&self) -> &Trace;

    /// The present state, by region.
    fn state(&self) -> Value;

    /// The present state as paths and values.
    fn values(&self) -> Vec<(String, String)>;

    /// What a property says of the present state.
    fn evaluate(&self, property: usize) -> Evaluation;

    /// What a property says of the last step; of the initial state if there is none.
    fn evaluate_step(&self, property: usize) -> Evaluation;
}

/// Starts start through one machine.
pub(crate) type Start = fn(&Bounds) -> Result<Box<dyn Stepper>, UnknownBound>;

/// A walk through the machine `M`.
struct Steps<M: Inspected> {
    bounds: Bounds,
    inputs: Vec<M::Input>,
    texts: Vec<String>,
    replay: Replay<M>,
    /// The authorities in front of each step.
    before: Vec<M::Authority>,
}

/// Starts a walk in the initial state.
pub(crate) fn start<M: Inspected>(bounds: &Bounds) -> Result<Box<dyn Stepper>, UnknownBound> {
    bound_names::verify(M::SPEC, bounds)?;
    let inputs = M::inputs_within(bounds);
    Ok(Box::new(Steps::<M> {
        bounds: bounds.clone(),
        texts: inputs.iter().map(|input| format!("{input:?}")).collect(),
        inputs,
        replay: Replay::along(std::iter::empty()),
        before: Vec::new(),
    }))
}

impl<M: Inspected> Stepper for Steps<M> {
    fn spec(&self) -> &'static MachineSpec {
        M::SPEC
    }

    fn bounds(&self) -> &Bounds {
        &self.bounds
    }

    fn type_path(&self) -> &'static str {
        std::any::type_name::<M>()
    }

    fn inputs(&self) -> &[String] {
        &self.texts
    }

    fn find(&self, text: &str) -> Result<usize, ExplainError> {
        let wanted = account::squeezed(text);
        let found = self.texts.iter().position(|input| account::squeezed(input) == wanted);
        found.ok_or_else(|| account::unknown::<M>(&self.inputs, &self.bounds, text))
    }

    fn input(&self, input: usize) -> Value {
        self.inputs[input].inspect()
    }

    fn accepts(&self, input: usize) -> bool {
        M::apply(&mut self.replay.authority.clone(), &self.inputs[input], &mut ()).is_ok()
    }

    fn explain(&self, input: usize) -> Account {
        let mut copy = Replay::<M> { authority: self.replay.authority.clone(), trace: Trace::default() };
        account::offer(&mut copy, &self.inputs[input])
    }

    fn offer(&mut self, input: usize) {
        self.before.push(self.replay.authority.clone());
        self.replay.offer(&self.inputs[input]);
    }

    fn undo(&mut self) {
        if let Some(authority) = self.before.pop() {
            self.replay.authority = authority;
            self.replay.trace.steps.pop();
        }
    }

    fn trace(&self) -> &Trace {
        &self.replay.trace
    }

    fn state(&self) -> Value {
        M::state(&self.replay.authority).inspect()
    }

    fn values(&self) -> Vec<(String, String)> {
        self.replay.values()
    }

    fn evaluate(&self, property: usize) -> Evaluation {
        let state = M::state(&self.replay.authority);
        M::evaluate(property, state, state)
    }

    fn evaluate_step(&self, property: usize) -> Evaluation {
        let after = &self.replay.authority;
        let before = self.before.last().unwrap_or(after);
        M::evaluate(property, M::state(before), M::state(after))
    }
}
