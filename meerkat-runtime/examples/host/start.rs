//! From the command line to a host and back to an exit code.

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use meerkat_runtime::RuntimeOptions;
use meerkat_runtime::store::{RuntimeStore, SqliteOptions, SqliteStore};

use crate::agent::{AgentCommand, OutputLimits, Watchdog};
use crate::arguments::Run;
use crate::ending::{Ending, Reason};
use crate::error::{HostError, INTERRUPTED};
use crate::executor::{AgentExecutor, AgentOptions};
use crate::host::{Host, tell_the_rest};
use crate::inspect::format;
use crate::leftovers::Leftovers;
use crate::prompts::{Source, read_all};
use crate::report::{self, Event, Format, Reporter};
use crate::signals::Signals;
use crate::summary::{Summary, Tally};

/// Checks everything that can be checked before the store is touched, then hosts.
pub(crate) async fn run(arguments: Run) -> Result<ExitCode, HostError> {
    let command = arguments.agent.as_deref().map(AgentCommand::parse).transpose()?;
    let sources = Source::open_all(&arguments.prompts)?;
    if command.is_none() && !sources.is_empty() {
        return Err(HostError::NoAgent);
    }
    let (shown, file) = outputs(&arguments)?;
    let mut signals = Signals::listen()?;
    let store = Arc::new(open(&arguments).await?);
    let leftovers = Leftovers::find(store.as_ref()).await?;
    if sources.is_empty() && leftovers.is_empty() {
        let path = arguments.store.display();
        eprintln!("host: nothing waits in {path} and no prompts are given; name prompt files, or - for stdin");
    }
    let command = match command {
        Some(command) => command,
        None if leftovers.is_empty() => return Ok(ExitCode::SUCCESS),
        None => return Err(HostError::NoAgent),
    };
    let (reporter, writer) = report::start(shown, file)?;
    let (options, ending) = (agent_options(&arguments, command), Ending::default());
    let executor = AgentExecutor::new(options, Watchdog::start()?, reporter.clone(), ending.clone());
    let options = runtime_options(&arguments);
    let host = Arc::new(Host::new(Arc::clone(&store), leftovers, options, executor, reporter.clone(), ending.clone()));
    let summary = host.run(read_all(sources), &mut signals, Duration::from_millis(arguments.drain_ms)).await?;
    drop(host);
    let closed = store.close().await;
    let tally = summary.tally;
    say_end(reporter, summary, &arguments.store).await;
    tell_the_rest(writer.finish(), &mut signals, &ending).await??;
    closed?;
    verdict(ending.reason(), tally)
}

/// What stdout shows, and the file that gets JSON lines as well.
fn outputs(arguments: &Run) -> Result<(Format, Option<PathBuf>), HostError> {
    let to_stdout = arguments.results.as_deref() == Some(Path::new("-"));
    match (to_stdout, arguments.format) {
        (true, Some(Format::Text)) => Err(HostError::TwoFormats),
        (true, _) => Ok((Format::Json, None)),
        (false, wanted) => Ok((format(wanted), arguments.results.clone())),
    }
}

async fn open(arguments: &Run) -> Result<SqliteStore, HostError> {
    let options = match arguments.store_limit_bytes {
        Some(limit_bytes) => SqliteOptions::default().with_max_bytes(limit_bytes),
        None => SqliteOptions::default(),
    };
    Ok(SqliteStore::open(&arguments.store, options).await?)
}

fn agent_options(arguments: &Run, command: AgentCommand) -> AgentOptions {
    let cores = || std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
    AgentOptions {
        command,
        max_running: arguments.max_running.map_or_else(|| 2 * cores(), NonZeroUsize::get),
        timeout: Duration::from_millis(arguments.agent_timeout_ms.get()),
        limits: OutputLimits {
            line_bytes: arguments.line_limit_bytes.get(),
            total_bytes: arguments.output_limit_bytes.get(),
        },
        steerable: arguments.steerable,
    }
}

fn runtime_options(arguments: &Run) -> RuntimeOptions {
    // A slow terminal holds up who takes the events, so there is room for many.
    RuntimeOptions { attempt_limit: arguments.attempts.get(), event_capacity: 8192, ..RuntimeOptions::default() }
}

async fn say_end(reporter: Reporter, summary: Summary, store: &Path) {
    let (left, untaken) = (summary.tally.left, summary.tally.untaken);
    reporter.tell(Event::Summary(summary)).await;
    if left > 0 {
        eprintln!("host: {left} inputs wait in {}; start the host on it again and they go on", store.display());
    }
    if untaken > 0 {
        eprintln!("host: {untaken} prompts were read and not taken in; give them again");
    }
}

fn verdict(reason: Option<&Reason>, tally: Tally) -> Result<ExitCode, HostError> {
    match reason {
        Some(Reason::Interrupted) => return Ok(ExitCode::from(INTERRUPTED)),
        Some(Reason::NoAgent { message }) => return Err(HostError::AgentGone { message: message.clone() }),
        Some(Reason::StoreFailed { message }) => return Err(HostError::StoreFailed { message: message.clone() }),
        // The writer said why.
        Some(Reason::Unheard) | None => {}
    }
    Ok(ExitCode::from(match tally {
        Tally { failed_sessions: 1.., .. } => 3,
        Tally { abandoned: 0, rejected: 0, left: 0, untaken: 0, .. } => 0,
        _ => 1,
    }))
}
