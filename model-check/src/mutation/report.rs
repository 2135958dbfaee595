//! What became of the mutants of a machine, as data.

use std::time::Duration;

use machine_spec::spec::{Place, PropertyKind};

use super::kind::MutationKind;
use super::mutant::Mutant;
use crate::coverage::Gap;
use crate::pinned::Deviation;
use crate::slots::Promise;
use crate::trace::{Trace, TraceStep};

/// The mutants of a machine and what became of them.
#[derive(Clone, Debug)]
pub struct MutationReport {
    /// The machine's name.
    pub machine: &'static str,
    /// Where it is declared.
    pub place: Place,
    /// Every mutant that was tried, in the order of the machine file.
    pub trials: Vec<Trial>,
    /// Mutants that differ in answers only are no failure.
    pub answers_aside: bool,
    /// The slices and how many states the machine has in them.
    pub slices: Vec<(String, usize)>,
    /// How long it took to explore the machine itself.
    pub grounding: Duration,
    /// How long it took in all.
    pub elapsed: Duration,
}

/// A mutant and what became of it.
#[derive(Clone, Debug)]
pub struct Trial {
    /// The mutant.
    pub mutant: Mutant,
    /// What became of it.
    pub fate: Fate,
    /// How long it took.
    pub elapsed: Duration,
}

/// What became of a mutant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// A check of the mutant does not pass.
    Killed(Killer),
    /// Within the bounds it does what the machine does: the same states, steps and effects.
    Equivalent,
    /// It does something else, and nothing notices it but a number that the plan pins.
    Pinned(Box<Survival>, Telltale),
    /// It does something else, and nobody notices.
    Survived(Box<Survival>),
    /// It does something else, has more states than the budget allows, and in those that were seen nobody noticed.
    Undecided(Box<Survival>),
    /// It cannot be executed, for this reason; a machine file that says so would not compile.
    Invalid(String),
}

/// What notices a mutant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Killer {
    /// A property of the machine is violated.
    Property {
        /// Its kind.
        kind: PropertyKind,
        /// Its sentence.
        sentence: &'static str,
        /// Where it is written.
        place: Place,
        /// It is not violated, but cannot be proved any more: fairness drives runs out of the bounds.
        unsettled: bool,
    },
    /// A promise of every machine is broken.
    Promise(Promise),
    /// Something never occurs any more.
    Gap(Gap),
    /// A region that follows an input, and never refuses it, may refuse it now. So it has influence on others, and the slices
    /// are no longer those that were checked.
    Influence {
        /// The region.
        region: &'static str,
        /// The input.
        input: &'static str,
    },
    /// Of a property without its premise: the machine itself violates it, so the premise is needed.
    Machine,
}

/// The pinned number that notices a mutant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Telltale {
    /// The slice.
    pub slice: String,
    /// The number.
    pub deviation: Deviation,
    /// The mutant has more states than the budget allows, so that it was given up: it has at least as many as were found.
    pub is_beyond_budget: bool,
}

/// How a mutant differs that no property notices.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::large_enum_variant, reason = "a fate keeps it in a box")]
pub enum Survival {
    /// It does something else at the end of a shortest run.
    Behaves {
        /// The slice in which this was seen.
        slice: String,
        /// The run up to there, which both take.
        trace: Trace,
        /// What the machine does then; none if the two start in different states.
        machine: Option<TraceStep>,
        /// What the mutant does.
        mutant: Option<TraceStep>,
        /// The mutant's states are the machine's. Only answers differ: effects, or whether an input that changes nothing
        /// is accepted. No property can speak of these.
        in_answers_only: bool,
        /// How many states it has in the slice, if that is another number than the machine's: a pinned number would
        /// notice, though no property does.
        states: Option<usize>,
    },
    /// A property holds without its premise as well.
    NeedsNoPremise,
}

/// How many mutants came to what.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Noticed.
    pub killed: usize,
    /// Not different within the bounds.
    pub equivalent: usize,
    /// Noticed by pinned numbers only.
    pub pinned: usize,
    /// Of these, ended by the budget, and noticed because they have too many states.
    pub pinned_beyond_budget: usize,
    /// Different in states or acceptance, or a premise that is not needed, and not noticed.
    pub survived: usize,
    /// Different in answers only (effects, or the acceptance of what changes nothing), and not noticed.
    pub in_answers_only: usize,
    /// Ended by the budget.
    pub undecided: usize,
    /// Not executable.
    pub invalid: usize,
}

impl Tally {
    /// Takes one more mutant in.
    pub fn add(&mut self, fate: &Fate) {
        if let Fate::Pinned(_, Telltale { is_beyond_budget: true, .. }) = fate {
            self.pinned_beyond_budget += 1;
        }
        let count = match fate {
            Fate::Killed(_) => &mut self.killed,
            Fate::Equivalent => &mut self.equivalent,
            Fate::Pinned(..) => &mut self.pinned,
            Fate::Survived(survival) => match **survival {
                Survival::Behaves { in_answers_only: true, .. } => &mut self.in_answers_only,
                _ => &mut self.survived,
            },
            Fate::Undecided(_) => &mut self.undecided,
            Fate::Invalid(_) => &mut self.invalid,
        };
        *count += 1;
    }

    /// All of them but the invalid ones.
    #[must_use]
    pub fn valid(&self) -> usize {
        self.killed + self.equivalent + self.pinned + self.survived + self.in_answers_only + self.undecided
    }

    /// The share of those noticed among those that could be: killed or pinned of all that are neither equivalent nor
    /// invalid, from 0 to 1. Without any it is 1.
    #[must_use]
    pub fn score(&self) -> f64 {
        self.share(self.killed + self.pinned)
    }

    /// The share of those killed, which more than a number notices.
    #[must_use]
    pub fn score_of_properties(&self) -> f64 {
        self.share(self.killed)
    }

    fn share(&self, noticed: usize) -> f64 {
        let noticeable = self.valid() - self.equivalent;
        if noticeable == 0 { 1.0 } else { noticed as f64 / noticeable as f64 }
    }
}

impl MutationReport {
    /// How many mutants came to what.
    #[must_use]
    pub fn tally(&self) -> Tally {
        self.tally_of(|_| true)
    }

    /// How many mutants of a kind came to what.
    #[must_use]
    pub fn tally_of_kind(&self, kind: MutationKind) -> Tally {
        self.tally_of(|mutant| mutant.kind == kind)
    }

    pub(super) fn tally_of(&self, is_meant: impl Fn(&Mutant) -> bool) -> Tally {
        let mut tally = Tally::default();
        self.trials.iter().filter(|trial| is_meant(&trial.mutant)).for_each(|trial| tally.add(&trial.fate));
        tally
    }

    /// The mutants that nobody noticed, unless they differ in answers only and those are set aside.
    pub fn survivors(&self) -> impl Iterator<Item = &Trial> {
        self.trials.iter().filter(|trial| match &trial.fate {
            Fate::Survived(survival) => match **survival {
                Survival::Behaves { in_answers_only, .. } => !(in_answers_only && self.answers_aside),
                Survival::NeedsNoPremise => true,
            },
            _ => false,
        })
    }

    /// The mutants that were given up.
    pub fn undecided(&self) -> impl Iterator<Item = &Trial> {
        self.trials.iter().filter(|trial| matches!(trial.fate, Fate::Undecided(_)))
    }

    /// Whether every mutant is killed, pinned or equivalent.
    #[must_use]
    pub fn passes(&self) -> bool {
        self.survivors().next().is_none() && self.tally().undecided == 0
    }

    /// Demands that every mutant is killed, pinned or equivalent. For tests. Without the pinned ones:
    /// [`Mutants::properties_only`](super::Mutants::properties_only).
    ///
    /// # Panics
    /// With the printed report, unless [`MutationReport::passes`].
    #[track_caller]
    pub fn assert_no_survivors(&self) -> &Self {
        assert!(self.passes(), "mutants of machine {} go unnoticed\n\n{self}", self.machine);
        self
    }

    /// Demands these numbers of mutants that were killed, are equivalent, and survived (those in answers only included).
    /// What only a plan notices is none of these, see [`MutationReport::assert_pinned`]. A pinned score makes it visible
    /// when a property that is added or taken away says more or less than it seems to.
    ///
    /// # Panics
    /// With the printed report and the numbers to pin, if they are other ones.
    #[track_caller]
    pub fn assert_tally(&self, killed: usize, equivalent: usize, survived: usize) -> &Self {
        let tally = self.tally();
        let found = (tally.killed, tally.equivalent, tally.survived + tally.in_answers_only);
        assert!(
            found == (killed, equivalent, survived),
            "{self}\nof the mutants of machine {} are killed, equivalent and surviving {found:?}, pinned are {:?}",
            self.machine,
            (killed, equivalent, survived)
        );
        self
    }

    /// Demands this number of mutants that nothing but the numbers of a plan notices.
    ///
    /// # Panics
    /// With the printed report and the number, if it is another one.
    #[track_caller]
    pub fn assert_pinned(&self, expected: usize) -> &Self {
        let found = self.tally().pinned;
        let machine = self.machine;
        assert!(found == expected, "{self}\nof the mutants of machine {machine} {found} are pinned, not {expected}");
        self
    }
}
