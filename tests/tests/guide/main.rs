//! What the guide shows is what the programs say: its machines are the files beside this one, and its reports theirs.

use machine_spec::{Bounds, Machine};
use model_check::Check;

#[allow(unreachable_pub, reason = "a file as it stands in the guide")]
mod boiler;
#[allow(unreachable_pub, reason = "a file as it stands in the guide")]
mod locker;
#[allow(unreachable_pub, reason = "a file as it stands in the guide")]
mod locker_broken;
mod locker_story;

const FIRST_MACHINE: &str = include_str!("../../../docs/guide/first-machine.md");
const PROPERTIES: &str = include_str!("../../../docs/guide/properties.md");
const SEEING: &str = include_str!("../../../docs/guide/seeing.md");

/// What may differ from run to run is replaced: where a machine stands, and how long it took.
fn lasting(text: &str) -> String {
    let word = |word: &str| if word.contains(".rs:") { "PLACE".to_owned() } else { word.to_owned() };
    let line = |line: &str| match line.trim_start().starts_with("time ") {
        true => "TIME".to_owned(),
        false => line.split(' ').map(word).collect::<Vec<_>>().join(" "),
    };
    text.lines().map(line).collect::<Vec<_>>().join("\n")
}

#[track_caller]
fn assert_shown(page: &str, text: &str) {
    let text = lasting(text.trim());
    assert!(lasting(page).contains(&text), "the guide does not show\n\n{text}\n");
}

fn report<M: Machine>() -> String {
    Check::<M>::new().threads(2).run().expect("the machine can be checked").to_string()
}

/// From the first violation on.
fn violations(report: &str) -> &str {
    &report[report.find("\nVIOLATED").expect("something is violated")..]
}

#[test]
fn the_first_machine_fails_and_is_mended_as_shown() {
    assert_shown(FIRST_MACHINE, include_str!("locker_broken.rs"));
    assert_shown(FIRST_MACHINE, violations(&report::<locker_broken::Locker>()));
    let mend = include_str!("locker.rs").lines().find(|line| line.contains("on Deposit")).expect("the mended line");
    assert_shown(FIRST_MACHINE, mend);
    assert_shown(FIRST_MACHINE, &report::<locker::Locker>());
    assert_shown(FIRST_MACHINE, &include_str!("locker_story.rs").replace("super::locker", "locker"));
    model_check::assert_machine::<locker::Locker>(&Bounds::default(), 3);
}

#[test]
fn properties_fail_as_shown() {
    assert_shown(PROPERTIES, include_str!("boiler.rs"));
    let report = report::<boiler::Boiler>();
    assert_shown(PROPERTIES, violations(&report));
}

#[test]
fn commands_answer_as_shown() {
    let shown = |arguments: &[&str], input: &str| {
        let catalog = model_check::Catalog::new().with::<locker::Locker>();
        let mut output = Vec::new();
        let arguments = std::iter::once("meerkat").chain(arguments.iter().copied());
        model_check::execute_with_input(&catalog, arguments, &mut input.as_bytes(), &mut output, &mut Vec::new())
            .expect("a vector can be written to");
        assert_shown(SEEING, &String::from_utf8(output).expect("output is text"));
    };
    shown(&["graph"], "");
    shown(&["explain", "--after", "Deposit { code: Code(1) }", "Collect { code: Code(2) }"], "");
    shown(&["step"], "1\nrejected\nCollect { code: Code(1) }\nback\nquit\n");
}
