//! Round trips in memory, on one thread, as a function of how many there were before.

use std::time::Instant;

use meerkat_runtime::{MeerkatMachine, SessionHandle};
use tests::hosting::{AtOnce, Failure, open, round_trips};
use tests::rounds::Rounds;
use tokio::runtime::Builder;

const ROUNDS: usize = 101;
const TRIPS: usize = 100;

/// Prints a round trip's time after few and after many others in the same session.
pub(crate) fn compare() -> Result<(), Failure> {
    let tokio = Builder::new_current_thread().build()?;
    let mut rounds = Rounds::new(&["after 10", "after 1,000", "after 100,000"]);
    tokio.block_on(async {
        // Each session has a runtime and a store to itself.
        let (_old_machine, old) = used(100_000).await?;
        for _ in 0..ROUNDS {
            let ((_fresh_machine, fresh), (_middle_machine, middle)) = (used(10).await?, used(1_000).await?);
            rounds.add(&[time(&fresh).await?, time(&middle).await?, time(&old).await?]);
        }
        Ok::<(), Failure>(())
    })?;
    println!("in memory, one after the other: {ROUNDS} rounds of {TRIPS} round trips");
    rounds.print("us per trip");
    Ok(())
}

async fn used(trips: usize) -> Result<(MeerkatMachine, SessionHandle), Failure> {
    let machine = MeerkatMachine::ephemeral();
    let handle = open(&machine, "s", &AtOnce::shared()).await?;
    round_trips(&handle, trips).await?;
    Ok((machine, handle))
}

async fn time(handle: &SessionHandle) -> Result<f64, Failure> {
    let start = Instant::now();
    round_trips(handle, TRIPS).await?;
    Ok(start.elapsed().as_secs_f64() * 1e6 / TRIPS as f64)
}
