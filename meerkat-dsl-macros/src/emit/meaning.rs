//! What the machine means, as constant data: made from what was parsed, and from nothing that was resolved.

use proc_macro2::TokenStream;
use quote::quote;

use super::expression::{expression, named, optional, pattern, shape};
use crate::parse::{
    Arm, Assignment, Clause, Condition, Constant, Destination, Handler, Helper, Let, Machine, Member, Message,
    Property, Region, Sources, Target, TypeKind,
};

/// The tree of a machine.
pub(super) fn meaning(machine: &Machine) -> TokenStream {
    let types = machine.types.iter().map(|declaration| match &declaration.kind {
        TypeKind::Id | TypeKind::Epoch | TypeKind::Number(_) | TypeKind::Opaque(_) => quote!(&[]),
        TypeKind::Enum(variants) => forms(variants.iter()),
        TypeKind::Record(members) => {
            let form = form(members);
            quote!(&[#form])
        }
    });
    let (constants, functions) = (machine.constants.iter().map(constant), machine.helpers.iter().map(function));
    let (inputs, effects) = (forms(machine.inputs.iter()), forms(machine.effects.iter()));
    let mut transitions = 0;
    let regions: Vec<TokenStream> =
        machine.regions.iter().map(|region| self::region(machine, region, &mut transitions)).collect();
    let properties = machine.properties.iter().map(property);
    quote! {
        meaning::Meaning {
            types: &[#(#types),*],
            constants: &[#(#constants),*],
            functions: &[#(#functions),*],
            inputs: #inputs,
            effects: #effects,
            regions: &[#(#regions),*],
            properties: &[#(#properties),*],
        }
    }
}

fn constant(constant: &Constant) -> TokenStream {
    let (name, shape, value) = (constant.name.to_string(), shape(&constant.ty), expression(&constant.value));
    quote!(meaning::ConstantMeaning { name: #name, shape: #shape, value: #value })
}

fn function(function: &Helper) -> TokenStream {
    let parameters = function.parameters.iter().map(|parameter| {
        let (name, shape) = (parameter.name.to_string(), shape(&parameter.ty));
        quote!((#name, #shape))
    });
    let (name, shape, body) = (function.name.to_string(), shape(&function.ty), expression(&function.body));
    quote! {
        meaning::FunctionMeaning { name: #name, parameters: &[#(#parameters),*], shape: #shape, body: #body }
    }
}

fn form(members: &[Member]) -> TokenStream {
    let shapes = members.iter().map(|member| shape(&member.ty));
    quote!(&[#(#shapes),*])
}

fn forms<'a>(messages: impl Iterator<Item = &'a Message>) -> TokenStream {
    let forms = messages.map(|message| form(&message.members));
    quote!(&[#(#forms),*])
}

fn region(machine: &Machine, region: &Region, transitions: &mut usize) -> TokenStream {
    let key = option(region.key.as_ref().map(shape));
    let phases = forms(region.phases.iter().map(|phase| &phase.message));
    let fields = region.fields.iter().map(|field| {
        let (shape, initial) = (shape(&field.member.ty), optional(field.initial.as_ref()));
        quote!(meaning::FieldMeaning { shape: #shape, initial: #initial })
    });
    let selections = region.selections.iter().map(|selection| {
        let (pattern, condition) = (pattern(&selection.pattern), optional(selection.condition.as_ref()));
        quote!(meaning::SelectionMeaning { pattern: #pattern, condition: #condition })
    });
    let handlers: Vec<TokenStream> =
        region.handlers.iter().map(|handler| self::handler(machine, handler, transitions)).collect();
    quote! {
        meaning::RegionMeaning {
            key: #key,
            phases: #phases,
            fields: &[#(#fields),*],
            selections: &[#(#selections),*],
            handlers: &[#(#handlers),*],
        }
    }
}

fn option(tree: Option<TokenStream>) -> TokenStream {
    match tree {
        Some(tree) => quote!(::core::option::Option::Some(#tree)),
        None => quote!(::core::option::Option::None),
    }
}

fn handler(machine: &Machine, handler: &Handler, transitions: &mut usize) -> TokenStream {
    let input = machine.inputs.iter().position(|input| input.name == handler.input).unwrap_or_default();
    let bindings = handler.bindings.iter().map(|binding| {
        let (member, name) = (binding.member.to_string(), binding.name.to_string());
        quote!((#member, #name))
    });
    let target = match &handler.target {
        Target::Region => quote!(Region),
        Target::Create(key) => {
            let key = expression(key);
            quote!(Create(#key))
        }
        Target::At(key) => {
            let key = expression(key);
            quote!(At(#key))
        }
        Target::Each(selection) => {
            let selection = selection.to_string();
            quote!(Each(#selection))
        }
    };
    let prelude = handler.prelude.iter().map(clause);
    let arms: Vec<TokenStream> = handler
        .arms
        .iter()
        .map(|arm| {
            let tree = self::arm(arm, *transitions);
            *transitions += 1;
            tree
        })
        .collect();
    quote! {
        meaning::HandlerMeaning {
            input: #input,
            bindings: &[#(#bindings),*],
            target: meaning::TargetMeaning::#target,
            prelude: &[#(#prelude),*],
            arms: &[#(#arms),*],
        }
    }
}

fn arm(arm: &Arm, transition: usize) -> TokenStream {
    let sources = match &arm.sources {
        Sources::Unwritten => quote!(Unwritten),
        Sources::Any(except) => {
            let except = except.iter().map(ToString::to_string);
            quote!(Any(&[#(#except),*]))
        }
        Sources::Pattern(phases) => {
            let phases = pattern(phases);
            quote!(Pattern(#phases))
        }
    };
    let destination = match &arm.destination {
        Destination::Stay => quote!(Stay),
        Destination::Ignore => quote!(Ignore),
        Destination::Remove => quote!(Remove),
        Destination::Phase { name, data } => {
            let (name, data) = (name.to_string(), assignments(data));
            quote!(Phase(#name, #data))
        }
    };
    let clauses = arm.clauses.iter().map(clause);
    quote! {
        meaning::ArmMeaning {
            transition: #transition,
            sources: meaning::Sources::#sources,
            destination: meaning::DestinationMeaning::#destination,
            clauses: &[#(#clauses),*],
        }
    }
}

fn assignments(data: &[Assignment]) -> TokenStream {
    named(data.iter().map(|assignment| (assignment.name.to_string(), &assignment.value)))
}

fn clause(written: &Clause) -> TokenStream {
    let clause = match written {
        Clause::Require { sentence, condition } => {
            let (sentence, condition) = (sentence.value(), self::condition(condition));
            quote!(Require(#sentence, #condition))
        }
        Clause::Let(Let { pattern: written, ty, value }) => {
            let (pattern, shape, value) = (pattern(written), option(ty.as_ref().map(shape)), expression(value));
            quote!(Let(#pattern, #shape, #value))
        }
        Clause::Set { field, value } => {
            let (field, value) = (field.to_string(), expression(value));
            quote!(Set(#field, #value))
        }
        Clause::Insert { field, key, value } => {
            let (field, key, value) = (field.to_string(), expression(key), optional(value.as_ref()));
            quote!(Insert { field: #field, key: #key, value: #value })
        }
        Clause::Remove { field, key } => {
            let (field, key) = (field.to_string(), expression(key));
            quote!(Remove { field: #field, key: #key })
        }
        Clause::Append { field, value } => {
            let (field, value) = (field.to_string(), expression(value));
            quote!(Append { field: #field, value: #value })
        }
        Clause::TakeFirst { field } => {
            let field = field.to_string();
            quote!(TakeFirst { field: #field })
        }
        Clause::Emit { effect, data } => {
            let (effect, data) = (effect.to_string(), assignments(data));
            quote!(Emit(#effect, #data))
        }
    };
    quote!(meaning::Clause::#clause)
}

/// A condition that binds is the same as in an `if let`.
fn condition(condition: &Condition) -> TokenStream {
    match condition {
        Condition::Holds(condition) => expression(condition),
        Condition::Matches { pattern: written, value } => {
            let (pattern, value) = (pattern(written), expression(value));
            quote!(meaning::Expression::Let(&#pattern, &#value))
        }
    }
}

fn property(property: &Property) -> TokenStream {
    let (premise, claim) = (optional(property.premise.as_ref()), expression(&property.claim));
    quote!(meaning::PropertyMeaning { premise: #premise, claim: #claim })
}
