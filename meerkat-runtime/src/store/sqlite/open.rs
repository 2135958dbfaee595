//! From a path to a connection that may write, or to the reason why not.

use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};

use super::SqliteOptions;
use super::fault::{while_opening, while_running};
use super::schema::{self, Identity};
use crate::store::StoreError;

/// A commit changes some hundred bytes on a few pages and the log is written in whole pages, so larger ones cost more;
/// smaller ones split more often. The file system's own size was the fastest when measured.
const PAGE_BYTES: u64 = 4096;

/// The log is copied into the main file when it has this many pages (64 MiB). Each copying waits for the disk twice
/// while all commits wait, and a page that was written often meanwhile is copied once, so more is faster; reading the
/// log after a crash takes well below a second at this size.
const PAGES_PER_CHECKPOINT: u32 = 16 * 1024;

/// Distinct statements that a store uses, with room to spare: none is ever prepared twice.
const STATEMENTS: usize = 64;

/// A connection that is the only one to its file.
pub(super) fn open(path: &Path, options: &SqliteOptions) -> Result<Connection, StoreError> {
    let connection = connect(path)?;
    let identity = claim(&connection, path)?;
    let set_up = |step: rusqlite::Result<()>| step.map_err(|fault| while_opening(fault, path));
    set_up(configure(&connection, options))?;
    if identity == Identity::Empty {
        set_up(in_transaction(&connection, schema::create))?;
    }
    Ok(connection)
}

/// The path as it stays when the process changes its directory. It also hides names that SQLite takes for something
/// else than a file.
pub(super) fn absolute(path: &Path) -> Result<PathBuf, StoreError> {
    std::path::absolute(path).map_err(|error| StoreError::CannotOpen { path: path.to_owned(), source: error.into() })
}

fn connect(path: &Path) -> Result<Connection, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags).map_err(|fault| while_opening(fault, path))?;
    // SQLite falls back to reading if it may not write.
    match connection.is_readonly(rusqlite::MAIN_DB) {
        Ok(false) => Ok(connection),
        Ok(true) => Err(StoreError::ReadOnly { path: path.to_owned() }),
        Err(fault) => Err(while_running(fault, path)),
    }
}

/// Takes the lock and, holding it, looks what the file is. The lock is kept from here on: two processes that create the
/// same store at once cannot both get past this.
fn claim(connection: &Connection, path: &Path) -> Result<Identity, StoreError> {
    let lock = || -> rusqlite::Result<()> {
        connection.busy_timeout(Duration::ZERO)?;
        connection.pragma_update_and_check(None, "locking_mode", "EXCLUSIVE", |_| Ok(()))?;
        connection.execute_batch("BEGIN IMMEDIATE")
    };
    lock().map_err(|fault| while_opening(fault, path))?;
    let identity = schema::identify(connection, path);
    connection.execute_batch("ROLLBACK").map_err(|fault| while_opening(fault, path))?;
    identity
}

fn configure(connection: &Connection, options: &SqliteOptions) -> rusqlite::Result<()> {
    connection.pragma_update(None, "page_size", PAGE_BYTES)?;
    connection.pragma_update_and_check(None, "journal_mode", "WAL", |_| Ok(()))?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update_and_check(None, "wal_autocheckpoint", PAGES_PER_CHECKPOINT, |_| Ok(()))?;
    if let Some(max_bytes) = options.max_bytes {
        // Zero pages would mean no limit.
        let pages = (max_bytes / PAGE_BYTES).clamp(1, u64::from(u32::MAX - 1));
        connection.pragma_update_and_check(None, "max_page_count", pages, |_| Ok(()))?;
    }
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    Ok(())
}

fn in_transaction(connection: &Connection, work: fn(&Connection) -> rusqlite::Result<()>) -> rusqlite::Result<()> {
    let transaction = connection.unchecked_transaction()?;
    work(&transaction)?;
    transaction.commit()
}
