//! The least that can be done: one loop around prepared statements that writes recorded commits in groups, in the
//! runtime's own tables, and never waits for anybody.

use std::path::Path;

use meerkat_runtime::store::{Commit, RuntimeStore, SqliteOptions, SqliteStore};
use rusqlite::{Connection, ToSql};
use tests::hosting::Failure;

pub(crate) struct Bare {
    connection: Connection,
    sessions: i64,
}

/// Sessions that are written in one group, all of them the same.
pub(crate) struct Group {
    rows: std::ops::Range<i64>,
    /// How many commits each of them has.
    position: usize,
}

impl Bare {
    /// The store makes the tables, then the loop takes the file over.
    pub(crate) async fn open(path: &Path) -> Result<Self, Failure> {
        SqliteStore::open(path, SqliteOptions::default()).await?.close().await?;
        let connection = Connection::open(path)?;
        connection.execute_batch(
            "PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
             PRAGMA wal_autocheckpoint = 16384;",
        )?;
        connection.set_prepared_statement_cache_capacity(64);
        Ok(Self { connection, sessions: 0 })
    }

    /// New sessions.
    pub(crate) fn group(&mut self, sessions: usize) -> Result<Group, Failure> {
        let rows = self.sessions..self.sessions + i64::try_from(sessions)?;
        self.sessions = rows.end;
        for row in rows.clone() {
            let sql = "INSERT INTO sessions (row, name) VALUES (?1, ?2)";
            self.connection.execute(sql, (row, format!("session {row}")))?;
        }
        Ok(Group { rows, position: 0 })
    }

    /// Writes the next of the recorded commits for every session of the group: one transaction for each of them.
    pub(crate) fn write(&self, group: &mut Group, recorded: &[Commit], transactions: usize) -> Result<(), Failure> {
        for commit in &recorded[group.position..group.position + transactions] {
            self.connection.prepare_cached("BEGIN IMMEDIATE")?.execute([])?;
            for row in group.rows.clone() {
                write(&self.connection, row, commit)?;
            }
            self.connection.prepare_cached("COMMIT")?.execute([])?;
        }
        group.position += transactions;
        Ok(())
    }
}

fn write(connection: &Connection, row: i64, commit: &Commit) -> rusqlite::Result<()> {
    let run = |sql, values: &[&dyn ToSql]| connection.prepare_cached(sql)?.execute(values).map(drop);
    for input in &commit.admitted {
        run(
            "INSERT INTO inputs (session, number, idempotency_key, digest, payload) VALUES (?1, ?2, ?3, ?4, ?5)",
            &[&row, &input.number, &input.idempotency_key, &input.digest, &input.payload],
        )?;
        run("INSERT INTO unsettled (session, number) VALUES (?1, ?2)", &[&row, &input.number])?;
    }
    for input in &commit.settled {
        run("DELETE FROM unsettled WHERE session = ?1 AND number = ?2", &[&row, &input.number])?;
        run(
            "INSERT INTO outcomes (session, number, outcome) VALUES (?1, ?2, ?3)",
            &[&row, &input.number, &input.outcome],
        )?;
    }
    match &commit.snapshot {
        Some(state) => {
            let sql = "INSERT OR REPLACE INTO snapshots (session, position, state) VALUES (?1, ?2, ?3)";
            run(sql, &[&row, &commit.position, state])?;
            run("DELETE FROM journal WHERE session = ?1", &[&row])
        }
        None => {
            let sql = "INSERT INTO journal (session, position, entry) VALUES (?1, ?2, ?3)";
            run(sql, &[&row, &commit.position, &commit.entry])
        }
    }
}
