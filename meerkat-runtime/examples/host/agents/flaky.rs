//! Fails the first attempts in the way that is asked for, then repeats its prompt. For trying retries and errors.

use std::process::ExitCode;

use super::{AgentFault, hear, prompts, say};
use crate::protocol::{Line, Turn};

/// How to fail.
#[derive(Debug, clap::Args)]
pub(crate) struct Flaky {
    /// How many attempts fail.
    #[arg(long, default_value_t = 1, value_name = "ATTEMPTS")]
    fail_attempts: u32,
    /// How they fail.
    #[arg(long, value_enum, default_value_t = Manner::Error)]
    manner: Manner,
}

/// A way to fail.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
pub(crate) enum Manner {
    /// Report an error that is worth another run.
    Error,
    /// Report an error that is not.
    Fatal,
    /// Exit with code 3 and a word on stderr.
    Exit,
    /// Exit well without a result.
    Silent,
    /// Print something that is not of the protocol.
    Garbage,
    /// Print one line without an end.
    Endless,
    /// Print lines without an end.
    Flood,
    /// Never end.
    Hang,
}

/// Runs one turn.
pub(crate) fn run(flaky: &Flaky) -> Result<ExitCode, AgentFault> {
    let turn: Turn = hear()?;
    if turn.attempt <= flaky.fail_attempts {
        return fail(flaky.manner, turn.attempt);
    }
    say(&Line::Result(format!("attempt {}: {}", turn.attempt, prompts(&turn).join(" ")))).map(|()| ExitCode::SUCCESS)
}

fn fail(manner: Manner, attempt: u32) -> Result<ExitCode, AgentFault> {
    match manner {
        Manner::Error => say(&Line::Error { message: format!("attempt {attempt} was unlucky"), retry: true })?,
        Manner::Fatal => say(&Line::Error { message: "this can never work".to_owned(), retry: false })?,
        Manner::Exit => {
            eprintln!("flaky: giving up on attempt {attempt}");
            return Ok(ExitCode::from(3));
        }
        Manner::Silent => {}
        Manner::Garbage => println!("Loading the model, please wait"),
        Manner::Endless => loop {
            print!("{}", "x".repeat(1024));
        },
        Manner::Flood => loop {
            say(&Line::Partial("and another thing".to_owned()))?;
        },
        Manner::Hang => loop {
            std::thread::park();
        },
    }
    Ok(ExitCode::SUCCESS)
}
