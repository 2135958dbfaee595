//! The command `meerkat`: the checker for the machines of this workspace.

use std::process::ExitCode;

use machine_spec::session::Meerkat;
use model_check::{Catalog, command_line};

fn main() -> ExitCode {
    command_line(machines())
}

/// Every machine that the command knows. A machine of the workspace is registered here, with `.with::<TheMachine>()`.
fn machines() -> Catalog {
    Catalog::new().with_plan::<Meerkat>(concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/tests/session_machine.toml"))
}
