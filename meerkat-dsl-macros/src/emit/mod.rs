//! The generated code: one module per machine, readable with `cargo expand`.
//!
//! For each input there is a function that asks every region that knows it for its change and then commits the changes:
//! guards and values first, writes after, and nothing in between can fail. For each transition there is one function
//! that tests and computes, named after it.

mod carried;
mod contract;
mod domain;
mod explain;
mod expression;
mod handlers;
mod inspect;
mod meaning;
mod pack;
mod properties;
mod regions;
mod spec;
mod stubs;
mod types;

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::{Attribute, Ident};

use crate::analyze::TypeFacts;
use crate::lower::Machine;
use crate::naming::snake;

/// The generated names of one machine.
pub(crate) struct Names {
    pub(crate) marker: Ident,
    pub(crate) module: Ident,
    pub(crate) state: Ident,
    pub(crate) input: Ident,
    pub(crate) input_kind: Ident,
    pub(crate) effect: Ident,
    pub(crate) authority: Ident,
    pub(crate) mutator: Ident,
    pub(crate) transition: Ident,
    pub(crate) rejection: Ident,
    pub(crate) region: Ident,
    pub(crate) phase: Ident,
    pub(crate) guard: Ident,
    /// The attributes of the machine that its data types take over: its derives.
    pub(crate) derives: Vec<Attribute>,
    /// Whether the data types can be stored.
    pub(crate) stored: bool,
    /// Which types are copied.
    pub(crate) facts: TypeFacts,
    /// Whether a transition may find a sequence empty that it takes from.
    pub(crate) takes: bool,
}

impl Names {
    fn new(machine: &Machine<'_>) -> Self {
        let name = &machine.written.name;
        let generated = |suffix: &str| format_ident!("{name}Machine{suffix}");
        let derives: Vec<Attribute> = machine
            .written
            .attributes
            .iter()
            .filter(|attribute| attribute.path().is_ident("derive"))
            .cloned()
            .collect();
        let stored = derives.iter().any(|derive| quote!(#derive).to_string().contains("Serialize"));
        Self {
            marker: name.clone(),
            module: format_ident!("{}_machine", snake(&name.to_string())),
            state: generated("State"),
            input: generated("Input"),
            input_kind: generated("InputKind"),
            effect: generated("Effect"),
            authority: generated("Authority"),
            mutator: generated("Mutator"),
            transition: generated("Transition"),
            rejection: generated("Rejection"),
            region: generated("Region"),
            phase: generated("Phase"),
            guard: generated("Guard"),
            derives,
            stored,
            facts: machine.symbols.facts.clone(),
            takes: machine.takes(),
        }
    }
}

/// Emits a machine.
pub(crate) fn machine(machine: &Machine<'_>) -> TokenStream {
    let names = Names::new(machine);
    let (module, visibility) = (&names.module, &machine.written.visibility);
    let doc = format!("The machine `{}`, generated from its declaration.", names.marker);
    let types = types::emit(machine, &names, true);
    let regions = regions::emit(machine, &names, true);
    let handlers = handlers::emit(machine, &names);
    let explain = explain::emit(machine, &names);
    let properties = properties::emit(machine, &names);
    let contract = contract::emit(machine, &names);
    let domain = domain::emit(machine, &names);
    let inspect = inspect::emit(machine, &names);
    let pack = pack::emit(machine, &names);
    let spec = spec::emit(machine, &names);
    quote! {
        #[doc = #doc]
        #[allow(
            unused_imports, unused_variables, unused_parens, private_interfaces, dead_code, unreachable_patterns, non_shorthand_field_patterns, unreachable_pub,
            clippy::all, clippy::pedantic, clippy::nursery
        )]
        #visibility mod #module {
            use ::machine_spec::{Map, Seq, Set};

            #types
            #regions
            #handlers
            #explain
            #properties
            #contract
            #domain
            #inspect
            #pack
            #spec
        }
        #[allow(unreachable_pub)]
        #visibility use #module::*;
    }
}

/// Emits the types of a machine with mistakes: what hosts name, without what the mistakes are in.
pub(crate) fn skeleton(machine: &Machine<'_>) -> TokenStream {
    let names = Names::new(machine);
    let (module, visibility) = (&names.module, &machine.written.visibility);
    let types = types::emit(machine, &names, false);
    let regions = regions::emit(machine, &names, false);
    let stubs = stubs::emit(machine, &names);
    let contract = contract::emit(machine, &names);
    let domain = domain::emit(machine, &names);
    let inspect = inspect::emit(machine, &names);
    let pack = pack::emit(machine, &names);
    let spec = spec::emit(machine, &names);
    quote! {
        #[allow(unused, unreachable_pub, unconditional_recursion, clippy::all, clippy::pedantic, clippy::nursery)]
        #visibility mod #module {
            use ::machine_spec::{Map, Seq, Set};

            #types
            #regions
            #stubs
            #contract
            #domain
            #inspect
            #pack
            #spec
        }
        #[allow(unused, unreachable_pub)]
        #visibility use #module::*;
    }
}

/// The doc comment among attributes, or a sentence in its place.
pub(crate) fn doc_or(attributes: &[Attribute], otherwise: &str) -> TokenStream {
    let docs: Vec<&Attribute> = attributes.iter().filter(|attribute| attribute.path().is_ident("doc")).collect();
    if docs.is_empty() { quote!(#[doc = #otherwise]) } else { quote!(#(#docs)*) }
}

/// The text of a doc comment, lines joined.
pub(crate) fn doc_text(attributes: &[Attribute]) -> String {
    let lines = attributes.iter().filter_map(|attribute| match &attribute.meta {
        syn::Meta::NameValue(pair) if pair.path.is_ident("doc") => match &pair.value {
            syn::Expr::Lit(syn::ExprLit { lit: syn::Lit::Str(text), .. }) => Some(text.value().trim().to_owned()),
            _ => None,
        },
        _ => None,
    });
    lines.collect::<Vec<_>>().join("\n")
}
