//! What every part of an export needs to know: the machine, the bounds, and the names of what is exported.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use machine_spec::Bounds;
use machine_spec::spec::{MachineSpec, TypeKind};

use super::helper::{Helper, Order};
use super::names::{Names, PARAMETERS, capitalized};
use super::tree::Tree;
use super::types::Type;
use super::{Translated, gap};

pub(super) struct Context<'b> {
    pub(super) spec: &'static MachineSpec,
    pub(super) bounds: &'b Bounds,
    /// All names below.
    pub(super) names: Names,
    /// By region.
    pub(super) variables: Vec<String>,
    /// By region, and by selection.
    pub(super) selections: Vec<Vec<String>>,
    pub(super) constants: Vec<String>,
    pub(super) functions: Vec<String>,
    pub(super) types: Vec<String>,
    pub(super) inputs: Vec<String>,
    /// What a region does with an input, by both.
    pub(super) reactions: BTreeMap<(usize, usize), String>,
    /// By transition.
    pub(super) transitions: Vec<String>,
    pub(super) properties: Vec<String>,
    /// Operators of the export's own that are used.
    pub(super) helpers: RefCell<BTreeSet<Helper>>,
    /// The bounds that are used, as constants of the export.
    pub(super) bound_constants: RefCell<BTreeMap<String, u64>>,
    /// The functions that have no value for some arguments.
    pub(super) partial_functions: RefCell<BTreeSet<&'static str>>,
}

impl<'b> Context<'b> {
    pub(super) fn new(spec: &'static MachineSpec, bounds: &'b Bounds) -> Self {
        let mut names = Names::of_the_language();
        PARAMETERS.iter().for_each(|parameter| drop(names.take(parameter)));
        let mut take = |name: &str| names.take(name);
        for helper in [
            "Put",
            "Drop",
            "PartialFunctions",
            "Least",
            "Greatest",
            "Quotient",
            "Remainder",
            "First",
            "Last",
            "After",
            "InOrder",
            "Flatten",
            "IntegerMax",
            "LengthMax",
            "Sequences",
        ] {
            take(helper);
        }
        for declared in spec.types {
            match declared.kind {
                TypeKind::Id => drop(take(&format!("{}Count", declared.name))),
                TypeKind::Epoch => drop(take(&format!("{}Max", declared.name))),
                TypeKind::Enum(_) => ["RankOf", "First", "Last", "After", "InOrder"]
                    .iter()
                    .for_each(|helper| drop(take(&format!("{helper}{}", declared.name)))),
                TypeKind::Record(_) | TypeKind::Number { .. } | TypeKind::Opaque(_) => {}
            }
        }
        let variables: Vec<String> = spec.regions.iter().map(|region| take(region.name)).collect();
        let inputs = spec.inputs.iter().map(|input| take(input.name)).collect();
        let transitions = spec.transitions.iter().map(|transition| take(transition.name)).collect();
        let mut reactions = BTreeMap::new();
        for (region, meaning) in spec.meaning.regions.iter().enumerate() {
            for handler in meaning.handlers {
                reactions.entry((region, handler.input)).or_insert_with(|| {
                    take(&format!("{}On{}", capitalized(spec.regions[region].name), spec.inputs[handler.input].name))
                });
            }
        }
        let selection = |region: &str, name: &str| capitalized(region) + &capitalized(name);
        let selections = spec.regions.iter().map(|region| {
            let names = region.selections.iter().map(|each| take(&selection(region.name, each.name)));
            names.collect::<Vec<_>>()
        });
        let selections = selections.collect();
        let constants = spec.meaning.constants.iter().map(|constant| take(constant.name)).collect();
        let functions = spec.meaning.functions.iter().map(|function| take(function.name)).collect();
        let types = spec.types.iter().map(|declared| take(declared.name)).collect();
        let properties = spec.properties.iter().map(|property| take(&capitalized(property.id))).collect();
        names.release(&PARAMETERS);
        Self {
            spec,
            bounds,
            variables,
            selections,
            constants,
            functions,
            types,
            inputs,
            reactions,
            transitions,
            properties,
            names,
            helpers: RefCell::default(),
            bound_constants: RefCell::default(),
            partial_functions: RefCell::default(),
        }
    }

    /// A call of an operator of the export's own.
    pub(super) fn helped(&self, helper: Helper, arguments: impl IntoIterator<Item = Tree>) -> Tree {
        let name = helper.name();
        let mut helpers = self.helpers.borrow_mut();
        let mut wanted = vec![helper];
        while let Some(helper) = wanted.pop() {
            wanted.extend(helper.parts());
            helpers.insert(helper);
        }
        Tree::apply(name, arguments)
    }

    /// A bound as a constant.
    pub(super) fn bound(&self, name: &str, value: u64) -> Tree {
        self.bound_constants.borrow_mut().insert(name.to_owned(), value);
        Tree::word(name)
    }

    /// The state of a region that is not keyed, or all instances of one that is.
    pub(super) fn variable(&self, region: usize, primed: bool) -> Tree {
        let variable = Tree::word(self.variables[region].clone());
        if primed { variable.prime() } else { variable }
    }

    /// The order of the keys of a type.
    pub(super) fn order(&self, key: &Type) -> Translated<Order> {
        match key {
            Type::Integer(_) => Ok(Order::Number),
            Type::Bool => Ok(Order::Rank("Boolean", vec!["FALSE".to_owned(), "TRUE".to_owned()])),
            Type::Declared(name) => match self.declared(name).map(|index| self.spec.types[index].kind) {
                Some(TypeKind::Id | TypeKind::Epoch | TypeKind::Number { .. }) => Ok(Order::Number),
                Some(TypeKind::Enum(variants)) if self.sum(key).is_some_and(|sum| sum.is_plain()) => {
                    Ok(Order::Rank(name, variants.iter().map(|variant| format!("\"{}\"", variant.name)).collect()))
                }
                _ => gap(format!("the order of {name}")),
            },
            _ => gap("the order of keys of a type that is not known"),
        }
    }
}
