//! Agents as child processes.

mod command;
mod error;
mod group;
mod output;
mod process;
mod watchdog;

pub(crate) use self::command::{AgentCommand, CommandError};
pub(crate) use self::error::{AgentError, AgentFailure};
pub(crate) use self::output::OutputLimits;
pub(crate) use self::process::AgentProcess;
pub(crate) use self::watchdog::{Watchdog, be_watchdog};
