//! A host of agent sessions: prompts in, one child process per run, results out, and a store that survives `kill -9`.
//!
//! ```text
//! cargo run --package meerkat-runtime --example host -- run --store demo.sqlite --agent @words prompts.jsonl
//! ```
//!
//! Each line of the prompt file names a session: `{"session":"alice","prompt":"hello"}`. Runs of one session happen one
//! after the other, those of different sessions at once. Any program can be an agent: it reads one JSON line and prints
//! some (see `protocol.rs`). In Python:
//!
//! ```python
//! import json
//! turn = json.loads(input())
//! print(json.dumps({"partial": "thinking"}), flush=True)
//! print(json.dumps({"result": turn["inputs"][0]["prompt"].upper()}))
//! ```
//!
//! Promises, each one tested by killing the host at many points: a prompt whose `accepted` line was printed is settled
//! exactly once, whatever happens; one whose `done` line was printed is never run again; the order of a session's
//! prompts is kept. A run that a crash cut off is tried again.
//!
//! To copy it, begin with `host.rs`, `session.rs` and `executor.rs`.

mod agent;
mod agents;
mod arguments;
mod ending;
mod error;
mod executor;
mod host;
mod inspect;
mod leftovers;
mod outcome;
mod prompts;
mod protocol;
mod report;
mod session;
mod signals;
mod start;
mod store;
mod summary;
mod text;

use std::process::ExitCode;

use clap::Parser;

use crate::agents::AgentFault;
use crate::arguments::{Agent, Arguments, Command};
use crate::error::HostError;
use crate::executor::describe;

fn main() -> ExitCode {
    match Arguments::parse().command {
        Command::Run(arguments) => finish(in_tokio(start::run(arguments))),
        Command::Results(arguments) => finish(in_tokio(inspect::results(arguments)).map(|()| ExitCode::SUCCESS)),
        Command::Sessions(arguments) => finish(in_tokio(inspect::sessions(arguments)).map(|()| ExitCode::SUCCESS)),
        Command::Agent(agent) => be_agent(&agent),
        Command::Watchdog => {
            agent::be_watchdog();
            ExitCode::SUCCESS
        }
    }
}

fn in_tokio<T>(work: impl Future<Output = Result<T, HostError>>) -> Result<T, HostError> {
    let tokio = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let result = tokio.block_on(work);
    // Only a write to an output that nobody reads can still go on, and nobody waits for that.
    tokio.shutdown_background();
    result
}

fn finish(result: Result<ExitCode, HostError>) -> ExitCode {
    match result {
        Ok(code) => code,
        // Whoever read the output has seen enough, as in `host results | head`.
        Err(HostError::System(fault)) if fault.kind() == std::io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("host: {}", describe(&error));
            ExitCode::from(error.exit_code())
        }
    }
}

fn be_agent(agent: &Agent) -> ExitCode {
    let done: Result<ExitCode, AgentFault> = match agent {
        Agent::Words => agents::words::run().map(|()| ExitCode::SUCCESS),
        Agent::Slow(slow) => agents::slow::run(slow).map(|()| ExitCode::SUCCESS),
        Agent::Flaky(flaky) => agents::flaky::run(flaky),
    };
    done.unwrap_or_else(|fault| {
        eprintln!("agent: {fault}");
        ExitCode::FAILURE
    })
}
