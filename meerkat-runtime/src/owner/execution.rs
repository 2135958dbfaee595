//! The task that executes one run.

use std::any::Any;
use std::pin::Pin;
use std::sync::Arc;

use machine_spec::session::RunId;
use tokio::task::{JoinError, JoinHandle};
use tokio::time::Instant;

use crate::cell::Cell;
use crate::core::RunEnd;
use crate::executor::RunShared;
use crate::{CoreExecutor, ExecutorError, ExecutorErrorKind, InterruptHandle, Run, RunControl, RunInput, RunOutput};

type Executed = Result<RunOutput, ExecutorError>;

/// A run that is being executed. Dropping it aborts the task; everybody who can, awaits it.
pub(super) struct Execution {
    run: RunId,
    task: JoinHandle<Executed>,
    result: Option<Result<Executed, JoinError>>,
    shared: Arc<RunShared>,
    abort_at: Option<Instant>,
    interrupted: bool,
    /// The host's own interrupt, as long as it takes.
    told: Option<JoinHandle<()>>,
}

impl Execution {
    pub(super) fn start(cell: &Arc<Cell>, executor: Option<Arc<dyn CoreExecutor>>, run: Run) -> Self {
        let shared = Arc::<RunShared>::default();
        let number = run.run;
        let control = RunControl::new(Arc::clone(cell), number, Arc::clone(&shared));
        let task = tokio::spawn(async move {
            match executor {
                Some(executor) => executor.execute(run, control).await,
                // The machine starts runs only while an executor is bound.
                None => Err(ExecutorError::retryable("the executor is gone")),
            }
        });
        Self { run: number, task, result: None, shared, abort_at: None, interrupted: false, told: None }
    }

    pub(super) fn run(&self) -> RunId {
        self.run
    }

    pub(super) fn is_finished(&self) -> bool {
        self.result.is_some() || self.task.is_finished()
    }

    /// Resolves when the task has ended. May be dropped at any time.
    pub(super) async fn finished(&mut self) {
        if self.result.is_none() {
            self.result = Some(Pin::new(&mut self.task).await);
        }
    }

    /// Joins the task and tells how the run ended.
    pub(super) async fn conclude(mut self) -> RunEnd {
        self.finished().await;
        if let Some(told) = self.told.take()
            && let Err(error) = told.await
        {
            tracing::error!(run = self.run.number(), %error, "the host's interrupt handle panicked");
        }
        match self.result.take() {
            Some(Ok(Ok(output))) if !self.shared.has_undelivered() => RunEnd::Completed(output),
            Some(Ok(Ok(_))) => RunEnd::Failed(ExecutorError {
                message: "the run ended without having taken in what joined it".into(),
                retry: true,
                kind: ExecutorErrorKind::BoundaryLost,
            }),
            Some(Ok(Err(error))) => RunEnd::Failed(error),
            Some(Err(error)) => RunEnd::Failed(failure(error)),
            None => RunEnd::Failed(ExecutorError::retryable("the executor's task is gone")),
        }
    }

    pub(super) fn hand_over(&self, joined: Vec<RunInput>) {
        self.shared.hand_over(joined);
    }

    /// Tells the executor to end now, and the host too, on a task of its own. False if it was told before.
    pub(super) fn interrupt(&mut self, now: Instant, cell: &Cell, handle: Option<&Arc<dyn InterruptHandle>>) -> bool {
        if self.interrupted {
            return false;
        }
        self.interrupted = true;
        // A grace beyond the end of time is no limit.
        self.abort_at = now.checked_add(cell.environment().grace());
        self.shared.cancellation.cancel();
        if let Some(handle) = handle.map(Arc::clone) {
            let (session, run) = (cell.session().clone(), self.run);
            self.told = Some(tokio::spawn(async move { handle.interrupt(&session, run) }));
        }
        true
    }

    pub(super) fn is_interrupted(&self) -> bool {
        self.interrupted
    }

    pub(super) fn abort_at(&self) -> Option<Instant> {
        self.abort_at
    }

    pub(super) fn abort_if_overdue(&mut self, now: Instant) {
        if self.abort_at.take_if(|at| *at <= now).is_some() {
            self.task.abort();
        }
    }

    pub(super) fn abort(&mut self) {
        self.task.abort();
    }
}

impl Drop for Execution {
    fn drop(&mut self) {
        self.task.abort();
    }
}

fn failure(error: JoinError) -> ExecutorError {
    if !error.is_panic() {
        let message = "the executor did not end in time and was aborted".into();
        return ExecutorError { message, retry: true, kind: ExecutorErrorKind::Aborted };
    }
    let message = format!("the executor panicked: {}", panic_text(&*error.into_panic())).into();
    ExecutorError { message, retry: true, kind: ExecutorErrorKind::Panicked }
}

fn panic_text(payload: &(dyn Any + Send)) -> &str {
    let text = payload.downcast_ref::<&str>().copied();
    text.or_else(|| payload.downcast_ref::<String>().map(String::as_str)).unwrap_or("without a message")
}
