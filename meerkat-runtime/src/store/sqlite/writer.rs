//! The one thread that has the connection.
//!
//! It takes whatever waits for it, answers the reads, and writes all commits in one transaction: one wait for the disk,
//! however many sessions wait with it. While it waits, the next group gathers by itself.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use rusqlite::Connection;
use tokio::sync::{mpsc, oneshot};

use super::fault::while_running;
use super::known::KnownSessions;
use super::read::Reader;
use super::step::{self, Failure};
use crate::store::{Commit, StoreError, StoreStatistics};

/// The most requests taken at once, so that the first of them need not wait for ever.
const GROUP_LIMIT: usize = 1024;

/// What the thread is asked for.
pub(super) enum Request {
    /// To answer a question by itself.
    Read(Box<dyn FnOnce(&Reader<'_>) + Send>),
    /// To make a step durable.
    Commit(Waiting),
    /// To end.
    Close(oneshot::Sender<Result<(), StoreError>>),
}

/// A commit and who waits for it.
pub(super) struct Waiting {
    pub(super) commit: Commit,
    pub(super) reply: oneshot::Sender<Result<(), StoreError>>,
}

/// Answers a caller, if it still waits.
pub(super) fn answer<T>(reply: oneshot::Sender<Result<T, StoreError>>, result: Result<T, StoreError>) {
    if reply.send(result).is_err() {
        tracing::trace!("a caller of the store left before its answer");
    }
}

/// The numbers of [`StoreStatistics`], counted by the thread and read by anybody.
#[derive(Debug, Default)]
pub(super) struct Counters {
    commits: AtomicU64,
    failures: AtomicU64,
    groups: AtomicU64,
    largest_group: AtomicU64,
    reads: AtomicU64,
}

impl Counters {
    pub(super) fn statistics(&self) -> StoreStatistics {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        StoreStatistics {
            commits: read(&self.commits),
            failures: read(&self.failures),
            groups: read(&self.groups),
            largest_group: read(&self.largest_group),
            reads: read(&self.reads),
        }
    }
}

fn count(counter: &AtomicU64, more: usize) {
    counter.fetch_add(more as u64, Ordering::Relaxed);
}

/// What waits now. Callers that the last group released are often about to ask again: when nothing waits, other threads
/// are let run once. Without that, half of the callers would always miss the group and wait for a whole one.
fn next_request(requests: &mut mpsc::UnboundedReceiver<Request>) -> Option<Request> {
    requests.try_recv().ok().or_else(|| {
        std::thread::yield_now();
        requests.try_recv().ok()
    })
}

/// The thread's belongings.
pub(super) struct Writer {
    connection: Connection,
    path: PathBuf,
    sessions: KnownSessions,
    counters: Arc<Counters>,
}

type Outcomes = Vec<Result<(), StoreError>>;

impl Writer {
    pub(super) fn new(connection: Connection, path: PathBuf, counters: Arc<Counters>) -> Self {
        Self { connection, path, sessions: KnownSessions::default(), counters }
    }

    /// Serves until it is told to close or until nobody is left to ask. What was asked before is done first.
    pub(super) fn serve(mut self, mut requests: mpsc::UnboundedReceiver<Request>) {
        let mut group = Vec::new();
        while let Some(first) = requests.blocking_recv() {
            let closing = self.take(first, &mut requests, &mut group);
            self.write(&mut group);
            if let Some(reply) = closing {
                // The file is free before the caller hears so, and before others hear that it is closed.
                let closed = self.close();
                drop(requests);
                return answer(reply, closed);
            }
        }
        if let Err(fault) = self.close() {
            tracing::warn!(error = %fault, "a store that was dropped did not close cleanly");
        }
    }

    /// Answers the reads among what waits and gathers the commits.
    fn take(
        &self,
        first: Request,
        requests: &mut mpsc::UnboundedReceiver<Request>,
        group: &mut Vec<Waiting>,
    ) -> Option<oneshot::Sender<Result<(), StoreError>>> {
        let mut next = Some(first);
        let mut taken = 0;
        while let Some(request) = next {
            match request {
                Request::Read(read) => {
                    count(&self.counters.reads, 1);
                    read(&Reader { connection: &self.connection, path: &self.path });
                }
                Request::Commit(waiting) => group.push(waiting),
                Request::Close(reply) => return Some(reply),
            }
            taken += 1;
            next = if taken < GROUP_LIMIT { next_request(requests) } else { None };
        }
        None
    }

    /// Writes a group and tells everybody.
    fn write(&mut self, group: &mut Vec<Waiting>) {
        let outcomes = match self.attempt(group) {
            Ok(outcomes) => outcomes,
            Err(fault) if group.len() == 1 => vec![Err(self.failed(fault))],
            Err(fault) => {
                tracing::warn!(error = %fault, commits = group.len(), "a group failed; its commits are tried alone");
                self.attempt_each(group)
            }
        };
        for (waiting, outcome) in group.drain(..).zip(outcomes) {
            answer(waiting.reply, outcome);
        }
    }

    /// One transaction per commit: one that needs more room than there is must not take the others with it.
    fn attempt_each(&mut self, group: &[Waiting]) -> Outcomes {
        let attempt = |waiting| match self.attempt(std::slice::from_ref(waiting)) {
            Ok(outcomes) => outcomes.into_iter().collect(),
            Err(fault) => Err(self.failed(fault)),
        };
        group.iter().map(attempt).collect()
    }

    fn failed(&self, fault: rusqlite::Error) -> StoreError {
        count(&self.counters.failures, 1);
        tracing::warn!(error = %fault, path = %self.path.display(), "a commit failed");
        while_running(fault, &self.path)
    }

    /// One transaction. At a fault everything is as it was before.
    fn attempt(&mut self, group: &[Waiting]) -> rusqlite::Result<Outcomes> {
        if group.is_empty() {
            return Ok(Vec::new());
        }
        let written = self.transact(group);
        match &written {
            Ok(outcomes) => self.count_group(outcomes),
            Err(_) => self.undo(group),
        }
        written
    }

    fn transact(&mut self, group: &[Waiting]) -> rusqlite::Result<Outcomes> {
        self.run("BEGIN IMMEDIATE")?;
        let mut outcomes = Vec::with_capacity(group.len());
        for waiting in group {
            match step::apply(&self.connection, &mut self.sessions, &waiting.commit) {
                Ok(()) => outcomes.push(Ok(())),
                Err(Failure::Refused(refusal)) => outcomes.push(Err(refusal)),
                Err(Failure::Broken(fault)) => return Err(fault),
            }
        }
        self.run("COMMIT")?;
        Ok(outcomes)
    }

    fn run(&self, sql: &str) -> rusqlite::Result<()> {
        self.connection.prepare_cached(sql)?.execute([]).map(drop)
    }

    fn undo(&mut self, group: &[Waiting]) {
        for waiting in group {
            self.sessions.forget(&waiting.commit.session);
        }
        // Some faults end the transaction by themselves.
        if !self.connection.is_autocommit()
            && let Err(fault) = self.run("ROLLBACK")
        {
            tracing::error!(error = %fault, "a failed transaction could not be undone");
        }
    }

    fn count_group(&self, outcomes: &Outcomes) {
        let commits = outcomes.iter().filter(|outcome| outcome.is_ok()).count();
        count(&self.counters.commits, commits);
        count(&self.counters.failures, outcomes.len() - commits);
        count(&self.counters.groups, usize::from(commits > 0));
        self.counters.largest_group.fetch_max(commits as u64, Ordering::Relaxed);
    }

    fn close(self) -> Result<(), StoreError> {
        let Self { connection, path, .. } = self;
        connection.close().map_err(|(_, fault)| while_running(fault, &path))
    }
}
