//! The function of one transition: it tests and computes, and writes nothing.

use super::*;

impl Emitter<'_, '_> {
    /// The function of one transition.
    pub(super) fn arm(&self, arm: &Arm<'_>) -> TokenStream {
        let (function, change, rejection) = (self.arm_function(arm), self.change_type(), &self.names.rejection);
        let doc = self.doc(arm);
        let parameters = self.arm_parameters();
        let body = self.body(arm);
        let (fields, _) = self.values(arm);
        let variant = &arm.name;
        quote! {
            #[doc = #doc]
            #[inline]
            fn #function(#(#parameters),*) -> ::core::result::Result<#change, #rejection> {
                #body
                Ok(#change::#variant { #(#fields),* })
            }
        }
    }

    /// The locals in front of a transition's tests: the region, and others that it reads.
    pub(in crate::emit) fn prelude(&self, arm: &Arm<'_>) -> TokenStream {
        let (state, this) = (local("state"), local("this"));
        let name = &self.region.written.name;
        let own = matches!(self.handler.target, Target::Region).then(|| quote!(let #this = &#state.#name;));
        let others = arm.regions.iter().map(|index| region_local(self.machine, *index));
        let overflow = arm.checked.then(|| {
            let (overflow, rejection, transition, variant) =
                (local("overflow"), &self.names.rejection, &self.names.transition, &arm.name);
            quote!(let #overflow = #rejection::Overflow { transition: #transition::#variant };)
        });
        quote!(#own #(#others)* #overflow)
    }

    pub(super) fn body(&self, arm: &Arm<'_>) -> TokenStream {
        let prelude = self.prelude(arm);
        let source = arm.pattern.as_ref().map(|pattern| {
            let (wrong, this) = (self.wrong_phase(), local("this"));
            quote!(let (#pattern) = #this.phase else { return Err(#wrong); };)
        });
        let steps = arm.steps.iter().map(|step| self.step(arm, step));
        let computed = self.computed(arm);
        quote!(#prelude #source #(#steps)* #computed)
    }

    pub(super) fn step(&self, arm: &Arm<'_>, step: &Step<'_>) -> TokenStream {
        let (rejection, transition, variant) = (&self.names.rejection, &self.names.transition, &arm.name);
        match step {
            Step::Let { pattern, ty, value } => let_binding(pattern, ty.as_ref(), value),
            Step::Guard { sentence, test, .. } => {
                let (guard_type, guard) = (&self.names.guard, guard_variant(&sentence.value()));
                let failed = quote!(
                    Err(#rejection::Guard { transition: #transition::#variant, guard: #guard_type::#guard })
                );
                match test {
                    Test::Holds(condition) => {
                        let refuted = refuted(condition);
                        quote!(if #refuted { return #failed; })
                    }
                    Test::Matches { pattern, value } => quote!(let (#pattern) = #value else { return #failed; };),
                }
            }
        }
    }

    /// Right-hand sides and payloads: all of them read the state before the step.
    pub(in crate::emit) fn computed(&self, arm: &Arm<'_>) -> TokenStream {
        let phase = phase_type(&self.region.written.name);
        let to = local("to");
        let destination = match &arm.destination {
            Destination::Phase { index, data } => {
                let variant = &self.region.written.phases[*index].message.name;
                let (members, values): (Vec<&Ident>, Vec<&syn::Expr>) =
                    data.iter().map(|(name, value)| (name, value)).unzip();
                let data = (!members.is_empty()).then(|| quote!({ #(#members: #values),* }));
                Some(quote!(let #to = #phase::#variant #data;))
            }
            _ => None,
        };
        let updates = arm.updates.iter().enumerate().map(|(index, update)| self.computed_update(arm, index, update));
        let instance = matches!(self.handler.target, Target::Create(_)).then(|| self.new_instance(arm));
        let emissions = arm.emissions.iter().enumerate().map(|(index, emission)| self.emission(index, emission));
        quote!(#destination #(#updates)* #(#emissions)* #instance)
    }

    pub(super) fn computed_update(&self, arm: &Arm<'_>, index: usize, update: &Update<'_>) -> TokenStream {
        let Some(ty) = field_type(self.region.written, update.field) else { return TokenStream::new() };
        let name = |verb: &str| update_name(verb, update, index);
        match &update.write {
            Write::Set(value) => {
                let name = name("set");
                quote!(let #name: #ty = #value;)
            }
            Write::Insert { key, value: None } => {
                let name = name("insert");
                quote!(let #name = #key;)
            }
            Write::Insert { key, value: Some(value) } => {
                let name = name("insert");
                quote!(let #name = (#key, #value);)
            }
            Write::Remove { key } => {
                let name = name("remove");
                quote!(let #name = #key;)
            }
            Write::Append(value) => {
                let name = name("append");
                quote!(let #name = #value;)
            }
            Write::TakeFirst => self.not_empty(arm, index, update),
        }
    }

    /// Rejects the input if fewer elements are there than are taken.
    fn not_empty(&self, arm: &Arm<'_>, index: usize, update: &Update<'_>) -> TokenStream {
        let (rejection, transition, variant) = (&self.names.rejection, &self.names.transition, &arm.name);
        let (this, field) = (local("this"), update.field);
        let earlier = arm.updates[..index].iter();
        let taken =
            earlier.filter(|other| other.field == field && matches!(other.write, Write::TakeFirst)).count() as u64;
        quote! {
            if #this.#field.len() <= #taken {
                return Err(#rejection::Empty { transition: #transition::#variant });
            }
        }
    }

    pub(super) fn new_instance(&self, arm: &Arm<'_>) -> TokenStream {
        let (instance, key, to) = (local("instance"), local("key"), local("to"));
        let ty = instance_type(&self.region.written.name);
        let fields = self.region.written.fields.iter().zip(&self.region.initials).map(|(field, initial)| {
            let name = &field.member.name;
            let set = arm.updates.iter().any(|update| update.field == name);
            match (initial, set) {
                (Some(initial), false) => quote!(#name: #initial),
                _ => {
                    let value = local(&format!("set_{name}"));
                    quote!(#name: #value)
                }
            }
        });
        quote!(let #instance = #ty { key: #key, phase: #to, #(#fields),* };)
    }

    pub(super) fn emission(&self, index: usize, emission: &Emission) -> TokenStream {
        let (name, effect) = (emission_name(index), &self.names.effect);
        let variant = &self.machine.written.effects[emission.effect].name;
        let (members, values): (Vec<&Ident>, Vec<&syn::Expr>) =
            emission.data.iter().map(|(name, value)| (name, value)).unzip();
        let data = (!members.is_empty()).then(|| quote!({ #(#members: #values),* }));
        quote!(let #name = #effect::#variant #data;)
    }
}
