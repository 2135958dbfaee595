//! `meerkat walk`.

use std::io::{self, Write};

use clap::Args;

use super::{Exit, Misuse, bounds, named_or_only};
use crate::catalog::{Catalog, WalkSettings};

#[derive(Args)]
pub(super) struct Arguments {
    /// The machine to walk
    machine: Option<String>,
    #[command(flatten)]
    bounds: bounds::Arguments,
    /// How many walks there are
    #[arg(long, value_name = "N", default_value_t = 100)]
    walks: usize,
    /// How many steps a walk has at most
    #[arg(long, value_name = "N", default_value_t = 200)]
    steps: usize,
    /// The seed of an earlier run, to walk the same walks; drawn unless given
    #[arg(long, value_name = "S")]
    seed: Option<u64>,
}

pub(super) fn run(
    catalog: &Catalog,
    arguments: &Arguments,
    output: &mut dyn Write,
    messages: &mut dyn Write,
) -> io::Result<Result<Exit, Misuse>> {
    let entry = match named_or_only(catalog, arguments.machine.as_deref()) {
        Ok(entry) => entry,
        Err(misuse) => return Ok(Err(misuse)),
    };
    if let Err(misuse) = arguments.bounds.verify(&[entry]) {
        return Ok(Err(misuse));
    }
    let bounds = arguments.bounds.within(&entry);
    let settings = WalkSettings { bounds, walks: arguments.walks, steps: arguments.steps, seed: arguments.seed };
    match (entry.walk)(settings) {
        Ok(report) => {
            write!(output, "{report}")?;
            Ok(Ok(if report.passes() { Exit::Passed } else { Exit::Failed }))
        }
        Err(error) => {
            writeln!(messages, "error: {error}")?;
            Ok(Ok(Exit::Failed))
        }
    }
}
