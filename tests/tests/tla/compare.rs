//! Steps the generated code and its export side by side.
//!
//! The export is read and executed by `tla-checker`, which shares nothing with this workspace. In every state that the
//! generated code reaches within bounds, every input is offered to both: they accept the same, lead to the same state and
//! ask for the same effects, also where the step leaves the bounds. Every property and selection has the same value, and
//! `Next` has exactly the steps within the bounds.

use std::collections::{BTreeSet, HashMap, HashSet, VecDeque};
use std::fmt::Write as _;
use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher, RandomState};
use std::sync::Arc;

use machine_spec::spec::PropertyKind;
use machine_spec::{Bounds, Inspect, Inspected, Machine, ResolvedBounds};
use model_check::{Check, Claim, TlaModule, Verdict};
use tla_checker::ast::{Env, Expr, Spec, State, Value as Tla};
use tla_checker::checker::{CheckResult, check, format_value, prepare_spec};
use tla_checker::eval::{Definitions, eval, init_states, make_primed_names, next_states};
use tla_checker::load::prepare_from_path;

use crate::value::Values;

/// How much was compared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Compared {
    pub(crate) states: usize,
    /// Accepted inputs, those that leave the bounds as well.
    pub(crate) steps: usize,
    pub(crate) effects: usize,
}

type Compare<T> = Result<T, String>;

/// The module as `tla-checker` understands it.
struct Reader {
    spec: Spec,
    constants: Env,
    definitions: Definitions,
    primed: Vec<Arc<str>>,
}

impl Reader {
    fn call(name: &str, arguments: &[Tla]) -> Expr {
        if arguments.is_empty() {
            return Expr::Var(Arc::from(name));
        }
        Expr::FnCall(Arc::from(name), arguments.iter().cloned().map(Expr::Lit).collect())
    }

    /// The value of an operator in a state, or over a step.
    fn value(&self, call: &Expr, before: &State, after: Option<&State>) -> Compare<Tla> {
        let mut names = self.constants.clone();
        bind(&mut names, &self.spec.vars, before);
        if let Some(after) = after {
            bind(&mut names, &self.primed, after);
        }
        eval(call, &mut names, &self.definitions).map_err(|error| format!("{call:?} has no value: {error:?}"))
    }

    fn truth(&self, name: &str, before: &State, after: Option<&State>) -> Compare<bool> {
        match self.value(&Self::call(name, &[]), before, after)? {
            Tla::Bool(value) => Ok(value),
            other => Err(format!("{name} is {}", format_value(&other))),
        }
    }

    fn successors(&self, action: &Expr, state: &State) -> Compare<Vec<State>> {
        let mut names = self.constants.clone();
        let found = next_states(action, state, &self.spec.vars, &self.primed, &mut names, &self.definitions);
        let found = found.map_err(|error| format!("{action:?} cannot be executed: {error:?}"))?;
        Ok(found.into_iter().map(|transition| transition.state).collect())
    }
}

fn bind(names: &mut Env, variables: &[Arc<str>], state: &State) {
    for (variable, value) in variables.iter().zip(&state.values) {
        names.insert(Arc::clone(variable), value.clone());
    }
}

struct Comparison<M: Machine> {
    module: TlaModule,
    reader: Reader,
    values: Values,
    bounds: ResolvedBounds,
    depth: Depth,
    inputs: Vec<(M::Input, usize, Vec<Tla>)>,
    compared: Compared,
}

/// How the export is explored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Depth {
    /// On random walks, until so many states were visited; every input is offered in each. For machines of which nobody
    /// can visit every state.
    Walks(usize),
    /// Also by its own `Next` from every state, and by the whole run of a checker as its configuration says.
    Next,
}

/// Compares a machine with its export.
pub(crate) fn compare<M: Inspected>(bounds: &Bounds, depth: Depth) -> Compare<Compared> {
    let module = TlaModule::of(M::SPEC, bounds).map_err(|error| error.to_string())?;
    compare_with::<M>(bounds, module, depth)
}

/// Compares a machine with a module that should be its export.
pub(crate) fn compare_with<M: Inspected>(bounds: &Bounds, module: TlaModule, depth: Depth) -> Compare<Compared> {
    let directory = tempfile::tempdir().map_err(|error| error.to_string())?;
    let path = directory.path().join(format!("{}.tla", module.name));
    std::fs::write(&path, &module.text).map_err(|error| error.to_string())?;
    std::fs::write(path.with_extension("cfg"), &module.configuration).map_err(|error| error.to_string())?;
    let prepared = prepare_from_path(&path, None, &[]).map_err(|error| format!("{error:?}\n{}", module.text))?;
    if !prepared.warnings.is_empty() {
        return Err(format!("{:?}", prepared.warnings));
    }
    let (constants, definitions) = prepare_spec(&prepared.spec, &prepared.domains, Some(&path), true)
        .map_err(|error| format!("{error:?}\n{}", module.text))?;
    let values = Values { spec: M::SPEC };
    let inputs = M::inputs_within(bounds).into_iter().map(|input| {
        let (kind, payload) = values.payload(&input.inspect());
        (input, kind, payload)
    });
    let reader = Reader { primed: make_primed_names(&prepared.spec.vars), spec: prepared.spec, constants, definitions };
    let mut comparison = Comparison::<M> {
        inputs: inputs.collect(),
        module,
        reader,
        values,
        bounds: bounds.resolved(M::SPEC),
        depth,
        compared: Compared::default(),
    };
    let holds = comparison.explore()?;
    if let Depth::Walks(_) = depth {
        return Ok(comparison.compared);
    }
    let mut config = prepared.checker_config;
    config.max_depth = usize::MAX;
    let holds = holds && leads_where_promised::<M>(bounds)?;
    comparison.judge(&check(&comparison.reader.spec, &prepared.domains, &config), holds)?;
    Ok(comparison.compared)
}

/// Whether this workspace's checker finds that every `leads_to` holds, or that runs leave the bounds before it can tell.
fn leads_where_promised<M: Machine>(bounds: &Bounds) -> Compare<bool> {
    let report = Check::<M>::new().bounds(bounds.clone()).cross_check(false).run();
    let report = report.map_err(|error| error.to_string())?;
    let promises = report.findings.iter().filter(|finding| finding.claim == Claim::Declared(PropertyKind::LeadsTo));
    Ok(promises.into_iter().all(|finding| !matches!(finding.verdict, Verdict::Violated(_))))
}

impl<M: Inspected> Comparison<M> {
    fn state(&self, authority: &M::Authority) -> State {
        self.reordered(self.values.state(&M::state(authority).inspect()))
    }

    /// Values by region, in the order of the variables of the module.
    fn reordered(&self, by_region: Vec<Tla>) -> State {
        let value_of = |variable: &Arc<str>| {
            let region = self.module.variables.iter().position(|name| **name == **variable).expect("a region");
            by_region[region].clone()
        };
        State { values: self.reader.spec.vars.iter().map(value_of).collect() }
    }

    /// Every state within bounds; whether every invariant and `always` holds.
    fn explore(&mut self) -> Compare<bool> {
        let initial = M::initial();
        let first = self.state(&initial);
        let init = self.reader.spec.init.as_ref().ok_or("no Init")?;
        let found = init_states(init, &self.reader.spec.vars, &self.reader.constants, &self.reader.definitions)
            .map_err(|error| format!("Init: {error:?}"))?;
        if found != [first.clone()] {
            return Err(format!("the initial states are {found:?}\nand not {first:?}"));
        }
        match self.depth {
            Depth::Next => self.visit_all(initial),
            Depth::Walks(states) => self.walk(&initial, states),
        }
    }

    fn visit_all(&mut self, initial: M::Authority) -> Compare<bool> {
        let mut holds = true;
        let mut known = HashSet::from([initial.clone()]);
        let mut queue = VecDeque::from([initial]);
        while let Some(authority) = queue.pop_front() {
            holds &= self.examine(&authority)?;
            for (next, step_holds) in self.offer_all(&authority)? {
                holds &= step_holds;
                if known.insert(next.clone()) {
                    queue.push_back(next);
                }
            }
        }
        Ok(holds)
    }

    /// Walks at random, and begins anew after some steps or where no step leads on.
    fn walk(&mut self, initial: &M::Authority, states: usize) -> Compare<bool> {
        let seed = std::env::var("TLA_SEED").ok().and_then(|seed| seed.parse().ok());
        let seed: u64 = seed.unwrap_or_else(|| RandomState::new().hash_one(0));
        println!("TLA_SEED={seed} walks the same way again");
        let choice = BuildHasherDefault::<DefaultHasher>::default();
        let mut known: HashMap<M::Authority, Vec<M::Authority>> = HashMap::new();
        let (mut holds, mut authority) = (true, initial.clone());
        for step in 0_u64.. {
            if !known.contains_key(&authority) {
                if known.len() == states {
                    break;
                }
                holds &= self.examine(&authority)?;
                let found = self.offer_all(&authority).map_err(|found| format!("TLA_SEED={seed}: {found}"))?;
                known.insert(authority.clone(), found.into_iter().map(|(next, _)| next).collect());
            }
            let next = &known[&authority];
            let ends = step % 64 == 63 || next.is_empty();
            authority = match usize::try_from(choice.hash_one((seed, step)) >> 16) {
                Ok(number) if !ends => next[number % next.len()].clone(),
                _ => initial.clone(),
            };
        }
        Ok(holds)
    }

    /// What is said of one state.
    fn examine(&mut self, authority: &M::Authority) -> Compare<bool> {
        self.compared.states += 1;
        let (state, tla) = (M::state(authority), self.state(authority));
        // Only the initial state may lie outside of the bounds.
        let mut holds = M::is_within(state, &self.bounds);
        self.same_truth("TypeOK", &tla, None, holds)?;
        for (index, (property, names)) in M::SPEC.properties.iter().zip(&self.module.properties).enumerate() {
            let evaluation = M::evaluate(index, state, state);
            let expected = match property.kind {
                PropertyKind::Always => continue,
                PropertyKind::Invariant => evaluation.holds(),
                PropertyKind::Reachable => evaluation.premise && evaluation.claim,
                PropertyKind::Possible | PropertyKind::LeadsTo => evaluation.claim,
            };
            holds &= property.kind != PropertyKind::Invariant || expected;
            self.same_truth(&names.claim, &tla, None, expected)?;
            if let Some(premise) = &names.premise {
                self.same_truth(premise, &tla, None, evaluation.premise)?;
            }
            if let Some(refuted) = &names.refuted {
                self.same_truth(refuted, &tla, None, !expected)?;
            }
        }
        let inspected = state.inspect();
        for (region, names) in self.module.selections.iter().enumerate() {
            for (name, expected) in names.iter().zip(self.values.selections(region, &inspected)) {
                let found = self.reader.value(&Reader::call(name, &[]), &tla, None)?;
                if found != expected {
                    return Err(format!("{name} is {} in {}", format_value(&found), self.shown(&tla)));
                }
            }
        }
        Ok(holds)
    }

    fn same_truth(&self, name: &str, before: &State, after: Option<&State>, expected: bool) -> Compare<()> {
        let found = self.reader.truth(name, before, after)?;
        if found == expected {
            return Ok(());
        }
        let behind = after.map_or_else(String::new, |after| format!("and behind it\n{}", self.shown(after)));
        Err(format!("{name} is {found} in the export and {expected} in the code, in\n{}{behind}", self.shown(before)))
    }

    /// Offers every input to both; gives the states within bounds, and whether every `always` holds on the way.
    fn offer_all(&mut self, authority: &M::Authority) -> Compare<Vec<(M::Authority, bool)>> {
        let tla = self.state(authority);
        let mut followed = Vec::new();
        let mut successors = BTreeSet::new();
        for index in 0..self.inputs.len() {
            let Some((next, next_tla)) = self.offer(authority, &tla, index)? else { continue };
            let within = M::is_within(M::state(&next), &self.bounds);
            if self.reader.truth("TypeOK", &next_tla, None)? != within {
                return Err(format!(
                    "TypeOK is {} behind {:?}, in\n{}",
                    !within,
                    self.inputs[index].0,
                    self.shown(&next_tla)
                ));
            }
            if within {
                let holds = self.same_step(authority, &next, &tla, &next_tla)?;
                successors.insert(next_tla.values);
                followed.push((next, holds));
            }
        }
        if self.depth == Depth::Next {
            self.same_successors(&tla, &successors)?;
        }
        Ok(followed)
    }

    /// `Next` leads where the inputs do.
    fn same_successors(&self, tla: &State, successors: &BTreeSet<Vec<Tla>>) -> Compare<()> {
        let next = self.reader.spec.next.as_ref().ok_or("no Next")?;
        let found: BTreeSet<Vec<Tla>> =
            self.reader.successors(next, tla)?.into_iter().map(|state| state.values).collect();
        if found != *successors {
            let (more, fewer) = (found.difference(successors).count(), successors.difference(&found).count());
            return Err(format!("Next has {more} steps too many and {fewer} too few in\n{}", self.shown(tla)));
        }
        Ok(())
    }

    fn offer(&mut self, authority: &M::Authority, tla: &State, index: usize) -> Compare<Option<(M::Authority, State)>> {
        let (input, kind, payload) = &self.inputs[index];
        let mut next = authority.clone();
        let mut effects: Vec<M::Effect> = Vec::new();
        let accepted = M::apply(&mut next, input, &mut effects).is_ok();
        let names = &self.module.inputs[*kind];
        let found = match &names.action {
            Some(action) => self.reader.successors(&Reader::call(action, payload), tla)?,
            None => Vec::new(),
        };
        let next_tla = self.state(&next);
        let expected: &[State] = if accepted { std::slice::from_ref(&next_tla) } else { &[] };
        if found != expected {
            let shown = |states: &[State]| states.iter().map(|state| self.shown(state)).collect::<String>();
            return Err(format!(
                "{input:?} leads in the export to\n{}and in the code to\n{}from\n{}",
                shown(&found),
                shown(expected),
                self.shown(tla)
            ));
        }
        if !accepted {
            return Ok(None);
        }
        let expected = Tla::tuple(effects.iter().map(|effect| self.values.effect(&effect.inspect())).collect());
        let found = match &names.effects {
            Some(operator) => self.reader.value(&Reader::call(operator, payload), tla, None)?,
            None => Tla::tuple(Vec::new()),
        };
        if found != expected {
            let (found, expected) = (format_value(&found), format_value(&expected));
            return Err(format!("{input:?} asks in the export for {found}\nand in the code for {expected}"));
        }
        self.compared.steps += 1;
        self.compared.effects += effects.len();
        Ok(Some((next, next_tla)))
    }

    /// What is said of one step.
    fn same_step(&self, before: &M::Authority, after: &M::Authority, tla: &State, next: &State) -> Compare<bool> {
        let mut holds = true;
        for (index, (property, names)) in M::SPEC.properties.iter().zip(&self.module.properties).enumerate() {
            if property.kind == PropertyKind::Always {
                let expected = M::evaluate(index, M::state(before), M::state(after)).holds();
                holds &= expected;
                self.same_truth(&names.claim, tla, Some(next), expected)?;
            }
        }
        Ok(holds)
    }

    /// The verdict of the checker's own run, and its number of states.
    fn judge(&self, result: &CheckResult, holds: bool) -> Compare<()> {
        match result {
            CheckResult::Ok(stats) if holds && stats.states_explored == self.compared.states => Ok(()),
            CheckResult::InvariantViolation(..)
            | CheckResult::PropertyViolation(..)
            | CheckResult::LivenessViolation(..)
                if !holds =>
            {
                Ok(())
            }
            other => Err(format!(
                "{} states, every property holds: {holds}; the checker says {}",
                self.compared.states,
                tla_checker::checker::check_result_to_json(other, &self.reader.spec)
            )),
        }
    }

    fn shown(&self, state: &State) -> String {
        let mut text = String::new();
        for (variable, value) in self.reader.spec.vars.iter().zip(&state.values) {
            writeln!(text, "    {variable} = {}", format_value(value)).expect("a string takes everything");
        }
        text
    }
}
