//! `meerkat step`.

use std::io;
use std::path::PathBuf;

use clap::Args;
use machine_spec::Bounds;
use thiserror::Error;

use super::{Exit, Misuse, Streams, bounds, named_or_only};
use crate::account::ExplainError;
use crate::bound_names::UnknownBound;
use crate::catalog::{Catalog, Entry};
use crate::explorer::Explorer;
use crate::output::reading::{self, ReadError};
use crate::stepper::Stepper;

#[derive(Args)]
#[command(
    after_help = "Type help when it runs. Lines may come from a pipe: printf 'Open\\nstate\\n' | meerkat step Door"
)]
pub(super) struct Arguments {
    /// The machine to step through; may be left out if there is only one
    machine: Option<String>,
    /// Load a trace to go along: a counterexample (of `check --itf` or `check --format json`, the first one), or a walk
    /// that was saved. Its bounds hold, unless others are given
    #[arg(long, value_name = "FILE")]
    trace: Option<PathBuf>,
    #[command(flatten)]
    bounds: bounds::Arguments,
}

/// Why there is nothing to walk.
#[derive(Debug, Error)]
enum StepError {
    #[error(transparent)]
    Read(#[from] ReadError),
    #[error("{} is a trace of machine {of}, and not of {machine}", file.display())]
    OtherMachine { file: PathBuf, of: String, machine: &'static str },
    #[error(transparent)]
    Bound(#[from] UnknownBound),
    #[error("the trace cannot be walked: {0}")]
    Input(#[from] ExplainError),
}

pub(super) fn run(catalog: &Catalog, arguments: &Arguments, streams: Streams<'_>) -> io::Result<Result<Exit, Misuse>> {
    let entry = match plan(catalog, arguments) {
        Ok(entry) => entry,
        Err(misuse) => return Ok(Err(misuse)),
    };
    match load(&entry, arguments) {
        Ok((stepper, path)) => {
            let lines = (streams.input, streams.output);
            Explorer::new((stepper, entry.step), path, streams.is_terminal, lines).run()?;
            Ok(Ok(Exit::Passed))
        }
        Err(error) => {
            writeln!(streams.messages, "error: {error}")?;
            Ok(Ok(Exit::Misused))
        }
    }
}

fn plan(catalog: &Catalog, arguments: &Arguments) -> Result<Entry, Misuse> {
    let entry = named_or_only(catalog, arguments.machine.as_deref())?;
    arguments.bounds.verify(&[entry])?;
    Ok(entry)
}

/// A walk in the initial state, and the inputs to follow.
fn load(entry: &Entry, arguments: &Arguments) -> Result<(Box<dyn Stepper>, Vec<usize>), StepError> {
    let given = arguments.bounds.within(entry);
    let Some(file) = &arguments.trace else { return Ok(((entry.step)(&given)?, Vec::new())) };
    let trace = reading::read(file)?;
    if let Some(of) = trace.machine.filter(|of| of != entry.spec.name) {
        return Err(StepError::OtherMachine { file: file.clone(), of, machine: entry.spec.name });
    }
    let bounds: Bounds = trace.bounds.filter(|_| !arguments.bounds.are_given()).unwrap_or(given);
    let stepper = (entry.step)(&bounds)?;
    let path = trace.inputs.iter().map(|input| stepper.find(input)).collect::<Result<_, _>>()?;
    Ok((stepper, path))
}
