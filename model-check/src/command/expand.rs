//! `meerkat expand`.

use std::io::{self, Write};
use std::path::PathBuf;

use clap::Args;

use super::Exit;
use crate::expand::{ExpandError, Expansion, Target};

#[derive(Args)]
pub(super) struct Arguments {
    /// The machine to print; every machine of the target if none is named
    machine: Option<String>,
    /// Print the function of this transition only
    #[arg(long, value_name = "NAME")]
    transition: Option<String>,
    /// The Cargo.toml of the crate that declares the machine
    #[arg(long, value_name = "PATH")]
    manifest_path: Option<PathBuf>,
    /// The package that declares the machine
    #[arg(long, value_name = "NAME")]
    package: Option<String>,
    /// Look into the package's library
    #[arg(long, group = "target")]
    lib: bool,
    /// Look into this integration test
    #[arg(long, value_name = "NAME", group = "target")]
    test: Option<String>,
    /// Look into this example
    #[arg(long, value_name = "NAME", group = "target")]
    example: Option<String>,
    /// Look into this binary
    #[arg(long, value_name = "NAME", group = "target")]
    bin: Option<String>,
    /// Build with this feature; may be given several times
    #[arg(long, value_name = "NAME")]
    features: Vec<String>,
}

pub(super) fn run(arguments: &Arguments, output: &mut dyn Write, messages: &mut dyn Write) -> io::Result<Exit> {
    match expand(arguments) {
        Ok(code) => {
            write!(output, "{code}")?;
            Ok(Exit::Passed)
        }
        Err(error) => {
            writeln!(messages, "error: {error}")?;
            Ok(if error.is_misuse() { Exit::Misused } else { Exit::Failed })
        }
    }
}

fn expand(arguments: &Arguments) -> Result<String, ExpandError> {
    let code = expansion(arguments).run()?;
    let machine = arguments.machine.as_deref();
    match &arguments.transition {
        Some(transition) => code.transition(machine, transition),
        None => code.machine(machine),
    }
}

fn expansion(arguments: &Arguments) -> Expansion {
    let named = |name: &Option<String>, target: fn(String) -> Target| name.clone().map(target);
    let target = arguments
        .lib
        .then_some(Target::Lib)
        .or_else(|| named(&arguments.test, Target::Test))
        .or_else(|| named(&arguments.example, Target::Example))
        .or_else(|| named(&arguments.bin, Target::Bin));
    Expansion {
        manifest_path: arguments.manifest_path.clone(),
        package: arguments.package.clone(),
        target,
        features: arguments.features.clone(),
    }
}
