//! The command line.

use std::num::{NonZeroU32, NonZeroU64, NonZeroUsize};
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use crate::agent::Watchdog;
use crate::agents::flaky::Flaky;
use crate::agents::slow::Slow;
use crate::report::Format;

/// Hosts agent sessions: each run is a child process, and nothing that was accepted is lost or repeated.
#[derive(Debug, Parser)]
#[command(name = "host", version)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Give prompts to sessions, run an agent on them, and end when all are settled.
    Run(Run),
    /// Show what became of the inputs in a store.
    Results(Results),
    /// Show the sessions in a store.
    Sessions(Sessions),
    /// Be an agent. The host starts these as child processes: --agent @words.
    #[command(subcommand)]
    Agent(Agent),
    /// Kill the agents that a host leaves behind. A host starts it for itself.
    #[command(name = Watchdog::COMMAND, hide = true)]
    Watchdog,
}

/// Gives prompts to sessions, runs an agent on them, and ends when all are settled.
///
/// What an earlier start left behind goes on first. Exit code: 0 if every input was consumed, 1 if some were given up or
/// rejected, 2 if the host could not start, 3 if the store failed or results could not be written, 130 if it was told to
/// end (Ctrl-C, SIGTERM) before its work was done.
#[derive(Debug, Args)]
pub(crate) struct Run {
    /// The SQLite file that keeps the sessions; made if it is not there.
    #[arg(long, value_name = "FILE")]
    pub(crate) store: PathBuf,
    /// The agent's command, split into words like a shell does; @words, @slow and @flaky are built in.
    #[arg(long, value_name = "COMMAND")]
    pub(crate) agent: Option<String>,
    /// Prompts as JSON lines, {"session":"alice","prompt":"hello"}; - is stdin. A line of a file has the key
    /// <file name>:<line number> unless it says "key", so giving the file again goes on where it stopped.
    #[arg(value_name = "PROMPT_FILE")]
    pub(crate) prompts: Vec<PathBuf>,
    /// How many agents may run at once [default: twice the cores].
    #[arg(long, value_name = "N")]
    pub(crate) max_running: Option<NonZeroUsize>,
    /// How often an input is tried before it is given up.
    #[arg(long, value_name = "N", default_value = "3")]
    pub(crate) attempts: NonZeroU32,
    /// How long one run of the agent may take; then it is killed.
    #[arg(long, value_name = "MS", default_value = "600000")]
    pub(crate) agent_timeout_ms: NonZeroU64,
    /// How much the agent may print in one run.
    #[arg(long, value_name = "BYTES", default_value = "4194304")]
    pub(crate) output_limit_bytes: NonZeroUsize,
    /// How long one line of the agent may be.
    #[arg(long, value_name = "BYTES", default_value = "1048576")]
    pub(crate) line_limit_bytes: NonZeroUsize,
    /// Keep the agent's stdin open, so that it can be steered at boundaries. It must then read one line only.
    #[arg(long)]
    pub(crate) steerable: bool,
    /// What stdout shows [default: text on a terminal, json elsewhere].
    #[arg(long, value_enum)]
    pub(crate) format: Option<Format>,
    /// Also add every event as a JSON line to this file; - stands for --format json.
    #[arg(long, value_name = "FILE")]
    pub(crate) results: Option<PathBuf>,
    /// How long current runs may go on after Ctrl-C; a second Ctrl-C ends them at once.
    #[arg(long, value_name = "MS", default_value_t = 10_000)]
    pub(crate) drain_ms: u64,
    /// The size that the store may reach.
    #[arg(long, value_name = "BYTES")]
    pub(crate) store_limit_bytes: Option<u64>,
}

/// Shows what became of the inputs in a store.
#[derive(Debug, Args)]
pub(crate) struct Results {
    /// The store.
    #[arg(long, value_name = "FILE")]
    pub(crate) store: PathBuf,
    /// Only this session.
    #[arg(long)]
    pub(crate) session: Option<String>,
    /// Only inputs in this state.
    #[arg(long, value_enum)]
    pub(crate) state: Option<State>,
    /// Print them as prompts, to give them again as new ones.
    #[arg(long, conflicts_with = "format")]
    pub(crate) as_prompts: bool,
    /// What stdout shows [default: text on a terminal, json elsewhere].
    #[arg(long, value_enum)]
    pub(crate) format: Option<Format>,
}

/// Shows the sessions in a store.
#[derive(Debug, Args)]
pub(crate) struct Sessions {
    /// The store.
    #[arg(long, value_name = "FILE")]
    pub(crate) store: PathBuf,
    /// What stdout shows [default: text on a terminal, json elsewhere].
    #[arg(long, value_enum)]
    pub(crate) format: Option<Format>,
}

/// Where an input is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum State {
    /// It is not settled.
    Waiting,
    /// It was consumed.
    Done,
    /// It was given up.
    Abandoned,
    /// A later input took its place.
    Superseded,
    /// It became part of an earlier input.
    Coalesced,
    /// Its outcome cannot be read by this program.
    Unreadable,
}

/// The agents of this program.
#[derive(Debug, Subcommand)]
pub(crate) enum Agent {
    /// Count the words of the prompt.
    Words,
    /// Take some time.
    Slow(Slow),
    /// Fail first.
    Flaky(Flaky),
}
