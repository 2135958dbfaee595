//! The diagrams in `docs/diagrams` are those of the machine as it is.

use machine_spec::session::Meerkat;
use model_check::{Diagram, Format};

#[test]
fn the_diagrams_of_the_session_machine_are_fresh() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/diagrams/session.md");
    let kept = std::fs::read_to_string(path).unwrap_or_default();
    let made = Diagram::of(Meerkat::SPEC).in_format(Format::Markdown).to_string();
    assert!(
        kept == made,
        "docs/diagrams/session.md is not what the machine is. Make it again with\n\n    \
         cargo meerkat graph Meerkat --format markdown > docs/diagrams/session.md\n"
    );
}
