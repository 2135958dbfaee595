//! The report as JSON. The schema is documented in `docs/commands.md`; within a version of it, members are added and
//! never changed or taken away.

use std::collections::BTreeMap;

use machine_spec::Bounds;
use machine_spec::spec::{MachineSpec, Place};
use serde::Serialize;

use super::{Checked, Part, identifier};
use crate::coverage::{Coverage, GapKind};
use crate::report::{Claim, Counterexample, Ending, Finding, Verdict};
use crate::trace::{Trace, TraceStep};

/// The version of the schema.
const SCHEMA: &str = "meerkat-check/1";

/// Everything that one command has checked.
#[derive(Serialize)]
pub(crate) struct Document {
    schema: &'static str,
    passes: bool,
    machines: Vec<MachineReport>,
}

#[derive(Serialize)]
struct MachineReport {
    machine: &'static str,
    place: PlaceReport,
    passes: bool,
    slices: Vec<SliceReport>,
    coverage: CoverageReport,
    vacuous: usize,
}

#[derive(Serialize)]
struct SliceReport {
    name: String,
    regions: Vec<&'static str>,
    bounds: BTreeMap<String, u64>,
    size: SizeReport,
    expected_states: Option<u64>,
    expected_steps: Option<u64>,
    expected_effects: Option<u64>,
    ending: &'static str,
    cross_checked: bool,
    renamed_ids: Vec<&'static str>,
    renamed_epochs: Vec<&'static str>,
    threads: usize,
    seconds: f64,
    findings: Vec<FindingReport>,
}

#[derive(Serialize)]
struct SizeReport {
    states: usize,
    steps: u64,
    effects: u64,
    clipped: u64,
    depth: usize,
    inputs: usize,
}

#[derive(Serialize)]
struct FindingReport {
    property: String,
    kind: String,
    sentence: &'static str,
    place: PlaceReport,
    verdict: &'static str,
    witness_steps: Option<usize>,
    counterexample: Option<CounterexampleReport>,
}

#[derive(Serialize)]
struct CounterexampleReport {
    trace: Option<TraceReport>,
    values: Vec<ValueReport>,
    remarks: Vec<String>,
}

#[derive(Serialize)]
pub(crate) struct TraceReport {
    repeats_from: Option<usize>,
    steps: Vec<StepReport>,
}

#[derive(Serialize)]
struct StepReport {
    input: String,
    transitions: Vec<&'static str>,
    changes: Vec<ChangeReport>,
    effects: Vec<String>,
    rejection: Option<String>,
}

#[derive(Serialize)]
struct ChangeReport {
    path: String,
    before: Option<String>,
    after: Option<String>,
}

#[derive(Serialize)]
struct ValueReport {
    path: String,
    value: String,
}

#[derive(Serialize)]
struct CoverageReport {
    transitions: BTreeMap<&'static str, u64>,
    effects: BTreeMap<&'static str, u64>,
    gaps: Vec<GapReport>,
}

#[derive(Serialize)]
struct GapReport {
    kind: &'static str,
    name: String,
    place: PlaceReport,
}

#[derive(Serialize)]
struct PlaceReport {
    file: &'static str,
    line: u32,
    column: u32,
}

/// A walk that somebody took, as a file that can be read again.
#[derive(Serialize)]
struct WalkDocument {
    schema: &'static str,
    machine: &'static str,
    bounds: BTreeMap<String, u64>,
    trace: TraceReport,
}

impl Document {
    pub(crate) fn of(checked: &[(&'static MachineSpec, &Checked)], all_were_checked: bool) -> Self {
        let passes = all_were_checked && checked.iter().all(|(_, one)| one.passes());
        Self { schema: SCHEMA, passes, machines: checked.iter().map(|(spec, one)| machine(spec, one)).collect() }
    }

    /// The text of it.
    ///
    /// # Errors
    /// None that a report can cause; whatever the serializer says.
    pub(crate) fn text(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string_pretty(self).map(|text| text + "\n")
    }
}

/// A walk as a file that can be read again.
///
/// # Errors
/// None that a walk can cause; whatever the serializer says.
pub(crate) fn of_walk(spec: &MachineSpec, within: &Bounds, taken: &Trace) -> Result<String, serde_json::Error> {
    let (schema, bounds) = ("meerkat-walk/1", bounds(within));
    let document = WalkDocument { schema, machine: spec.name, bounds, trace: trace(taken) };
    serde_json::to_string_pretty(&document).map(|text| text + "\n")
}

fn machine(spec: &'static MachineSpec, checked: &Checked) -> MachineReport {
    MachineReport {
        machine: checked.machine(),
        place: place(checked.place()),
        passes: checked.passes(),
        slices: checked.parts(spec).iter().map(|part| slice(spec, part)).collect(),
        coverage: coverage(spec, checked.coverage()),
        vacuous: checked.vacuities(),
    }
}

fn slice(spec: &'static MachineSpec, part: &Part<'_>) -> SliceReport {
    let (report, size) = (part.report, &part.report.size);
    SliceReport {
        name: part.name.to_owned(),
        regions: part.regions.clone(),
        bounds: bounds(&report.bounds),
        size: SizeReport {
            states: size.states,
            steps: size.steps,
            effects: size.effects,
            clipped: size.clipped,
            depth: size.depth,
            inputs: size.inputs,
        },
        expected_states: part.expected.states,
        expected_steps: part.expected.steps,
        expected_effects: part.expected.effects,
        ending: match report.ending {
            Ending::Closed => "closed",
            Ending::BudgetEnded(_) => "budget",
            Ending::MemoryEnded(_) => "memory",
        },
        cross_checked: report.cross_checked,
        renamed_ids: report.renamed.ids.clone(),
        renamed_epochs: report.renamed.epochs.clone(),
        threads: report.threads,
        seconds: report.elapsed.as_secs_f64(),
        findings: report.findings.iter().map(|finding| self::finding(spec, finding)).collect(),
    }
}

/// All bounds by name.
pub(super) fn bounds(bounds: &Bounds) -> BTreeMap<String, u64> {
    let general = bounds.unnamed().into_iter();
    general.chain(bounds.named()).map(|(name, bound)| (name.to_owned(), bound)).collect()
}

fn finding(spec: &'static MachineSpec, finding: &Finding) -> FindingReport {
    let (verdict, witness_steps, counterexample) = match &finding.verdict {
        Verdict::Proved { witness } => ("proved", *witness, None),
        Verdict::Violated(found) => ("violated", None, Some(counterexample(found))),
        Verdict::Unknown => ("unknown", None, None),
    };
    FindingReport {
        property: identifier(spec, finding),
        kind: match finding.claim {
            Claim::Declared(kind) => kind.to_string(),
            Claim::Promised(_) => "promise".to_owned(),
        },
        sentence: finding.sentence,
        place: place(finding.place),
        verdict,
        witness_steps,
        counterexample,
    }
}

fn counterexample(found: &Counterexample) -> CounterexampleReport {
    let value = |(path, value): &(String, String)| ValueReport { path: path.clone(), value: value.clone() };
    CounterexampleReport {
        trace: found.trace.as_ref().map(trace),
        values: found.values.iter().map(value).collect(),
        remarks: found.remarks.clone(),
    }
}

fn trace(trace: &Trace) -> TraceReport {
    TraceReport { repeats_from: trace.repeats, steps: trace.steps.iter().map(step).collect() }
}

fn step(step: &TraceStep) -> StepReport {
    let changes = step.changes.iter().map(|change| ChangeReport {
        path: change.path.clone(),
        before: change.before.clone(),
        after: change.after.clone(),
    });
    StepReport {
        input: step.input.clone(),
        transitions: step.transitions.clone(),
        changes: changes.collect(),
        effects: step.effects.clone(),
        rejection: step.rejection.clone(),
    }
}

fn coverage(spec: &'static MachineSpec, coverage: &Coverage) -> CoverageReport {
    let gaps = coverage.gaps.iter();
    CoverageReport {
        transitions: spec.transitions.iter().map(|one| one.name).zip(coverage.fired.iter().copied()).collect(),
        effects: spec.effects.iter().map(|one| one.name).zip(coverage.emitted.iter().copied()).collect(),
        gaps: gaps
            .map(|gap| GapReport { kind: gap_kind(gap.kind), name: gap.name.clone(), place: place(gap.place) })
            .collect(),
    }
}

fn gap_kind(kind: GapKind) -> &'static str {
    match kind {
        GapKind::Transition => "transition",
        GapKind::Effect => "effect",
        GapKind::Phase => "phase",
        GapKind::Guard => "guard",
        GapKind::Premise => "premise",
    }
}

fn place(place: Place) -> PlaceReport {
    PlaceReport { file: place.file, line: place.line, column: place.column }
}
