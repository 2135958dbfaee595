//! `meerkat mutants`.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use clap::Args;
use thiserror::Error;

use super::graph::region;
use super::{Exit, Misuse, bounds, named_or_only};
use crate::catalog::{Catalog, Entry, MutationSettings};
use crate::mutation::{MutationError, MutationKind, MutationReport};
use crate::plan::{Plan, PlanError};
use crate::progress;

#[derive(Args)]
pub(super) struct Arguments {
    /// The machine whose mutants are tried; may be left out if there is only one
    machine: Option<String>,
    #[command(flatten)]
    bounds: bounds::Arguments,
    /// Try all regions together, within the bounds given here, although there is a plan for the slices
    #[arg(long)]
    whole: bool,
    /// Try slice by slice as this plan says, in place of the plan that the program knows
    #[arg(long, value_name = "FILE", conflicts_with = "whole")]
    plan: Option<PathBuf>,
    /// Try the mutants of this slice in this slice only; may be given several times
    #[arg(long = "slice", value_name = "NAME", conflicts_with = "whole")]
    slices: Vec<String>,
    /// Make mistakes of this kind only; may be given several times. All that a check could notice unless given
    #[arg(long = "kind", value_name = "KIND", value_enum)]
    kinds: Vec<MutationKind>,
    /// Make mistakes in this region only; may be given several times
    #[arg(long = "region", value_name = "NAME")]
    regions: Vec<String>,
    /// Give a mutant up where it has so many states more than the machine; 50000 unless given
    #[arg(long, value_name = "N")]
    budget: Option<usize>,
    /// How many threads try mutants
    #[arg(long, value_name = "N")]
    threads: Option<usize>,
    /// Pass in spite of mutants that differ in effects only, or in whether an input that changes nothing is accepted
    #[arg(long)]
    answers_aside: bool,
    /// Take no account of the numbers that the plan pins: what nothing else notices survives
    #[arg(long)]
    properties_only: bool,
    /// Pass if the numbers of mutants that are killed, equivalent and so on are those of this file; with --region, those of
    /// these regions
    #[arg(long, value_name = "FILE")]
    score: Option<PathBuf>,
    /// Write the numbers into that file
    #[arg(long, requires = "score")]
    update: bool,
    /// List every mutant with what became of it
    #[arg(long)]
    list: bool,
}

/// Why mutants are not tried.
#[derive(Debug, Error)]
enum MutantsError {
    #[error(transparent)]
    Plan(#[from] PlanError),
    #[error(transparent)]
    Mutation(#[from] MutationError),
}

pub(super) fn run(
    catalog: &Catalog,
    arguments: &Arguments,
    output: &mut dyn Write,
    messages: &mut dyn Write,
) -> io::Result<Result<Exit, Misuse>> {
    let (entry, plan) = match prepare(catalog, arguments) {
        Ok(prepared) => prepared,
        Err(misuse) => return Ok(Err(misuse)),
    };
    match tried(&entry, arguments, plan) {
        Ok(report) => {
            print(&report, arguments, output)?;
            let passes = match &arguments.score {
                None => report.passes(),
                Some(file) => is_score(&report, file, arguments, output, messages)?,
            };
            Ok(Ok(if passes { Exit::Passed } else { Exit::Failed }))
        }
        Err(error) => {
            writeln!(messages, "error: {error}")?;
            Ok(Ok(Exit::Failed))
        }
    }
}

/// Whether the numbers are those of a file, or were written there. Of regions that were not asked for nothing is said.
fn is_score(
    report: &MutationReport,
    file: &Path,
    arguments: &Arguments,
    output: &mut dyn Write,
    messages: &mut dyn Write,
) -> io::Result<bool> {
    let name = file.display();
    let known = match fs::read_to_string(file) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
        known => known?,
    };
    let earlier = if arguments.regions.is_empty() { "" } else { &known };
    let score = match report.score_file(earlier) {
        Ok(score) => score,
        Err(error) => {
            writeln!(messages, "error: {name} is no TOML: {error}")?;
            return Ok(false);
        }
    };
    if arguments.update {
        fs::write(file, score)?;
        writeln!(output, "the numbers are written to {name}")?;
        return Ok(true);
    }
    let is_same = known == score;
    match is_same {
        true => writeln!(output, "these are the numbers of {name}")?,
        false => writeln!(messages, "error: these are not the numbers of {name}; --update writes them")?,
    }
    Ok(is_same)
}

/// The machine and its plan, once every name on the command line is known to mean something.
fn prepare(catalog: &Catalog, arguments: &Arguments) -> Result<(Entry, Option<PathBuf>), Misuse> {
    let entry = named_or_only(catalog, arguments.machine.as_deref())?;
    arguments.bounds.verify(&[entry])?;
    arguments.regions.iter().try_for_each(|name| region(&entry, name).map(drop))?;
    let plan = arguments.plan.clone().or_else(|| entry.plan.map(PathBuf::from)).filter(|_| !arguments.whole);
    match plan {
        Some(plan) if arguments.bounds.are_given() => Err(Misuse::PlannedBounds { machine: entry.spec.name, plan }),
        plan => Ok((entry, plan)),
    }
}

fn tried(entry: &Entry, arguments: &Arguments, plan: Option<PathBuf>) -> Result<MutationReport, MutantsError> {
    let settings = MutationSettings {
        bounds: arguments.bounds.within(entry),
        plan: plan.map(Plan::read).transpose()?,
        slices: arguments.slices.clone(),
        kinds: arguments.kinds.clone(),
        regions: arguments.regions.clone(),
        threads: arguments.threads,
        budget: arguments.budget,
        answers_aside: arguments.answers_aside,
        properties_only: arguments.properties_only,
        observer: progress::mutation_observer(entry.spec.name),
    };
    Ok((entry.mutants)(settings)?)
}

fn print(report: &MutationReport, arguments: &Arguments, output: &mut dyn Write) -> io::Result<()> {
    if arguments.list {
        for trial in &report.trials {
            writeln!(output, "{}\n  {}: {}\n  {}", trial.mutant.place, trial.mutant.kind, trial.mutant, trial.fate)?;
        }
        writeln!(output)?;
    }
    writeln!(output, "{report}")
}
