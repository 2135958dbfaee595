//! Agents that go wrong in every way, beside one that does not.

#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a test ends at the first surprise, its helpers as well")]

use serde_json::Value;
use tests::host::{Ended, Place};

/// Runs a good prompt and a bad one in sessions of their own. The agent is a shell script that is told which it is.
fn beside_a_good_one(script: &str, more: &[&str]) -> Ended {
    let place = Place::new();
    place.write("prompts.jsonl", "{\"session\":\"bad\",\"prompt\":\"x\"}\n{\"session\":\"good\",\"prompt\":\"x\"}\n");
    place.write(
        "agent.sh",
        format!("read turn\ncase $turn in *good*) echo '{{\"result\":\"well\"}}'; exit;; esac\n{script}\n"),
    );
    let ended = place.run("sh agent.sh", &[more, &["prompts.jsonl"]].concat());
    assert_eq!(ended.code, Some(1), "{script}: {}", ended.stderr);
    assert_eq!(ended.all("done").len(), 1, "{script}");
    assert_eq!(ended.all("done")[0]["output"], "well", "{script}");
    ended
}

fn abandoned(ended: &Ended) -> (&str, &str, usize) {
    let abandoned: &Value = ended.all("abandoned")[0];
    let failures = ended.all("run_failed").len();
    (abandoned["reason"].as_str().unwrap(), abandoned["detail"].as_str().unwrap(), failures)
}

#[test]
fn failures_that_may_pass_are_tried_again_and_say_what_happened() {
    let cases: [(&str, &[&str], &str); 7] = [
        ("exit 0", &[], "exited without a result"),
        (
            "echo one >&2; echo two >&2; exit 3",
            &[],
            "exited with code 3; look at what it wrote to stderr (stderr: one | two)",
        ),
        ("echo '{\"result\":\"late\"}'; exit 4", &[], "exited with code 4"),
        ("kill -9 $$", &[], "was killed by signal 9"),
        ("sleep 3600", &["--agent-timeout-ms", "100"], "did not end within 100 ms and was killed"),
        ("exec >&-; sleep 3600", &["--agent-timeout-ms", "100"], "did not end within 100 ms and was killed"),
        ("echo '{\"error\":\"busy\"}'", &[], "the agent reported an error: busy"),
    ];
    for (script, more, sentence) in cases {
        let ended = beside_a_good_one(script, more);
        let (reason, detail, failures) = abandoned(&ended);
        assert_eq!((reason, failures), ("attempts_exhausted", 3), "{script}");
        assert!(detail.contains(sentence), "{script}: {detail}");
    }
}

#[test]
fn agents_that_break_the_protocol_are_not_tried_again() {
    let cases: [(&str, &[&str], &str); 7] = [
        ("echo Loading", &[], "printed \"Loading\", which is no line of the protocol"),
        ("echo '{\"reslut\":1}'", &[], "unknown field"),
        ("printf '{\"partial\":\"\\377\"}\\n'", &[], "which is no line of the protocol"),
        ("echo '{\"result\":\"a\"}'; echo '{\"result\":\"b\"}'", &[], "print the result last"),
        ("yes x | tr -d '\\n'", &["--line-limit-bytes", "1000"], "a line of more than 1000 bytes"),
        ("yes '{\"partial\":\"x\"}'", &["--output-limit-bytes", "1000"], "more than 1000 bytes"),
        ("echo '{\"error\":\"no such model\",\"retry\":false}'; exit 1", &[], "no such model"),
    ];
    for (script, more, sentence) in cases {
        let ended = beside_a_good_one(script, more);
        let (reason, detail, failures) = abandoned(&ended);
        assert_eq!((reason, failures), ("failed", 1), "{script}: {detail}");
        assert!(detail.contains(sentence), "{script}: {detail}");
    }
}

#[test]
fn an_agent_need_not_read_and_may_leave_somebody_behind() {
    let place = Place::new();
    let big = "x".repeat(500_000);
    place.write("prompts.jsonl", format!("{{\"session\":\"a\",\"prompt\":\"{big}\"}}\n"));
    // The sleeper holds the pipes open. The run is over when the agent is.
    let ended = place.run("sh -c 'sleep 3600 & echo {\\\"result\\\":[1,2]}'", &["prompts.jsonl"]);
    assert_eq!(ended.code, Some(0), "{:?}", ended.events);
    assert_eq!(ended.all("done")[0]["output"], "[1,2]");
}

#[test]
fn the_last_line_needs_no_end() {
    let place = Place::new();
    place.write_prompts("prompts.jsonl", &["a"], 1);
    let ended = place.run("printf '{\"partial\":\"a\"}\\n\\n{\"result\":\"b\"}'", &["prompts.jsonl"]);
    assert_eq!(ended.code, Some(0), "{:?}", ended.events);
    assert_eq!(ended.all("done")[0]["output"], "b");
}

#[test]
fn an_agent_that_talks_before_it_listens_does_not_block() {
    let place = Place::new();
    let big = "x".repeat(500_000);
    place.write("prompts.jsonl", format!("{{\"session\":\"a\",\"prompt\":\"{big}\"}}\n"));
    let script = "yes '{\"partial\":\"x\"}' | head -n 20000; wc -c | sed 's/\\(.*\\)/{\"result\":\"\\1\"}/'";
    place.write("agent.sh", script);
    let ended = place.run("sh agent.sh", &["prompts.jsonl"]);
    assert_eq!(ended.code, Some(0), "{:?}", ended.events.last());
    assert_eq!(ended.all("output").len(), 20_000);
    assert!(ended.all("done")[0]["output"].as_str().unwrap().trim().parse::<usize>().unwrap() > 500_000);
}

#[test]
fn a_flaky_agent_gets_over_it() {
    let place = Place::new();
    place.write_prompts("prompts.jsonl", &["a", "b"], 2);
    for manner in ["error", "exit", "silent", "hang"] {
        let agent = format!("@flaky --fail-attempts 2 --manner {manner}");
        let store = format!("{manner}.sqlite");
        let mut command = place.command(&["run", "--store", &store, "--agent", &agent, "--agent-timeout-ms", "200"]);
        command.arg("prompts.jsonl");
        let ended = Ended::of(command);
        assert_eq!(ended.code, Some(0), "{manner}: {}", ended.stderr);
        assert_eq!(ended.all("done").len(), 4, "{manner}");
        assert_eq!(ended.all("run_failed").len(), 8, "{manner}");
        assert!(ended.all("done").iter().all(|done| done["output"].as_str().unwrap().starts_with("attempt 3: ")));
    }
}

#[test]
fn no_more_agents_run_at_once_than_allowed() {
    let place = Place::new();
    place.write_prompts("prompts.jsonl", &["a", "b", "c", "d", "e"], 2);
    // Making a folder fails if it is there: two agents at once would be seen.
    let script = "mkdir lock || exit 1; read turn; rmdir lock; echo '{\"result\":\"alone\"}'";
    place.write("agent.sh", script);
    let ended = place.run("sh agent.sh", &["--max-running", "1", "--attempts", "1", "prompts.jsonl"]);
    assert_eq!(ended.code, Some(0), "{:?}", ended.all("run_failed"));
    assert_eq!(ended.all("done").len(), 10);
}

#[test]
fn an_agent_that_disappears_ends_the_host_and_costs_no_prompt() {
    let place = Place::new();
    place.write_prompts("prompts.jsonl", &["a"], 2);
    let script = "#!/bin/sh\nrm agent\necho '{\"result\":\"last\"}'\n";
    let make = || {
        use std::os::unix::fs::PermissionsExt;
        place.write("agent", script);
        std::fs::set_permissions(place.path("agent"), std::fs::Permissions::from_mode(0o755)).unwrap();
    };
    make();
    let first = place.run("./agent", &["prompts.jsonl"]);
    assert_eq!(first.code, Some(2), "{}", first.stderr);
    assert!(first.stderr.contains("cannot be started"), "{}", first.stderr);
    assert_eq!((first.all("done").len(), first.all("abandoned").len()), (1, 0));
    make();
    let second = place.run("./agent", &["prompts.jsonl"]);
    assert_eq!(second.code, Some(0), "{}", second.stderr);
    assert_eq!(second.all("continued").len(), 1);
}
