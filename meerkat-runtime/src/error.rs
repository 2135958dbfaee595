//! What a call may be refused with, one variant per thing that its reader would do about it.

use std::fmt;
use std::sync::Arc;

use machine_spec::RestoreError;
use machine_spec::session::{InputId, MeerkatMachineRejection, RunId};

use crate::store::StoreError;
use crate::{CoreExecutor, NameKind, SessionId};

/// The name that drivers of sessions know [`RuntimeError`] by.
pub type RuntimeDriverError = RuntimeError;

/// Why a call had no effect.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RuntimeError {
    /// The runtime is shut down, or every copy of it was dropped.
    #[error("the runtime is shut down; build a new one")]
    ShutDown,
    /// There is nothing to run tasks on.
    #[error("there is no tokio runtime here; call this inside one")]
    NoTokio,
    /// The session is not registered here.
    #[error("session {session} is not registered; register it first")]
    SessionUnknown {
        /// The session.
        session: SessionId,
    },
    /// The registration that the handle belongs to has ended.
    #[error("this handle's registration of session {session} has ended; register the session again")]
    SessionGone {
        /// The session.
        session: SessionId,
    },
    /// The session is being unregistered.
    #[error("session {session} is being unregistered; wait for that, then register it again")]
    Draining {
        /// The session.
        session: SessionId,
    },
    /// The session was retired: it takes no new input.
    #[error("session {session} is retired and takes no new input; reset it, or use another session")]
    Retired {
        /// The session.
        session: SessionId,
    },
    /// The session was stopped: it takes no input until an executor is attached.
    #[error("session {session} is stopped; attach an executor or reset it")]
    Stopped {
        /// The session.
        session: SessionId,
    },
    /// The session was destroyed.
    #[error("session {session} is destroyed for good; use another session")]
    Destroyed {
        /// The session.
        session: SessionId,
    },
    /// The session's current run is its last before it retires, stops or is destroyed.
    #[error("session {session} is ending with its current run; wait for that")]
    Ending {
        /// The session.
        session: SessionId,
    },
    /// The session has an executor already, or is about to have one.
    #[error("session {session} has an executor; detach that one first")]
    ExecutorBound {
        /// The session.
        session: SessionId,
    },
    /// The session has no executor.
    #[error("session {session} has no executor; attach one first")]
    NotAttached {
        /// The session.
        session: SessionId,
    },
    /// A run is current, and this has to wait for its end.
    #[error("session {session} has a current run; wait for its end, or cancel it")]
    RunCurrent {
        /// The session.
        session: SessionId,
    },
    /// The run that was to be cancelled is not the current one: it has ended already, or never began.
    #[error("run {} of session {session} is not the current one; there is nothing to cancel", .run.number())]
    RunNotCurrent {
        /// The session.
        session: SessionId,
        /// The run.
        run: RunId,
    },
    /// There is no current run.
    #[error("session {session} has no current run; there is nothing to cancel")]
    NotRunning {
        /// The session.
        session: SessionId,
    },
    /// As many inputs wait as the session's limit allows.
    #[error("session {session} has {limit} inputs waiting and takes no more until some have run; try again later")]
    TooManyWaiting {
        /// The session.
        session: SessionId,
        /// The limit.
        limit: u64,
    },
    /// A name is empty or too long.
    #[error("a name has {length_bytes} bytes; use 1 to {max}", max = crate::core::Names::MAX_BYTES)]
    NameInvalid {
        /// Its length.
        length_bytes: usize,
    },
    /// The session has as many names of a kind as its limit allows.
    #[error("session {session} has {limit} names of the kind {kind:?}; reuse one, or raise the limit")]
    TooManyNames {
        /// The session.
        session: SessionId,
        /// The kind.
        kind: NameKind,
        /// The limit.
        limit: usize,
    },
    /// The input no longer waits: a run has it, or it is settled.
    #[error("input {} of session {session} does not wait any more; look at its status", .input.number())]
    InputNotWaiting {
        /// The session.
        session: SessionId,
        /// The input.
        input: InputId,
    },
    /// The session never had such an input.
    #[error("session {session} has no input {}; use the number from its receipt", .input.number())]
    InputUnknown {
        /// The session.
        session: SessionId,
        /// The input.
        input: InputId,
    },
    /// The prompt is longer than the runtime's options allow.
    #[error("the prompt has {length_bytes} bytes and the limit is {limit_bytes}; shorten it or raise the limit")]
    PromptTooLarge {
        /// Its length.
        length_bytes: usize,
        /// The limit.
        limit_bytes: usize,
    },
    /// The idempotency key is empty or too long.
    #[error("an idempotency key has {length_bytes} bytes; use 1 to {max}", max = crate::Submission::MAX_KEY_BYTES)]
    KeyInvalid {
        /// Its length.
        length_bytes: usize,
    },
    /// Another input with other content has the idempotency key.
    #[error(
        "session {session} has input {} with other content under the same idempotency key; use a new key",
        .existing.number()
    )]
    IdempotencyConflict {
        /// The session.
        session: SessionId,
        /// The input that has the key.
        existing: InputId,
    },
    /// An outcome in the store cannot be read.
    #[error("the stored outcome of input {} of session {session} cannot be read; use the program that wrote it", .input.number())]
    OutcomeUnreadable {
        /// The session.
        session: SessionId,
        /// The input.
        input: InputId,
        /// What the decoder said.
        source: Arc<serde_json::Error>,
    },
    /// A step cannot be written down. The session's registration has ended; nothing of the step was kept.
    #[error("a step of session {session} cannot be encoded; register it again, and report this")]
    Unencodable {
        /// The session.
        session: SessionId,
        /// What the encoder said.
        source: Arc<serde_json::Error>,
    },
    /// The store failed. If the call was to change the session, its registration has ended, and registering it again
    /// tells whether the change was kept.
    #[error("the store failed under session {session}; register the session again once the store is well")]
    Store {
        /// The session.
        session: SessionId,
        /// What the store said.
        source: Arc<StoreError>,
    },
    /// The stored session cannot be recovered.
    #[error(transparent)]
    Recovery(#[from] RecoveryError),
    /// The machine refused the call for a reason that has no variant of its own.
    #[error("session {session} refuses this now; look at its status")]
    Refused {
        /// The session.
        session: SessionId,
        /// What the machine said.
        source: MeerkatMachineRejection,
    },
    /// The runtime broke one of its own rules. The session's registration has ended; nothing of the step was kept.
    #[error("the runtime broke a rule of its own on session {session}; register it again, and report this")]
    Defect {
        /// The session.
        session: SessionId,
        /// What the machine said.
        source: MeerkatMachineRejection,
    },
    /// A call was refused after it had changed the session: a rule of the runtime's own, broken. The session's
    /// registration has ended; nothing of the step was kept.
    #[error("a refused call had changed session {session}; register it again, and report this")]
    HalfDone {
        /// The session.
        session: SessionId,
    },
}

impl RuntimeError {
    /// A code that never changes, for programs to test.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::ShutDown => "runtime.shut_down",
            Self::NoTokio => "runtime.no_tokio",
            Self::SessionUnknown { .. } => "runtime.session_unknown",
            Self::SessionGone { .. } => "runtime.session_gone",
            Self::Draining { .. } => "runtime.draining",
            Self::Retired { .. } => "runtime.retired",
            Self::Stopped { .. } => "runtime.stopped",
            Self::Destroyed { .. } => "runtime.destroyed",
            Self::Ending { .. } => "runtime.ending",
            Self::ExecutorBound { .. } => "runtime.executor_bound",
            Self::NotAttached { .. } => "runtime.not_attached",
            Self::RunCurrent { .. } => "runtime.run_current",
            Self::RunNotCurrent { .. } => "runtime.run_not_current",
            Self::NotRunning { .. } => "runtime.not_running",
            Self::TooManyWaiting { .. } => "runtime.too_many_waiting",
            Self::NameInvalid { .. } => "runtime.name_invalid",
            Self::TooManyNames { .. } => "runtime.too_many_names",
            Self::InputNotWaiting { .. } => "runtime.input_not_waiting",
            Self::InputUnknown { .. } => "runtime.input_unknown",
            Self::PromptTooLarge { .. } => "runtime.prompt_too_large",
            Self::KeyInvalid { .. } => "runtime.key_invalid",
            Self::IdempotencyConflict { .. } => "runtime.idempotency_conflict",
            Self::OutcomeUnreadable { .. } => "runtime.outcome_unreadable",
            Self::Unencodable { .. } => "runtime.unencodable",
            Self::Store { .. } => "runtime.store",
            Self::Recovery(error) => error.code(),
            Self::Refused { .. } => "runtime.refused",
            Self::Defect { .. } => "runtime.defect",
            Self::HalfDone { .. } => "runtime.half_done",
        }
    }
}

/// Why a stored session cannot be recovered.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RecoveryError {
    /// What is stored of the session does not fit together. Nothing was written; other sessions are well.
    #[error("session {session} cannot be recovered from position {position}; restore it from a backup")]
    Quarantined {
        /// The session.
        session: SessionId,
        /// The journal position that does not fit.
        position: u64,
        /// What is wrong there.
        #[source]
        reason: QuarantineReason,
    },
}

impl RecoveryError {
    /// A code that never changes, for programs to test.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Quarantined { reason, .. } => match reason {
                QuarantineReason::SnapshotUnreadable(_) => "recovery.snapshot_unreadable",
                QuarantineReason::SnapshotInvalid(_) => "recovery.snapshot_invalid",
                QuarantineReason::EntryUnreadable(_) => "recovery.entry_unreadable",
                QuarantineReason::EntryRefused(_) => "recovery.entry_refused",
                QuarantineReason::EntryMissing => "recovery.entry_missing",
                QuarantineReason::NameInvalid => "recovery.name_invalid",
                QuarantineReason::ContentUnexpected { .. } => "recovery.content_unexpected",
            },
        }
    }
}

/// What is wrong with a stored session.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum QuarantineReason {
    /// The snapshot cannot be decoded.
    #[error("the snapshot cannot be decoded")]
    SnapshotUnreadable(#[source] Arc<serde_json::Error>),
    /// The snapshot is no state of the machine.
    #[error("the snapshot is no state of the session machine")]
    SnapshotInvalid(#[source] RestoreError),
    /// A journal entry cannot be decoded.
    #[error("the journal entry cannot be decoded")]
    EntryUnreadable(#[source] Arc<serde_json::Error>),
    /// The machine refuses a journal entry.
    #[error("the machine refuses the journal entry")]
    EntryRefused(#[source] MeerkatMachineRejection),
    /// The journal has a gap.
    #[error("the journal has a gap")]
    EntryMissing,
    /// A name is none, or is there twice.
    #[error("a name is none, or is there twice")]
    NameInvalid,
    /// The store has an input that the machine has yet to number.
    #[error("input {} is stored and the machine has not admitted it", .input.number())]
    ContentUnexpected {
        /// The input.
        input: InputId,
    },
}

/// An executor was not attached. It comes back with the reason.
#[derive(Clone, thiserror::Error)]
#[error("the executor was not attached")]
pub struct AttachError {
    /// The executor that was to be attached.
    pub executor: Arc<dyn CoreExecutor>,
    /// Why it was not.
    #[source]
    pub source: RuntimeError,
}

impl AttachError {
    /// The code of the reason.
    #[must_use]
    pub fn code(&self) -> &'static str {
        self.source.code()
    }
}

impl fmt::Debug for AttachError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("AttachError").field("source", &self.source).finish_non_exhaustive()
    }
}
