//! Steps that a store must take.

use super::{Scenario, Violation, admitting, session, settling, step, waiting, with_snapshot};
use crate::store::{JournalRow, RuntimeStore, StoreError, StoredSession, StoredSnapshot};

pub(super) async fn run<S: RuntimeStore>(
    open: &impl AsyncFn(&'static str) -> Result<S, StoreError>,
) -> Result<(), Violation> {
    journal(open).await?;
    snapshots(open).await?;
    inputs(open).await?;
    odd_bytes(open).await?;
    many_writers(open).await
}

fn row(position: u64) -> JournalRow {
    JournalRow { position, entry: position.to_be_bytes().to_vec() }
}

async fn journal<S: RuntimeStore>(open: &impl AsyncFn(&'static str) -> Result<S, StoreError>) -> Result<(), Violation> {
    let scenario = Scenario("a journal grows step by step");
    let store = scenario.open(open).await?;
    let load = async || scenario.done(store.load(&session("a")).await);
    scenario.equal("know no session at first", &load().await?, &None)?;
    for position in 0..3 {
        scenario.done(store.commit(step("a", position)).await)?;
    }
    let journal = vec![row(0), row(1), row(2)];
    let wanted = StoredSession { next_position: 3, snapshot: None, journal, unsettled: Vec::new() };
    scenario.equal("give back the entries in order", &load().await?, &Some(wanted))?;
    scenario.equal("keep sessions apart", &scenario.done(store.load(&session("b")).await)?, &None)?;
    scenario.equal("count its commits", &store.statistics().commits, &3)
}

async fn snapshots<S: RuntimeStore>(
    open: &impl AsyncFn(&'static str) -> Result<S, StoreError>,
) -> Result<(), Violation> {
    let scenario = Scenario("a snapshot takes the place of the journal");
    let store = scenario.open(open).await?;
    let load = async || scenario.done(store.load(&session("a")).await);
    let snapshot = |position, state: &[u8]| Some(StoredSnapshot { position, state: state.to_vec() });
    scenario.done(store.commit(with_snapshot(step("a", 0), b"first")).await)?;
    let wanted =
        StoredSession { next_position: 1, snapshot: snapshot(0, b"first"), journal: vec![], unsettled: vec![] };
    scenario.equal("start a session with a snapshot", &load().await?, &Some(wanted))?;
    scenario.done(store.commit(step("a", 1)).await)?;
    scenario.done(store.commit(step("b", 0)).await)?;
    scenario.done(store.commit(with_snapshot(step("a", 2), b"second")).await)?;
    scenario.done(store.commit(step("a", 3)).await)?;
    let journal = vec![row(3)];
    let wanted = StoredSession { next_position: 4, snapshot: snapshot(2, b"second"), journal, unsettled: vec![] };
    scenario.equal("keep the newest snapshot and what follows it", &load().await?, &Some(wanted))?;
    let other = scenario.done(store.load(&session("b")).await)?.map(|stored| stored.journal);
    scenario.equal("keep the journals of other sessions", &other, &Some(vec![row(0)]))
}

async fn inputs<S: RuntimeStore>(open: &impl AsyncFn(&'static str) -> Result<S, StoreError>) -> Result<(), Violation> {
    let scenario = Scenario("inputs wait until they are settled");
    let store = scenario.open(open).await?;
    let unsettled = async || {
        let stored = scenario.done(store.load(&session("a")).await)?;
        Ok::<_, Violation>(stored.map_or_else(Vec::new, |stored| stored.unsettled))
    };
    let first = admitting(admitting(step("a", 0), 7, None), 3, Some("k"));
    scenario.done(store.commit(first).await)?;
    let wanted = vec![waiting(3, Some("k")), waiting(7, None)];
    scenario.equal("load waiting inputs by ascending number", &unsettled().await?, &wanted)?;
    scenario.done(store.commit(settling(step("a", 1), 3)).await)?;
    scenario.equal("load no settled inputs", &unsettled().await?, &vec![waiting(7, None)])?;
    let both = settling(admitting(step("a", 2), 9, None), 9);
    scenario.done(store.commit(with_snapshot(both, b"state")).await)?;
    scenario.equal("settle what the same step admitted", &unsettled().await?, &vec![waiting(7, None)])?;
    scenario.done(store.commit(admitting(step("b", 0), 7, Some("k"))).await)?;
    scenario.equal("keep numbers and keys of sessions apart", &unsettled().await?, &vec![waiting(7, None)])
}

async fn odd_bytes<S: RuntimeStore>(
    open: &impl AsyncFn(&'static str) -> Result<S, StoreError>,
) -> Result<(), Violation> {
    let scenario = Scenario("bytes are kept as they are");
    let store = scenario.open(open).await?;
    let big: Vec<u8> = (0..300_000_u32).map(|number| number.to_le_bytes()[0]).collect();
    for (position, bytes) in [(0, Vec::new()), (1, vec![0, 255, 0]), (2, big)] {
        let mut commit = settling(admitting(step("a", position), position, Some("é\0\u{10ffff}")), position);
        commit.admitted[0].payload = bytes.clone().into();
        commit.admitted[0].idempotency_key = Some(format!("{position}é\0\u{10ffff}").into());
        commit.settled[0].outcome = bytes.clone().into();
        commit.entry.clone_from(&bytes);
        let wanted = commit.admitted[0].clone();
        scenario.done(store.commit(commit).await)?;
        let loaded = scenario.done(store.load(&session("a")).await)?;
        let entry = loaded.and_then(|mut stored| stored.journal.pop()).map(|row| row.entry);
        scenario.equal("keep an entry", &entry, &Some(bytes.clone()))?;
        let input = scenario.done(store.input(&session("a"), position).await)?;
        let outcome = input.as_ref().and_then(|input| input.outcome.as_deref());
        scenario.equal("keep an outcome, an empty one as well", &outcome, &Some(&*bytes))?;
        let payload = input.as_ref().map(|input| &*input.payload);
        scenario.equal("keep a payload", &payload, &Some(&*bytes))?;
        let key = input.and_then(|input| input.idempotency_key);
        scenario.equal("keep a key", &key, &wanted.idempotency_key)?;
    }
    Ok(())
}

async fn many_writers<S: RuntimeStore>(
    open: &impl AsyncFn(&'static str) -> Result<S, StoreError>,
) -> Result<(), Violation> {
    let scenario = Scenario("one of several writers of a position wins");
    let store = scenario.open(open).await?;
    for position in 0..8 {
        let one = admitting(step("a", position), position, None);
        let two = admitting(step("a", position), position + 100, None);
        let outcomes = tokio::join!(store.commit(one), store.commit(two), store.commit(step("b", position)));
        let won = usize::from(outcomes.0.is_ok()) + usize::from(outcomes.1.is_ok());
        scenario.equal("let one writer win", &won, &1)?;
        let lost = if outcomes.0.is_ok() { outcomes.1 } else { outcomes.0 };
        scenario.refused("fence the other one", lost, "store.fenced")?;
        scenario.done(outcomes.2)?;
    }
    let waiting = scenario.done(store.load(&session("a")).await)?.map(|stored| stored.unsettled.len());
    scenario.equal("keep nothing of those that lost", &waiting, &Some(8))
}
