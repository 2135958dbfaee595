//! Runs, from the choice of their first input to their end.

use machine_spec::Epoch;
use machine_spec::session::{
    CancelPoint, IngressPhase, InputId, MeerkatMachineInput as Input, MeerkatMachineMutator, RunId, RunOutcome,
};
use sha2::{Digest, Sha256};

use super::{Action, Core, Remains};
use crate::store::StoredReceipt;
use crate::{ExecutorError, Run, RunInput, RunOutput, RuntimeError};

/// How an execution ended.
#[derive(Debug)]
pub(crate) enum RunEnd {
    Completed(RunOutput),
    Failed(ExecutorError),
}

impl Core {
    /// Starts a run with the input that is next, if there is one and the machine lets it.
    pub(super) fn start_run(&mut self) {
        let ingress = self.state().ingress();
        let Some(input) = ingress.steer().first().or_else(|| ingress.waiting().first()) else { return };
        let Some(run) = self.state().lifecycle().last_run().checked_fresh() else { return };
        if self.offer(Input::StartRun { run, input }).is_err() {
            return;
        }
        self.boundaries = 0;
        let mut inputs = Vec::with_capacity(1);
        inputs.extend(self.run_input(input));
        self.join(run, &mut inputs);
        let start = Run { session: self.session.clone(), incarnation: self.incarnation(), run, inputs };
        self.step.actions.push(Action::Start(start));
    }

    /// Lets steering inputs join the run, as many as it may have.
    fn join(&mut self, run: RunId, inputs: &mut Vec<RunInput>) {
        while inputs.len() < self.batch_limit {
            let Some(input) = self.state().ingress().steer().first() else { return };
            if self.offer(Input::JoinRun { run, input }).is_err() {
                return;
            }
            inputs.extend(self.run_input(input));
        }
    }

    /// Always there for an input that was just staged: admission and recovery put the content beside the machine.
    fn run_input(&self, input: InputId) -> Option<RunInput> {
        let instance = self.state().ingress().get(input)?;
        let content = self.contents.get(&input)?;
        Some(RunInput {
            input,
            lane: instance.lane(),
            prompt: content.prompt.clone(),
            idempotency_key: content.key.clone(),
            attempt: instance.attempts(),
            coalesced: content.coalesced.clone(),
        })
    }

    /// The run has taken in what it was handed, and takes in what steers it.
    pub(crate) fn reach_boundary(&mut self, run: RunId) -> Result<(), RuntimeError> {
        let receipt = self.next_receipt(run);
        self.request(Input::ReachBoundary { run })?;
        self.keep_receipt(receipt);
        let mut joined = Vec::new();
        self.join(run, &mut joined);
        self.step.actions.push(Action::Continue { run, joined });
        Ok(())
    }

    /// The receipt of the boundary that the run is about to reach. Its digest covers the numbers and the content of what
    /// is taken in there.
    fn next_receipt(&self, run: RunId) -> StoredReceipt {
        let (ingress, run, boundary) = (self.state().ingress(), run.number(), self.boundaries + 1);
        let is_staged = |input: &InputId| {
            ingress.get(*input).is_some_and(|instance| matches!(instance.phase(), IngressPhase::Staged { .. }))
        };
        let mut hash = Sha256::new();
        hash.update(run.to_le_bytes());
        hash.update(boundary.to_le_bytes());
        let mut inputs = Vec::new();
        for input in ingress.in_run().iter().filter(is_staged) {
            inputs.push(input.number());
            hash.update(input.number().to_le_bytes());
            if let Some(content) = self.contents.get(&input) {
                hash.update(content.digest);
            }
        }
        StoredReceipt { run, boundary, inputs, digest: hash.finalize().into() }
    }

    fn keep_receipt(&mut self, receipt: StoredReceipt) {
        self.boundaries = receipt.boundary;
        self.step.receipts.push(receipt);
    }

    pub(crate) fn cancel_run(&mut self, run: RunId, point: CancelPoint) -> Result<(), RuntimeError> {
        self.request(Input::CancelRun { run, point })
    }

    pub(crate) fn finish_run(&mut self, run: RunId, end: RunEnd) {
        match end {
            RunEnd::Completed(output) => self.complete_run(run, output),
            RunEnd::Failed(error) => self.fail_run(run, error),
        }
    }

    /// Its end is the last boundary of a run that completed. What the boundary asks for comes too late. A run that says
    /// it completed, but whose turn has not, failed.
    fn complete_run(&mut self, run: RunId, output: RunOutput) {
        if !self.conclude_turn(run, RunOutcome::Completed) {
            return self.fail_run(run, ExecutorError::retryable("the run returned in the midst of its turn"));
        }
        let (actions, receipt) = (self.step.actions.len(), self.next_receipt(run));
        self.keep_receipt(receipt);
        self.insist(Input::ReachBoundary { run }, &Remains::default());
        self.step.actions.truncate(actions);
        let remains = Remains { output: Some(output), detail: None };
        self.insist(Input::FinishRun { run, outcome: RunOutcome::Completed }, &remains);
    }

    /// The machine knows why the run ended, whatever the executor says: somebody asked it to end, or the session is being
    /// given up, or it failed. It may even have completed, if its turn said so before the executor broke.
    fn fail_run(&mut self, run: RunId, error: ExecutorError) {
        let remains = Remains { output: None, detail: Some(error.message) };
        let (failed, for_good) = (RunOutcome::Failed { retry: error.retry }, RunOutcome::Failed { retry: false });
        for outcome in [RunOutcome::Cancelled, RunOutcome::Interrupted, failed, for_good] {
            let finish = Input::FinishRun { run, outcome };
            if self.authority.can_apply(&finish).is_ok() && self.conclude_turn(run, outcome) {
                return self.insist(finish, &remains);
            }
        }
        // Only a turn that completed agrees with none of these.
        self.complete_run(run, RunOutput::empty());
    }

    /// Whether the run may end like this as far as its turn is concerned; then the turn ends with it. A run whose executor
    /// does not report has none.
    fn conclude_turn(&mut self, run: RunId, outcome: RunOutcome) -> bool {
        self.state().turn().get(run).is_none() || self.offer(Input::ConcludeTurn { run, outcome }).is_ok()
    }
}
