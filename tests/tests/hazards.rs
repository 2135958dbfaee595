//! `HAZARDS.md` names properties and tests; each of them exists.

use std::path::{Path, PathBuf};

use machine_spec::session::Meerkat;

/// Every Rust file of the workspace that may hold tests.
fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("a folder of the workspace can be read") {
        let path = entry.expect("an entry can be read").path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// What stands behind `marker`, up to the next `end`.
fn named<'a>(text: &'a str, marker: &str, end: char) -> Vec<&'a str> {
    text.split(marker).skip(1).filter_map(|rest| rest.split(end).next()).collect()
}

#[test]
fn every_named_test_and_property_exists() {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("tests is a member of the workspace");
    let hazards = include_str!("../HAZARDS.md");
    let mut files = Vec::new();
    for folder in ["tests/tests", "machine-spec/tests", "meerkat-runtime/tests", "meerkat-runtime/src"] {
        sources(&workspace.join(folder), &mut files);
    }
    let code: String = files.iter().map(|file| std::fs::read_to_string(file).expect("a source file is text")).collect();
    let tests = named(hazards, "test `", '`');
    assert!(tests.len() > 30, "the table names its tests like this: test `name`");
    for test in tests {
        assert!(code.contains(&format!("fn {test}(")), "HAZARDS.md names the test `{test}`, which does not exist");
    }
    let properties = named(hazards, "property \"", '"');
    assert!(properties.len() > 10, "the table names its properties like this: property \"sentence\"");
    for sentence in properties {
        let known = Meerkat::SPEC.properties.iter().any(|property| property.sentence == sentence);
        assert!(known, "HAZARDS.md names the property \"{sentence}\", which the session machine does not have");
    }
    for sentence in named(hazards, "guard \"", '"') {
        let known = Meerkat::SPEC.transitions.iter().flat_map(|transition| transition.guards);
        assert!(known.into_iter().any(|guard| guard.sentence == sentence), "there is no guard \"{sentence}\"");
    }
}
