//! Which sessions are registered here. The one map of them.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::cell::Cell;
use crate::environment::Environment;
use crate::{RuntimeError, SessionId};

#[derive(Default)]
pub(crate) struct Registry(Mutex<Sessions>);

#[derive(Default)]
struct Sessions {
    cells: HashMap<SessionId, Arc<Cell>>,
    shut_down: bool,
}

impl Registry {
    /// Nothing that can panic runs while it is held, so it is whole even when it is poisoned.
    fn sessions(&self) -> MutexGuard<'_, Sessions> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn is_shut_down(&self) -> bool {
        self.sessions().shut_down
    }

    pub(crate) fn len(&self) -> u64 {
        self.sessions().cells.len() as u64
    }

    /// The session's cell, and whether it is new: then the caller has it opened.
    pub(crate) fn enter(
        self: &Arc<Self>,
        session: &SessionId,
        environment: &Arc<Environment>,
    ) -> Result<(Arc<Cell>, bool), RuntimeError> {
        let mut sessions = self.sessions();
        if sessions.shut_down {
            return Err(RuntimeError::ShutDown);
        }
        if let Some(cell) = sessions.cells.get(session) {
            return Ok((Arc::clone(cell), false));
        }
        let cell = Arc::new(Cell::new(session.clone(), Arc::clone(environment), Arc::downgrade(self)));
        sessions.cells.insert(session.clone(), Arc::clone(&cell));
        Ok((cell, true))
    }

    pub(crate) fn find(&self, session: &SessionId) -> Result<Arc<Cell>, RuntimeError> {
        let sessions = self.sessions();
        if sessions.shut_down {
            return Err(RuntimeError::ShutDown);
        }
        let cell = sessions.cells.get(session).cloned();
        cell.ok_or_else(|| RuntimeError::SessionUnknown { session: session.clone() })
    }

    /// Forgets this cell, and never another one of the same session.
    pub(crate) fn forget(&self, cell: &Arc<Cell>) {
        let mut sessions = self.sessions();
        if sessions.cells.get(cell.session()).is_some_and(|found| Arc::ptr_eq(found, cell)) {
            sessions.cells.remove(cell.session());
        }
    }

    /// Up to `limit` sessions in ascending order, from the first one after `after`.
    pub(crate) fn page(&self, after: Option<&SessionId>, limit: usize) -> Vec<SessionId> {
        let sessions = self.sessions();
        let behind = |id: &&SessionId| after.is_none_or(|after| *id > after);
        let mut page: Vec<SessionId> = sessions.cells.keys().filter(behind).cloned().collect();
        drop(sessions);
        page.sort_unstable();
        page.truncate(limit);
        page
    }

    /// Lets nobody in any more, and tells who is in.
    pub(crate) fn shut_down(&self) -> Vec<Arc<Cell>> {
        let mut sessions = self.sessions();
        sessions.shut_down = true;
        sessions.cells.values().cloned().collect()
    }
}
