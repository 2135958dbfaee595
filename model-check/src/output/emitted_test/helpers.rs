//! What surrounds the tests of a file: its head, and the functions that the tests call.

/// Which functions are needed.
#[derive(Default)]
pub(super) struct Helpers {
    pub(super) accept: bool,
    pub(super) refuse: bool,
    pub(super) of_state: bool,
    pub(super) of_step: bool,
    pub(super) agree: bool,
    pub(super) reachable: bool,
    pub(super) accepting: bool,
    pub(super) values: bool,
}

const OF_COUNTEREXAMPLES: &str = r#"//! Counterexamples of machine MACHINE, written by the command `meerkat`.
//!
//! Each test offers the inputs of a trace to the generated code, and passes as long as the claim fails where the trace
//! ends. Once the machine is mended the test fails: turn its last assertion round, and keep it.
"#;

const OF_A_WALK: &str = r#"//! A walk through machine MACHINE, written by the command `meerkat`.
"#;

const ACCEPT: &str = r#"
#[track_caller]
fn accept(authority: &mut MACHINEMachineAuthority, input: &MACHINEMachineInput) {
    if let Err(rejection) = authority.apply(input, &mut Vec::new()) {
        panic!("{input:?} is not accepted any more: {rejection}");
    }
}
"#;

const REFUSE: &str = r#"
#[track_caller]
fn refuse(authority: &mut MACHINEMachineAuthority, input: &MACHINEMachineInput) {
    assert!(authority.apply(input, &mut Vec::new()).is_err(), "{input:?} is accepted now");
}
"#;

const OF_STATE: &str = r#"
/// What the property with this identifier says of a state.
#[track_caller]
fn of_state(property: &str, authority: &MACHINEMachineAuthority) -> Evaluation {
    of_step(property, authority, authority)
}
"#;

const OF_STEP: &str = r#"
/// What the property with this identifier says of a step.
#[track_caller]
fn of_step(property: &str, before: &MACHINEMachineAuthority, after: &MACHINEMachineAuthority) -> Evaluation {
    let index = MACHINE::SPEC.properties.iter().position(|one| one.id == property);
    MACHINE::evaluate(index.expect("the machine declares the property"), before.state(), after.state())
}
"#;

const REGIONS: &str = r#"
fn indices(regions: &[&str]) -> Vec<usize> {
    let index = |name: &&str| MACHINE::SPEC.regions.iter().position(|region| region.name == *name);
    regions.iter().map(|name| index(name).expect("the machine declares the region")).collect()
}
"#;

const AGREE: &str = r#"
/// Demands that two states are the same in the regions that the property depends on.
#[track_caller]
fn assert_agree(one: &MACHINEMachineAuthority, other: &MACHINEMachineAuthority, regions: &[&str]) {
    for region in indices(regions) {
        assert!(MACHINE::agree_on_region(one.state(), other.state(), region), "the steps do not lead back");
    }
}
"#;

const REACHABLE: &str = r#"
/// The states that can be reached within the bounds, as far as these regions go; about 10,000 at most.
fn reachable_from(start: &MACHINEMachineAuthority, regions: &[&str], bounds: &Bounds) -> Vec<MACHINEMachineAuthority> {
    let (regions, inputs) = (indices(regions), MACHINE::inputs_within(bounds));
    let bounds = bounds.resolved(MACHINE::SPEC);
    let fingerprint = |authority: &MACHINEMachineAuthority| {
        let mut hasher = DefaultHasher::new();
        regions.iter().for_each(|region| MACHINE::hash_region(authority.state(), *region, &mut hasher));
        hasher.finish()
    };
    let mut known = HashSet::from([fingerprint(start)]);
    let (mut reached, mut next) = (vec![start.clone()], 0);
    while next < reached.len() && reached.len() < 10_000 {
        for input in &inputs {
            let mut after = reached[next].clone();
            let accepted = after.apply(input, &mut Vec::new()).is_ok();
            let is_within = regions.iter().all(|region| MACHINE::is_region_within(after.state(), *region, &bounds));
            if accepted && is_within && known.insert(fingerprint(&after)) {
                reached.push(after);
            }
        }
        next += 1;
    }
    reached
}
"#;

const ACCEPTING: &str = r#"
/// The transitions that would accept the input, each for itself.
fn accepting(authority: &MACHINEMachineAuthority, input: &MACHINEMachineInput) -> Vec<&'static str> {
    let candidates = MACHINE::explain(MACHINE::state(authority), input).candidates;
    let accepting = candidates.iter().filter(|candidate| candidate.accepts());
    accepting.map(|candidate| MACHINE::SPEC.transitions[candidate.transition].name).collect()
}
"#;

const VALUES: &str = r#"
fn values(authority: &MACHINEMachineAuthority) -> Vec<String> {
    let mut values = Vec::new();
    MACHINE::describe(authority.state(), &mut |path, value| values.push(format!("{path} = {value}")));
    values
}
"#;

impl Helpers {
    /// The file.
    pub(super) fn around(&self, machine: &str, module: &str, tests: &str) -> String {
        let parts = [
            (self.accept, ACCEPT),
            (self.refuse, REFUSE),
            (self.of_state, OF_STATE),
            (self.of_step, OF_STEP),
            (self.agree || self.reachable, REGIONS),
            (self.agree, AGREE),
            (self.reachable, REACHABLE),
            (self.accepting, ACCEPTING),
            (self.values, VALUES),
        ];
        let functions: String = parts.iter().filter(|(needed, _)| *needed).map(|(_, text)| *text).collect();
        let named = |text: &str| text.replace("MACHINE", machine);
        // Only the test of a walk compares all values.
        let head = if self.values { OF_A_WALK } else { OF_COUNTEREXAMPLES };
        format!("{}{}{tests}{}", named(head), self.imports(module), named(&functions))
    }

    fn imports(&self, module: &str) -> String {
        let mut lines = String::new();
        if self.reachable {
            lines.push_str("\nuse std::collections::HashSet;\nuse std::hash::{DefaultHasher, Hasher};\n");
        }
        let known = [
            (self.reachable, "Bounds"),
            (self.of_step, "Evaluation"),
            (self.of_step || self.accepting || self.values, "Machine"),
        ];
        let names: Vec<&str> = known.iter().filter(|(needed, _)| *needed).map(|(_, name)| *name).collect();
        let list = if names.len() == 1 { names.concat() } else { format!("{{{}}}", names.join(", ")) };
        if !names.is_empty() {
            lines.push_str(&format!("\nuse machine_spec::{list};"));
        }
        if !module.is_empty() {
            lines.push_str(&format!("\nuse {module}::*;\n"));
        }
        lines
    }
}
