//! `meerkat check --watch`.

use std::ffi::OsString;
use std::io::{self, Write};

use super::{Exit, Misuse, check};
use crate::catalog::Catalog;
use crate::watch::{WatchError, Watched};

/// Options that are for the watcher alone, with whether a value follows.
const OWN: [(&str, bool); 2] = [("--watch", false), ("--watch-build", true)];

/// Checks now and after every change of a source file, each time by a child process with the same arguments.
pub(super) fn run(
    catalog: &Catalog,
    check: &check::Arguments,
    arguments: &[OsString],
    output: &mut dyn Write,
    messages: &mut dyn Write,
) -> io::Result<Result<Exit, Misuse>> {
    // A misspelt name is told at once, and not by a child that is built first.
    if let Err(misuse) = check::plan(catalog, check) {
        return Ok(Err(misuse));
    }
    if let Err(error) = watched(check, arguments).and_then(|watched| watched.run(output)) {
        writeln!(messages, "error: {error}")?;
    }
    Ok(Ok(Exit::Failed))
}

fn watched(check: &check::Arguments, arguments: &[OsString]) -> Result<Watched, WatchError> {
    let passed_on = passed_on(arguments);
    let watched = match check.watch_build() {
        Some(command) => Watched::by_command(command, passed_on)?,
        None => Watched::by_cargo(passed_on)?,
    };
    Ok(watched.ignoring(check.written()))
}

/// The arguments of the child: those of this process, without the program and what is for the watcher.
fn passed_on(arguments: &[OsString]) -> Vec<OsString> {
    let mut passed_on = Vec::new();
    let mut rest = arguments.iter().skip(1);
    while let Some(argument) = rest.next() {
        let text = argument.to_string_lossy();
        let (name, has_value) = text.split_once('=').map_or((text.as_ref(), false), |(name, _)| (name, true));
        match OWN.iter().find(|(own, _)| *own == name) {
            None => passed_on.push(argument.clone()),
            Some((_, true)) if !has_value => {
                rest.next();
            }
            Some(_) => {}
        }
    }
    passed_on
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_child_gets_everything_but_what_is_for_the_watcher() {
        let given = ["meerkat", "check", "--watch", "Door", "--watch-build", "a b", "--ids=3", "--watch-build=c"];
        let given: Vec<OsString> = given.map(OsString::from).to_vec();
        assert_eq!(passed_on(&given), ["check", "Door", "--ids=3"]);
    }
}
