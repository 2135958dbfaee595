//! What the writer remembers of the sessions that it wrote lately.

use std::collections::HashMap;

use crate::SessionId;

/// Sessions per generation. Two generations of this many take some two megabytes.
const GENERATION: usize = 8192;

/// Where a session stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Known {
    /// Its number in the tables.
    pub(super) row: i64,
    /// The position of its next commit.
    pub(super) next_position: u64,
}

/// A bounded cache in two generations: what was used in neither is forgotten, and no step costs more than another.
#[derive(Debug, Default)]
pub(super) struct KnownSessions {
    recent: HashMap<SessionId, Known>,
    older: HashMap<SessionId, Known>,
}

impl KnownSessions {
    pub(super) fn get(&self, session: &SessionId) -> Option<Known> {
        self.recent.get(session).or_else(|| self.older.get(session)).copied()
    }

    pub(super) fn put(&mut self, session: &SessionId, known: Known) {
        if let Some(present) = self.recent.get_mut(session) {
            *present = known;
            return;
        }
        if self.recent.len() == GENERATION {
            self.older = std::mem::take(&mut self.recent);
        }
        self.recent.insert(session.clone(), known);
    }

    pub(super) fn forget(&mut self, session: &SessionId) {
        self.recent.remove(session);
        self.older.remove(session);
    }
}

#[cfg(test)]
mod tests {
    use super::{GENERATION, Known, KnownSessions};
    use crate::SessionId;

    #[test]
    fn what_is_in_use_stays_and_the_rest_is_bounded() {
        let mut sessions = KnownSessions::default();
        let hot = SessionId::new("hot").unwrap();
        for next_position in 0..5 * GENERATION as u64 {
            sessions.put(&hot, Known { row: 0, next_position });
            sessions.put(&SessionId::new(format!("cold {next_position}")).unwrap(), Known { row: 1, next_position });
            assert_eq!(sessions.get(&hot), Some(Known { row: 0, next_position }));
        }
        assert!(sessions.recent.len() + sessions.older.len() <= 2 * GENERATION);
        assert_eq!(sessions.get(&SessionId::new("cold 0").unwrap()), None);
    }

    #[test]
    fn an_old_value_never_returns() {
        let mut sessions = KnownSessions::default();
        let hot = SessionId::new("hot").unwrap();
        sessions.put(&hot, Known { row: 0, next_position: 1 });
        for number in 0..GENERATION {
            sessions.put(&SessionId::new(format!("{number}")).unwrap(), Known { row: 1, next_position: 1 });
        }
        sessions.put(&hot, Known { row: 0, next_position: 2 });
        assert_eq!(sessions.get(&hot), Some(Known { row: 0, next_position: 2 }));
        sessions.forget(&hot);
        assert_eq!(sessions.get(&hot), None);
    }
}
