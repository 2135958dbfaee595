//! Kills the host at many points, and compares what it had promised with what is in the store and in the world.
//!
//! The agent adds a line to a log for each input that it finishes: an effect in the world that no store can take back.

#![allow(clippy::unwrap_used, reason = "a test ends at the first surprise, its helpers as well")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde_json::Value;
use tests::host::{Place, Running};

const SESSIONS: [&str; 4] = ["ada", "alan", "grace", "library"];
const PROMPTS: usize = 6;
const AGENT: &str = "@slow --step-ms 1 --steps 2 --log log";
/// More than the crashes of a test, so that none of them uses an input's last attempt.
const MORE: [&str; 3] = ["--attempts", "1000", "prompts.jsonl"];

/// Session and number.
type Input = (String, u64);

fn input(event: &Value) -> Input {
    (event["session"].as_str().unwrap().to_owned(), event["input"].as_u64().unwrap())
}

fn of_kind<'events>(events: &'events [Value], kind: &'events str) -> impl Iterator<Item = &'events Value> {
    events.iter().filter(move |event| event["event"] == kind)
}

/// One line of the log.
#[derive(Debug)]
struct Finished {
    input: Input,
    run: u64,
}

fn log(path: &Path) -> Vec<Finished> {
    let text = std::fs::read_to_string(path).unwrap();
    let parse = |line: &str| {
        let fields: Vec<&str> = line.split('\t').collect();
        let number = |index: usize| fields[index].parse().unwrap();
        Finished { input: (fields[0].to_owned(), number(1)), run: number(2) }
    };
    text.lines().map(parse).collect()
}

/// What the host said before it was killed.
#[derive(Default)]
struct Promised {
    accepted: BTreeSet<Input>,
    /// With the output.
    done: BTreeMap<Input, Value>,
    /// The latest run of each input that was done.
    runs: BTreeMap<Input, u64>,
}

impl Promised {
    fn note(&mut self, events: &[Value]) {
        // What was promised before must not be run now.
        for started in of_kind(events, "started") {
            for number in started["inputs"].as_array().unwrap() {
                let started_input = (started["session"].as_str().unwrap().to_owned(), number.as_u64().unwrap());
                assert!(!self.done.contains_key(&started_input), "{started_input:?} was done and runs again");
                self.runs.insert(started_input, started["run"].as_u64().unwrap());
            }
        }
        self.accepted.extend(of_kind(events, "accepted").map(input));
        for done in of_kind(events, "done") {
            let before = self.done.insert(input(done), done["output"].clone());
            assert!(before.is_none_or(|output| output == done["output"]), "{done} was told differently before");
        }
    }

    /// Compares with the store and the world after a start that ended by itself.
    fn check(&self, place: &Place) {
        let results: BTreeMap<Input, Value> =
            place.results().into_iter().map(|result| (input(&result), result)).collect();
        assert_eq!(results.len(), SESSIONS.len() * PROMPTS, "nothing is lost and nothing is there twice");
        for (promised, result) in &results {
            assert_eq!(result["state"], "done", "{result}");
            assert_eq!(result["text"], format!("done: {}", result["prompt"].as_str().unwrap()), "{result}");
            assert_eq!(result["prompt"], format!("{}-{}", promised.0, promised.1), "the order of a session is kept");
        }
        assert!(self.accepted.iter().all(|accepted| results.contains_key(accepted)), "an accepted input is lost");
        for (done, output) in &self.done {
            assert_eq!(*output, results[done]["text"], "{done:?} was told differently");
        }
        self.check_world(&log(&place.path("log")));
    }

    fn check_world(&self, log: &[Finished]) {
        let mut first = BTreeMap::new();
        for (position, finished) in log.iter().enumerate() {
            first.entry(finished.input.clone()).or_insert(position);
            if let Some(run) = self.runs.get(&finished.input) {
                assert!(finished.run <= *run, "{finished:?} ran after its last known run");
            }
        }
        assert_eq!(first.len(), SESSIONS.len() * PROMPTS, "an input was never run");
        for (earlier, later) in first.iter().zip(first.iter().skip(1)) {
            let one_session = earlier.0.0 == later.0.0;
            assert!(!one_session || earlier.1 < later.1, "{earlier:?} and {later:?} ran in the wrong order");
        }
    }
}

/// Starts the host and kills it behind its `count`th line. Says whether it had ended before.
fn crash_after(place: &Place, count: usize, promised: &mut Promised) -> bool {
    let mut host = Running::start(place.host(AGENT, &MORE));
    let lasted = (0..count).all(|_| host.next_event().is_some());
    promised.note(&host.kill());
    !lasted
}

fn finish(place: &Place, promised: &mut Promised) {
    let ended = place.run(AGENT, &MORE);
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    promised.note(&ended.events);
}

#[test]
fn a_crash_at_any_point_loses_nothing_and_repeats_nothing() {
    let whole = Place::new();
    whole.write_prompts("prompts.jsonl", &SESSIONS, PROMPTS);
    let lines = whole.run(AGENT, &MORE).events.len();
    const POINTS: usize = 30;
    let mut crashed = 0;
    for point in 0..POINTS {
        let place = Place::new();
        place.write_prompts("prompts.jsonl", &SESSIONS, PROMPTS);
        let mut promised = Promised::default();
        let ended = crash_after(&place, point * lines / POINTS, &mut promised);
        crashed += usize::from(!ended);
        finish(&place, &mut promised);
        promised.check(&place);
    }
    assert!(crashed >= POINTS - 1, "only {crashed} of {POINTS} crashes hit the host at work");
}

#[test]
fn one_crash_after_the_other_still_gets_everything_done() {
    let place = Place::new();
    place.write_prompts("prompts.jsonl", &SESSIONS, PROMPTS);
    let mut promised = Promised::default();
    // Each start tells twice of every input, that it is known and that it goes on or was done. Then there is progress.
    let inputs = SESSIONS.len() * PROMPTS;
    let lines = 2 * inputs + 12;
    let mut starts = 0;
    while !crash_after(&place, lines, &mut promised) && promised.done.len() < inputs {
        starts += 1;
        assert!(starts < 100, "no progress in spite of {lines} lines per start");
    }
    assert!(starts > 3, "the host was done after {starts} crashes");
    finish(&place, &mut promised);
    promised.check(&place);
}

#[test]
#[cfg(unix)]
fn no_agent_outlives_a_crash_of_its_host() {
    use std::io::Read;
    let place = Place::new();
    place.write_prompts("prompts.jsonl", &["a"], 1);
    // Whoever holds the pipe open for writing is alive.
    place.write("agent.sh", "read turn; mkfifo alive; sleep 3600 >alive & echo '{\"partial\":\"on it\"}'; wait");
    let mut host = Running::start(place.host("sh agent.sh", &["prompts.jsonl"]));
    host.wait_for("output");
    let mut alive = std::fs::File::open(place.path("alive")).unwrap();
    drop(host.kill());
    // Ready when the last one is gone.
    assert_eq!(alive.read(&mut [0]).unwrap(), 0);
}
