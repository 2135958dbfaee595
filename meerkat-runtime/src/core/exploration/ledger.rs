//! What the outside knows and may still do.

use std::collections::BTreeSet;
use std::sync::Arc;

use machine_spec::session::{InputId, Lane};

use crate::Submission;

/// How many inputs the host submits at most.
pub(super) const SUBMISSIONS: usize = 2;

/// A promise of the core, each with the sentence under which it is checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Promise {
    /// Nothing is consumed twice.
    Once,
    /// Every waiter is told once.
    Told,
    /// Runs are current one at a time, and start with durable inputs.
    Run,
    /// Nothing is told before it is durable.
    Durable,
    /// The store takes every step of its only writer.
    Stored,
    /// The core breaks no rule of its own.
    Whole,
}

/// How a submission asks for its run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Form {
    Wakes,
    Silent,
    Steers,
    Supersedes(InputId),
    Coalesces(InputId),
}

impl Form {
    /// The submission. Its key lets the host try again when it has no answer.
    pub(super) fn submission(self, number: usize) -> Submission {
        let submission = Submission::prompt("text").idempotency_key(key(number));
        match self {
            Self::Wakes => submission,
            Self::Silent => submission.without_wake(),
            Self::Steers => submission.lane(Lane::Steer),
            Self::Supersedes(input) => submission.superseding(input),
            Self::Coalesces(input) => submission.coalescing_into(input),
        }
    }
}

pub(super) fn key(submission: usize) -> Arc<str> {
    ["first", "second"][submission].into()
}

/// What the host knows, whichever of its processes heard it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Ledger {
    /// How each submission was made.
    pub(super) forms: [Option<Form>; SUBMISSIONS],
    /// Which input each submission became, once the host was told.
    pub(super) acknowledged: [Option<InputId>; SUBMISSIONS],
    /// The inputs whose end was told.
    pub(super) told: BTreeSet<InputId>,
    /// A promise that a step broke.
    pub(super) broken: Option<Promise>,
}

impl Ledger {
    pub(super) fn require(&mut self, kept: bool, promise: Promise) {
        if !kept {
            self.broken.get_or_insert(promise);
        }
    }
}

/// What may still be done to the session that it does not need in order to come to an end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Budget {
    /// Commands of the host.
    pub(super) commands: u8,
    /// Crashes and commits that fail.
    pub(super) faults: u8,
}
