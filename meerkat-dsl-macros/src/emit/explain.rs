//! Why an input is accepted or not: every transition tried, every guard told, nothing changed.

use proc_macro2::{TokenStream, TokenTree};
use quote::{ToTokens, format_ident, quote};
use syn::Ident;

use super::Names;
use super::handlers::{Emitter, let_binding, member_parameters, parameters, refuted};
use crate::lower::{Arm, Machine, Step, Target, Test, phase_type};
use crate::naming::{local, snake};

pub(super) fn emit(machine: &Machine<'_>, names: &Names) -> TokenStream {
    let mut code = TokenStream::new();
    let mut index = 0;
    for region in &machine.regions {
        for handler in &region.handlers {
            let emitter = Emitter::new(machine, names, region, handler);
            code.extend(emitter.examine(index));
            index += handler.arms.len();
        }
    }
    let inputs = machine.written.inputs.iter().enumerate().map(|(index, input)| {
        let function = format_ident!("examine_{}", snake(&input.name.to_string()));
        let (state, found) = (local("state"), local("found"));
        let state_type = &names.state;
        let parameters = member_parameters(&input.members, names);
        let handlers =
            machine.regions.iter().flat_map(|region| region.handlers.iter().map(move |handler| (region, handler)));
        let calls = handlers.filter(|(_, handler)| handler.input == index).map(|(region, handler)| {
            let function = Emitter::new(machine, names, region, handler).examine_name();
            let arguments = handler.bindings.iter().map(|payload| payload.member);
            quote!(#function(#state, #found, #(#arguments),*);)
        });
        quote! {
            fn #function<T: ::machine_spec::Trials>(#state: &#state_type, #found: &mut T, #(#parameters),*) {
                #(#calls)*
            }
        }
    });
    quote!(#code #(#inputs)*)
}

impl Emitter<'_, '_> {
    fn examine_name(&self) -> Ident {
        let input = &self.machine.written.inputs[self.handler.input].name;
        format_ident!("examine_{}_on_{}", self.region.written.name, snake(&input.to_string()))
    }

    /// The function that tries every transition of this region on this input.
    fn examine(&self, first: usize) -> TokenStream {
        let (function, state_type) = (self.examine_name(), &self.names.state);
        let (state, found, name) = (local("state"), local("found"), &self.region.written.name);
        let parameters = parameters(&self.handler.bindings);
        let arms: Vec<TokenStream> =
            self.handler.arms.iter().enumerate().map(|(index, arm)| self.explained_arm(arm, first + index)).collect();
        let count = self.handler.arms.len();
        let (prelude, lets) = (self.handler_prelude(), self.lets());
        let lent: Vec<&Ident> =
            self.handler.lets.iter().filter(|binding| !binding.scalar).map(|binding| &binding.name).collect();
        let (this, key) = (local("this"), local("key"));
        let key_type = &self.region.written.key;
        let wrong = quote! {
            for transition in #first..#first + #count {
                #found.tried(transition, ::machine_spec::Trial::WrongInstance);
            }
        };
        let body = match &self.handler.target {
            Target::Region => quote! {
                let #this = &#state.#name;
                #found.instance(None);
                #(#arms)*
            },
            Target::Create(value) => quote! {
                let #key: #key_type = #value;
                #found.instance(Some(&#key));
                if #state.#name.instances.contains_key(#key) { #wrong } else { #(#arms)* }
            },
            Target::At(value) => quote! {
                let #key: #key_type = #value;
                #found.instance(Some(&#key));
                match #state.#name.instances.get(#key) {
                    None => { #wrong }
                    Some(#this) => { #(#arms)* }
                }
            },
            Target::Each(selection) => quote! {
                #lets
                #(let #lent = &#lent;)*
                for #key in #state.#name.#selection.iter() {
                    #found.instance(Some(&#key));
                    if let Some(#this) = #state.#name.instances.get(#key) { #(#arms)* }
                }
            },
        };
        let body =
            if self.handler.checked { self.guarded(&quote!(#prelude #body), first) } else { quote!(#prelude #body) };
        quote! {
            fn #function<T: ::machine_spec::Trials>(#state: &#state_type, #found: &mut T, #(#parameters),*) {
                #body
            }
        }
    }

    /// A key or a `let` that overflows refuses the input before any instance is tried.
    fn guarded(&self, body: &TokenStream, first: usize) -> TokenStream {
        let (found, rejection) = (local("found"), &self.names.rejection);
        quote! {
            let mut examine = || -> ::core::result::Result<(), #rejection> {
                #body
                Ok(())
            };
            if examine().is_err() {
                #found.instance(None);
                #found.tried(#first, ::machine_spec::Trial::Tested { overflows: true });
            }
        }
    }

    /// Pushes what one transition says.
    fn explained_arm(&self, arm: &Arm<'_>, index: usize) -> TokenStream {
        let (found, trial) = (local("found"), local("trial"));
        let (prelude, source, outcome) = (self.prelude(arm), self.explained_source(arm), self.outcome(arm));
        quote! {
            let #trial = 'tried: {
                #prelude
                #source
                #outcome
            };
            #found.tried(#index, #trial);
        }
    }

    /// What the guards say, and whether a value overflows. Values that cannot are left out: they were only computed.
    fn outcome(&self, arm: &Arm<'_>) -> TokenStream {
        let (holds, found, rejection) = (local("holds"), local("found"), &self.names.rejection);
        let tested = |overflows| quote!(::machine_spec::Trial::Tested { overflows: #overflows });
        let steps = |leave: TokenStream, note: &dyn Fn(TokenStream) -> TokenStream| -> Vec<TokenStream> {
            arm.steps.iter().map(|step| self.explained_step(step, &leave, note)).collect()
        };
        let computed = self.computed(arm);
        if !may_return(&computed) && !arm.steps.iter().any(binds_what_may_return) {
            let tested = tested(quote!(false));
            let steps = steps(quote!(break 'tried #tested), &|outcome| quote!(#found.guard(#outcome);));
            return quote!(#(#steps)* #tested);
        }
        let said = local("said");
        let note = |outcome| {
            quote! {
                let #said = #outcome;
                #holds &= #said == ::machine_spec::GuardOutcome::Holds;
                #found.guard(#said);
            }
        };
        let (steps, tested) = (steps(quote!(return Ok(())), &note), tested(quote!(overflows)));
        quote! {
            let mut #holds = true;
            let overflows = (|| -> ::core::result::Result<(), #rejection> {
                #(#steps)*
                if #holds {
                    #computed
                }
                Ok(())
            })()
            .is_err();
            #tested
        }
    }

    fn explained_source(&self, arm: &Arm<'_>) -> Option<TokenStream> {
        let this = local("this");
        let pattern = match &arm.pattern {
            Some(pattern) => quote!((#pattern)),
            None if arm.sources.is_empty() => return None,
            None => {
                let enumeration = phase_type(&self.region.written.name);
                let variants = arm.sources.iter().map(|phase| &self.region.written.phases[*phase].message.name);
                quote!((#(#enumeration::#variants { .. })|*))
            }
        };
        Some(quote!(let #pattern = #this.phase else { break 'tried ::machine_spec::Trial::WrongPhase; };))
    }

    /// Tests a guard, or binds; behind a pattern that does not match nothing can be tested.
    fn explained_step(
        &self,
        step: &Step<'_>,
        leave: &TokenStream,
        note: &dyn Fn(TokenStream) -> TokenStream,
    ) -> TokenStream {
        let rejection = &self.names.rejection;
        match step {
            Step::Let { pattern, ty, value } => let_binding(pattern, ty.as_ref(), value),
            Step::Guard { test: Test::Holds(condition), .. } => {
                // As in the transition itself, so that the compiler reports a mistake once.
                let refuted = refuted(condition);
                if !may_return(&refuted) {
                    return note(quote!(::machine_spec::GuardOutcome::refuted(if #refuted { true } else { false })));
                }
                note(quote! {
                    match (|| -> ::core::result::Result<bool, #rejection> { if #refuted { return Ok(true); } Ok(false) })() {
                        Ok(refuted) => ::machine_spec::GuardOutcome::refuted(refuted),
                        Err(_) => ::machine_spec::GuardOutcome::Overflows,
                    }
                })
            }
            Step::Guard { test: Test::Matches { pattern, value }, .. } => {
                let fails = note(quote!(::machine_spec::GuardOutcome::Fails));
                let holds = note(quote!(::machine_spec::GuardOutcome::Holds));
                quote! {
                    let (#pattern) = #value else {
                        #fails
                        #leave;
                    };
                    #holds
                }
            }
        }
    }
}

/// Whether a `?` or a `return` is among the tokens: arithmetic that may overflow, or a sequence that may be empty.
fn may_return(tokens: &TokenStream) -> bool {
    tokens.clone().into_iter().any(|token| match token {
        TokenTree::Punct(mark) => mark.as_char() == '?',
        TokenTree::Ident(word) => word == "return",
        TokenTree::Group(group) => may_return(&group.stream()),
        _ => false,
    })
}

fn binds_what_may_return(step: &Step<'_>) -> bool {
    match step {
        Step::Let { value, .. } | Step::Guard { test: Test::Matches { value, .. }, .. } => {
            may_return(&value.to_token_stream())
        }
        Step::Guard { test: Test::Holds(_), .. } => false,
    }
}
