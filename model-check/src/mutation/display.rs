//! The printed report: what became of the mutants by kind, and behind it every survivor with its run.

use std::fmt::{self, Formatter};

use super::kind::MutationKind;
use super::report::{Fate, Killer, MutationReport, Survival, Tally, Telltale, Trial};
use crate::display::{counted, grouped};
use crate::trace::TraceStep;

impl fmt::Display for MutationReport {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        writeln!(formatter, "mutants of {}   {}", self.machine, self.place)?;
        for (slice, states) in &self.slices {
            writeln!(formatter, "  {slice}: {}", counted(*states as u64, "state"))?;
        }
        self.fmt_table(formatter)?;
        let unnoticed = self.survivors().chain(self.undecided());
        unnoticed.into_iter().try_for_each(|trial| fmt_unnoticed(formatter, trial))?;
        writeln!(formatter, "\n{}", self.summary())
    }
}

fn title(trial: &Trial) -> String {
    let mutant = &trial.mutant;
    format!("{}: {mutant}\n  at {}", mutant.kind, mutant.place)
}

impl MutationReport {
    fn fmt_table(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        let names = ["mutants", "killed", "equivalent", "pinned", "survived", "answers only", "undecided", "invalid"];
        write!(formatter, "\n{:<20}", "")?;
        names.iter().try_for_each(|name| write!(formatter, "  {name:>12}"))?;
        writeln!(formatter)?;
        let kinds = MutationKind::ALL.iter().map(|kind| (kind.name(), self.tally_of_kind(*kind)));
        let used = kinds.filter(|(_, tally)| tally.valid() + tally.invalid > 0);
        for (name, tally) in used.chain([("all", self.tally())]) {
            let Tally { killed, equivalent, pinned, survived, in_answers_only, undecided, invalid, .. } = tally;
            let all = tally.valid() + invalid;
            write!(formatter, "{name:<20}")?;
            let counts = [all, killed, equivalent, pinned, survived, in_answers_only, undecided, invalid];
            counts.iter().try_for_each(|count| write!(formatter, "  {:>12}", grouped(*count as u64)))?;
            writeln!(formatter)?;
        }
        Ok(())
    }

    fn summary(&self) -> String {
        let tally = self.tally();
        let mut score = format!("{:.1} % of what could be noticed is noticed", 100.0 * tally.score());
        if tally.pinned > 0 {
            score += &format!(", {:.1} % by more than pinned numbers", 100.0 * tally.score_of_properties());
        }
        let within = format!("{}, {:.2} s", counted(self.trials.len() as u64, "mutant"), self.elapsed.as_secs_f64());
        match self.passes() {
            true => format!("PASSED: {score} ({within})"),
            false => {
                let survivors = counted(self.survivors().count() as u64, "survivor");
                format!("FAILED: {survivors}, {} undecided; {score} ({within})", tally.undecided)
            }
        }
    }
}

fn fmt_unnoticed(formatter: &mut Formatter<'_>, trial: &Trial) -> fmt::Result {
    let (Fate::Survived(survival) | Fate::Undecided(survival)) = &trial.fate else { return Ok(()) };
    writeln!(formatter, "\n{} {}", trial.fate, title(trial))?;
    match &**survival {
        Survival::NeedsNoPremise => writeln!(formatter, "  the property holds without its premise as well"),
        Survival::Behaves { slice, trace, machine, mutant, in_answers_only, states } => {
            match (machine, mutant) {
                (Some(machine), Some(mutant)) => {
                    trace.to_string().lines().try_for_each(|line| writeln!(formatter, "  {line}"))?;
                    writeln!(formatter, "  then {}", machine.input)?;
                    fmt_step(formatter, "in the machine", machine)?;
                    fmt_step(formatter, "in the mutant", mutant)?;
                }
                _ => writeln!(formatter, "  it starts in another state")?,
            }
            if *in_answers_only {
                writeln!(
                    formatter,
                    "  only answers differ (effects, or the acceptance of what changes nothing): no property can speak of them"
                )?;
            }
            match states {
                Some(states) => {
                    let states = counted(*states as u64, "state");
                    writeln!(formatter, "  seen in slice {slice}, where it has {states}: a pinned number would tell")
                }
                None => writeln!(formatter, "  seen in slice {slice}"),
            }
        }
    }
}

fn fmt_step(formatter: &mut Formatter<'_>, who: &str, step: &TraceStep) -> fmt::Result {
    match step.rejection {
        Some(_) => writeln!(formatter, "    {who} it is rejected"),
        None => {
            writeln!(formatter, "    {who} it is accepted, by {}", step.transitions.join(" and "))?;
            step.fmt_outcome(formatter, 4)
        }
    }
}

impl fmt::Display for Killer {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Property { kind, sentence, unsettled, .. } => {
                let unsettled = if *unsettled { ", which is unknown then" } else { "" };
                write!(formatter, "{kind} \"{sentence}\"{unsettled}")
            }
            Self::Promise(promise) => write!(formatter, "promise \"{}\"", promise.sentence()),
            Self::Gap(gap) => gap.fmt(formatter),
            Self::Influence { region, input } => {
                write!(formatter, "the slices, which are others if {region} may refuse {input}")
            }
            Self::Machine => formatter.write_str("the machine, which violates the property without its premise"),
        }
    }
}

impl fmt::Display for Telltale {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        let Self { slice, deviation, is_beyond_budget } = self;
        let least = if *is_beyond_budget { " so far, when it was given up" } else { "" };
        write!(formatter, "nothing but the plan of slice {slice} notices it: {deviation}{least}")
    }
}

impl fmt::Display for Fate {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Killed(killer) => write!(formatter, "killed by {killer}"),
            Self::Equivalent => formatter.write_str("equivalent"),
            Self::Pinned(_, telltale) => write!(formatter, "pinned: {telltale}"),
            Self::Survived(_) => formatter.write_str("SURVIVED"),
            Self::Undecided(_) => formatter.write_str("UNDECIDED"),
            Self::Invalid(reason) => write!(formatter, "invalid: {reason}"),
        }
    }
}
