//! The printed report: plain text, aligned, violations last so that they are what a terminal shows.

use std::fmt::{self, Formatter};

use machine_spec::Bounds;
use machine_spec::spec::PropertyKind;

use crate::coverage::Coverage;
use crate::renaming::Renamed;
use crate::report::{Claim, Counterexample, Ending, Finding, Report, Verdict};
use crate::sliced::{SliceReport, SlicedReport};

impl fmt::Display for Report {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        writeln!(formatter, "machine {}   {}", self.machine, self.place)?;
        writeln!(formatter, "within  {}", bounds(&self.bounds))?;
        self.fmt_size(formatter)?;
        self.fmt_findings(formatter)?;
        fmt_coverage(formatter, &self.coverage, gap_label(self.is_complete(), self.vacuity_allowed))?;
        self.fmt_violations(formatter)?;
        writeln!(formatter, "\n{}", self.summary())
    }
}

impl fmt::Display for SlicedReport {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        writeln!(formatter, "machine {}   {}", self.machine, self.place)?;
        self.slices.iter().try_for_each(|one| one.fmt_slice(formatter, self.planned))?;
        let complete = self.slices.iter().all(|one| one.report.is_complete());
        fmt_coverage(formatter, &self.coverage, gap_label(complete, self.vacuity_allowed))?;
        self.slices.iter().try_for_each(|one| one.report.fmt_violations(formatter))?;
        writeln!(formatter, "\n{}", self.summary())
    }
}

impl SlicedReport {
    fn summary(&self) -> String {
        let slices = counted(self.slices.len() as u64, "slice");
        let within = format!("{slices}, {:.2} s", self.elapsed().as_secs_f64());
        if self.passes() {
            return format!("PASSED: {} holds everything it claims within these bounds ({within})", self.machine);
        }
        let other_numbers = self.slices.iter().filter(|one| self.planned && !one.has_expected_numbers()).count();
        let parts = failures(&[
            (self.violations(), "violated"),
            (self.unknowns(), "unknown"),
            (self.vacuities(), "vacuous"),
            (other_numbers, "with other numbers than planned"),
            (self.slices.iter().filter(|one| !one.report.is_complete()).count(), "cut off"),
        ]);
        format!("FAILED: {} ({within})", parts.join(", "))
    }
}

impl SliceReport {
    fn fmt_slice(&self, formatter: &mut Formatter<'_>, planned: bool) -> fmt::Result {
        writeln!(formatter, "\nslice {}: {}", self.slice.name, self.regions.join(", "))?;
        writeln!(formatter, "within  {}", bounds(&self.report.bounds))?;
        self.report.fmt_size(formatter)?;
        if planned {
            self.deviations().try_for_each(|deviation| writeln!(formatter, "  PLANNED  {deviation}"))?;
        }
        if planned && self.expected.states.is_none() {
            writeln!(formatter, "  UNPLANNED: the plan does not say how many states there are")?;
        }
        self.report.fmt_findings(formatter)
    }
}

/// Up to which names states are told apart.
fn renamed(renamed: &Renamed) -> String {
    let part = |what: &str, names: &[&str]| (!names.is_empty()).then(|| format!("{what} {}", names.join(", ")));
    let parts =
        [part("one state for all that interchange", &renamed.ids), part("of the order alone of", &renamed.epochs)];
    parts.into_iter().flatten().collect::<Vec<_>>().join("; ")
}

/// All bounds in one line, those by name last.
pub(crate) fn bounds(bounds: &Bounds) -> String {
    let [(_, ids), (_, epochs), (_, integers), (_, lengths)] = bounds.unnamed();
    // Few machines have sequences.
    let lengths = if lengths == 2 { String::new() } else { format!(", sequences to {lengths}") };
    let named: String = bounds.named().map(|(name, bound)| format!(", {name} = {bound}")).collect();
    format!("{ids} ids, epochs to {epochs}, integers to {integers}{lengths}{named}")
}

impl Report {
    fn fmt_size(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        let size = &self.size;
        let completeness = match self.ending {
            Ending::Closed => "all within the bounds".to_owned(),
            Ending::BudgetEnded(budget) => format!("CUT OFF by the budget of {}", grouped(budget as u64)),
            Ending::MemoryEnded(bytes) => format!("CUT OFF by the budget of {} bytes", grouped(bytes as u64)),
        };
        let seconds = self.elapsed.as_secs_f64();
        let rate = grouped((size.states as f64 / seconds.max(0.001)) as u64);
        let threads = counted(self.threads as u64, "thread");
        writeln!(formatter)?;
        writeln!(formatter, "  states   {} distinct, {completeness}", grouped(size.states as u64))?;
        if !self.renamed.is_empty() {
            writeln!(formatter, "  renamed  {}", renamed(&self.renamed))?;
        }
        writeln!(
            formatter,
            "  steps    {}, with {} offered in each state",
            grouped(size.steps),
            counted(size.inputs as u64, "input")
        )?;
        writeln!(formatter, "  clipped  {} out of the bounds, not followed", counted(size.clipped, "step"))?;
        writeln!(formatter, "  depth    {}", size.depth)?;
        // Of few states there is nothing to say but what it takes to begin.
        if self.bytes > 0 && size.states >= 10_000 {
            let each = self.bytes / size.states;
            writeln!(formatter, "  memory   {} bytes, {each} per state", grouped(self.bytes as u64))?;
        }
        writeln!(formatter, "  time     {seconds:.2} s, {rate} states per second, {threads}")
    }

    fn fmt_findings(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        let width = self.findings.iter().map(|finding| finding.sentence.chars().count()).max().unwrap_or(0);
        writeln!(formatter, "\nproperties")?;
        for finding in &self.findings {
            let (verdict, claim, sentence) = (verdict(&finding.verdict), claim(finding.claim), finding.sentence);
            write!(formatter, "  {verdict:<9} {claim:<10} {sentence:<width$}  ")?;
            match (&finding.verdict, finding.claim) {
                (Verdict::Proved { witness: Some(steps) }, _) => {
                    writeln!(formatter, " {}, holds after {}", finding.place, counted(*steps as u64, "step"))?;
                }
                (Verdict::Unknown, Claim::Declared(PropertyKind::LeadsTo)) if self.is_complete() => {
                    writeln!(formatter, " {}, fair runs leave these bounds or this slice", finding.place)?;
                }
                (_, Claim::Promised(_)) => writeln!(formatter, " of every machine")?,
                _ => writeln!(formatter, " {}", finding.place)?,
            }
        }
        Ok(())
    }

    fn fmt_violations(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        self.findings.iter().try_for_each(|finding| match &finding.verdict {
            Verdict::Violated(counterexample) => fmt_violation(formatter, finding, counterexample),
            _ => Ok(()),
        })
    }

    fn summary(&self) -> String {
        if self.passes() {
            return format!("PASSED: {} holds everything it claims within these bounds", self.machine);
        }
        let mut parts =
            failures(&[(self.violations(), "violated"), (self.unknowns(), "unknown"), (self.vacuities(), "vacuous")]);
        if !self.is_complete() {
            parts.push("the run was cut off".to_owned());
        }
        format!("FAILED: {}", parts.join(", "))
    }
}

fn failures(counts: &[(usize, &str)]) -> Vec<String> {
    counts.iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!("{count} {what}")).collect()
}

/// What a gap is called in a report.
fn gap_label(is_complete: bool, vacuity_allowed: bool) -> &'static str {
    match (is_complete, vacuity_allowed) {
        (true, true) => "allowed",
        (true, false) => "VACUOUS",
        (false, _) => "so far",
    }
}

pub(crate) fn fmt_coverage(formatter: &mut Formatter<'_>, coverage: &Coverage, label: &str) -> fmt::Result {
    writeln!(formatter, "\ncoverage")?;
    for (kind, occurred, total) in &coverage.tallies {
        writeln!(formatter, "  {:<11} {occurred} of {total} {}", kind.plural(), kind.occurs())?;
    }
    coverage.gaps.iter().try_for_each(|gap| writeln!(formatter, "  {label}: {gap}   {}", gap.place))
}

pub(crate) fn fmt_violation(formatter: &mut Formatter<'_>, finding: &Finding, found: &Counterexample) -> fmt::Result {
    writeln!(formatter, "\nVIOLATED {} \"{}\"", claim(finding.claim), finding.sentence)?;
    writeln!(formatter, "  at {}", finding.place)?;
    if let Some(trace) = &found.trace {
        trace.to_string().lines().try_for_each(|line| writeln!(formatter, "  {line}"))?;
    }
    if !found.values.is_empty() {
        writeln!(formatter, "  where")?;
    }
    let width = found.values.iter().map(|(path, _)| path.chars().count()).max().unwrap_or(0);
    for (path, value) in &found.values {
        writeln!(formatter, "    {path:<width$} = {value}")?;
    }
    found.remarks.iter().try_for_each(|remark| writeln!(formatter, "  {remark}"))
}

fn verdict(verdict: &Verdict) -> &'static str {
    match verdict {
        Verdict::Proved { .. } => "proved",
        Verdict::Violated(_) => "VIOLATED",
        Verdict::Unknown => "UNKNOWN",
    }
}

fn claim(claim: Claim) -> String {
    match claim {
        Claim::Declared(kind) => kind.to_string(),
        Claim::Promised(_) => "promise".to_owned(),
    }
}

/// A type as written, without the spaces that a macro puts between tokens.
pub(crate) fn ty(written: &str) -> String {
    written.replace(" <", "<").replace("< ", "<").replace(" >", ">").replace(" ,", ",")
}

/// A number with a comma between groups of three digits.
pub(crate) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (position, digit) in digits.chars().enumerate() {
        if position > 0 && (digits.len() - position).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A number of things, with a plural where there is not one.
pub(crate) fn counted(number: u64, thing: &str) -> String {
    format!("{} {thing}{}", grouped(number), if number == 1 { "" } else { "s" })
}
