//! `meerkat graph`.

use std::io::{self, Write};

use clap::Args;

use super::check::SlicesError;
use super::{Exit, Misuse, bounds, named_or_only};
use crate::bound_names;
use crate::catalog::{Catalog, Entry, Selection, Settings};
use crate::check::Engine;
use crate::coverage::Coverage;
use crate::diagram::{Diagram, Format};
use crate::display;
use crate::plan::Plan;
use crate::progress;

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
        Ok((coverage, remark)) => {
            write!(output, "{}", diagram.painted(&coverage, &remark).in_format(arguments.format))?;
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

/// The index of a region.
pub(super) fn region(entry: &Entry, name: &str) -> Result<usize, Misuse> {
    let names = || entry.spec.regions.iter().map(|region| region.name);
    names().position(|other| other == name).ok_or_else(|| Misuse::UnknownRegion {
        machine: entry.spec.name,
        name: name.to_owned(),
        nearest: bound_names::nearest(name, names()),
        known: names().collect::<Vec<_>>().join(", "),
    })
}

/// What occurs, and what the numbers in the picture rest on.
fn check(entry: &Entry, arguments: &Arguments) -> Result<(Coverage, String), SlicesError> {
    let Some(plan) = entry.plan.filter(|_| !arguments.bounds.are_given()) else {
        let report = (entry.check)(settings(entry, arguments))?;
        let remark = format!("within {}{}", display::bounds(&report.bounds), cut_off(report.is_complete()));
        return Ok((report.coverage, remark));
    };
    let selection = Selection { plan: Some(Plan::read(plan)?), only: Vec::new() };
    let report = (entry.check_slices)(settings(entry, arguments), selection)?;
    let is_complete = report.slices.iter().all(|one| one.report.is_complete());
    Ok((report.coverage, format!("slice by slice, as planned{}", cut_off(is_complete))))
}

fn settings(entry: &Entry, arguments: &Arguments) -> Settings {
    Settings {
        bounds: arguments.bounds.within(entry),
        threads: None,
        budget: arguments.max_states,
        memory: None,
        cross_check: false,
        up_to_renaming: false,
        engine: Engine::default(),
        allow_vacuous: true,
        observer: progress::observer(entry.spec.name),
    }
}

fn cut_off(is_complete: bool) -> &'static str {
    if is_complete { "" } else { ", CUT OFF" }
}
