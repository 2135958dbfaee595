//! Ctrl-C, once and twice, and the end of whoever reads the output.

#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a test ends at the first surprise, its helpers as well")]

use std::io::{Read, Write};

use nix::errno::Errno;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::Value;
use tests::host::{Place, Running};

#[test]
fn the_first_signal_lets_current_runs_end_and_the_next_start_does_the_rest() {
    for signal in [Signal::SIGINT, Signal::SIGTERM] {
        let place = Place::new();
        place.write_prompts("prompts.jsonl", &["a", "b"], 3);
        // An agent ends when it gets a line through the gate.
        let made = std::process::Command::new("mkfifo").arg(place.path("gate")).status().unwrap();
        assert!(made.success());
        let mut gate = std::fs::File::options().read(true).write(true).open(place.path("gate")).unwrap();
        let script = "read turn; echo '{\"partial\":\"on it\"}'; read go <gate; echo '{\"result\":\"done\"}'";
        place.write("agent.sh", script);
        let mut host = Running::start(place.host("sh agent.sh", &["--drain-ms", "60000", "prompts.jsonl"]));
        let both_run = |events: &[Value]| events.iter().filter(|event| event["event"] == "output").count() == 2;
        let all_accepted = |events: &[Value]| events.iter().filter(|event| event["event"] == "accepted").count() == 6;
        while !both_run(&host.events) || !all_accepted(&host.events) {
            host.next_event().unwrap();
        }
        host.signal(signal);
        host.wait_for_word("press Ctrl-C again");
        gate.write_all(&[b'\n'; 6]).unwrap();
        let first = host.end();
        assert_eq!(first.code, Some(130), "{}", first.stderr);
        assert_eq!(first.all("run_failed").len(), 0);
        // A run may just have ended when the signal came, and the next one begun.
        let done = first.all("done").len();
        assert!((2..=4).contains(&done), "{:?}", first.events);
        assert_eq!(first.all("left").len(), 6 - done);
        assert!(first.stderr.contains("start the host on it again"), "{}", first.stderr);
        let second = place.run("sh agent.sh", &["prompts.jsonl"]);
        assert_eq!(second.code, Some(0), "{}", second.stderr);
        assert_eq!(second.all("started").len(), 6 - done);
        assert_eq!(second.all("continued").len(), 6 - done);
    }
}

#[test]
fn the_second_signal_kills_the_agent_and_what_it_started() {
    let place = Place::new();
    place.write_prompts("prompts.jsonl", &["a"], 2);
    // Whoever holds the pipe open for writing is alive.
    let script = "read turn; mkfifo alive; sleep 3600 >alive & echo \"{\\\"partial\\\":\\\"$$\\\"}\"; wait; echo never";
    place.write("agent.sh", script);
    let mut host = Running::start(place.host("sh agent.sh", &["--drain-ms", "3600000", "prompts.jsonl"]));
    let agent: i32 = host.wait_for("output")["text"].as_str().unwrap().parse().unwrap();
    let mut alive = std::fs::File::open(place.path("alive")).unwrap();
    host.signal(Signal::SIGINT);
    host.wait_for_word("press Ctrl-C again");
    host.signal(Signal::SIGINT);
    let ended = host.end();
    assert_eq!(ended.code, Some(130), "{}", ended.stderr);
    assert_eq!(kill(Pid::from_raw(agent), None), Err(Errno::ESRCH), "the agent was not awaited");
    assert_eq!(alive.read(&mut [0]).unwrap(), 0);
    assert_eq!(ended.all("left").len() as u64, ended.summary()["accepted"].as_u64().unwrap());
    let second = place.run("@words", &["prompts.jsonl"]);
    assert_eq!(second.code, Some(0), "{}", second.stderr);
    assert_eq!(second.summary()["consumed"], 2);
}

#[test]
fn work_that_is_left_needs_no_prompts_and_no_agent_is_an_error() {
    let place = Place::new();
    place.write_prompts("prompts.jsonl", &["a"], 1);
    let mut host = Running::start(place.host("@slow --step-ms 3600000", &["prompts.jsonl"]));
    host.wait_for("output");
    drop(host.kill());
    let nobody = tests::host::Ended::of(place.command(&["run", "--store", "store.sqlite"]));
    assert_eq!(nobody.code, Some(2));
    assert!(nobody.stderr.contains("add --agent"), "{}", nobody.stderr);
    let rest = place.run("@words", &[]);
    assert_eq!(rest.code, Some(0), "{}", rest.stderr);
    assert_eq!(rest.all("done").len(), 1);
    let nothing = place.run("@words", &[]);
    assert_eq!(nothing.code, Some(0));
    assert!(nothing.stderr.contains("nothing waits"), "{}", nothing.stderr);
}

#[test]
fn a_host_whose_output_nobody_reads_can_still_be_ended() {
    let place = Place::new();
    place.write_prompts("prompts.jsonl", &["a"], 1);
    place.write("agent.sh", "read turn; yes '{\"partial\":\"more than any pipe holds\"}'");
    let mut host = Running::start(place.host("sh agent.sh", &["--output-limit-bytes", "1000000000", "prompts.jsonl"]));
    host.wait_for("output");
    for word in ["press Ctrl-C again", "nobody reads the output", "ended before everything was told"] {
        host.signal(Signal::SIGINT);
        host.wait_for_word(word);
    }
    assert_eq!(host.end().code, Some(130));
    assert_eq!(place.results()[0]["state"], "waiting");
}

#[test]
fn a_reader_that_goes_away_ends_the_host() {
    let place = Place::new();
    place.write_prompts("prompts.jsonl", &["a", "b"], 50);
    let mut command = place.host("@words", &["prompts.jsonl"]);
    let mut child = command.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(3), "{stderr}");
    assert!(stderr.contains("results cannot be written any more"), "{stderr}");
    assert_eq!(place.run("@words", &["prompts.jsonl"]).code, Some(0));
    assert_eq!(place.results().len(), 100);
}
