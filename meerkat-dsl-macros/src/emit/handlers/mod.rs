//! Transitions: for each a function that tests and computes, for each region and input the change it makes, and for
//! each input the step of all regions together.

mod change;
mod plan;
mod step;
mod transition;

use proc_macro2::TokenStream;
use quote::{format_ident, quote, quote_spanned};
use syn::{Ident, Pat};

use super::Names;
use super::regions::{instance_type, region_type};
use super::types::guard_variant;
use crate::lower::{
    Arm, Destination, Emission, Handler, Machine, Payload, Region, Step, Target, Test, Update, Write, field_type,
    phase_type,
};
use crate::naming::{camel, local, snake};

pub(super) use step::step_names;

pub(super) fn emit(machine: &Machine<'_>, names: &Names) -> TokenStream {
    let mut code = TokenStream::new();
    for region in &machine.regions {
        for handler in &region.handlers {
            code.extend(Emitter::new(machine, names, region, handler).emit());
        }
    }
    code.extend(step::steps(machine, names));
    code
}

/// Everything about one region and one input.
pub(super) struct Emitter<'a, 'm> {
    pub(super) machine: &'a Machine<'m>,
    pub(super) names: &'a Names,
    pub(super) region: &'a Region<'m>,
    pub(super) handler: &'a Handler<'m>,
}

/// Parameters of a handler's functions: the payload under the handler's names.
pub(super) fn parameters(bindings: &[Payload<'_>]) -> Vec<TokenStream> {
    let parameter = bindings.iter().map(|payload| {
        let (name, ty) = (payload.name, payload.ty);
        if payload.scalar { quote!(#name: #ty) } else { quote!(#name: &#ty) }
    });
    parameter.collect()
}

/// Parameters of a function that takes these members: collections are lent, everything else is copied.
pub(super) fn member_parameters(members: &[crate::parse::Member], names: &Names) -> Vec<TokenStream> {
    let parameter = members.iter().map(|member| {
        let (name, ty) = (&member.name, &member.ty);
        if names.facts.is_scalar(ty) { quote!(#name: #ty) } else { quote!(#name: &#ty) }
    });
    parameter.collect()
}

impl<'a, 'm> Emitter<'a, 'm> {
    pub(super) fn new(
        machine: &'a Machine<'m>,
        names: &'a Names,
        region: &'a Region<'m>,
        handler: &'a Handler<'m>,
    ) -> Self {
        Self { machine, names, region, handler }
    }

    fn input(&self) -> &Ident {
        &self.machine.written.inputs[self.handler.input].name
    }

    /// The type of the change that the handler makes to the region or to one instance.
    fn change_type(&self) -> Ident {
        format_ident!("{}On{}", camel(&self.region.written.name.to_string()), self.input())
    }

    /// The type that keeps what all instances of an `each` share.
    fn each_type(&self) -> Ident {
        format_ident!("{}OnEach{}", camel(&self.region.written.name.to_string()), self.input())
    }

    /// The function that finds the change.
    fn plan(&self) -> Ident {
        format_ident!("{}_on_{}", self.region.written.name, snake(&self.input().to_string()))
    }

    fn arm_function(&self, arm: &Arm<'_>) -> Ident {
        format_ident!("{}", snake(&arm.name.to_string()))
    }

    /// What the machine changes, and where a rejection names the region.
    fn emit(&self) -> TokenStream {
        let change = self.change();
        let arms = self.handler.arms.iter().map(|arm| self.arm(arm));
        let plan = match &self.handler.target {
            Target::Region => self.plan_region(),
            Target::Create(key) => self.plan_create(key),
            Target::At(key) => self.plan_at(key),
            Target::Each(selection) => self.plan_each(selection),
        };
        quote!(#change #(#arms)* #plan)
    }

    /// One sentence that names the clause a function came from.
    fn doc(&self, arm: &Arm<'_>) -> String {
        let from = if arm.source_text.is_empty() { String::new() } else { format!(" from {}", arm.source_text) };
        let to = match &arm.destination {
            Destination::Stay => String::from("stays"),
            Destination::Ignore => String::from("ignored"),
            Destination::Remove => String::from("removed"),
            Destination::Phase { index, .. } => format!("to {}", self.region.written.phases[*index].message.name),
        };
        format!("`{}`: `on {}`{from}, {to}.", self.region.written.name, self.input())
    }

    /// What a transition's function takes: the state or the instance, and the payload.
    pub(super) fn arm_parameters(&self) -> Vec<TokenStream> {
        let (state, this) = (local("state"), local("this"));
        let state_type = &self.names.state;
        let instance = instance_type(&self.region.written.name);
        let mut all = match &self.handler.target {
            Target::Region | Target::Create(_) => vec![quote!(#state: &#state_type)],
            Target::At(_) => vec![quote!(#state: &#state_type), quote!(#this: &#instance)],
            Target::Each(_) => vec![quote!(#this: &#instance)],
        };
        if let Target::Create(_) = self.handler.target {
            let (key, ty) = (local("key"), &self.region.written.key);
            all.push(quote!(#key: #ty));
        }
        all.extend(parameters(&self.handler.bindings));
        for binding in &self.handler.lets {
            let (name, ty) = (&binding.name, &binding.ty);
            all.push(if binding.scalar { quote!(#name: #ty) } else { quote!(#name: &#ty) });
        }
        all
    }

    /// The arguments that fit [`Self::arm_parameters`].
    pub(super) fn arm_arguments(&self) -> Vec<TokenStream> {
        let (state, this, key) = (local("state"), local("this"), local("key"));
        let mut all = match &self.handler.target {
            Target::Region => vec![quote!(#state)],
            Target::Create(_) => vec![quote!(#state), quote!(#key)],
            Target::At(_) => vec![quote!(#state), quote!(#this)],
            Target::Each(_) => vec![quote!(#this)],
        };
        all.extend(self.handler.bindings.iter().map(|payload| {
            let name = payload.name;
            quote!(#name)
        }));
        all.extend(self.handler.lets.iter().map(|binding| {
            let name = &binding.name;
            quote!(#name)
        }));
        all
    }
}

/// The local that holds what an update writes. A field is set once, but more than one key may go in or out.
fn update_name(verb: &str, update: &Update<'_>, index: usize) -> Ident {
    match &update.write {
        Write::Set(_) => local(&format!("set_{}", update.field)),
        Write::Insert { .. } | Write::Remove { .. } | Write::Append(_) | Write::TakeFirst => {
            local(&format!("{verb}_{}_{index}", update.field))
        }
    }
}

fn emission_name(index: usize) -> Ident {
    local(&format!("effect_{index}"))
}

/// `let region = &state.region;`.
pub(super) fn region_local(machine: &Machine<'_>, index: usize) -> TokenStream {
    let state = local("state");
    let name = &machine.regions[index].written.name;
    let visible = local(&name.to_string());
    quote!(let #visible = &#state.#name;)
}

pub(super) fn let_binding(pattern: &Pat, ty: Option<&syn::Type>, value: &syn::Expr) -> TokenStream {
    let ty = ty.map(|ty| quote!(: #ty));
    quote!(let #pattern #ty = #value;)
}

/// The negation of a condition, the operator at the condition's place: what is no condition is shown where it is
/// written.
pub(super) fn refuted(condition: &syn::Expr) -> TokenStream {
    let span = syn::spanned::Spanned::span(condition);
    quote_spanned!(span=> !(#condition))
}

/// A condition with a type mismatch shown on the condition itself.
pub(super) fn typed_condition(condition: &syn::Expr) -> TokenStream {
    let span = syn::spanned::Spanned::span(condition);
    quote_spanned!(span=> #condition)
}
