//! Where sessions outlive a process.
//!
//! The durable truth of a session is an optional snapshot of its machine's state, the journal of machine inputs
//! accepted since, and its input rows. A store knows bytes and positions and never what they mean: recovery replays the
//! journal through the machine, elsewhere. A store of your own implements [`RuntimeStore`] and passes [`conformance`].

pub mod conformance;
mod error;
mod memory;
mod sqlite;

use std::sync::Arc;

use async_trait::async_trait;

pub use self::error::StoreError;
pub use self::memory::MemoryStore;
pub use self::sqlite::{SqliteOptions, SqliteStore};
use crate::SessionId;

/// The largest number of an input and the largest position: what fits the signed integers that databases have.
pub const MAX_NUMBER: u64 = i64::MAX as u64;

/// For how many runs a session keeps the receipts of their boundaries.
pub const RECEIPT_RUNS: u64 = 16;

/// How many receipts of one run a session keeps.
pub const RECEIPT_BOUNDARIES: u64 = 256;

/// Everything that one session changes in one durable step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Commit {
    /// The session. Its first commit, at position 0, creates it.
    pub session: SessionId,
    /// The journal position that this step writes. The store refuses every other than the next one, so a writer that
    /// lost its session cannot write.
    pub position: u64,
    /// The machine inputs of the step, encoded; one row of the journal, whatever it holds.
    pub entry: Vec<u8>,
    /// The state after this step. If given, the journal up to and including this step is dropped, its entry as well.
    pub snapshot: Option<Vec<u8>>,
    /// Inputs that this step admits.
    pub admitted: Vec<AdmittedInput>,
    /// Inputs that this step settles, after it admitted its own.
    pub settled: Vec<SettledInput>,
    /// Boundaries that this step reaches, in order.
    pub receipts: Vec<StoredReceipt>,
}

impl Commit {
    /// A step that writes this entry and nothing else.
    #[must_use]
    pub fn new(session: SessionId, position: u64, entry: Vec<u8>) -> Self {
        Self {
            session,
            position,
            entry,
            snapshot: None,
            admitted: Vec::new(),
            settled: Vec::new(),
            receipts: Vec::new(),
        }
    }
}

/// An input that a session takes in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AdmittedInput {
    /// Its number, unique in the session, at most [`MAX_NUMBER`].
    pub number: u64,
    /// The host's name for it, unique in the session for good.
    pub idempotency_key: Option<Arc<str>>,
    /// Tells whether a later input under the same key is the same input.
    pub digest: [u8; 32],
    /// What the executor is given.
    pub payload: Arc<[u8]>,
}

/// The end of an input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettledInput {
    /// Its number.
    pub number: u64,
    /// What became of it.
    pub outcome: Arc<[u8]>,
}

/// The receipt of one boundary.
///
/// A receipt makes room for itself, so that a session's receipts do not grow with its history: together with it the store
/// forgets those of the session's runs numbered [`RECEIPT_RUNS`] or more below, and those of the same run numbered
/// [`RECEIPT_BOUNDARIES`] or more below. A receipt of a boundary that has one takes its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredReceipt {
    /// The run, at most [`MAX_NUMBER`].
    pub run: u64,
    /// Which boundary of the run, at most [`MAX_NUMBER`].
    pub boundary: u64,
    /// The inputs that the run took in there.
    pub inputs: Vec<u64>,
    /// What was taken in.
    pub digest: [u8; 32],
}

impl StoredReceipt {
    /// A number that stores cannot hold, if it has one.
    pub(crate) fn too_large(&self) -> Option<u64> {
        [self.run, self.boundary].into_iter().find(|number| *number > MAX_NUMBER)
    }
}

/// All that recovery needs of one session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredSession {
    /// The position of the next commit.
    pub next_position: u64,
    /// The newest snapshot.
    pub snapshot: Option<StoredSnapshot>,
    /// The steps after the snapshot, in order and without a gap.
    pub journal: Vec<JournalRow>,
    /// The inputs without an outcome, by number.
    pub unsettled: Vec<StoredInput>,
}

/// A machine's state at some position.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredSnapshot {
    /// The last step that it includes.
    pub position: u64,
    /// The state, encoded.
    pub state: Vec<u8>,
}

/// One step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JournalRow {
    /// Where it stands.
    pub position: u64,
    /// Its machine inputs, encoded.
    pub entry: Vec<u8>,
}

/// An input as it is stored. Cloning shares the bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredInput {
    /// Its number.
    pub number: u64,
    /// The host's name for it.
    pub idempotency_key: Option<Arc<str>>,
    /// As it was admitted.
    pub digest: [u8; 32],
    /// As it was admitted.
    pub payload: Arc<[u8]>,
    /// What became of it; none as long as it waits.
    pub outcome: Option<Arc<[u8]>>,
}

/// What a store did since it was opened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StoreStatistics {
    /// Commits that are durable.
    pub commits: u64,
    /// Commits that were refused or failed.
    pub failures: u64,
    /// Durable transactions: `commits / groups` commits shared one wait for the disk.
    pub groups: u64,
    /// The most commits in one group.
    pub largest_group: u64,
    /// Reads of every kind.
    pub reads: u64,
}

/// A place for sessions.
///
/// Any number of tasks may call it at once. What a call that returned `Ok` wrote, every later call sees. A future that
/// is dropped before it is ready may or may not have had its effect, as a whole.
#[async_trait]
pub trait RuntimeStore: Send + Sync + 'static {
    /// What recovery needs of a session; none if it never committed. Takes as long as the journal since the last
    /// snapshot and the unsettled inputs are, however many inputs were settled before.
    ///
    /// # Errors
    ///
    /// If the store is closed or fails.
    async fn load(&self, session: &SessionId) -> Result<Option<StoredSession>, StoreError>;

    /// Makes one step durable: all of it, or nothing. It is durable when this returns `Ok`.
    ///
    /// # Errors
    ///
    /// A refusal ([`StoreError::is_refusal`]) if the step is not the session's next one, or admits or settles what it
    /// cannot. Any other error leaves open what happened; then [`load`](Self::load) tells.
    async fn commit(&self, commit: Commit) -> Result<(), StoreError>;

    /// The inputs of a session under these keys, settled ones included: one answer per key, in the order of the keys.
    ///
    /// # Errors
    ///
    /// If the store is closed or fails.
    async fn find_by_key(
        &self,
        session: &SessionId,
        keys: Vec<Arc<str>>,
    ) -> Result<Vec<Option<StoredInput>>, StoreError>;

    /// The input of a session with this number.
    ///
    /// # Errors
    ///
    /// If the store is closed or fails.
    async fn input(&self, session: &SessionId, number: u64) -> Result<Option<StoredInput>, StoreError>;

    /// Up to `limit` inputs of a session, by ascending number, from the first one after `after`.
    ///
    /// # Errors
    ///
    /// If the store is closed or fails.
    async fn inputs(
        &self,
        session: &SessionId,
        after: Option<u64>,
        limit: usize,
    ) -> Result<Vec<StoredInput>, StoreError>;

    /// The receipt of a boundary of a session; none if it was never reached, or forgotten since.
    ///
    /// # Errors
    ///
    /// If the store is closed or fails.
    async fn receipt(&self, session: &SessionId, run: u64, boundary: u64) -> Result<Option<StoredReceipt>, StoreError>;

    /// Up to `limit` sessions in ascending order, from the first one after `after`.
    ///
    /// # Errors
    ///
    /// If the store is closed or fails.
    async fn sessions(&self, after: Option<&SessionId>, limit: usize) -> Result<Vec<SessionId>, StoreError>;

    /// What the store did so far.
    fn statistics(&self) -> StoreStatistics;

    /// Ends the store: what was asked before is done, what is asked later fails with [`StoreError::Closed`], and when
    /// this returns the store's resources are free to be opened again. Closing twice is no error.
    ///
    /// # Errors
    ///
    /// If the store fails while it ends. It is closed even so.
    async fn close(&self) -> Result<(), StoreError>;
}
