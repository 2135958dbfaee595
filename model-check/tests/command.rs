//! The command line: what it prints, and how it exits.

mod toys;

use std::process::Command;

use model_check::{Catalog, Exit, execute};
use toys::{Of, counters::Counters, door};

fn run(arguments: &[&str]) -> (Exit, String, String) {
    let catalog = Catalog::new().with::<Of<door::Sound>>().with::<Of<Counters>>();
    run_with(&catalog, arguments)
}

fn run_with(catalog: &Catalog, arguments: &[&str]) -> (Exit, String, String) {
    let (mut output, mut messages) = (Vec::new(), Vec::new());
    let arguments = std::iter::once(&"meerkat").chain(arguments);
    let outcome = execute(catalog, arguments, &mut output, &mut messages).expect("a buffer takes everything");
    let text = |bytes| String::from_utf8(bytes).expect("text");
    (outcome, text(output), text(messages))
}

#[test]
fn lists_its_machines() {
    assert_eq!(run(&["list"]), (Exit::Passed, "Door      \nCounters  \n".to_owned(), String::new()));
}

#[test]
fn checks_the_named_machine() {
    let (outcome, output, messages) = run(&["check", "Door"]);
    assert_eq!((outcome, messages.as_str()), (Exit::Passed, ""));
    assert!(output.starts_with("machine Door   toy.rs:1:5\n"), "{output}");
    assert!(output.contains("PASSED") && !output.contains("machine Counters"), "{output}");
}

#[test]
fn checks_every_machine_if_none_is_named() {
    let (outcome, output, _) = run(&["check", "--integers", "1"]);
    assert_eq!(outcome, Exit::Passed, "{output}");
    assert!(output.contains("machine Door") && output.contains("machine Counters"), "{output}");
}

#[test]
fn one_machine_that_does_not_pass_fails_the_command() {
    let catalog = Catalog::new().with::<Of<door::Trap>>().with::<Of<Counters>>();
    let (outcome, output, _) = run_with(&catalog, &["check", "--integers", "1"]);
    assert_eq!(outcome, Exit::Failed);
    assert!(output.contains("VIOLATED possible \"a locked door can be unlocked\""), "{output}");
}

#[test]
fn bounds_apply_to_the_machines_that_know_them() {
    let (outcome, output, _) = run(&["check", "--bound", "door.opened=1", "--ids", "3", "--epochs", "4"]);
    assert_eq!(outcome, Exit::Passed);
    assert!(output.contains("within  3 ids, epochs to 4, integers to 2, door.opened = 1\n"), "{output}");
    assert!(output.contains("within  3 ids, epochs to 4, integers to 2\n"), "{output}");
    assert!(output.contains("states   4 distinct"), "{output}");
}

#[test]
fn a_budget_that_ends_the_run_fails_the_command() {
    let (outcome, output, _) = run(&["check", "Door", "--max-states", "3", "--threads", "1", "--allow-vacuous"]);
    assert_eq!(outcome, Exit::Failed);
    assert!(output.contains("CUT OFF by the budget of 3"), "{output}");
}

#[test]
fn what_never_occurs_fails_the_command_unless_allowed() {
    let catalog = Catalog::new().with::<Of<door::Idle>>();
    assert_eq!(run_with(&catalog, &["check"]).0, Exit::Failed);
    assert_eq!(run_with(&catalog, &["check", "--allow-vacuous"]).0, Exit::Passed);
}

#[test]
fn a_fault_of_the_generated_code_is_looked_for_on_request() {
    let catalog = Catalog::new().with::<Of<door::Leaky>>();
    assert_eq!(run_with(&catalog, &["check"]).0, Exit::Passed);
    assert_eq!(run_with(&catalog, &["check", "--cross-check"]).0, Exit::Failed);
    assert_eq!(run_with(&catalog, &["check", "--engine", "stateright"]).0, Exit::Failed);
}

#[test]
fn a_budget_of_memory_that_ends_the_run_fails_the_command() {
    let catalog = Catalog::new().with::<Of<Counters>>();
    let (outcome, output, _) = run_with(&catalog, &["check", "--max-memory", "1K"]);
    assert_eq!(outcome, Exit::Failed);
    assert!(output.contains("CUT OFF by the budget of 1,024 bytes"), "{output}");
    let (outcome, _, messages) = run_with(&catalog, &["check", "--max-memory", "much"]);
    assert_eq!(outcome, Exit::Misused);
    assert!(messages.contains("a number of bytes is written like 1500000, 64M or 2G"), "{messages}");
}

#[test]
fn unknown_names_are_answered_with_the_nearest_known() {
    let misused = |message: &str| (Exit::Misused, String::new(), format!("error: {message}\n"));
    assert_eq!(run(&["check", "Dor"]), misused("there is no machine Dor; did you mean Door?"));
    assert_eq!(run(&["check", "xyz"]), misused("there is no machine xyz"));
    assert_eq!(
        run(&["check", "Door", "--bound", "door.opend=1"]),
        misused("no checked machine has anything to bound under the name door.opend; did you mean door.opened?")
    );
    assert_eq!(run_with(&Catalog::new(), &["check"]), misused("this program knows no machines"));
}

#[test]
fn a_malformed_bound_is_a_misuse() {
    for bound in ["door.opened", "door.opened=many", "door.opened=-1"] {
        let (outcome, output, messages) = run(&["check", "--bound", bound]);
        assert_eq!((outcome, output.as_str()), (Exit::Misused, ""));
        assert!(messages.contains("invalid value"), "{messages}");
    }
}

fn meerkat(arguments: &[&str]) -> (Option<i32>, String, String) {
    let run = Command::new(env!("CARGO_BIN_EXE_meerkat")).args(arguments).output().expect("the command runs");
    let text = |bytes| String::from_utf8(bytes).expect("text");
    (run.status.code(), text(run.stdout), text(run.stderr))
}

#[test]
fn the_binary_exits_with_two_on_a_misuse() {
    let (code, output, messages) = meerkat(&["check", "Zzz"]);
    assert_eq!((code, output.as_str(), messages.as_str()), (Some(2), "", "error: there is no machine Zzz\n"));
    let (code, _, messages) = meerkat(&["chek"]);
    assert_eq!(code, Some(2));
    assert!(messages.contains("unrecognized subcommand 'chek'"), "{messages}");
}

#[test]
fn the_binary_answers_help_and_list_with_zero() {
    let (code, output, messages) = meerkat(&["check", "--help"]);
    assert_eq!((code, messages.as_str()), (Some(0), ""));
    assert!(output.contains("--bound <NAME=N>"), "{output}");
    assert_eq!(meerkat(&["list"]).0, Some(0));
}

/// Whatever machines the binary knows: a run that a budget ends fails, with the report on the standard output alone.
#[test]
fn the_binary_exits_with_one_on_a_cut_off_run() {
    let (_, machines, _) = meerkat(&["list"]);
    for machine in machines.lines().filter_map(|line| line.split_whitespace().next()) {
        let (code, output, messages) = meerkat(&["check", machine, "--max-states", "1"]);
        assert_eq!((code, messages.as_str()), (Some(1), ""));
        assert!(output.starts_with(&format!("machine {machine}")) && output.contains("CUT OFF"), "{output}");
    }
}
