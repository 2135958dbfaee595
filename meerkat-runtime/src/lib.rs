//! Hosts long-lived agent sessions whose lifecycle is a checked state machine.
//!
//! A host builds a [`MeerkatMachine`], registers sessions with an executor, and gives them inputs. What was accepted is
//! in the store, and runs exactly as the session machine allows: one run at a time, in order, at most as often as the
//! attempt limit says, across crashes.
//!
//! ```
//! use std::sync::Arc;
//! use std::time::Duration;
//!
//! use async_trait::async_trait;
//! use meerkat_runtime::{
//!     CoreExecutor, ExecutorError, InputOutcome, MeerkatMachine, Run, RunControl, RunOutput, SessionId, Submission,
//! };
//!
//! struct Shout;
//!
//! #[async_trait]
//! impl CoreExecutor for Shout {
//!     async fn execute(&self, run: Run, _control: RunControl) -> Result<RunOutput, ExecutorError> {
//!         Ok(RunOutput::text(run.inputs[0].prompt.to_uppercase()))
//!     }
//! }
//!
//! # tokio::runtime::Builder::new_current_thread().enable_time().build()?.block_on(async {
//! let machine = MeerkatMachine::ephemeral();
//! let id = SessionId::new("greeter")?;
//! let attachment = machine.ensure_session_with_executor(&id, Arc::new(Shout)).await?;
//! let submission = Submission::prompt("hello").idempotency_key("mail/1");
//! let (receipt, completion) = attachment.handle().accept_input_with_completion(submission).await?;
//! assert!(!receipt.deduplicated);
//! assert_eq!(completion.await, InputOutcome::Consumed { output: RunOutput::text("HELLO") });
//! let report = machine.shutdown(Duration::from_secs(10)).await;
//! assert_eq!(report.drained, 1);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! # })?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Rules that hosts can rely on
//!
//! * An input that was acknowledged is in the store, and is settled exactly once.
//! * An executor may see an input again after a failure, an unregistration or a crash, under a higher
//!   [`RunInput::attempt`]; never two runs of a session at once.
//! * Every completion becomes ready: with the outcome, or with [`InputOutcome::Interrupted`] if this process stops
//!   following the input.
//! * A handle, a run number and a binding name one registration, run or executor for good: late calls are refused and
//!   never hit a successor.
//! * Futures may be dropped at any time.
//!
//! An executor that blocks its thread cannot be aborted. Move blocking work to a thread of its own.

mod bindings;
mod by_id;
mod cell;
mod codec;
mod command;
mod core;
mod environment;
mod error;
mod event;
mod executor;
mod facet;
mod handle;
mod machine;
mod options;
mod outcome;
mod owner;
mod registry;
mod report;
mod request;
mod session_id;
mod status;
pub mod store;
mod submission;

pub use self::core::NameKind;
pub use bindings::Bindings;
pub use error::{AttachError, QuarantineReason, RecoveryError, RuntimeDriverError, RuntimeError};
pub use event::{EventStream, EventsLagged, RuntimeEvent, RuntimeEventKind};
pub use executor::{
    Boundary, CoalescedInput, CoreExecutor, ExecutorError, ExecutorErrorKind, InterruptHandle, Run, RunControl,
    RunInput, RunOutput,
};
pub use facet::Names;
pub use handle::SessionHandle;
pub use machine::{Attachment, MeerkatMachine};
pub use machine_spec::session::{
    AbandonReason, CancelPoint, EndSequence, Fence, Incarnation, InputId, Lane, MeerkatMachineEffect,
    MeerkatMachineRejection, ModelCall, OperationEnd, OperationId, OperationKind, OperationResult, Primitive, RunId,
    RunOutcome, TerminationCause, TurnEnd, TurnFailure, TurnLimit, WaitId,
};
pub use options::RuntimeOptions;
pub use outcome::{ActiveInput, BoundaryReceipt, Completion, InputOutcome, InputStatus, InterruptCause, Receipt};
pub use report::{EndReport, QuarantinedInput, RecoveryReport, RecycleReport, ResetReport, RetireReport, RowReason};
pub use request::{Ending, InProgress};
pub use session_id::{SessionId, SessionIdError};
pub use status::{RegistrationState, RuntimeState, RuntimeStatistics, SessionStatus, ShutdownReport, UnregisterReport};
pub use store::RuntimeStore;
pub use submission::Submission;
