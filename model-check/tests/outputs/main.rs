//! What `meerkat check` writes for other programs: tests, JSON, traces for Apalache's tools, line coverage.
//!
//! The emitted tests are kept as files that are compiled and run with this one. `UPDATE_EXPECTED=1` writes them, and the
//! report, anew; then read the difference.
#![allow(missing_docs, reason = "the machines are compiled for this test alone")]

mod emitted;
mod itf;
mod lcov;
pub mod machines;
mod report;

use std::path::Path;

use machines::Shop;
use model_check::{Bounds, Catalog, Exit, execute_with_input};

/// The bounds of every check here.
const BOUNDS: [&str; 10] = ["--ids", "1", "--epochs", "1", "--integers", "1", "--lengths", "1", "--bound", "Level=1"];

fn bounds() -> Bounds {
    Bounds::default().with_ids(1).with_epochs(1).with_integers(1).with_lengths(1).with("Level", 1)
}

/// Checks the shop.
fn check(options: &[&str]) -> (Exit, String, String) {
    run(&[&["check"], &BOUNDS[..], options].concat())
}

fn run(arguments: &[&str]) -> (Exit, String, String) {
    run_with_input(arguments, "")
}

fn run_with_input(arguments: &[&str], input: &str) -> (Exit, String, String) {
    let catalog = Catalog::new().with::<Shop>();
    let (mut output, mut messages) = (Vec::new(), Vec::new());
    let arguments = std::iter::once(&"meerkat").chain(arguments);
    let outcome = execute_with_input(&catalog, arguments, &mut input.as_bytes(), &mut output, &mut messages);
    let text = |bytes| String::from_utf8(bytes).expect("text");
    (outcome.expect("a buffer takes everything"), text(output), text(messages))
}

/// Demands that a text is what a file of this folder holds.
#[track_caller]
fn assert_expected(file: &str, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/outputs").join(file);
    if std::env::var_os("UPDATE_EXPECTED").is_some() {
        std::fs::write(&path, text).expect("the file can be written");
    }
    let expected = std::fs::read_to_string(&path).expect("the file is there");
    assert!(text == expected, "{file} is another one now; UPDATE_EXPECTED=1 writes it\n\n{text}");
}
