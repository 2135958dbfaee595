//! What `meerkat graph` and `meerkat explain` print, for small machines as users write them.
#![allow(missing_docs, reason = "the machines below are compiled for this test alone")]

use machine_spec::machine;
use model_check::{Catalog, Exit, execute};

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
        field uses: Option<u8> = None;

        on Open from Closed to Opened;
        on Close {
            from Opened to Closed;
            ignore from Closed;
        }
        on Lock { code } from Closed to Locked { code } {
            require "the code is small": code < 9;
            emit Click;
        }
        on Unlock { code } from Locked { code: set } to Closed { require "the code is right": code == set; }
    }

    invariant "nobody counts": door.uses == None;
}

machine! {
    /// Letters by number.
    pub machine Post;

    id Letter;
    input Send { letter: Letter }
    input Lose { letter: Letter }
    input DeliverAll;
    effect Rung;

    keyed region letters[Letter] {
        phases { Waiting, final Delivered { late: bool } }
        select waiting = Waiting;
        on Send { letter } create letter to Waiting;
        on Lose { letter } at letter from any remove { require "it was sent": tally.sent > 0; }
        on DeliverAll each waiting from Waiting to Delivered { late: false } { emit Rung; }
    }
    region tally {
        field sent: u32 = 0;
        on Send stay { set sent = self.sent + 1; }
    }

    invariant "nothing is late": letters.all(|one| !matches!(one.phase, Delivered { late: true }));
    invariant "nobody sends for nothing": tally.sent == 0 => letters.waiting.is_empty();
}

fn run(arguments: &[&str]) -> (Exit, String, String) {
    let catalog = Catalog::new().with::<Door>().with::<Post>();
    let (mut output, mut messages) = (Vec::new(), Vec::new());
    let arguments = std::iter::once(&"meerkat").chain(arguments);
    let outcome = execute(&catalog, arguments, &mut output, &mut messages).expect("a buffer takes everything");
    let text = |bytes| String::from_utf8(bytes).expect("text");
    (outcome, text(output), text(messages))
}

/// The output, without the places: they are where this file has its lines.
fn told(arguments: &[&str]) -> String {
    let (outcome, output, messages) = run(arguments);
    assert_eq!((outcome, messages.as_str()), (Exit::Passed, ""));
    let without_place = |line: &str| line.split("   model-check").next().unwrap_or(line).to_owned() + "\n";
    output.lines().map(without_place).collect()
}

#[test]
fn a_region_is_a_state_diagram() {
    let expected = r#"---
title: "Door door"
---
stateDiagram-v2
    state "Closed" as door_Closed
    state "Opened" as door_Opened
    state "Locked" as door_Locked
    door_Locked : code: u8
    [*] --> door_Closed
    door_Closed --> door_Opened : Open
    door_Opened --> door_Closed : Close
    door_Closed --> door_Locked : Lock [the code is small] / Click
    door_Locked --> door_Closed : Unlock [the code is right]
"#;
    assert_eq!(told(&["graph", "Door", "--region", "door"]), expected);
}

#[test]
fn what_stays_is_drawn_on_demand() {
    let added = "    door_Closed --> door_Closed : Close / ignored\n";
    assert!(!told(&["graph", "Door"]).contains(added.trim()));
    assert!(told(&["graph", "Door", "--region", "door", "--all"]).contains(added));
}

#[test]
fn a_whole_machine_has_a_frame_per_region_and_instances_come_and_go() {
    let expected = r#"---
title: "Post"
---
stateDiagram-v2
    state "letters[Letter]" as letters {
        state "Waiting" as letters_Waiting
        state "Delivered" as letters_Delivered
        letters_Delivered : late: bool
        [*] --> letters_Waiting : Send
        letters_Waiting --> [*] : Lose [it was sent]
        letters_Waiting --> letters_Delivered : DeliverAll each waiting / Rung
    }
    state "tally" as tally {
        state "tally" as tally_tally
        tally_tally : sent: u32
        tally_tally --> tally_tally : Send / set sent
    }
    classDef final stroke-width:4px
    class letters_Delivered final
"#;
    assert_eq!(told(&["graph", "Post"]), expected);
}

#[test]
fn coverage_is_painted() {
    let text = told(&["graph", "Door", "--coverage", "--bound", "Lock.code=1", "--bound", "Unlock.code=1"]);
    assert!(text.contains("title: \"Door, within 2 ids, epochs to 2, integers to 2, Lock.code = 1, Unlock.code = 1\""));
    assert!(text.contains(" : Lock (2x) [the code is small (NEVER FALSE)]<br/>/ Click"), "{text}");
    assert!(text.contains(" : Unlock (2x) [the code is right]"), "{text}");
    let text = told(&["graph", "Door", "--coverage", "--max-states", "1", "--format", "dot"]);
    assert!(text.contains("CUT OFF"), "{text}");
    assert!(text.contains("[label=<Close (NEVER)<br align=\"left\"/>>, color=\"#cc0000\""), "{text}");
}

#[test]
fn the_same_picture_in_the_language_of_graphviz() {
    let text = told(&["graph", "Door", "--region", "door", "--format", "dot"]);
    assert!(text.starts_with("digraph \"Door\" {\n"), "{text}");
    let arrow = "\"door.Closed\" -> \"door.Locked\" [label=<Lock [the code is small] / Click<br align=\"left\"/>>];";
    assert!(text.contains(arrow), "{text}");
}

#[test]
fn an_accepted_input_is_told_with_what_it_changes() {
    let expected = "ACCEPTED Lock { code: 2 }
  by DoorLock
  door.phase: Closed -> Locked { code: 2 }
  emits Click
";
    assert_eq!(told(&["explain", "Door", "Lock{code:2}"]), expected);
}

#[test]
fn a_rejected_input_is_told_guard_by_guard() {
    let expected = "REJECTED Unlock { code: 1 }
  DoorUnlock requires that the code is right

region door REFUSES
  DoorUnlock
    FAILS     the code is right: code == set
";
    assert_eq!(told(&["explain", "Door", "--after", "Lock { code: 2 }", "Unlock { code: 1 }"]), expected);
    let expected = "REJECTED Close
  Close is not accepted while door is Locked

region door REFUSES
  DoorCloseFromOpenedToClosed
    wrong phase: is Locked { code: 0 }, leaves from Opened
  DoorCloseFromClosedIgnore
    wrong phase: is Locked { code: 0 }, leaves from Closed
";
    assert_eq!(told(&["explain", "Door", "--after", "Lock { code: 0 }", "Close"]), expected);
}

#[test]
fn instances_are_told_apart() {
    let expected = "REJECTED Send { letter: Letter(1) }
  Send is not accepted: letters has an instance already

region letters REFUSES
  LettersSend at Letter(1)
    there is an instance under letter already

region tally accepts
  TallySend
    would accept
";
    let text = told(&["explain", "Post", "--after", "Send { letter: Letter(1) }", "Send { letter: Letter(1) }"]);
    let cut = |text: &str| text.lines().filter(|line| !line.starts_with("  Send")).collect::<Vec<_>>().join("\n");
    assert_eq!(cut(&text), cut(expected));
}

#[test]
fn a_refused_step_on_the_way_is_explained() {
    let (outcome, output, messages) = run(&["explain", "Door", "--after", "Open", "--after", "Open", "Close"]);
    assert_eq!((outcome, output.as_str()), (Exit::Misused, ""));
    assert!(messages.starts_with("error: step 2 of the way is refused\n\nREJECTED Open\n"), "{messages}");
    assert!(messages.contains("wrong phase: is Opened, leaves from Closed"), "{messages}");
}

#[test]
fn unknown_names_are_answered_with_the_nearest_known() {
    let misused = |arguments: &[&str]| {
        let (outcome, output, messages) = run(arguments);
        assert_eq!((outcome, output.as_str()), (Exit::Misused, ""));
        messages
    };
    assert_eq!(misused(&["graph"]), "error: this program knows several machines: name one of Door, Post\n");
    assert_eq!(misused(&["graph", "Dor"]), "error: there is no machine Dor; did you mean Door?\n");
    assert_eq!(
        misused(&["graph", "Post", "--region", "leters"]),
        "error: machine Post has no region leters; did you mean letters?; it has letters, tally\n"
    );
    assert_eq!(
        misused(&["explain", "Door", "Opne"]),
        "error: machine Door has no input Opne; did you mean Open?\nits inputs are Open, Close, Lock, Unlock\n"
    );
    assert_eq!(
        misused(&["explain", "Door", "Lock { code: 7 }"]),
        "error: Lock { code: 7 } is no input within 2 ids, epochs to 2, integers to 2; an input is written as \
         Lock { code: u8 }; did you mean Lock { code: 2 }?\n"
    );
}
