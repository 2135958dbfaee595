//! Declared types, inputs, effects, and the enumerations of names that rejections are made of.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::Ident;

use super::handlers::member_parameters;
use super::{Names, carried, doc_or};
use crate::lower::{Machine, Step};
use crate::naming::{camel, local};
use crate::parse::{Member, Message, TypeDeclaration, TypeKind};

/// The types; with the bodies of functions only if the machine has no mistakes.
pub(super) fn emit(machine: &Machine<'_>, names: &Names, whole: bool) -> TokenStream {
    let declared = machine.written.types.iter().enumerate().map(|(index, written)| declared(index, written, names));
    let input = message_enum(&names.input, "An event offered to the machine.", &machine.written.inputs, names);
    let effect = message_enum(
        &names.effect,
        "Something the machine asks the shell to do. An effect that is dropped is work that is not done.",
        &machine.written.effects,
        names,
    );
    let kinds = kinds(machine, names);
    let constants =
        machine.written.constants.iter().zip(&machine.constants).map(|(written, value)| constant(written, value));
    let helpers = machine.helpers.iter().filter(|_| whole).map(|helper| self::helper(helper, names));
    quote! {
        #(#declared)*
        #(#constants)*
        #(#helpers)*
        #input
        #[must_use = "an effect that is dropped is work that is not done"]
        #effect
        #kinds
    }
}

fn constant(constant: &crate::parse::Constant, value: &syn::Expr) -> TokenStream {
    let (name, ty) = (&constant.name, &constant.ty);
    let doc = doc_or(&constant.attributes, &format!("The constant `{name}`."));
    quote!(#doc pub const #name: #ty = #value;)
}

/// A function of the machine; one that may overflow gives a result.
fn helper(helper: &crate::lower::Helper<'_>, names: &Names) -> TokenStream {
    let written = helper.written;
    let (name, ty, body) = (&written.name, &written.ty, &helper.body);
    let doc = doc_or(&written.attributes, &format!("The function `{name}`."));
    let parameters = member_parameters(&written.parameters, names);
    let (result, body) = if helper.checked {
        let overflow = local("overflow");
        let body = quote!(let #overflow = ::machine_spec::Overflow; Ok(#body));
        (quote!(::core::result::Result<#ty, ::machine_spec::Overflow>), body)
    } else {
        (quote!(#ty), quote!(#body))
    };
    quote!(#doc #[inline] fn #name(#(#parameters),*) -> #result { #body })
}

fn declared(index: usize, declaration: &TypeDeclaration, names: &Names) -> TokenStream {
    let name = &declaration.name;
    match &declaration.kind {
        TypeKind::Id => number(index, declaration, names, false),
        TypeKind::Epoch => number(index, declaration, names, true),
        TypeKind::Enum(variants) => {
            let doc = doc_or(&declaration.attributes, &format!("The enumeration `{name}`."));
            let body = enumeration(name, variants, names);
            let key =
                variants.iter().all(|variant| variant.members.is_empty()).then(|| enum_key(name, variants)).flatten();
            quote!(#doc #body #key)
        }
        TypeKind::Record(members) => record(declaration, members, names),
        TypeKind::Number(range) => carried::bounded(declaration, *range, names),
        TypeKind::Opaque(path) => carried::opaque(declaration, path, names),
    }
}

/// An id or an epoch: a number in a type of its own.
fn number(index: usize, declaration: &TypeDeclaration, names: &Names, epoch: bool) -> TokenStream {
    let (name, derives) = (&declaration.name, &names.derives);
    let doc = doc_or(&declaration.attributes, &format!("The {} `{name}`.", if epoch { "epoch" } else { "id" }));
    let order = epoch.then(|| quote!(#[derive(PartialOrd, Ord)]));
    let interchanged = (!epoch).then(|| quote!(const NAMES: ::core::option::Option<usize> = Some(#index);));
    let zero = epoch.then(|| {
        quote! {
            /// The lowest value, older than every one in use.
            pub const ZERO: Self = Self(0);
        }
    });
    let contract = if epoch {
        quote! {
            impl ::machine_spec::Epoch for #name {
                const ZERO: Self = Self(0);
                #[inline(always)]
                fn from_number(number: u64) -> Self { Self(number) }
                #[inline(always)]
                fn number(self) -> u64 { self.0 }
            }
        }
    } else {
        quote! {
            impl ::machine_spec::Id for #name {
                #[inline(always)]
                fn from_number(number: u64) -> Self { Self(number) }
                #[inline(always)]
                fn number(self) -> u64 { self.0 }
            }
        }
    };
    quote! {
        #doc
        #[derive(Clone, Copy, PartialEq, Eq, Hash)]
        #order
        #(#derives)*
        pub struct #name(u64);

        impl #name {
            #zero

            /// The value with this number.
            #[inline(always)]
            #[must_use]
            pub const fn from_number(number: u64) -> Self { Self(number) }

            /// The number behind it, for storage and display.
            #[inline(always)]
            #[must_use]
            pub const fn number(self) -> u64 { self.0 }
        }

        impl ::core::fmt::Debug for #name {
            fn fmt(&self, formatter: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                ::core::write!(formatter, "{}({})", ::core::stringify!(#name), self.0)
            }
        }

        impl ::core::fmt::Display for #name {
            fn fmt(&self, formatter: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                ::core::fmt::Display::fmt(&self.0, formatter)
            }
        }

        impl ::machine_spec::Key for #name {
            #interchanged

            #[inline(always)]
            fn order(self) -> u64 { self.0 }
            #[inline(always)]
            fn from_order(order: u64) -> Self { Self(order) }
        }

        #contract
    }
}

/// An enumeration without payload may be a key, and has a name to show.
fn enum_key(name: &Ident, variants: &[Message]) -> Option<TokenStream> {
    let variants: Vec<&Ident> = variants.iter().map(|variant| &variant.name).collect();
    let texts: Vec<String> = variants.iter().map(ToString::to_string).collect();
    let (last, earlier) = variants.split_last()?;
    let positions = 0..earlier.len() as u64;
    Some(quote! {
        impl ::machine_spec::Key for #name {
            #[inline(always)]
            fn order(self) -> u64 { self as u64 }
            #[inline(always)]
            fn from_order(order: u64) -> Self {
                match order { #(#positions => Self::#earlier,)* _ => Self::#last }
            }
        }

        impl ::core::fmt::Display for #name {
            fn fmt(&self, formatter: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                formatter.pad(match self { #(Self::#variants => #texts),* })
            }
        }
    })
}

fn record(declaration: &TypeDeclaration, members: &[Member], names: &Names) -> TokenStream {
    let (name, derives) = (&declaration.name, &names.derives);
    let doc = doc_or(&declaration.attributes, &format!("The record `{name}`."));
    let copy = copy_if(members.iter(), names);
    let fields = members.iter().map(|member| {
        let (field, ty) = (&member.name, &member.ty);
        let doc = doc_or(&member.attributes, &format!("The member `{field}`."));
        quote!(#doc pub #field: #ty)
    });
    quote! {
        #doc
        #[derive(Clone, PartialEq, Eq, Hash, Debug)]
        #copy
        #(#derives)*
        pub struct #name { #(#fields),* }
    }
}

fn copy_if<'a>(mut members: impl Iterator<Item = &'a Member>, names: &Names) -> Option<TokenStream> {
    members.all(|member| names.facts.is_scalar(&member.ty)).then(|| quote!(#[derive(Copy)]))
}

fn message_enum(name: &Ident, doc: &str, messages: &[Message], names: &Names) -> TokenStream {
    let body = enumeration(name, messages, names);
    quote!(#[doc = #doc] #body)
}

/// An enumeration of messages with named payload; copied if every member is.
pub(super) fn enumeration(name: &Ident, messages: &[Message], names: &Names) -> TokenStream {
    let derives = &names.derives;
    let copy = copy_if(messages.iter().flat_map(|message| &message.members), names);
    let variants = messages.iter().map(|message| {
        let variant = &message.name;
        let doc = doc_or(&message.attributes, &format!("`{variant}`."));
        let members = message.members.iter().map(|member| {
            let (field, ty) = (&member.name, &member.ty);
            let doc = doc_or(&member.attributes, &format!("The member `{field}`."));
            quote!(#doc #field: #ty)
        });
        let payload = (!message.members.is_empty()).then(|| quote!({ #(#members),* }));
        quote!(#doc #variant #payload)
    });
    quote! {
        #[derive(Clone, PartialEq, Eq, Hash, Debug)]
        #copy
        #(#derives)*
        pub enum #name { #(#variants),* }
    }
}

/// Enumerations without payload: inputs by kind, regions, phases, guards and transitions.
fn kinds(machine: &Machine<'_>, names: &Names) -> TokenStream {
    let inputs: Vec<Ident> = machine.written.inputs.iter().map(|input| input.name.clone()).collect();
    let input_texts: Vec<String> = inputs.iter().map(Ident::to_string).collect();
    let input_kind = kind(&names.input_kind, "The inputs by kind.", &inputs, &input_texts);
    let region_texts: Vec<String> = machine.regions.iter().map(|region| region.written.name.to_string()).collect();
    let regions: Vec<Ident> = region_texts.iter().map(|name| format_ident!("{}", camel(name))).collect();
    let region = kind(&names.region, "The regions.", &regions, &region_texts);
    let phases: Vec<Ident> = phases(machine).map(|(region, phase)| phase_variant(region, phase)).collect();
    let phase_texts: Vec<String> = phases_text(machine);
    let phase = kind(&names.phase, "The phases of all regions.", &phases, &phase_texts);
    let sentences = guard_sentences(machine);
    let guards: Vec<Ident> = sentences.iter().map(|sentence| guard_variant(sentence)).collect();
    let guard = kind(&names.guard, "The guards by their sentences.", &guards, &sentences);
    let transition_names: Vec<Ident> = transitions(machine).cloned().collect();
    let transition_texts: Vec<String> = transition_names.iter().map(Ident::to_string).collect();
    let transition = kind(&names.transition, "The transitions of all regions.", &transition_names, &transition_texts);
    quote!(#input_kind #region #phase #guard #transition)
}

fn kind(name: &Ident, doc: &str, variants: &[Ident], texts: &[String]) -> TokenStream {
    let body = if variants.is_empty() {
        quote!(match *self {})
    } else {
        quote!(match self { #(Self::#variants => #texts),* })
    };
    quote! {
        #[doc = #doc]
        #[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
        pub enum #name { #(#[doc = #texts] #variants),* }

        impl #name {
            /// The name as declared.
            #[must_use]
            pub const fn name(self) -> &'static str {
                let this = &self;
                this.text()
            }

            const fn text(&self) -> &'static str { #body }
        }

        impl ::core::fmt::Display for #name {
            fn fmt(&self, formatter: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                formatter.pad(self.text())
            }
        }
    }
}

fn phases<'a>(machine: &'a Machine<'_>) -> impl Iterator<Item = (&'a Ident, &'a Ident)> {
    machine
        .regions
        .iter()
        .flat_map(|region| region.written.phases.iter().map(move |phase| (&region.written.name, &phase.message.name)))
}

fn phases_text(machine: &Machine<'_>) -> Vec<String> {
    phases(machine).map(|(_, phase)| phase.to_string()).collect()
}

/// The variant that names a phase among those of all regions.
pub(super) fn phase_variant(region: &Ident, phase: &Ident) -> Ident {
    format_ident!("{}{}", camel(&region.to_string()), phase)
}

/// The variant that names a guard.
pub(super) fn guard_variant(sentence: &str) -> Ident {
    format_ident!("{}", camel(sentence))
}

fn transitions<'a>(machine: &'a Machine<'_>) -> impl Iterator<Item = &'a Ident> {
    let handlers = machine.regions.iter().flat_map(|region| &region.handlers);
    handlers.flat_map(|handler| &handler.arms).map(|arm| &arm.name)
}

/// The distinct sentences of all guards, in order of first appearance.
fn guard_sentences(machine: &Machine<'_>) -> Vec<String> {
    let mut sentences: Vec<String> = Vec::new();
    let arms = machine.regions.iter().flat_map(|region| &region.handlers).flat_map(|handler| &handler.arms);
    for step in arms.flat_map(|arm| &arm.steps) {
        if let Step::Guard { sentence, .. } = step {
            let sentence = sentence.value();
            if !sentences.iter().any(|known| guard_variant(known) == guard_variant(&sentence)) {
                sentences.push(sentence);
            }
        }
    }
    sentences
}
