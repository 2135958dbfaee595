//! Questions that a store must answer.

use super::{Scenario, Violation, admitting, session, settled, settling, step, waiting};
use crate::store::{MAX_NUMBER, RuntimeStore, StoreError};

pub(super) async fn run<S: RuntimeStore>(
    open: &impl AsyncFn(&'static str) -> Result<S, StoreError>,
) -> Result<(), Violation> {
    inputs(open).await?;
    keys(open).await?;
    sessions(open).await
}

async fn inputs<S: RuntimeStore>(open: &impl AsyncFn(&'static str) -> Result<S, StoreError>) -> Result<(), Violation> {
    let scenario = Scenario("inputs are read by number and by page");
    let store = scenario.open(open).await?;
    let id = session("a");
    let mut first = step("a", 0);
    for number in [5, 2, MAX_NUMBER, 0, 9] {
        first = admitting(first, number, None);
    }
    scenario.done(store.commit(settling(first, 5)).await)?;
    scenario.done(store.commit(admitting(step("b", 0), 3, None)).await)?;
    let all = [waiting(0, None), waiting(2, None), settled(5, None), waiting(9, None), waiting(MAX_NUMBER, None)];
    let page = async |after, limit| scenario.done(store.inputs(&id, after, limit).await);
    scenario.equal("give all", &page(None, usize::MAX).await?, &all.to_vec())?;
    scenario.equal("give the first ones", &page(None, 2).await?, &all[..2].to_vec())?;
    scenario.equal("go on after a number", &page(Some(2), 2).await?, &all[2..4].to_vec())?;
    scenario.equal("go on after a number it does not have", &page(Some(6), 9).await?, &all[3..].to_vec())?;
    scenario.equal("give none after zero", &page(Some(0), 1).await?, &all[1..2].to_vec())?;
    scenario.equal("end", &page(Some(MAX_NUMBER), 9).await?, &Vec::new())?;
    scenario.equal("end before the impossible", &page(Some(u64::MAX), 9).await?, &Vec::new())?;
    scenario.equal("give none if none are wanted", &page(None, 0).await?, &Vec::new())?;
    for (number, wanted) in [(5, Some(&all[2])), (3, None), (u64::MAX, None), (MAX_NUMBER, Some(&all[4]))] {
        let given = scenario.done(store.input(&id, number).await)?;
        scenario.equal("find one by its number", &given.as_ref(), &wanted)?;
    }
    let nobody = session("nobody");
    scenario.equal("know no input of nobody", &scenario.done(store.input(&nobody, 5).await)?, &None)?;
    scenario.equal("know no inputs of nobody", &scenario.done(store.inputs(&nobody, None, 9).await)?, &Vec::new())
}

async fn keys<S: RuntimeStore>(open: &impl AsyncFn(&'static str) -> Result<S, StoreError>) -> Result<(), Violation> {
    let scenario = Scenario("inputs are found by key");
    let store = scenario.open(open).await?;
    let first = admitting(admitting(admitting(step("a", 0), 0, Some("x")), 1, None), 2, Some(""));
    scenario.done(store.commit(settling(first, 0)).await)?;
    let find = async |id, keys: &[&str]| {
        scenario.done(store.find_by_key(&session(id), keys.iter().map(|key| (*key).into()).collect()).await)
    };
    let (x, empty) = (Some(settled(0, Some("x"))), Some(waiting(2, Some(""))));
    let given = find("a", &["y", "x", "", "x", "X"]).await?;
    scenario.equal("answer in the order of keys", &given, &vec![None, x.clone(), empty, x, None])?;
    scenario.equal("answer nothing to nothing", &find("a", &[]).await?, &Vec::new())?;
    scenario.equal("answer for nobody", &find("nobody", &["x", "y"]).await?, &vec![None, None])
}

async fn sessions<S: RuntimeStore>(
    open: &impl AsyncFn(&'static str) -> Result<S, StoreError>,
) -> Result<(), Violation> {
    let scenario = Scenario("sessions are listed by page, in the order of their bytes");
    let store = scenario.open(open).await?;
    for name in ["b", "é", "a", "B", "ab", "🐾"] {
        scenario.done(store.commit(step(name, 0)).await)?;
    }
    let all = ["B", "a", "ab", "b", "é", "🐾"].map(session);
    let absent = session("aa");
    let page = async |after, limit| scenario.done(store.sessions(after, limit).await);
    scenario.equal("list all", &page(None, usize::MAX).await?, &all.to_vec())?;
    scenario.equal("list the first ones", &page(None, 2).await?, &all[..2].to_vec())?;
    scenario.equal("go on after one", &page(Some(&all[1]), 3).await?, &all[2..5].to_vec())?;
    scenario.equal("go on after one it does not have", &page(Some(&absent), 1).await?, &all[2..3].to_vec())?;
    scenario.equal("end", &page(Some(&all[5]), 9).await?, &Vec::new())
}
