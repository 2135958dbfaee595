//! Coverage of the machine files in the format of lcov, for editors and `genhtml`.
//!
//! A transition is a function and a line with the number of times it fired. A guard is a line with the number of times
//! that its transitions fired, and a branch with two ways: it holds, and it fails. How often it fails is not counted, so
//! the second way is taken once or never; `-` stands for a guard that nothing has asked.

use std::collections::BTreeMap;
use std::fmt::{self, Display, Formatter};

use machine_spec::spec::{MachineSpec, Place};

use super::{Checked, Part};
use crate::coverage::GapKind;

/// What is known of one source file, by line.
#[derive(Default)]
struct Source {
    /// Name and line of each transition, and how often it fired.
    functions: Vec<(&'static str, u32, u64)>,
    lines: BTreeMap<u32, u64>,
    /// By place of the guard: how often it held, and whether it failed, if it was asked.
    guards: BTreeMap<(u32, u32), (u64, Option<bool>)>,
}

/// The coverage of some machines, file by file.
#[derive(Default)]
pub(crate) struct LineCoverage {
    sources: BTreeMap<&'static str, Source>,
}

impl LineCoverage {
    /// Adds what one check has exercised.
    pub(crate) fn add(&mut self, spec: &'static MachineSpec, checked: &Checked) {
        let parts = checked.parts(spec);
        for (index, transition) in spec.transitions.iter().enumerate() {
            let region = spec.regions[transition.region].name;
            let own: Vec<&Part<'_>> = parts.iter().filter(|part| part.regions.contains(&region)).collect();
            if own.is_empty() {
                continue;
            }
            let fired = own.iter().filter_map(|part| part.report.coverage.fired.get(index)).sum();
            self.transition(transition.name, transition.place, fired);
            for guard in transition.guards {
                let failed = own.iter().filter_map(|part| has_failed(part, index, guard.place)).reduce(|a, b| a | b);
                self.guard(guard.place, fired, failed);
            }
        }
    }

    fn transition(&mut self, name: &'static str, place: Place, fired: u64) {
        let source = self.sources.entry(place.file).or_default();
        source.functions.push((name, place.line, fired));
        *source.lines.entry(place.line).or_default() += fired;
    }

    fn guard(&mut self, place: Place, held: u64, failed: Option<bool>) {
        let source = self.sources.entry(place.file).or_default();
        let known = source.guards.entry((place.line, place.column)).or_default();
        known.0 += held;
        known.1 = [known.1, failed].into_iter().flatten().reduce(|a, b| a | b);
    }
}

/// Whether a guard of a transition failed somewhere. The check looks at guards of transitions that fire.
fn has_failed(part: &Part<'_>, transition: usize, guard: Place) -> Option<bool> {
    let coverage = &part.report.coverage;
    let fires = coverage.fired.get(transition).is_some_and(|fired| *fired > 0);
    let is_gap = coverage.gaps.iter().any(|gap| gap.kind == GapKind::Guard && gap.place == guard);
    fires.then_some(!is_gap)
}

impl Display for LineCoverage {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        self.sources.iter().try_for_each(|(file, source)| {
            writeln!(formatter, "TN:\nSF:{file}")?;
            source.fmt(formatter)?;
            writeln!(formatter, "end_of_record")
        })
    }
}

impl Display for Source {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        self.fmt_functions(formatter)?;
        self.fmt_branches(formatter)?;
        let mut lines = self.lines.clone();
        for ((line, _), (held, _)) in &self.guards {
            // A transition that shares the line of its guard says how often the line was executed.
            if !self.lines.contains_key(line) {
                *lines.entry(*line).or_default() += held;
            }
        }
        lines.iter().try_for_each(|(line, count)| writeln!(formatter, "DA:{line},{count}"))?;
        let hit = lines.values().filter(|count| **count > 0).count();
        writeln!(formatter, "LF:{}\nLH:{hit}", lines.len())
    }
}

impl Source {
    fn fmt_functions(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        self.functions.iter().try_for_each(|(name, line, _)| writeln!(formatter, "FN:{line},{name}"))?;
        self.functions.iter().try_for_each(|(name, _, fired)| writeln!(formatter, "FNDA:{fired},{name}"))?;
        let hit = self.functions.iter().filter(|(_, _, fired)| *fired > 0).count();
        writeln!(formatter, "FNF:{}\nFNH:{hit}", self.functions.len())
    }

    fn fmt_branches(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        for (block, ((line, _), (held, failed))) in self.guards.iter().enumerate() {
            let asked = *held > 0;
            let holds = if asked { held.to_string() } else { "-".to_owned() };
            let fails = failed.filter(|_| asked).map_or_else(|| "-".to_owned(), |failed| u8::from(failed).to_string());
            writeln!(formatter, "BRDA:{line},{block},0,{holds}\nBRDA:{line},{block},1,{fails}")?;
        }
        let ways =
            self.guards.values().map(|(held, failed)| usize::from(*held > 0) + usize::from(*failed == Some(true)));
        writeln!(formatter, "BRF:{}\nBRH:{}", 2 * self.guards.len(), ways.sum::<usize>())
    }
}
