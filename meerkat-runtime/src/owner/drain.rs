//! The task that drains the inbox, and whoever waits for something between peers.

use std::pin::Pin;
use std::sync::Arc;

use machine_spec::session::{
    DrainExit, DrainId, MeerkatMachineEffect as Effect, RequestId, RequestOutcome, StreamEnd, StreamId,
};
use tokio::task::{JoinError, JoinHandle};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::watchers::Watchers;
use super::{Owner, answer, until};
use crate::cell::Cell;
use crate::command::Reply;
use crate::{CommsDrain, DrainControl, RuntimeError, SessionHandle};

/// What a session has to do with peers in this process.
#[derive(Default)]
pub(super) struct PeerSide {
    /// The task of the drain, from its start until it was joined.
    task: Option<DrainTask>,
    /// The host's part of a drain that is about to start.
    drainer: Option<(DrainId, Arc<dyn CommsDrain>)>,
    /// How the drain ended, if the host said so before its task did.
    declared: Option<(DrainId, DrainExit)>,
    drains: Watchers<DrainId, DrainExit>,
    requests: Watchers<RequestId, RequestOutcome>,
    streams: Watchers<StreamId, StreamEnd>,
}

/// Dropping it aborts the task; everybody who can, awaits it.
struct DrainTask {
    drain: DrainId,
    task: JoinHandle<DrainExit>,
    result: Option<Result<DrainExit, JoinError>>,
    cancellation: CancellationToken,
    abort_at: Option<Instant>,
}

impl DrainTask {
    fn start(cell: &Arc<Cell>, drain: DrainId, drainer: Arc<dyn CommsDrain>) -> Self {
        let cancellation = CancellationToken::new();
        let control = DrainControl::new(SessionHandle::new(Arc::clone(cell)), drain, cancellation.clone());
        let cell = Arc::clone(cell);
        let task = tokio::spawn(async move {
            // Refused if the drain was told to end meanwhile.
            drop(cell.call(move |core| core.drain_started(drain)));
            drainer.drain(control).await
        });
        Self { drain, task, result: None, cancellation, abort_at: None }
    }

    fn is_over(&self) -> bool {
        self.result.is_some() || self.task.is_finished()
    }

    /// Resolves when the task has ended. May be dropped at any time.
    async fn finished(&mut self) {
        if self.result.is_none() {
            self.result = Some(Pin::new(&mut self.task).await);
        }
    }

    /// Joins the task and tells how it ended by itself: one that panicked or was aborted broke off.
    async fn conclude(mut self) -> DrainExit {
        self.finished().await;
        match self.result.take() {
            Some(Ok(exit)) => exit,
            Some(Err(error)) => {
                tracing::warn!(drain = self.drain.number(), %error, "the drain broke off");
                DrainExit::Respawnable
            }
            None => DrainExit::Respawnable,
        }
    }

    fn interrupt(&mut self, cell: &Cell) {
        if !self.cancellation.is_cancelled() {
            // A grace beyond the end of time is no limit.
            self.abort_at = Instant::now().checked_add(cell.environment().grace());
            self.cancellation.cancel();
        }
    }
}

impl Drop for DrainTask {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl PeerSide {
    pub(super) fn is_idle(&self) -> bool {
        self.task.is_none()
            && self.drainer.is_none()
            && self.drains.is_empty()
            && self.requests.is_empty()
            && self.streams.is_empty()
    }
}

/// Resolves when the task of the drain has ended; never if there is none.
pub(super) async fn finished(peers: &mut Option<Box<PeerSide>>) {
    match peers.as_mut().and_then(|peers| peers.task.as_mut()) {
        Some(task) => task.finished().await,
        None => std::future::pending().await,
    }
}

impl Owner {
    fn peer_side(&mut self) -> &mut PeerSide {
        self.peers.get_or_insert_default()
    }

    fn drain_task(&mut self) -> Option<&mut DrainTask> {
        self.peers.as_mut()?.task.as_mut()
    }

    pub(super) fn has_drain(&self) -> bool {
        self.peers.as_ref().is_some_and(|peers| peers.task.is_some())
    }

    pub(super) fn is_drain_over(&self) -> bool {
        self.peers.as_ref().and_then(|peers| peers.task.as_ref()).is_some_and(DrainTask::is_over)
    }

    /// Has the inbox drained. The task starts once that is durable.
    pub(crate) fn spawn_drain(&mut self, drainer: Arc<dyn CommsDrain>) -> Result<DrainId, RuntimeError> {
        let drain = self.core.transact(|core| core.spawn_drain())?;
        self.peer_side().drainer = Some((drain, drainer));
        Ok(drain)
    }

    pub(super) fn start_drain(&mut self, cell: &Arc<Cell>, drain: DrainId) {
        let peers = self.peer_side();
        if let Some((_, drainer)) = peers.drainer.take_if(|(spawned, _)| *spawned == drain) {
            peers.task = Some(DrainTask::start(cell, drain, drainer));
            if peers.declared.is_some_and(|(declared, _)| declared == drain) {
                self.interrupt_drain(cell, drain);
            }
        }
    }

    pub(super) fn interrupt_drain(&mut self, cell: &Cell, drain: DrainId) {
        if let Some(task) = self.drain_task().filter(|task| task.drain == drain) {
            task.interrupt(cell);
        }
    }

    pub(super) fn interrupt_any_drain(&mut self, cell: &Cell) {
        if let Some(task) = self.drain_task() {
            task.interrupt(cell);
        }
    }

    pub(super) fn drain_deadline(&self) -> Option<Instant> {
        self.peers.as_ref()?.task.as_ref()?.abort_at
    }

    pub(super) fn keep_drain_time(&mut self) {
        let now = Instant::now();
        if let Some(task) = self.drain_task()
            && task.abort_at.take_if(|at| *at <= now).is_some()
        {
            task.task.abort();
        }
    }

    /// Joins a drain whose task has ended, and lets the machine know.
    pub(super) async fn conclude_drain(&mut self) {
        if !self.is_drain_over() {
            return;
        }
        let peers = self.peer_side();
        let (task, declared) = (peers.task.take(), peers.declared.take());
        let Some(task) = task else { return };
        let drain = task.drain;
        let exit = task.conclude().await;
        let declared = declared.filter(|(declared, _)| *declared == drain).map(|(_, exit)| exit);
        self.core.drain_exited(drain, declared.unwrap_or(exit));
    }

    /// The host knows that the drain is over before its task does.
    pub(crate) fn declare_drain_exited(
        &mut self,
        cell: &Cell,
        drain: DrainId,
        exit: DrainExit,
    ) -> Result<(), RuntimeError> {
        self.core.check_drain_exit(drain, exit)?;
        self.peer_side().declared = Some((drain, exit));
        self.interrupt_drain(cell, drain);
        Ok(())
    }

    pub(crate) fn abort_drain(&mut self, drain: DrainId, reply: Reply<DrainExit>) -> Result<(), RuntimeError> {
        self.core.transact(|core| core.abort_drain(drain))?;
        self.watch_drain(drain, reply)
    }

    /// Tells the end of the drain, now if it has ended.
    pub(crate) fn watch_drain(&mut self, drain: DrainId, reply: Reply<DrainExit>) -> Result<(), RuntimeError> {
        match self.core.drain_end(drain)? {
            Some(exit) => answer::tell(reply, Ok(exit)),
            None => self.peer_side().drains.add(drain, reply),
        }
        Ok(())
    }

    pub(super) fn tell_drain_end(&mut self, drain: DrainId, exit: DrainExit) {
        self.peer_side().drains.tell(&drain, &exit);
    }

    /// Tells the outcome of a request that was just sent.
    pub(crate) fn watch_request(&mut self, request: RequestId, reply: Reply<RequestOutcome>) {
        self.peer_side().requests.add(request, reply);
    }

    /// Tells the end of a stream that was just reserved.
    pub(crate) fn watch_stream(&mut self, stream: StreamId, reply: Reply<StreamEnd>) {
        self.peer_side().streams.add(stream, reply);
    }

    /// Tells whoever waits for what the effect is about.
    pub(super) fn tell_exchange(&mut self, effect: &Effect) {
        let Some(peers) = &mut self.peers else { return };
        match effect {
            Effect::RequestSettled { request, outcome } => peers.requests.tell(request, outcome),
            Effect::StreamEnded { stream, end } => peers.streams.tell(stream, end),
            _ => {}
        }
    }

    /// Tells the drain to end, aborts it after its grace, and joins it.
    pub(super) async fn end_drain(&mut self, cell: &Cell) {
        self.interrupt_any_drain(cell);
        let Some(mut task) = self.peers.as_mut().and_then(|peers| peers.task.take()) else { return };
        let overdue = until(task.abort_at);
        tokio::select! {
            () = task.finished() => {}
            () = overdue => task.task.abort(),
            () = cell.environment().dropped.cancelled() => task.task.abort(),
        }
        task.conclude().await;
    }
}
