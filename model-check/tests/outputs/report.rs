//! The report as JSON.

use model_check::Exit;
use serde_json::Value;

use crate::{assert_expected, check, run};

/// The report without what is another time and on another computer another number.
fn stable(report: &str) -> String {
    let constant = |line: &str| {
        let is = |name: &str| line.trim_start().starts_with(&format!("\"{name}\":"));
        let name = ["threads", "seconds"].into_iter().find(|name| is(name));
        name.map_or_else(|| line.to_owned(), |name| format!("          \"{name}\": 1,"))
    };
    report.lines().map(|line| constant(line) + "\n").collect()
}

#[test]
fn the_schema_stays() {
    let (outcome, output, messages) = check(&["--format", "json"]);
    assert_eq!((outcome, messages.as_str()), (Exit::Failed, ""));
    assert_expected("report.json", &stable(&output));
}

#[test]
fn a_slice_tells_its_name_its_regions_and_its_bounds() {
    let (_, output, _) = check(&["--sliced", "--format", "json"]);
    let report: Value = serde_json::from_str(&output).expect("JSON");
    let slices = report["machines"][0]["slices"].as_array().expect("slices");
    let names: Vec<&str> = slices.iter().filter_map(|slice| slice["name"].as_str()).collect();
    assert_eq!(names, ["door", "door-lamp", "bell", "orders", "lamp", "shelf"]);
    assert_eq!(slices[1]["regions"], serde_json::json!(["door", "lamp"]));
    assert_eq!(slices[0]["bounds"]["Level"], 1);
}

#[test]
fn a_report_of_a_check_that_could_not_be_made_does_not_pass() {
    let (outcome, output, messages) = run(&["check", "--plan", "nowhere.toml", "--format", "json", "Shop"]);
    assert_eq!(outcome, Exit::Failed);
    assert!(messages.starts_with("error: "), "{messages}");
    let report: Value = serde_json::from_str(&output).expect("JSON");
    assert_eq!((&report["passes"], &report["machines"]), (&Value::Bool(false), &serde_json::json!([])));
}
