//! One session and the prompts for it.

use std::collections::BTreeSet;
use std::sync::Arc;

use meerkat_runtime::{Completion, InputId, InputOutcome, RuntimeError, SessionHandle, SessionId};
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use crate::executor::describe;
use crate::host::Host;
use crate::outcome;
use crate::prompts::Prompt;
use crate::report::Event;
use crate::summary::Tally;

/// Takes prompts in, in order, and follows each until it is settled. Ends when no more prompts come and all are.
pub(crate) async fn serve(host: Arc<Host>, session: SessionId, mut prompts: mpsc::Receiver<Prompt>) -> Tally {
    let Some(handle) = host.open(&session).await else { return refuse_all(prompts).await };
    let mut served = Served { host, handle, tally: Tally::default(), known: BTreeSet::new(), waiting: JoinSet::new() };
    let mut open = true;
    loop {
        tokio::select! {
            Some(settled) = served.waiting.join_next() => match settled {
                Ok((input, outcome)) => served.settled(input, outcome, false).await,
                // Nobody aborts these tasks, and they do nothing that panics.
                Err(_) => served.tally.left += 1,
            },
            prompt = prompts.recv(), if open => match prompt {
                Some(prompt) => served.take(prompt).await,
                None => open = false,
            },
            else => return served.tally,
        }
    }
}

/// The session is out of order, which was told. What is for it is not taken in.
async fn refuse_all(mut prompts: mpsc::Receiver<Prompt>) -> Tally {
    let mut tally = Tally::default();
    while prompts.recv().await.is_some() {
        tally.untaken += 1;
    }
    tally
}

struct Served {
    host: Arc<Host>,
    handle: SessionHandle,
    tally: Tally,
    /// Inputs whose outcome this task reports.
    known: BTreeSet<InputId>,
    waiting: JoinSet<(InputId, InputOutcome)>,
}

impl Served {
    async fn take(&mut self, prompt: Prompt) {
        match self.handle.accept_input_with_completion(prompt.submission()).await {
            Ok((receipt, completion)) => {
                let deduplicated = receipt.deduplicated;
                let (session, input) = (prompt.session, receipt.input.number());
                let accepted = Event::Accepted { session, input, key: prompt.key, deduplicated, prompt: prompt.text };
                self.host.reporter.tell(accepted).await;
                self.follow(receipt.input, deduplicated, completion).await;
            }
            Err(error) => self.refused(prompt, &error).await,
        }
    }

    /// Every input is reported once, however often its prompt is given.
    async fn follow(&mut self, input: InputId, deduplicated: bool, completion: Completion) {
        if !deduplicated {
            self.tally.accepted += 1;
            self.known.insert(input);
            self.waiting.spawn(async move { (input, completion.await) });
            return;
        }
        self.tally.deduplicated += 1;
        if !self.host.leftovers.contains(self.handle.session(), input) && self.known.insert(input) {
            // It was settled before this start, so there is nothing to wait for.
            let outcome = completion.await;
            self.settled(input, outcome, true).await;
        }
    }

    async fn settled(&mut self, input: InputId, outcome: InputOutcome, earlier: bool) {
        self.tally.count(&outcome, earlier);
        let session = self.handle.session().clone();
        self.host.reporter.tell(outcome::event(session, input.number(), outcome, earlier)).await;
    }

    async fn refused(&mut self, prompt: Prompt, error: &RuntimeError) {
        match error {
            RuntimeError::ShutDown | RuntimeError::SessionGone { .. } | RuntimeError::Draining { .. } => {
                self.tally.untaken += 1;
            }
            RuntimeError::Store { .. } | RuntimeError::Defect { .. } | RuntimeError::Unencodable { .. } => {
                self.tally.untaken += 1;
                self.host.session_failed(self.handle.session(), error).await;
            }
            _ => {
                self.tally.rejected += 1;
                let message = match (error, &prompt.key) {
                    (RuntimeError::IdempotencyConflict { .. }, Some(key)) => {
                        format!("{error} than {key:?}, or add lines to a prompt file rather than change them")
                    }
                    _ => describe(error),
                };
                let session = Some(prompt.session);
                let rejected = Event::Rejected { place: prompt.place, session, message };
                self.host.reporter.tell(rejected).await;
            }
        }
    }
}
