//! One planted fault: what has to be said of the wrong machine, and how that is compared with what is said.

use std::fmt;

use machine_spec::{Bounds, Machine};
use model_check::{Check, Ending, GapKind, Promise, Report, Trace, Verdict};

use crate::oracle::{self, Broken, Length, Seen};

/// What a check has to say of the wrong machine, and nothing else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Expected {
    /// This property is violated, at the end of a trace with so many steps.
    Violated(&'static str, usize),
    /// This `leads_to` is violated by a run of so many steps before a cycle of so many steps; a cycle of none is a run
    /// that stays where it is.
    Endless(&'static str, usize, usize),
    /// This `reachable` never holds.
    Never(&'static str),
    /// Two transitions accept the last input of a trace with so many steps.
    Overlap(usize),
    /// These things never occur.
    Gaps(&'static [(GapKind, &'static str)]),
    /// This property is neither proved nor violated.
    Unknown(&'static str),
    /// The budget of so many states ends the run.
    CutOff(usize),
}

impl fmt::Display for Expected {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let steps = |steps: usize| if steps == 1 { "1 step".to_owned() } else { format!("{steps} steps") };
        match self {
            Self::Violated(sentence, 0) => write!(formatter, "violated: \"{sentence}\", in the initial state"),
            Self::Violated(sentence, length) => write!(formatter, "violated: \"{sentence}\", after {}", steps(*length)),
            Self::Endless(sentence, lead, 0) => {
                write!(formatter, "violated: \"{sentence}\", nothing happens any more after {}", steps(*lead))
            }
            Self::Endless(sentence, lead, cycle) => {
                write!(formatter, "violated: \"{sentence}\", after {} a cycle of {}", steps(*lead), steps(*cycle))
            }
            Self::Never(sentence) => write!(formatter, "violated: \"{sentence}\", in no state"),
            Self::Overlap(length) => {
                write!(formatter, "violated: \"{}\", after {}", Promise::Deterministic.sentence(), steps(*length))
            }
            Self::Gaps(gaps) => {
                let told: Vec<String> = gaps.iter().map(|(kind, name)| format!("{kind:?} {name}")).collect();
                write!(formatter, "never occurs: {}", told.join(", "))
            }
            Self::Unknown(sentence) => write!(formatter, "unknown: \"{sentence}\""),
            Self::CutOff(budget) => write!(formatter, "cut off after {}", steps(*budget).replace("step", "state")),
        }
    }
}

/// What a check and the oracle say of a machine.
struct Judged {
    report: Report,
    /// Of the check that visits one of the states that differ in names only.
    renamed: Report,
    seen: Seen,
    /// What is wrong with a run that should wait for ever.
    run: Result<(), String>,
}

type Judge = fn(&Bounds, Option<usize>) -> Judged;

/// A planted fault.
pub(crate) struct Fault {
    pub(crate) name: &'static str,
    pub(crate) subject: &'static str,
    pub(crate) mistake: &'static str,
    pub(crate) expected: Expected,
    wrong: (Judge, Bounds),
    right: (Judge, Bounds),
}

impl Fault {
    pub(crate) fn new<Wrong: Machine, Right: Machine>(
        name: &'static str,
        subject: &'static str,
        mistake: &'static str,
        expected: Expected,
    ) -> Self {
        let (wrong, right): (Judge, Judge) = (judge::<Wrong>, judge::<Right>);
        let bounds = Bounds::default();
        Self { name, subject, mistake, expected, wrong: (wrong, bounds.clone()), right: (right, bounds) }
    }

    /// Checks both twins within these bounds.
    pub(crate) fn within(self, bounds: Bounds) -> Self {
        Self { wrong: (self.wrong.0, bounds.clone()), right: (self.right.0, bounds), ..self }
    }

    /// Checks the right twin within other bounds: the mistake is in the bounds.
    pub(crate) fn mended_within(self, bounds: Bounds) -> Self {
        Self { right: (self.right.0, bounds), ..self }
    }

    /// The wrong machine is found out, for this mistake and no other.
    pub(crate) fn judge_wrong(&self) -> Result<(), String> {
        let budget = if let Expected::CutOff(states) = self.expected { Some(states) } else { None };
        let judged = self.wrong.0(&self.wrong.1, budget);
        let said = said(&judged.report);
        let fail = |what: String| Err(format!("{}: {what}\n{}", self.name, judged.report));
        if said != [self.expected.clone()] {
            return fail(format!("{:?} was expected, and not {said:?}", self.expected));
        }
        if judged.report.passes() {
            return fail("it passes".to_owned());
        }
        judged.run.clone().map_err(|what| format!("{}: {what}\n{}", self.name, judged.report))?;
        if budget.is_some() {
            Ok(())
        } else {
            judged.agrees().and_then(|()| judged.agrees_up_to_renaming()).or_else(fail)
        }
    }

    /// The right twin passes, and the oracle agrees.
    pub(crate) fn judge_right(&self) -> Result<(), String> {
        let judged = self.right.0(&self.right.1, None);
        let fail = |what: String| Err(format!("the right twin of {}: {what}\n{}", self.name, judged.report));
        if !judged.report.passes() {
            return fail("it does not pass".to_owned());
        }
        judged.agrees().and_then(|()| judged.agrees_up_to_renaming()).or_else(fail)
    }
}

fn judge<M: Machine>(bounds: &Bounds, budget: Option<usize>) -> Judged {
    let check = || {
        let check = Check::<M>::new().bounds(bounds.clone()).threads(1);
        if let Some(states) = budget { check.budget(states) } else { check }
    };
    let report = check().run().expect("the machine can be checked");
    let renamed = check().up_to_renaming(true).run().expect("the machine can be checked up to renaming");
    let run = report.findings.iter().filter_map(|finding| Some((finding.sentence, trace(&finding.verdict)?)));
    let mut run = run.filter(|(_, trace)| trace.repeats.is_some());
    let run = run.try_for_each(|(sentence, trace)| oracle::verify_endless::<M>(bounds, sentence, trace));
    Judged { report, renamed, seen: oracle::examine::<M>(bounds), run }
}

fn trace(verdict: &Verdict) -> Option<&Trace> {
    match verdict {
        Verdict::Violated(counterexample) => counterexample.trace.as_ref(),
        _ => None,
    }
}

/// Everything that keeps a machine from passing.
fn said(report: &Report) -> Vec<Expected> {
    if let Ending::BudgetEnded(states) = report.ending {
        return vec![Expected::CutOff(states)];
    }
    let mut said = Vec::new();
    for finding in &report.findings {
        let sentence = finding.sentence;
        said.extend(match (&finding.verdict, trace(&finding.verdict)) {
            (Verdict::Proved { .. }, _) => None,
            (Verdict::Unknown, _) => Some(Expected::Unknown(sentence)),
            (Verdict::Violated(_), None) => Some(Expected::Never(sentence)),
            (Verdict::Violated(_), Some(trace)) => Some(match trace.repeats {
                Some(lead) => Expected::Endless(sentence, lead, trace.steps.len() - lead),
                None if sentence == Promise::Deterministic.sentence() => Expected::Overlap(trace.steps.len()),
                None => Expected::Violated(sentence, trace.steps.len()),
            }),
        });
    }
    if let Expected::Gaps(gaps) = gaps(report) {
        said.extend((!gaps.is_empty()).then_some(Expected::Gaps(gaps)));
    }
    said
}

fn gaps(report: &Report) -> Expected {
    let gaps = report.coverage.gaps.iter();
    // Leaked once per failing machine of a test that ends with it.
    let gaps: Vec<(GapKind, &'static str)> = gaps.map(|gap| (gap.kind, &*gap.name.clone().leak())).collect();
    Expected::Gaps(gaps.leak())
}

impl Judged {
    /// The second search sees the same states, violations at the same distances, and gaps.
    fn agrees(&self) -> Result<(), String> {
        let broken = self.report.findings.iter().filter_map(|finding| {
            let is_violated = finding.verdict.is_violated();
            let length = trace(&finding.verdict).map(|trace| match (trace.repeats, trace.steps.len()) {
                (None, steps) => Length::Trace(steps),
                (Some(lead), steps) if lead == steps => Length::Rest(lead),
                (Some(lead), _) => Length::Cycle(lead),
            });
            is_violated.then_some(Broken { sentence: finding.sentence, length })
        });
        let gaps = self.report.coverage.gaps.iter().map(|gap| (gap.kind, gap.name.clone())).collect();
        let said = Seen { states: self.report.size.states, broken: broken.collect(), gaps };
        if said == self.seen { Ok(()) } else { Err(format!("a second search says {:?}, not {said:?}", self.seen)) }
    }

    /// Up to renaming the same is said, on ways that are as short; a run that waits for ever may be another one.
    fn agrees_up_to_renaming(&self) -> Result<(), String> {
        let told = |report: &Report| -> Vec<Expected> {
            let shape =
                |one| if let Expected::Endless(sentence, ..) = one { Expected::Endless(sentence, 0, 0) } else { one };
            said(report).into_iter().map(shape).collect()
        };
        let is_smaller = self.renamed.size.states <= self.report.size.states;
        if is_smaller && told(&self.renamed) == told(&self.report) {
            return Ok(());
        }
        Err(format!("up to renaming it is another: {}", self.renamed))
    }
}
