//! Questions to the tables.

use std::path::Path;
use std::sync::Arc;

use rusqlite::{Connection, OptionalExtension, Params, Row};

use super::fault::{Contradiction, while_running};
use crate::SessionId;
use crate::store::{JournalRow, MAX_NUMBER, StoreError, StoredInput, StoredReceipt, StoredSession, StoredSnapshot};

/// A view of the tables between two transactions.
pub(super) struct Reader<'writer> {
    pub(super) connection: &'writer Connection,
    pub(super) path: &'writer Path,
}

const INPUT: &str = "SELECT number, idempotency_key, digest, payload, outcome
                     FROM inputs LEFT JOIN outcomes USING (session, number)";

/// The index has no nulls in it; SQLite sees that an equality finds none.
const BY_KEY: &str = "WHERE session = ?1 AND idempotency_key = ?2";

/// `CROSS JOIN` keeps the order of the tables: the few inputs that wait come first, not the many that are settled.
const UNSETTLED: &str = "SELECT number, idempotency_key, digest, payload, NULL
                         FROM unsettled CROSS JOIN inputs USING (session, number)
                         WHERE unsettled.session = ?1 ORDER BY number";

impl Reader<'_> {
    pub(super) fn load(&self, session: &SessionId) -> Result<Option<StoredSession>, StoreError> {
        let Some(row) = self.told(self.row(session))? else { return Ok(None) };
        let snapshot = self.told(self.snapshot(row))?;
        let journal = self.told(self.journal(row))?;
        let unsettled = self.told(self.unsettled(row))?;
        let first = snapshot.as_ref().map_or(0, |snapshot| snapshot.position + 1);
        if !journal.iter().zip(first..).all(|(entry, position)| entry.position == position) {
            return Err(self.damaged("the journal of a session has a gap"));
        }
        let next_position = journal.last().map_or(first, |entry| entry.position + 1);
        if next_position == 0 {
            return Err(self.damaged("a session has neither a snapshot nor a journal"));
        }
        Ok(Some(StoredSession { next_position, snapshot, journal, unsettled }))
    }

    pub(super) fn find_by_key(
        &self,
        session: &SessionId,
        keys: &[Arc<str>],
    ) -> Result<Vec<Option<StoredInput>>, StoreError> {
        let Some(row) = self.told(self.row(session))? else { return Ok(vec![None; keys.len()]) };
        let sql = format!("{INPUT} {BY_KEY}");
        keys.iter().map(|key| self.told(self.one(&sql, (row, &**key), input))).collect()
    }

    pub(super) fn input(&self, session: &SessionId, number: u64) -> Result<Option<StoredInput>, StoreError> {
        let Some(row) = self.told(self.row(session))? else { return Ok(None) };
        if number > MAX_NUMBER {
            return Ok(None);
        }
        self.told(self.one(&format!("{INPUT} WHERE session = ?1 AND number = ?2"), (row, number), input))
    }

    pub(super) fn inputs(
        &self,
        session: &SessionId,
        after: Option<u64>,
        limit: usize,
    ) -> Result<Vec<StoredInput>, StoreError> {
        let Some(row) = self.told(self.row(session))? else { return Ok(Vec::new()) };
        let after = after.map_or(-1, |number| i64::try_from(number).unwrap_or(i64::MAX));
        let sql = format!("{INPUT} WHERE session = ?1 AND number > ?2 ORDER BY number LIMIT ?3");
        self.told(self.all(&sql, (row, after, rows(limit)), input))
    }

    pub(super) fn receipt(
        &self,
        session: &SessionId,
        run: u64,
        boundary: u64,
    ) -> Result<Option<StoredReceipt>, StoreError> {
        let Some(row) = self.told(self.row(session))? else { return Ok(None) };
        if run.max(boundary) > MAX_NUMBER {
            return Ok(None);
        }
        let sql = "SELECT inputs, digest FROM receipts WHERE session = ?1 AND run = ?2 AND boundary = ?3";
        let read = |row: &Row<'_>| Ok((row.get::<_, String>(0)?, row.get(1)?));
        let Some((inputs, digest)) = self.told(self.one(sql, (row, run, boundary), read))? else { return Ok(None) };
        let numbers = inputs.split_whitespace().map(str::parse);
        let inputs = numbers.collect::<Result<_, _>>().map_err(|_| self.damaged("a receipt names no inputs"))?;
        Ok(Some(StoredReceipt { run, boundary, inputs, digest }))
    }

    pub(super) fn sessions(&self, after: Option<&SessionId>, limit: usize) -> Result<Vec<SessionId>, StoreError> {
        // No id is empty, so all of them come after the empty text.
        let after = after.map_or("", SessionId::as_str);
        let sql = "SELECT name FROM sessions WHERE name > ?1 ORDER BY name LIMIT ?2";
        let names = self.told(self.all(sql, (after, rows(limit)), |row| row.get::<_, String>(0)))?;
        let id = |name| SessionId::new(name).map_err(|_| self.damaged("the name of a session is none"));
        names.into_iter().map(id).collect()
    }

    fn row(&self, session: &SessionId) -> rusqlite::Result<Option<i64>> {
        self.one("SELECT row FROM sessions WHERE name = ?1", [session.as_str()], |row| row.get(0))
    }

    fn snapshot(&self, row: i64) -> rusqlite::Result<Option<StoredSnapshot>> {
        let read = |row: &Row<'_>| Ok(StoredSnapshot { position: row.get(0)?, state: row.get(1)? });
        self.one("SELECT position, state FROM snapshots WHERE session = ?1", [row], read)
    }

    fn journal(&self, row: i64) -> rusqlite::Result<Vec<JournalRow>> {
        let read = |row: &Row<'_>| Ok(JournalRow { position: row.get(0)?, entry: row.get(1)? });
        self.all("SELECT position, entry FROM journal WHERE session = ?1 ORDER BY position", [row], read)
    }

    fn unsettled(&self, row: i64) -> rusqlite::Result<Vec<StoredInput>> {
        self.all(UNSETTLED, [row], input)
    }

    fn one<T>(
        &self,
        sql: &str,
        values: impl Params,
        read: impl FnOnce(&Row<'_>) -> rusqlite::Result<T>,
    ) -> rusqlite::Result<Option<T>> {
        self.connection.prepare_cached(sql)?.query_row(values, read).optional()
    }

    fn all<T>(
        &self,
        sql: &str,
        values: impl Params,
        read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
    ) -> rusqlite::Result<Vec<T>> {
        self.connection.prepare_cached(sql)?.query_map(values, read)?.collect()
    }

    fn told<T>(&self, answer: rusqlite::Result<T>) -> Result<T, StoreError> {
        answer.map_err(|fault| while_running(fault, self.path))
    }

    fn damaged(&self, how: &'static str) -> StoreError {
        StoreError::Corrupt { path: self.path.to_owned(), source: Box::new(Contradiction(how)) }
    }
}

fn rows(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}

fn input(row: &Row<'_>) -> rusqlite::Result<StoredInput> {
    Ok(StoredInput {
        number: row.get(0)?,
        idempotency_key: row.get(1)?,
        digest: row.get(2)?,
        payload: row.get(3)?,
        outcome: row.get(4)?,
    })
}

#[cfg(test)]
mod tests {
    use rusqlite::Connection;

    use super::{BY_KEY, INPUT, UNSETTLED};
    use crate::store::sqlite::schema;

    fn plan(sql: &str) -> String {
        let connection = Connection::open_in_memory().unwrap();
        schema::create(&connection).unwrap();
        let mut statement = connection.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
        statement.raw_bind_parameter(1, 1).unwrap();
        let mut rows = statement.raw_query();
        let mut plan = String::new();
        while let Some(row) = rows.next().unwrap() {
            plan += &row.get::<_, String>(3).unwrap();
            plan += "; ";
        }
        plan
    }

    #[test]
    fn a_load_does_not_walk_the_settled_inputs() {
        let plan = plan(UNSETTLED);
        assert!(plan.starts_with("SEARCH unsettled USING PRIMARY KEY (session=?)"), "{plan}");
        assert!(plan.contains("SEARCH inputs USING PRIMARY KEY (session=? AND number=?)"), "{plan}");
        assert!(!plan.contains("TEMP B-TREE"), "{plan}");
    }

    #[test]
    fn a_key_is_found_by_its_index() {
        let plan = plan(&format!("{INPUT} {BY_KEY}"));
        assert!(plan.contains("USING INDEX input_keys (session=? AND idempotency_key=?)"), "{plan}");
    }
}
