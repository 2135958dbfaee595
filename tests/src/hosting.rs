//! The smallest host there can be, so that what is measured is the runtime.

use std::sync::Arc;

use async_trait::async_trait;
use meerkat_runtime::{
    CoreExecutor, ExecutorError, InputOutcome, MeerkatMachine, Run, RunControl, RunOutput, RuntimeError, SessionHandle,
    SessionId, Submission,
};
use tokio::task::JoinSet;

/// An executor that returns at once, the same output every time.
#[derive(Clone, Debug)]
pub struct AtOnce(RunOutput);

impl AtOnce {
    /// An executor for any number of sessions.
    #[must_use]
    pub fn shared() -> Arc<dyn CoreExecutor> {
        Arc::new(Self(RunOutput::text("done")))
    }
}

#[async_trait]
impl CoreExecutor for AtOnce {
    async fn execute(&self, _run: Run, _control: RunControl) -> Result<RunOutput, ExecutorError> {
        Ok(self.0.clone())
    }
}

/// Why a host cannot go on.
pub type Failure = Box<dyn std::error::Error + Send + Sync>;

/// Registers a session with an executor.
///
/// # Errors
///
/// If the runtime refuses.
pub async fn open(
    machine: &MeerkatMachine,
    name: &str,
    executor: &Arc<dyn CoreExecutor>,
) -> Result<SessionHandle, Failure> {
    let session = SessionId::new(name)?;
    let attachment = machine.ensure_session_with_executor(&session, Arc::clone(executor)).await?;
    Ok(attachment.handle().clone())
}

/// Registers sessions with an executor, 256 at a time: `<prefix> 0`, `<prefix> 1` and so on.
///
/// # Errors
///
/// If the runtime refuses.
pub async fn open_many(
    machine: &MeerkatMachine,
    prefix: &str,
    count: usize,
    executor: &Arc<dyn CoreExecutor>,
) -> Result<Vec<SessionHandle>, Failure> {
    let mut handles = Vec::with_capacity(count);
    while handles.len() < count {
        let mut opening = JoinSet::new();
        for number in handles.len()..count.min(handles.len() + 256) {
            let (machine, executor, name) = (machine.clone(), Arc::clone(executor), format!("{prefix} {number}"));
            opening.spawn(async move { open(&machine, &name, &executor).await });
        }
        while let Some(opened) = opening.join_next().await {
            handles.push(opened??);
        }
    }
    Ok(handles)
}

/// Gives a session one input and awaits what becomes of it.
///
/// # Errors
///
/// If the runtime refuses.
pub async fn round_trip(handle: &SessionHandle, submission: Submission) -> Result<InputOutcome, RuntimeError> {
    let (_, completion) = handle.accept_input_with_completion(submission).await?;
    Ok(completion.await)
}

/// Gives a session inputs, one after the other.
///
/// # Errors
///
/// If the runtime refuses, or an input is not consumed.
pub async fn round_trips(handle: &SessionHandle, count: usize) -> Result<(), Failure> {
    for _ in 0..count {
        match round_trip(handle, Submission::prompt("hello")).await? {
            InputOutcome::Consumed { .. } => {}
            other => return Err(format!("{other:?}").into()),
        }
    }
    Ok(())
}

/// Gives every handle inputs, one after the other for each and all handles at once. Handles may be of one session.
///
/// # Errors
///
/// If the runtime refuses, or an input is not consumed.
pub async fn round_trips_at_once(handles: &[SessionHandle], count: usize) -> Result<(), Failure> {
    let mut tasks = JoinSet::new();
    for handle in handles {
        let handle = handle.clone();
        tasks.spawn(async move { round_trips(&handle, count).await });
    }
    while let Some(done) = tasks.join_next().await {
        done??;
    }
    Ok(())
}
