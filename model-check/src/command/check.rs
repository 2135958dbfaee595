//! `meerkat check`.

use std::io::{self, Write};

use clap::Args;

use super::{Exit, Misuse, bounds, named_or_all};
use crate::catalog::{Catalog, Entry, Settings};
use crate::progress;

#[derive(Args)]
pub(super) struct Arguments {
    /// The machine to check
    machine: Option<String>,
    #[command(flatten)]
    bounds: bounds::Arguments,
    /// How many threads explore; one per core by default
    #[arg(long, value_name = "N")]
    threads: Option<usize>,
    /// End the run after this many distinct states; such a run does not pass
    #[arg(long, value_name = "N")]
    max_states: Option<usize>,
    /// Pass in spite of things that never occur
    #[arg(long)]
    allow_vacuous: bool,
    /// Do not look for overlapping transitions, nor for guards that are never false; several times faster
    #[arg(long)]
    no_cross_check: bool,
}

pub(super) fn run(
    catalog: &Catalog,
    arguments: &Arguments,
    output: &mut dyn Write,
    messages: &mut dyn Write,
) -> io::Result<Result<Exit, Misuse>> {
    match plan(catalog, arguments) {
        Ok(entries) => check(&entries, arguments, output, messages).map(Ok),
        Err(misuse) => Ok(Err(misuse)),
    }
}

/// The machines to check, once every name on the command line is known to mean something.
fn plan(catalog: &Catalog, arguments: &Arguments) -> Result<Vec<Entry>, Misuse> {
    let entries = named_or_all(catalog, arguments.machine.as_deref())?;
    arguments.bounds.verify(&entries)?;
    Ok(entries)
}

fn check(
    entries: &[Entry],
    arguments: &Arguments,
    output: &mut dyn Write,
    messages: &mut dyn Write,
) -> io::Result<Exit> {
    let mut outcome = Exit::Passed;
    for entry in entries {
        match (entry.check)(settings(entry, arguments)) {
            Ok(report) => {
                writeln!(output, "{report}")?;
                if !report.passes() {
                    outcome = Exit::Failed;
                }
            }
            Err(error) => {
                writeln!(messages, "error: {error}")?;
                outcome = Exit::Failed;
            }
        }
    }
    Ok(outcome)
}

fn settings(entry: &Entry, arguments: &Arguments) -> Settings {
    Settings {
        bounds: arguments.bounds.within(entry),
        threads: arguments.threads,
        budget: arguments.max_states,
        cross_check: !arguments.no_cross_check,
        allow_vacuous: arguments.allow_vacuous,
        observer: progress::observer(entry.spec.name),
    }
}
