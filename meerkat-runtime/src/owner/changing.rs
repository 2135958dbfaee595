//! The host changes the model, on a task that the session owns: one call at a time, each joined before the next begins.

use std::sync::Arc;
use std::time::Duration;

use machine_spec::session::{MeerkatMachineEffect as Effect, ReconfigurationId, ReconfigurationOutcome};
use tokio::sync::oneshot;
use tokio::task::{JoinError, JoinHandle};
use tokio_util::sync::{CancellationToken, DropGuard};

use super::Owner;
use crate::cell::Cell;
use crate::model::{HostAnswer, HostAsk};
use crate::{ModelError, ModelHost, ModelHostError, ModelHostErrorKind, Reconfigured, RuntimeError};

/// The host of a session's model, and what it was asked for.
#[derive(Default)]
pub(super) struct Changing {
    host: Option<Arc<dyn ModelHost>>,
    asked: Option<Asked>,
    /// The latest call; it is joined before another one begins, and with the registration.
    task: Option<JoinHandle<()>>,
    /// How many calls there were.
    calls: u64,
    /// Who is to hear how the change ends.
    reply: Option<(ReconfigurationId, oneshot::Sender<Reconfigured>)>,
    failure: Option<ModelHostError>,
}

/// A call that has no answer yet. Dropping it ends the call.
struct Asked {
    ask: HostAsk,
    call: u64,
    _stop: DropGuard,
}

impl Owner {
    fn changing(&mut self) -> &mut Changing {
        self.changing.get_or_insert_default()
    }

    pub(crate) fn set_model_host(&mut self, host: Arc<dyn ModelHost>) {
        self.changing().host = Some(host);
    }

    /// Begins to change the model, and gives a future of how that ended.
    pub(crate) fn reconfigure(&mut self, model: &str) -> Result<oneshot::Receiver<Reconfigured>, RuntimeError> {
        if self.changing().host.is_none() {
            return Err(ModelError::HostMissing { session: self.core.session().clone() }.into());
        }
        let change = self.core.transact(|core| core.begin_reconfiguration(model))?;
        self.changing().failure = None;
        Ok(self.follow_change(change))
    }

    pub(crate) fn retry_restore(&mut self) -> Result<oneshot::Receiver<Reconfigured>, RuntimeError> {
        let change = self.core.transact(|core| core.retry_restore())?;
        Ok(self.follow_change(change))
    }

    fn follow_change(&mut self, change: ReconfigurationId) -> oneshot::Receiver<Reconfigured> {
        let (sender, outcome) = oneshot::channel();
        self.changing().reply = Some((change, sender));
        outcome
    }

    /// What the host said; nothing if it was not asked, or not any more.
    fn take_host_answer(&mut self, call: u64, answer: Result<HostAnswer, ModelHostError>) {
        let Some(asked) = self.changing().asked.take_if(|asked| asked.call == call) else { return };
        self.core.take_host_answer(&asked.ask, &answer);
        if let Err(failure) = answer {
            self.changing().failure = Some(failure);
        }
    }

    /// An effect is durable: tells who asked for the change.
    pub(super) fn tell_change(&mut self, effect: &Effect) {
        let Effect::ReconfigurationEnded { change, outcome } = *effect else { return };
        let identity = self.core.current_model();
        let failure = self.changing().failure.clone();
        let told = match (outcome, identity) {
            (ReconfigurationOutcome::Committed, Some(identity)) => Reconfigured::Committed { identity },
            (ReconfigurationOutcome::Unresolved, _) => Reconfigured::Unresolved { failure },
            (ReconfigurationOutcome::RolledBack, _) => Reconfigured::RolledBack { failure },
            (ReconfigurationOutcome::Abandoned | ReconfigurationOutcome::Committed, _) => Reconfigured::Abandoned,
        };
        self.tell_of(change, told);
    }

    fn tell_of(&mut self, change: ReconfigurationId, told: Reconfigured) {
        if let Some((_, sender)) = self.changing().reply.take_if(|(asked, _)| *asked == change) {
            // Who went away does not want to know.
            drop(sender.send(told));
        }
    }

    /// Behind every step: the host is asked for what is to be done now, and for nothing else.
    pub(super) fn ask_host(&mut self, cell: &Arc<Cell>) {
        if self.changing.is_none() {
            return;
        }
        if let Some(change) = self.core.astray() {
            let failure = self.changing().failure.clone();
            self.tell_of(change, Reconfigured::Astray { failure });
        }
        let ask = self.core.host_ask();
        let changing = self.changing();
        if changing.asked.as_ref().map(|asked| &asked.ask) == ask.as_ref() {
            return;
        }
        changing.asked = None;
        if let Some(ask) = ask {
            changing.ask(cell, ask);
        }
    }

    /// Ends the call to the host, and joins it.
    pub(super) async fn end_change(&mut self) {
        let Some(mut changing) = self.changing.take() else { return };
        changing.asked = None;
        if let Some(task) = changing.task.take()
            && let Err(error) = task.await
        {
            tracing::error!(%error, "the task that asks the model host ended early");
        }
    }
}

impl Changing {
    fn ask(&mut self, cell: &Arc<Cell>, ask: HostAsk) {
        self.calls += 1;
        let stop = CancellationToken::new();
        let call = HostCall {
            host: self.host.clone(),
            ask: ask.clone(),
            call: self.calls,
            stop: stop.clone(),
            previous: self.task.take(),
            cell: Arc::clone(cell),
        };
        self.asked = Some(Asked { ask, call: self.calls, _stop: stop.drop_guard() });
        self.task = cell.environment().spawn_joined(call.make());
    }
}

/// One call to the host.
struct HostCall {
    host: Option<Arc<dyn ModelHost>>,
    ask: HostAsk,
    call: u64,
    stop: CancellationToken,
    previous: Option<JoinHandle<()>>,
    cell: Arc<Cell>,
}

impl HostCall {
    async fn make(mut self) {
        if let Some(previous) = self.previous.take()
            && let Err(error) = previous.await
        {
            tracing::error!(%error, "the task that asks the model host ended early");
        }
        if let Some(answer) = self.answer().await {
            let call = self.call;
            // The session that does not live any more needs no answer.
            drop(self.cell.call_owner(move |owner| {
                owner.take_host_answer(call, answer);
                Ok(())
            }));
        }
    }

    /// What the host said; none if it was told to stop. Nothing of the call goes on behind this.
    async fn answer(&self) -> Option<Result<HostAnswer, ModelHostError>> {
        let environment = self.cell.environment();
        let Some(host) = self.host.clone() else {
            return Some(Err(ModelHostError::of("there is no model host", ModelHostErrorKind::Missing)));
        };
        let (ask, session) = (self.ask.clone(), self.cell.session().clone());
        let mut call = tokio::spawn(async move { ask.put_to(&*host, &session).await });
        let patience = Duration::from_millis(environment.options.model_step_timeout_ms);
        let answer = tokio::select! {
            biased;
            () = self.stop.cancelled() => None,
            () = environment.dropped.cancelled() => None,
            answer = &mut call => return Some(answer.unwrap_or_else(|error| Err(panicked(&error)))),
            () = tokio::time::sleep(patience) => {
                Some(Err(ModelHostError::of("the host did not answer in time", ModelHostErrorKind::TimedOut)))
            }
        };
        call.abort();
        // Whatever it said comes too late.
        drop(call.await);
        answer
    }
}

fn panicked(error: &JoinError) -> ModelHostError {
    ModelHostError::of(&error.to_string(), ModelHostErrorKind::Panicked)
}
