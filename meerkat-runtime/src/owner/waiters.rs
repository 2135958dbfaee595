//! Who waits for the outcome of which input.

use std::collections::BTreeMap;

use machine_spec::session::InputId;
use tokio::sync::oneshot;

use crate::{InputOutcome, InterruptCause};

/// One entry per waiter: nearly every input has one, which then needs no list of its own.
#[derive(Default)]
pub(super) struct Waiters {
    /// The number tells those apart who wait for the same input.
    waiting: BTreeMap<(InputId, u64), oneshot::Sender<InputOutcome>>,
    added: u64,
}

impl Waiters {
    pub(super) fn add(&mut self, input: InputId, waiter: oneshot::Sender<InputOutcome>) {
        self.waiting.insert((input, self.added), waiter);
        self.added += 1;
    }

    /// Tells all who wait for the input.
    pub(super) fn tell(&mut self, input: InputId, outcome: &InputOutcome) {
        while let Some((&waiting, _)) = self.waiting.range((input, 0)..=(input, u64::MAX)).next() {
            if let Some(waiter) = self.waiting.remove(&waiting) {
                // Who dropped the completion does not want to know.
                drop(waiter.send(outcome.clone()));
            }
        }
    }

    /// Gives back what an emptied tree keeps.
    pub(super) fn rest(&mut self) {
        if self.waiting.is_empty() {
            self.waiting = BTreeMap::new();
        }
    }

    /// Tells everybody that nobody follows the inputs any longer, and how many heard it.
    pub(super) fn interrupt(&mut self, cause: InterruptCause) -> usize {
        let waiting = std::mem::take(&mut self.waiting).into_values();
        waiting.filter_map(|waiter| waiter.send(InputOutcome::Interrupted { cause }).ok()).count()
    }
}
