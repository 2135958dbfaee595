//! The mistakes that a machine file can have, and what the compiler says of each.

#[test]
fn mistakes_are_shown_at_their_place_with_the_fix() {
    let cases = trybuild::TestCases::new();
    cases.compile_fail("tests/ui/*.rs");
}
