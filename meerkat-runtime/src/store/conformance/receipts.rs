//! Receipts of boundaries, and when they are forgotten.

use super::{Scenario, Violation, receiving, session, step};
use crate::store::{Commit, MAX_NUMBER, RECEIPT_BOUNDARIES, RECEIPT_RUNS, RuntimeStore, StoreError, StoredReceipt};

pub(super) async fn run<S: RuntimeStore>(
    open: &impl AsyncFn(&'static str) -> Result<S, StoreError>,
) -> Result<(), Violation> {
    reading(open).await?;
    forgetting(open).await?;
    refusing(open).await
}

pub(super) fn receipt(run: u64, boundary: u64, inputs: &[u64]) -> StoredReceipt {
    StoredReceipt { run, boundary, inputs: inputs.to_vec(), digest: [run.to_le_bytes()[0]; 32] }
}

async fn reading<S: RuntimeStore>(open: &impl AsyncFn(&'static str) -> Result<S, StoreError>) -> Result<(), Violation> {
    let scenario = Scenario("receipts are read by run and boundary");
    let store = scenario.open(open).await?;
    let find = async |name, run, boundary| scenario.done(store.receipt(&session(name), run, boundary).await);
    scenario.equal("know no receipt of nobody", &find("a", 1, 1).await?, &None)?;
    let (one, two) = (receipt(1, 1, &[7, MAX_NUMBER]), receipt(1, 2, &[]));
    let first = receiving(receiving(step("a", 0), one.clone()), two.clone());
    scenario.done(store.commit(first).await)?;
    scenario.done(store.commit(receiving(step("b", 0), receipt(1, 1, &[9]))).await)?;
    scenario.equal("keep what was taken in", &find("a", 1, 1).await?, &Some(one))?;
    scenario.equal("keep a receipt of nothing", &find("a", 1, 2).await?, &Some(two))?;
    scenario.equal("keep sessions apart", &find("b", 1, 1).await?, &Some(receipt(1, 1, &[9])))?;
    for (run, boundary) in [(1, 3), (2, 1), (0, 0), (u64::MAX, 1), (1, u64::MAX)] {
        scenario.equal("know no other receipt", &find("a", run, boundary).await?, &None)?;
    }
    scenario.done(store.commit(receiving(step("a", 1), receipt(1, 2, &[3]))).await)?;
    scenario.equal("let a receipt take the place of another", &find("a", 1, 2).await?, &Some(receipt(1, 2, &[3])))
}

async fn forgetting<S: RuntimeStore>(
    open: &impl AsyncFn(&'static str) -> Result<S, StoreError>,
) -> Result<(), Violation> {
    let scenario = Scenario("receipts make room for themselves");
    let store = scenario.open(open).await?;
    let known = async |run, boundary| {
        scenario.done(store.receipt(&session("a"), run, boundary).await.map(|found| found.is_some()))
    };
    let mut position = 0;
    let mut keep = async |run, boundary| {
        let commit: Commit = receiving(step("a", position), receipt(run, boundary, &[]));
        position += 1;
        scenario.done(store.commit(commit).await)
    };
    keep(1, 1).await?;
    keep(2, 1).await?;
    keep(2, RECEIPT_BOUNDARIES).await?;
    scenario.equal("keep as many as fit", &known(2, 1).await?, &true)?;
    keep(2, RECEIPT_BOUNDARIES + 1).await?;
    scenario.equal("forget the oldest of a run", &known(2, 1).await?, &false)?;
    scenario.equal("keep those of other runs", &known(1, 1).await?, &true)?;
    keep(RECEIPT_RUNS, 1).await?;
    scenario.equal("keep as many runs as fit", &known(1, 1).await?, &true)?;
    keep(RECEIPT_RUNS + 1, 1).await?;
    scenario.equal("forget the oldest run", &known(1, 1).await?, &false)?;
    scenario.equal("keep the next run", &known(2, RECEIPT_BOUNDARIES).await?, &true)?;
    keep(10 * RECEIPT_RUNS, 5).await?;
    for (run, boundary) in [(2, RECEIPT_BOUNDARIES), (RECEIPT_RUNS, 1), (RECEIPT_RUNS + 1, 1)] {
        scenario.equal("forget all old runs at once", &known(run, boundary).await?, &false)?;
    }
    scenario.equal("keep the last", &known(10 * RECEIPT_RUNS, 5).await?, &true)
}

async fn refusing<S: RuntimeStore>(
    open: &impl AsyncFn(&'static str) -> Result<S, StoreError>,
) -> Result<(), Violation> {
    let scenario = Scenario("a refused step keeps no receipt");
    let store = scenario.open(open).await?;
    scenario.done(store.commit(receiving(step("a", 0), receipt(1, 1, &[]))).await)?;
    for (run, boundary) in [(MAX_NUMBER + 1, 1), (1, MAX_NUMBER + 1)] {
        let commit = receiving(receiving(step("a", 1), receipt(2, 1, &[])), receipt(run, boundary, &[]));
        scenario.refused("refuse too large a number", store.commit(commit).await, "store.number_too_large")?;
    }
    let late = receiving(step("a", 0), receipt(2, 1, &[]));
    scenario.refused("refuse a wrong position", store.commit(late).await, "store.fenced")?;
    let unknown = super::settling(receiving(step("a", 1), receipt(40, 1, &[])), 9);
    scenario.refused("refuse an unknown input", store.commit(unknown).await, "store.unknown_input")?;
    for (run, wanted) in [(1, true), (2, false), (40, false)] {
        let found = scenario.done(store.receipt(&session("a"), run, 1).await)?;
        scenario.equal("keep and forget nothing", &found.is_some(), &wanted)?;
    }
    Ok(())
}
