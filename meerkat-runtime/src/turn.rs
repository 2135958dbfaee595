//! What an executor may report of its run's turn.

use std::collections::BTreeSet;
use std::sync::Arc;

use machine_spec::session::{
    MeerkatMachineInput as Input, ModelCall, OperationId, Primitive, RunId, TurnLimit, TurnPhase,
};

use crate::cell::Cell;
use crate::facet::{OperationWait, Operations};
use crate::{RunControl, RuntimeError};

/// Where a turn is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TurnStatus {
    /// What it is doing.
    pub phase: TurnPhase,
    /// What it does with its inputs.
    pub primitive: Primitive,
    /// How often a model call or an extraction may be tried.
    pub attempt_limit: u32,
    /// The latest model call.
    pub call: ModelCall,
    /// How often it failed in a row.
    pub failures: u32,
}

/// What follows from a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "it says whether to try again"]
pub enum AfterFailure {
    /// An attempt is left.
    Again {
        /// After a model call the one that failed, for [`TurnReports::retry_model_call`]; after an extraction the call
        /// to extract with next.
        call: ModelCall,
        /// How often it failed in a row; whoever waits before another attempt waits longer the more it is.
        failures: u32,
    },
    /// No attempt is left, and the turn has ended.
    Exhausted,
}

/// The reports of a run's executor: what its turn is doing. Reached by [`RunControl::turn`].
///
/// An executor need not report. One that does begins with [`begin`](Self::begin), and then every report is checked
/// against what was reported before: a run that returns in the midst of its turn has failed, and a turn passes its
/// barrier only when the operations have ended. Each report is durable when it returns.
///
/// Every method fails if the run is not the current one any more, if the run has begun no turn, or if the turn is not
/// where this may be reported: see [`TurnError`](crate::TurnError).
///
/// ```
/// # use std::sync::Arc;
/// # use async_trait::async_trait;
/// # use meerkat_runtime::{CoreExecutor, ExecutorError, InputOutcome, Run, RunControl, RunOutput};
/// # use meerkat_runtime::{MeerkatMachine, Primitive, SessionId, Submission};
/// struct Agent;
///
/// #[async_trait]
/// impl CoreExecutor for Agent {
///     async fn execute(&self, _run: Run, control: RunControl) -> Result<RunOutput, ExecutorError> {
///         let turn = control.turn();
///         turn.begin(Primitive::Conversation, 3).await?;
///         if let Some(call) = turn.apply_primitive().await? {
///             turn.call_tools(call, 1).await?;
///             assert_eq!(turn.return_tool().await?, 0);
///             turn.enter_boundary().await?;
///             turn.complete().await?;
///         }
///         Ok(RunOutput::text("done"))
///     }
/// }
/// # tokio::runtime::Builder::new_current_thread().enable_time().build()?.block_on(async {
/// # let (machine, id) = (MeerkatMachine::ephemeral(), SessionId::new("agent")?);
/// # machine.ensure_session_with_executor(&id, Arc::new(Agent)).await?;
/// # let (_, outcome) = machine.accept_input_with_completion(&id, Submission::prompt("a")).await?;
/// # assert!(matches!(outcome.await, InputOutcome::Consumed { .. }));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct TurnReports<'control> {
    cell: &'control Arc<Cell>,
    run: RunId,
}

impl RunControl {
    /// Where the executor reports what it is doing, if it wants to.
    #[must_use]
    pub fn turn(&self) -> TurnReports<'_> {
        TurnReports { cell: self.cell(), run: self.run() }
    }

    /// The session's operations, as in [`SessionHandle::operations`](crate::SessionHandle::operations).
    #[must_use]
    pub fn operations(&self) -> Operations<'_> {
        Operations::new(self.cell())
    }
}

#[allow(clippy::missing_errors_doc, reason = "the type says it once for all")]
impl TurnReports<'_> {
    async fn report(&self, report: Input) -> Result<TurnStatus, RuntimeError> {
        let run = self.run;
        self.cell.call(move |core| core.report_turn(run, report)).await
    }

    async fn report_failure(&self, report: Input) -> Result<AfterFailure, RuntimeError> {
        let run = self.run;
        self.cell.call(move |core| core.report_failure(run, report)).await
    }

    /// Begins the turn. A model call, and an extraction, may be tried `attempt_limit` times; at least once.
    pub async fn begin(&self, primitive: Primitive, attempt_limit: u32) -> Result<(), RuntimeError> {
        self.report(Input::BeginTurn { run: self.run, primitive, attempt_limit }).await.map(drop)
    }

    /// Where the turn is; none if the run has begun none, or has ended.
    pub async fn status(&self) -> Result<Option<TurnStatus>, RuntimeError> {
        let run = self.run;
        self.cell.call(move |core| Ok(core.turn_status(run))).await
    }

    /// The conversation has the inputs. Gives the number of the first model call; none if nobody is to answer, and then
    /// the turn has completed.
    pub async fn apply_primitive(&self) -> Result<Option<ModelCall>, RuntimeError> {
        let run = self.run;
        self.cell.call(move |core| core.apply_primitive(run)).await
    }

    /// The model asked for so many tools; at least one.
    pub async fn call_tools(&self, call: ModelCall, tools: u32) -> Result<(), RuntimeError> {
        self.report(Input::CallTools { run: self.run, call, tools }).await.map(drop)
    }

    /// A tool has returned. Tells how many others have not.
    pub async fn return_tool(&self) -> Result<u32, RuntimeError> {
        let run = self.run;
        self.cell.call(move |core| core.return_tool(run)).await
    }

    /// All tools have returned, and the turn goes on only when what the wait is for has ended. Keep the wait until
    /// behind the barrier: dropping it closes it.
    pub async fn enter_barrier(&self, wait: &OperationWait) -> Result<(), RuntimeError> {
        self.report(Input::EnterBarrier { run: self.run, wait: wait.id() }).await.map(drop)
    }

    /// What the wait was for has ended, and the turn goes on.
    pub async fn pass_barrier(&self, wait: &OperationWait) -> Result<(), RuntimeError> {
        self.report(Input::PassBarrier { run: self.run, wait: wait.id() }).await.map(drop)
    }

    /// Enters a barrier for these operations, waits, and passes it. If this is dropped half-way, the turn stays at the
    /// barrier, and can only be ended: by [`observe_cancellation`](Self::observe_cancellation), [`fail`](Self::fail) or
    /// [`limit`](Self::limit).
    pub async fn await_operations(
        &self,
        operations: impl IntoIterator<Item = OperationId>,
    ) -> Result<(), RuntimeError> {
        let operations: BTreeSet<_> = operations.into_iter().collect();
        let mut wait = Operations::new(self.cell).wait_all(operations).await?;
        self.enter_barrier(&wait).await?;
        (&mut wait).await.map_err(|_| self.cell.gone())?;
        self.pass_barrier(&wait).await
    }

    /// The model has answered, or the tools have returned: the turn is at its boundary. Steering inputs join with
    /// [`RunControl::boundary`].
    pub async fn enter_boundary(&self) -> Result<(), RuntimeError> {
        self.report(Input::EnterBoundary { run: self.run }).await.map(drop)
    }

    /// Behind its boundary the turn calls the model again. Gives the number of the call.
    pub async fn continue_turn(&self) -> Result<ModelCall, RuntimeError> {
        Ok(self.report(Input::ContinueTurn { run: self.run }).await?.call)
    }

    /// At its boundary the turn is done.
    pub async fn complete(&self) -> Result<(), RuntimeError> {
        self.report(Input::CompleteTurn { run: self.run }).await.map(drop)
    }

    /// At its boundary the turn only has its result extracted. Gives the number of the call.
    pub async fn begin_extraction(&self) -> Result<ModelCall, RuntimeError> {
        Ok(self.report(Input::BeginExtraction { run: self.run }).await?.call)
    }

    /// What was extracted is valid, which completes the turn.
    pub async fn accept_extraction(&self, call: ModelCall) -> Result<(), RuntimeError> {
        self.report(Input::AcceptExtraction { run: self.run, call }).await.map(drop)
    }

    /// What was extracted is not valid. Tells whether to extract once more.
    pub async fn reject_extraction(&self, call: ModelCall) -> Result<AfterFailure, RuntimeError> {
        self.report_failure(Input::RejectExtraction { run: self.run, call }).await
    }

    /// A model call failed in a way that another one may get over. Tells whether to try again.
    pub async fn fail_model_call(&self, call: ModelCall) -> Result<AfterFailure, RuntimeError> {
        self.report_failure(Input::FailModelCall { run: self.run, call }).await
    }

    /// The time before another attempt is over: calls the model again in place of the call that failed. Gives the number
    /// of the new call.
    pub async fn retry_model_call(&self, failed: ModelCall) -> Result<ModelCall, RuntimeError> {
        Ok(self.report(Input::RetryModelCall { run: self.run, call: failed }).await?.call)
    }

    /// The turn failed for good: the run's inputs will not be tried again.
    pub async fn fail(&self) -> Result<(), RuntimeError> {
        self.report(Input::FailTurn { run: self.run }).await.map(drop)
    }

    /// The turn ran into a limit. What it did so far may count: the run may complete, or fail for good.
    pub async fn limit(&self, limit: TurnLimit) -> Result<(), RuntimeError> {
        self.report(Input::LimitTurn { run: self.run, limit }).await.map(drop)
    }

    /// The executor saw that the run is to end, and has nothing more to do.
    pub async fn observe_cancellation(&self) -> Result<(), RuntimeError> {
        self.report(Input::ObserveCancellation { run: self.run }).await.map(drop)
    }
}
