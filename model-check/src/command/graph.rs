//! `meerkat graph`.

use std::io::{self, Write};

use clap::Args;

use super::{Exit, Misuse, bounds, named_or_only};
use crate::bound_names;
use crate::catalog::{Catalog, Entry, Settings};
use crate::check::CheckError;
use crate::diagram::{Diagram, Format};
use crate::display;
use crate::progress;
use crate::report::{Ending, Report};

#[derive(Args)]
pub(super) struct Arguments {
    /// The machine to draw; may be left out if there is only one
    machine: Option<String>,
    /// Draw this region only
    #[arg(long, value_name = "NAME")]
    region: Option<String>,
    /// What to write
    #[arg(long, value_enum, default_value_t = Format::Mermaid)]
    format: Format,
    /// Draw the transitions that stay in their phase or ignore the input, too
    #[arg(long)]
    all: bool,
    /// Check the machine, and show how often each transition fired, and which guards were never false
    #[arg(long)]
    coverage: bool,
    #[command(flatten)]
    bounds: bounds::Arguments,
    /// With --coverage: end the check after this many distinct states
    #[arg(long, value_name = "N", requires = "coverage")]
    max_states: Option<usize>,
}

pub(super) fn run(
    catalog: &Catalog,
    arguments: &Arguments,
    output: &mut dyn Write,
    messages: &mut dyn Write,
) -> io::Result<Result<Exit, Misuse>> {
    let (entry, region) = match plan(catalog, arguments) {
        Ok(plan) => plan,
        Err(misuse) => return Ok(Err(misuse)),
    };
    let mut diagram = Diagram::of(entry.spec).all(arguments.all);
    if let Some(region) = region {
        diagram = diagram.region(region);
    }
    if !arguments.coverage {
        write!(output, "{}", diagram.in_format(arguments.format))?;
        return Ok(Ok(Exit::Passed));
    }
    match check(&entry, arguments) {
        Ok(report) => {
            let remark = remark(&report);
            write!(output, "{}", diagram.painted(&report.coverage, &remark).in_format(arguments.format))?;
            Ok(Ok(Exit::Passed))
        }
        Err(error) => {
            writeln!(messages, "error: {error}")?;
            Ok(Ok(Exit::Failed))
        }
    }
}

fn plan(catalog: &Catalog, arguments: &Arguments) -> Result<(Entry, Option<usize>), Misuse> {
    let entry = named_or_only(catalog, arguments.machine.as_deref())?;
    arguments.bounds.verify(&[entry])?;
    let region = arguments.region.as_deref().map(|name| region(&entry, name)).transpose()?;
    Ok((entry, region))
}

fn region(entry: &Entry, name: &str) -> Result<usize, Misuse> {
    let names = || entry.spec.regions.iter().map(|region| region.name);
    names().position(|other| other == name).ok_or_else(|| Misuse::UnknownRegion {
        machine: entry.spec.name,
        name: name.to_owned(),
        nearest: bound_names::nearest(name, names()),
        known: names().collect::<Vec<_>>().join(", "),
    })
}

fn check(entry: &Entry, arguments: &Arguments) -> Result<Report, CheckError> {
    (entry.check)(Settings {
        bounds: arguments.bounds.within(entry),
        threads: None,
        budget: arguments.max_states,
        cross_check: true,
        allow_vacuous: true,
        observer: progress::observer(entry.spec.name),
    })
}

/// What the numbers in the picture rest on.
fn remark(report: &Report) -> String {
    let cut_off = match report.ending {
        Ending::Closed => "",
        Ending::BudgetEnded(_) => ", CUT OFF",
    };
    format!("within {}{cut_off}", display::bounds(&report.bounds))
}
