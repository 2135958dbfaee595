//! The walkthroughs name files; each of them exists, so that a file that moves takes its mention along.

use std::path::Path;

/// What stands in backticks and looks like a path of this workspace.
fn paths(text: &str) -> Vec<&str> {
    let quoted = text.split("```").step_by(2).flat_map(|prose| prose.split('`').skip(1).step_by(2));
    quoted.filter(|name| name.contains('/') && !name.contains(char::is_whitespace)).collect()
}

#[test]
fn every_file_that_a_walkthrough_names_exists() {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("tests is a member of the workspace");
    let mut pages = 0;
    for page in std::fs::read_dir(workspace.join("docs/walkthrough")).expect("there are walkthroughs") {
        let page = page.expect("an entry can be read").path();
        let text = std::fs::read_to_string(&page).expect("a walkthrough is text");
        let named = paths(&text);
        assert!(named.len() > 3, "{} names its files as `folder/file.rs`", page.display());
        for name in named {
            assert!(workspace.join(name).exists(), "{} names {name}, which does not exist", page.display());
        }
        pages += 1;
    }
    assert!(pages > 0);
}
