//! `meerkat tla`.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use clap::Args;

use super::{Exit, Misuse, bounds, named_or_only};
use crate::catalog::{Catalog, Entry};
use crate::tla::TlaModule;

#[derive(Args)]
pub(super) struct Arguments {
    /// The machine to export; may be left out if there is only one
    machine: Option<String>,
    #[command(flatten)]
    bounds: bounds::Arguments,
    /// Write the module and its configuration into this directory, and not to the standard output
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
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
    let module = match TlaModule::of(entry.spec, &arguments.bounds.within(&entry)) {
        Ok(module) => module,
        Err(error) => {
            writeln!(messages, "error: {error}")?;
            return Ok(Ok(Exit::Failed));
        }
    };
    let Some(directory) = &arguments.out else {
        write!(output, "{}", module.text)?;
        return Ok(Ok(Exit::Passed));
    };
    match save(&module, directory) {
        Ok(files) => {
            files.iter().try_for_each(|file| writeln!(output, "{}", file.display()))?;
            Ok(Ok(Exit::Passed))
        }
        Err(error) => {
            writeln!(messages, "error: nothing can be written into {}: {error}", directory.display())?;
            Ok(Ok(Exit::Failed))
        }
    }
}

fn plan(catalog: &Catalog, arguments: &Arguments) -> Result<Entry, Misuse> {
    let entry = named_or_only(catalog, arguments.machine.as_deref())?;
    arguments.bounds.verify(&[entry])?;
    Ok(entry)
}

fn save(module: &TlaModule, directory: &Path) -> io::Result<[PathBuf; 2]> {
    std::fs::create_dir_all(directory)?;
    let files = ["tla", "cfg"].map(|extension| directory.join(format!("{}.{extension}", module.name)));
    std::fs::write(&files[0], &module.text)?;
    std::fs::write(&files[1], &module.configuration)?;
    Ok(files)
}
