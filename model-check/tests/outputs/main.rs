//! What `meerkat check` writes for other programs: tests, JSON, traces for Apalache's tools, line coverage.
#![allow(missing_docs, reason = "the machines are compiled for this test alone")]

pub mod machines;

use machines::Shop;
use model_check::{Catalog, Exit, execute};

fn run(arguments: &[&str]) -> (Exit, String, String) {
    let catalog = Catalog::new().with::<Shop>();
    let (mut output, mut messages) = (Vec::new(), Vec::new());
    let arguments = std::iter::once(&"meerkat").chain(arguments);
    let outcome = execute(&catalog, arguments, &mut output, &mut messages).expect("a buffer takes everything");
    let text = |bytes| String::from_utf8(bytes).expect("text");
    (outcome, text(output), text(messages))
}

#[test]
fn x() {
    let (e, o, m) = run(&["check", "--ids", "1", "--epochs", "1", "--integers", "1", "--lengths", "1", "--bound", "Level=1", "--emit-test", "-", "--test-module", "crate::machines::shop_machine"]);
    println!("{e:?}\n{o}\n{m}");
    let (e, o, m) = run(&["check", "--sliced", "--ids", "1", "--epochs", "1", "--integers", "1", "--lengths", "1", "--bound", "Level=1", "--emit-test", "-", "--format", "json"]);
    println!("{e:?}\n{o}\n{m}");
}
