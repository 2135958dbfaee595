//! Why the host ends without having done its work, and the exit code for it.

use std::io;
use std::path::PathBuf;

use meerkat_runtime::store::StoreError;
use meerkat_runtime::{SessionId, SessionIdError};

use crate::agent::CommandError;
use crate::prompts::SourceError;
use crate::report::ReportError;

/// Why the host did not do what it was asked for.
#[derive(Debug, thiserror::Error)]
pub(crate) enum HostError {
    /// The agent's command is none.
    #[error(transparent)]
    Command(#[from] CommandError),
    /// The prompts cannot be read.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// Results cannot be written.
    #[error(transparent)]
    Report(#[from] ReportError),
    /// The store cannot be used.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A session is named that cannot be.
    #[error("--session: {0}")]
    Session(#[from] SessionIdError),
    /// There is work and nobody to do it.
    #[error("there is work to do and no agent to do it; add --agent COMMAND, such as --agent @words")]
    NoAgent,
    /// JSON and text cannot both be on stdout.
    #[error("--results - prints JSON lines to stdout, which --format text contradicts; drop one of the two")]
    TwoFormats,
    /// There is nothing to look into.
    #[error("there is no store at {}; check the path", .path.display())]
    NoSuchStore {
        /// The path.
        path: PathBuf,
    },
    /// The store does not have the session.
    #[error("the store has no session {session}; list them with host sessions")]
    NoSuchSession {
        /// The session.
        session: SessionId,
    },
    /// The host ended early because its agent could not be started.
    #[error("{message}; what was accepted waits in the store")]
    AgentGone {
        /// Why.
        message: String,
    },
    /// The host ended early because its store failed.
    #[error("{message}")]
    StoreFailed {
        /// Why.
        message: String,
    },
    /// The user ended the host while it waited for the reader of its output.
    #[error("ended before everything was told; the store has all of it, see host results")]
    Untold,
    /// The system refused something that every host needs.
    #[error("the system refused what the host needs ({0}); look at its limits")]
    System(#[from] io::Error),
}

/// The exit code after Ctrl-C, as shells have it.
pub(crate) const INTERRUPTED: u8 = 130;

impl HostError {
    /// 130 if the user ended it, 2 if the user can mend the command line, 3 if the store or the disk has to be looked at.
    pub(crate) fn exit_code(&self) -> u8 {
        match self {
            Self::Untold => INTERRUPTED,
            Self::Store(_)
            | Self::StoreFailed { .. }
            | Self::Report(ReportError::Write(_) | ReportError::Panicked)
            | Self::System(_) => 3,
            _ => 2,
        }
    }
}
