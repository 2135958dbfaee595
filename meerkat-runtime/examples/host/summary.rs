//! What came of one start of the host.

use meerkat_runtime::store::StoreStatistics;
use meerkat_runtime::{InputOutcome, RuntimeStatistics};
use serde::Serialize;

/// What happened to prompts and inputs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Tally {
    /// Prompts that became new inputs.
    pub(crate) accepted: u64,
    /// Prompts that were inputs already.
    pub(crate) deduplicated: u64,
    /// Inputs that an earlier start left behind.
    pub(crate) continued: u64,
    /// Inputs that were consumed now.
    pub(crate) consumed: u64,
    /// Inputs of prompts that were given again and had been consumed before.
    pub(crate) consumed_before: u64,
    /// Inputs that were given up, now or, if their prompt was given again, before.
    pub(crate) abandoned: u64,
    /// Inputs that wait in the store when the host ends.
    pub(crate) left: u64,
    /// Lines that were no prompts, and prompts that no session took.
    pub(crate) rejected: u64,
    /// Prompts that were read and not taken in because the host was ending.
    pub(crate) untaken: u64,
    /// Sessions that are out of order.
    pub(crate) failed_sessions: u64,
}

impl Tally {
    /// Counts what became of an input, unless it had become of it before.
    pub(crate) fn count(&mut self, outcome: &InputOutcome, earlier: bool) {
        match outcome {
            InputOutcome::Abandoned { .. } => self.abandoned += 1,
            InputOutcome::Interrupted { .. } => self.left += 1,
            _ if earlier => self.consumed_before += 1,
            InputOutcome::Consumed { .. } | InputOutcome::Superseded { .. } | InputOutcome::Coalesced { .. } => {
                self.consumed += 1;
            }
        }
    }

    /// Puts two together.
    pub(crate) fn merge(&mut self, other: Self) {
        self.accepted += other.accepted;
        self.deduplicated += other.deduplicated;
        self.continued += other.continued;
        self.consumed += other.consumed;
        self.consumed_before += other.consumed_before;
        self.abandoned += other.abandoned;
        self.left += other.left;
        self.rejected += other.rejected;
        self.untaken += other.untaken;
        self.failed_sessions += other.failed_sessions;
    }
}

/// The last thing that the user is told.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Summary {
    /// Sessions that were open.
    pub(crate) sessions: u64,
    #[serde(flatten)]
    pub(crate) tally: Tally,
    /// Agents that were started.
    pub(crate) runs: u64,
    /// Inputs of the session machine that were applied and are durable.
    pub(crate) transitions: u64,
    /// Steps that the store made durable.
    pub(crate) commits: u64,
    /// How often the store waited for the disk to do so.
    pub(crate) fsync_groups: u64,
    /// How long all that took.
    pub(crate) elapsed_ms: u64,
}

impl Summary {
    /// Puts together what host, runtime and store counted.
    pub(crate) fn new(
        sessions: u64,
        tally: Tally,
        runtime: &RuntimeStatistics,
        store: &StoreStatistics,
        elapsed: std::time::Duration,
    ) -> Self {
        Self {
            sessions,
            tally,
            runs: runtime.runs,
            transitions: runtime.steps,
            commits: store.commits,
            fsync_groups: store.groups,
            elapsed_ms: u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX),
        }
    }
}
