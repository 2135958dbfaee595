//! `meerkat serve`.

use std::io::{self, Write};

use clap::Args;

use super::{Exit, Misuse, bounds, named_or_only};
use crate::catalog::{Catalog, Entry};
use crate::web;

#[derive(Args)]
pub(super) struct Arguments {
    /// The machine to show; may be left out if there is only one
    machine: Option<String>,
    /// Where the browser finds it; with port 0 at any free port
    #[arg(long, value_name = "HOST:PORT", default_value = "localhost:3000")]
    address: String,
    #[command(flatten)]
    bounds: bounds::Arguments,
}

pub(super) fn run(
    catalog: &Catalog,
    arguments: &Arguments,
    output: &mut dyn Write,
    messages: &mut dyn Write,
) -> io::Result<Result<Exit, Misuse>> {
    let entry = match plan(catalog, arguments) {
        Ok(entry) => entry,
        Err(misuse) => return Ok(Err(misuse)),
    };
    let initial = match (entry.position)(&arguments.bounds.within(&entry)) {
        Ok(initial) => initial,
        Err(error) => {
            writeln!(messages, "error: {error}")?;
            return Ok(Ok(Exit::Misused));
        }
    };
    let (machine, address) = (entry.spec.name, &arguments.address);
    let served = web::serve(initial, address, |there| {
        writeln!(output, "machine {machine} is shown at http://{there}/ until Ctrl-C")?;
        output.flush()
    });
    if let Err(error) = served {
        let hint = "--address takes a host and a port, such as localhost:3001, or localhost:0 for any free port";
        writeln!(messages, "error: machine {machine} cannot be shown at {address}: {error}; {hint}")?;
    }
    Ok(Ok(Exit::Failed))
}

fn plan(catalog: &Catalog, arguments: &Arguments) -> Result<Entry, Misuse> {
    let entry = named_or_only(catalog, arguments.machine.as_deref())?;
    arguments.bounds.verify(&[entry])?;
    Ok(entry)
}
