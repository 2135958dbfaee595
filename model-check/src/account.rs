//! Why a machine accepts or rejects one input, told in words.

use std::fmt::{self, Formatter};

use machine_spec::spec::{MachineSpec, MessageSpec, RegionSpec, Target, TransitionSpec};
use machine_spec::{Bounds, Candidate, Explanation, GuardOutcome, Machine, Outcome};
use thiserror::Error;

use crate::agreement::Agreement;
use crate::bound_names::{self, UnknownBound, suggestion};
use crate::display;
#[cfg(feature = "conformance")]
use crate::trace::Trace;
use crate::trace::{Replay, TraceStep};

/// What came of offering one input, and why.
#[derive(Clone, Debug)]
pub struct Account {
    /// What the input did, or the rejection.
    pub step: TraceStep,
    /// Every region that knows the input, in declaration order.
    pub regions: Vec<RegionAccount>,
}

/// What one region says of an input.
#[derive(Clone, Debug)]
pub struct RegionAccount {
    /// The region.
    pub region: &'static RegionSpec,
    /// Whether it would accept. The machine accepts if every region does.
    pub accepts: bool,
    /// What each of its transitions says.
    pub attempts: Vec<Attempt>,
}

/// One transition, tried.
#[derive(Clone, Debug)]
pub struct Attempt {
    /// The transition.
    pub transition: &'static TransitionSpec,
    /// The phase that the region or instance is in, as text; none without an instance or without phases.
    pub phase: Option<String>,
    /// Its answer.
    pub candidate: Candidate,
}

/// Why there is no account of an input.
#[derive(Clone, Debug, Error)]
pub enum ExplainError {
    /// A bound is set for a name that the machine does not have.
    #[error(transparent)]
    UnknownBound(#[from] UnknownBound),
    /// The machine has no input of this name.
    #[error("machine {machine} has no input {name}{}\nits inputs are {known}", suggestion(*nearest))]
    UnknownInput {
        /// The machine.
        machine: &'static str,
        /// The name.
        name: String,
        /// The most similar name that it has.
        nearest: Option<&'static str>,
        /// The names that it has.
        known: String,
    },
    /// There is such an input, but not with this payload, or not within the bounds.
    #[error("{text} is no input within {bounds}; an input is written as {shape}{}", suggestion(nearest.as_deref()))]
    UnknownPayload {
        /// What was asked for.
        text: String,
        /// The bounds in words.
        bounds: String,
        /// The declared payload.
        shape: String,
        /// The most similar input within the bounds.
        nearest: Option<String>,
    },
    /// An input on the way is rejected, so there is no state to ask.
    #[error("step {number} of the way is refused\n\n{account}")]
    Refused {
        /// Its number, from one.
        number: usize,
        /// Why.
        account: Box<Account>,
    },
}

/// Offers the inputs of `after` to the initial state, and then `input`, and tells what came of the last one. Inputs
/// are given as `Debug` shows them; spacing is free.
///
/// # Errors
/// [`ExplainError`] if a text is no input within the bounds, or if an input of `after` is rejected.
pub fn explain<M: Machine>(bounds: &Bounds, after: &[String], input: &str) -> Result<Account, ExplainError> {
    bound_names::verify(M::SPEC, bounds)?;
    let known: Vec<M::Input> = M::inputs_within(bounds);
    let mut replay = Replay::<M>::along(std::iter::empty());
    for (number, text) in (1..).zip(after) {
        let account = offer(&mut replay, find::<M>(&known, bounds, text)?);
        if account.step.rejection.is_some() {
            return Err(ExplainError::Refused { number, account: Box::new(account) });
        }
    }
    Ok(offer(&mut replay, find::<M>(&known, bounds, input)?))
}

fn find<'inputs, M: Machine>(
    inputs: &'inputs [M::Input],
    bounds: &Bounds,
    text: &str,
) -> Result<&'inputs M::Input, ExplainError> {
    let wanted = squeezed(text);
    let found = inputs.iter().find(|input| squeezed(&format!("{input:?}")) == wanted);
    found.ok_or_else(|| unknown::<M>(inputs, bounds, text))
}

/// The text without what `Debug` and people space differently.
pub(crate) fn squeezed(text: &str) -> String {
    text.chars().filter(|character| !character.is_whitespace()).collect()
}

/// Why no input is written like this.
pub(crate) fn unknown<M: Machine>(inputs: &[M::Input], bounds: &Bounds, text: &str) -> ExplainError {
    let name = text.trim().split(|one: char| !one.is_alphanumeric() && one != '_').next().unwrap_or("");
    let names = || M::SPEC.inputs.iter().map(|message| message.name);
    let Some(message) = M::SPEC.inputs.iter().find(|message| message.name == name) else {
        return ExplainError::UnknownInput {
            machine: M::SPEC.name,
            name: name.to_owned(),
            nearest: bound_names::nearest(name, names()),
            known: names().collect::<Vec<_>>().join(", "),
        };
    };
    let alike: Vec<String> = inputs
        .iter()
        .filter(|input| M::SPEC.inputs[M::input_index(input)].name == name)
        .map(|input| format!("{input:?}"))
        .collect();
    ExplainError::UnknownPayload {
        text: text.trim().to_owned(),
        bounds: display::bounds(bounds),
        shape: shape(message),
        nearest: bound_names::nearest(text, alike.iter().map(String::as_str)).map(str::to_owned),
    }
}

fn shape(message: &MessageSpec) -> String {
    let members: Vec<String> =
        message.payload.iter().map(|one| format!("{}: {}", one.name, display::ty(one.ty))).collect();
    if members.is_empty() { message.name.to_owned() } else { format!("{} {{ {} }}", message.name, members.join(", ")) }
}

/// Offers an input to a copy of a state, and tells what came of it.
#[cfg(feature = "conformance")]
pub(crate) fn offered_to<M: Machine>(authority: &M::Authority, input: &M::Input) -> Account {
    offer(&mut Replay::<M> { authority: authority.clone(), trace: Trace::default() }, input)
}

/// Offers an input and tells what came of it.
pub(crate) fn offer<M: Machine>(replay: &mut Replay<M>, input: &M::Input) -> Account {
    let explanation = M::explain(M::state(&replay.authority), input);
    let regions = regions::<M>(replay, &explanation, M::input_index(input));
    replay.offer(input);
    let step = replay.trace.steps.last().cloned().unwrap_or_default();
    Account { step, regions }
}

fn regions<M: Machine>(replay: &Replay<M>, explanation: &Explanation, input: usize) -> Vec<RegionAccount> {
    let spec: &'static MachineSpec = M::SPEC;
    let agreement = Agreement::new(spec);
    let knows = |number: usize| spec.transitions.iter().any(|one| one.region == number && one.input == input);
    let regions = spec.regions.iter().enumerate().filter(|(number, _)| knows(*number));
    regions
        .map(|(number, region)| {
            let tried = explanation.candidates.iter().filter(|one| spec.transitions[one.transition].region == number);
            let attempt = |candidate: &Candidate| Attempt {
                transition: &spec.transitions[candidate.transition],
                phase: phase(replay, region, &candidate.instance),
                candidate: candidate.clone(),
            };
            let attempts = tried.map(attempt).collect();
            RegionAccount { region, accepts: agreement.region_accepts(explanation, input, number), attempts }
        })
        .collect()
}

/// The phase of the region, or of the instance that a candidate names. A path shows a key as `2`, a candidate as
/// `InputId(2)`.
fn phase<M: Machine>(replay: &Replay<M>, region: &RegionSpec, instance: &str) -> Option<String> {
    let values = replay.values_at(&[&format!("{}.phase", region.name)]);
    let Some(key) = region.key else { return values.into_iter().next().map(|(_, value)| value) };
    let path_key = |path: &str| {
        path.strip_prefix(region.name)
            .and_then(|rest| rest.strip_prefix('[')?.strip_suffix("].phase"))
            .map(str::to_owned)
    };
    let is_it = |path: &str| path_key(path).is_some_and(|one| one == instance || format!("{key}({one})") == instance);
    values.into_iter().find(|(path, _)| is_it(path)).map(|(_, value)| value)
}

impl fmt::Display for Account {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        let Some(rejection) = &self.step.rejection else { return self.fmt_accepted(formatter) };
        writeln!(formatter, "REJECTED {}", self.step.input)?;
        writeln!(formatter, "  {rejection}")?;
        if self.regions.is_empty() {
            writeln!(formatter, "  no region knows the input")?;
        }
        self.regions.iter().try_for_each(|region| write!(formatter, "\n{region}"))
    }
}

impl Account {
    /// The regions that refuse, each with the sentences of its guards that fail. A region in which no transition leaves
    /// the phase has none.
    #[must_use]
    pub fn refusals(&self) -> Vec<(&'static str, Vec<&'static str>)> {
        let refusing = self.regions.iter().filter(|region| !region.accepts);
        refusing.map(|region| (region.region.name, region.failed_guards())).collect()
    }

    fn fmt_accepted(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        writeln!(formatter, "ACCEPTED {}", self.step.input)?;
        let mut told: Vec<&str> = Vec::new();
        for attempt in self.regions.iter().flat_map(|region| &region.attempts) {
            let name = attempt.transition.name;
            if attempt.candidate.accepts() && !told.contains(&name) {
                writeln!(formatter, "  by {name}   {}", attempt.transition.place)?;
                told.push(name);
            }
        }
        self.step.fmt_outcome(formatter, 0)
    }
}

impl RegionAccount {
    fn failed_guards(&self) -> Vec<&'static str> {
        let mut failed = Vec::new();
        for attempt in &self.attempts {
            if let Outcome::Tested { guards, .. } = &attempt.candidate.outcome {
                let outcomes = attempt.transition.guards.iter().zip(guards);
                failed
                    .extend(outcomes.filter(|(_, one)| **one != GuardOutcome::Holds).map(|(guard, _)| guard.sentence));
            }
        }
        failed.dedup();
        failed
    }
}

impl fmt::Display for RegionAccount {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        let verdict = if self.accepts { "accepts" } else { "REFUSES" };
        writeln!(formatter, "region {} {verdict}", self.region.name)?;
        if self.attempts.is_empty() {
            writeln!(formatter, "  none of its instances takes part")?;
        }
        self.attempts.iter().try_for_each(|attempt| attempt.fmt(formatter))
    }
}

impl fmt::Display for Attempt {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        let (transition, instance) = (self.transition, &self.candidate.instance);
        let of = if instance.is_empty() { String::new() } else { format!(" at {instance}") };
        writeln!(formatter, "  {}{of}   {}", transition.name, transition.place)?;
        match &self.candidate.outcome {
            Outcome::WrongPhase => {
                let phase = self.phase.as_deref().unwrap_or("another phase");
                writeln!(formatter, "    wrong phase: is {phase}, leaves from {}", sources(transition))
            }
            Outcome::WrongInstance => writeln!(formatter, "    {}", wrong_instance(transition.target)),
            Outcome::Tested { guards, overflows } => self.fmt_guards(formatter, guards, *overflows),
        }
    }
}

impl Attempt {
    fn fmt_guards(&self, formatter: &mut Formatter<'_>, outcomes: &[GuardOutcome], overflows: bool) -> fmt::Result {
        if self.candidate.accepts() {
            writeln!(formatter, "    would accept")?;
        }
        for (position, guard) in self.transition.guards.iter().enumerate() {
            let answer = match outcomes.get(position) {
                Some(GuardOutcome::Holds) => "holds",
                Some(GuardOutcome::Fails) => "FAILS",
                Some(GuardOutcome::Overflows) => "OVERFLOWS",
                None => "untested",
            };
            writeln!(formatter, "    {answer:<9} {}: {}   {}", guard.sentence, guard.text, guard.place)?;
        }
        if overflows { writeln!(formatter, "    OVERFLOWS a key, a name or what would be written") } else { Ok(()) }
    }
}

fn sources(transition: &TransitionSpec) -> String {
    let pattern = transition.source_pattern;
    if pattern.is_empty() { transition.sources.join(" | ") } else { pattern.to_owned() }
}

fn wrong_instance(target: Target) -> String {
    match target {
        Target::Create(key) => format!("there is an instance under {key} already"),
        Target::At(key) => format!("there is no instance under {key}"),
        Target::Each(selection) => format!("it is not in {selection}"),
        Target::Region => "there is no such instance".to_owned(),
    }
}
