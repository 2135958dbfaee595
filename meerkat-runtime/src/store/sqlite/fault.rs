//! What SQLite's errors mean to the caller of a store.

use std::fmt;
use std::path::Path;

use rusqlite::{Error, ErrorCode};

use crate::store::StoreError;

pub(super) const NO_DATABASE: &str = "it is no SQLite database";

/// Stored rows contradict each other.
#[derive(Debug)]
pub(super) struct Contradiction(pub(super) &'static str);

impl fmt::Display for Contradiction {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.0)
    }
}

impl std::error::Error for Contradiction {}

/// The meaning of an error after the store was opened.
pub(super) fn while_running(fault: Error, path: &Path) -> StoreError {
    let path = path.to_owned();
    match &fault {
        Error::SqliteFailure(failure, _) => match failure.code {
            ErrorCode::DiskFull => StoreError::DiskFull { path },
            ErrorCode::ReadOnly | ErrorCode::PermissionDenied => StoreError::ReadOnly { path },
            ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => StoreError::InUse { path },
            ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase => StoreError::Corrupt { path, source: fault.into() },
            _ => backend(fault, &path),
        },
        // Strict tables hold the right types: other ones, or text that is no text, are damage.
        Error::FromSqlConversionFailure(..)
        | Error::IntegralValueOutOfRange(..)
        | Error::InvalidColumnType(..)
        | Error::Utf8Error(..) => StoreError::Corrupt { path, source: fault.into() },
        _ => backend(fault, &path),
    }
}

/// The meaning of an error before the file is known to be a store.
pub(super) fn while_opening(fault: Error, path: &Path) -> StoreError {
    match fault.sqlite_error_code() {
        Some(ErrorCode::NotADatabase) => StoreError::NotAMeerkatStore { path: path.to_owned(), reason: NO_DATABASE },
        Some(ErrorCode::CannotOpen) => cannot_open(fault, path),
        _ => while_running(fault, path),
    }
}

/// SQLite does not say why it cannot open a file, so this looks for the reason.
fn cannot_open(fault: Error, path: &Path) -> StoreError {
    let path = path.to_owned();
    if path.parent().is_some_and(|directory| !directory.exists()) {
        return StoreError::MissingDirectory { path };
    }
    if path.is_dir() {
        return StoreError::CannotOpen { path, source: fault.into() };
    }
    if path.exists() && std::fs::File::open(&path).is_err() {
        return StoreError::CannotOpen { path, source: fault.into() };
    }
    StoreError::ReadOnly { path }
}

fn backend(fault: Error, path: &Path) -> StoreError {
    StoreError::Backend { place: path.display().to_string(), source: fault.into() }
}
