//! Where a session rests between its steps, and the mailbox that wakes it.
//!
//! An idle session is a value in its cell: it costs no task and no thread. The first letter starts the owner task, which
//! takes the session out, works until the mailbox is empty and nothing is in flight, and puts it back. Both hand-overs
//! happen under the cell's mutex, so no letter can fall between them.

use std::collections::VecDeque;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use machine_spec::Epoch;
use machine_spec::session::{Incarnation, RunId};
use tokio::sync::Notify;

use crate::command::Command;
use crate::environment::Environment;
use crate::owner::{self, Owner};
use crate::registry::Registry;
use crate::{RuntimeError, SessionId};

/// One registration of one session: its identity is the incarnation's witness.
pub(crate) struct Cell {
    session: SessionId,
    environment: Arc<Environment>,
    registry: Weak<Registry>,
    mail: Mutex<Mail>,
    bell: Notify,
    /// The registration and its current run, for whoever must know them now; zero if there is none.
    incarnation: AtomicU64,
    run: AtomicU64,
    /// How often the session was registered under this registration.
    registrants: AtomicU64,
}

struct Mail {
    queue: VecDeque<Command>,
    resident: Resident,
}

enum Resident {
    /// Nothing is in flight.
    Resting(Box<Owner>),
    /// The owner task has it.
    Working,
    /// The registration has ended.
    Gone,
}

impl Cell {
    /// A cell whose session is still being opened.
    pub(crate) fn new(session: SessionId, environment: Arc<Environment>, registry: Weak<Registry>) -> Self {
        let mail = Mutex::new(Mail { queue: VecDeque::new(), resident: Resident::Working });
        let (incarnation, run, registrants) = Default::default();
        Self { session, environment, registry, mail, bell: Notify::new(), incarnation, run, registrants }
    }

    /// The registration. None holds as long as the session is being opened.
    pub(crate) fn incarnation(&self) -> Incarnation {
        Incarnation::from_number(self.incarnation.load(Ordering::Acquire))
    }

    pub(crate) fn show_incarnation(&self, incarnation: Incarnation) {
        self.incarnation.store(incarnation.number(), Ordering::Release);
    }

    /// The run that is current now.
    pub(crate) fn current_run(&self) -> Option<RunId> {
        Some(self.run.load(Ordering::Acquire)).filter(|run| *run > 0).map(RunId::from_number)
    }

    pub(crate) fn show_run(&self, run: Option<RunId>) {
        self.run.store(run.map_or(0, Epoch::number), Ordering::Release);
    }

    /// Somebody is about to ask for this registration.
    pub(crate) fn add_registrant(&self) {
        self.registrants.fetch_add(1, Ordering::AcqRel);
    }

    pub(crate) fn has_one_registrant(&self) -> bool {
        self.registrants.load(Ordering::Acquire) == 1
    }

    pub(crate) fn session(&self) -> &SessionId {
        &self.session
    }

    pub(crate) fn environment(&self) -> &Environment {
        &self.environment
    }

    /// Nothing that can panic runs while it is held, so it is whole even when it is poisoned.
    fn mail(&self) -> MutexGuard<'_, Mail> {
        self.mail.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts a letter into the mailbox and wakes the session. False if the registration has ended: then the letter is
    /// dropped, and with it whoever waits for its answer is told.
    pub(crate) fn push(self: &Arc<Self>, command: Command) -> bool {
        let mut mail = self.mail();
        if matches!(mail.resident, Resident::Gone) {
            drop(mail);
            return false;
        }
        mail.queue.push_back(command);
        let resident = std::mem::replace(&mut mail.resident, Resident::Working);
        drop(mail);
        match resident {
            Resident::Resting(owner) => self.environment.spawn(owner::serve(owner, Arc::clone(self))),
            Resident::Working | Resident::Gone => self.bell.notify_one(),
        }
        true
    }

    /// Why nobody answers here.
    pub(crate) fn gone(&self) -> RuntimeError {
        match self.registry.upgrade() {
            Some(registry) if !registry.is_shut_down() => RuntimeError::SessionGone { session: self.session.clone() },
            _ => RuntimeError::ShutDown,
        }
    }

    /// Looks at the session if it rests.
    pub(crate) fn peek<T>(&self, look: impl FnOnce(&Owner) -> T) -> Option<T> {
        match &self.mail().resident {
            Resident::Resting(owner) => Some(look(owner)),
            Resident::Working | Resident::Gone => None,
        }
    }

    /// Moves up to `limit` letters into an empty batch.
    pub(crate) fn take(&self, batch: &mut VecDeque<Command>, limit: usize) {
        let mut mail = self.mail();
        if mail.queue.len() <= limit {
            std::mem::swap(&mut mail.queue, batch);
        } else {
            batch.extend(mail.queue.drain(..limit));
        }
    }

    /// Resolves when a letter has arrived since the last time it did.
    pub(crate) async fn rung(&self) {
        self.bell.notified().await;
    }

    /// Lets the session rest. It comes back if there is mail, or if the runtime is being dropped.
    pub(crate) fn park(&self, mut owner: Box<Owner>) -> Option<Box<Owner>> {
        let mut mail = self.mail();
        if !mail.queue.is_empty() || self.environment.dropped.is_cancelled() {
            return Some(owner);
        }
        owner.rest();
        mail.queue = VecDeque::new();
        mail.resident = Resident::Resting(owner);
        None
    }

    /// Ends the registration: first the registry forgets the cell, then the mailbox closes. Gives the letters that
    /// nobody will read.
    pub(crate) fn leave(self: &Arc<Self>) -> VecDeque<Command> {
        if let Some(registry) = self.registry.upgrade() {
            registry.forget(self);
        }
        self.close().1
    }

    /// Closes the mailbox. The caller drops what was in it, outside of the lock.
    pub(crate) fn close(&self) -> (Option<Box<Owner>>, VecDeque<Command>) {
        self.show_run(None);
        let mut mail = self.mail();
        let queue = std::mem::take(&mut mail.queue);
        match std::mem::replace(&mut mail.resident, Resident::Gone) {
            Resident::Resting(owner) => (Some(owner), queue),
            Resident::Working | Resident::Gone => (None, queue),
        }
    }

    /// Whether the owner task has the session, or has it no more.
    pub(crate) fn is_working(&self) -> bool {
        matches!(self.mail().resident, Resident::Working)
    }
}

impl fmt::Debug for Cell {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Cell").field("session", &self.session).finish_non_exhaustive()
    }
}
