//! What a check found out, as data; [`display`](crate::display) prints it.
//!
//! A report passes only if the run saw every state within the bounds, every property is proved, and nothing is
//! vacuous (unless that was allowed). A run that its budget ended is never taken for a pass.

use std::time::Duration;

use machine_spec::Bounds;
use machine_spec::spec::{Place, PropertyKind};

use crate::coverage::Coverage;
use crate::pinned::Numbers;
use crate::renaming::Renamed;
use crate::slots::Promise;
use crate::trace::Trace;

/// The outcome of checking one machine within some bounds.
#[derive(Clone, Debug)]
pub struct Report {
    /// The machine's name.
    pub machine: &'static str,
    /// Where it is declared.
    pub place: Place,
    /// The bounds within which it was checked.
    pub bounds: Bounds,
    /// How large the explored part is.
    pub size: Size,
    /// The types whose values were taken for mere names, so that states which differ in them only count once.
    pub renamed: Renamed,
    /// Why the run ended.
    pub ending: Ending,
    /// A verdict for each promise of every machine, then for each property of this one.
    pub findings: Vec<Finding>,
    /// What occurred, and what did not.
    pub coverage: Coverage,
    /// The generated code was tested too, see [`Check::cross_check`](crate::Check::cross_check).
    pub cross_checked: bool,
    /// Gaps in the coverage are no failure.
    pub vacuity_allowed: bool,
    /// How many threads explored.
    pub threads: usize,
    /// How many bytes the explored part took; zero where the engine does not tell.
    pub bytes: usize,
    /// How long the check took.
    pub elapsed: Duration,
}

/// The size of the explored part of a machine.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Size {
    /// Distinct states.
    pub states: usize,
    /// Accepted inputs, over all states, that stay within the bounds.
    pub steps: u64,
    /// What these inputs emit, over all states, by regions of the slice.
    pub effects: u64,
    /// Accepted inputs, over all states, that leave the bounds. They were not followed.
    pub clipped: u64,
    /// How many steps the farthest state is away from the initial one.
    pub depth: usize,
    /// How many inputs were offered in each state.
    pub inputs: usize,
}

impl Size {
    /// Those that a plan can pin.
    #[must_use]
    pub fn numbers(&self) -> Numbers {
        Numbers { states: self.states as u64, steps: self.steps, effects: self.effects }
    }
}

/// Why a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// Every state within the bounds was visited.
    Closed,
    /// The budget of this many states ended the run with states left to visit.
    BudgetEnded(usize),
    /// The budget of this many bytes ended the run with states left to visit.
    MemoryEnded(usize),
}

/// A claim and its verdict.
#[derive(Clone, Debug)]
pub struct Finding {
    /// What kind of claim it is.
    pub claim: Claim,
    /// The claim in words.
    pub sentence: &'static str,
    /// Where it is written; the machine's own place for a promise.
    pub place: Place,
    /// Whether it holds.
    pub verdict: Verdict,
}

/// The origin of a claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Claim {
    /// The machine declares it.
    Declared(PropertyKind),
    /// Every machine has to keep it.
    Promised(Promise),
}

/// Whether a claim holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It holds within the bounds.
    Proved {
        /// For a `reachable`: after how many steps it holds first.
        witness: Option<usize>,
    },
    /// It does not hold.
    Violated(Box<Counterexample>),
    /// The run ended before this could be told.
    Unknown,
}

/// Why a claim does not hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counterexample {
    /// A shortest trace to the violation; none where the violation is that something never happens.
    pub trace: Option<Trace>,
    /// The values, at the end of the trace, of what the property reads.
    pub values: Vec<(String, String)>,
    /// What else there is to know.
    pub remarks: Vec<String>,
}

impl Verdict {
    pub(crate) fn proved() -> Self {
        Self::Proved { witness: None }
    }

    pub(crate) fn violated(counterexample: Counterexample) -> Self {
        Self::Violated(Box::new(counterexample))
    }

    /// Whether the claim holds.
    #[must_use]
    pub fn is_proved(&self) -> bool {
        matches!(self, Self::Proved { .. })
    }

    /// Whether the claim does not hold.
    #[must_use]
    pub fn is_violated(&self) -> bool {
        matches!(self, Self::Violated(_))
    }
}

impl Report {
    /// Whether everything was visited, everything holds, and nothing is vacuous (unless that is allowed).
    #[must_use]
    pub fn passes(&self) -> bool {
        self.ending == Ending::Closed
            && self.findings.iter().all(|finding| finding.verdict.is_proved())
            && self.vacuities() == 0
    }

    /// Whether the run saw every state within the bounds.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.ending == Ending::Closed
    }

    /// How many claims do not hold.
    #[must_use]
    pub fn violations(&self) -> usize {
        self.findings.iter().filter(|finding| finding.verdict.is_violated()).count()
    }

    /// How many claims the run could not settle.
    #[must_use]
    pub fn unknowns(&self) -> usize {
        self.findings.iter().filter(|finding| finding.verdict == Verdict::Unknown).count()
    }

    /// How many gaps in the coverage count as failures. After a cut-off run none does: what is missing may be ahead.
    #[must_use]
    pub fn vacuities(&self) -> usize {
        if self.vacuity_allowed || self.ending != Ending::Closed { 0 } else { self.coverage.gaps.len() }
    }

    /// The finding with this sentence.
    #[must_use]
    pub fn finding(&self, sentence: &str) -> Option<&Finding> {
        self.findings.iter().find(|finding| finding.sentence == sentence)
    }

    /// Demands that the check passes. For tests.
    ///
    /// # Panics
    /// With the printed report, unless [`Report::passes`].
    #[track_caller]
    pub fn assert_holds(&self) -> &Self {
        assert!(self.passes(), "the check of machine {} does not pass\n\n{self}", self.machine);
        self
    }

    /// Demands this number of distinct states. A pinned number makes a change of the machine that cuts away or adds
    /// behaviour visible, even if every property still holds.
    ///
    /// # Panics
    /// With the number to pin if the change is meant, unless the number is right and the run saw every state.
    #[track_caller]
    pub fn assert_states(&self, expected: usize) -> &Self {
        let states = self.size.states;
        assert!(
            self.ending == Ending::Closed,
            "the check of machine {} was cut off after {states} states: there is no number to compare",
            self.machine
        );
        assert!(
            states == expected,
            "machine {} has {states} distinct states within its bounds, pinned are {expected}. \
             If the change is meant, pin {states}.",
            self.machine
        );
        self
    }
}
