//! Takes its time. Says a partial line per step; with `--boundaries` it lets itself be steered between two steps.
//!
//! For trying Ctrl-C, timeouts and steering. It needs no care to be killed: the host kills its process.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::{AgentFault, hear, prompts, say};
use crate::protocol::{Answer, Line, Turn};

/// How to be slow.
#[derive(Debug, clap::Args)]
pub(crate) struct Slow {
    /// How long a step takes, in milliseconds.
    #[arg(long, default_value_t = 50, value_name = "MS")]
    step_ms: u64,
    /// How many steps a prompt takes.
    #[arg(long, default_value_t = 5)]
    steps: u32,
    /// Be steered between two steps; needs `host run --steerable`.
    #[arg(long)]
    boundaries: bool,
    /// Add a line to this file for each input that is done: something in the world that can be counted.
    #[arg(long, value_name = "FILE")]
    log: Option<PathBuf>,
}

/// Runs one turn.
pub(crate) fn run(slow: &Slow) -> Result<(), AgentFault> {
    let turn: Turn = hear()?;
    let mut waiting: Vec<String> = prompts(&turn).into_iter().map(str::to_owned).rev().collect();
    let mut done = Vec::new();
    while let Some(prompt) = waiting.pop() {
        for step in 1..=slow.steps {
            say(&Line::Partial(format!("step {step} of {} for {prompt:?}", slow.steps)))?;
            // Being slow is what this agent is for.
            std::thread::sleep(Duration::from_millis(slow.step_ms));
            if slow.boundaries && steer(&mut waiting)? {
                return say(&Line::Error { message: "interrupted at a boundary".to_owned(), retry: true });
            }
        }
        done.push(prompt);
    }
    if let Some(path) = &slow.log {
        log(path, &turn)?;
    }
    say(&Line::Result(format!("done: {}", done.join(", "))))
}

fn log(path: &Path, turn: &Turn) -> Result<(), AgentFault> {
    let mut lines = String::new();
    for input in &turn.inputs {
        lines += &format!("{}\t{}\t{}\t{}\n", turn.session, input.input, turn.run, turn.attempt);
    }
    let mut file = File::options().create(true).append(true).open(path).map_err(AgentFault::Log)?;
    // One write, so that lines of agents that run at the same time do not mix.
    file.write_all(lines.as_bytes()).map_err(AgentFault::Log)
}

/// Takes in what joined the run, to be done next. Says whether the run is to end.
fn steer(waiting: &mut Vec<String>) -> Result<bool, AgentFault> {
    say(&Line::Boundary)?;
    match hear()? {
        Answer::Joined(inputs) => {
            waiting.extend(inputs.into_iter().rev().map(|input| input.prompt));
            Ok(false)
        }
        Answer::Interrupt(end) => Ok(end),
    }
}
