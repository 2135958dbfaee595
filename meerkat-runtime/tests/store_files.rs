//! Each file that cannot be used as a store is told apart from the others, and stays as it is.

#![allow(clippy::unwrap_used, reason = "a test ends at the first surprise, its helpers as well")]

use std::io::{Seek, SeekFrom, Write};
use std::path::Path;
use std::process::Command;

use meerkat_runtime::SessionId;
use meerkat_runtime::store::{Commit, RuntimeStore, SqliteOptions, SqliteStore, StoreError};
use rusqlite::Connection;

/// Tells a second process of this test binary which file to open.
const CHILD_PATH: &str = "STORE_FILES_CHILD_PATH";
const CHILD_CODE: &str = "STORE_FILES_CHILD_CODE";

async fn open(path: &Path) -> Result<SqliteStore, StoreError> {
    SqliteStore::open(path, SqliteOptions::default()).await
}

async fn refused(path: &Path, code: &str) -> StoreError {
    let error = open(path).await.expect_err(code);
    assert_eq!(error.code(), code, "{error:?}");
    let sentence = error.to_string();
    assert!(sentence.contains(path.to_str().unwrap()), "{sentence}");
    error
}

fn session(name: &str) -> SessionId {
    SessionId::new(name).unwrap()
}

/// A store with some sessions and a journal of some pages each.
async fn filled(path: &Path) {
    let store = open(path).await.unwrap();
    for position in 0..8 {
        for name in ["a", "b", "c"] {
            store.commit(Commit::new(session(name), position, vec![7; 1500])).await.unwrap();
        }
    }
    store.close().await.unwrap();
}

fn change(path: &Path, sql: &str) {
    Connection::open(path).unwrap().execute_batch(sql).unwrap();
}

#[tokio::test]
async fn a_missing_directory_is_named() {
    let directory = tempfile::tempdir().unwrap();
    refused(&directory.path().join("none").join("store.sqlite"), "store.missing_directory").await;
}

#[tokio::test]
async fn a_directory_is_no_file() {
    let directory = tempfile::tempdir().unwrap();
    refused(directory.path(), "store.cannot_open").await;
}

#[tokio::test]
async fn garbage_is_no_store_and_stays() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("store.sqlite");
    for garbage in [b"x".to_vec(), b"not a database, but long enough to be one? ".repeat(400)] {
        std::fs::write(&path, &garbage).unwrap();
        refused(&path, "store.not_a_meerkat_store").await;
        assert_eq!(std::fs::read(&path).unwrap(), garbage);
    }
}

#[tokio::test]
async fn an_empty_file_becomes_a_store() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("store.sqlite");
    std::fs::write(&path, b"").unwrap();
    open(&path).await.unwrap().close().await.unwrap();
    open(&path).await.unwrap().close().await.unwrap();
}

#[tokio::test]
async fn a_database_of_another_program_stays() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("store.sqlite");
    change(&path, "CREATE TABLE theirs (x); INSERT INTO theirs VALUES (1);");
    let before = std::fs::read(&path).unwrap();
    refused(&path, "store.not_a_meerkat_store").await;
    assert_eq!(std::fs::read(&path).unwrap(), before);

    change(&path, "DROP TABLE theirs; PRAGMA application_id = 7;");
    refused(&path, "store.not_a_meerkat_store").await;
}

#[tokio::test]
async fn a_store_without_its_tables_is_none() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("store.sqlite");
    filled(&path).await;
    change(&path, "DROP TABLE outcomes;");
    refused(&path, "store.not_a_meerkat_store").await;
}

#[tokio::test]
async fn a_newer_version_is_told() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("store.sqlite");
    filled(&path).await;
    change(&path, "PRAGMA user_version = 99;");
    let error = refused(&path, "store.newer_version").await;
    assert!(matches!(error, StoreError::NewerVersion { found: 99, supported: 1, .. }), "{error:?}");
}

#[tokio::test]
async fn a_damaged_session_does_not_harm_the_others() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("store.sqlite");
    filled(&path).await;
    change(&path, "DELETE FROM journal WHERE session = 2 AND position = 3;");
    let store = open(&path).await.unwrap();
    assert_eq!(store.load(&session("b")).await.unwrap_err().code(), "store.corrupt");
    for name in ["a", "c"] {
        assert_eq!(store.load(&session(name)).await.unwrap().unwrap().next_position, 8);
        store.commit(Commit::new(session(name), 8, vec![1])).await.unwrap();
    }
}

#[tokio::test]
async fn damaged_pages_are_told_and_the_store_lives() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("store.sqlite");
    filled(&path).await;
    let root: u64 = Connection::open(&path)
        .unwrap()
        .query_row("SELECT rootpage FROM sqlite_schema WHERE name = 'journal'", [], |row| row.get(0))
        .unwrap();
    let mut file = std::fs::OpenOptions::new().write(true).open(&path).unwrap();
    file.seek(SeekFrom::Start((root - 1) * 4096)).unwrap();
    file.write_all(&[0xff; 4096]).unwrap();
    drop(file);
    let store = open(&path).await.unwrap();
    assert_eq!(store.load(&session("a")).await.unwrap_err().code(), "store.corrupt");
    let failed = store.commit(Commit::new(session("a"), 8, vec![1])).await.unwrap_err();
    assert_eq!(failed.code(), "store.corrupt");
    assert_eq!(store.sessions(None, 9).await.unwrap().len(), 3);
    assert_eq!(store.statistics().failures, 1);
    store.close().await.unwrap();
}

#[tokio::test]
async fn only_one_store_has_a_file() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("store.sqlite");
    let first = open(&path).await.unwrap();
    refused(&path, "store.in_use").await;
    child(&path, "store.in_use", false);
    first.commit(Commit::new(session("a"), 0, vec![1])).await.unwrap();
    child(&path, "store.in_use", false);
    first.close().await.unwrap();
    child(&path, "", false);
}

#[tokio::test]
async fn a_database_that_somebody_reads_is_in_use() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("store.sqlite");
    filled(&path).await;
    let reader = Connection::open(&path).unwrap();
    reader.execute_batch("BEGIN; SELECT * FROM sessions;").unwrap();
    refused(&path, "store.in_use").await;
    drop(reader);
    open(&path).await.unwrap();
}

#[cfg(unix)]
#[tokio::test]
async fn what_may_not_be_written_is_read_only() {
    use std::fs::{Permissions, set_permissions};
    use std::os::unix::fs::PermissionsExt;

    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("store.sqlite");
    let mode = |path: &Path, mode| set_permissions(path, Permissions::from_mode(mode)).unwrap();
    filled(&path).await;
    mode(&path, 0o444);
    mode(directory.path(), 0o777);
    child(&path, "store.read_only", true);
    mode(&path, 0o666);
    mode(directory.path(), 0o555);
    child(&path, "store.read_only", true);
    child(&directory.path().join("new.sqlite"), "store.read_only", true);
    mode(directory.path(), 0o777);
    mode(&path, 0o000);
    child(&path, "store.cannot_open", true);
    mode(&path, 0o666);
    child(&path, "", true);
}

/// Opens the file in a second process and compares the code of the error; an empty one means that it opens.
fn child(path: &Path, code: &str, unprivileged: bool) {
    let binary_directory = tempfile::tempdir().unwrap();
    let mut command = Command::new(std::env::current_exe().unwrap());
    #[cfg(unix)]
    if unprivileged && runs_as_root(path) {
        command = as_nobody(binary_directory.path());
    }
    assert!(cfg!(unix) || !unprivileged);
    let arguments = ["--exact", "in_a_second_process", "--nocapture", "--include-ignored"];
    let output = command.args(arguments).env(CHILD_PATH, path).env(CHILD_CODE, code).output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{text}");
    assert!(text.contains("1 passed"), "{text}");
    drop(binary_directory);
}

/// Permissions do not bind the superuser, so a process of a user without rights must try; it needs the binary where it
/// can reach it.
#[cfg(unix)]
fn as_nobody(directory: &Path) -> Command {
    use std::fs::{Permissions, set_permissions};
    use std::os::unix::fs::PermissionsExt;
    use std::os::unix::process::CommandExt;

    const NOBODY: u32 = 65534;
    let binary = directory.join("test");
    std::fs::copy(std::env::current_exe().unwrap(), &binary).unwrap();
    for path in [directory, &binary] {
        set_permissions(path, Permissions::from_mode(0o755)).unwrap();
    }
    let mut command = Command::new(binary);
    command.uid(NOBODY).gid(NOBODY).current_dir(directory);
    command
}

#[cfg(unix)]
fn runs_as_root(path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    std::fs::metadata(path.parent().unwrap()).unwrap().uid() == 0
}

#[tokio::test]
#[ignore = "runs in a process that another test starts"]
async fn in_a_second_process() {
    let Some(path) = std::env::var_os(CHILD_PATH) else { return };
    let wanted = std::env::var(CHILD_CODE).unwrap();
    let code = match open(Path::new(&path)).await {
        Ok(_) => String::new(),
        Err(error) => {
            println!("{error}: {error:?}");
            error.code().to_owned()
        }
    };
    assert_eq!(code, wanted);
}
