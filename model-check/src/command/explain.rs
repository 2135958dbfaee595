//! `meerkat explain`.

use std::io::{self, Write};

use clap::Args;

use super::{Exit, Misuse, bounds, named_or_only};
use crate::account::Account;
use crate::catalog::{Catalog, Entry};

#[derive(Args)]
pub(super) struct Arguments {
    /// The machine to ask, which may be left out if there is only one; and the input as a trace shows it, such as
    /// 'Unlock { code: 2 }'
    // One list and not two arguments: options may stand between the two.
    #[arg(required = true, num_args = 1..=2, value_names = ["[MACHINE] INPUT"])]
    question: Vec<String>,
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
    let (entry, input) = match plan(catalog, arguments) {
        Ok(plan) => plan,
        Err(misuse) => return Ok(Err(misuse)),
    };
    let account: Result<Account, _> = (entry.explain)(&arguments.bounds.within(&entry), &arguments.after, input);
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

fn plan<'line>(catalog: &Catalog, arguments: &'line Arguments) -> Result<(Entry, &'line str), Misuse> {
    let (machine, input) = match arguments.question.as_slice() {
        [input] => (None, input),
        [machine, input] => (Some(machine.as_str()), input),
        more => return Err(Misuse::TooManyInputs(more.len())),
    };
    let entry = named_or_only(catalog, machine)?;
    arguments.bounds.verify(&[entry])?;
    Ok((entry, input))
}
