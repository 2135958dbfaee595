//! The names that a machine declares, and the rules that need nothing but those names.
//!
//! One rule is one function whose first line says the rule and why it exists. Rules about the insides of expressions
//! are checked where expressions are resolved, in `lower`.

mod rules;

use std::collections::BTreeMap;

use proc_macro2::Span;
use syn::Ident;

use crate::errors::{Code, Errors, suggestion};
use crate::parse::{Machine, Message, Region, TypeDeclaration};

pub(crate) use rules::{check, check_declarations, data_is_complete, phase_names};

/// What every declared name stands for.
pub(crate) struct Symbols<'a> {
    pub(crate) machine: &'a Machine,
    pub(crate) types: BTreeMap<String, &'a TypeDeclaration>,
    inputs: BTreeMap<String, usize>,
    effects: BTreeMap<String, usize>,
    regions: BTreeMap<String, usize>,
    constants: BTreeMap<String, usize>,
    helpers: BTreeMap<String, usize>,
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

    /// Whether this is the name of a constant.
    pub(crate) fn is_constant(&self, name: &Ident) -> bool {
        self.constants.contains_key(&name.to_string())
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
