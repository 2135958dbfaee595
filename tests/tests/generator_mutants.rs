//! Mistakes in the generator, one at a time: each must fail the tests that hold generated code against the interpreter
//! of the spec and against what the language promises.
//!
//! A mutant is a text of a source file and what stands there instead. That every text is still there is tested always.
//! Building and testing them takes about a quarter of a minute each, so that is a command of its own, which prints the
//! table in `docs/generator-mutants.md` and fails if one survives:
//!
//! ```console
//! $ cargo test -p tests --test generator_mutants -- --ignored --nocapture
//! $ MUTANT='a phase is not written' cargo test -p tests --test generator_mutants -- --ignored --nocapture
//! ```

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

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
        "(field, self.after.set.contains(&text))",
        "(field, self.after.set.contains(\"\"))",
    ),
    mutant(
        "a property compares a state with itself",
        CONTRACT,
        "#index => #function(before, after)",
        "#index => #function(after, after)",
    ),
];

fn workspace() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("tests is a member of the workspace")
}

fn mutated(mutant: &Mutant, workspace: &Path) -> String {
    let source = fs::read_to_string(workspace.join(mutant.file)).expect("a source file is text");
    let places = source.matches(mutant.text).count();
    assert_eq!(places, 1, "\"{}\" stands once in {}; it is the place to {}", mutant.text, mutant.file, mutant.mistake);
    source.replacen(mutant.text, mutant.instead, 1)
}

#[test]
fn every_mutant_still_has_its_place() {
    for mutant in &MUTANTS {
        assert_ne!(mutated(mutant, workspace()), "");
    }
}

/// Copies what the tests are built from. A file that is there already as it should be keeps its time, so that cargo
/// builds anew only what has changed since an earlier run.
fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder can be made");
    for entry in fs::read_dir(from).expect("a folder can be read") {
        let path: PathBuf = entry.expect("an entry can be read").path();
        let name = path.file_name().expect("an entry has a name");
        let there = to.join(name);
        if path.is_dir() {
            if name != "target" && name != ".git" {
                copy(&path, &there);
            }
        } else {
            let content = fs::read(&path).expect("a file can be read");
            if fs::read(&there).ok().as_ref() != Some(&content) {
                fs::write(&there, content).expect("a file can be written");
            }
        }
    }
}

/// Tests that know what generated code means. The second is asked only if the first notices nothing: it takes longer.
const JUDGES: [Judge; 2] = [
    // Without the session machine, which these tests do not need and which takes longest to compile.
    Judge { package: "machine-spec", test: "semantics", features: &["--no-default-features", "--features", "serde"] },
    Judge { package: "model-check", test: "meaning", features: &[] },
];

struct Judge {
    package: &'static str,
    test: &'static str,
    features: &'static [&'static str],
}

enum Verdict {
    Unnoticed,
    /// By these tests.
    Killed(Vec<String>),
    /// No test has run. What the compiler said.
    NotCompiled(String),
}

impl Judge {
    fn judge(&self, folder: &Path, target: &Path) -> Verdict {
        let mut cargo = Command::new(env!("CARGO"));
        cargo.args(["test", "--package", self.package, "--test", self.test]).args(self.features);
        // Compiling takes most of the time, so nothing is optimized.
        cargo.env("CARGO_PROFILE_DEV_OPT_LEVEL", "0").env("CARGO_PROFILE_DEV_DEBUG", "false");
        cargo.current_dir(folder).env("CARGO_TARGET_DIR", target);
        let output = cargo.output().expect("cargo can be started");
        let report = String::from_utf8_lossy(&output.stdout);
        let failed = |line: &str| Some(line.strip_prefix("test ")?.strip_suffix(" ... FAILED")?.to_owned());
        if output.status.success() {
            Verdict::Unnoticed
        } else if report.contains("\ntest result: ") {
            Verdict::Killed(report.lines().filter_map(failed).collect())
        } else {
            Verdict::NotCompiled(String::from_utf8_lossy(&output.stderr).into_owned())
        }
    }

    /// The tests that fail: three of them, and how many others.
    fn names(&self, failed: &[String]) -> String {
        let first = failed.iter().take(3).map(|test| format!("`{test}`")).collect::<Vec<_>>().join(", ");
        let others = failed.len().saturating_sub(3);
        let others = if others == 0 { String::new() } else { format!(" and {others} more") };
        format!("{}: {first}{others}", self.test)
    }
}

/// The tests that notice a mistake, for the table; or why it is not settled.
fn killed_by(folder: &Path, target: &Path) -> Result<String, &'static str> {
    for judge in &JUDGES {
        match judge.judge(folder, target) {
            Verdict::Unnoticed => {}
            Verdict::Killed(tests) => return Ok(judge.names(&tests)),
            Verdict::NotCompiled(messages) => {
                eprintln!("{messages}");
                return Err("DOES NOT COMPILE");
            }
        }
    }
    Err("NOTHING")
}

#[test]
#[ignore = "builds the generator, and what is generated, once per mutant"]
fn every_mutant_is_killed() {
    let target = workspace().join("target/generator-mutants");
    let folder = target.join("workspace");
    copy(workspace(), &folder);
    assert_eq!(killed_by(&folder, &target), Err("NOTHING"), "the tests pass without a mutant");
    let mut survivors = Vec::new();
    println!("| mistake | noticed by |\n| --- | --- |");
    // Some of them only, while a test for them is being written.
    let asked_for = std::env::var("MUTANT").unwrap_or_default();
    for mutant in MUTANTS.iter().filter(|mutant| mutant.mistake.contains(&asked_for)) {
        let place = folder.join(mutant.file);
        let original = fs::read_to_string(&place).expect("a source file is text");
        fs::write(&place, mutated(mutant, &folder)).expect("a source file can be written");
        let killed_by = killed_by(&folder, &target);
        fs::write(&place, original).expect("a source file can be written");
        println!("| {} | {} |", mutant.mistake, killed_by.as_deref().unwrap_or_else(|unsettled| unsettled));
        if killed_by.is_err() {
            survivors.push(mutant.mistake);
        }
    }
    assert!(survivors.is_empty(), "these mistakes of the generator go unnoticed: {survivors:#?}");
}
