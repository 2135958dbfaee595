//! Whether a running host does what its machine says.
//!
//! A host that tells its steps as `tracing` events, as `meerkat-runtime` does, is followed by a [`ConformanceLayer`]: each
//! session's inputs are offered to an authority of the layer's own, from the first one on. Where an input is refused, the
//! host has done something that the machine does not allow, or has not told everything. What is kept of it is how many
//! steps fitted, and an [`Account`] of the first one that did not.
//!
//! A session that a host brings back from its store goes on from the state that the host found there, which has to be one
//! that the machine's invariants allow.

mod layer;

use std::collections::BTreeMap;
use std::fmt::{self, Formatter};
use std::sync::{Arc, Mutex, PoisonError};

use machine_spec::{Machine, RestoreError};
use serde::de::DeserializeOwned;
use thiserror::Error;

pub use self::layer::{ConformanceLayer, RECOVERY_TARGET, STEP_TARGET};
use crate::account::{Account, offered_to};
use crate::display::counted;

/// The steps of a host, session by session, held against a machine. Copies share what they have seen.
///
/// The machine derives serde's traits: steps arrive as JSON.
pub struct Conformance<M: Machine> {
    sessions: Arc<Mutex<BTreeMap<String, Followed<M>>>>,
}

impl<M: Machine> Clone for Conformance<M> {
    fn clone(&self) -> Self {
        Self { sessions: Arc::clone(&self.sessions) }
    }
}

impl<M: Machine> Default for Conformance<M> {
    fn default() -> Self {
        Self { sessions: Arc::default() }
    }
}

/// One session as the machine has it.
struct Followed<M: Machine> {
    authority: M::Authority,
    told: usize,
    matched: usize,
    recoveries: usize,
    mismatch: Option<Arc<Mismatch>>,
}

/// A step of a host that does not fit.
#[derive(Debug, Error)]
pub enum Mismatch {
    /// The machine refuses the input.
    #[error("in incarnation {incarnation} the machine refuses what the host did\n{account}")]
    Refused {
        /// The incarnation in which the host told the step.
        incarnation: u64,
        /// Every region's answer, and every guard's.
        account: Box<Account>,
    },
    /// What was told is no input of the machine.
    #[error("in incarnation {incarnation} the host told what is no input of the machine: {text}")]
    NoInput {
        /// The incarnation in which the host told the step.
        incarnation: u64,
        /// What was told.
        text: String,
        /// Why it cannot be read.
        source: serde_json::Error,
    },
    /// What was found in a store is no state of the machine.
    #[error("the host brought the session back with what is no state of the machine: {text}")]
    NoState {
        /// What was told.
        text: String,
        /// Why it cannot be read.
        source: serde_json::Error,
    },
    /// A state that was found in a store violates an invariant.
    #[error("the host brought the session back in a state that the machine does not allow")]
    Forbidden(#[source] RestoreError),
}

impl Mismatch {
    /// The regions that refused, each with the sentences of its guards that failed. Empty if it is no refusal.
    #[must_use]
    pub fn refusals(&self) -> Vec<(&'static str, Vec<&'static str>)> {
        match self {
            Self::Refused { account, .. } => account.refusals(),
            Self::NoInput { .. } | Self::NoState { .. } | Self::Forbidden(_) => Vec::new(),
        }
    }
}

/// How far a session's host did what the machine says.
#[derive(Clone, Debug)]
pub struct SessionConformance {
    /// The session, as the host calls it.
    pub session: String,
    /// How many steps were told.
    pub told: usize,
    /// How many of them fit, up to the first that does not.
    pub matched: usize,
    /// How often the session was brought back from a store.
    pub recoveries: usize,
    /// What does not fit, after which nothing more of this session was judged.
    pub mismatch: Option<Arc<Mismatch>>,
}

impl SessionConformance {
    /// Whether every step fits.
    #[must_use]
    pub fn conforms(&self) -> bool {
        self.mismatch.is_none()
    }
}

/// What was seen of a host so far.
#[derive(Clone, Debug)]
pub struct ConformanceReport {
    /// The machine's name.
    pub machine: &'static str,
    /// Its sessions, in the order of their names.
    pub sessions: Vec<SessionConformance>,
}

impl ConformanceReport {
    /// Whether every step of every session fits. True of a host that told nothing: see [`ConformanceReport::steps`].
    #[must_use]
    pub fn conforms(&self) -> bool {
        self.sessions.iter().all(SessionConformance::conforms)
    }

    /// How many steps fit, over all sessions.
    #[must_use]
    pub fn steps(&self) -> usize {
        self.sessions.iter().map(|session| session.matched).sum()
    }

    /// Demands that some step was told, and that every step fits. For tests.
    ///
    /// # Panics
    /// With the printed report otherwise.
    #[track_caller]
    pub fn assert_conforms(&self) -> &Self {
        assert!(self.steps() > 0, "no step of machine {} was told\n\n{self}", self.machine);
        assert!(self.conforms(), "the host does not do what machine {} says\n\n{self}", self.machine);
        self
    }
}

impl fmt::Display for ConformanceReport {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        let steps = |count: usize| counted(count as u64, "step");
        for one in &self.sessions {
            match &one.mismatch {
                None => writeln!(formatter, "{}: {} fit", one.session, steps(one.matched))?,
                Some(mismatch) => {
                    writeln!(formatter, "{}: {} of {} fit, and then", one.session, one.matched, steps(one.told))?;
                    mismatch.to_string().lines().try_for_each(|line| writeln!(formatter, "  {line}"))?;
                }
            }
        }
        let failed = self.sessions.iter().filter(|session| !session.conforms()).count();
        let sessions = counted(self.sessions.len() as u64, "session");
        match failed {
            0 => writeln!(formatter, "CONFORMS: {} of {sessions} fit machine {}", steps(self.steps()), self.machine),
            _ => writeln!(formatter, "DEVIATES: {failed} of {sessions} from machine {}", self.machine),
        }
    }
}

impl<M: Machine> Conformance<M> {
    /// Nothing was told yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A layer for the host's subscriber.
    #[must_use]
    pub fn layer(&self) -> ConformanceLayer<M> {
        ConformanceLayer::new(self.clone())
    }

    /// What was seen so far.
    #[must_use]
    pub fn report(&self) -> ConformanceReport {
        let sessions = self.sessions.lock().unwrap_or_else(PoisonError::into_inner);
        let one = |(session, followed): (&String, &Followed<M>)| SessionConformance {
            session: session.clone(),
            told: followed.told,
            matched: followed.matched,
            recoveries: followed.recoveries,
            mismatch: followed.mismatch.clone(),
        };
        ConformanceReport { machine: M::SPEC.name, sessions: sessions.iter().map(one).collect() }
    }

    fn follow(&self, session: &str, follow: impl FnOnce(&mut Followed<M>)) {
        let mut sessions = self.sessions.lock().unwrap_or_else(PoisonError::into_inner);
        let new = || Followed { authority: M::initial(), told: 0, matched: 0, recoveries: 0, mismatch: None };
        follow(sessions.entry(session.to_owned()).or_insert_with(new));
    }
}

impl<M: Machine> Conformance<M>
where
    M::Input: DeserializeOwned,
    M::State: DeserializeOwned,
{
    /// Takes one step of a session: an input that the host says its machine has accepted, as JSON. For steps that come
    /// from elsewhere than a subscriber, such as a log.
    pub fn step(&self, session: &str, incarnation: u64, input: &str) {
        self.follow(session, |followed| followed.step(incarnation, input));
    }

    /// Takes the state with which a host brought a session back from its store, as JSON.
    pub fn recovery(&self, session: &str, state: &str) {
        self.follow(session, |followed| followed.recover(state));
    }
}

impl<M: Machine> Followed<M>
where
    M::Input: DeserializeOwned,
    M::State: DeserializeOwned,
{
    fn step(&mut self, incarnation: u64, text: &str) {
        self.told += 1;
        if self.mismatch.is_some() {
            return;
        }
        let input: M::Input = match serde_json::from_str(text) {
            Ok(input) => input,
            Err(source) => return self.differs(Mismatch::NoInput { incarnation, text: text.to_owned(), source }),
        };
        match M::apply(&mut self.authority, &input, &mut ()) {
            Ok(()) => self.matched += 1,
            Err(_) => {
                let account = Box::new(offered_to::<M>(&self.authority, &input));
                self.differs(Mismatch::Refused { incarnation, account });
            }
        }
    }

    fn recover(&mut self, text: &str) {
        self.recoveries += 1;
        let state: M::State = match serde_json::from_str(text) {
            Ok(state) => state,
            Err(source) => return self.differs(Mismatch::NoState { text: text.to_owned(), source }),
        };
        match M::restore(state) {
            Ok(authority) => self.authority = authority,
            Err(error) => self.differs(Mismatch::Forbidden(error)),
        }
    }

    fn differs(&mut self, mismatch: Mismatch) {
        self.mismatch.get_or_insert_with(|| Arc::new(mismatch));
    }
}
