//! The names that a machine declares, and the rules that need nothing but those names.
//!
//! One rule is one function whose first line says the rule and why it exists. Rules about the insides of expressions
//! are checked where expressions are resolved, in `lower`.

mod kinds;
mod rules;
mod types;

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use proc_macro2::Span;
use syn::Ident;

use crate::errors::{Code, Errors, suggestion};
use crate::parse::{Constant, Machine, Message, Region, TypeDeclaration, TypeKind};

pub(crate) use kinds::{Kind, TypeFacts, is_collection, mentions};
pub(crate) use rules::{check, check_declarations, check_unused, data_is_complete, phase_names};
pub(crate) use types::{check_types, types_of_inputs};

/// What every declared name stands for.
pub(crate) struct Symbols<'a> {
    pub(crate) machine: &'a Machine,
    pub(crate) types: BTreeMap<String, &'a TypeDeclaration>,
    inputs: BTreeMap<String, usize>,
    effects: BTreeMap<String, usize>,
    regions: BTreeMap<String, usize>,
    constants: BTreeMap<String, usize>,
    helpers: BTreeMap<String, usize>,
    /// Which types are copied and which are opaque.
    pub(crate) facts: TypeFacts,
    /// What expressions have read so far.
    uses: RefCell<BTreeSet<Use>>,
}

/// Something that an expression reads or names, for what is declared and never used.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Use {
    /// The constant of this name.
    Constant(String),
    /// The function of this name.
    Function(String),
    /// The selection of this name, of the region with this index.
    Selection(usize, String),
    /// A member of the data of a phase: region, phase, member.
    Data(usize, String, String),
    /// The data of all phases of the region with this index.
    AllData(usize),
    /// A value of this enumeration, made as this variant.
    Variant(String, String),
}

/// Collects the declared names; a name given twice is a mistake.
pub(crate) fn symbols<'a>(machine: &'a Machine, errors: &mut Errors) -> Symbols<'a> {
    let mut types = BTreeMap::new();
    for declaration in &machine.types {
        if let Some(first) = types.insert(declaration.name.to_string(), declaration) {
            twice("type", &declaration.name, first.name.span(), errors);
        }
    }
    Symbols {
        machine,
        types,
        inputs: index("input", machine.inputs.iter().map(|input| &input.name), errors),
        effects: index("effect", machine.effects.iter().map(|effect| &effect.name), errors),
        regions: index("region", machine.regions.iter().map(|region| &region.name), errors),
        constants: index("constant", machine.constants.iter().map(|constant| &constant.name), errors),
        helpers: index("function", machine.helpers.iter().map(|helper| &helper.name), errors),
        facts: TypeFacts::of(machine),
        uses: RefCell::default(),
    }
}

/// Numbers names by position, and reports those given twice.
pub(crate) fn index<'a>(
    what: &str,
    names: impl Iterator<Item = &'a Ident>,
    errors: &mut Errors,
) -> BTreeMap<String, usize> {
    let mut index = BTreeMap::new();
    let mut spans: Vec<Span> = Vec::new();
    for (position, name) in names.enumerate() {
        spans.push(name.span());
        if let Some(first) = index.insert(name.to_string(), position) {
            twice(what, name, spans[first], errors);
        }
    }
    index
}

fn twice(what: &str, name: &Ident, first: Span, errors: &mut Errors) {
    errors.add_pair(
        Code::DeclaredTwice,
        name.span(),
        format_args!("the {what} `{name}` is declared twice; rename one of them"),
        first,
        &format!("`{name}` is first declared here"),
    );
}

impl<'a> Symbols<'a> {
    /// Notes that something is read.
    pub(crate) fn used(&self, what: Use) {
        self.uses.borrow_mut().insert(what);
    }

    /// Whether something was read.
    pub(crate) fn is_used(&self, what: &Use) -> bool {
        self.uses.borrow().contains(what)
    }

    /// The input of this name, or a reported mistake.
    pub(crate) fn input(&self, name: &Ident, errors: &mut Errors) -> Option<usize> {
        self.find(Code::UnknownInput, "input", &self.inputs, name, errors)
    }

    /// The effect of this name, or a reported mistake.
    pub(crate) fn effect(&self, name: &Ident, errors: &mut Errors) -> Option<usize> {
        self.find(Code::UnknownEffect, "effect", &self.effects, name, errors)
    }

    /// The region of this name, if it is one.
    pub(crate) fn region_index(&self, name: &str) -> Option<usize> {
        self.regions.get(name).copied()
    }

    /// The constant of this name.
    pub(crate) fn constant(&self, name: &Ident) -> Option<&'a Constant> {
        self.constants.get(&name.to_string()).map(|index| &self.machine.constants[*index])
    }

    /// The enumeration, record, number and so on of this name.
    pub(crate) fn declared(&self, name: &str) -> Option<&'a TypeKind> {
        self.types.get(name).map(|declaration| &declaration.kind)
    }

    /// The index of the function with this name.
    pub(crate) fn helper(&self, name: &Ident) -> Option<usize> {
        self.helpers.get(&name.to_string()).copied()
    }

    /// The names of all functions.
    pub(crate) fn helper_names(&self) -> impl Iterator<Item = &str> {
        self.helpers.keys().map(String::as_str)
    }

    /// The region with this index.
    pub(crate) fn region(&self, index: usize) -> &'a Region {
        &self.machine.regions[index]
    }

    /// The input with this index.
    pub(crate) fn input_at(&self, index: usize) -> &'a Message {
        &self.machine.inputs[index]
    }

    /// The effect with this index.
    pub(crate) fn effect_at(&self, index: usize) -> &'a Message {
        &self.machine.effects[index]
    }

    fn find(
        &self,
        code: Code,
        what: &str,
        names: &BTreeMap<String, usize>,
        name: &Ident,
        errors: &mut Errors,
    ) -> Option<usize> {
        let found = names.get(&name.to_string()).copied();
        if found.is_none() {
            let hint = suggestion(&name.to_string(), names.keys().map(String::as_str));
            errors.add(code, name.span(), format_args!("there is no {what} `{name}`{hint}"));
        }
        found
    }
}

/// The phase of a region by name, if there is one.
pub(crate) fn phase_index(region: &Region, name: &Ident) -> Option<usize> {
    region.phases.iter().position(|phase| phase.message.name == *name)
}

/// The phase of a region by name, or a reported mistake.
pub(crate) fn phase(region: &Region, name: &Ident, errors: &mut Errors) -> Option<usize> {
    let found = phase_index(region, name);
    if found.is_none() {
        let phases: Vec<String> = region.phases.iter().map(|phase| phase.message.name.to_string()).collect();
        let hint = suggestion(&name.to_string(), phases.iter().map(String::as_str));
        errors.add(
            Code::UnknownPhase,
            name.span(),
            format_args!("the region `{}` has no phase `{name}`{hint}", region.name),
        );
    }
    found
}
