//! From what a user writes after `--agent` to a program that exists.

use std::path::{Path, PathBuf};

use clap::Parser;

use crate::arguments::Arguments;

/// How to start an agent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct AgentCommand {
    /// The program's file.
    pub(crate) program: PathBuf,
    /// What it is given.
    pub(crate) arguments: Vec<String>,
}

/// Why a text is no command.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CommandError {
    /// A quote is not closed.
    #[error("--agent {text:?} has a quote that is not closed; close it")]
    Unbalanced {
        /// The text.
        text: String,
    },
    /// It has no word.
    #[error("--agent is empty; give a program, such as --agent 'python3 my_agent.py', or --agent @words")]
    Empty,
    /// It is no agent of this program.
    #[error("--agent {text:?} names no agent of this program ({reason}); try @words, or see host help agent")]
    NoOwnAgent {
        /// The text.
        text: String,
        /// What is wrong with it.
        reason: String,
    },
    /// There is no such program.
    #[error("there is no program {program:?} to run as the agent; check the spelling and the PATH")]
    NotFound {
        /// The program.
        program: String,
    },
    /// It is a file that cannot be run.
    #[error("{program:?} cannot be run as the agent; make it executable (chmod +x), or name its interpreter first")]
    NotExecutable {
        /// The program.
        program: String,
    },
    /// The path of this program is not known.
    #[error("the path of this program is not known, so its own agents cannot be started; give a command of your own")]
    OwnPath(#[source] std::io::Error),
}

impl AgentCommand {
    /// Splits a command line the way a shell does, without running one. `@words` names an agent of this program.
    pub(crate) fn parse(text: &str) -> Result<Self, CommandError> {
        let words = shlex::split(text).ok_or_else(|| CommandError::Unbalanced { text: text.to_owned() })?;
        let (first, rest) = words.split_first().ok_or(CommandError::Empty)?;
        if let Some(own) = first.strip_prefix('@') {
            let program = std::env::current_exe().map_err(CommandError::OwnPath)?;
            let arguments: Vec<String> =
                ["agent", own].into_iter().map(str::to_owned).chain(rest.iter().cloned()).collect();
            check_own(text, &arguments)?;
            return Ok(Self { program, arguments });
        }
        Ok(Self { program: find(first)?, arguments: rest.to_vec() })
    }
}

/// What this program would say to its own command line, in one sentence.
fn check_own(text: &str, arguments: &[String]) -> Result<(), CommandError> {
    let words = std::iter::once("host").chain(arguments.iter().map(String::as_str));
    Arguments::try_parse_from(words).map(|_| ()).map_err(|fault| {
        let said = fault.to_string();
        let reason = said.lines().next().unwrap_or_default().trim_start_matches("error: ").to_owned();
        CommandError::NoOwnAgent { text: text.to_owned(), reason }
    })
}

/// Looks before anything is stored: a mistyped program would otherwise cost every prompt its attempts.
fn find(program: &str) -> Result<PathBuf, CommandError> {
    if program.is_empty() {
        return Err(CommandError::Empty);
    }
    let candidates = if program.contains(std::path::is_separator) {
        vec![PathBuf::from(program)]
    } else {
        let path = std::env::var_os("PATH").unwrap_or_default();
        let suffix = std::env::consts::EXE_SUFFIX;
        std::env::split_paths(&path).map(|folder| folder.join(format!("{program}{suffix}"))).collect()
    };
    if let Some(found) = candidates.iter().find(|candidate| is_executable(candidate)) {
        return Ok(found.clone());
    }
    let program = program.to_owned();
    if candidates.iter().any(|candidate| candidate.exists()) {
        return Err(CommandError::NotExecutable { program });
    }
    Err(CommandError::NotFound { program })
}

#[cfg(unix)]
fn is_executable(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    path.metadata().is_ok_and(|file| file.is_file() && file.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
fn is_executable(path: &Path) -> bool {
    path.is_file()
}

#[cfg(test)]
mod tests {
    use super::{AgentCommand, CommandError};

    #[test]
    #[cfg(unix)]
    fn words_are_split_like_a_shell_does() {
        let command = AgentCommand::parse("sh -c 'echo \"a b\"' c\\ d").unwrap();
        assert!(command.program.ends_with("sh"));
        assert_eq!(command.arguments, ["-c", "echo \"a b\"", "c d"]);
    }

    #[test]
    fn own_agents_are_started_from_this_program() {
        let command = AgentCommand::parse("@slow --steps 3").unwrap();
        assert_eq!(command.program, std::env::current_exe().unwrap());
        assert_eq!(command.arguments, ["agent", "slow", "--steps", "3"]);
    }

    #[test]
    fn what_cannot_be_run_is_refused_before_anything_starts() {
        let refused = |text: &str| AgentCommand::parse(text).unwrap_err();
        assert!(matches!(refused("a 'b"), CommandError::Unbalanced { .. }));
        assert!(matches!(refused("  "), CommandError::Empty));
        assert!(matches!(refused("@nope"), CommandError::NoOwnAgent { .. }));
        assert!(matches!(refused("@slow --stpes 3"), CommandError::NoOwnAgent { .. }));
        assert!(matches!(refused("''"), CommandError::Empty));
        assert!(matches!(refused("no-such-program-here"), CommandError::NotFound { .. }));
        assert!(matches!(refused("./no/such"), CommandError::NotFound { .. }));
        #[cfg(unix)]
        assert!(matches!(refused("/etc/passwd"), CommandError::NotExecutable { .. }));
        assert!(matches!(refused("/tmp/"), CommandError::NotExecutable { .. }));
    }
}
