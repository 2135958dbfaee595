//! Mistakes in the generator, one at a time: each must fail the tests that hold generated code against the interpreter
//! of the spec and against what the language promises.
//!
//! A mutant is a text of a source file and what stands there instead. That every text is still there is tested always.
//! Building and testing them takes minutes each the first time and about half a minute later, so it is a command of its
//! own, which prints the table and fails if one survives:
//!
//! ```console
//! $ cargo test -p tests --test generator_mutants -- --ignored --nocapture
//! ```

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// One mistake.
struct Mutant {
    mistake: &'static str,
    file: &'static str,
    text: &'static str,
    instead: &'static str,
}

const fn mutant(mistake: &'static str, file: &'static str, text: &'static str, instead: &'static str) -> Mutant {
    Mutant { mistake, file, text, instead }
}

const CHANGE: &str = "meerkat-dsl-macros/src/emit/handlers/change.rs";
const TRANSITION: &str = "meerkat-dsl-macros/src/emit/handlers/transition.rs";
const PLAN: &str = "meerkat-dsl-macros/src/emit/handlers/plan.rs";
const STEP: &str = "meerkat-dsl-macros/src/emit/handlers/step.rs";
const HANDLERS: &str = "meerkat-dsl-macros/src/emit/handlers/mod.rs";
const REGIONS: &str = "meerkat-dsl-macros/src/emit/regions.rs";
const CONTRACT: &str = "meerkat-dsl-macros/src/emit/contract.rs";
const PROPERTIES: &str = "meerkat-dsl-macros/src/emit/properties.rs";
const CALLS: &str = "meerkat-dsl-macros/src/lower/expression/calls.rs";
const EXPRESSION: &str = "meerkat-dsl-macros/src/lower/expression/mod.rs";
const NAMES: &str = "meerkat-dsl-macros/src/lower/expression/names.rs";
const VALUE: &str = "machine-spec/src/value.rs";

const MUTANTS: [Mutant; 30] = [
    mutant("a phase is not written", CHANGE, "quote!(#place.phase = #to;)", "quote!(drop(#to);)"),
    mutant("a field is not written", CHANGE, "quote!(#place.#field = #value;)", "quote!(drop(#value);)"),
    mutant("a key is not put into a set", CHANGE, "quote!(#place.#field.insert(#key);)", "quote!(drop(#key);)"),
    mutant(
        "an entry is not put into a map",
        CHANGE,
        "quote!(#place.#field.insert(#entry.0, #entry.1);)",
        "quote!(drop(#entry);)",
    ),
    mutant("a key is not removed", CHANGE, "quote!(#place.#field.remove(#key);)", "quote!(drop(#key);)"),
    mutant("an instance is not taken out", CHANGE, "quote!(region.retire(key);)", "quote!()"),
    mutant(
        "effects come in the wrong order",
        CHANGE,
        "let effects = (0..arm.emissions.len()).map(emission_name);",
        "let effects = (0..arm.emissions.len()).rev().map(emission_name);",
    ),
    mutant(
        "the last effect is forgotten",
        CHANGE,
        "let effects = (0..arm.emissions.len()).map(emission_name);",
        "let effects = (1..arm.emissions.len()).map(emission_name);",
    ),
    mutant(
        "effects are emitted twice",
        CHANGE,
        "#(sink.effect(#effects);)*",
        "#(sink.effect(::core::clone::Clone::clone(&#effects)); sink.effect(#effects);)*",
    ),
    mutant(
        "a guard's sense is swapped",
        HANDLERS,
        "quote_spanned!(span=> !(#condition))",
        "quote_spanned!(span=> !!(#condition))",
    ),
    mutant(
        "a guard is not tested",
        TRANSITION,
        "quote!(if #refuted { return #failed; })",
        "quote!(if false && #refuted { return #failed; })",
    ),
    mutant(
        "a source pattern is read too widely",
        TRANSITION,
        "let source = arm.pattern.as_ref()",
        "let source = arm.pattern.as_ref().filter(|_| !arm.source_text.ends_with(\"{ then: Then::Retire, .. }\"))",
    ),
    mutant("an update overflows in silence", VALUE, "self.checked_add(other)", "Some(self.wrapping_add(other))"),
    mutant("a difference overflows in silence", VALUE, "self.checked_sub(other)", "Some(self.saturating_sub(other))"),
    mutant("a fresh epoch skips one", VALUE, "self.number().checked_add(1)", "self.number().checked_add(2)"),
    mutant(
        "a sum is a difference",
        EXPRESSION,
        "BinOp::Add(_) => \"checked_plus\"",
        "BinOp::Add(_) => \"checked_minus\"",
    ),
    mutant(
        "the transitions of a phase are tried backwards",
        PLAN,
        "let mut calls = arms.iter().map(",
        "let mut calls = arms.iter().rev().map(",
    ),
    mutant(
        "only the first transition of a phase is tried",
        PLAN,
        "let rest = calls.map(",
        "let rest = calls.take(0).map(",
    ),
    mutant(
        "a rejection names the first transition at any rate",
        CONTRACT,
        "if ::core::matches!(self, Self::Phase { .. }) { later } else { self }",
        "self",
    ),
    mutant("an instance may be created twice", PLAN, "if #state.#name.instances.contains_key(#key) {", "if false {"),
    mutant("`each` is not tested before it is committed", PLAN, "each.change(#this)?;", "drop(each.change(#this));"),
    mutant(
        "`each` stops after the first instance",
        PLAN,
        "change.commit(key, region, sink);",
        "change.commit(key, region, sink); break;",
    ),
    mutant(
        "a region commits before the next one has read",
        STEP,
        "#(let #changes = #plans;)*\n            #(#commits)*",
        "#(let #changes = #plans; #commits)*",
    ),
    mutant(
        "a region is forgotten",
        STEP,
        "let commits = emitters.iter().zip(&changes).map(",
        "let commits = emitters.iter().zip(&changes).skip(1).map(",
    ),
    mutant(
        "a new instance is in no selection",
        REGIONS,
        "self.reselect(key, #absent, after);\n            }\n\n            /// Takes",
        "}\n\n            /// Takes",
    ),
    mutant(
        "a removed instance stays in its selections",
        REGIONS,
        "self.reselect(key, instance.selections(), #absent);",
        "drop(instance);",
    ),
    mutant(
        "selections are not kept up to date",
        REGIONS,
        "self.reselect(key, before, after);",
        "drop((before, after));",
    ),
    mutant(
        "`is` looks at the first phase only",
        CALLS,
        "if crate::analyze::phase(region, name, self.errors).is_some() {",
        "if crate::analyze::phase(region, name, self.errors).is_some() && patterns.is_empty() {",
    ),
    mutant(
        "an effect reads the field before the step",
        NAMES,
        "if self.after.set.contains(&text) {",
        "if self.after.set.contains(\"\") {",
    ),
    mutant(
        "a property compares a state with itself",
        PROPERTIES,
        "fn #function(#state: &#state_type, #next: &#state_type)",
        "fn #function(#next: &#state_type, _after: &#state_type)",
    ),
];

fn workspace() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("tests is a member of the workspace")
}

fn mutated(mutant: &Mutant) -> String {
    let source = fs::read_to_string(workspace().join(mutant.file)).expect("a source file is text");
    let places = source.matches(mutant.text).count();
    assert_eq!(places, 1, "\"{}\" stands once in {}; it is the place to {}", mutant.text, mutant.file, mutant.mistake);
    source.replacen(mutant.text, mutant.instead, 1)
}

#[test]
fn every_mutant_still_has_its_place() {
    for mutant in &MUTANTS {
        assert_ne!(mutated(mutant), "");
    }
}

/// Copies what the tests are built from.
fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder can be made");
    for entry in fs::read_dir(from).expect("a folder can be read") {
        let path: PathBuf = entry.expect("an entry can be read").path();
        let name = path.file_name().expect("an entry has a name");
        if path.is_dir() {
            if name != "target" && name != ".git" {
                copy(&path, &to.join(name));
            }
        } else {
            fs::copy(&path, to.join(name)).expect("a file can be copied");
        }
    }
}

/// Runs the tests that know what generated code means. True if they pass.
fn passes(folder: &Path, build_only: bool) -> bool {
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["test", "--quiet", "--package", "machine-spec", "--package", "model-check"]);
    cargo.args(["--test", "semantics", "--test", "meaning"]);
    if build_only {
        cargo.arg("--no-run");
    }
    cargo.current_dir(folder).env("CARGO_TARGET_DIR", folder.join("target"));
    cargo.stdout(Stdio::null()).stderr(Stdio::null()).status().expect("cargo can be started").success()
}

#[test]
#[ignore = "builds the workspace once per mutant"]
fn every_mutant_is_killed() {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    copy(workspace(), folder.path());
    assert!(passes(folder.path(), false), "the tests pass without a mutant");
    let mut survivors = Vec::new();
    println!("| mistake | verdict |\n| --- | --- |");
    for mutant in &MUTANTS {
        let place = folder.path().join(mutant.file);
        let original = fs::read_to_string(&place).expect("a source file is text");
        fs::write(&place, mutated(mutant)).expect("a source file can be written");
        let verdict = match (passes(folder.path(), true), passes(folder.path(), false)) {
            (true, false) => "killed by a test",
            (false, _) => "killed by the compiler",
            (true, true) => "SURVIVED",
        };
        fs::write(&place, original).expect("a source file can be written");
        println!("| {} | {verdict} |", mutant.mistake);
        if verdict == "SURVIVED" {
            survivors.push(mutant.mistake);
        }
    }
    assert!(survivors.is_empty(), "these mistakes of the generator go unnoticed: {survivors:#?}");
}
