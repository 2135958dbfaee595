//! One agent process, from its start to its end.

use std::io::Cursor;
use std::process::{ExitStatus, Stdio};
use std::sync::Arc;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::process::{Child, ChildStderr, ChildStdin, ChildStdout, Command};

use super::group::ProcessGroup;
use super::output::{Lines, OutputLimits, Tail};
use super::{AgentCommand, AgentError, Watchdog};
use crate::protocol::{Line, parse_object};

/// A running agent. Its three pipes and its exit are followed at the same time, so that neither side can block the
/// other by not reading.
#[derive(Debug)]
pub(crate) struct AgentProcess {
    child: Child,
    group: ProcessGroup,
    status: Option<ExitStatus>,
    stdin: Option<ChildStdin>,
    unsent: Cursor<Vec<u8>>,
    keep_stdin: bool,
    stdout: Option<ChildStdout>,
    stderr: Option<ChildStderr>,
    lines: Lines,
    tail: Tail,
}

const CHUNK_BYTES: usize = 8 * 1024;

impl AgentProcess {
    /// Starts the agent. Dropping it kills the agent and everything that it started.
    pub(crate) fn start(
        command: &AgentCommand,
        limits: OutputLimits,
        keep_stdin: bool,
        watchdog: &Arc<Watchdog>,
    ) -> Result<Self, AgentError> {
        let mut process = Command::new(&command.program);
        process.args(&command.arguments).kill_on_drop(true);
        process.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        #[cfg(unix)]
        process.process_group(0);
        let started = process.spawn();
        let mut child = started.map_err(|source| AgentError::Start { program: command.program.clone(), source })?;
        Ok(Self {
            group: ProcessGroup::of(&child, Arc::clone(watchdog)).map_err(AgentError::Unwatched)?,
            status: None,
            stdin: child.stdin.take(),
            unsent: Cursor::default(),
            keep_stdin,
            stdout: child.stdout.take(),
            stderr: child.stderr.take(),
            lines: Lines::new(limits),
            tail: Tail::default(),
            child,
        })
    }

    /// Puts a line behind what is still to be written to the agent. It is written while lines are read.
    pub(crate) fn tell(&mut self, message: &impl serde::Serialize) -> Result<(), AgentError> {
        let unsent = self.unsent.get_mut();
        serde_json::to_writer(&mut *unsent, message).map_err(|fault| AgentError::Pipe(fault.into()))?;
        unsent.push(b'\n');
        Ok(())
    }

    /// The next line; none when the agent closed its output.
    pub(crate) async fn next_line(&mut self) -> Result<Option<Line>, AgentError> {
        loop {
            while let Some(line) = self.lines.next(self.stdout.is_none())? {
                if !line.trim_ascii().is_empty() {
                    return parse(&line).map(Some);
                }
            }
            if self.stdout.is_none() {
                return Ok(None);
            }
            self.step().await?;
        }
    }

    /// Waits for the agent to exit, and for the rest of its stderr.
    pub(crate) async fn exit(&mut self) -> Result<ExitStatus, AgentError> {
        loop {
            match self.status {
                Some(status) if self.stderr.is_none() => return Ok(status),
                _ => self.step().await?,
            }
        }
    }

    /// Kills whatever is left of the agent, and waits for that.
    pub(crate) async fn end(&mut self) -> Result<(), AgentError> {
        self.group.kill();
        if self.status.is_none() {
            self.child.kill().await.map_err(AgentError::Pipe)?;
        }
        Ok(())
    }

    /// The end of what it wrote to stderr.
    pub(crate) fn last_words(&self) -> Vec<String> {
        self.tail.last_lines()
    }

    /// Waits until one of the pipes moves or the agent exits. Dropping the wait loses nothing.
    async fn step(&mut self) -> Result<(), AgentError> {
        let (mut printed, mut logged) = ([0; CHUNK_BYTES], [0; CHUNK_BYTES]);
        tokio::select! {
            count = read(&mut self.stdout, &mut printed), if self.stdout.is_some() => match count {
                Ok(0) => self.stdout = None,
                Ok(count) => self.lines.push(&printed[..count])?,
                Err(fault) => return Err(AgentError::Pipe(fault)),
            },
            count = read(&mut self.stderr, &mut logged), if self.stderr.is_some() => match count {
                Ok(0) => self.stderr = None,
                Ok(count) => self.tail.push(&logged[..count]),
                Err(fault) => return Err(AgentError::Pipe(fault)),
            },
            sent = send(&mut self.stdin, &mut self.unsent), if self.stdin.is_some() => {
                // An agent need not read what it is told: a broken pipe is no error, and its end tells the rest.
                if sent.is_err() || !self.keep_stdin {
                    self.stdin = None;
                }
            }
            status = self.child.wait(), if self.status.is_none() => {
                self.status = Some(status.map_err(AgentError::Pipe)?);
                // What it started and left behind holds its pipes open; the run is over all the same.
                self.group.kill();
            }
        }
        Ok(())
    }
}

async fn read(pipe: &mut Option<impl AsyncReadExt + Unpin>, chunk: &mut [u8]) -> std::io::Result<usize> {
    match pipe {
        Some(pipe) => pipe.read(chunk).await,
        None => Ok(0),
    }
}

/// Ends when everything is written; if there is nothing to write, never.
async fn send(pipe: &mut Option<ChildStdin>, unsent: &mut Cursor<Vec<u8>>) -> std::io::Result<()> {
    let (Some(pipe), false) = (pipe, unsent.get_ref().is_empty()) else { return std::future::pending().await };
    while unsent.position() < unsent.get_ref().len() as u64 {
        pipe.write_buf(unsent).await?;
    }
    *unsent = Cursor::default();
    Ok(())
}

fn parse(line: &[u8]) -> Result<Line, AgentError> {
    parse_object(line).map_err(|fault| AgentError::Garbage { line: excerpt(line), reason: fault.to_string() })
}

/// The beginning of a line, short enough for an error.
fn excerpt(line: &[u8]) -> String {
    const SHOWN_CHARACTERS: usize = 80;
    let text = String::from_utf8_lossy(line);
    let mut shown: String = text.trim_end().chars().take(SHOWN_CHARACTERS).collect();
    if text.trim_end().chars().nth(SHOWN_CHARACTERS).is_some() {
        shown.push('…');
    }
    shown
}
