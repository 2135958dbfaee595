//! One function per input: all regions test, then all commit.

use super::*;

/// One function per input: all regions test, then all commit.
pub(super) fn steps(machine: &Machine<'_>, names: &Names) -> TokenStream {
    let steps = machine.written.inputs.iter().enumerate().map(|(index, input)| {
        let emitters: Vec<Emitter<'_, '_>> = machine
            .regions
            .iter()
            .flat_map(|region| region.handlers.iter().map(move |handler| (region, handler)))
            .filter(|(_, handler)| handler.input == index)
            .map(|(region, handler)| Emitter::new(machine, names, region, handler))
            .collect();
        step(&emitters, input, names)
    });
    quote!(#(#steps)*)
}

/// The functions `on_...` and `can_...` of one input.
fn step(emitters: &[Emitter<'_, '_>], input: &crate::parse::Message, names: &Names) -> TokenStream {
    let (on, can) = step_names(&input.name);
    let (state, sink) = (local("state"), local("sink"));
    let (state_type, rejection, marker) = (&names.state, &names.rejection, &names.marker);
    let parameters = member_parameters(&input.members, names);
    let changes: Vec<Ident> =
        emitters.iter().map(|emitter| local(&format!("{}_change", emitter.region.written.name))).collect();
    let plans: Vec<TokenStream> = emitters
        .iter()
        .map(|emitter| {
            let (plan, arguments) = (emitter.plan(), emitter.handler.bindings.iter().map(|payload| payload.member));
            quote!(#plan(#state, #(#arguments),*)?)
        })
        .collect();
    let commits = emitters.iter().zip(&changes).map(|(emitter, change)| {
        let name = &emitter.region.written.name;
        match emitter.handler.target {
            Target::Region | Target::Each(_) => quote!(#change.commit(&mut #state.#name, #sink);),
            Target::Create(_) | Target::At(_) => quote!(#change.1.commit(#change.0, &mut #state.#name, #sink);),
        }
    });
    let doc = format!("`{}`: every region that knows it accepts, or nothing changes.", input.name);
    let can_doc = format!("Whether `{}` would be accepted.", input.name);
    quote! {
        #[doc = #doc]
        #[inline]
        fn #on<S: ::machine_spec::Sink<#marker>>(#state: &mut #state_type, #sink: &mut S, #(#parameters),*) -> ::core::result::Result<(), #rejection> {
            #(let #changes = #plans;)*
            #(#commits)*
            Ok(())
        }

        #[doc = #can_doc]
        fn #can(#state: &#state_type, #(#parameters),*) -> ::core::result::Result<(), #rejection> {
            #(#plans;)*
            Ok(())
        }
    }
}

/// The names of the functions of one input.
pub(in crate::emit) fn step_names(input: &Ident) -> (Ident, Ident) {
    let snake = snake(&input.to_string());
    (format_ident!("on_{snake}"), format_ident!("can_{snake}"))
}
