//! Counterexamples as tests. Whether they compile and pass is shown by compiling and running them.

use model_check::Exit;

use crate::{BOUNDS, assert_expected, check, run_with_input};

#[rustfmt::skip]
mod sliced;
#[rustfmt::skip]
mod walk;
#[rustfmt::skip]
mod whole;

const MODULE: &str = "crate::machines::shop_machine";

#[test]
fn the_tests_of_this_folder_are_those_that_are_emitted() {
    let (outcome, whole, _) = check(&["--emit-test", "-", "--test-module", MODULE]);
    assert_eq!(outcome, Exit::Failed);
    assert_expected("emitted/whole.rs", &whole);
    let (_, sliced, _) = check(&["--sliced", "--emit-test", "-", "--test-module", MODULE]);
    assert_expected("emitted/sliced.rs", &sliced);
}

#[test]
fn a_walk_is_a_test_as_well() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("walk.rs");
    let script = format!("Close\nRing\nWall\nReopen\nRing\nsave {}\n", file.to_str().expect("text"));
    let (_, output, _) = run_with_input(&[&["step"], &BOUNDS[..]].concat(), &script);
    assert!(output.contains("\nsaved as "), "{output}");
    let text = std::fs::read_to_string(&file).expect("a test");
    assert_expected("emitted/walk.rs", &text.replace("use outputs::machines", "use crate::machines"));
}

#[test]
fn with_a_file_the_report_stays_where_it_is() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("new/found.rs");
    let (_, output, messages) = check(&["--emit-test", file.to_str().expect("text"), "--test-module", MODULE]);
    assert!(output.ends_with("FAILED: 9 violated\n\n") && messages.is_empty(), "{messages}");
    assert_expected("emitted/whole.rs", &std::fs::read_to_string(&file).expect("a test"));
}

#[test]
fn with_a_dash_the_report_goes_out_of_the_way() {
    let (_, output, messages) = check(&["--emit-test", "-"]);
    assert!(messages.ends_with("FAILED: 9 violated\n\n"), "{messages}");
    assert!(output.contains("\nuse outputs::machines::shop_machine::*;\n"), "the module that the compiler names");
}

#[test]
fn nothing_is_emitted_where_nothing_can_be_replayed() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("found.rs");
    let options = ["--slice", "shelf", "--max-states", "1", "--emit-test"];
    let (_, _, messages) = check(&[&options[..], &[file.to_str().expect("text")]].concat());
    assert_eq!(messages, "machine Shop has no counterexample to replay: no test is written\n");
    assert!(!file.exists());
}

#[test]
fn what_cannot_be_written_is_an_error() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path().to_str().expect("text");
    for option in ["--emit-test", "--lcov"] {
        let (outcome, _, messages) = check(&[option, folder]);
        assert_eq!(outcome, Exit::Failed);
        assert!(messages.contains(&format!("error: {folder} cannot be written: ")), "{messages}");
    }
}
