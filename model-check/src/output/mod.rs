//! What a check found out, for other programs: as a test, as JSON, as traces in the format of Apalache, as line coverage.

pub(crate) mod emitted_test;
pub(crate) mod itf;
pub(crate) mod json;
pub(crate) mod lcov;
pub(crate) mod reading;
mod retold;
mod rust_source;

use std::fmt;
use std::fs;
use std::io;
use std::path::Path;

use machine_spec::spec::{MachineSpec, Place};

use crate::coverage::Coverage;
use crate::pinned::Pinned;
use crate::report::{Claim, Counterexample, Finding, Report, Verdict};
use crate::sliced::SlicedReport;

/// What came of checking one machine, as a whole or slice by slice.
pub(crate) enum Checked {
    Whole(Box<Report>),
    Slices(SlicedReport),
}

/// One exploration of it.
pub(crate) struct Part<'checked> {
    /// The name of the slice, or of the machine.
    pub(crate) name: &'checked str,
    pub(crate) regions: Vec<&'static str>,
    /// How many states a plan expects.
    pub(crate) expected: Pinned,
    pub(crate) report: &'checked Report,
}

impl Checked {
    pub(crate) fn machine(&self) -> &'static str {
        match self {
            Self::Whole(report) => report.machine,
            Self::Slices(report) => report.machine,
        }
    }

    pub(crate) fn place(&self) -> Place {
        match self {
            Self::Whole(report) => report.place,
            Self::Slices(report) => report.place,
        }
    }

    pub(crate) fn passes(&self) -> bool {
        match self {
            Self::Whole(report) => report.passes(),
            Self::Slices(report) => report.passes(),
        }
    }

    /// What occurred in all of it.
    pub(crate) fn coverage(&self) -> &Coverage {
        match self {
            Self::Whole(report) => &report.coverage,
            Self::Slices(report) => &report.coverage,
        }
    }

    /// How many gaps in the coverage count as failures.
    pub(crate) fn vacuities(&self) -> usize {
        match self {
            Self::Whole(report) => report.vacuities(),
            Self::Slices(report) => report.vacuities(),
        }
    }

    pub(crate) fn is_sliced(&self) -> bool {
        matches!(self, Self::Slices(_))
    }

    pub(crate) fn parts(&self, spec: &MachineSpec) -> Vec<Part<'_>> {
        let all = || spec.regions.iter().map(|region| region.name).collect();
        match self {
            Self::Whole(report) => {
                vec![Part { name: report.machine, regions: all(), expected: Pinned::default(), report }]
            }
            Self::Slices(sliced) => sliced
                .slices
                .iter()
                .map(|one| Part {
                    name: &one.slice.name,
                    regions: one.regions.clone(),
                    expected: one.expected,
                    report: &one.report,
                })
                .collect(),
        }
    }
}

impl fmt::Display for Checked {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Whole(report) => report.fmt(formatter),
            Self::Slices(report) => report.fmt(formatter),
        }
    }
}

impl Part<'_> {
    /// What does not hold, and why.
    pub(crate) fn violations(&self) -> impl Iterator<Item = (&Finding, &Counterexample)> {
        self.report.findings.iter().filter_map(|finding| match &finding.verdict {
            Verdict::Violated(counterexample) => Some((finding, counterexample.as_ref())),
            _ => None,
        })
    }
}

/// The index of a declared property.
pub(crate) fn property(spec: &MachineSpec, finding: &Finding) -> Option<usize> {
    let Claim::Declared(kind) = finding.claim else { return None };
    spec.properties.iter().position(|one| (one.kind, one.place) == (kind, finding.place))
}

/// The stable name of a claim: of a property its identifier, of a promise a word of its own.
pub(crate) fn identifier(spec: &MachineSpec, finding: &Finding) -> String {
    let declared = property(spec, finding).map(|index| spec.properties[index].id);
    let text = declared.unwrap_or(finding.sentence);
    let lower = text.chars().map(|one| if one.is_alphanumeric() { one.to_ascii_lowercase() } else { '_' });
    lower.collect()
}

/// A claim in front of its sentence: `invariant "somebody is there"`.
pub(crate) fn title(finding: &Finding) -> String {
    match finding.claim {
        Claim::Declared(kind) => format!("{kind} \"{}\"", finding.sentence),
        Claim::Promised(_) => format!("promise \"{}\"", finding.sentence),
    }
}

/// Writes a file, with the folders that lead to it. A file that holds the text already is left alone, so that nothing
/// is built again because of it.
pub(crate) fn write(path: &Path, text: &str) -> io::Result<()> {
    if fs::read_to_string(path).is_ok_and(|present| present == text) {
        return Ok(());
    }
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        fs::create_dir_all(folder)?;
    }
    fs::write(path, text)
}
