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
mod model;
mod options;
mod outcome;
mod owner;
mod peer_refusal;
mod refusals;
mod registry;
mod report;
mod request;
mod session_id;
mod status;
pub mod store;
mod submission;
mod turn;

pub use self::core::NameKind;
pub use bindings::Bindings;
pub use error::{
    AttachError, ModelError, OperationError, QuarantineReason, RecoveryError, RuntimeDriverError, RuntimeError,
    TurnError,
};
pub use event::{EventStream, EventsLagged, RuntimeEvent, RuntimeEventKind};
pub use executor::{
    Boundary, CoalescedInput, CoreExecutor, ExecutorError, ExecutorErrorKind, InterruptHandle, Run, RunControl,
    RunInput, RunOutput,
};
pub use facet::{
    CommsDrain, DeferredTool, Drain, DrainControl, EndedOperation, Envelope, EnvelopeIntent, EnvelopeReceipt,
    Following, FollowingInterrupted, IngressChange, IngressOwner, IngressUpdate, Model, Names, OperationStatus,
    OperationWait, Operations, OwedReply, PeerProjection, Peers, ProjectionStatus, Realtime, RealtimeAttachmentStatus,
    RealtimeIntent, RealtimeSignal, Requests, SentRequest, ServerStatus, Streams, Supervisor, SupervisorBinding,
    SupervisorTrust, SurfaceSnapshot, SurfaceStatus, Surfaces, ToolVisibility, Tools, TopologyStep,
};
pub use handle::SessionHandle;
pub use machine::{Attachment, MeerkatMachine};
pub use machine_spec::session::{
    AbandonReason, CancelPoint, Capability, CommsDrainPhase, ContextWatermark, DrainExit, DrainId, EndSequence,
    EnvelopeHandling, EnvelopeId, Fence, FilterRule, ImageOperationId, ImageOperationPhase, ImageOutcome, Incarnation,
    InputId, Lane, MeerkatMachineEffect, MeerkatMachineRejection, ModelCall, Moment, OperationEnd, OperationId,
    OperationKind, OperationResult, OperationsPhase, OverlayEpoch, PeerProjectionId, Primitive, ProductTurn,
    ProductTurnEnding, ProductTurnPhase, ProjectionPhase, RealtimeAuthority, ReconnectPhase, ReconnectPolicy, Reply,
    RequestId, RequestOutcome, RunId, RunOutcome, ServerConnection, ServerId, ServersPhase, SnapshotEpoch, StreamEnd,
    StreamId, SupervisorEpoch, SurfaceCallId, SurfaceChange, SurfaceClosing, SurfaceId, SurfaceLineage, SurfacesPhase,
    SwitchId, SwitchOutcome, TerminationCause, ToolId, ToolRevision, TopologyEpoch, TopologyPhase, TurnEnd,
    TurnFailure, TurnLimit, TurnPhase, WaitId,
};
pub use model::{ModelHost, ModelHostError, ModelHostErrorKind, ModelIdentity, RealtimeTransport, Reconfigured};
pub use options::RuntimeOptions;
pub use outcome::{ActiveInput, BoundaryReceipt, Completion, InputOutcome, InputStatus, InterruptCause, Receipt};
pub use peer_refusal::PeerRefusal;
pub use refusals::{RealtimeRefusal, ServersRefusal, SurfacesRefusal, ToolsRefusal};
pub use report::{EndReport, QuarantinedInput, RecoveryReport, RecycleReport, ResetReport, RetireReport, RowReason};
pub use request::{Ending, InProgress};
pub use session_id::{SessionId, SessionIdError};
pub use status::{RegistrationState, RuntimeState, RuntimeStatistics, SessionStatus, ShutdownReport, UnregisterReport};
pub use store::RuntimeStore;
pub use submission::Submission;
pub use turn::{AfterFailure, TurnReports, TurnStatus};

/// The target of one `tracing` event, at the level `TRACE`, per machine input that was accepted and is durable, in the
/// order of a session's inputs. Its fields: `session`, `incarnation` (a number) and `input` (as JSON, by serde).
pub const STEP_TARGET: &str = "meerkat::step";

/// The target of one `tracing` event, at the level `TRACE`, per session that was brought back from its store, before the
/// first of its steps. Its fields: `session` and `state` (as JSON, by serde).
pub const RECOVERY_TARGET: &str = "meerkat::recovery";
