//! The state: one struct per region, and for a keyed region one per instance.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::{Ident, Type};

use super::types::{copy_if, enumeration, phase_variant};
use super::{Names, doc_or};
use crate::lower::{Machine, Region, phase_type};
use crate::naming::{camel, local};
use crate::parse::{Field, Message};

/// The struct of a region.
pub(super) fn region_type(region: &Ident) -> Ident {
    format_ident!("{}Region", camel(&region.to_string()))
}

/// The struct of an instance of a keyed region.
pub(super) fn instance_type(region: &Ident) -> Ident {
    format_ident!("{}Instance", camel(&region.to_string()))
}

/// The state; with the tests of selections only if the machine has no mistakes.
pub(super) fn emit(machine: &Machine<'_>, names: &Names, whole: bool) -> TokenStream {
    let state = state(machine, names);
    let regions = machine.regions.iter().map(|region| match &region.written.key {
        None => plain(region, names),
        Some(key) => keyed(region, key, names, whole),
    });
    quote!(#state #(#regions)*)
}

fn state(machine: &Machine<'_>, names: &Names) -> TokenStream {
    let (state, derives) = (&names.state, &names.derives);
    let doc =
        format!("The state of the machine `{}`: readable by everybody, written by its mutator alone.", names.marker);
    let fields: Vec<&Ident> = machine.regions.iter().map(|region| &region.written.name).collect();
    let types: Vec<Ident> = fields.iter().map(|name| region_type(name)).collect();
    let docs = machine
        .regions
        .iter()
        .map(|region| doc_or(&region.written.attributes, &format!("The region `{}`.", region.written.name)));
    let keyed = machine.regions.iter().filter(|region| region.written.key.is_some()).map(|region| &region.written.name);
    quote! {
        #[doc = #doc]
        #[derive(Clone, PartialEq, Eq, Hash, Debug)]
        #(#derives)*
        pub struct #state { #(#fields: #types),* }

        impl #state {
            const INITIAL: Self = Self { #(#fields: #types::INITIAL),* };

            #(
                #docs
                #[inline]
                #[must_use]
                pub const fn #fields(&self) -> &#types { &self.#fields }
            )*

            /// Derives the selections from the instances.
            fn select(&mut self) { #(self.#keyed.select();)* }
        }
    }
}

/// The enumeration of a region's phases, and the name of each.
fn phases(region: &Region<'_>, names: &Names) -> TokenStream {
    let messages: Vec<Message> = region
        .written
        .phases
        .iter()
        .map(|phase| Message {
            attributes: phase.message.attributes.clone(),
            name: phase.message.name.clone(),
            members: phase
                .message
                .members
                .iter()
                .map(|member| crate::parse::Member {
                    attributes: member.attributes.clone(),
                    name: member.name.clone(),
                    ty: member.ty.clone(),
                })
                .collect(),
        })
        .collect();
    if messages.is_empty() {
        return TokenStream::new();
    }
    let name = phase_type(&region.written.name);
    let doc = format!("The phases of the region `{}`.", region.written.name);
    let body = enumeration(&name, &messages, names);
    let variants: Vec<&Ident> = messages.iter().map(|message| &message.name).collect();
    let kinds = variants.iter().map(|variant| phase_variant(&region.written.name, variant));
    let (phase, count, indices) = (&names.phase, variants.len(), 0..variants.len());
    quote! {
        #[doc = #doc]
        #body

        impl #name {
            /// The phase without its data.
            // Looked up, not matched: a match would become a jump in every rejection, and a hard one to predict.
            #[inline]
            #[must_use]
            pub const fn kind(&self) -> #phase {
                const KINDS: [#phase; #count] = [#(#phase::#kinds),*];
                KINDS[self.index()]
            }

            /// Its position among the phases of the region.
            #[inline]
            const fn index(&self) -> usize {
                match self { #(Self::#variants { .. } => #indices),* }
            }
        }
    }
}

fn getters<'a>(fields: impl Iterator<Item = &'a Field>, names: &Names) -> TokenStream {
    let getters = fields.map(|field| {
        let (name, ty) = (&field.member.name, &field.member.ty);
        let doc = doc_or(&field.member.attributes, &format!("The field `{name}`."));
        let (result, value) = if names.facts.is_scalar(ty) {
            (quote!(#ty), quote!(self.#name))
        } else {
            (quote!(&#ty), quote!(&self.#name))
        };
        quote! {
            #doc
            #[inline]
            #[must_use]
            pub const fn #name(&self) -> #result { #value }
        }
    });
    quote!(#(#getters)*)
}

fn phase_getter(region: &Region<'_>, names: &Names) -> Option<TokenStream> {
    let phase = phase_type(&region.written.name);
    let mut members = region.written.phases.iter().flat_map(|phase| &phase.message.members);
    let copied = members.all(|member| names.facts.is_scalar(&member.ty));
    let (result, value) =
        if copied { (quote!(#phase), quote!(self.phase)) } else { (quote!(&#phase), quote!(&self.phase)) };
    (!region.written.phases.is_empty()).then(|| {
        quote! {
            /// The phase with its data.
            #[inline]
            #[must_use]
            pub const fn phase(&self) -> #result { #value }
        }
    })
}

fn plain(region: &Region<'_>, names: &Names) -> TokenStream {
    let written = region.written;
    let (name, phase, derives) = (region_type(&written.name), phase_type(&written.name), &names.derives);
    let doc = doc_or(&written.attributes, &format!("The region `{}`.", written.name));
    let phases = phases(region, names);
    let initial = written.phases.iter().find(|phase| phase.initial).map(|initial| {
        let variant = &initial.message.name;
        quote!(phase: #phase::#variant,)
    });
    let phase_field = initial.is_some().then(|| quote!(phase: #phase,));
    let (fields, types) = members(&written.fields);
    let values = &region.initials;
    let (phase_getter, getters) = (phase_getter(region, names), getters(written.fields.iter(), names));
    quote! {
        #phases

        #doc
        #[derive(Clone, PartialEq, Eq, Hash, Debug)]
        #(#derives)*
        pub struct #name { #phase_field #(#fields: #types),* }

        impl #name {
            const INITIAL: Self = Self { #initial #(#fields: #values),* };

            #phase_getter
            #getters
        }
    }
}

fn members(fields: &[Field]) -> (Vec<&Ident>, Vec<&Type>) {
    fields.iter().map(|field| (&field.member.name, &field.member.ty)).unzip()
}

fn keyed(region: &Region<'_>, key: &Type, names: &Names, whole: bool) -> TokenStream {
    let phases = phases(region, names);
    let instance = instance(region, key, names, whole);
    let container = container(region, key, names);
    quote!(#phases #instance #container)
}

fn instance(region: &Region<'_>, key: &Type, names: &Names, whole: bool) -> TokenStream {
    let written = region.written;
    let (name, phase, derives) = (instance_type(&written.name), phase_type(&written.name), &names.derives);
    let doc = format!("An instance of the region `{}`.", written.name);
    let (fields, types) = members(&written.fields);
    let data = written.phases.iter().flat_map(|phase| &phase.message.members);
    let copy = copy_if(data.chain(written.fields.iter().map(|field| &field.member)), names);
    let (phase_getter, getters) = (phase_getter(region, names), getters(written.fields.iter(), names));
    let this = local("this");
    let count = region.selections.len();
    let tests = region.selections.iter().map(|selection| {
        if !whole {
            return quote!(false);
        }
        let pattern = &selection.pattern;
        let condition = selection.condition.as_ref().map(|condition| quote!(&& (#condition)));
        quote!(::core::matches!(#this.phase, #pattern) #condition)
    });
    quote! {
        #[doc = #doc]
        #[derive(Clone, PartialEq, Eq, Hash, Debug)]
        #copy
        #(#derives)*
        pub struct #name { key: #key, phase: #phase, #(#fields: #types),* }

        impl #name {
            /// The key under which it is kept.
            #[inline]
            #[must_use]
            pub const fn key(&self) -> #key { self.key }

            #phase_getter
            #getters

            /// The selections it is in, in order of declaration.
            #[inline]
            fn selections(&self) -> [bool; #count] {
                let #this = self;
                [#(#tests),*]
            }
        }
    }
}

fn container(region: &Region<'_>, key: &Type, names: &Names) -> TokenStream {
    let written = region.written;
    let (name, instance, derives) = (region_type(&written.name), instance_type(&written.name), &names.derives);
    let doc = doc_or(&written.attributes, &format!("The region `{}`.", written.name));
    let selections: Vec<&Ident> = region.selections.iter().map(|selection| &selection.written.name).collect();
    let docs = region.selections.iter().map(|selection| {
        doc_or(
            &selection.written.attributes,
            &format!("The keys of the instances in the selection `{}`.", selection.written.name),
        )
    });
    let skip = names.stored.then(|| quote!(#[serde(skip)]));
    let count = selections.len();
    let indices = 0..count;
    let absent = quote!([false; #count]);
    quote! {
        #doc
        #[derive(Clone, PartialEq, Eq, Hash, Debug)]
        #(#derives)*
        pub struct #name { instances: Map<#key, #instance>, #(#skip #selections: Set<#key>),* }

        impl #name {
            const INITIAL: Self = Self { instances: Map::new(), #(#selections: Set::new()),* };

            #(
                #docs
                #[inline]
                #[must_use]
                pub const fn #selections(&self) -> &Set<#key> { &self.#selections }
            )*

            /// The instance under a key.
            #[inline]
            #[must_use]
            pub fn get(&self, key: impl ::core::borrow::Borrow<#key>) -> ::core::option::Option<&#instance> {
                self.instances.get(key)
            }

            /// Whether there is an instance under a key.
            #[inline]
            #[must_use]
            pub fn contains_key(&self, key: impl ::core::borrow::Borrow<#key>) -> bool { self.instances.contains_key(key) }

            /// How many instances there are.
            #[inline]
            #[must_use]
            pub fn len(&self) -> u64 { self.instances.len() }

            /// Whether there is no instance.
            #[inline]
            #[must_use]
            pub fn is_empty(&self) -> bool { self.instances.is_empty() }

            /// The instances in the order of their keys.
            pub fn iter(&self) -> impl DoubleEndedIterator<Item = &#instance> + '_ { self.instances.values() }

            /// Whether some instance satisfies the condition.
            pub fn any(&self, condition: impl FnMut(&#instance) -> bool) -> bool { self.instances.values().any(condition) }

            /// Whether every instance satisfies the condition.
            pub fn all(&self, condition: impl FnMut(&#instance) -> bool) -> bool { self.instances.values().all(condition) }

            /// How many instances satisfy the condition.
            pub fn count(&self, mut condition: impl FnMut(&#instance) -> bool) -> u64 {
                self.instances.values().filter(|instance| condition(instance)).count() as u64
            }

            /// Puts a new instance in.
            fn create(&mut self, key: #key, instance: #instance) {
                let after = instance.selections();
                self.instances.insert(key, instance);
                self.reselect(key, #absent, after);
            }

            /// Takes an instance out.
            fn retire(&mut self, key: #key) {
                if let Some(instance) = self.instances.remove(key) {
                    self.reselect(key, instance.selections(), #absent);
                }
            }

            /// Changes an instance in place.
            #[inline]
            fn update(&mut self, key: #key, change: impl FnOnce(&mut #instance)) {
                if let Some(instance) = self.instances.get_mut(key) {
                    let before = instance.selections();
                    change(instance);
                    let after = instance.selections();
                    self.reselect(key, before, after);
                }
            }

            /// Moves a key between the selections.
            #[inline]
            fn reselect(&mut self, key: #key, before: [bool; #count], after: [bool; #count]) {
                #(
                    match (before[#indices], after[#indices]) {
                        (false, true) => { self.#selections.insert(key); }
                        (true, false) => { self.#selections.remove(key); }
                        _ => {}
                    }
                )*
            }

            /// Derives the selections from the instances.
            fn select(&mut self) {
                let mut selected = Self { instances: ::core::mem::take(&mut self.instances), ..Self::INITIAL };
                let keys: ::std::vec::Vec<(#key, [bool; #count])> =
                    selected.instances.iter().map(|(key, instance)| (key, instance.selections())).collect();
                for (key, after) in keys {
                    selected.reselect(key, #absent, after);
                }
                *self = selected;
            }
        }
    }
}
