//! What can be asked of a session, and who is to be told.

use std::sync::Arc;

use machine_spec::session::{Fence, Incarnation, RunId};
use tokio::sync::oneshot;
use tokio::time::Instant;

use crate::request::Letter;
use crate::{Completion, CoreExecutor, EndReport, Receipt, RuntimeError, Submission, UnregisterReport};

/// Whoever asked. Dropping it without a word says that the registration has ended.
pub(crate) type Reply<T> = oneshot::Sender<Result<T, RuntimeError>>;

/// One letter in a session's mailbox.
pub(crate) enum Command {
    /// Asks for the registration.
    Greet {
        reply: Reply<Incarnation>,
    },
    Accept {
        submission: Submission,
        completion: bool,
        reply: Reply<(Receipt, Option<Completion>)>,
    },
    /// Whatever needs no mechanics of its own.
    Call(Box<dyn Letter>),
    BeginAttach {
        executor: Arc<dyn CoreExecutor>,
        reply: Reply<Claim>,
    },
    FinishAttach {
        fence: Fence,
    },
    AbandonAttach {
        fence: Fence,
    },
    /// From the executor: its run is at a boundary.
    Boundary {
        run: RunId,
        reply: Reply<()>,
    },
    /// Answered when no run is current any more.
    Stop {
        reply: Reply<EndReport>,
    },
    /// Answered when no run is current any more.
    Destroy {
        reply: Reply<EndReport>,
    },
    /// Answered when the registration has ended. A run may go on until the instant.
    Unregister {
        interrupt_at: Instant,
        reply: Reply<UnregisterReport>,
    },
    /// Whoever registered the session does not want it after all.
    Relinquish,
}

impl Command {
    /// Tells whoever asked that it came to nothing. Who is gone need not be told.
    pub(crate) fn refuse(self, error: &RuntimeError) {
        match self {
            Self::Greet { reply } => refuse(reply, error),
            Self::Accept { reply, .. } => refuse(reply, error),
            Self::Call(letter) => letter.fail(error),
            Self::BeginAttach { reply, .. } => refuse(reply, error),
            Self::Unregister { reply, .. } => refuse(reply, error),
            Self::Boundary { reply, .. } => refuse(reply, error),
            Self::Stop { reply } | Self::Destroy { reply } => refuse(reply, error),
            Self::FinishAttach { .. } | Self::AbandonAttach { .. } | Self::Relinquish => {}
        }
    }
}

fn refuse<T>(reply: Reply<T>, error: &RuntimeError) {
    drop(reply.send(Err(error.clone())));
}

pub(crate) use claim::Claim;

mod claim {
    use std::sync::Arc;

    use machine_spec::session::Fence;

    use super::Command;
    use crate::cell::Cell;

    /// A session that is kept for one executor. Whoever receives it keeps the session; if nobody does, because the
    /// caller went away, dropping it lets the session go.
    #[derive(Debug)]
    pub(crate) struct Claim {
        cell: Arc<Cell>,
        fence: Fence,
        kept: bool,
    }

    impl Claim {
        pub(crate) fn new(cell: Arc<Cell>, fence: Fence) -> Self {
            Self { cell, fence, kept: false }
        }

        /// Finishes the claim. There is nothing to await: every later command of the caller is behind it.
        pub(crate) fn keep(mut self) {
            self.kept = true;
            self.cell.push(Command::FinishAttach { fence: self.fence });
        }
    }

    impl Drop for Claim {
        fn drop(&mut self) {
            if !self.kept {
                // A session that is gone has nothing to let go of.
                self.cell.push(Command::AbandonAttach { fence: self.fence });
            }
        }
    }
}
