//! What calls that end, revive or recover a session tell of it.

use machine_spec::session::{AbandonReason, InputId, RunId};

/// What stopping or destroying a session ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EndReport {
    /// The run that was current, which was told to end.
    pub interrupted: Option<RunId>,
    /// How many waiting inputs were abandoned.
    pub abandoned: u64,
}

/// What is left to do in a retired session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RetireReport {
    /// How many inputs wait or are in a run.
    pub draining: u64,
}

/// What a retired session took over into its new life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RecycleReport {
    /// How many inputs wait.
    pub kept: u64,
}

/// What a reset did away with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ResetReport {
    /// How many waiting inputs were abandoned.
    pub abandoned: u64,
}

/// What a registration found in the store, and what it did about it. Empty for a session that the store did not have.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RecoveryReport {
    /// The journal position of the snapshot that it started from.
    pub snapshot: Option<u64>,
    /// How many steps it replayed behind the snapshot.
    pub steps: u64,
    /// How many machine inputs were in those steps.
    pub machine_inputs: u64,
    /// How many inputs wait now.
    pub waiting: u64,
    /// The inputs of a run that its process left behind and that wait again.
    pub returned: Vec<InputId>,
    /// The inputs that were given up: no attempts were left, their session had ended, or their content is unreadable.
    pub abandoned: Vec<(InputId, AbandonReason)>,
    /// The rows of inputs that contradict the session. Each harmed its own input and no other.
    pub quarantined: Vec<QuarantinedInput>,
}

/// An input whose row is no good.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QuarantinedInput {
    /// The input.
    pub input: InputId,
    /// What is wrong.
    pub reason: RowReason,
}

/// What is wrong with the row of an input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RowReason {
    /// Its text cannot be decoded. The input was abandoned.
    ContentUnreadable,
    /// There is no such row. The input was abandoned; the store can keep no outcome of it.
    ContentMissing,
    /// An input that became part of it is missing or cannot be decoded. The input was abandoned.
    PartUnreadable {
        /// The part.
        part: InputId,
    },
    /// The row claims to wait and the session was done with it. It was settled as unreadable.
    Unexpected,
}

impl RowReason {
    /// A code that never changes, for programs to test.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::ContentUnreadable => "recovery.content_unreadable",
            Self::ContentMissing => "recovery.content_missing",
            Self::PartUnreadable { .. } => "recovery.part_unreadable",
            Self::Unexpected => "recovery.row_unexpected",
        }
    }
}
