//! Inputs that an earlier start accepted and did not settle. They go on without having been asked for.

use std::collections::BTreeMap;
use std::sync::Arc;

use meerkat_runtime::store::{RuntimeStore, StoreError, StoredInput};
use meerkat_runtime::{InputId, InputOutcome, InterruptCause, SessionHandle, SessionId};
use tokio::task::JoinSet;

use crate::host::Host;
use crate::outcome;
use crate::report::Event;
use crate::store::{each_session, read_outcome};
use crate::summary::Tally;

/// All of them, as they were found when the store was opened.
#[derive(Debug, Default)]
pub(crate) struct Leftovers(BTreeMap<SessionId, BTreeMap<InputId, Option<Arc<str>>>>);

impl Leftovers {
    /// Looks through the store.
    pub(crate) async fn find(store: &dyn RuntimeStore) -> Result<Self, StoreError> {
        let mut found = BTreeMap::new();
        let mut after = None;
        while let Some(session) = each_session(store, &mut after).await? {
            let unsettled = match store.load(&session).await {
                Ok(None) => continue,
                Ok(Some(stored)) => stored.unsettled,
                // Opening the session will fail, which tells the user of it. Other sessions go on.
                Err(StoreError::Corrupt { .. }) => {
                    found.insert(session, BTreeMap::new());
                    continue;
                }
                Err(error) => return Err(error),
            };
            if !unsettled.is_empty() {
                let name = |input: StoredInput| (InputId::from_number(input.number), input.idempotency_key);
                found.insert(session, unsettled.into_iter().map(name).collect());
            }
        }
        Ok(Self(found))
    }

    /// Whether there are none.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether this is one of them.
    pub(crate) fn contains(&self, session: &SessionId, input: InputId) -> bool {
        self.0.get(session).is_some_and(|inputs| inputs.contains_key(&input))
    }
}

/// Opens their sessions and tells what becomes of them.
pub(crate) async fn follow(host: Arc<Host>) -> Tally {
    let mut sessions = JoinSet::new();
    for (session, inputs) in &host.leftovers.0 {
        sessions.spawn(follow_session(Arc::clone(&host), session.clone(), inputs.clone()));
    }
    let mut tally = Tally::default();
    for part in sessions.join_all().await {
        tally.merge(part);
    }
    tally
}

async fn follow_session(host: Arc<Host>, session: SessionId, inputs: BTreeMap<InputId, Option<Arc<str>>>) -> Tally {
    let mut tally = Tally::default();
    for (input, key) in &inputs {
        tally.continued += 1;
        let (session, input, key) = (session.clone(), input.number(), key.clone());
        host.reporter.tell(Event::Continued { session, input, key }).await;
    }
    let handle = host.open(&session).await;
    let mut settling = JoinSet::new();
    for input in inputs.into_keys() {
        let (host, handle, session) = (Arc::clone(&host), handle.clone(), session.clone());
        settling.spawn(async move { (input, outcome_of(host, handle, session, input).await) });
    }
    while let Some(settled) = settling.join_next().await {
        let (input, outcome) = settled.unwrap_or_else(|fault| std::panic::resume_unwind(fault.into_panic()));
        tally.count(&outcome, false);
        host.reporter.tell(outcome::event(session.clone(), input.number(), outcome, false)).await;
    }
    tally
}

/// What becomes of one input. If its session is out of order, or ends first, that is what the store has then.
async fn outcome_of(
    host: Arc<Host>,
    handle: Option<SessionHandle>,
    session: SessionId,
    input: InputId,
) -> InputOutcome {
    let followed = match handle {
        Some(handle) => handle.completion(input).await.ok(),
        None => None,
    };
    if let Some(completion) = followed {
        return completion.await;
    }
    let stored = host.store.input(&session, input.number()).await.ok().flatten();
    let outcome = stored.and_then(|stored| stored.outcome).as_deref().and_then(read_outcome);
    outcome.unwrap_or(InputOutcome::Interrupted { cause: InterruptCause::Unregistered })
}
