//! `docs/control-plane.md` names every call and its file: each is there, public, with an example or a reference to one.

use std::path::Path;

/// The documentation right above a public method, nearest line first; none if the file has no such method.
fn documentation(source: &str, call: &str) -> Option<Vec<String>> {
    let lines: Vec<&str> = source.lines().map(str::trim).collect();
    let begins = |line: &&str| {
        ["pub fn ", "pub async fn "].iter().any(|public| {
            let name = line.strip_prefix(public).and_then(|rest| rest.strip_prefix(call));
            name.is_some_and(|rest| rest.starts_with(['(', '<']))
        })
    };
    let at = lines.iter().rposition(begins)?;
    let above = lines[..at].iter().rev().take_while(|line| line.starts_with("///") || line.starts_with("#["));
    Some(above.map(ToString::to_string).collect())
}

/// What stands in backticks in the first two columns of a table's line.
fn row(line: &str) -> Option<(&str, &str)> {
    let mut columns = line.strip_prefix("| `")?.split("` | `");
    let (call, rest) = (columns.next()?, columns.next()?);
    Some((call, rest.split('`').next()?))
}

#[test]
fn every_call_of_the_control_plane_exists_where_it_is_said_to_be() {
    let runtime = Path::new(env!("CARGO_MANIFEST_DIR")).join("../meerkat-runtime/src");
    let rows: Vec<_> = include_str!("../../docs/control-plane.md").lines().filter_map(row).collect();
    assert!(rows.len() > 60, "the tables name calls and files like this: | `call` | `file.rs` | ...");
    for (call, file) in rows {
        let source = std::fs::read_to_string(runtime.join(file)).unwrap_or_else(|error| panic!("{file}: {error}"));
        let documentation = documentation(&source, call);
        let lines = documentation.unwrap_or_else(|| panic!("{file} has no public method `{call}`"));
        assert!(lines.iter().any(|line| line == "/// ```"), "{call} in {file} has no example");
    }
}
