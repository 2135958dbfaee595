//! What stands in for the functions of a machine with mistakes: their signatures. The mistakes keep it from being run.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use super::Names;
use super::handlers::{member_parameters, step_names};
use super::properties::function_name;
use crate::lower::Machine;
use crate::naming::snake;
use crate::parse::Message;

pub(super) fn emit(machine: &Machine<'_>, names: &Names) -> TokenStream {
    let inputs = machine.written.inputs.iter().map(|input| input_stubs(input, names));
    let state = &names.state;
    let properties = machine.properties.iter().map(|property| {
        let function = function_name(property);
        quote! {
            fn #function(
                before: &#state,
                after: &#state,
            ) -> ::core::result::Result<::machine_spec::Evaluation, ::machine_spec::Overflow> {
                loop {}
            }
        }
    });
    quote!(#(#inputs)* #(#properties)*)
}

fn input_stubs(input: &Message, names: &Names) -> TokenStream {
    let (on, can) = step_names(&input.name);
    let examine = format_ident!("examine_{}", snake(&input.name.to_string()));
    let Names { state, rejection, marker, .. } = names;
    let parameters = member_parameters(&input.members, names);
    quote! {
        fn #on<S: ::machine_spec::Sink<#marker>>(state: &mut #state, sink: &mut S, #(#parameters),*) -> ::core::result::Result<(), #rejection> {
            loop {}
        }
        fn #can(state: &#state, #(#parameters),*) -> ::core::result::Result<(), #rejection> {
            loop {}
        }
        fn #examine<T: ::machine_spec::Trials>(state: &#state, trials: &mut T, #(#parameters),*) {
            loop {}
        }
    }
}
