//! What can go wrong with an agent.

use std::fmt;
use std::path::PathBuf;
use std::process::ExitStatus;

/// Why a run of an agent gave no result.
#[derive(Debug, thiserror::Error)]
pub(crate) enum AgentError {
    /// The process could not be started.
    #[error("the agent {} cannot be started; check that the program is there and that the system has room", .program.display())]
    Start {
        /// The program.
        program: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// Nobody would kill it after a crash of the host.
    #[error("the watchdog of the agents is gone ({0}); see who killed it")]
    Unwatched(#[source] std::io::Error),
    /// The process cannot be talked to.
    #[error("the pipe to the agent broke ({0}); try again")]
    Pipe(#[source] std::io::Error),
    /// It printed something else than a line of the protocol.
    #[error(
        "the agent printed {line:?}, which is no line of the protocol ({reason}); print JSON lines, and log to stderr"
    )]
    Garbage {
        /// What it printed, cut off.
        line: String,
        /// What is wrong with it.
        reason: String,
    },
    /// It printed something behind the end of its run.
    #[error("the agent printed {line:?} after its result; print the result last")]
    AfterTheEnd {
        /// What it printed, cut off.
        line: String,
    },
    /// It asked to be steered.
    #[error("the agent printed a boundary and its stdin is closed; start the host with --steerable")]
    NotSteerable,
    /// It printed a line that is too long.
    #[error("the agent printed a line of more than {limit_bytes} bytes; print less, or raise --line-limit-bytes")]
    LineTooLong {
        /// The limit.
        limit_bytes: usize,
    },
    /// It printed too much.
    #[error("the agent printed more than {limit_bytes} bytes; print less, or raise --output-limit-bytes")]
    TooMuchOutput {
        /// The limit.
        limit_bytes: usize,
    },
    /// It took too long and was killed.
    #[error("the agent did not end within {limit_ms} ms and was killed; make it faster, or raise --agent-timeout-ms")]
    TimedOut {
        /// The limit.
        limit_ms: u64,
    },
    /// It exited well and said nothing of the end.
    #[error("the agent exited without a result; let it print a line {{\"result\":\"...\"}} before it exits")]
    NoResult,
    /// It exited with an error code.
    #[error("the agent exited with code {code}; look at what it wrote to stderr")]
    ExitCode {
        /// The code.
        code: i32,
    },
    /// It was killed from outside.
    #[error("the agent was killed by signal {signal}; look at who sent it, often the system short of memory")]
    Signal {
        /// The signal.
        signal: i32,
    },
    /// It said that it failed.
    #[error("the agent reported an error: {message}")]
    Reported {
        /// Its words.
        message: String,
        /// Whether it asked for another run.
        retry: bool,
    },
    /// It was told to end.
    #[error("the run was cancelled and the agent killed; start the host again to go on")]
    Cancelled,
}

impl AgentError {
    /// Why an agent ended that gave no result, or ended badly in spite of one.
    pub(crate) fn of_exit(status: ExitStatus) -> Self {
        #[cfg(unix)]
        if let Some(signal) = std::os::unix::process::ExitStatusExt::signal(&status) {
            return Self::Signal { signal };
        }
        match status.code() {
            Some(code) if code != 0 => Self::ExitCode { code },
            _ => Self::NoResult,
        }
    }

    /// Whether another run may get over it. An agent that breaks the protocol would break it again.
    pub(crate) fn retry(&self) -> bool {
        match self {
            Self::Garbage { .. }
            | Self::AfterTheEnd { .. }
            | Self::NotSteerable
            | Self::LineTooLong { .. }
            | Self::TooMuchOutput { .. } => false,
            Self::Start { .. }
            | Self::Unwatched(_)
            | Self::Pipe(_)
            | Self::TimedOut { .. }
            | Self::NoResult
            | Self::ExitCode { .. }
            | Self::Signal { .. }
            | Self::Cancelled => true,
            Self::Reported { retry, .. } => *retry,
        }
    }
}

/// An error with the end of what the agent wrote to stderr.
#[derive(Debug)]
pub(crate) struct AgentFailure {
    /// What went wrong.
    pub(crate) error: AgentError,
    /// The last lines of stderr.
    pub(crate) last_words: Vec<String>,
}

impl fmt::Display for AgentFailure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}", self.error)?;
        if self.last_words.is_empty() {
            return Ok(());
        }
        write!(formatter, " (stderr: {})", self.last_words.join(" | "))
    }
}

impl std::error::Error for AgentFailure {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.error)
    }
}
