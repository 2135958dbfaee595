//! Why an input is accepted or rejected, transition by transition and guard by guard.

use std::fmt::Debug;

/// The answer of [`Machine::explain`](crate::Machine::explain): every transition that knows the input.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Explanation {
    /// In declaration order; a transition over `each` instance appears once per instance.
    pub candidates: Vec<Candidate>,
}

/// One transition, or one instance of a keyed one, tried against an input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// Index into [`MachineSpec::transitions`](crate::spec::MachineSpec::transitions).
    pub transition: usize,
    /// The instance that was tried, as text; empty for a region that is not keyed.
    pub instance: String,
    /// What came of it.
    pub outcome: Outcome,
}

/// What came of trying one transition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The phase is none of the transition's sources, or its pattern does not match.
    WrongPhase,
    /// There is no instance under the key (or there is one already, for a creating transition).
    WrongInstance,
    /// The sources match and the guards were tested.
    Tested {
        /// One entry per guard tested, in order. Guards behind a failed `let` cannot be tested and are missing.
        guards: Vec<GuardOutcome>,
        /// A right-hand side would overflow.
        overflows: bool,
    },
}

/// What a guard said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GuardOutcome {
    /// It holds.
    Holds,
    /// It does not.
    Fails,
    /// Its arithmetic overflows, which refuses the input like a failure.
    Overflows,
}

/// Is told what comes of trying each transition that knows an input, by [`Machine::examine`](crate::Machine::examine).
///
/// For each instance first the instance; for each transition first its guards.
pub trait Trials {
    /// What follows is tried on this instance; on none in a region that is not keyed.
    fn instance(&mut self, key: Option<&dyn Debug>);

    /// What the next guard says of the transition that is being tried.
    fn guard(&mut self, outcome: GuardOutcome);

    /// What came of the transition with this index in [`MachineSpec::transitions`](crate::spec::MachineSpec::transitions).
    fn tried(&mut self, transition: usize, trial: Trial);
}

/// What came of trying one transition: an [`Outcome`] without the guards.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trial {
    /// The phase is none of the transition's sources, or its pattern does not match.
    WrongPhase,
    /// There is no instance under the key (or there is one already, for a creating transition).
    WrongInstance,
    /// The sources match and the guards were tested.
    Tested {
        /// A right-hand side would overflow.
        overflows: bool,
    },
}

/// Collects an explanation.
#[derive(Default)]
pub(crate) struct Collector {
    pub(crate) explanation: Explanation,
    instance: String,
    guards: Vec<GuardOutcome>,
}

impl Trials for Collector {
    fn instance(&mut self, key: Option<&dyn Debug>) {
        self.instance = key.map_or_else(String::new, |key| format!("{key:?}"));
    }

    fn guard(&mut self, outcome: GuardOutcome) {
        self.guards.push(outcome);
    }

    fn tried(&mut self, transition: usize, trial: Trial) {
        let guards = std::mem::take(&mut self.guards);
        let outcome = match trial {
            Trial::WrongPhase => Outcome::WrongPhase,
            Trial::WrongInstance => Outcome::WrongInstance,
            Trial::Tested { overflows } => Outcome::Tested { guards, overflows },
        };
        self.explanation.candidates.push(Candidate { transition, instance: self.instance.clone(), outcome });
    }
}

impl GuardOutcome {
    /// Of a guard whose negation was found to be this.
    #[inline]
    #[must_use]
    pub const fn refuted(refuted: bool) -> Self {
        if refuted { Self::Fails } else { Self::Holds }
    }
}

impl Candidate {
    /// The transition would accept the input.
    #[must_use]
    pub fn accepts(&self) -> bool {
        match &self.outcome {
            Outcome::Tested { guards, overflows } => {
                !overflows && guards.iter().all(|guard| *guard == GuardOutcome::Holds)
            }
            Outcome::WrongPhase | Outcome::WrongInstance => false,
        }
    }
}
