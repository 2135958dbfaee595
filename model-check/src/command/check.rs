//! `meerkat check`.

use std::io::{self, Write};
use std::path::PathBuf;

use clap::Args;
use thiserror::Error;

use super::{Exit, Misuse, bounds, named_or_all, named_or_only, outputs};
use crate::catalog::{Catalog, Entry, Selection, Settings};
use crate::check::{CheckError, Engine};
use crate::memory;
use crate::output::Checked;
use crate::plan::{Plan, PlanError};
use crate::progress;
use crate::slice::Slice;
use crate::sliced::SlicedReport;

#[derive(Args)]
pub(super) struct Arguments {
    /// The machine to check
    machine: Option<String>,
    #[command(flatten)]
    bounds: bounds::Arguments,
    /// Check all regions together, within the bounds given here, although there is a plan for the slices
    #[arg(long)]
    whole: bool,
    /// Check slice by slice, also without a plan
    #[arg(long, conflicts_with = "whole")]
    sliced: bool,
    /// Check this slice only; may be given several times
    #[arg(long = "slice", value_name = "NAME", conflicts_with = "whole")]
    slices: Vec<String>,
    /// Check slice by slice as this plan says, in place of the plan that the program knows
    #[arg(long, value_name = "FILE", conflicts_with = "whole", requires = "machine")]
    plan: Option<PathBuf>,
    /// Write the numbers of states, steps and effects that are found into the plan
    #[arg(long, conflicts_with = "whole")]
    update: bool,
    /// How many threads explore; one per core by default
    #[arg(long, value_name = "N")]
    threads: Option<usize>,
    /// End the run after this many distinct states; such a run does not pass
    #[arg(long, value_name = "N")]
    max_states: Option<usize>,
    /// Pass in spite of things that never occur
    #[arg(long)]
    allow_vacuous: bool,
    /// End the run when the states take this much memory, such as 64M or 2G; three quarters of what is free by default
    #[arg(long, value_name = "BYTES", value_parser = memory::bytes)]
    max_memory: Option<usize>,
    /// Test the generated code too: hold explain against apply in every state; many times slower
    #[arg(long)]
    cross_check: bool,
    /// Visit one of the states that differ only in names: in which id is which, and in how far epochs are apart
    #[arg(long, conflicts_with = "update")]
    up_to_renaming: bool,
    /// What explores; stateright is far slower and confirms what the other says
    #[arg(long, value_enum, default_value_t)]
    engine: Engine,
    #[command(flatten)]
    outputs: outputs::Arguments,
    /// Check again whenever a source file of the workspace changes, until Ctrl-C
    #[arg(long, conflicts_with = "update")]
    watch: bool,
    /// With --watch: how this program is built, if not by `cargo build`; what is below the current directory is watched
    #[arg(long, value_name = "COMMAND", requires = "watch")]
    watch_build: Option<String>,
}

impl Arguments {
    /// Whether to check again and again.
    pub(super) fn watches(&self) -> bool {
        self.watch
    }

    /// How this program is built, if the command line says so.
    pub(super) fn watch_build(&self) -> Option<&str> {
        self.watch_build.as_deref()
    }

    /// Every file that is written; a directory stands for what is in it.
    pub(super) fn written(&self) -> Vec<PathBuf> {
        self.outputs.written()
    }
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
pub(super) fn plan(catalog: &Catalog, arguments: &Arguments) -> Result<Vec<Entry>, Misuse> {
    let machine = arguments.machine.as_deref();
    let entries = match arguments.outputs.is_about_one_machine() {
        true => vec![named_or_only(catalog, machine)?],
        false => named_or_all(catalog, machine)?,
    };
    arguments.bounds.verify(&entries)?;
    for entry in entries.iter().filter(|_| !arguments.whole) {
        match plan_of(entry, arguments) {
            Some(plan) if arguments.bounds.are_given() => {
                return Err(Misuse::PlannedBounds { machine: entry.spec.name, plan });
            }
            None if arguments.update => return Err(Misuse::NoPlan(entry.spec.name)),
            _ => {}
        }
    }
    Ok(entries)
}

/// The plan that the command line names, or the one that the program knows.
fn plan_of(entry: &Entry, arguments: &Arguments) -> Option<PathBuf> {
    arguments.plan.clone().or_else(|| entry.plan.map(PathBuf::from))
}

fn check(
    entries: &[Entry],
    arguments: &Arguments,
    output: &mut dyn Write,
    messages: &mut dyn Write,
) -> io::Result<Exit> {
    let (outputs, mut checked) = (&arguments.outputs, Vec::new());
    for entry in entries {
        match check_one(entry, arguments) {
            Ok(one) => {
                outputs.report(&one, output, messages)?;
                checked.push((*entry, one));
            }
            Err(error) => writeln!(messages, "error: {error}")?,
        }
    }
    let all_were_checked = checked.len() == entries.len();
    let all_is_written = outputs.write(&checked, all_were_checked, output, messages)?;
    let passes = all_were_checked && all_is_written && checked.iter().all(|(_, one)| one.passes());
    Ok(if passes { Exit::Passed } else { Exit::Failed })
}

fn check_one(entry: &Entry, arguments: &Arguments) -> Result<Checked, SlicesError> {
    let by_slices = arguments.sliced || !arguments.slices.is_empty() || plan_of(entry, arguments).is_some();
    match by_slices && !arguments.whole {
        true => sliced(entry, arguments).map(Checked::Slices),
        false => Ok(Checked::Whole(Box::new((entry.check)(settings(entry, arguments))?))),
    }
}

fn sliced(entry: &Entry, arguments: &Arguments) -> Result<SlicedReport, SlicesError> {
    let mut plan = plan_of(entry, arguments).map(Plan::read).transpose()?;
    if let Some(plan) = plan.as_mut().filter(|_| arguments.update) {
        plan.keep(&Slice::all(entry.spec));
    }
    let selection = Selection { plan: plan.clone(), only: arguments.slices.clone() };
    let mut report = (entry.check_slices)(settings(entry, arguments), selection)?;
    if let Some(plan) = plan.as_mut().filter(|_| arguments.update) {
        plan.update(&report)?;
        // What was found is what is planned now.
        report.planned = false;
    }
    Ok(report)
}

/// Why there is no report.
#[derive(Debug, Error)]
pub(super) enum SlicesError {
    #[error(transparent)]
    Plan(#[from] PlanError),
    #[error(transparent)]
    Check(#[from] CheckError),
}

fn settings(entry: &Entry, arguments: &Arguments) -> Settings {
    Settings {
        bounds: arguments.bounds.within(entry),
        threads: arguments.threads,
        budget: arguments.max_states,
        memory: arguments.max_memory,
        cross_check: arguments.cross_check,
        up_to_renaming: arguments.up_to_renaming,
        engine: arguments.engine,
        allow_vacuous: arguments.allow_vacuous,
        observer: progress::observer(entry.spec.name),
    }
}
