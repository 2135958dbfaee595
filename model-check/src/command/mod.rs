//! The command `meerkat`, for any list of machines.
//!
//! A program that checks machines of its own is one line: `model_check::command_line(Catalog::new().with::<Light>())`.

mod bounds;
mod check;
mod expand;
mod explain;
mod graph;
mod mutants;
mod outputs;
mod serve;
mod step;
mod tla;
mod walk;
mod watch;

use std::ffi::OsString;
use std::io::{self, BufRead, IsTerminal, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use thiserror::Error;

use crate::bound_names::suggestion;
use crate::catalog::{Catalog, Entry};

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
    #[error("machine {machine} has no region {name}{}; it has {known}", suggestion(*nearest))]
    UnknownRegion { machine: &'static str, name: String, nearest: Option<&'static str>, known: String },
    #[error("this program knows several machines: name one of {0}")]
    NoMachineNamed(String),
    #[error("expected a machine and an input, or an input, and not {0} words; an input is one word in quotes")]
    TooManyInputs(usize),
    #[error("the bounds of machine {machine} are in {}; change them there, or check it with --whole", plan.display())]
    PlannedBounds { machine: &'static str, plan: PathBuf },
    #[error("machine {0} has no plan to update")]
    NoPlan(&'static str),
    #[error("this program knows no machines")]
    NoMachines,
}

/// Checks machines exhaustively within bounds, and shows what they are.
#[derive(Parser)]
#[command(name = "meerkat", version)]
struct CommandLine {
    #[command(subcommand)]
    request: Request,
}

#[derive(Subcommand)]
enum Request {
    /// Checks a machine, or every machine if none is named
    Check(check::Arguments),
    /// Takes random walks through a machine, within bounds that are too large for a check
    Walk(walk::Arguments),
    /// Draws a machine, or one of its regions
    Graph(graph::Arguments),
    /// Says why a machine accepts or rejects an input
    Explain(explain::Arguments),
    /// Steps through a machine by hand: shows what every input would do, and takes one after the other
    Step(step::Arguments),
    /// Shows a machine's states in a web browser
    Serve(serve::Arguments),
    /// Prints the code that a machine is compiled into
    Expand(expand::Arguments),
    /// Tries machines with one small mistake each, and shows the mistakes that nobody notices
    Mutants(mutants::Arguments),
    /// Exports a machine as a TLA+ module
    Tla(tla::Arguments),
    /// Lists the machines
    List,
}

/// What a command reads and writes.
struct Streams<'streams> {
    input: &'streams mut dyn BufRead,
    /// Whether somebody types the input and sees it.
    is_terminal: bool,
    output: &'streams mut dyn Write,
    messages: &'streams mut dyn Write,
}

/// Runs the command with the arguments of this process. The whole `main` of a program that hosts machines.
pub fn command_line(catalog: Catalog) -> ExitCode {
    let (input, mut output, mut messages) = (io::stdin(), io::stdout(), io::stderr());
    let streams = Streams {
        is_terminal: input.is_terminal(),
        input: &mut input.lock(),
        output: &mut output,
        messages: &mut messages,
    };
    match dispatch(&catalog, std::env::args_os().collect(), streams) {
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
/// `messages`. A command that asks for input gets none.
///
/// # Errors
/// If one of the two cannot be written to.
pub fn execute(
    catalog: &Catalog,
    arguments: impl IntoIterator<Item = impl Into<OsString> + Clone>,
    output: &mut dyn Write,
    messages: &mut dyn Write,
) -> io::Result<Exit> {
    execute_with_input(catalog, arguments, &mut io::empty(), output, messages)
}

/// The same, with what a command asks for: `meerkat step` reads its lines from `input`.
///
/// # Errors
/// If `input` cannot be read, or one of the others cannot be written to.
pub fn execute_with_input(
    catalog: &Catalog,
    arguments: impl IntoIterator<Item = impl Into<OsString> + Clone>,
    input: &mut dyn BufRead,
    output: &mut dyn Write,
    messages: &mut dyn Write,
) -> io::Result<Exit> {
    let arguments = arguments.into_iter().map(Into::into).collect();
    dispatch(catalog, arguments, Streams { input, is_terminal: false, output, messages })
}

fn dispatch(catalog: &Catalog, arguments: Vec<OsString>, streams: Streams<'_>) -> io::Result<Exit> {
    let Streams { output, messages, .. } = streams;
    let request = match CommandLine::try_parse_from(&arguments) {
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
    let outcome = match request {
        Request::List => return list(catalog, output),
        Request::Check(check) if check.watches() => watch::run(catalog, &check, &arguments, output, messages)?,
        Request::Check(arguments) => check::run(catalog, &arguments, output, messages)?,
        Request::Walk(arguments) => walk::run(catalog, &arguments, output, messages)?,
        Request::Graph(arguments) => graph::run(catalog, &arguments, output, messages)?,
        Request::Explain(arguments) => explain::run(catalog, &arguments, output, messages)?,
        Request::Step(step) => {
            let (input, is_terminal) = (streams.input, streams.is_terminal);
            step::run(catalog, &step, Streams { input, is_terminal, output, messages: &mut *messages })?
        }
        Request::Serve(arguments) => serve::run(catalog, &arguments, output, messages)?,
        Request::Mutants(arguments) => mutants::run(catalog, &arguments, output, messages)?,
        Request::Tla(arguments) => tla::run(catalog, &arguments, output, messages)?,
        Request::Expand(arguments) => Ok(expand::run(&arguments, output, messages)?),
    };
    match outcome {
        Ok(exit) => Ok(exit),
        Err(misuse) => {
            writeln!(messages, "error: {misuse}")?;
            Ok(Exit::Misused)
        }
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

/// The machines that a name stands for: every one if there is no name.
fn named_or_all(catalog: &Catalog, name: Option<&str>) -> Result<Vec<Entry>, Misuse> {
    let entries = match name {
        None => catalog.entries().to_vec(),
        Some(name) => vec![named(catalog, name)?],
    };
    if entries.is_empty() { Err(Misuse::NoMachines) } else { Ok(entries) }
}

/// The one machine that a name stands for: the only one if there is no name.
fn named_or_only(catalog: &Catalog, name: Option<&str>) -> Result<Entry, Misuse> {
    match (named_or_all(catalog, name)?.as_slice(), catalog.entries()) {
        ([only], _) => Ok(*only),
        (_, all) => {
            let names: Vec<&str> = all.iter().map(|entry| entry.spec.name).collect();
            Err(Misuse::NoMachineNamed(names.join(", ")))
        }
    }
}

fn named(catalog: &Catalog, name: &str) -> Result<Entry, Misuse> {
    let unknown = || Misuse::UnknownMachine { name: name.to_owned(), nearest: catalog.nearest(name) };
    catalog.find(name).ok_or_else(unknown)
}
