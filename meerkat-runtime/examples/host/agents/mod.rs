//! Small agents to try a host with, and to copy. Each is a real child process: this program, started once more.

pub(crate) mod flaky;
pub(crate) mod slow;
pub(crate) mod words;

use std::io::{self, BufRead, Write};

use crate::protocol::{Line, Turn};

/// Why an agent gives up. It goes to stderr, which the host keeps the end of.
#[derive(Debug, thiserror::Error)]
pub(crate) enum AgentFault {
    /// The host wrote nothing.
    #[error("there is no turn on stdin; let the host start this agent, or write one JSON line to it")]
    NoTurn,
    /// What the host wrote is no turn.
    #[error("the line on stdin is no turn ({0}); look at the protocol of the host")]
    BadTurn(#[from] serde_json::Error),
    /// Its log cannot be written.
    #[error("the log cannot be written ({0}); check its path")]
    Log(#[source] io::Error),
    /// The host is gone.
    #[error("the host is gone ({0}); start it again")]
    HostGone(#[from] io::Error),
}

/// Reads one line from the host.
pub(crate) fn hear<T: serde::de::DeserializeOwned>() -> Result<T, AgentFault> {
    let mut line = String::new();
    if io::stdin().lock().read_line(&mut line)? == 0 {
        return Err(AgentFault::NoTurn);
    }
    Ok(serde_json::from_str(&line)?)
}

/// Prints one line to the host, at once.
pub(crate) fn say(line: &Line) -> Result<(), AgentFault> {
    let mut stdout = io::stdout().lock();
    serde_json::to_writer(&mut stdout, line)?;
    stdout.write_all(b"\n")?;
    Ok(stdout.flush()?)
}

/// All prompts of a turn, in order.
pub(crate) fn prompts(turn: &Turn) -> Vec<&str> {
    let mut prompts = Vec::new();
    for input in &turn.inputs {
        prompts.push(input.prompt.as_str());
        prompts.extend(input.coalesced.iter().map(|part| part.prompt.as_str()));
    }
    prompts
}
