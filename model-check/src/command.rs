//! The command `meerkat`, for any list of machines.
//!
//! A program that checks machines of its own is one line: `model_check::command_line(Catalog::new().with::<Light>())`.

use std::ffi::OsString;
use std::io::{self, Write};
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};
use machine_spec::Bounds;
use thiserror::Error;

use crate::bound_names::{self, suggestion};
use crate::catalog::{Catalog, Entry, Settings};
use crate::progress;

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// It did what was asked for, and every machine that was checked passes. Exit code 0.
    Passed = 0,
    /// A machine does not pass. Exit code 1.
    Failed = 1,
    /// The command line is wrong. Exit code 2.
    Misused = 2,
}

impl From<Exit> for ExitCode {
    fn from(outcome: Exit) -> Self {
        Self::from(outcome as u8)
    }
}

#[derive(Debug, Error)]
enum Misuse {
    #[error("there is no machine {name}{}", suggestion(*nearest))]
    UnknownMachine { name: String, nearest: Option<&'static str> },
    #[error("no checked machine has anything to bound under the name {name}{}", suggestion(nearest.as_deref()))]
    UnknownBound { name: String, nearest: Option<String> },
    #[error("this program knows no machines")]
    NoMachines,
}

/// Checks machines exhaustively within bounds.
#[derive(Parser)]
#[command(name = "meerkat", version)]
struct CommandLine {
    #[command(subcommand)]
    request: Request,
}

#[derive(Subcommand)]
enum Request {
    /// Checks a machine, or every machine if none is named
    Check(CheckArguments),
    /// Lists the machines
    List,
}

#[derive(Args)]
struct CheckArguments {
    /// The machine to check
    machine: Option<String>,
    /// How many ids there are of each type
    #[arg(long, value_name = "N", default_value_t = 2)]
    ids: u64,
    /// The highest epoch of each type
    #[arg(long, value_name = "N", default_value_t = 2)]
    epochs: u64,
    /// The highest value of each integer
    #[arg(long, value_name = "N", default_value_t = 2)]
    integers: u64,
    /// A bound by name: an id or epoch type, an input's member (Admit.priority) or a region's field (ingress.attempts)
    #[arg(long = "bound", value_name = "NAME=N", value_parser = named_bound)]
    bounds: Vec<(String, u64)>,
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

fn named_bound(text: &str) -> Result<(String, u64), String> {
    let (name, number) = text.split_once('=').ok_or("expected NAME=N, such as RunId=3")?;
    let number = number.parse().map_err(|error| format!("{number} is no bound: {error}"))?;
    Ok((name.to_owned(), number))
}

/// Runs the command with the arguments of this process. The whole `main` of a program that hosts machines.
pub fn command_line(catalog: Catalog) -> ExitCode {
    match execute(&catalog, std::env::args_os(), &mut io::stdout(), &mut io::stderr()) {
        Ok(outcome) => outcome.into(),
        // Whoever read the report has seen enough.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Exit::Failed.into(),
        Err(error) => {
            eprintln!("error: the report cannot be written: {error}");
            Exit::Failed.into()
        }
    }
}

/// Runs the command with these arguments, of which the first is the program's name. Reports go to `output`, errors to
/// `messages`.
///
/// # Errors
/// If one of the two cannot be written to.
pub fn execute(
    catalog: &Catalog,
    arguments: impl IntoIterator<Item = impl Into<OsString> + Clone>,
    output: &mut dyn Write,
    messages: &mut dyn Write,
) -> io::Result<Exit> {
    let request = match CommandLine::try_parse_from(arguments) {
        Ok(command_line) => command_line.request,
        Err(error) if error.use_stderr() => {
            write!(messages, "{}", error.render())?;
            return Ok(Exit::Misused);
        }
        // The help and the version are errors to clap, and answers to whoever asked.
        Err(answer) => {
            write!(output, "{}", answer.render())?;
            return Ok(Exit::Passed);
        }
    };
    match request {
        Request::List => list(catalog, output),
        Request::Check(arguments) => match plan(catalog, &arguments) {
            Ok(entries) => check(&entries, &arguments, output, messages),
            Err(misuse) => {
                writeln!(messages, "error: {misuse}")?;
                Ok(Exit::Misused)
            }
        },
    }
}

fn list(catalog: &Catalog, output: &mut dyn Write) -> io::Result<Exit> {
    let width = catalog.entries().iter().map(|entry| entry.spec.name.chars().count()).max().unwrap_or(0);
    for Entry { spec, .. } in catalog.entries() {
        let summary = spec.doc.lines().next().unwrap_or("").trim();
        writeln!(output, "{:<width$}  {summary}", spec.name)?;
    }
    Ok(Exit::Passed)
}

/// The machines to check, once every name on the command line is known to mean something.
fn plan(catalog: &Catalog, arguments: &CheckArguments) -> Result<Vec<Entry>, Misuse> {
    let entries = match &arguments.machine {
        None => catalog.entries().to_vec(),
        Some(name) => {
            let unknown = || Misuse::UnknownMachine { name: name.clone(), nearest: catalog.nearest(name) };
            vec![catalog.find(name).ok_or_else(unknown)?]
        }
    };
    if entries.is_empty() {
        return Err(Misuse::NoMachines);
    }
    let known: Vec<String> = entries.iter().flat_map(|entry| bound_names::known(entry.spec)).collect();
    match arguments.bounds.iter().find(|(name, _)| !known.contains(name)) {
        None => Ok(entries),
        Some((name, _)) => {
            let nearest = bound_names::nearest(name, known.iter().map(String::as_str)).map(str::to_owned);
            Err(Misuse::UnknownBound { name: name.clone(), nearest })
        }
    }
}

fn check(
    entries: &[Entry],
    arguments: &CheckArguments,
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

/// The settings for one machine: of the bounds by name, those that mean something to it.
fn settings(entry: &Entry, arguments: &CheckArguments) -> Settings {
    let known = bound_names::known(entry.spec);
    let general =
        Bounds::default().with_ids(arguments.ids).with_epochs(arguments.epochs).with_integers(arguments.integers);
    let named = arguments.bounds.iter().filter(|(name, _)| known.contains(name));
    Settings {
        bounds: named.fold(general, |bounds, (name, bound)| bounds.with(name.clone(), *bound)),
        threads: arguments.threads,
        budget: arguments.max_states,
        cross_check: !arguments.no_cross_check,
        allow_vacuous: arguments.allow_vacuous,
        observer: progress::observer(entry.spec.name),
    }
}
