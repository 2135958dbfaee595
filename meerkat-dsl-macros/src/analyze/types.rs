//! The rules about types, one function each.

use std::collections::BTreeSet;

use syn::Type;
use syn::spanned::Spanned;

use super::{Symbols, mentions};
use crate::errors::{Code, Errors, suggestion};
use crate::parse::{Machine, TypeKind};

/// Types that need no declaration.
const BUILTIN: [&str; 13] =
    ["bool", "u8", "u16", "u32", "u64", "i8", "i16", "i32", "i64", "Option", "Set", "Map", "Seq"];

/// Checks what is declared with a type, and the types themselves.
pub(crate) fn check_types(machine: &Machine, symbols: &Symbols<'_>, errors: &mut Errors) {
    numbers_have_values(machine, errors);
    let types = written_types(machine);
    for ty in &types {
        types_are_known(ty, machine, symbols, errors);
        nothing_opaque_is_a_key(ty, symbols, errors);
    }
    for key in machine.regions.iter().filter_map(|region| region.key.as_ref()) {
        if symbols.facts.holds_opaque(key) {
            errors.add(Code::OpaqueKey, key.span(), OPAQUE_KEY);
        }
    }
}

const OPAQUE_KEY: &str = "a key is compared, and what is opaque is not; use an id or an epoch as the key";

/// Every type that is written somewhere, but for the paths of opaque types.
fn written_types(machine: &Machine) -> Vec<&Type> {
    let mut types: Vec<&Type> = Vec::new();
    for declaration in &machine.types {
        match &declaration.kind {
            TypeKind::Record(members) => types.extend(members.iter().map(|member| &member.ty)),
            TypeKind::Enum(variants) => {
                types.extend(variants.iter().flat_map(|variant| &variant.members).map(|member| &member.ty));
            }
            TypeKind::Id | TypeKind::Epoch | TypeKind::Number(_) | TypeKind::Opaque(_) => {}
        }
    }
    let messages = machine.inputs.iter().chain(&machine.effects);
    types.extend(messages.flat_map(|message| &message.members).map(|member| &member.ty));
    types.extend(machine.constants.iter().map(|constant| &constant.ty));
    for helper in &machine.helpers {
        types.push(&helper.ty);
        types.extend(helper.parameters.iter().map(|parameter| &parameter.ty));
    }
    for region in &machine.regions {
        types.extend(&region.key);
        types.extend(region.phases.iter().flat_map(|phase| &phase.message.members).map(|member| &member.ty));
        types.extend(region.fields.iter().map(|field| &field.member.ty));
    }
    types
}

/// A number that has no value, or one only, decides nothing.
fn numbers_have_values(machine: &Machine, errors: &mut Errors) {
    for declaration in &machine.types {
        if let TypeKind::Number(range) = &declaration.kind
            && range.least >= range.greatest
        {
            let message = format_args!(
                "`{}` goes from {} to {}; write two ends, the lower one first: `number {} = 0..=5;`",
                declaration.name, range.least, range.greatest, declaration.name
            );
            errors.add(Code::NumberRange, declaration.name.span(), message);
        }
    }
}

/// A type is declared in the machine or one of the language, so that a check can list its values.
fn types_are_known(ty: &Type, machine: &Machine, symbols: &Symbols<'_>, errors: &mut Errors) {
    each_segment(ty, &mut |segment, single| {
        let name = segment.ident.to_string();
        let phases = |region: &crate::parse::Region| crate::lower::phase_type(&region.name) == name;
        if single && (BUILTIN.contains(&name.as_str()) || symbols.types.contains_key(&name)) {
            return;
        }
        if machine.regions.iter().any(phases) {
            return;
        }
        let hint = suggestion(&name, symbols.types.keys().map(String::as_str).chain(BUILTIN));
        let message =
            format_args!("there is no type `{name}`{hint} (a type of the host is declared by `opaque {name} = path;`)");
        errors.add(Code::UnknownType, segment.ident.span(), message);
    });
}

/// What is opaque is never compared, and keys are.
fn nothing_opaque_is_a_key(ty: &Type, symbols: &Symbols<'_>, errors: &mut Errors) {
    each_segment(ty, &mut |segment, _| {
        let syn::PathArguments::AngleBracketed(list) = &segment.arguments else { return };
        let keyed = segment.ident == "Set" || segment.ident == "Map";
        if let (true, Some(syn::GenericArgument::Type(key))) = (keyed, list.args.first())
            && symbols.facts.holds_opaque(key)
        {
            errors.add(Code::OpaqueKey, key.span(), OPAQUE_KEY);
        }
    });
}

/// Visits the last word of every path in a type; tells whether the path is that word alone.
fn each_segment(ty: &Type, visit: &mut dyn FnMut(&syn::PathSegment, bool)) {
    match ty {
        Type::Path(path) => {
            let Some(segment) = path.path.segments.last() else { return };
            visit(segment, path.path.segments.len() == 1);
            if let syn::PathArguments::AngleBracketed(list) = &segment.arguments {
                for argument in &list.args {
                    if let syn::GenericArgument::Type(inner) = argument {
                        each_segment(inner, visit);
                    }
                }
            }
        }
        Type::Tuple(tuple) => tuple.elems.iter().for_each(|element| each_segment(element, visit)),
        Type::Paren(inner) => each_segment(&inner.elem, visit),
        Type::Group(inner) => each_segment(&inner.elem, visit),
        _ => {}
    }
}

/// A type that nothing is declared with says nothing about the machine.
pub(super) fn every_type_is_used(machine: &Machine, errors: &mut Errors) {
    let types = written_types(machine);
    for declaration in &machine.types {
        let name = declaration.name.to_string();
        if !types.iter().any(|ty| mentions(ty, &|word| word == name)) {
            let message =
                format_args!("nothing has the type `{name}`; declare a member or a field with it, or remove it");
            errors.add(Code::TypeUnused, declaration.name.span(), message);
        }
    }
}

/// The declared types whose values come with inputs: the host makes those, as it likes.
pub(crate) fn types_of_inputs(machine: &Machine) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut types: Vec<&Type> =
        machine.inputs.iter().flat_map(|input| &input.members).map(|member| &member.ty).collect();
    while let Some(ty) = types.pop() {
        for declaration in &machine.types {
            let name = declaration.name.to_string();
            if mentions(ty, &|word| word == name) && found.insert(name) {
                types.extend(super::kinds::members(declaration).into_iter().map(|member| &member.ty));
            }
        }
    }
    found
}
