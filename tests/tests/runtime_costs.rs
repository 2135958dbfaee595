//! What hosting costs in counts that are the same everywhere: allocations, durable transactions, bytes, threads, files.
//!
//! Allocations are counted on the thread that measures, so everything that is counted happens on one thread.

use std::future::Future;
use std::process::Command;
use std::sync::Arc;

use allocation_counter::measure;
use async_trait::async_trait;
use meerkat_runtime::store::{
    Commit, MemoryStore, SqliteOptions, SqliteStore, StoreError, StoreStatistics, StoredInput, StoredReceipt,
    StoredSession,
};
use meerkat_runtime::{InputOutcome, MeerkatMachine, RuntimeStore, SessionHandle, SessionId, Submission};
use tests::hosting::{AtOnce, open, open_many, round_trip, round_trips, round_trips_at_once};
use tokio::runtime::{Builder, Handle, Runtime};

/// How many sessions are registered at once.
const SESSIONS: usize = 10_000;
/// Round trips of which the costs are compared: two snapshots and more fall into them.
const WINDOW: usize = 128;

fn one_thread() -> Runtime {
    Builder::new_current_thread().build().expect("tokio starts")
}

/// Lets every task go on until none is left: then every session rests.
async fn all_rest() {
    while Handle::current().metrics().num_alive_tasks() > 0 {
        tokio::task::yield_now().await;
    }
}

/// How many allocations each of the next round trips makes, in ascending order.
fn allocations(tokio: &Runtime, handle: &SessionHandle, key: Option<&str>) -> Vec<u64> {
    let mut counts: Vec<u64> =
        (0..WINDOW).map(|number| one(tokio, handle, key.map(|key| format!("{key}{number}")))).collect();
    counts.sort_unstable();
    counts
}

fn one(tokio: &Runtime, handle: &SessionHandle, key: Option<String>) -> u64 {
    let mut outcome = None;
    let counted = measure(|| {
        let mut submission = Submission::prompt("hello");
        if let Some(key) = &key {
            submission = submission.idempotency_key(key.as_str());
        }
        outcome = Some(tokio.block_on(round_trip(handle, submission)));
    });
    assert!(matches!(outcome, Some(Ok(InputOutcome::Consumed { .. }))), "{outcome:?}");
    counted.count_total
}

fn summary(counts: &[u64]) -> String {
    let (sum, last) = (counts.iter().sum::<u64>(), counts.len() - 1);
    let mean = sum as f64 / counts.len() as f64;
    format!("{} at least, {} median, {mean:.1} mean, {} at most", counts[0], counts[last / 2], counts[last])
}

#[test]
fn a_round_trip_in_memory_allocates_little_and_no_more_after_ten_thousand_others() {
    let (tokio, machine) = (one_thread(), MeerkatMachine::ephemeral());
    let handle = tokio.block_on(open(&machine, "s", &AtOnce::shared())).expect("opens");
    tokio.block_on(round_trips(&handle, 10)).expect("runs");
    let (early, early_keyed) = (allocations(&tokio, &handle, None), allocations(&tokio, &handle, Some("early ")));
    tokio.block_on(round_trips(&handle, 10_000)).expect("runs");
    let (late, late_keyed) = (allocations(&tokio, &handle, None), allocations(&tokio, &handle, Some("late ")));
    println!("after 10 inputs: {}; with a key: {}", summary(&early), summary(&early_keyed));
    println!("after 10,000 inputs: {}; with a key: {}", summary(&late), summary(&late_keyed));
    let median = |counts: &[u64]| counts[counts.len() / 2];
    assert_eq!(median(&early), median(&late));
    assert_eq!(median(&early_keyed), median(&late_keyed));
    // Two of them are for the receipt of the run's end.
    assert!(median(&late) <= 26, "{}", median(&late));
    // Now and then a tree of the store grows or a snapshot is written.
    assert!(late.iter().sum::<u64>() <= 27 * WINDOW as u64, "{}", summary(&late));
}

#[test]
fn a_lone_round_trip_on_sqlite_waits_for_the_disk_twice() {
    let directory = tempfile::tempdir().expect("a directory");
    let tokio = one_thread();
    tokio.block_on(async {
        let store =
            Arc::new(SqliteStore::open(directory.path().join("s"), SqliteOptions::default()).await.expect("opens"));
        let machine = MeerkatMachine::persistent(Arc::clone(&store) as Arc<dyn RuntimeStore>);
        let handle = open(&machine, "s", &AtOnce::shared()).await.expect("opens");
        all_rest().await;
        let before = store.statistics();
        for done in 1..=WINDOW as u64 {
            round_trips(&handle, 1).await.expect("runs");
            let now = store.statistics();
            assert_eq!((now.groups - before.groups, now.commits - before.commits), (2 * done, 2 * done));
            assert_eq!(now.reads, before.reads);
        }
    });
}

#[test]
fn the_end_of_a_run_and_the_letters_that_follow_it_share_a_step() {
    let (tokio, machine) = (one_thread(), MeerkatMachine::ephemeral());
    let handle = tokio.block_on(open(&machine, "s", &AtOnce::shared())).expect("opens");
    let before = machine.statistics();
    tokio.block_on(round_trips_at_once(&vec![handle; 64], 100)).expect("runs");
    let now = machine.statistics();
    let (commits, settled) = (now.commits - before.commits, now.settled - before.settled);
    println!("{commits} commits for {settled} round trips, 64 under way");
    assert!(commits <= settled + settled / 10, "{commits} commits for {settled}");
}

/// A store that forgets what it was told, so that what is counted is the runtime's.
struct Forgetful;

#[async_trait]
impl RuntimeStore for Forgetful {
    async fn load(&self, _: &SessionId) -> Result<Option<StoredSession>, StoreError> {
        Ok(None)
    }

    async fn commit(&self, _: Commit) -> Result<(), StoreError> {
        Ok(())
    }

    async fn find_by_key(&self, _: &SessionId, keys: Vec<Arc<str>>) -> Result<Vec<Option<StoredInput>>, StoreError> {
        Ok(vec![None; keys.len()])
    }

    async fn input(&self, _: &SessionId, _: u64) -> Result<Option<StoredInput>, StoreError> {
        Ok(None)
    }

    async fn inputs(&self, _: &SessionId, _: Option<u64>, _: usize) -> Result<Vec<StoredInput>, StoreError> {
        Ok(Vec::new())
    }

    async fn receipt(&self, _: &SessionId, _: u64, _: u64) -> Result<Option<StoredReceipt>, StoreError> {
        Ok(None)
    }

    async fn sessions(&self, _: Option<&SessionId>, _: usize) -> Result<Vec<SessionId>, StoreError> {
        Ok(Vec::new())
    }

    fn statistics(&self) -> StoreStatistics {
        StoreStatistics::default()
    }

    async fn close(&self) -> Result<(), StoreError> {
        Ok(())
    }
}

/// How many bytes a session keeps that was just opened, and how many more after so many inputs.
fn idle_bytes(store: Arc<dyn RuntimeStore>, inputs: usize) -> (i64, i64) {
    let (tokio, executor, machine) = (one_thread(), AtOnce::shared(), MeerkatMachine::persistent(store));
    let mut handles = Vec::new();
    let opened = measure(|| {
        tokio.block_on(async {
            handles = open_many(&machine, "session", SESSIONS, &executor).await.expect("opens");
            all_rest().await;
        });
    });
    let used = measure(|| {
        tokio.block_on(async {
            round_trips_at_once(&handles, inputs).await.expect("runs");
            all_rest().await;
        });
    });
    let per_session = |bytes: i64| bytes / SESSIONS as i64;
    (per_session(opened.bytes_current), per_session(used.bytes_current))
}

#[test]
fn an_idle_session_takes_less_than_four_kibibytes() {
    let (opened, more) = idle_bytes(Arc::new(Forgetful), 3);
    println!("without rows: {opened} bytes per idle session, {more} more after three inputs");
    assert!(opened + more <= 4096, "{opened} + {more}");
    let (opened, more) = idle_bytes(Arc::new(MemoryStore::new()), 1);
    println!("with its rows in memory: {opened} bytes per idle session, {more} more after one input");
    assert!(opened <= 4096, "{opened}");
}

/// Runs a test in a process of its own, with room for 1,024 files: threads and files belong to a process, and tests run
/// side by side in one.
#[cfg(target_os = "linux")]
fn alone(name: &str, test: impl Future<Output = ()>) {
    const ALONE: &str = "MEERKAT_TEST_ALONE";
    if std::env::var_os(ALONE).is_some() {
        return one_thread().block_on(test);
    }
    let mut child = Command::new("sh");
    child.args(["-c", r#"ulimit -n 1024 && exec "$0" "$@""#]).arg(std::env::current_exe().expect("a path"));
    child.args(["--exact", name, "--include-ignored", "--nocapture", "--test-threads=1"]).env(ALONE, "1");
    let output = child.output().expect("starts");
    println!("{}", String::from_utf8_lossy(&output.stdout));
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{}: {complaint}", output.status);
}

/// Threads and open files of this process.
#[cfg(target_os = "linux")]
fn threads_and_files() -> (usize, usize) {
    let count = |directory| std::fs::read_dir(directory).expect("is there").count();
    (count("/proc/self/task"), count("/proc/self/fd"))
}

#[cfg(target_os = "linux")]
fn resident_bytes() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").expect("is there");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("has it");
    line.trim().trim_end_matches("kB").trim().parse::<usize>().expect("is a number") * 1024
}

/// Idle sessions cost neither threads nor files nor tasks, and each of them works when it is asked.
#[cfg(target_os = "linux")]
async fn idle_then_busy(store: Arc<dyn RuntimeStore>, sessions: usize) {
    let (machine, executor) = (MeerkatMachine::persistent(Arc::clone(&store)), AtOnce::shared());
    let first = open(&machine, "first", &executor).await.expect("opens");
    round_trips(&first, 1).await.expect("runs");
    all_rest().await;
    let (before, resident) = (threads_and_files(), resident_bytes());
    let handles = open_many(&machine, "session", sessions, &executor).await.expect("opens");
    all_rest().await;
    assert_eq!(threads_and_files(), before);
    println!("{} resident bytes per session", (resident_bytes() - resident) / sessions);
    round_trips_at_once(&handles, 1).await.expect("runs");
    all_rest().await;
    assert_eq!(threads_and_files(), before);
    assert_eq!(machine.statistics().settled, sessions as u64 + 1);
    store.close().await.expect("closes");
}

#[cfg(target_os = "linux")]
async fn idle_then_busy_on_disk(sessions: usize) {
    let directory = tempfile::tempdir().expect("a directory");
    let store = SqliteStore::open(directory.path().join("s"), SqliteOptions::default()).await.expect("opens");
    idle_then_busy(Arc::new(store), sessions).await;
}

#[cfg(target_os = "linux")]
#[test]
fn ten_thousand_sessions_in_memory_take_no_thread_and_no_file() {
    alone(
        "ten_thousand_sessions_in_memory_take_no_thread_and_no_file",
        idle_then_busy(Arc::new(MemoryStore::new()), SESSIONS),
    );
}

#[cfg(target_os = "linux")]
#[test]
fn ten_thousand_sessions_on_sqlite_take_no_thread_and_no_file() {
    alone("ten_thousand_sessions_on_sqlite_take_no_thread_and_no_file", idle_then_busy_on_disk(SESSIONS));
}

#[cfg(target_os = "linux")]
#[test]
#[ignore = "takes long; prints the bytes per session"]
fn a_hundred_thousand_sessions_in_memory() {
    alone("a_hundred_thousand_sessions_in_memory", idle_then_busy(Arc::new(MemoryStore::new()), 100_000));
}

#[cfg(target_os = "linux")]
#[test]
#[ignore = "takes long; prints the bytes per session"]
fn a_hundred_thousand_sessions_on_sqlite() {
    alone("a_hundred_thousand_sessions_on_sqlite", idle_then_busy_on_disk(100_000));
}
