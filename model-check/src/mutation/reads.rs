//! Which regions an answer can depend on: those whose names are mentioned, and those that the functions and selections
//! behind them mention. A word that only looks like a region counts as one; that costs time and no truth.

use std::collections::BTreeSet;

use machine_spec::meaning::{Clause, DestinationMeaning, Expression, HandlerMeaning, Meaning, TargetMeaning};
use machine_spec::spec::MachineSpec;

use super::expression::for_each_name;

/// Collects regions.
struct Reader {
    spec: &'static MachineSpec,
    meaning: Meaning,
    regions: BTreeSet<usize>,
    functions: BTreeSet<usize>,
}

/// The regions on which the answer of a handler can depend, its own among them.
pub(super) fn of_handler(spec: &'static MachineSpec, region: usize, handler: &HandlerMeaning) -> BTreeSet<usize> {
    let mut reader = Reader::new(spec);
    reader.region(region);
    match &handler.target {
        TargetMeaning::Create(key) | TargetMeaning::At(key) => reader.expression(key),
        TargetMeaning::Region | TargetMeaning::Each(_) => {}
    }
    handler.prelude.iter().for_each(|clause| reader.clause(clause));
    for arm in handler.arms {
        if let DestinationMeaning::Phase(_, data) = &arm.destination {
            data.iter().for_each(|(_, value)| reader.expression(value));
        }
        arm.clauses.iter().for_each(|clause| reader.clause(clause));
    }
    reader.regions
}

/// The regions that some expressions can depend on.
pub(super) fn of_expressions<'e>(
    spec: &'static MachineSpec,
    expressions: impl Iterator<Item = &'e Expression>,
) -> BTreeSet<usize> {
    let mut reader = Reader::new(spec);
    expressions.for_each(|expression| reader.expression(expression));
    reader.regions
}

impl Reader {
    fn new(spec: &'static MachineSpec) -> Self {
        Self { spec, meaning: spec.meaning, regions: BTreeSet::new(), functions: BTreeSet::new() }
    }

    fn clause(&mut self, clause: &Clause) {
        match clause {
            Clause::Require(_, value)
            | Clause::Let(_, _, value)
            | Clause::Set(_, value)
            | Clause::Remove { key: value, .. }
            | Clause::Append { value, .. } => self.expression(value),
            Clause::Insert { key, value, .. } => {
                self.expression(key);
                value.iter().for_each(|value| self.expression(value));
            }
            Clause::Emit(_, data) => data.iter().for_each(|(_, value)| self.expression(value)),
            Clause::TakeFirst { .. } => {}
        }
    }

    fn expression(&mut self, expression: &Expression) {
        let mut names = Vec::new();
        for_each_name(expression, &mut |name| names.push(name));
        names.into_iter().for_each(|name| self.name(name));
    }

    fn name(&mut self, name: &str) {
        if let Some(region) = self.spec.regions.iter().position(|region| region.name == name) {
            self.region(region);
        }
        let named = |function: &machine_spec::meaning::FunctionMeaning| function.name == name;
        if let Some(function) = self.meaning.functions.iter().position(named)
            && self.functions.insert(function)
        {
            let functions = self.meaning.functions;
            self.expression(&functions[function].body);
        }
    }

    fn region(&mut self, region: usize) {
        if self.regions.insert(region) {
            let selections = self.meaning.regions[region].selections;
            selections.iter().filter_map(|one| one.condition.as_ref()).for_each(|condition| self.expression(condition));
        }
    }
}
