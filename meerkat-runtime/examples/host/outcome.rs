//! From what became of an input to what the user is told.

use meerkat_runtime::{AbandonReason, InputOutcome, SessionId};

use crate::report::Event;

/// The event for an outcome.
pub(crate) fn event(session: SessionId, input: u64, outcome: InputOutcome, earlier: bool) -> Event {
    match outcome {
        InputOutcome::Consumed { output } => {
            Event::Done { session, input, output: output.as_str().to_owned(), earlier }
        }
        InputOutcome::Abandoned { reason, detail } => {
            Event::Abandoned { session, input, reason: name(reason), detail, earlier }
        }
        InputOutcome::Superseded { by } => Event::Superseded { session, input, by: by.number() },
        InputOutcome::Coalesced { into } => Event::Coalesced { session, input, into: into.number() },
        InputOutcome::Interrupted { .. } => Event::Left { session, input },
    }
}

fn name(reason: AbandonReason) -> &'static str {
    match reason {
        AbandonReason::Withdrawn => "withdrawn",
        AbandonReason::Cancelled => "cancelled",
        AbandonReason::Failed => "failed",
        AbandonReason::AttemptsExhausted => "attempts_exhausted",
        AbandonReason::Stopped => "stopped",
        AbandonReason::Reset => "reset",
        AbandonReason::Destroyed => "destroyed",
        AbandonReason::Unreadable => "unreadable",
    }
}
