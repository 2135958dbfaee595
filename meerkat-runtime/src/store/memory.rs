//! Sessions that live as long as the process, for tests and for hosts that want nothing durable.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Bound;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;

use super::{
    AdmittedInput, Commit, JournalRow, MAX_NUMBER, RECEIPT_BOUNDARIES, RECEIPT_RUNS, RuntimeStore, SettledInput,
    StoreError, StoreStatistics, StoredInput, StoredReceipt, StoredSession, StoredSnapshot,
};
use crate::SessionId;

/// A store in memory. Clones share it, so a test can close one "process" and open the next on the same sessions with
/// [`MemoryStore::reopen`].
#[derive(Clone, Debug, Default)]
pub struct MemoryStore {
    sessions: Arc<Mutex<Sessions>>,
    connection: Arc<Mutex<Connection>>,
}

type Sessions = BTreeMap<SessionId, Session>;

#[derive(Debug, Default)]
struct Connection {
    closed: bool,
    statistics: StoreStatistics,
}

#[derive(Debug, Default)]
struct Session {
    next_position: u64,
    snapshot: Option<StoredSnapshot>,
    journal: Vec<JournalRow>,
    inputs: BTreeMap<u64, StoredInput>,
    keys: HashMap<Arc<str>, u64>,
    /// Kept apart so that a load does not walk the settled inputs.
    unsettled: BTreeSet<u64>,
    /// By run and boundary.
    receipts: BTreeMap<(u64, u64), StoredReceipt>,
}

impl MemoryStore {
    /// An empty store.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A second store on the same sessions, with its own statistics, open even if this one is closed.
    #[must_use]
    pub fn reopen(&self) -> Self {
        Self { sessions: Arc::clone(&self.sessions), connection: Arc::default() }
    }

    fn read<T>(&self, read: impl FnOnce(&Sessions) -> T) -> Result<T, StoreError> {
        let mut connection = lock(&self.connection);
        if connection.closed {
            return Err(StoreError::Closed);
        }
        connection.statistics.reads += 1;
        Ok(read(&lock(&self.sessions)))
    }

    fn read_session<T>(&self, session: &SessionId, read: impl FnOnce(&Session) -> T) -> Result<Option<T>, StoreError> {
        self.read(|sessions| sessions.get(session).map(read))
    }

    fn write(&self, commit: Commit) -> Result<(), StoreError> {
        let mut connection = lock(&self.connection);
        if connection.closed {
            return Err(StoreError::Closed);
        }
        let result = apply(&mut lock(&self.sessions), commit);
        let statistics = &mut connection.statistics;
        match result {
            Ok(()) => {
                statistics.commits += 1;
                statistics.groups += 1;
                statistics.largest_group = 1;
            }
            Err(_) => statistics.failures += 1,
        }
        result
    }
}

/// A poisoned lock is taken all the same: nothing here panics between the first and the last write of a step but a
/// failed allocation, which ends the process.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn apply(sessions: &mut Sessions, commit: Commit) -> Result<(), StoreError> {
    let found = sessions.get(&commit.session).map_or(0, |session| session.next_position);
    if commit.position != found {
        return Err(StoreError::Fenced { session: commit.session, expected: commit.position, found });
    }
    if let Some(session) = sessions.get_mut(&commit.session) {
        return session.apply(commit);
    }
    let name = commit.session.clone();
    let mut session = Session::default();
    session.apply(commit)?;
    sessions.insert(name, session);
    Ok(())
}

impl Session {
    /// The rows are written one by one and taken back at a refusal: that needs neither memory nor a second pass.
    fn apply(&mut self, commit: Commit) -> Result<(), StoreError> {
        let Commit { session, position, entry, snapshot, admitted, settled, receipts } = commit;
        if let Some(number) = receipts.iter().find_map(StoredReceipt::too_large) {
            return Err(StoreError::NumberTooLarge { number });
        }
        for (done, input) in admitted.iter().enumerate() {
            if let Err(refusal) = self.admit(&session, input) {
                self.take_back(&admitted[..done], &[]);
                return Err(refusal);
            }
        }
        for (done, input) in settled.iter().enumerate() {
            if let Err(refusal) = self.settle(&session, input) {
                self.take_back(&admitted, &settled[..done]);
                return Err(refusal);
            }
        }
        receipts.into_iter().for_each(|receipt| self.keep(receipt));
        self.next_position = position + 1;
        match snapshot {
            Some(state) => {
                self.snapshot = Some(StoredSnapshot { position, state });
                self.journal.clear();
            }
            None => self.journal.push(JournalRow { position, entry }),
        }
        Ok(())
    }

    /// Keeps a receipt, and forgets those that it is the time for.
    fn keep(&mut self, receipt: StoredReceipt) {
        let StoredReceipt { run, boundary, .. } = receipt;
        if let Some(last) = run.checked_sub(RECEIPT_RUNS) {
            self.forget_receipts((0, 0), (last, u64::MAX));
        }
        if let Some(last) = boundary.checked_sub(RECEIPT_BOUNDARIES) {
            self.forget_receipts((run, 0), (run, last));
        }
        self.receipts.insert((run, boundary), receipt);
    }

    fn forget_receipts(&mut self, from: (u64, u64), to: (u64, u64)) {
        while let Some((&oldest, _)) = self.receipts.range(from..=to).next() {
            self.receipts.remove(&oldest);
        }
    }

    fn admit(&mut self, session: &SessionId, input: &AdmittedInput) -> Result<(), StoreError> {
        let AdmittedInput { number, idempotency_key, digest, payload } = input;
        if *number > MAX_NUMBER {
            return Err(StoreError::NumberTooLarge { number: *number });
        }
        if self.inputs.contains_key(number) {
            return Err(StoreError::DuplicateInput { session: session.clone(), number: *number });
        }
        if let Some(key) = idempotency_key {
            if self.keys.contains_key(key) {
                return Err(StoreError::DuplicateKey { session: session.clone(), key: Arc::clone(key) });
            }
            self.keys.insert(Arc::clone(key), *number);
        }
        let stored = StoredInput {
            number: *number,
            idempotency_key: idempotency_key.clone(),
            digest: *digest,
            payload: Arc::clone(payload),
            outcome: None,
        };
        self.inputs.insert(*number, stored);
        self.unsettled.insert(*number);
        Ok(())
    }

    fn settle(&mut self, session: &SessionId, input: &SettledInput) -> Result<(), StoreError> {
        let number = input.number;
        let Some(stored) = self.inputs.get_mut(&number) else {
            return Err(StoreError::UnknownInput { session: session.clone(), number });
        };
        if stored.outcome.is_some() {
            return Err(StoreError::AlreadySettled { session: session.clone(), number });
        }
        stored.outcome = Some(Arc::clone(&input.outcome));
        self.unsettled.remove(&number);
        Ok(())
    }

    fn take_back(&mut self, admitted: &[AdmittedInput], settled: &[SettledInput]) {
        for input in settled {
            if let Some(stored) = self.inputs.get_mut(&input.number) {
                stored.outcome = None;
                self.unsettled.insert(input.number);
            }
        }
        for input in admitted {
            self.inputs.remove(&input.number);
            self.unsettled.remove(&input.number);
            if let Some(key) = &input.idempotency_key {
                self.keys.remove(key);
            }
        }
    }

    fn stored(&self) -> StoredSession {
        StoredSession {
            next_position: self.next_position,
            snapshot: self.snapshot.clone(),
            journal: self.journal.clone(),
            unsettled: self.unsettled.iter().filter_map(|number| self.inputs.get(number)).cloned().collect(),
        }
    }
}

#[async_trait]
impl RuntimeStore for MemoryStore {
    async fn load(&self, session: &SessionId) -> Result<Option<StoredSession>, StoreError> {
        self.read_session(session, Session::stored)
    }

    async fn commit(&self, commit: Commit) -> Result<(), StoreError> {
        self.write(commit)
    }

    async fn find_by_key(
        &self,
        session: &SessionId,
        keys: Vec<Arc<str>>,
    ) -> Result<Vec<Option<StoredInput>>, StoreError> {
        let find = |session: &Session| -> Vec<Option<StoredInput>> {
            let find_one = |key| session.keys.get(key).and_then(|number| session.inputs.get(number)).cloned();
            keys.iter().map(find_one).collect()
        };
        Ok(self.read_session(session, find)?.unwrap_or_else(|| vec![None; keys.len()]))
    }

    async fn input(&self, session: &SessionId, number: u64) -> Result<Option<StoredInput>, StoreError> {
        Ok(self.read_session(session, |session| session.inputs.get(&number).cloned())?.flatten())
    }

    async fn inputs(
        &self,
        session: &SessionId,
        after: Option<u64>,
        limit: usize,
    ) -> Result<Vec<StoredInput>, StoreError> {
        let range = (after.map_or(Bound::Unbounded, Bound::Excluded), Bound::Unbounded);
        let page =
            |session: &Session| session.inputs.range(range).take(limit).map(|(_, input)| input.clone()).collect();
        Ok(self.read_session(session, page)?.unwrap_or_default())
    }

    async fn receipt(&self, session: &SessionId, run: u64, boundary: u64) -> Result<Option<StoredReceipt>, StoreError> {
        Ok(self.read_session(session, |session| session.receipts.get(&(run, boundary)).cloned())?.flatten())
    }

    async fn sessions(&self, after: Option<&SessionId>, limit: usize) -> Result<Vec<SessionId>, StoreError> {
        let range = (after.map_or(Bound::Unbounded, Bound::Excluded), Bound::Unbounded);
        self.read(|sessions| sessions.range::<SessionId, _>(range).take(limit).map(|(id, _)| id.clone()).collect())
    }

    fn statistics(&self) -> StoreStatistics {
        lock(&self.connection).statistics
    }

    async fn close(&self) -> Result<(), StoreError> {
        lock(&self.connection).closed = true;
        Ok(())
    }
}
