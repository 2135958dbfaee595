//! The pages that follow a call through the files name files that exist.

use std::fs;
use std::path::Path;

/// Whatever is written like the path of a source file.
fn paths(page: &str) -> impl Iterator<Item = &str> {
    let words = page.split(|letter: char| letter.is_whitespace() || letter == '`');
    words.filter(|word| word.contains('/') && Path::new(word).extension().is_some_and(|kind| kind == "rs"))
}

#[test]
fn the_walkthrough_names_files_that_exist() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut named = 0;
    for page in fs::read_dir(root.join("docs/walkthrough")).unwrap() {
        let page = page.unwrap().path();
        let text = fs::read_to_string(&page).unwrap();
        for path in paths(&text) {
            assert!(root.join(path).is_file(), "{} names {path}", page.display());
            named += 1;
        }
    }
    assert!(named >= 10, "{named}");
}
