//! What any store must do, as a suite to run against it.
//!
//! ```
//! use meerkat_runtime::store::{MemoryStore, conformance};
//! # let runtime = tokio::runtime::Builder::new_current_thread().build()?;
//! # runtime.block_on(async {
//! conformance::run(async |_name| Ok(MemoryStore::new())).await?;
//! # Ok::<(), conformance::Violation>(())
//! # })?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod durable;
mod reading;
mod receipts;
mod refusing;
mod writing;

use std::sync::Arc;

use super::{AdmittedInput, Commit, RuntimeStore, SettledInput, StoreError, StoredInput, StoredReceipt};
use crate::SessionId;

/// A promise that a store broke.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Violation {
    /// It did not do what it must.
    #[error("in the scenario {scenario:?} the store must {rule}, but gave {given}")]
    Rule {
        /// The scenario.
        scenario: &'static str,
        /// What it must do.
        rule: &'static str,
        /// What it did.
        given: String,
    },
    /// It failed where it must succeed.
    #[error("in the scenario {scenario:?} the store failed where it must succeed")]
    Failed {
        /// The scenario.
        scenario: &'static str,
        /// How it failed.
        source: StoreError,
    },
}

impl Violation {
    /// A code that never changes, for programs to test.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Rule { .. } => "conformance.rule",
            Self::Failed { .. } => "conformance.failed",
        }
    }
}

/// Runs every scenario that does not need the store to be opened twice. `open` is given a name per scenario and gives
/// back an empty store.
///
/// # Errors
///
/// At the first promise that the store broke.
pub async fn run<S: RuntimeStore>(open: impl AsyncFn(&'static str) -> Result<S, StoreError>) -> Result<(), Violation> {
    writing::run(&open).await?;
    refusing::run(&open).await?;
    reading::run(&open).await?;
    receipts::run(&open).await
}

/// Runs every scenario. `open` is given a name and gives back the store of that name, empty at the first time and later
/// with all that it held when it was closed.
///
/// # Errors
///
/// At the first promise that the store broke.
pub async fn run_durable<S: RuntimeStore>(
    open: impl AsyncFn(&'static str) -> Result<S, StoreError>,
) -> Result<(), Violation> {
    run(&open).await?;
    durable::run(&open).await
}

/// One scenario: its name for messages, and checks that end it.
#[derive(Clone, Copy)]
struct Scenario(&'static str);

impl Scenario {
    async fn open<S: RuntimeStore>(
        self,
        open: &impl AsyncFn(&'static str) -> Result<S, StoreError>,
    ) -> Result<S, Violation> {
        self.done(open(self.0).await)
    }

    fn done<T>(self, result: Result<T, StoreError>) -> Result<T, Violation> {
        result.map_err(|source| Violation::Failed { scenario: self.0, source })
    }

    fn equal<T: PartialEq + std::fmt::Debug>(self, rule: &'static str, given: &T, wanted: &T) -> Result<(), Violation> {
        if given == wanted {
            return Ok(());
        }
        Err(Violation::Rule { scenario: self.0, rule, given: format!("{given:?} in place of {wanted:?}") })
    }

    fn refused<T: std::fmt::Debug>(
        self,
        rule: &'static str,
        given: Result<T, StoreError>,
        code: &str,
    ) -> Result<(), Violation> {
        match given {
            Err(error) if error.code() == code => Ok(()),
            given => Err(Violation::Rule { scenario: self.0, rule, given: format!("{given:?} in place of {code}") }),
        }
    }
}

fn session(name: &'static str) -> SessionId {
    SessionId::new(name).expect("the suite names its sessions as it should")
}

fn step(name: &'static str, position: u64) -> Commit {
    Commit::new(session(name), position, position.to_be_bytes().to_vec())
}

fn admitting(mut commit: Commit, number: u64, key: Option<&str>) -> Commit {
    commit.admitted.push(admitted(number, key));
    commit
}

fn settling(mut commit: Commit, number: u64) -> Commit {
    commit.settled.push(SettledInput { number, outcome: outcome(number) });
    commit
}

fn receiving(mut commit: Commit, receipt: StoredReceipt) -> Commit {
    commit.receipts.push(receipt);
    commit
}

fn with_snapshot(mut commit: Commit, state: &[u8]) -> Commit {
    commit.snapshot = Some(state.to_vec());
    commit
}

fn admitted(number: u64, key: Option<&str>) -> AdmittedInput {
    let byte = number.to_le_bytes()[0];
    let payload = Arc::from(format!("payload {number}").into_bytes());
    AdmittedInput { number, idempotency_key: key.map(Arc::from), digest: [byte; 32], payload }
}

fn outcome(number: u64) -> Arc<[u8]> {
    Arc::from(format!("outcome {number}").into_bytes())
}

fn waiting(number: u64, key: Option<&str>) -> StoredInput {
    let AdmittedInput { number, idempotency_key, digest, payload } = admitted(number, key);
    StoredInput { number, idempotency_key, digest, payload, outcome: None }
}

fn settled(number: u64, key: Option<&str>) -> StoredInput {
    StoredInput { outcome: Some(outcome(number)), ..waiting(number, key) }
}
