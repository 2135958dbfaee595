//! Wrong machines, each with one known mistake, and their right twins.
//!
//! A checker that says "proved" is believed, so it is shown every kind of mistake that it claims to find: it has to name
//! the property, and to show the shortest way there. The way was found by hand, and is found again by a second, plain
//! search ([`oracle`]). The twin differs in nothing but the mistake, and has to pass.
//!
//! `docs/planted-faults.md` lists them. Make it again with
//!
//! ```console
//! UPDATE_DOCS=1 cargo test -p model-check --test planted_faults
//! ```
#![allow(missing_docs, reason = "the machines below are compiled for this test alone")]

/// Declares a machine twice, as modules `wrong` and `right`. What differs between the two stands in the machine under a
/// name.
macro_rules! twins {
    ($name:ident ($($hole:tt)*) wrong { $($wrong:tt)* } right { $($right:tt)* } $($machine:tt)*) => {
        mod $name {
            macro_rules! twin { ($($hole)*) => { machine_spec::machine! { $($machine)* } }; }
            pub(crate) mod wrong { twin! { $($wrong)* } }
            pub(crate) mod right { twin! { $($right)* } }
        }
    };
}

/// The fault of twins: their module and machine, the construct or kind of property, the mistake, what has to be said.
macro_rules! fault {
    ($name:ident :: $machine:ident, $subject:literal, $mistake:literal, $expected:expr) => {
        crate::fault::Fault::new::<$name::wrong::$machine, $name::right::$machine>(
            stringify!($name),
            $subject,
            $mistake,
            $expected,
        )
    };
}

mod bounds;
mod data;
mod fairness;
mod fault;
mod instances;
mod oracle;
mod properties;
mod steps;
mod table;
mod vacuity;

use fault::Fault;

fn faults() -> Vec<Fault> {
    let files =
        [properties::faults(), fairness::faults(), vacuity::faults(), bounds::faults(), data::faults()].into_iter();
    files.chain([instances::faults(), steps::faults()]).flatten().collect()
}

#[test]
fn every_planted_fault_is_found_on_a_shortest_way() {
    let all = faults();
    assert!(all.len() >= 30, "{} faults are planted", all.len());
    let missed: Vec<String> = all.iter().filter_map(|fault| fault.judge_wrong().err()).collect();
    assert!(missed.is_empty(), "{}", missed.join("\n\n"));
}

#[test]
fn every_right_twin_passes() {
    let failed: Vec<String> = faults().iter().filter_map(|fault| fault.judge_right().err()).collect();
    assert!(failed.is_empty(), "{}", failed.join("\n\n"));
}

#[test]
fn the_table_of_planted_faults_is_fresh() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/planted-faults.md");
    let made = table::of(&faults());
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(path, &made).expect("the page can be written");
    }
    let kept = std::fs::read_to_string(path).unwrap_or_default();
    assert!(
        kept == made,
        "docs/planted-faults.md is not what is planted. Make it again with\n\n    \
         UPDATE_DOCS=1 cargo test -p model-check --test planted_faults\n"
    );
}
