//! What a durable store must still know after it was closed.

use super::receipts::receipt;
use super::{Scenario, Violation, admitting, receiving, session, settled, settling, step, waiting, with_snapshot};
use crate::store::{RuntimeStore, StoreError, StoreStatistics};

pub(super) async fn run<S: RuntimeStore>(
    open: &impl AsyncFn(&'static str) -> Result<S, StoreError>,
) -> Result<(), Violation> {
    let scenario = Scenario("a store that was closed goes on where it was");
    let store = scenario.open(open).await?;
    scenario.done(store.commit(admitting(admitting(step("a", 0), 0, Some("k0")), 1, Some("k1"))).await)?;
    scenario.done(store.commit(with_snapshot(settling(step("a", 1), 0), b"state")).await)?;
    scenario.done(store.commit(step("a", 2)).await)?;
    scenario.done(store.commit(receiving(with_snapshot(step("b", 0), b"alone"), receipt(1, 2, &[3]))).await)?;
    let mut before = Vec::new();
    for id in ["a", "b"] {
        before.push(scenario.done(store.load(&session(id)).await)?);
    }
    // A commit that was asked for before the close is part of it.
    let (last, closed) = tokio::join!(store.commit(step("c", 0)), store.close());
    scenario.done(last)?;
    scenario.done(closed)?;

    let store = scenario.open(open).await?;
    scenario.equal("count from its opening", &store.statistics(), &StoreStatistics::default())?;
    for (id, wanted) in ["a", "b"].into_iter().zip(before) {
        scenario.equal("load the same", &scenario.done(store.load(&session(id)).await)?, &wanted)?;
    }
    let names = scenario.done(store.sessions(None, 10).await)?;
    scenario.equal("list the same", &names, &["a", "b", "c"].map(session).to_vec())?;
    let rows = scenario.done(store.inputs(&session("a"), None, 10).await)?;
    scenario.equal("keep the inputs", &rows, &vec![settled(0, Some("k0")), waiting(1, Some("k1"))])?;
    let found = scenario.done(store.receipt(&session("b"), 1, 2).await)?;
    scenario.equal("keep receipts", &found, &Some(receipt(1, 2, &[3])))?;
    let stale = store.commit(step("b", 0)).await;
    scenario.refused("fence after a snapshot alone", stale, "store.fenced")?;
    scenario.done(store.commit(step("b", 1)).await)?;
    let again = admitting(step("a", 3), 5, Some("k0"));
    scenario.refused("remember keys", store.commit(again).await, "store.duplicate_key")?;
    scenario.done(store.commit(settling(step("a", 3), 1)).await)?;
    scenario.done(store.close().await)
}
