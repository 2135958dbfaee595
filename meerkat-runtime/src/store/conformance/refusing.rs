//! Steps that a store must refuse, and leave no trace of.

use super::{Scenario, Violation, admitting, session, settled, settling, step, waiting, with_snapshot};
use crate::store::{Commit, MAX_NUMBER, RuntimeStore, StoreError};

pub(super) async fn run<S: RuntimeStore>(
    open: &impl AsyncFn(&'static str) -> Result<S, StoreError>,
) -> Result<(), Violation> {
    positions(open).await?;
    rules(open).await?;
    new_sessions(open).await?;
    groups(open).await?;
    closed(open).await
}

async fn positions<S: RuntimeStore>(
    open: &impl AsyncFn(&'static str) -> Result<S, StoreError>,
) -> Result<(), Violation> {
    let scenario = Scenario("only the next position is written");
    let store = scenario.open(open).await?;
    let commit = async |position, snapshot: bool| {
        let commit = admitting(step("a", position), position, None);
        store.commit(if snapshot { with_snapshot(commit, b"s") } else { commit }).await
    };
    let fenced = |given: Result<(), StoreError>, expected, found| {
        let given = match given {
            Err(StoreError::Fenced { expected, found, .. }) => Ok((expected, found)),
            other => Err(format!("{other:?}")),
        };
        scenario.equal("refuse every other position and tell both", &given, &Ok((expected, found)))
    };
    fenced(commit(1, false).await, 1, 0)?;
    fenced(commit(u64::MAX, true).await, u64::MAX, 0)?;
    scenario.equal("not create the session", &scenario.done(store.load(&session("a")).await)?, &None)?;
    for position in 0..4 {
        scenario.done(commit(position, position == 2).await)?;
        for other in [0, position, position + 2] {
            fenced(commit(other, other == 0).await, other, position + 1)?;
        }
    }
    let waiting = scenario.done(store.load(&session("a")).await)?.map(|stored| stored.unsettled.len());
    scenario.equal("keep nothing of refused steps", &waiting, &Some(4))
}

/// Each refused step, with good parts before and after the one that is refused.
fn refused_steps() -> Vec<(&'static str, Commit, &'static str)> {
    let good = || settling(settling(admitting(step("a", 1), 10, Some("new")), 10), 0);
    vec![
        ("refuse a number twice", admitting(good(), 0, None), "store.duplicate_input"),
        ("refuse a settled number", admitting(step("a", 1), 1, None), "store.duplicate_input"),
        ("refuse a number twice in one step", admitting(good(), 10, None), "store.duplicate_input"),
        ("refuse a key twice", admitting(good(), 11, Some("k0")), "store.duplicate_key"),
        ("refuse the key of a settled input", admitting(step("a", 1), 11, Some("k1")), "store.duplicate_key"),
        ("refuse a key twice in one step", admitting(good(), 11, Some("new")), "store.duplicate_key"),
        ("name the number if both are taken", admitting(step("a", 1), 0, Some("k1")), "store.duplicate_input"),
        ("refuse to settle the unknown", settling(good(), 99), "store.unknown_input"),
        ("refuse to settle the unknown alone", settling(step("a", 1), 99), "store.unknown_input"),
        ("refuse to settle again", settling(good(), 1), "store.already_settled"),
        ("refuse to settle again alone", settling(step("a", 1), 1), "store.already_settled"),
        ("refuse to settle twice in one step", settling(good(), 10), "store.already_settled"),
        ("refuse too large a number", admitting(good(), MAX_NUMBER + 1, None), "store.number_too_large"),
        ("refuse the largest of all numbers", settling(good(), u64::MAX), "store.unknown_input"),
        ("refuse with a snapshot", with_snapshot(settling(good(), 99), b"s"), "store.unknown_input"),
    ]
}

async fn rules<S: RuntimeStore>(open: &impl AsyncFn(&'static str) -> Result<S, StoreError>) -> Result<(), Violation> {
    let scenario = Scenario("a refused step leaves no trace");
    let store = scenario.open(open).await?;
    let first = settling(admitting(admitting(step("a", 0), 0, Some("k0")), 1, Some("k1")), 1);
    scenario.done(store.commit(first).await)?;
    let before = scenario.done(store.load(&session("a")).await)?;
    let rows = vec![waiting(0, Some("k0")), settled(1, Some("k1"))];
    for (rule, commit, code) in refused_steps() {
        scenario.refused(rule, store.commit(commit).await, code)?;
        scenario.equal("keep the session", &scenario.done(store.load(&session("a")).await)?, &before)?;
        let inputs = scenario.done(store.inputs(&session("a"), None, 100).await)?;
        scenario.equal("keep the inputs", &inputs, &rows)?;
        let found = scenario.done(store.find_by_key(&session("a"), vec!["new".into()]).await)?;
        scenario.equal("keep the keys", &found, &vec![None])?;
    }
    let good = settling(settling(admitting(step("a", 1), MAX_NUMBER, Some("new")), MAX_NUMBER), 0);
    scenario.done(store.commit(good).await)
}

async fn new_sessions<S: RuntimeStore>(
    open: &impl AsyncFn(&'static str) -> Result<S, StoreError>,
) -> Result<(), Violation> {
    let scenario = Scenario("a refused first step creates no session");
    let store = scenario.open(open).await?;
    let bad = settling(admitting(step("a", 0), 0, Some("k")), 5);
    scenario.refused("refuse it", store.commit(bad).await, "store.unknown_input")?;
    scenario.equal("load nothing", &scenario.done(store.load(&session("a")).await)?, &None)?;
    scenario.equal("list nothing", &scenario.done(store.sessions(None, 10).await)?, &Vec::new())?;
    scenario.done(store.commit(admitting(step("a", 0), 0, Some("k"))).await)?;
    scenario.done(store.commit(step("a", 1)).await)
}

async fn groups<S: RuntimeStore>(open: &impl AsyncFn(&'static str) -> Result<S, StoreError>) -> Result<(), Violation> {
    let scenario = Scenario("a refused step does not harm the steps beside it");
    let store = scenario.open(open).await?;
    let outcomes = tokio::join!(
        store.commit(admitting(step("a", 0), 0, None)),
        store.commit(settling(admitting(step("b", 0), 0, None), 9)),
        store.commit(admitting(admitting(step("c", 0), 0, None), 0, None)),
        store.commit(step("d", 1)),
        store.commit(settling(admitting(step("e", 0), 0, None), 0)),
    );
    scenario.done(outcomes.0)?;
    scenario.refused("refuse an unknown input", outcomes.1, "store.unknown_input")?;
    scenario.refused("refuse a number twice", outcomes.2, "store.duplicate_input")?;
    scenario.refused("refuse a wrong position", outcomes.3, "store.fenced")?;
    scenario.done(outcomes.4)?;
    let sessions = scenario.done(store.sessions(None, 10).await)?;
    scenario.equal("keep the good ones", &sessions, &vec![session("a"), session("e")])?;
    let statistics = store.statistics();
    scenario.equal("count both kinds", &(statistics.commits, statistics.failures), &(2, 3))
}

async fn closed<S: RuntimeStore>(open: &impl AsyncFn(&'static str) -> Result<S, StoreError>) -> Result<(), Violation> {
    let scenario = Scenario("a closed store says so");
    let store = scenario.open(open).await?;
    scenario.done(store.close().await)?;
    scenario.done(store.close().await)?;
    let (rule, code, id) = ("refuse", "store.closed", session("a"));
    scenario.refused(rule, store.commit(step("a", 0)).await, code)?;
    scenario.refused(rule, store.load(&id).await, code)?;
    scenario.refused(rule, store.find_by_key(&id, vec!["k".into()]).await, code)?;
    scenario.refused(rule, store.input(&id, 0).await, code)?;
    scenario.refused(rule, store.inputs(&id, None, 1).await, code)?;
    scenario.refused(rule, store.receipt(&id, 1, 1).await, code)?;
    scenario.refused(rule, store.sessions(None, 1).await, code)
}
