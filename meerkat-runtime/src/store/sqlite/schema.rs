//! The tables, and how to tell that a file has them.
//!
//! Per commit the fewest rows on the fewest pages: a step is one journal row; no session row counts positions, because
//! the journal's last row and the snapshot tell the next one. Rows of a session lie together (`WITHOUT ROWID`), so a
//! load reads a few pages. Outcomes have a table of their own: settling an input does not rewrite its payload. The
//! inputs that wait have one as well: finding them is as fast after a million settled inputs as after none.

use std::path::Path;

use rusqlite::Connection;

use super::fault::{NO_DATABASE, while_opening};
use crate::store::StoreError;

/// "Meer" in ASCII: what the file's header and `file(1)` tell others.
const APPLICATION_ID: u32 = 0x4d65_6572;
const VERSION: u32 = 1;

const TABLES: &str = "
    CREATE TABLE sessions (row INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
    CREATE TABLE snapshots (session INTEGER PRIMARY KEY, position INTEGER NOT NULL, state BLOB NOT NULL) STRICT;
    CREATE TABLE journal (
        session INTEGER NOT NULL, position INTEGER NOT NULL, entry BLOB NOT NULL,
        PRIMARY KEY (session, position)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE inputs (
        session INTEGER NOT NULL, number INTEGER NOT NULL,
        idempotency_key TEXT, digest BLOB NOT NULL, payload BLOB NOT NULL,
        PRIMARY KEY (session, number)
    ) STRICT, WITHOUT ROWID;
    CREATE UNIQUE INDEX input_keys ON inputs (session, idempotency_key) WHERE idempotency_key IS NOT NULL;
    CREATE TABLE unsettled (
        session INTEGER NOT NULL, number INTEGER NOT NULL,
        PRIMARY KEY (session, number)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE outcomes (
        session INTEGER NOT NULL, number INTEGER NOT NULL, outcome BLOB NOT NULL,
        PRIMARY KEY (session, number)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE receipts (
        session INTEGER NOT NULL, run INTEGER NOT NULL, boundary INTEGER NOT NULL,
        inputs TEXT NOT NULL, digest BLOB NOT NULL,
        PRIMARY KEY (session, run, boundary)
    ) STRICT, WITHOUT ROWID;
";

const NAMES: [&str; 8] =
    ["input_keys", "inputs", "journal", "outcomes", "receipts", "sessions", "snapshots", "unsettled"];

/// What a file turned out to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Identity {
    /// Nothing was ever stored in it.
    Empty,
    /// A store of this version.
    Store,
}

/// Looks without changing anything, so that a foreign database stays as it is.
pub(super) fn identify(connection: &Connection, path: &Path) -> Result<Identity, StoreError> {
    let look = || -> rusqlite::Result<(u32, u32, Vec<String>)> {
        let application_id = connection.pragma_query_value(None, "application_id", |row| row.get::<_, i32>(0))?;
        let version = connection.pragma_query_value(None, "user_version", |row| row.get::<_, i32>(0))?;
        let names = "SELECT name FROM sqlite_schema WHERE name NOT LIKE 'sqlite_%' ORDER BY name";
        let names = connection.prepare(names)?.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
        Ok((application_id.cast_unsigned(), version.cast_unsigned(), names))
    };
    let (application_id, version, names) = look().map_err(|fault| while_opening(fault, path))?;
    let foreign = |reason| Err(StoreError::NotAMeerkatStore { path: path.to_owned(), reason });
    match application_id {
        0 if version == 0 && names.is_empty() => {
            if is_scrap(path) {
                foreign(NO_DATABASE)
            } else {
                Ok(Identity::Empty)
            }
        }
        APPLICATION_ID if version > VERSION => {
            Err(StoreError::NewerVersion { path: path.to_owned(), found: version, supported: VERSION })
        }
        APPLICATION_ID if version == VERSION && names == NAMES => Ok(Identity::Store),
        APPLICATION_ID => foreign("it claims to be one and has other tables"),
        _ => foreign("it is a database of another program"),
    }
}

/// SQLite takes a file for empty that is too short to be a database. It would overwrite somebody's note.
fn is_scrap(path: &Path) -> bool {
    const SMALLEST_PAGE_BYTES: u64 = 512;
    std::fs::metadata(path).is_ok_and(|file| (1..SMALLEST_PAGE_BYTES).contains(&file.len()))
}

/// Makes an empty file a store. For the caller to put in a transaction.
pub(super) fn create(connection: &Connection) -> rusqlite::Result<()> {
    connection.execute_batch(TABLES)?;
    connection.pragma_update(None, "application_id", APPLICATION_ID)?;
    connection.pragma_update(None, "user_version", VERSION)
}
