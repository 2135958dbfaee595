//! How close the SQLite store comes to a bare group commit of the same rows, in one run on one disk.
//!
//! `cargo bench -p meerkat-runtime --bench store [-- <seconds> [<directory>]]`
//!
//! Both sides write what 64 sessions write that accept and complete one input after the other: two commits per input,
//! a snapshot at each 64th commit of a session. The bare side is one loop around prepared statements that never waits
//! for anybody; the rounds alternate so that a slow moment of the disk hits both.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use meerkat_runtime::SessionId;
use meerkat_runtime::store::{
    AdmittedInput, Commit, RuntimeStore, SettledInput, SqliteOptions, SqliteStore, StoreStatistics,
};
use rusqlite::Connection;

const IN_FLIGHT: u64 = 64;
const COMMITS_PER_SNAPSHOT: u64 = 64;
const ROUNDS: u32 = 3;

type Failure = Box<dyn std::error::Error + Send + Sync>;

/// What one session writes at a position: it admits at even ones and settles at odd ones.
fn commit(session: &SessionId, position: u64) -> Commit {
    let number = position / 2;
    let mut commit = Commit::new(session.clone(), position, vec![7; 48]);
    if position.is_multiple_of(2) {
        let key = format!("{:016x}", number.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        let payload = Arc::from([1; 128]);
        commit.admitted.push(AdmittedInput { number, idempotency_key: Some(key.into()), digest: [3; 32], payload });
    } else {
        commit.settled.push(SettledInput { number, outcome: Arc::from([2; 32]) });
    }
    if position % COMMITS_PER_SNAPSHOT == COMMITS_PER_SNAPSHOT - 1 {
        commit.snapshot = Some(vec![5; 512]);
    }
    commit
}

fn session(number: u64) -> Result<SessionId, Failure> {
    Ok(SessionId::new(format!("session {number}"))?)
}

struct Measured {
    commits: u64,
    elapsed: Duration,
}

impl Measured {
    fn per_second(&self) -> f64 {
        self.commits as f64 / self.elapsed.as_secs_f64()
    }
}

/// The store makes the tables, then the loop takes the file over.
async fn bare_connection(path: &Path) -> Result<Connection, Failure> {
    SqliteStore::open(path, SqliteOptions::default()).await?.close().await?;
    let connection = Connection::open(path)?;
    connection.execute_batch(
        "PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
         PRAGMA wal_autocheckpoint = 16384;",
    )?;
    connection.set_prepared_statement_cache_capacity(64);
    for number in 0..IN_FLIGHT {
        let (row, name) = (i64::try_from(number)?, format!("session {number}"));
        connection.execute("INSERT INTO sessions (row, name) VALUES (?1, ?2)", (row, name))?;
    }
    Ok(connection)
}

fn write_bare(connection: &Connection, row: i64, commit: &Commit) -> rusqlite::Result<()> {
    let run = |sql, values: &[&dyn rusqlite::ToSql]| connection.prepare_cached(sql)?.execute(values).map(drop);
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

fn measure_bare(connection: &Connection, position: &mut u64, time: Duration) -> Result<Measured, Failure> {
    let (started, first) = (Instant::now(), *position);
    while started.elapsed() < time {
        connection.prepare_cached("BEGIN IMMEDIATE")?.execute([])?;
        for number in 0..IN_FLIGHT {
            write_bare(connection, i64::try_from(number)?, &commit(&session(number)?, *position))?;
        }
        connection.prepare_cached("COMMIT")?.execute([])?;
        *position += 1;
    }
    Ok(Measured { commits: (*position - first) * IN_FLIGHT, elapsed: started.elapsed() })
}

async fn measure_store(
    store: &Arc<SqliteStore>,
    positions: &mut Vec<u64>,
    time: Duration,
) -> Result<Measured, Failure> {
    let started = Instant::now();
    let before = store.statistics().commits;
    let mut tasks = Vec::new();
    for (number, position) in (0..IN_FLIGHT).zip(positions.drain(..)) {
        let (store, session) = (Arc::clone(store), session(number)?);
        tasks.push(tokio::spawn(async move {
            let mut position = position;
            while started.elapsed() < time {
                store.commit(commit(&session, position)).await?;
                position += 1;
            }
            Ok::<u64, Failure>(position)
        }));
    }
    for task in tasks {
        positions.push(task.await??);
    }
    Ok(Measured { commits: store.statistics().commits - before, elapsed: started.elapsed() })
}

fn report(round: &str, bare: &Measured, store: &Measured) {
    let (bare, store) = (bare.per_second(), store.per_second());
    println!("{round:<10} bare {bare:>9.0}/s   store {store:>9.0}/s   ratio {:.2}", store / bare);
}

fn report_groups(statistics: StoreStatistics) {
    let mean = statistics.commits as f64 / statistics.groups as f64;
    println!("groups of {mean:.1} on average, {} at most", statistics.largest_group);
}

async fn run(time: Duration, directory: &Path) -> Result<(), Failure> {
    let directory = tempfile::tempdir_in(directory)?;
    let bare = bare_connection(&directory.path().join("bare.sqlite")).await?;
    let store = SqliteStore::open(directory.path().join("store.sqlite"), SqliteOptions::default()).await?;
    let store = Arc::new(store);
    let (mut position, mut positions) = (0, vec![0; IN_FLIGHT.try_into()?]);
    let mut totals = [(); 2].map(|()| Measured { commits: 0, elapsed: Duration::ZERO });
    for round in 1..=ROUNDS {
        let measured = [measure_bare(&bare, &mut position, time)?, measure_store(&store, &mut positions, time).await?];
        report(&format!("round {round}"), &measured[0], &measured[1]);
        for (total, measured) in totals.iter_mut().zip(measured) {
            total.commits += measured.commits;
            total.elapsed += measured.elapsed;
        }
    }
    report("in all", &totals[0], &totals[1]);
    report_groups(store.statistics());
    Ok(store.close().await?)
}

fn main() -> Result<(), Failure> {
    // Cargo adds `--bench`.
    let mut arguments = std::env::args().skip(1).filter(|argument| !argument.starts_with("--"));
    let seconds = arguments.next().map_or(Ok(3.0), |seconds| seconds.parse())?;
    let directory = arguments.next().map_or_else(std::env::temp_dir, PathBuf::from);
    let runtime = tokio::runtime::Builder::new_multi_thread().build()?;
    runtime.block_on(run(Duration::from_secs_f64(seconds), &directory))
}
