//! What a mistake in something shared reaches: the handlers and properties that mention it, at any remove.

use std::collections::BTreeSet;

use machine_spec::meaning::{
    Clause, DestinationMeaning, Expression, HandlerMeaning, Meaning, Pattern, Sources, TargetMeaning,
};
use machine_spec::spec::MachineSpec;

use super::expression::children;
use super::mutant::Shared;

/// What does something else in a mutant, or may.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Touched {
    /// Regions, and the numbers of handlers among those of the region.
    pub(super) handlers: Vec<(usize, usize)>,
    /// Properties, by index.
    pub(super) properties: Vec<usize>,
    /// The machine may start in another state.
    pub(super) starts: bool,
}

/// What relies on something shared.
pub(super) fn touched(spec: &MachineSpec, shared: Shared) -> Touched {
    let meaning = &spec.meaning;
    let names = match shared {
        Shared::FirstValue(region) => return touched_by_first_value(meaning, region),
        Shared::Selection(region) => BTreeSet::from([spec.regions[region].name]),
        Shared::Name(name) => reached(spec, name),
    };
    let mentions = |expression: &Expression| mentions(expression, &names);
    let mut touched = Touched::default();
    for (region, written) in meaning.regions.iter().enumerate() {
        // An `each` relies on a selection of its own region without naming the region.
        let selects = names.contains(spec.regions[region].name);
        let of_selection = |handler: &HandlerMeaning| selects && matches!(handler.target, TargetMeaning::Each(_));
        for (number, handler) in written.handlers.iter().enumerate() {
            if of_selection(handler) || handler_mentions(handler, &names) {
                touched.handlers.push((region, number));
            }
        }
        touched.starts |= written.fields.iter().filter_map(|field| field.initial.as_ref()).any(mentions);
    }
    let properties = meaning.properties.iter().enumerate();
    let relying = properties.filter(|(_, one)| one.premise.iter().chain([&one.claim]).any(mentions));
    touched.properties = relying.map(|(index, _)| index).collect();
    touched
}

/// The first value of a field is that of the region, or of each instance that is created without another one.
fn touched_by_first_value(meaning: &Meaning, region: usize) -> Touched {
    let handlers = meaning.regions[region].handlers.iter().enumerate();
    let creating = handlers.filter(|(_, handler)| matches!(handler.target, TargetMeaning::Create(_)));
    Touched {
        handlers: creating.map(|(number, _)| (region, number)).collect(),
        properties: Vec::new(),
        starts: meaning.regions[region].key.is_none(),
    }
}

/// A name, and those of the constants, functions and regions with selections that rely on it.
fn reached(spec: &MachineSpec, name: &'static str) -> BTreeSet<&'static str> {
    let meaning = &spec.meaning;
    let mut names = BTreeSet::from([name]);
    loop {
        let count = names.len();
        let relying = |expression: &Expression| mentions(expression, &names);
        let constants = meaning.constants.iter().filter(|one| relying(&one.value)).map(|one| one.name);
        let functions = meaning.functions.iter().filter(|one| relying(&one.body)).map(|one| one.name);
        let regions = meaning.regions.iter().zip(spec.regions).filter(|(one, _)| {
            let mut selections = one.selections.iter();
            selections.any(|one| one.condition.iter().any(relying) || pattern_mentions(&one.pattern, &names))
        });
        let regions = regions.map(|(_, region)| region.name);
        let found: Vec<&'static str> = constants.chain(functions).chain(regions).collect();
        names.extend(found);
        if names.len() == count {
            return names;
        }
    }
}

fn handler_mentions(handler: &HandlerMeaning, names: &BTreeSet<&str>) -> bool {
    let of_clause = |clause: &Clause| match clause {
        Clause::Require(_, value)
        | Clause::Set(_, value)
        | Clause::Remove { key: value, .. }
        | Clause::Append { value, .. } => mentions(value, names),
        Clause::Let(pattern, _, value) => mentions(value, names) || pattern_mentions(pattern, names),
        Clause::Insert { key, value, .. } => std::iter::once(key).chain(value).any(|part| mentions(part, names)),
        Clause::Emit(_, data) => data.iter().any(|(_, value)| mentions(value, names)),
        Clause::TakeFirst { .. } => false,
    };
    let of_target = match &handler.target {
        TargetMeaning::Create(key) | TargetMeaning::At(key) => mentions(key, names),
        TargetMeaning::Region | TargetMeaning::Each(_) => false,
    };
    let mut of_arms = handler.arms.iter().flat_map(|arm| {
        let sources = matches!(&arm.sources, Sources::Pattern(pattern) if pattern_mentions(pattern, names));
        let destination = match &arm.destination {
            DestinationMeaning::Phase(_, data) => data.iter().any(|(_, value)| mentions(value, names)),
            _ => false,
        };
        [sources, destination, arm.clauses.iter().any(of_clause)]
    });
    of_target || handler.prelude.iter().any(of_clause) || of_arms.any(|mentions| mentions)
}

fn mentions(expression: &Expression, names: &BTreeSet<&str>) -> bool {
    let itself = match expression {
        Expression::Name(name) | Expression::Member(Expression::Name("next"), name) => names.contains(name),
        Expression::Matches(_, pattern, _) | Expression::Let(pattern, _) => pattern_mentions(pattern, names),
        Expression::Match(_, arms) => arms.iter().any(|arm| pattern_mentions(&arm.pattern, names)),
        _ => false,
    };
    itself || children(expression).into_iter().any(|child| mentions(child, names))
}

fn pattern_mentions(pattern: &Pattern, names: &BTreeSet<&str>) -> bool {
    match pattern {
        Pattern::Name(name) => names.contains(name),
        Pattern::Structure(_, parts) => parts.iter().any(|(_, part)| pattern_mentions(part, names)),
        Pattern::Call(_, parts) | Pattern::Tuple(parts) | Pattern::Either(parts) => {
            parts.iter().any(|part| pattern_mentions(part, names))
        }
        _ => false,
    }
}
