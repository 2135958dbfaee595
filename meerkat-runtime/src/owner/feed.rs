//! Letters, one by one, into the core.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use tokio::time::Instant;

use super::Owner;
use super::answer::{Answer, Pending};
use super::ending::Leaving;
use crate::cell::Cell;
use crate::command::{Claim, Command, Reply};
use crate::environment::Counters;
use crate::store::{StoreError, StoredInput};
use crate::{Completion, CoreExecutor, EndReport, Receipt, RuntimeError, Submission, UnregisterReport};

/// What the store has under the idempotency keys of a batch.
pub(super) enum Known {
    Found(HashMap<Arc<str>, StoredInput>),
    Failed(Arc<StoreError>),
}

impl Owner {
    /// The idempotency keys in a batch that only the store can know.
    pub(super) fn unknown_keys(&self, batch: &VecDeque<Command>) -> Vec<Arc<str>> {
        let mut keys: Vec<Arc<str>> = Vec::new();
        for command in batch {
            if let Command::Accept { submission: Submission { key: Some(key), .. }, .. } = command
                && self.core.needs_lookup(key)
            {
                keys.push(Arc::clone(key));
            }
        }
        keys
    }

    /// Asks the store, once per batch.
    pub(super) async fn look_up(&self, cell: &Cell, keys: Vec<Arc<str>>) -> Known {
        if keys.is_empty() {
            return Known::Found(HashMap::new());
        }
        match cell.environment().store.find_by_key(cell.session(), keys).await {
            Ok(found) => {
                let named = |stored: StoredInput| stored.idempotency_key.clone().map(|key| (key, stored));
                Known::Found(found.into_iter().flatten().filter_map(named).collect())
            }
            Err(error) => Known::Failed(Arc::new(error)),
        }
    }

    /// Gives one letter to the core. The answer waits for the step to become durable.
    pub(super) fn feed(&mut self, cell: &Arc<Cell>, command: Command, known: &Known) -> Option<Answer> {
        Some(match command {
            Command::Greet { reply } => return self.greet(reply),
            // Who went away before its turn gets no input and no claim: nobody would know of them.
            Command::Accept { reply, .. } if reply.is_closed() => return None,
            Command::BeginAttach { reply, .. } if reply.is_closed() => return None,
            Command::Accept { submission, completion, reply } => {
                Answer::Accept(Pending::new(reply, self.accept(cell, &submission, completion, known)))
            }
            Command::Call(mut letter) => {
                letter.perform(self);
                Answer::Call(letter)
            }
            Command::BeginAttach { executor, reply } => {
                Answer::Claim(Pending::new(reply, self.begin_attach(cell, executor)))
            }
            Command::FinishAttach { fence } => {
                if self.core.finish_attach(fence).is_err() {
                    // The session was stopped, destroyed or given up in between, which ended the claim.
                    self.release_executor(fence);
                }
                return None;
            }
            Command::AbandonAttach { fence } => {
                // Refused if the claim has ended in another way; the executor goes in either case.
                drop(self.core.abandon_attach(fence));
                self.release_executor(fence);
                return None;
            }
            Command::Boundary { run, reply } => Answer::Done(Pending::new(reply, self.core.reach_boundary(run))),
            Command::Stop { reply } => {
                let stopped = self.core.stop();
                return self.end_run(reply, stopped);
            }
            Command::Destroy { reply } => {
                let destroyed = self.core.destroy();
                return self.end_run(reply, destroyed);
            }
            Command::Unregister { interrupt_at, reply } => {
                self.unregister(interrupt_at, Some(reply));
                return None;
            }
            Command::Relinquish => {
                if cell.has_one_registrant() {
                    self.unregister(Instant::now(), None);
                }
                return None;
            }
        })
    }

    /// Whoever registers a session that is being given up waits for its end, and then registers it anew.
    fn greet(&mut self, reply: Reply<machine_spec::session::Incarnation>) -> Option<Answer> {
        match &mut self.leaving {
            Some(leaving) => {
                leaving.newcomers.push(reply);
                None
            }
            None => Some(Answer::Greet(Pending::new(reply, self.core.greeting()))),
        }
    }

    fn accept(
        &mut self,
        cell: &Cell,
        submission: &Submission,
        completion: bool,
        known: &Known,
    ) -> Result<(Receipt, Option<Completion>), RuntimeError> {
        let stored = match (&submission.key, known) {
            (Some(key), Known::Found(found)) => found.get(key),
            (Some(key), Known::Failed(source)) if self.core.needs_lookup(key) => {
                return Err(RuntimeError::Store { session: cell.session().clone(), source: Arc::clone(source) });
            }
            _ => None,
        };
        let accepted = self.core.accept(submission, stored)?;
        if !accepted.receipt.deduplicated {
            Counters::add(&cell.environment().counters.accepted, 1);
        }
        let completion = completion.then(|| match accepted.outcome {
            Some(outcome) => Completion::ready(outcome),
            None => {
                let (sender, completion) = Completion::waiting();
                self.waiters.add(accepted.receipt.input, sender);
                completion
            }
        });
        Ok((accepted.receipt, completion))
    }

    fn begin_attach(&mut self, cell: &Arc<Cell>, executor: Arc<dyn CoreExecutor>) -> Result<Claim, RuntimeError> {
        let fence = self.core.begin_attach()?;
        self.executor = Some((fence, executor));
        Ok(Claim::new(Arc::clone(cell), fence))
    }

    /// Stop and destroy are answered when no run is current any more.
    fn end_run(&mut self, reply: Reply<EndReport>, result: Result<EndReport, RuntimeError>) -> Option<Answer> {
        match result {
            Ok(report) => {
                self.endings.push((reply, report));
                None
            }
            Err(error) => Some(Answer::Ended(Pending::new(reply, Err(error)))),
        }
    }

    /// The first one makes the session drain; the others wait with it, and may be in more of a hurry.
    fn unregister(&mut self, interrupt_at: Instant, reply: Option<Reply<UnregisterReport>>) {
        let refused = self.core.unregister().err();
        match (&mut self.leaving, refused) {
            (Some(leaving), _) => {
                leaving.interrupt_at = leaving.interrupt_at.min(interrupt_at);
                leaving.replies.extend(reply);
            }
            (None, None) => self.leaving = Some(Box::new(Leaving::new(interrupt_at, reply))),
            (None, Some(error)) => reply.into_iter().for_each(|reply| super::answer::tell(reply, Err(error.clone()))),
        }
    }
}
