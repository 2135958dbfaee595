//! `meerkat step`, driven by scripts.
#![allow(missing_docs, reason = "the machine below is compiled for this test alone")]

use std::path::Path;

use machine_spec::machine;
use model_check::{Catalog, Exit, execute_with_input};

machine! {
    /// A door with a lock.
    pub machine Door;

    input Open;
    input Close;
    input Lock { code: u8 }
    input Unlock { code: u8 }
    effect Click;

    region door {
        phases { initial Closed, Opened, Locked { code: u8 } }
        field uses: u8 = 0;

        on Open from Closed to Opened { set uses = self.uses + 1; }
        on Close from Opened to Closed;
        on Lock { code } from Closed to Locked { code } { emit Click; }
        on Unlock { code } from Locked { code: set } to Closed { require "the code is right": code == set; }
    }

    invariant "nobody opens it twice": door.uses < 2;
    always "a lock keeps its code": door.is(Locked) => !next.door.is(Opened);
}

fn step(options: &[&str], script: &str) -> (Exit, String, String) {
    let catalog = Catalog::new().with::<Door>();
    let (mut output, mut messages) = (Vec::new(), Vec::new());
    let arguments = ["meerkat", "step"].iter().chain(options);
    let outcome = execute_with_input(&catalog, arguments, &mut script.as_bytes(), &mut output, &mut messages);
    let text = |bytes| String::from_utf8(bytes).expect("text");
    (outcome.expect("a buffer takes everything"), text(output), text(messages))
}

/// What is answered to the last line of a script.
fn answer(script: &str) -> String {
    answer_with(&[], script)
}

fn answer_with(options: &[&str], script: &str) -> String {
    let (outcome, output, messages) = step(&[&["--integers", "1"], options].concat(), script);
    assert_eq!((outcome, messages.as_str()), (Exit::Passed, ""));
    let last = script.lines().last().expect("a line");
    let (_, answer) = output.rsplit_once(&format!("\n> {last}\n")).expect("the line is shown");
    answer.strip_suffix("\n> \n").expect("the next question").to_owned()
}

#[test]
fn the_beginning_shows_the_state_and_what_is_accepted() {
    let expected = "machine Door, 6 inputs within 2 ids, epochs to 2, integers to 1; help says what to type

the initial state
   door.phase = Closed
   door.uses  = 0

accepted here (3 rejected)
  1  Open
  2  Lock { code: 0 }
  3  Lock { code: 1 }

> 
";
    assert_eq!(step(&["--integers", "1"], ""), (Exit::Passed, expected.to_owned(), String::new()));
}

#[test]
fn a_number_takes_a_step_and_shows_what_changes() {
    let expected = "
1. Lock { code: 1 }   by DoorLock
   door.phase: Closed -> Locked { code: 1 }
   emits Click

accepted here (5 rejected)
  1  Unlock { code: 1 }
";
    assert_eq!(answer("3"), expected);
    assert_eq!(answer("Lock{code:1}"), expected, "the input in any spacing is the same");
    assert_eq!(answer("4"), "there is no input 4: the list goes from 1 to 3\n");
    assert_eq!(answer("0"), "there is no input 0: the list goes from 1 to 3\n");
}

#[test]
fn a_step_tells_what_it_violates() {
    let text = answer("Open\nClose\nOpen");
    assert!(
        text.contains("   door.uses: 1 -> 2\n   VIOLATED invariant \"nobody opens it twice\"   model-check/"),
        "{text}"
    );
    assert!(!answer("Open\nClose").contains("VIOLATED"));
}

#[test]
fn a_part_of_an_input_finds_it() {
    assert_eq!(answer("lock"), "accepted here, with lock\n  2  Lock { code: 0 }\n  3  Lock { code: 1 }\n");
    let expected = "no accepted input contains unl; 2 rejected inputs with it: rejected unl says why\n";
    assert_eq!(answer("unl"), expected);
    assert_eq!(
        answer("Opne"),
        "machine Door has no input Opne; did you mean Open?\nits inputs are Open, Close, Lock, Unlock\n"
    );
}

#[test]
fn many_inputs_are_listed_by_kind() {
    let (_, output, _) = step(&["--integers", "30"], "list 29");
    let expected = "
accepted here (32 rejected)
        1  Open
     2-32  Lock
  list and a part of an input shows the inputs that contain it, list alone shows all

> list 29
accepted here, with 29
  31  Lock { code: 29 }

> 
";
    assert!(output.ends_with(expected), "{output}");
}

#[test]
fn what_is_rejected_is_told_with_the_reason() {
    let expected = "REJECTED Unlock { code: 0 }
  DoorUnlock requires that the code is right

region door REFUSES
  DoorUnlock   PLACE
    FAILS     the code is right: code == set   PLACE
";
    let without_place = |text: &str| {
        let line = |line: &str| {
            line.split_once("   model-check").map_or(line.to_owned(), |(line, _)| format!("{line}   PLACE"))
        };
        text.lines().map(|one| line(one) + "\n").collect::<String>()
    };
    assert_eq!(without_place(&answer("3\nwhy Unlock { code: 0 }")), expected);
    assert_eq!(without_place(&answer("3\nUnlock { code: 0 }")), expected, "offering it says why as well");
    assert_eq!(
        answer("why lock"),
        "which one?\n  Lock { code: 0 }\n  Lock { code: 1 }\n  Unlock { code: 0 }\n  Unlock { code: 1 }\n"
    );
    assert!(answer("why 1").starts_with("ACCEPTED Open\n"));
    assert_eq!(answer("rejected clo"), "  Close\n      Close is not accepted while door is Closed\n");
    assert_eq!(answer("rejected open"), "no input that contains open is rejected here\n");
}

#[test]
fn values_are_shown_on_demand() {
    assert_eq!(answer("Open\nstate"), "   door.phase = Opened\n   door.uses  = 1\n");
    assert_eq!(answer("Open\nstate uses"), "   door.uses = 1\n");
    assert_eq!(answer("state lamp"), "no path contains lamp\n");
}

#[test]
fn the_way_goes_back_and_forth() {
    let back = answer("Open\nClose\nback 2");
    assert!(back.starts_with("\nthe initial state\n") && back.contains("1  Open\n"), "{back}");
    let forth = answer("Open\nClose\nback 2\nnext 2");
    assert!(forth.contains("\n1. Open   by DoorOpen\n") && forth.contains("\n2. Close   by DoorClose\n"), "{forth}");
    assert!(answer("Open\nClose\ngoto 1").starts_with("\nafter 1 step\n"));
    assert_eq!(answer("Open\nback\nstate uses"), "   door.uses = 0\n", "the state is that of before");
    // Another input forgets what came behind.
    assert_eq!(answer("Open\nback\n2\nnext"), "this is after 1 step, and the way has 1 step; take an input to go on\n");
    assert_eq!(answer("goto 7"), "this is after 0 steps, and the way has 0 steps; take an input to go on\n");
    assert_eq!(answer("goto"), "goto takes a number of steps, such as goto 2\n");
    assert_eq!(answer("back x"), "back takes a number of steps, such as back 2\n");
    assert!(answer("Open\ntrace").starts_with("after 1 step from the initial state:\n1. Open   by DoorOpen\n"));
}

#[test]
fn words_that_want_more_say_what() {
    assert_eq!(answer("why"), "why what? type why and an input, or its number\n");
    assert_eq!(answer("save"), "where to? type save and a file, such as save way.rs\n");
    assert_eq!(
        answer("save way.txt"),
        "way.txt ends in none of .rs, .json and .itf.json, so it is not clear what to write\n"
    );
    assert!(answer("help").contains("NUMBER         offers that input of the list"));
    let (_, output, _) = step(&[], "quit\nOpen\n");
    assert!(output.ends_with("> quit\n"), "{output}");
}

#[test]
fn a_walk_that_was_saved_can_be_loaded_again() {
    let folder = tempfile::tempdir().expect("a folder");
    for name in ["way.json", "way.itf.json"] {
        let file = folder.path().join(name).to_str().expect("text").to_owned();
        assert_eq!(answer(&format!("3\nUnlock {{ code: 1 }}\nsave {file}")), format!("saved as {file}\n"));
        let (_, output, messages) = step(&["--trace", &file], "");
        assert!(
            output.contains("the trace has 2 steps: next goes along it, goto 2 to its end\n"),
            "{output}{messages}"
        );
        assert!(output.contains("integers to 1;"), "the bounds are those of the walk: {output}");
        let (_, output, _) = step(&["--trace", &file], "goto 2\n");
        assert!(output.contains("\n2. Unlock { code: 1 }   by DoorUnlock\n"), "{output}");
    }
    let file = folder.path().join("way.rs").to_str().expect("text").to_owned();
    answer(&format!("3\nsave {file}"));
    let test = std::fs::read_to_string(file).expect("a test");
    assert!(test.contains("    accept(&mut authority, &DoorMachineInput::Lock { code: 1 });\n"), "{test}");
    assert!(test.contains("        \"door.phase = Locked { code: 1 }\",\n"), "{test}");
}

#[test]
fn the_counterexample_of_a_report_can_be_walked() {
    let folder = tempfile::tempdir().expect("a folder");
    let catalog = Catalog::new().with::<Door>();
    let (file, traces) = (folder.path().join("report.json"), folder.path().to_str().expect("text"));
    let (mut output, mut messages) = (Vec::new(), Vec::new());
    let check = ["meerkat", "check", "--integers", "2", "--format", "json", "--itf", traces];
    let outcome = execute_with_input(&catalog, check, &mut "".as_bytes(), &mut output, &mut messages);
    assert_eq!(outcome.expect("a buffer takes everything"), Exit::Failed);
    std::fs::write(&file, output).expect("the report is written");
    for file in [file, folder.path().join("Door-nobody_opens_it_twice.itf.json")] {
        let (_, output, messages) = step(&["--trace", file.to_str().expect("text")], "goto 3\n");
        assert!(output.contains("VIOLATED invariant \"nobody opens it twice\""), "{output}{messages}");
    }
}

#[test]
fn a_file_without_a_trace_is_an_error_that_says_why() {
    let folder = tempfile::tempdir().expect("a folder");
    let misused = |text: &str| {
        let file = folder.path().join("trace.json");
        std::fs::write(&file, text).expect("a file");
        let (outcome, output, messages) = step(&["--trace", file.to_str().expect("text")], "");
        assert_eq!((outcome, output.as_str()), (Exit::Misused, ""));
        messages
    };
    assert!(misused("{").contains("trace.json is no JSON: "));
    assert!(misused("{}").contains("trace.json is no trace; a trace is what `save`"));
    assert!(misused(r#"{ "machines": [] }"#).contains("nothing in "));
    let other = misused(r#"{ "machine": "Post", "trace": { "steps": [] } }"#);
    assert!(other.ends_with("trace.json is a trace of machine Post, and not of Door\n"), "{other}");
    let unknown = misused(r#"{ "trace": { "steps": [{ "input": "Lock { code: 7 }" }] } }"#);
    assert!(unknown.starts_with("error: the trace cannot be walked: Lock { code: 7 } is no input within"), "{unknown}");
    let (outcome, _, messages) = step(&["--trace", Path::new("nowhere.json").to_str().expect("text")], "");
    assert_eq!(outcome, Exit::Misused);
    assert!(messages.starts_with("error: nowhere.json cannot be read: "), "{messages}");
}
