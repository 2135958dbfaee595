//! Agents as child processes.

mod command;
mod error;
mod group;
mod output;
mod process;

pub(crate) use self::command::{AgentCommand, CommandError};
pub(crate) use self::error::{AgentError, AgentFailure};
pub(crate) use self::output::OutputLimits;
pub(crate) use self::process::AgentProcess;
