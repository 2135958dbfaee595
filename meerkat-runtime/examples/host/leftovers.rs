//! Inputs that an earlier start accepted and did not settle. They go on without having been asked for.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use meerkat_runtime::store::{RuntimeStore, StoreError, StoredInput};
use meerkat_runtime::{EventStream, InputId, InputOutcome, InterruptCause, RuntimeEvent, RuntimeEventKind, SessionId};
use tokio::task::JoinSet;

use crate::host::Host;
use crate::outcome;
use crate::report::Event;
use crate::store::each_session;
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

/// Opens their sessions and tells what becomes of them. The events must be from before any session was opened.
pub(crate) async fn follow(host: Arc<Host>, events: EventStream) -> Tally {
    let mut follower = Follower { tally: Tally::default(), waiting: BTreeMap::new(), host };
    follower.open().await;
    follower.watch(events).await;
    follower.tally
}

struct Follower {
    host: Arc<Host>,
    tally: Tally,
    waiting: BTreeMap<SessionId, BTreeSet<InputId>>,
}

impl Follower {
    async fn open(&mut self) {
        let host = Arc::clone(&self.host);
        let mut opening = JoinSet::new();
        for (session, inputs) in &host.leftovers.0 {
            for (input, key) in inputs {
                self.tally.continued += 1;
                let (session, input, key) = (session.clone(), input.number(), key.clone());
                host.reporter.tell(Event::Continued { session, input, key }).await;
            }
            if !inputs.is_empty() {
                self.waiting.insert(session.clone(), inputs.keys().copied().collect());
            }
            let (host, session) = (Arc::clone(&host), session.clone());
            opening.spawn(async move { host.open(&session).await.is_none().then_some(session) });
        }
        for failed in opening.join_all().await.into_iter().flatten() {
            self.give_up(&failed).await;
        }
    }

    async fn watch(&mut self, mut events: EventStream) {
        while !self.waiting.is_empty() {
            let event = tokio::select! {
                event = events.next() => event,
                // Nothing runs any more: what the store has now is all that will become of them.
                () = self.host.shut_down.cancelled() => None,
            };
            match event {
                Some(Ok(event)) => self.note(event).await,
                Some(Err(_lagged)) => {
                    self.look_up().await;
                    self.give_up_lost().await;
                }
                None => {
                    self.look_up().await;
                    for session in self.waiting.keys().cloned().collect::<Vec<_>>() {
                        self.give_up(&session).await;
                    }
                }
            }
        }
    }

    async fn note(&mut self, event: RuntimeEvent) {
        match event.kind {
            RuntimeEventKind::InputSettled { input, outcome } => self.settled(&event.session, input, outcome).await,
            RuntimeEventKind::Failed => self.give_up(&event.session).await,
            _ => {}
        }
    }

    async fn settled(&mut self, session: &SessionId, input: InputId, outcome: InputOutcome) {
        let Some(inputs) = self.waiting.get_mut(session) else { return };
        if !inputs.remove(&input) {
            return;
        }
        if inputs.is_empty() {
            self.waiting.remove(session);
        }
        self.tally.count(&outcome, false);
        self.host.reporter.tell(outcome::event(session.clone(), input.number(), outcome, false)).await;
    }

    /// Nobody will tell of this session's inputs any more.
    async fn give_up(&mut self, session: &SessionId) {
        for input in self.waiting.get(session).cloned().unwrap_or_default() {
            let left = InputOutcome::Interrupted { cause: InterruptCause::Unregistered };
            self.settled(session, input, left).await;
        }
    }

    /// Asks the store about events that were missed.
    async fn look_up(&mut self) {
        for (session, inputs) in self.waiting.clone() {
            for input in inputs {
                // A store that fails ends the session, which is an event of its own.
                let Ok(Some(stored)) = self.host.store.input(&session, input.number()).await else { continue };
                if let Some(outcome) = stored.outcome.as_deref().and_then(crate::store::read_outcome) {
                    self.settled(&session, input, outcome).await;
                }
            }
        }
    }

    /// After missed events: a session that is no longer registered has failed, unless the host itself is ending, which
    /// ends this watch too.
    async fn give_up_lost(&mut self) {
        if self.host.ending.reason().is_some() {
            return;
        }
        for session in self.waiting.keys().cloned().collect::<Vec<_>>() {
            if !self.host.machine.contains_session(&session) {
                self.give_up(&session).await;
            }
        }
    }
}
