//! `meerkat explain`.

use std::io::{self, Write};

use clap::Args;

use super::{Exit, Misuse, bounds, named_or_only};
use crate::account::Account;
use crate::catalog::{Catalog, Entry};

#[derive(Args)]
#[command(allow_missing_positional = true)]
pub(super) struct Arguments {
    /// The machine to ask; may be left out if there is only one
    machine: Option<String>,
    /// The input as a trace shows it, such as 'Unlock { code: 2 }'
    #[arg(required = true)]
    input: String,
    /// Offer this input first; may be given several times
    #[arg(long, value_name = "INPUT")]
    after: Vec<String>,
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
    let account: Result<Account, _> =
        (entry.explain)(&arguments.bounds.within(&entry), &arguments.after, &arguments.input);
    match account {
        Ok(account) => {
            write!(output, "{account}")?;
            Ok(Ok(Exit::Passed))
        }
        Err(error) => {
            writeln!(messages, "error: {error}")?;
            Ok(Ok(Exit::Misused))
        }
    }
}

fn plan(catalog: &Catalog, arguments: &Arguments) -> Result<Entry, Misuse> {
    let entry = named_or_only(catalog, arguments.machine.as_deref())?;
    arguments.bounds.verify(&[entry])?;
    Ok(entry)
}
