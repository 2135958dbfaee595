//! The example host from end to end: prompts in, results out, and everything that can be given to it wrongly.

#![allow(clippy::unwrap_used, reason = "a test ends at the first surprise, its helpers as well")]

use serde_json::Value;
use tests::host::{Ended, Place};

const SESSIONS: [&str; 3] = ["ada", "alan", "grace"];

#[test]
fn every_prompt_is_accepted_run_and_done_in_order() {
    let place = Place::new();
    place.write_prompts("prompts.jsonl", &SESSIONS, 4);
    let ended = place.run("@words", &["prompts.jsonl"]);
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    for session in SESSIONS {
        for kind in ["accepted", "done"] {
            let of_session = ended.all(kind).into_iter().filter(|event| event["session"] == session);
            let inputs: Vec<_> = of_session.map(|event| event["input"].as_u64().unwrap()).collect();
            assert_eq!(inputs, [1, 2, 3, 4], "{kind} {session}");
        }
    }
    assert_eq!(ended.all("output").len(), 12);
    let summary = ended.summary();
    for (name, count) in [("sessions", 3), ("accepted", 12), ("consumed", 12), ("abandoned", 0), ("runs", 12)] {
        assert_eq!(summary[name], count, "{name}");
    }
    assert_eq!(ended.stderr, "");
}

#[test]
fn the_same_files_again_repeat_nothing_and_new_lines_run() {
    let place = Place::new();
    place.write_prompts("prompts.jsonl", &SESSIONS, 2);
    let first = place.run("@words", &["prompts.jsonl"]);
    place.write_prompts("prompts.jsonl", &SESSIONS, 3);
    let second = place.run("@words", &["prompts.jsonl"]);
    assert_eq!((first.code, second.code), (Some(0), Some(0)));
    assert_eq!(second.all("started").len(), 3);
    let summary = second.summary();
    for (name, count) in [("accepted", 3), ("deduplicated", 6), ("consumed", 3), ("consumed_before", 6)] {
        assert_eq!(summary[name], count, "{name}");
    }
    let earlier: Vec<_> = second.all("done").into_iter().filter(|done| done["earlier"] == true).collect();
    for done in first.all("done") {
        let same = |again: &&&Value| again["session"] == done["session"] && again["input"] == done["input"];
        assert_eq!(earlier.iter().find(same).unwrap()["output"], done["output"]);
    }
}

#[test]
fn a_key_makes_a_line_of_stdin_safe_to_repeat() {
    let place = Place::new();
    let prompts = r#"{"session":"a","prompt":"one","key":"k"}
{"session":"a","prompt":"one","key":"k"}
{"session":"a","prompt":"two"}
{"session":"a","prompt":"two"}
{"session":"a","prompt":"other","key":"k"}
"#;
    let feed = || {
        let mut command = place.host("@words", &["-"]);
        place.write("input", prompts);
        command.stdin(std::fs::File::open(place.path("input")).unwrap());
        let output = command.output().unwrap();
        let lines = String::from_utf8(output.stdout).unwrap();
        let events = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        Ended { code: output.status.code(), events, stderr: String::new() }
    };
    let first = feed();
    assert_eq!(first.code, Some(1));
    assert_eq!(first.all("done").len(), 3);
    let rejected = first.all("rejected");
    assert_eq!(rejected.len(), 1);
    assert_eq!(rejected[0]["place"], "stdin:5");
    assert!(rejected[0]["message"].as_str().unwrap().contains("use a new key than \"k\""));
    // The two lines without a key are new inputs, and the one with a key is not.
    assert_eq!(feed().summary()["consumed"], 2);
}

#[test]
fn bad_lines_are_named_and_harm_no_other_line() {
    let place = Place::new();
    let long = format!(r#"{{"session":"{}","prompt":"x"}}"#, "s".repeat(201));
    let too_much = format!(r#"{{"session":"a","prompt":"{}"}}"#, "x".repeat(1024 * 1024 + 1));
    let lines: [&[u8]; 13] = [
        b"\xEF\xBB\xBF{\"session\":\"a\",\"prompt\":\"one\"}\r",
        b"",
        b"hello",
        b"[\"a\",\"x\"]",
        b"{\"session\":\"a\"}",
        b"{\"session\":\"a\",\"promt\":\"x\"}",
        b"{\"session\":\"\",\"prompt\":\"x\"}",
        b"{\"session\":\"a\\nb\",\"prompt\":\"x\"}",
        b"{\"session\":\"a\",\"prompt\":\"x\",\"lane\":\"fast\"}",
        b"{\"session\":\"a\",\"prompt\":\"\xFF\"}",
        long.as_bytes(),
        too_much.as_bytes(),
        b"{\"session\":\"a\",\"prompt\":\"two\"}",
    ];
    place.write("prompts.jsonl", lines.join(&b'\n'));
    let ended = place.run("@words", &["prompts.jsonl"]);
    assert_eq!(ended.code, Some(1));
    assert_eq!(ended.summary()["consumed"], 2);
    let mut places: Vec<_> = ended.all("rejected").iter().map(|event| event["place"].as_str().unwrap()).collect();
    places.sort_by_key(|place| (place.len(), place.to_owned()));
    let numbers: Vec<_> = (3..=12).map(|number| format!("prompts.jsonl:{number}")).collect();
    assert_eq!(places, numbers);
}

#[test]
fn what_cannot_work_is_refused_before_a_store_is_made() {
    let place = Place::new();
    place.write("prompts.jsonl", "{\"session\":\"a\",\"prompt\":\"x\"}\n");
    std::fs::create_dir(place.path("sub")).unwrap();
    place.write("sub/prompts.jsonl", "");
    let refused = [
        (place.run("no-such-program --x", &["prompts.jsonl"]), "there is no program \"no-such-program\""),
        (place.run("@nope", &["prompts.jsonl"]), "names no agent of this program"),
        (place.run("@slow --stpes 3", &["prompts.jsonl"]), "names no agent of this program"),
        (place.run("./prompts.jsonl", &["prompts.jsonl"]), "make it executable"),
        (place.run("sh -c 'x", &["prompts.jsonl"]), "a quote that is not closed"),
        (place.run("@words", &["missing.jsonl"]), "missing.jsonl cannot be read"),
        (place.run("@words", &["sub"]), "sub cannot be read"),
        (place.run("@words", &["prompts.jsonl", "sub/prompts.jsonl"]), "rename one of them"),
        (place.run("@words", &["--attempts", "0", "prompts.jsonl"]), "--attempts"),
        (Ended::of(place.command(&["run", "--store", "store.sqlite", "prompts.jsonl"])), "add --agent"),
        (Ended::of(place.command(&["results", "--store", "store.sqlite"])), "there is no store"),
        (Ended::of(place.command(&["sessions", "--store", "store.sqlite"])), "there is no store"),
    ];
    for (ended, sentence) in refused {
        assert_eq!(ended.code, Some(2), "{sentence}: {}", ended.stderr);
        assert!(ended.stderr.contains(sentence), "{sentence}: {}", ended.stderr);
        assert!(ended.events.is_empty());
    }
    assert!(!place.path("store.sqlite").exists());
}

#[test]
fn a_store_that_cannot_be_used_is_told_in_one_sentence() {
    let place = Place::new();
    place.write_prompts("prompts.jsonl", &["a"], 1);
    let refused = |sentence: &str| {
        let ended = place.run("@words", &["prompts.jsonl"]);
        assert_eq!(ended.code, Some(3), "{}", ended.stderr);
        assert!(ended.stderr.contains(sentence), "{}", ended.stderr);
        assert_eq!(ended.stderr.lines().count(), 1, "{}", ended.stderr);
    };
    place.write("store.sqlite", "Dear diary, ".repeat(100));
    refused("is not a Meerkat store");
    std::fs::remove_file(place.path("store.sqlite")).unwrap();

    assert_eq!(place.run("@words", &["prompts.jsonl"]).code, Some(0));
    let bytes = std::fs::read(place.path("store.sqlite")).unwrap();
    let mut newer = bytes.clone();
    // The version is the big-endian number at byte 60 of a SQLite file.
    newer[63] += 1;
    place.write("store.sqlite", newer);
    refused("use the newer program");

    std::fs::remove_file(place.path("store.sqlite")).unwrap();
    std::fs::create_dir(place.path("store.sqlite")).unwrap();
    refused("cannot be opened as a file");
}

#[test]
fn a_store_that_a_host_has_open_is_in_use() {
    let place = Place::new();
    place.write_prompts("prompts.jsonl", &["a"], 1);
    let mut first = tests::host::Running::start(place.host("@slow --step-ms 3600000", &["prompts.jsonl"]));
    first.wait_for("output");
    let second = place.run("@words", &["prompts.jsonl"]);
    assert_eq!(second.code, Some(3));
    assert!(second.stderr.contains("is in use by another process"), "{}", second.stderr);
}

#[test]
fn a_full_store_ends_the_host_and_loses_nothing() {
    let place = Place::new();
    let line = |number: usize| format!("{{\"session\":\"a\",\"prompt\":\"{number}{}\"}}\n", "x".repeat(4000));
    place.write("prompts.jsonl", (0..100).map(line).collect::<String>());
    let full = place.run("@slow --steps 0", &["--store-limit-bytes", "200000", "prompts.jsonl"]);
    assert_eq!(full.code, Some(3), "{}", full.stderr);
    assert!(full.stderr.contains("there is no room left"), "{}", full.stderr);
    let again = place.run("@slow --steps 0", &["prompts.jsonl"]);
    assert_eq!(again.code, Some(0), "{}", again.stderr);
    let accepted = full.all("accepted").len() as u64;
    assert!(accepted > 0 && again.summary()["accepted"].as_u64().unwrap() <= 100 - accepted);
    assert_eq!(place.results().iter().filter(|result| result["state"] == "done").count(), 100);
}

#[test]
#[cfg(unix)]
fn steering_prompts_run_first_and_join_at_boundaries() {
    let place = Place::new();
    place.write(
        "prompts.jsonl",
        "{\"session\":\"a\",\"prompt\":\"one\"}\n{\"session\":\"a\",\"prompt\":\"two\"}\n\
         {\"session\":\"a\",\"prompt\":\"urgent\",\"lane\":\"steer\"}\n",
    );
    // The first run goes from boundary to boundary until the urgent prompt is there.
    let script = "read turn
        urgent() { case $1 in *urgent*) true;; *) false;; esac; }
        case $turn in *one*) until urgent \"$answer\"; do echo '{\"boundary\":true}'; read answer; done;; esac
        echo '{\"result\":\"done\"}'";
    place.write("agent.sh", script);
    let joined = place.run("sh agent.sh", &["--steerable", "prompts.jsonl"]);
    assert_eq!(joined.code, Some(0), "{}", joined.stderr);
    let done: Vec<_> = joined.all("done").iter().map(|done| done["input"].as_u64().unwrap()).collect();
    // The urgent one was done in the first run, so there was no third.
    assert_eq!((done, joined.summary()["runs"].as_u64()), (vec![1, 3, 2], Some(2)));
    let closed = Place::new();
    closed.write_prompts("prompts.jsonl", &["a"], 1);
    let ended = closed.run("@slow --boundaries", &["prompts.jsonl"]);
    assert!(ended.all("abandoned")[0]["detail"].as_str().unwrap().contains("start the host with --steerable"));
}

#[test]
fn the_inspecting_commands_show_what_the_store_has() {
    let place = Place::new();
    place.write("good.jsonl", "{\"session\":\"a\",\"prompt\":\"fine\"}\n");
    place.write("bad.jsonl", "{\"session\":\"b\",\"prompt\":\"not \\\"fine\\\"\"}\n");
    assert_eq!(place.run("@words", &["good.jsonl"]).code, Some(0));
    assert_eq!(place.run("@flaky --manner fatal", &["bad.jsonl"]).code, Some(1));
    let look = |arguments: &[&str]| {
        let ended = Ended::of(place.command(&[arguments, &["--store", "store.sqlite"]].concat()));
        (ended.code, ended.events, ended.stderr)
    };
    let results = look(&["results"]).1;
    assert_eq!(results.len(), 2);
    assert_eq!(results[0]["state"], "done");
    assert_eq!(results[0]["key"], "good.jsonl:1");
    assert_eq!(results[1]["text"], "the agent reported an error: this can never work");
    assert_eq!(look(&["results", "--session", "b"]).1, results[1..]);
    let (code, _, stderr) = look(&["results", "--session", "c"]);
    assert_eq!(code, Some(2));
    assert!(stderr.contains("no session c"), "{stderr}");
    let sessions = look(&["sessions"]).1;
    assert_eq!(sessions.iter().map(|counts| &counts["abandoned"]).collect::<Vec<_>>(), [0, 1]);
    let again = look(&["results", "--state", "abandoned", "--as-prompts"]).1;
    assert_eq!(again[0].to_string(), r#"{"prompt":"not \"fine\"","session":"b"}"#);
    // A second look at a settled prompt is no second chance, and the exit code says so.
    assert_eq!(place.run("@words", &["bad.jsonl"]).code, Some(1));
    place.write("again.jsonl", again[0].to_string());
    assert_eq!(place.run("@words", &["again.jsonl"]).code, Some(0));
}

#[test]
fn results_go_to_a_file_as_well_and_people_read_text() {
    let place = Place::new();
    place.write("prompts.jsonl", "{\"session\":\"a\",\"prompt\":\"x \\u001b[31m\"}\n");
    let arguments =
        ["run", "--store", "s", "--agent", "@words", "--results", "r.jsonl", "--format", "text", "prompts.jsonl"];
    let output = place.command(&arguments).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("1 accepted, 0 rejected"), "{text}");
    assert!(!text.contains('\u{1b}'), "{text}");
    let file = std::fs::read_to_string(place.path("r.jsonl")).unwrap();
    let kinds: Vec<Value> = file.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(kinds.iter().filter(|event| event["event"] == "done").count(), 1);
    assert_eq!(kinds.last().unwrap()["event"], "summary");
}

#[test]
fn a_damaged_session_harms_no_other() {
    let place = Place::new();
    let sessions = ["garbled", "torn", "well"];
    place.write_prompts("prompts.jsonl", &sessions, 2);
    let mut host = tests::host::Running::start(place.host("@slow --step-ms 3600000", &["prompts.jsonl"]));
    let accepted = |events: &[Value]| events.iter().filter(|event| event["event"] == "accepted").count();
    while accepted(&host.events) < 6 {
        host.next_event().unwrap();
    }
    drop(host.kill());
    let database = rusqlite::Connection::open(place.path("store.sqlite")).unwrap();
    let of = "session = (SELECT row FROM sessions WHERE name = ?1) AND position = 1";
    assert_eq!(database.execute(&format!("UPDATE journal SET entry = x'00' WHERE {of}"), ["garbled"]).unwrap(), 1);
    assert_eq!(database.execute(&format!("DELETE FROM journal WHERE {of}"), ["torn"]).unwrap(), 1);
    drop(database);
    let ended = place.run("@words", &["prompts.jsonl"]);
    assert_eq!(ended.code, Some(3), "{}", ended.stderr);
    let failed: Vec<_> = ended.all("session_failed").iter().map(|event| event["session"].as_str().unwrap()).collect();
    assert_eq!(failed.len(), 2, "{failed:?}");
    assert!(failed.contains(&"garbled") && failed.contains(&"torn"));
    assert!(ended.all("done").iter().all(|done| done["session"] == "well"));
    for (name, count) in [("consumed", 2), ("failed_sessions", 2), ("untaken", 4)] {
        assert_eq!(ended.summary()[name], count, "{name}");
    }
}

#[test]
fn the_prompts_of_the_demo_are_all_consumed() {
    let place = Place::new();
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../meerkat-runtime/examples/prompts");
    let files = ["standup.jsonl", "reading.jsonl"].map(|name| format!("{folder}/{name}"));
    let ended = place.run("@words", &[&files[0], &files[1]]);
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    for (name, count) in [("sessions", 5), ("consumed", 10), ("deduplicated", 1)] {
        assert_eq!(ended.summary()[name], count, "{name}");
    }
}
