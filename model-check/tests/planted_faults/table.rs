//! The page that lists what is planted.

use std::fmt::Write as _;

use crate::fault::Fault;

const HEAD: &str = "\
# Planted faults

Each row is a machine with one known mistake, in `model-check/tests/planted_faults`. The checker has to say exactly what
the last column says, with a trace of exactly that length; a second, plain breadth-first search has to agree; and the twin
without the mistake has to pass. The page is made by that test.

| fault | about | the mistake | what the checker says |
| --- | --- | --- | --- |
";

pub(crate) fn of(faults: &[Fault]) -> String {
    let mut page = HEAD.to_owned();
    for fault in faults {
        let Fault { name, subject, mistake, expected, .. } = fault;
        writeln!(page, "| `{name}` | {subject} | {mistake} | {expected} |").expect("a string takes everything");
    }
    page
}
