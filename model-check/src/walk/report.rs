//! What walks found out, as data and as text.

use std::fmt::{self, Formatter};
use std::time::Duration;

use machine_spec::Bounds;
use machine_spec::spec::Place;

use crate::coverage::Coverage;
use crate::display::{bounds, counted, fmt_coverage, fmt_violation, grouped};
use crate::report::{Finding, Verdict};

/// The outcome of some walks. It is never a proof.
#[derive(Clone, Debug)]
pub struct WalksReport {
    /// The machine's name.
    pub machine: &'static str,
    /// Where it is declared.
    pub place: Place,
    /// The bounds of the inputs that were offered.
    pub bounds: Bounds,
    /// The same seed, bounds, number and length give the same walks.
    pub seed: u64,
    /// How many walks were begun.
    pub walks: usize,
    /// How many steps a walk takes at most from where it sets out.
    pub length: usize,
    /// How many steps were taken, on all walks.
    pub steps: u64,
    /// How many walks came to a state in which no input is accepted.
    pub ended_early: usize,
    /// How many distinct states were visited.
    pub states: usize,
    /// The `reachable` properties that were seen to hold, by sentence.
    pub witnessed: Vec<&'static str>,
    /// The `reachable` properties that were not.
    pub unwitnessed: Vec<&'static str>,
    /// What occurred, and what did not so far.
    pub coverage: Coverage,
    /// What ended the walks, at the end of a trace in which every step is needed.
    pub violation: Option<Finding>,
    /// How long it took.
    pub elapsed: Duration,
}

impl WalksReport {
    /// Whether nothing was violated on these walks.
    #[must_use]
    pub fn passes(&self) -> bool {
        self.violation.is_none()
    }

    /// Demands that nothing was violated. For tests.
    ///
    /// # Panics
    /// With the printed report and its seed, unless [`WalksReport::passes`].
    #[track_caller]
    pub fn assert_holds(&self) -> &Self {
        assert!(self.passes(), "a walk of machine {} breaks what it claims\n\n{self}", self.machine);
        self
    }

    fn summary(&self) -> String {
        let Self { machine, seed, walks, .. } = self;
        match &self.violation {
            None => format!("NOT PROVED: nothing of {machine} is violated on these walks; --seed {seed} repeats them"),
            Some(_) => format!("FAILED: 1 violated, on walk {}; --seed {seed} finds it again", grouped(*walks as u64)),
        }
    }
}

impl fmt::Display for WalksReport {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        writeln!(formatter, "machine {}   {}", self.machine, self.place)?;
        writeln!(formatter, "offered {}", bounds(&self.bounds))?;
        let (walks, length) = (counted(self.walks as u64, "walk"), counted(self.length as u64, "step"));
        let seconds = self.elapsed.as_secs_f64();
        let rate = grouped((self.steps as f64 / seconds.max(0.001)) as u64);
        writeln!(formatter)?;
        writeln!(formatter, "  walks    {walks} of up to {length}, seed {}", self.seed)?;
        writeln!(formatter, "  steps    {}", grouped(self.steps))?;
        writeln!(formatter, "  states   {} distinct", grouped(self.states as u64))?;
        writeln!(formatter, "  stuck    {} where no input is accepted", counted(self.ended_early as u64, "walk"))?;
        writeln!(formatter, "  time     {seconds:.2} s, {rate} steps per second")?;
        fmt_coverage(formatter, &self.coverage, "so far")?;
        let (seen, all) = (self.witnessed.len(), self.witnessed.len() + self.unwitnessed.len());
        writeln!(formatter, "  reachable   {seen} of {all} hold somewhere")?;
        self.unwitnessed.iter().try_for_each(|one| writeln!(formatter, "  so far: \"{one}\" holds nowhere"))?;
        if let Some(finding) = &self.violation
            && let Verdict::Violated(counterexample) = &finding.verdict
        {
            fmt_violation(formatter, finding, counterexample)?;
        }
        writeln!(formatter, "\n{}", self.summary())
    }
}
