//! Counterexamples as tests: each replays a trace on the generated code, and needs neither the checker nor its report.

mod helpers;

use std::ops::Range;

use machine_spec::Bounds;
use machine_spec::spec::{MachineSpec, PropertyKind, PropertySpec};

use self::helpers::Helpers;
use super::retold::{Retold, RetoldStep, retell};
use super::{Checked, Part, identifier, property, rust_source, title};
use crate::account::ExplainError;
use crate::display::counted;
use crate::report::{Claim, Counterexample, Finding};
use crate::slots::Promise;
use crate::stepper::Start;
use crate::trace::Trace;

/// A file with tests.
pub(crate) struct EmittedTests {
    pub(crate) text: String,
    /// How many tests there are in it.
    pub(crate) tests: usize,
}

/// Writes a test for every claim that does not hold. `module` is the path of the machine's items, if it is not the one
/// that the compiler names.
pub(crate) fn emit(
    spec: &'static MachineSpec,
    checked: &Checked,
    start: Start,
    module: Option<&str>,
) -> Result<EmittedTests, ExplainError> {
    let mut file = File::new(spec);
    let mut path = String::new();
    for part in checked.parts(spec) {
        for (finding, found) in part.violations() {
            let Some(trace) = &found.trace else {
                file.untraced(finding, found);
                continue;
            };
            let mut stepper = start(&trace.bounds(&part.report.bounds))?;
            path = module_path(stepper.type_path());
            let property = property(spec, finding);
            let retold = retell(stepper.as_mut(), trace, property)?;
            let property = property.map(|index| &spec.properties[index]);
            file.violation(&Case { finding, property, part: &part, retold, sliced: checked.is_sliced() });
        }
    }
    Ok(file.finish(module.unwrap_or(&path)))
}

/// Writes a test of one walk: it demands the state in which the walk ends.
pub(crate) fn emit_walk(start: Start, bounds: &Bounds, trace: &Trace) -> Result<EmittedTests, ExplainError> {
    let mut stepper = start(bounds)?;
    let mut file = File::new(stepper.spec());
    let retold = retell(stepper.as_mut(), trace, None)?;
    file.walk(&retold, &stepper.values());
    Ok(file.finish(&module_path(stepper.type_path())))
}

/// The module of a type.
fn module_path(type_path: &str) -> String {
    type_path.rsplit_once("::").map_or_else(String::new, |(module, _)| module.to_owned())
}

/// One violation to be written as a test.
struct Case<'case> {
    finding: &'case Finding,
    /// None for a promise.
    property: Option<&'static PropertySpec>,
    part: &'case Part<'case>,
    retold: Retold,
    sliced: bool,
}

struct File {
    spec: &'static MachineSpec,
    body: String,
    names: Vec<String>,
    helpers: Helpers,
}

impl File {
    fn new(spec: &'static MachineSpec) -> Self {
        Self { spec, body: String::new(), names: Vec::new(), helpers: Helpers::default() }
    }

    fn line(&mut self, text: &str) {
        self.body.push_str(text);
        self.body.push('\n');
    }

    fn untraced(&mut self, finding: &Finding, found: &Counterexample) {
        self.line(&format!("\n// There is nothing to replay for {}, declared at {}:", title(finding), finding.place));
        found.remarks.iter().for_each(|remark| self.line(&format!("// {remark}.")));
    }

    /// The head of a test, which owns an authority in the initial state.
    fn open(&mut self, name: &str, doc: &str, steps: usize) {
        let taken = self.names.iter().filter(|known| *known == name).count();
        self.names.push(name.to_owned());
        let number = if taken == 0 { String::new() } else { format!("_{}", taken + 1) };
        self.line(&format!("\n/// {doc}\n#[test]\nfn {name}{number}() {{"));
        let mutable = if steps == 0 { "" } else { "mut " };
        self.line(&format!("    let {mutable}authority = {}MachineAuthority::new();", self.spec.name));
    }

    fn violation(&mut self, case: &Case<'_>) {
        let finding = case.finding;
        let doc = format!("{}, declared at {}.", title(finding), finding.place);
        self.open(&function_name(&identifier(self.spec, finding)), &doc, case.retold.steps.len());
        match (finding.claim, case.property) {
            (Claim::Promised(promise), _) => self.promised(promise, &case.retold),
            (Claim::Declared(_), Some(property)) => self.declared(property, case),
            // A declared claim is one of the properties.
            (Claim::Declared(_), None) => {}
        }
        self.line("}");
    }

    fn declared(&mut self, property: &PropertySpec, case: &Case<'_>) {
        self.helpers.of_step = true;
        // All but one speak of a state.
        self.helpers.of_state |= property.kind != PropertyKind::Always;
        match property.kind {
            // A `reachable` that does not hold has no trace.
            PropertyKind::Invariant | PropertyKind::Reachable => {
                self.all_steps(&case.retold);
                self.line(&format!("    assert!(!{}.holds(), \"it holds here now\");", now(property)));
            }
            PropertyKind::Always => self.always(property, &case.retold),
            PropertyKind::Possible => self.possible(property, case),
            PropertyKind::LeadsTo => self.leads_to(property, case),
        }
    }

    fn always(&mut self, property: &PropertySpec, retold: &Retold) {
        let last = retold.steps.len().saturating_sub(1);
        let violated_by_step = retold.steps.last().and_then(|step| step.over_step).is_some_and(|step| !step.holds());
        if violated_by_step {
            self.steps(retold, 0..last, "");
            self.line("    let before = authority.clone();");
            self.steps(retold, last..last + 1, "");
            let step = format!("of_step(\"{}\", &before, &authority)", property.id);
            self.line(&format!("    assert!(!{step}.holds(), \"it holds over this step now\");"));
        } else {
            self.helpers.of_state = true;
            self.all_steps(retold);
            self.line("    // A step in which nothing changes violates it.");
            self.line(&format!("    assert!(!{}.holds(), \"it holds here now\");", now(property)));
        }
    }

    fn possible(&mut self, property: &PropertySpec, case: &Case<'_>) {
        self.helpers.reachable = true;
        self.all_steps(&case.retold);
        self.line(&format!("    assert!({}.premise, \"the premise does not hold here any more\");", now(property)));
        self.line(&format!("    // A trap: whatever happens, there is no state any more with: {}", property.text));
        self.line(&format!("    let bounds = {};", bounds(&case.part.report.bounds)));
        let regions = quoted(&case.part.regions);
        self.line(&format!("    for reached in reachable_from(&authority, &[{regions}], &bounds) {{"));
        let evaluation = format!("of_state(\"{}\", &reached)", property.id);
        self.line(&format!("        assert!(!{evaluation}.claim, \"there is a way out now, to {{reached:?}}\");"));
        self.line("    }");
    }

    fn leads_to(&mut self, property: &PropertySpec, case: &Case<'_>) {
        let (retold, waits) = (&case.retold, case.retold.waits_from());
        let (steps, repeats) = (retold.steps.len(), retold.repeats.unwrap_or(retold.steps.len()));
        let waiting = format!("    assert!(!{}.claim, \"what it waits for has come\");", now(property));
        self.steps(retold, 0..waits, "");
        self.line(&format!("    // From here on it waits for: {}", property.text));
        self.line(&format!("    assert!({}.premise, \"the premise does not hold here any more\");", now(property)));
        self.line(&waiting);
        self.steps(retold, waits..repeats, &waiting);
        if repeats == steps {
            return self.line("    // Then nothing happens any more.");
        }
        self.line("    // The steps from here on repeat for ever.");
        if !retold.renews {
            self.line("    let start = authority.clone();");
        }
        self.steps(retold, repeats..steps, &waiting);
        if retold.renews {
            return self.line("    // Every epoch is newer than before; but for that the machine is where it was.");
        }
        if case.sliced {
            self.helpers.agree = true;
            let regions = quoted(&case.part.regions);
            self.line(&format!("    assert_agree(&authority, &start, &[{regions}]);"));
        } else {
            self.line("    assert_eq!(authority, start, \"the steps do not lead back\");");
        }
    }

    fn promised(&mut self, promise: Promise, retold: &Retold) {
        let Some((last, way)) = retold.steps.split_last() else { return };
        self.steps(retold, 0..way.len(), "");
        self.line(&format!("    let input = {};", rust_source::input(self.spec, &last.input)));
        if promise == Promise::RejectionsChangeNothing {
            self.line("    let (before, mut effects) = (authority.clone(), Vec::new());");
            self.line("    assert!(authority.apply(&input, &mut effects).is_err(), \"it is accepted now\");");
            self.line("    assert!(authority != before || !effects.is_empty(), \"it changes nothing now\");");
            return;
        }
        self.helpers.accepting = true;
        let accepting = quoted(&last.acceptors);
        self.line(&format!("    let expected: &[&str] = &[{accepting}];"));
        self.line("    assert_eq!(accepting(&authority, &input), expected, \"what explain says\");");
        let verdict = if last.told.rejection.is_none() { "is_ok" } else { "is_err" };
        self.line(&format!("    assert!(authority.apply(&input, &mut Vec::new()).{verdict}(), \"what apply does\");"));
    }

    fn walk(&mut self, retold: &Retold, values: &[(String, String)]) {
        self.helpers.values = true;
        let doc = format!("What the machine is after {}.", counted(retold.steps.len() as u64, "step"));
        self.open("the_walk_ends_here", &doc, retold.steps.len());
        self.all_steps(retold);
        self.line("    let expected = [");
        values.iter().for_each(|(path, value)| self.line(&format!("        {:?},", format!("{path} = {value}"))));
        self.line("    ];\n    assert_eq!(values(&authority), expected);\n}");
    }

    fn all_steps(&mut self, retold: &Retold) {
        self.steps(retold, 0..retold.steps.len(), "");
    }

    /// Offers some of the inputs, with a line behind each.
    fn steps(&mut self, retold: &Retold, range: Range<usize>, behind: &str) {
        for (number, step) in (range.start + 1..).zip(&retold.steps[range]) {
            self.step(number, step);
            if !behind.is_empty() {
                self.line(behind);
            }
        }
    }

    fn step(&mut self, number: usize, step: &RetoldStep) {
        let source = rust_source::input(self.spec, &step.input);
        match &step.told.rejection {
            Some(rejection) => {
                self.helpers.refuse = true;
                self.line(&format!("    // {number}. rejected: {rejection}"));
                self.line(&format!("    refuse(&mut authority, &{source});"));
            }
            None => {
                self.helpers.accept = true;
                self.line(&format!("    // {number}. by {}", step.told.transitions.join(" and ")));
                self.line(&format!("    accept(&mut authority, &{source});"));
            }
        }
    }

    fn finish(self, module: &str) -> EmittedTests {
        let text = self.helpers.around(self.spec.name, module, &self.body);
        EmittedTests { text, tests: self.names.len() }
    }
}

/// What a property says of the present state, as an expression.
fn now(property: &PropertySpec) -> String {
    format!("of_state(\"{}\", &authority)", property.id)
}

fn quoted(names: &[&str]) -> String {
    names.iter().map(|name| format!("\"{name}\"")).collect::<Vec<_>>().join(", ")
}

fn bounds(bounds: &Bounds) -> String {
    let general: String = bounds.unnamed().iter().map(|(name, bound)| format!(".with_{name}({bound})")).collect();
    let named: String = bounds.named().map(|(name, bound)| format!(".with(\"{name}\", {bound})")).collect();
    format!("Bounds::default(){general}{named}")
}

/// An identifier that can be the name of a function.
fn function_name(identifier: &str) -> String {
    if syn::parse_str::<syn::Ident>(identifier).is_ok() { identifier.to_owned() } else { format!("claim_{identifier}") }
}
