//! Round trips on SQLite, against a bare loop that writes the same rows.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use meerkat_runtime::store::{Commit, SqliteOptions, SqliteStore, StoreStatistics};
use meerkat_runtime::{CoreExecutor, MeerkatMachine, RuntimeStore, SessionHandle};
use tests::hosting::{AtOnce, Failure, open_many, round_trips, round_trips_at_once};
use tests::rounds::Rounds;
use tokio::runtime::Builder;

use crate::bare::{Bare, Group};
use crate::recording::record;

const ROUNDS: usize = 9;
/// How many round trips are under way at a time when many are.
const AT_ONCE: usize = 64;
/// How many round trips a session makes before it is measured.
const FEW: usize = 10;
const MANY: usize = 1_000;

/// How many round trips are measured per round, and how.
struct Load {
    name: &'static str,
    sessions: usize,
    /// In each session.
    at_once: usize,
    /// Of each session, through all that are under way at a time.
    trips: usize,
}

const LOADS: [Load; 3] = [
    Load { name: "one session, 1 under way", sessions: 1, at_once: 1, trips: 300 },
    Load { name: "64 sessions, 1 under way in each", sessions: AT_ONCE, at_once: 1, trips: 100 },
    Load { name: "one session, 64 under way", sessions: 1, at_once: AT_ONCE, trips: 32 * AT_ONCE },
];

/// Prints, for every load, a round trip's time in the bare loop and in the runtime, with few and with many before.
pub(crate) fn compare(directory: &Path) -> Result<(), Failure> {
    let directory = tempfile::tempdir_in(directory)?;
    let tokio = Builder::new_multi_thread().worker_threads(2).build()?;
    for load in &LOADS {
        let recorded = record(MANY + 2 * load.trips * ROUNDS + AT_ONCE, load.at_once)?;
        let path = |side: &str| directory.path().join(format!("{side} {}", load.name));
        tokio.block_on(async {
            let bare = Bare::open(&path("bare")).await?;
            let store = Arc::new(SqliteStore::open(path("runtime"), SqliteOptions::default()).await?);
            Comparison { load, recorded: &recorded, bare, host: Host::new(store) }.run().await
        })?;
    }
    Ok(())
}

struct Host {
    store: Arc<SqliteStore>,
    machine: MeerkatMachine,
    executor: Arc<dyn CoreExecutor>,
}

impl Host {
    fn new(store: Arc<SqliteStore>) -> Self {
        let machine = MeerkatMachine::persistent(Arc::clone(&store) as Arc<dyn RuntimeStore>);
        Self { store, machine, executor: AtOnce::shared() }
    }
}

struct Comparison<'load> {
    load: &'load Load,
    recorded: &'load [Commit],
    bare: Bare,
    host: Host,
}

/// What the store did during the measured round trips.
#[derive(Default)]
struct Totals {
    groups: u64,
    commits: u64,
    trips: usize,
    time: Duration,
}

impl Comparison<'_> {
    async fn run(mut self) -> Result<(), Failure> {
        let mut rounds =
            Rounds::new(&["bare, after 10", "bare, after 1,000", "runtime, after 10", "runtime, after 1,000"]);
        let mut old_group = self.used_group(MANY)?;
        let old = self.used_handles("old", MANY).await?;
        let mut totals = [Totals::default(), Totals::default()];
        for round in 0..ROUNDS {
            let mut fresh_group = self.used_group(FEW)?;
            let fresh = self.used_handles(&format!("fresh {round}"), FEW).await?;
            rounds.add(&[
                self.time_bare(&mut fresh_group)?,
                self.time_bare(&mut old_group)?,
                self.time_host(&fresh, &mut totals[0]).await?,
                self.time_host(&old, &mut totals[1]).await?,
            ]);
        }
        println!("\n{}: {ROUNDS} rounds of {} round trips", self.load.name, self.load.trips * self.load.sessions);
        rounds.print("us per trip");
        for (name, totals) in ["after 10", "after 1,000"].iter().zip(&totals) {
            totals.print(name);
        }
        self.host.machine.shutdown(Duration::ZERO).await;
        Ok(self.host.store.close().await?)
    }

    /// How many transactions of the bare loop make so many round trips of each session.
    fn transactions(&self, trips: usize) -> usize {
        // With one under way a round trip takes two steps; with many, the end of one is the beginning of the next.
        if self.load.at_once == 1 { 2 * trips } else { trips }
    }

    fn used_group(&mut self, trips: usize) -> Result<Group, Failure> {
        let mut group = self.bare.group(self.load.sessions)?;
        // Before the first input there are the three steps of a registration.
        self.bare.write(&mut group, self.recorded, 3 + self.transactions(trips))?;
        Ok(group)
    }

    async fn used_handles(&self, prefix: &str, trips: usize) -> Result<Vec<SessionHandle>, Failure> {
        let handles = open_many(&self.host.machine, prefix, self.load.sessions, &self.host.executor).await?;
        round_trips_at_once(&handles, trips).await?;
        Ok(handles.into_iter().flat_map(|handle| vec![handle; self.load.at_once]).collect())
    }

    fn time_bare(&self, group: &mut Group) -> Result<f64, Failure> {
        let start = Instant::now();
        self.bare.write(group, self.recorded, self.transactions(self.load.trips))?;
        Ok(self.per_trip(start.elapsed()))
    }

    async fn time_host(&self, handles: &[SessionHandle], totals: &mut Totals) -> Result<f64, Failure> {
        let (start, before) = (Instant::now(), self.host.store.statistics());
        let trips = self.load.trips / self.load.at_once;
        match handles {
            [handle] => round_trips(handle, trips).await?,
            handles => round_trips_at_once(handles, trips).await?,
        }
        let time = start.elapsed();
        totals.add(before, self.host.store.statistics(), self.load.trips * self.load.sessions, time);
        Ok(self.per_trip(time))
    }

    fn per_trip(&self, time: Duration) -> f64 {
        time.as_secs_f64() * 1e6 / (self.load.trips * self.load.sessions) as f64
    }
}

impl Totals {
    fn add(&mut self, before: StoreStatistics, after: StoreStatistics, trips: usize, time: Duration) {
        self.groups += after.groups - before.groups;
        self.commits += after.commits - before.commits;
        self.trips += trips;
        self.time += time;
    }

    fn print(&self, name: &str) {
        let per_trip = |count: u64| count as f64 / self.trips as f64;
        println!(
            "runtime, {name}: {:.3} durable transactions and {:.3} commits per round trip, {:.1} commits per transaction, \
             {:.0} round trips per second",
            per_trip(self.groups),
            per_trip(self.commits),
            self.commits as f64 / self.groups as f64,
            self.trips as f64 / self.time.as_secs_f64(),
        );
    }
}
