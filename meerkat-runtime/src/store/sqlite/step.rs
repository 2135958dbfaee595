//! One commit inside a transaction that others share.
//!
//! A refused commit must leave nothing behind and must not undo the others. Most commits admit or settle one input;
//! whatever can refuse them is tested by their first statement, so there is nothing to undo. The others are put under
//! a savepoint, which costs a copy of each page they touch.

use rusqlite::{Connection, ErrorCode, OptionalExtension};

use super::known::{Known, KnownSessions};
use crate::SessionId;
use crate::store::{
    AdmittedInput, Commit, MAX_NUMBER, RECEIPT_BOUNDARIES, RECEIPT_RUNS, SettledInput, StoreError, StoredReceipt,
};

/// Why a commit was not applied.
#[derive(Debug)]
pub(super) enum Failure {
    /// By rule; the transaction is as it was before the commit.
    Refused(StoreError),
    /// The engine failed; the transaction cannot be used any more.
    Broken(rusqlite::Error),
}

impl From<rusqlite::Error> for Failure {
    fn from(fault: rusqlite::Error) -> Self {
        Self::Broken(fault)
    }
}

/// Writes the rows of one commit.
pub(super) fn apply(connection: &Connection, sessions: &mut KnownSessions, commit: &Commit) -> Result<(), Failure> {
    let present = locate(connection, sessions, &commit.session)?;
    let found = present.map_or(0, |known| known.next_position);
    if found != commit.position {
        let (session, expected) = (commit.session.clone(), commit.position);
        return Err(Failure::Refused(StoreError::Fenced { session, expected, found }));
    }
    let row = match present {
        Some(known) if commit.admitted.len() + commit.settled.len() <= 1 => write(connection, known.row, commit)?,
        _ => write_or_undo(connection, present.map(|known| known.row), commit)?,
    };
    sessions.put(&commit.session, Known { row, next_position: found + 1 });
    Ok(())
}

/// The session's row and next position, from memory or from the tables.
pub(super) fn locate(
    connection: &Connection,
    sessions: &KnownSessions,
    session: &SessionId,
) -> rusqlite::Result<Option<Known>> {
    if let Some(known) = sessions.get(session) {
        return Ok(Some(known));
    }
    let sql = "SELECT row, (SELECT max(position) FROM journal WHERE session = row),
                      (SELECT position FROM snapshots WHERE session = row)
               FROM sessions WHERE name = ?1";
    connection
        .prepare_cached(sql)?
        .query_row([session.as_str()], |found| {
            let last: Option<u64> = found.get::<_, Option<u64>>(1)?.max(found.get(2)?);
            Ok(Known { row: found.get(0)?, next_position: last.map_or(0, |position| position + 1) })
        })
        .optional()
}

fn write_or_undo(connection: &Connection, row: Option<i64>, commit: &Commit) -> Result<i64, Failure> {
    run(connection, "SAVEPOINT step")?;
    let written = match row {
        Some(row) => write(connection, row, commit),
        None => create(connection, &commit.session).and_then(|row| write(connection, row, commit)),
    };
    if let Err(Failure::Refused(_)) = &written {
        run(connection, "ROLLBACK TO step")?;
    }
    if !matches!(written, Err(Failure::Broken(_))) {
        run(connection, "RELEASE step")?;
    }
    written
}

fn run(connection: &Connection, sql: &str) -> rusqlite::Result<()> {
    connection.prepare_cached(sql)?.execute([]).map(drop)
}

fn create(connection: &Connection, session: &SessionId) -> Result<i64, Failure> {
    let mut statement = connection.prepare_cached("INSERT INTO sessions (name) VALUES (?1)")?;
    Ok(statement.insert([session.as_str()])?)
}

/// Inputs first: what follows them cannot be refused.
fn write(connection: &Connection, row: i64, commit: &Commit) -> Result<i64, Failure> {
    if let Some(number) = commit.receipts.iter().find_map(StoredReceipt::too_large) {
        return Err(Failure::Refused(StoreError::NumberTooLarge { number }));
    }
    for input in &commit.admitted {
        admit(connection, row, &commit.session, input)?;
    }
    for input in &commit.settled {
        settle(connection, row, &commit.session, input)?;
    }
    for receipt in &commit.receipts {
        keep(connection, row, receipt)?;
    }
    match &commit.snapshot {
        Some(state) => {
            let sql = "INSERT OR REPLACE INTO snapshots (session, position, state) VALUES (?1, ?2, ?3)";
            connection.prepare_cached(sql)?.execute((row, commit.position, state))?;
            connection.prepare_cached("DELETE FROM journal WHERE session = ?1")?.execute([row])?;
        }
        None => {
            let sql = "INSERT INTO journal (session, position, entry) VALUES (?1, ?2, ?3)";
            connection.prepare_cached(sql)?.execute((row, commit.position, &commit.entry))?;
        }
    }
    Ok(row)
}

fn admit(connection: &Connection, row: i64, session: &SessionId, input: &AdmittedInput) -> Result<(), Failure> {
    if input.number > MAX_NUMBER {
        return Err(Failure::Refused(StoreError::NumberTooLarge { number: input.number }));
    }
    let sql = "INSERT INTO inputs (session, number, idempotency_key, digest, payload) VALUES (?1, ?2, ?3, ?4, ?5)";
    let values = (row, input.number, input.idempotency_key.as_deref(), &input.digest, &*input.payload);
    match connection.prepare_cached(sql)?.execute(values) {
        Ok(_) => {}
        Err(fault) if fault.sqlite_error_code() == Some(ErrorCode::ConstraintViolation) => {
            return Err(duplicate(connection, row, session, input, fault));
        }
        Err(fault) => return Err(fault.into()),
    }
    let sql = "INSERT INTO unsettled (session, number) VALUES (?1, ?2)";
    connection.prepare_cached(sql)?.execute((row, input.number))?;
    Ok(())
}

/// Which of the two rules an admission broke; the number counts first if it broke both.
fn duplicate(
    connection: &Connection,
    row: i64,
    session: &SessionId,
    input: &AdmittedInput,
    fault: rusqlite::Error,
) -> Failure {
    let session = session.clone();
    match (exists(connection, row, input.number), &input.idempotency_key) {
        (Ok(true), _) => Failure::Refused(StoreError::DuplicateInput { session, number: input.number }),
        (Ok(false), Some(key)) => Failure::Refused(StoreError::DuplicateKey { session, key: key.clone() }),
        (Ok(false), None) => Failure::Broken(fault),
        (Err(fault), _) => Failure::Broken(fault),
    }
}

fn settle(connection: &Connection, row: i64, session: &SessionId, input: &SettledInput) -> Result<(), Failure> {
    let number = input.number;
    let sql = "DELETE FROM unsettled WHERE session = ?1 AND number = ?2";
    let waited = number <= MAX_NUMBER && connection.prepare_cached(sql)?.execute((row, number))? == 1;
    if !waited {
        let session = session.clone();
        return Err(Failure::Refused(if exists(connection, row, number)? {
            StoreError::AlreadySettled { session, number }
        } else {
            StoreError::UnknownInput { session, number }
        }));
    }
    // If an outcome is there already, the row that said it waits was the wrong one.
    let sql = "INSERT OR IGNORE INTO outcomes (session, number, outcome) VALUES (?1, ?2, ?3)";
    connection.prepare_cached(sql)?.execute((row, number, &*input.outcome))?;
    Ok(())
}

/// Keeps a receipt, and forgets those that it is the time for.
fn keep(connection: &Connection, row: i64, receipt: &StoredReceipt) -> rusqlite::Result<()> {
    let StoredReceipt { run, boundary, inputs, digest } = receipt;
    if let Some(last) = run.checked_sub(RECEIPT_RUNS) {
        let sql = "DELETE FROM receipts WHERE session = ?1 AND run <= ?2";
        connection.prepare_cached(sql)?.execute((row, last))?;
    }
    if let Some(last) = boundary.checked_sub(RECEIPT_BOUNDARIES) {
        let sql = "DELETE FROM receipts WHERE session = ?1 AND run = ?2 AND boundary <= ?3";
        connection.prepare_cached(sql)?.execute((row, run, last))?;
    }
    let sql = "INSERT OR REPLACE INTO receipts (session, run, boundary, inputs, digest) VALUES (?1, ?2, ?3, ?4, ?5)";
    let inputs: Vec<String> = inputs.iter().map(u64::to_string).collect();
    connection.prepare_cached(sql)?.execute((row, run, boundary, inputs.join(" "), digest)).map(drop)
}

fn exists(connection: &Connection, row: i64, number: u64) -> rusqlite::Result<bool> {
    let sql = "SELECT 1 FROM inputs WHERE session = ?1 AND number = ?2";
    if number > MAX_NUMBER { Ok(false) } else { connection.prepare_cached(sql)?.exists((row, number)) }
}
