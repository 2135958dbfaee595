//! The functions that find the transition to take: by phase, by instance, or for each instance.

use super::*;

impl Emitter<'_, '_> {
    /// The rejection of an input in a phase that no transition leaves on it.
    pub(super) fn wrong_phase(&self) -> TokenStream {
        let (rejection, region_kind, input_kind) = (&self.names.rejection, &self.names.region, &self.names.input_kind);
        let (region, input) = (format_ident!("{}", camel(&self.region.written.name.to_string())), self.input());
        let this = local("this");
        quote!(#rejection::Phase { region: #region_kind::#region, phase: #this.phase.kind(), input: #input_kind::#input })
    }

    /// Tries the transitions that leave the phase, in order; the first to accept is the one.
    pub(super) fn dispatch(&self) -> TokenStream {
        let arguments = self.arm_arguments();
        let call = |arms: &[usize]| {
            let mut calls = arms.iter().map(|index| {
                let function = self.arm_function(&self.handler.arms[*index]);
                quote!(#function(#(#arguments),*))
            });
            let first = calls.next();
            let rest = calls.map(|later| quote!(.or_else(|earlier| #later.map_err(|later| earlier.or(later)))));
            quote!(#first #(#rest)*)
        };
        if self.handler.arms.iter().all(|arm| arm.sources.is_empty()) {
            return call(&(0..self.handler.arms.len()).collect::<Vec<_>>());
        }
        let mut groups: Vec<(Vec<usize>, Vec<usize>)> = Vec::new();
        for phase in 0..self.region.written.phases.len() {
            let arms: Vec<usize> =
                (0..self.handler.arms.len()).filter(|arm| self.handler.arms[*arm].sources.contains(&phase)).collect();
            match groups.iter_mut().find(|(known, _)| *known == arms) {
                Some((_, phases)) => phases.push(phase),
                None => groups.push((arms, vec![phase])),
            }
        }
        let (enumeration, this, wrong) = (phase_type(&self.region.written.name), local("this"), self.wrong_phase());
        let matches = groups.iter().map(|(arms, phases)| {
            let variants = phases.iter().map(|phase| &self.region.written.phases[*phase].message.name);
            let result = if arms.is_empty() { quote!(Err(#wrong)) } else { call(arms) };
            quote!(#(#enumeration::#variants { .. })|* => #result)
        });
        quote!(match #this.phase { #(#matches),* })
    }

    pub(super) fn plan_region(&self) -> TokenStream {
        let (plan, change, rejection, state_type) =
            (self.plan(), self.change_type(), &self.names.rejection, &self.names.state);
        let (state, this, name) = (local("state"), local("this"), &self.region.written.name);
        let (parameters, dispatch) = (parameters(&self.handler.bindings), self.dispatch());
        let doc = self.plan_doc();
        quote! {
            #[doc = #doc]
            #[inline]
            fn #plan(#state: &#state_type, #(#parameters),*) -> ::core::result::Result<#change, #rejection> {
                let #this = &#state.#name;
                #dispatch
            }
        }
    }

    pub(super) fn plan_doc(&self) -> String {
        format!("Finds what `on {}` changes in `{}`.", self.input(), self.region.written.name)
    }

    pub(super) fn instance_rejection(&self, variant: &str) -> TokenStream {
        let (rejection, region_kind, input_kind) = (&self.names.rejection, &self.names.region, &self.names.input_kind);
        let (region, input) = (format_ident!("{}", camel(&self.region.written.name.to_string())), self.input());
        let variant = format_ident!("{variant}");
        quote!(#rejection::#variant { region: #region_kind::#region, input: #input_kind::#input })
    }

    /// Regions and overflow for a key or for `let`s.
    pub(in crate::emit) fn handler_prelude(&self) -> TokenStream {
        let others = self.handler.regions.iter().map(|index| region_local(self.machine, *index));
        let overflow = self.handler.checked.then(|| {
            let (overflow, rejection, transition) = (local("overflow"), &self.names.rejection, &self.names.transition);
            let variant = self.handler.arms.first().map(|arm| &arm.name);
            quote!(let #overflow = #rejection::Overflow { transition: #transition::#variant };)
        });
        quote!(#(#others)* #overflow)
    }

    pub(super) fn plan_create(&self, key_value: &syn::Expr) -> TokenStream {
        let (plan, change, rejection, state_type) =
            (self.plan(), self.change_type(), &self.names.rejection, &self.names.state);
        let (state, key, name) = (local("state"), local("key"), &self.region.written.name);
        let (parameters, dispatch, key_type) =
            (parameters(&self.handler.bindings), self.dispatch(), &self.region.written.key);
        let (doc, exists, prelude) =
            (self.plan_doc(), self.instance_rejection("InstanceExists"), self.handler_prelude());
        quote! {
            #[doc = #doc]
            #[inline]
            fn #plan(#state: &#state_type, #(#parameters),*) -> ::core::result::Result<(#key_type, #change), #rejection> {
                #prelude
                let #key: #key_type = #key_value;
                if #state.#name.instances.contains_key(#key) {
                    return Err(#exists);
                }
                #dispatch.map(|change| (#key, change))
            }
        }
    }

    pub(super) fn plan_at(&self, key_value: &syn::Expr) -> TokenStream {
        let (plan, change, rejection, state_type) =
            (self.plan(), self.change_type(), &self.names.rejection, &self.names.state);
        let (state, this, key, name) = (local("state"), local("this"), local("key"), &self.region.written.name);
        let (parameters, dispatch, key_type) =
            (parameters(&self.handler.bindings), self.dispatch(), &self.region.written.key);
        let (doc, absent, prelude) = (self.plan_doc(), self.instance_rejection("NoInstance"), self.handler_prelude());
        quote! {
            #[doc = #doc]
            #[inline]
            fn #plan(#state: &#state_type, #(#parameters),*) -> ::core::result::Result<(#key_type, #change), #rejection> {
                #prelude
                let #key: #key_type = #key_value;
                let Some(#this) = #state.#name.instances.get(#key) else {
                    return Err(#absent);
                };
                #dispatch.map(|change| (#key, change))
            }
        }
    }

    /// The lets of an `each`, as statements.
    pub(in crate::emit) fn lets(&self) -> TokenStream {
        let lets = self.handler.lets.iter().map(|binding| {
            let (name, ty, value) = (&binding.name, &binding.ty, &binding.value);
            quote!(let #name: #ty = #value;)
        });
        quote!(#(#lets)*)
    }

    /// The parameters of the plan of an `each`, which keeps what it is lent until it is committed.
    fn lived_parameters(&self) -> Vec<TokenStream> {
        let parameter = self.handler.bindings.iter().map(|payload| {
            let (name, ty) = (payload.name, payload.ty);
            if payload.scalar { quote!(#name: #ty) } else { quote!(#name: &'input #ty) }
        });
        parameter.collect()
    }

    pub(super) fn plan_each(&self, selection: &Ident) -> TokenStream {
        let (plan, each, change, rejection) =
            (self.plan(), self.each_type(), self.change_type(), &self.names.rejection);
        let (state_type, marker, container) =
            (&self.names.state, &self.names.marker, region_type(&self.region.written.name));
        let (state, this, name) = (local("state"), local("this"), &self.region.written.name);
        let instance = instance_type(name);
        let (parameters, dispatch) = (self.lived_parameters(), self.dispatch());
        let (prelude, lets, doc) = (self.handler_prelude(), self.lets(), self.plan_doc());
        let life = quote!('input);
        let lent = self.handler.bindings.iter().any(|payload| !payload.scalar);
        let generics = lent.then(|| quote!(<#life>));
        let anonymous = lent.then(|| quote!(<'_>));
        let payload = self.handler.bindings.iter().map(|payload| {
            let (name, ty) = (payload.name, payload.ty);
            let ty = if payload.scalar { quote!(#ty) } else { quote!(&#life #ty) };
            (name, ty, quote!(#name))
        });
        let lets_kept = self.handler.lets.iter().map(|binding| {
            let (name, ty) = (&binding.name, &binding.ty);
            (name, quote!(#ty), if binding.scalar { quote!(#name) } else { quote!(ref #name) })
        });
        let mut fields: Vec<&Ident> = Vec::new();
        let (mut types, mut taken) = (Vec::new(), Vec::new());
        for (name, ty, pattern) in payload.chain(lets_kept) {
            fields.push(name);
            types.push(ty);
            taken.push(pattern);
        }
        let each_doc = format!("What all instances in `{selection}` share when `{}` meets `{name}`.", self.input());
        quote! {
            #[doc = #each_doc]
            struct #each #generics { #(#fields: #types),* }

            impl #each #anonymous {
                /// Finds the change of one instance.
                #[inline]
                fn change(&self, #this: &#instance) -> ::core::result::Result<#change, #rejection> {
                    let Self { #(#taken),* } = *self;
                    #dispatch
                }

                /// Changes every instance in order. Each was tested by the plan and reads nothing but itself.
                #[inline]
                fn commit<S: ::machine_spec::Sink<#marker>>(self, region: &mut #container, sink: &mut S) {
                    let mut last = None;
                    // As often as there are keys, which saves the search that would find no more.
                    for _ in 0..region.#selection.len() {
                        last = region.#selection.after(last);
                        let Some(key) = last else { break };
                        if let Some(Ok(change)) =
                            region.instances.get(key).map(|instance| self.change(instance))
                        {
                            change.commit(key, region, sink);
                        }
                    }
                }
            }

            #[doc = #doc]
            #[inline]
            fn #plan #generics(#state: &#state_type, #(#parameters),*) -> ::core::result::Result<#each #generics, #rejection> {
                #prelude
                #lets
                let each = #each { #(#fields),* };
                for key in #state.#name.#selection.iter() {
                    if let Some(#this) = #state.#name.instances.get(key) {
                        each.change(#this)?;
                    }
                }
                Ok(each)
            }
        }
    }
}
