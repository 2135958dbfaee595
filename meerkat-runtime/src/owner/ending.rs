//! The ends of a registration.

use std::collections::VecDeque;
use std::sync::Arc;

use machine_spec::session::{Incarnation, RunId};
use tokio::time::Instant;

use super::answer::tell;
use super::{End, Owner, until};
use crate::cell::Cell;
use crate::command::{Command, Reply};
use crate::environment::Counters;
use crate::{InterruptCause, RuntimeError, RuntimeEventKind, UnregisterReport};

/// A session that is being given up.
pub(super) struct Leaving {
    /// When a run that still goes on is told to end.
    pub(super) interrupt_at: Instant,
    /// The run that was told to end.
    pub(super) interrupted: Option<RunId>,
    /// Who waits for the end.
    pub(super) replies: Vec<Reply<UnregisterReport>>,
    /// Who wants to register the session again. They are told by being dropped.
    pub(super) newcomers: Vec<Reply<Incarnation>>,
}

impl Leaving {
    pub(super) fn new(interrupt_at: Instant, reply: Option<Reply<UnregisterReport>>) -> Self {
        Self { interrupt_at, interrupted: None, replies: reply.into_iter().collect(), newcomers: Vec::new() }
    }
}

impl Owner {
    pub(super) async fn end(mut self: Box<Self>, cell: &Arc<Cell>, end: End) {
        match end {
            End::GivenUp => self.say_farewell(cell),
            End::Failed(error) => self.fail(cell, &error).await,
            End::Dropped => self.vanish(cell).await,
        }
    }

    /// Nothing runs any more and the store knows it.
    fn say_farewell(&mut self, cell: &Arc<Cell>) {
        let told = self.waiters.interrupt(InterruptCause::Unregistered);
        self.executor = None;
        let leaving = self.leaving.take();
        let unread = cell.leave();
        refuse(unread, &cell.gone());
        let Some(leaving) = leaving else { return };
        let report = UnregisterReport {
            session: self.core.session().clone(),
            interrupted: leaving.interrupted,
            waiting: self.core.state().ingress().waiting().len(),
            told,
        };
        for reply in leaving.replies {
            tell(reply, Ok(report.clone()));
        }
    }

    /// Nobody knows whether the last step is durable, so nothing more may be decided here: this registration ends as if
    /// its process had, and the next one asks the store.
    async fn fail(&mut self, cell: &Arc<Cell>, error: &RuntimeError) {
        let cause = match error {
            RuntimeError::Store { .. } => InterruptCause::StoreFailed,
            _ => InterruptCause::Defect,
        };
        tracing::error!(session = %cell.session(), code = error.code(), error = error as &dyn std::error::Error,
            "the session's registration ends");
        Counters::add(&cell.environment().counters.failures, 1);
        self.waiters.interrupt(cause);
        self.endings.drain(..).for_each(|(reply, _)| tell(reply, Err(error.clone())));
        self.end_execution(cell).await;
        self.executor = None;
        let leaving = self.leaving.take();
        let unread = cell.leave();
        self.announce_one(cell.environment(), RuntimeEventKind::Failed);
        refuse(unread, error);
        if let Some(leaving) = leaving {
            leaving.replies.into_iter().for_each(|reply| tell(reply, Err(error.clone())));
        }
    }

    /// The runtime was dropped: as in a crash, except that the run is joined. Waiters learn it from their senders.
    async fn vanish(&mut self, cell: &Arc<Cell>) {
        self.end_execution(cell).await;
        drop(cell.leave());
    }

    /// Tells the run to end, aborts it after its grace, and joins it.
    async fn end_execution(&mut self, cell: &Cell) {
        self.interrupt_run(cell);
        let Some(mut execution) = self.execution.take() else { return };
        let overdue = until(execution.abort_at());
        tokio::select! {
            () = execution.finished() => {}
            () = overdue => execution.abort(),
            () = cell.environment().dropped.cancelled() => execution.abort(),
        }
        drop(execution.conclude().await);
    }
}

/// Tells who wrote letters that nobody will read. Whoever registers tries again instead.
fn refuse(unread: VecDeque<Command>, error: &RuntimeError) {
    for command in unread {
        match command {
            Command::Greet { reply } => drop(reply),
            other => other.refuse(error),
        }
    }
}
