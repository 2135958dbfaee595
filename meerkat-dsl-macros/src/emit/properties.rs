//! Properties as functions over the state before and after a step.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use super::Names;
use super::handlers::{region_local, typed_condition};
use crate::lower::{Machine, Property};
use crate::naming::{identifier, local};

pub(super) fn emit(machine: &Machine<'_>, names: &Names) -> TokenStream {
    let functions = machine.properties.iter().map(|property| function(machine, names, property));
    quote!(#(#functions)*)
}

/// The function that evaluates a property.
pub(super) fn function_name(property: &Property<'_>) -> proc_macro2::Ident {
    format_ident!("property_{}", identifier(&property.written.sentence.value()))
}

fn function(machine: &Machine<'_>, names: &Names, property: &Property<'_>) -> TokenStream {
    let (function, state_type) = (function_name(property), &names.state);
    let (state, next) = (local("state"), local("next"));
    let regions = property.regions.iter().map(|index| region_local(machine, *index));
    let overflow = property.checked.then(|| {
        let overflow = local("overflow");
        quote!(let #overflow = ::machine_spec::Overflow;)
    });
    let premise = property.premise.as_ref().map_or_else(|| quote!(true), typed_condition);
    let claim = typed_condition(&property.claim);
    let sentence = property.written.sentence.value();
    let premised = (!property.written.kind.claims_of_other_states()).then(|| quote!(premise &&));
    quote! {
        #[doc = #sentence]
        fn #function(#state: &#state_type, #next: &#state_type) -> ::core::result::Result<::machine_spec::Evaluation, ::machine_spec::Overflow> {
            #(#regions)*
            #overflow
            let premise: bool = #premise;
            Ok(::machine_spec::Evaluation { premise, claim: #premised { let claim: bool = #claim; claim } })
        }
    }
}
