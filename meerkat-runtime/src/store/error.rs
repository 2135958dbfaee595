//! What can go wrong in a store, one variant per thing that its reader would do about it.

use std::path::PathBuf;
use std::sync::Arc;

use crate::SessionId;

/// Why a store did not do what it was asked for.
///
/// The first group are refusals: the store is well, nothing of the commit was kept, and the same commit would be
/// refused again ([`StoreError::is_refusal`]). After any other error of [`commit`](super::RuntimeStore::commit) the
/// session's owner must [`load`](super::RuntimeStore::load) it again before it commits: a disk that fails at the last
/// moment leaves open whether the step is durable.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The commit is not for the session's next position: another writer has the session, or had it.
    #[error(
        "session {session} was written by somebody else: the commit is for position {expected}, the store is at \
         {found}; drop this copy of the session and load it again"
    )]
    Fenced {
        /// The session.
        session: SessionId,
        /// The position that the commit names.
        expected: u64,
        /// The position that the store writes next.
        found: u64,
    },
    /// The session has an input of this number already.
    #[error("session {session} has an input number {number} already; give the new input the next free number")]
    DuplicateInput {
        /// The session.
        session: SessionId,
        /// The number.
        number: u64,
    },
    /// The session has an input under this idempotency key already.
    #[error("session {session} has an input under the key {key:?} already; answer with that input")]
    DuplicateKey {
        /// The session.
        session: SessionId,
        /// The key.
        key: Arc<str>,
    },
    /// An input that the session does not have cannot be settled.
    #[error("session {session} has no input number {number} to settle; admit it first")]
    UnknownInput {
        /// The session.
        session: SessionId,
        /// The number.
        number: u64,
    },
    /// An input has one outcome, for good.
    #[error("input number {number} of session {session} has its outcome already; keep that one")]
    AlreadySettled {
        /// The session.
        session: SessionId,
        /// The number.
        number: u64,
    },
    /// A number does not fit what stores can hold.
    #[error("{number} is no number for an input; use at most {max}", max = super::MAX_NUMBER)]
    NumberTooLarge {
        /// The number.
        number: u64,
    },

    /// The store was closed.
    #[error("the store is closed; open it again")]
    Closed,
    /// The file is something else.
    #[error("{path} is not a Meerkat store ({reason}); choose another path, or move that file away", path = .path.display())]
    NotAMeerkatStore {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// A newer program wrote the file.
    #[error(
        "{path} has store version {found} and this program knows up to {supported}; use the newer program",
        path = .path.display()
    )]
    NewerVersion {
        /// The file.
        path: PathBuf,
        /// The file's version.
        found: u32,
        /// The newest version that this program reads.
        supported: u32,
    },
    /// The file or its directory cannot be written.
    #[error("{path} cannot be written; give this user write permission on the file and its directory", path = .path.display())]
    ReadOnly {
        /// The file.
        path: PathBuf,
    },
    /// There is no room. Later commits succeed once there is.
    #[error("there is no room left for {path}; free space on its disk or raise the store's limit", path = .path.display())]
    DiskFull {
        /// The file.
        path: PathBuf,
    },
    /// Another store, mostly in another process, has the file open.
    #[error("{path} is in use by another process; stop that one, or choose another path", path = .path.display())]
    InUse {
        /// The file.
        path: PathBuf,
    },
    /// The file has nowhere to be.
    #[error("the directory of {path} does not exist; create it first", path = .path.display())]
    MissingDirectory {
        /// The file.
        path: PathBuf,
    },
    /// There is something at the path that cannot be opened as a file.
    #[error("{path} cannot be opened as a file; check that it is no directory and that this user may read it", path = .path.display())]
    CannotOpen {
        /// The file.
        path: PathBuf,
        /// What the engine said.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// What is stored contradicts itself.
    #[error("{path} is damaged; restore it from a backup", path = .path.display())]
    Corrupt {
        /// The file.
        path: PathBuf,
        /// What the engine said.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The engine or the disk failed in a way that has no variant of its own.
    #[error("the store at {place} failed; look at the cause, then load the session again")]
    Backend {
        /// A path or an address.
        place: String,
        /// What the engine said.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

impl StoreError {
    /// A code that never changes, for programs to test.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Fenced { .. } => "store.fenced",
            Self::DuplicateInput { .. } => "store.duplicate_input",
            Self::DuplicateKey { .. } => "store.duplicate_key",
            Self::UnknownInput { .. } => "store.unknown_input",
            Self::AlreadySettled { .. } => "store.already_settled",
            Self::NumberTooLarge { .. } => "store.number_too_large",
            Self::Closed => "store.closed",
            Self::NotAMeerkatStore { .. } => "store.not_a_meerkat_store",
            Self::NewerVersion { .. } => "store.newer_version",
            Self::ReadOnly { .. } => "store.read_only",
            Self::DiskFull { .. } => "store.disk_full",
            Self::InUse { .. } => "store.in_use",
            Self::MissingDirectory { .. } => "store.missing_directory",
            Self::CannotOpen { .. } => "store.cannot_open",
            Self::Corrupt { .. } => "store.corrupt",
            Self::Backend { .. } => "store.backend",
        }
    }

    /// Whether the store is well and refused the request by rule: nothing was kept, and asking again is in vain.
    #[must_use]
    pub fn is_refusal(&self) -> bool {
        matches!(
            self,
            Self::Fenced { .. }
                | Self::DuplicateInput { .. }
                | Self::DuplicateKey { .. }
                | Self::UnknownInput { .. }
                | Self::AlreadySettled { .. }
                | Self::NumberTooLarge { .. }
        )
    }
}
