//! Generated values without their types, for whoever compares them with another reading of the machine.

use proc_macro2::TokenStream;
use quote::quote;
use syn::Ident;

use super::Names;
use super::regions::{instance_type, region_type};
use crate::lower::{Machine, Region, phase_type};
use crate::parse::{Field, Member, Message, TypeDeclaration, TypeKind};

pub(super) fn emit(machine: &Machine<'_>, names: &Names) -> TokenStream {
    let declared = machine.written.types.iter().map(declared);
    let input = variants(&names.input, machine.written.inputs.iter());
    let effect = variants(&names.effect, machine.written.effects.iter());
    let regions = machine.regions.iter().map(region);
    let state = record(&names.state, machine.regions.iter().map(|region| &region.written.name));
    let refusal = refusal(names);
    quote!(#(#declared)* #input #effect #(#regions)* #state #refusal)
}

fn implementation(ty: &Ident, body: &TokenStream) -> TokenStream {
    quote! {
        impl ::machine_spec::Inspect for #ty {
            fn inspect(&self) -> ::machine_spec::Value { #body }
        }
    }
}

fn declared(declaration: &TypeDeclaration) -> TokenStream {
    let name = &declaration.name;
    match &declaration.kind {
        TypeKind::Id | TypeKind::Epoch => {
            let text = name.to_string();
            implementation(name, &quote!(::machine_spec::Value::number(#text, self.0)))
        }
        TypeKind::Number(range) => {
            let range = super::expression::range(*range);
            implementation(
                name,
                &quote!(::machine_spec::Value::integer(::machine_spec::meaning::#range, i128::from(self.0))),
            )
        }
        TypeKind::Opaque(_) => {
            let text = name.to_string();
            implementation(name, &quote!(::machine_spec::Value::opaque(#text, &self.0)))
        }
        TypeKind::Enum(messages) => variants(name, messages.iter()),
        TypeKind::Record(members) => record(name, members.iter().map(|member| &member.name)),
    }
}

/// `("name", value)` for each name.
fn entry(name: &Ident, value: &TokenStream) -> TokenStream {
    let text = name.to_string();
    quote!((#text, #value as &dyn ::machine_spec::Inspect))
}

fn variants<'a>(ty: &Ident, messages: impl Iterator<Item = &'a Message>) -> TokenStream {
    let arms: Vec<TokenStream> = messages.enumerate().map(|(position, message)| variant(position, message)).collect();
    if arms.is_empty() {
        return implementation(ty, &quote!(match *self {}));
    }
    implementation(ty, &quote!(match self { #(#arms),* }))
}

fn variant(position: usize, message: &Message) -> TokenStream {
    let (variant, text) = (&message.name, message.name.to_string());
    let members: Vec<&Ident> = message.members.iter().map(|Member { name, .. }| name).collect();
    let pattern = (!members.is_empty()).then(|| quote!({ #(#members),* }));
    let entries = members.iter().map(|member| entry(member, &quote!(#member)));
    quote! {
        Self::#variant #pattern => ::machine_spec::Value::variant(#position, #text, &[#(#entries),*])
    }
}

fn record<'a>(ty: &Ident, members: impl Iterator<Item = &'a Ident>) -> TokenStream {
    let entries = members.map(|name| entry(name, &quote!(&self.#name)));
    implementation(ty, &quote!(::machine_spec::Value::record(&[#(#entries),*])))
}

fn region(region: &Region<'_>) -> TokenStream {
    let written = region.written;
    let (phase_name, key, instances) = (word("phase"), word("key"), word("instances"));
    let phases = (!written.phases.is_empty())
        .then(|| variants(&phase_type(&written.name), written.phases.iter().map(|phase| &phase.message)));
    let phase = phases.is_some().then_some(&phase_name);
    let fields = || written.fields.iter().map(|Field { member, .. }| &member.name);
    if written.key.is_none() {
        let whole = record(&region_type(&written.name), phase.into_iter().chain(fields()));
        return quote!(#phases #whole);
    }
    let instance = record(&instance_type(&written.name), std::iter::once(&key).chain(phase).chain(fields()));
    let selections = written.selections.iter().map(|selection| &selection.name);
    let container = record(&region_type(&written.name), std::iter::once(&instances).chain(selections));
    quote!(#phases #instance #container)
}

fn word(name: &str) -> Ident {
    Ident::new(name, proc_macro2::Span::call_site())
}

fn refusal(names: &Names) -> TokenStream {
    let (marker, rejection) = (&names.marker, &names.rejection);
    let empty = names.takes.then(|| {
        quote! {
            #rejection::Empty { transition } => ::machine_spec::Refusal::Empty { transition: transition.name() },
        }
    });
    quote! {
        impl ::machine_spec::Inspected for #marker {
            fn refusal(rejection: #rejection) -> ::machine_spec::Refusal {
                match rejection {
                    #rejection::Phase { region, phase, input } => ::machine_spec::Refusal::Phase {
                        region: region.name(), phase: phase.name(), input: input.name(),
                    },
                    #rejection::Guard { transition, guard } => ::machine_spec::Refusal::Guard {
                        transition: transition.name(), sentence: guard.name(),
                    },
                    #rejection::Overflow { transition } => ::machine_spec::Refusal::Overflow {
                        transition: transition.name(),
                    },
                    #empty
                    #rejection::NoInstance { region, input } => ::machine_spec::Refusal::NoInstance {
                        region: region.name(), input: input.name(),
                    },
                    #rejection::InstanceExists { region, input } => ::machine_spec::Refusal::InstanceExists {
                        region: region.name(), input: input.name(),
                    },
                }
            }
        }
    }
}
