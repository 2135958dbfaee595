//! What becomes of an input, and how a host hears of it.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use machine_spec::session::{AbandonReason, InputId, Lane, RunId};
use serde::{Deserialize, Serialize};
use tokio::sync::oneshot;

use crate::RunOutput;
use crate::store::StoredReceipt;

/// The answer to an accepted submission.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// The input's number: its name in this session, for good.
    pub input: InputId,
    /// The input was there already, under the same idempotency key and with the same content.
    pub deduplicated: bool,
}

/// What became of an input.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum InputOutcome {
    /// A run completed with it.
    Consumed {
        /// What the run returned. Inputs of the same run share it.
        output: RunOutput,
    },
    /// Nothing will run it.
    Abandoned {
        /// Why.
        reason: AbandonReason,
        /// What the executor said last, if it said something.
        detail: Option<Arc<str>>,
    },
    /// A later input took its place.
    Superseded {
        /// The later input.
        by: InputId,
    },
    /// It runs as part of an earlier input, whose outcome is its own.
    Coalesced {
        /// The earlier input.
        into: InputId,
    },
    /// It is not settled, and nobody here follows it any more. It waits in the store: register the session again and
    /// it runs, unless the runtime keeps its sessions in memory.
    #[serde(skip)]
    Interrupted {
        /// Why nobody follows it.
        cause: InterruptCause,
    },
}

/// Why a completion ended before its input did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InterruptCause {
    /// The session was unregistered, or the runtime was shut down.
    Unregistered,
    /// The store failed, which ends the session's registration.
    StoreFailed,
    /// The runtime broke one of its own rules, which ends the session's registration.
    Defect,
    /// The runtime is gone without having been shut down.
    RuntimeDropped,
}

/// Becomes ready when the input is settled, or when nobody can follow it any longer. Dropping it changes nothing.
#[derive(Debug)]
#[must_use = "await it to hear what becomes of the input"]
pub struct Completion(Inner);

#[derive(Debug)]
enum Inner {
    Waiting(oneshot::Receiver<InputOutcome>),
    Ready(Option<InputOutcome>),
}

impl Completion {
    pub(crate) fn waiting() -> (oneshot::Sender<InputOutcome>, Self) {
        let (sender, receiver) = oneshot::channel();
        (sender, Self(Inner::Waiting(receiver)))
    }

    pub(crate) fn ready(outcome: InputOutcome) -> Self {
        Self(Inner::Ready(Some(outcome)))
    }
}

impl Future for Completion {
    type Output = InputOutcome;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<InputOutcome> {
        // Whoever settles inputs is gone with the sender; the same holds for a future polled once too often.
        let dropped = InputOutcome::Interrupted { cause: InterruptCause::RuntimeDropped };
        match &mut self.0 {
            Inner::Waiting(receiver) => Pin::new(receiver).poll(context).map(|told| told.unwrap_or(dropped)),
            Inner::Ready(outcome) => Poll::Ready(outcome.take().unwrap_or(dropped)),
        }
    }
}

/// Where an input is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum InputStatus {
    /// It waits in its lane.
    Waiting {
        /// The lane.
        lane: Lane,
        /// How often it was handed to a run.
        attempts: u32,
        /// Whether it starts a run by itself.
        wakes: bool,
    },
    /// A run has it.
    InRun {
        /// The run.
        run: RunId,
        /// How often it was handed to a run, this one included.
        attempts: u32,
    },
    /// It is settled.
    Settled(InputOutcome),
}

/// An input that is not settled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ActiveInput {
    /// Its number.
    pub input: InputId,
    /// Where it is.
    pub status: InputStatus,
    /// The host's name for it.
    pub idempotency_key: Option<Arc<str>>,
}

/// The durable proof that a run has reached a boundary. The end of a run that completed is its last one.
///
/// A session keeps its receipts until enough later ones replace them; see [`crate::store::StoredReceipt`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BoundaryReceipt {
    /// The run.
    pub run: RunId,
    /// Which boundary of the run; the first is 1.
    pub boundary: u64,
    /// The inputs that the run took in there, in order of admission.
    pub inputs: Vec<InputId>,
    /// SHA-256 over the run, the boundary, and the numbers and contents of the inputs.
    pub digest: [u8; 32],
}

impl BoundaryReceipt {
    pub(crate) fn of(stored: StoredReceipt) -> Self {
        let StoredReceipt { run, boundary, inputs, digest } = stored;
        let inputs = inputs.into_iter().map(InputId::from_number).collect();
        Self { run: RunId::from_number(run), boundary, inputs, digest }
    }
}
