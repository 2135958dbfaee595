//! What a round trip costs, from an input that is accepted to its outcome, with an executor that returns at once: in
//! memory and on SQLite, as a function of history, and against a bare group commit of the same rows. See
//! `docs/benchmarks.md`.
//!
//! `cargo bench -p tests --bench runtime [-- [memory|sqlite|all] [<directory>]]`
//! `cargo bench -p tests --bench runtime -- --count memory|sqlite <round trips> [<directory>]`

mod bare;
mod memory;
mod recording;
mod sqlite;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use meerkat_runtime::store::{SqliteOptions, SqliteStore};
use meerkat_runtime::{MeerkatMachine, RuntimeStore};
use tests::hosting::{AtOnce, Failure, open, round_trips};
use tokio::runtime::Builder;

fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let here = std::env::temp_dir();
    match arguments.as_slice() {
        ["--count", "memory", trips] => count(Arc::default(), trips.parse()?),
        ["--count", "sqlite", trips] => count_on_disk(&here, trips.parse()?),
        ["--count", "sqlite", trips, directory] => count_on_disk(Path::new(directory), trips.parse()?),
        [] => measure("all", &here),
        [what] => measure(what, &here),
        [what, directory] => measure(what, &PathBuf::from(directory)),
        _ => Err("see the header of tests/benches/runtime/main.rs".into()),
    }
}

fn measure(what: &str, directory: &Path) -> Result<(), Failure> {
    if ["all", "memory"].contains(&what) {
        memory::compare()?;
    }
    if ["all", "sqlite"].contains(&what) {
        sqlite::compare(directory)?;
    }
    Ok(())
}

/// Round trips alone, for a tool that counts what they do.
fn count(store: Arc<meerkat_runtime::store::MemoryStore>, trips: usize) -> Result<(), Failure> {
    alone(&MeerkatMachine::persistent(store), trips)
}

fn count_on_disk(directory: &Path, trips: usize) -> Result<(), Failure> {
    let directory = tempfile::tempdir_in(directory)?;
    let tokio = Builder::new_current_thread().build()?;
    let store = Arc::new(tokio.block_on(SqliteStore::open(directory.path().join("s"), SqliteOptions::default()))?);
    alone(&MeerkatMachine::persistent(Arc::clone(&store) as Arc<dyn RuntimeStore>), trips)?;
    println!("{:?}", store.statistics());
    Ok(tokio.block_on(store.close())?)
}

fn alone(machine: &MeerkatMachine, trips: usize) -> Result<(), Failure> {
    let tokio = Builder::new_current_thread().build()?;
    tokio.block_on(async {
        let handle = open(machine, "s", &AtOnce::shared()).await?;
        round_trips(&handle, trips).await?;
        println!("{:?}", machine.statistics());
        Ok(())
    })
}
