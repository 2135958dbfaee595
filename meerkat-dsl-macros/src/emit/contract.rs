//! Authority, mutator, rejection, and the implementation of `machine_spec::Machine`.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::Ident;

use super::handlers::step_names;
use super::properties::function_name;
use super::{Names, doc_or};
use crate::lower::Machine;
use crate::naming::{local, snake};
use crate::parse::{Message, PropertyKind};

pub(super) fn emit(machine: &Machine<'_>, names: &Names) -> TokenStream {
    let marker = marker(machine, names);
    let rejection = rejection(names);
    let authority = authority(machine, names);
    let contract = contract(machine, names);
    quote!(#marker #rejection #authority #contract)
}

fn marker(machine: &Machine<'_>, names: &Names) -> TokenStream {
    let marker = &names.marker;
    let doc = doc_or(&machine.written.attributes, &format!("The machine `{marker}`."));
    quote! {
        #doc
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        pub struct #marker;
    }
}

fn rejection(names: &Names) -> TokenStream {
    let (rejection, region, phase, input_kind, guard, transition) =
        (&names.rejection, &names.region, &names.phase, &names.input_kind, &names.guard, &names.transition);
    let empty = names.takes.then(|| {
        quote! {
            /// The transition takes the first element of a sequence that has none.
            Empty {
                /// The transition that leaves the phase.
                transition: #transition,
            },
        }
    });
    let empty_text = names.takes.then(|| {
        quote! {
            Self::Empty { transition } => {
                ::core::write!(formatter, "{transition} takes from a sequence that is empty")
            }
        }
    });
    quote! {
        /// Why an input was not accepted. The state is as it was.
        #[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
        pub enum #rejection {
            /// No transition of the region leaves its phase on this input.
            Phase {
                /// The region that refuses.
                region: #region,
                /// The phase it is in.
                phase: #phase,
                /// What it was offered.
                input: #input_kind,
            },
            /// A condition of the transition does not hold.
            Guard {
                /// The transition that leaves the phase.
                transition: #transition,
                /// Its condition that does not hold.
                guard: #guard,
            },
            /// A value of the transition would leave the range of its type.
            Overflow {
                /// The transition that leaves the phase.
                transition: #transition,
            },
            #empty
            /// There is no instance under this key.
            NoInstance {
                /// The keyed region.
                region: #region,
                /// What it was offered.
                input: #input_kind,
            },
            /// There is an instance under this key already.
            InstanceExists {
                /// The keyed region.
                region: #region,
                /// What it was offered.
                input: #input_kind,
            },
        }

        impl #rejection {
            /// Of two transitions that leave the phase, the one whose conditions were reached says why.
            #[inline]
            fn or(self, later: Self) -> Self {
                if ::core::matches!(self, Self::Phase { .. }) { later } else { self }
            }
        }

        impl ::core::fmt::Display for #rejection {
            fn fmt(&self, formatter: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                match self {
                    Self::Phase { region, phase, input } => {
                        ::core::write!(formatter, "{input} is not accepted while {region} is {phase}")
                    }
                    Self::Guard { transition, guard } => {
                        ::core::write!(formatter, "{transition} requires that {guard}")
                    }
                    Self::Overflow { transition } => {
                        ::core::write!(formatter, "{transition} would take a value out of the range of its type")
                    }
                    #empty_text
                    Self::NoInstance { region, input } => {
                        ::core::write!(formatter, "{input} names no instance of {region}")
                    }
                    Self::InstanceExists { region, input } => {
                        ::core::write!(formatter, "{input} names an instance of {region} that exists already")
                    }
                }
            }
        }

        impl ::core::error::Error for #rejection {}
    }
}

/// `Input::Name { a, b } => function(..., *a, b)` for every input.
fn dispatch(machine: &Machine<'_>, names: &Names, call: impl Fn(&Message) -> (Ident, TokenStream)) -> Vec<TokenStream> {
    let input_type = &names.input;
    let arms = machine.written.inputs.iter().map(|input| {
        let (function, first) = call(input);
        let name = &input.name;
        let members: Vec<&Ident> = input.members.iter().map(|member| &member.name).collect();
        let arguments = input.members.iter().map(|member| {
            let name = &member.name;
            if names.facts.is_scalar(&member.ty) { quote!(*#name) } else { quote!(#name) }
        });
        let pattern = (!members.is_empty()).then(|| quote!({ #(#members),* }));
        quote!(#input_type::#name #pattern => #function(#first, #(#arguments),*))
    });
    arms.collect()
}

fn authority(machine: &Machine<'_>, names: &Names) -> TokenStream {
    let (authority, mutator, state, input, rejection, marker) =
        (&names.authority, &names.mutator, &names.state, &names.input, &names.rejection, &names.marker);
    // Payload may have any name.
    let (given, sink, trials) = (local("state"), local("sink"), local("trials"));
    let applied = dispatch(machine, names, |input| (step_names(&input.name).0, quote!(#given, #sink)));
    let tested = dispatch(machine, names, |input| (step_names(&input.name).1, quote!(&self.state)));
    let examined = dispatch(machine, names, |input| {
        (format_ident!("examine_{}", snake(&input.name.to_string())), quote!(#given, #trials))
    });
    let invariants = machine.properties.iter().enumerate();
    let invariants =
        invariants.filter(|(_, property)| property.written.kind == PropertyKind::Invariant).map(|(index, _)| index);
    quote! {
        /// The owner of one state. Nothing but its mutator writes the state.
        #[derive(Clone, PartialEq, Eq, Hash, Debug)]
        pub struct #authority { state: #state }

        impl #authority {
            /// Over the initial state.
            #[must_use]
            pub const fn new() -> Self { Self { state: #state::INITIAL } }

            /// Over a stored state.
            ///
            /// # Errors
            /// Names the first invariant that the state violates.
            pub fn restore(mut state: #state) -> ::core::result::Result<Self, ::machine_spec::RestoreError> {
                state.select();
                for property in [#(#invariants),*] as [usize; _] {
                    if !<#marker as ::machine_spec::Machine>::evaluate(property, &state, &state).holds() {
                        let sentence = #marker::SPEC.properties[property].sentence;
                        return Err(::machine_spec::RestoreError { property, sentence });
                    }
                }
                Ok(Self { state })
            }

            /// The state.
            #[inline]
            #[must_use]
            pub const fn state(&self) -> &#state { &self.state }
        }

        impl ::core::default::Default for #authority {
            fn default() -> Self { Self::new() }
        }

        /// The only way to change an authority's state.
        pub trait #mutator {
            /// Offers one input: the state changes as a whole, or not at all.
            ///
            /// # Errors
            /// Names the region, and the phase or the guard that refused; the state is untouched.
            fn apply<S: ::machine_spec::Sink<#marker>>(
                &mut self,
                input: &#input,
                sink: &mut S,
            ) -> ::core::result::Result<(), #rejection>;

            /// Whether an input would be accepted. Changes nothing.
            ///
            /// # Errors
            /// The rejection that `apply` would give.
            fn can_apply(&self, input: &#input) -> ::core::result::Result<(), #rejection>;

            /// Says of every transition that knows the input whether it would accept, guard by guard. Changes nothing.
            fn explain(&self, input: &#input) -> ::machine_spec::Explanation;
        }

        impl #mutator for #authority {
            #[inline]
            fn apply<S: ::machine_spec::Sink<#marker>>(
                &mut self,
                input: &#input,
                sink: &mut S,
            ) -> ::core::result::Result<(), #rejection> {
                step(&mut self.state, input, sink)
            }

            fn can_apply(&self, input: &#input) -> ::core::result::Result<(), #rejection> {
                match input { #(#tested),* }
            }

            fn explain(&self, input: &#input) -> ::machine_spec::Explanation {
                <#marker as ::machine_spec::Machine>::explain(&self.state, input)
            }
        }

        /// The step of the mutator. Private: a state that an authority owns is changed by its mutator alone.
        #[inline]
        fn step<S: ::machine_spec::Sink<#marker>>(
            #given: &mut #state,
            input: &#input,
            #sink: &mut S,
        ) -> ::core::result::Result<(), #rejection> {
            match input { #(#applied),* }
        }

        fn examine<T: ::machine_spec::Trials>(#given: &#state, input: &#input, #trials: &mut T) {
            match input { #(#examined),* }
        }
    }
}

fn contract(machine: &Machine<'_>, names: &Names) -> TokenStream {
    let Names { marker, state, input, effect, transition, rejection, authority, mutator, .. } = names;
    let evaluations = machine.properties.iter().enumerate().map(|(index, property)| {
        let function = function_name(property);
        quote!(#index => #function(before, after))
    });
    let input_index = index_of(input, &machine.written.inputs);
    let effect_index = index_of(effect, &machine.written.effects);
    let descriptions = machine.regions.iter().map(describe);
    let regions: Vec<&Ident> = machine.regions.iter().map(|region| &region.written.name).collect();
    let indices: Vec<usize> = (0..regions.len()).collect();
    let has_one_phase = |index: &usize| {
        let written = machine.regions[*index].written;
        written.key.is_none() && !written.phases.is_empty()
    };
    let phased: Vec<usize> = indices.iter().copied().filter(has_one_phase).collect();
    let phased_regions: Vec<&Ident> = phased.iter().map(|index| regions[*index]).collect();
    quote! {
        impl #marker {
            /// The machine as constant data.
            pub const SPEC: &'static ::machine_spec::spec::MachineSpec = &SPEC;
        }

        impl ::machine_spec::Machine for #marker {
            type State = #state;
            type Input = #input;
            type Effect = #effect;
            type Transition = #transition;
            type Rejection = #rejection;
            type Authority = #authority;

            const SPEC: &'static ::machine_spec::spec::MachineSpec = &SPEC;

            fn initial() -> #authority { #authority::new() }

            fn restore(state: #state) -> ::core::result::Result<#authority, ::machine_spec::RestoreError> {
                #authority::restore(state)
            }

            #[inline]
            fn state(authority: &#authority) -> &#state { authority.state() }

            #[inline]
            fn apply<S: ::machine_spec::Sink<Self>>(
                authority: &mut #authority,
                input: &#input,
                sink: &mut S,
            ) -> ::core::result::Result<(), #rejection> {
                #mutator::apply(authority, input, sink)
            }

            #[inline]
            fn step<S: ::machine_spec::Sink<Self>>(
                state: &mut #state,
                input: &#input,
                sink: &mut S,
            ) -> ::core::result::Result<(), #rejection> {
                step(state, input, sink)
            }

            fn examine<T: ::machine_spec::Trials>(state: &#state, input: &#input, trials: &mut T) {
                examine(state, input, trials);
            }

            #[inline]
            fn transition_index(transition: #transition) -> usize { transition as usize }

            fn input_index(input: &#input) -> usize { #input_index }

            fn effect_index(effect: &#effect) -> usize { #effect_index }

            fn evaluate(property: usize, before: &#state, after: &#state) -> ::machine_spec::Evaluation {
                let evaluation = match property {
                    #(#evaluations,)*
                    _ => Err(::machine_spec::Overflow),
                };
                // A property whose arithmetic overflows says nothing about the state, which is a violation.
                evaluation.unwrap_or(::machine_spec::Evaluation { premise: true, claim: false })
            }

            fn inputs_within(bounds: &::machine_spec::Bounds) -> ::std::vec::Vec<#input> { inputs_within(bounds) }

            fn is_region_within(state: &#state, region: usize, bounds: &::machine_spec::ResolvedBounds) -> bool {
                is_region_within(state, region, bounds)
            }

            fn hash_region<H: ::core::hash::Hasher>(state: &#state, region: usize, hasher: &mut H) {
                match region {
                    #(#indices => ::core::hash::Hash::hash(&state.#regions, hasher),)*
                    _ => {}
                }
            }

            fn agree_on_region(one: &#state, other: &#state, region: usize) -> bool {
                match region {
                    #(#indices => one.#regions == other.#regions,)*
                    _ => true,
                }
            }

            #[inline]
            fn phase_index(state: &#state, region: usize) -> usize {
                match region {
                    #(#phased => state.#phased_regions.phase.index(),)*
                    _ => 0,
                }
            }

            fn pack_region(state: &#state, region: usize, packer: &mut ::machine_spec::Packer) {
                pack_region(state, region, packer);
            }

            fn unpack_region(state: &mut #state, region: usize, unpacker: &mut ::machine_spec::Unpacker<'_>) {
                unpack_region(state, region, unpacker);
            }

            fn copy_region(from: &#state, to: &mut #state, region: usize) { copy_region(from, to, region); }

            fn describe(state: &#state, visit: &mut dyn FnMut(::std::string::String, ::std::string::String)) {
                #(#descriptions)*
            }
        }
    }
}

fn index_of(ty: &Ident, messages: &[Message]) -> TokenStream {
    let arms = messages.iter().enumerate().map(|(index, message)| {
        let name = &message.name;
        quote!(#ty::#name { .. } => #index)
    });
    if messages.is_empty() {
        return match ty.to_string().ends_with("Effect") {
            true => quote!(match *effect {}),
            false => quote!(match *input {}),
        };
    }
    let subject = if ty.to_string().ends_with("Effect") { quote!(effect) } else { quote!(input) };
    quote!(match #subject { #(#arms),* })
}

fn describe(region: &crate::lower::Region<'_>) -> TokenStream {
    let written = region.written;
    let name = &written.name;
    let fields: Vec<&Ident> = written.fields.iter().map(|field| &field.member.name).collect();
    let phase = (!written.phases.is_empty()).then(|| quote!(phase));
    let members: Vec<TokenStream> = phase.into_iter().chain(fields.iter().map(|field| quote!(#field))).collect();
    let texts: Vec<String> = members.iter().map(ToString::to_string).collect();
    if written.key.is_some() {
        quote! {
            for instance in state.#name.instances.values() {
                #(visit(
                    ::std::format!(::core::concat!(::core::stringify!(#name), "[{}].", #texts), instance.key),
                    ::std::format!("{:?}", instance.#members),
                );)*
            }
        }
    } else {
        quote! {
            #(visit(
                ::std::string::String::from(::core::concat!(::core::stringify!(#name), ".", #texts)),
                ::std::format!("{:?}", state.#name.#members),
            );)*
        }
    }
}
