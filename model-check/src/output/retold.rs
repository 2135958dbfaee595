//! A counterexample, walked once more by the generated code, with what every output needs of it.

use machine_spec::{Evaluation, Value};

use crate::account::ExplainError;
use crate::stepper::Stepper;
use crate::trace::{Trace, TraceStep};

/// A counterexample with its values.
pub(crate) struct Retold {
    /// What the property says of the initial state.
    pub(crate) initially: Option<Evaluation>,
    /// The state in front of every step.
    pub(crate) states: Vec<Value>,
    pub(crate) steps: Vec<RetoldStep>,
    /// The steps from this position on repeat for ever.
    pub(crate) repeats: Option<usize>,
    /// With newer epochs each time.
    pub(crate) renews: bool,
}

/// A step with its values.
pub(crate) struct RetoldStep {
    pub(crate) input: Value,
    pub(crate) told: TraceStep,
    /// The transitions that say they accept the input, whatever comes of it.
    pub(crate) acceptors: Vec<&'static str>,
    /// What the property says of the step.
    pub(crate) over_step: Option<Evaluation>,
    /// What the property says of the state behind it.
    pub(crate) behind: Option<Evaluation>,
}

/// Start a trace once more.
pub(crate) fn retell(
    stepper: &mut dyn Stepper,
    trace: &Trace,
    property: Option<usize>,
) -> Result<Retold, ExplainError> {
    let initially = property.map(|index| stepper.evaluate(index));
    let states = vec![stepper.state()];
    let mut retold = Retold { initially, states, steps: Vec::new(), repeats: trace.repeats, renews: trace.renews };
    for step in &trace.steps {
        let input = stepper.find(&step.input)?;
        let account = stepper.explain(input);
        let attempts = account.regions.iter().flat_map(|region| &region.attempts);
        let accepting = attempts.filter(|attempt| attempt.candidate.accepts());
        let acceptors = accepting.map(|attempt| attempt.transition.name).collect();
        stepper.offer(input);
        retold.states.push(stepper.state());
        retold.steps.push(RetoldStep {
            input: stepper.input(input),
            told: step.clone(),
            acceptors,
            over_step: property.map(|index| stepper.evaluate_step(index)),
            behind: property.map(|index| stepper.evaluate(index)),
        });
    }
    Ok(retold)
}

impl Retold {
    /// For a `leads_to`: after how many steps the run begins to wait for what never comes again.
    pub(crate) fn waits_from(&self) -> usize {
        let last = self.repeats.unwrap_or(self.steps.len());
        let behind = self.steps.iter().filter_map(|step| step.behind);
        let all: Vec<Evaluation> = self.initially.into_iter().chain(behind).collect();
        let waits =
            |from: usize| all.get(from).is_some_and(|one| one.premise) && all[from..].iter().all(|one| !one.claim);
        (0..=last).rev().find(|from| waits(*from)).unwrap_or(last)
    }
}
