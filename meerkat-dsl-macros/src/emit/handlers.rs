//! Transitions: for each a function that tests and computes, for each region and input the change it makes, and for
//! each input the step of all regions together.

use proc_macro2::TokenStream;
use quote::{format_ident, quote, quote_spanned};
use syn::{Ident, Pat};

use super::Names;
use super::regions::{instance_type, region_type};
use super::types::guard_variant;
use crate::lower::{
    Arm, Destination, Emission, Handler, Machine, Payload, Region, Step, Target, Test, Update, Write, field_type,
    is_scalar, phase_type,
};
use crate::naming::{camel, local, snake};

pub(super) fn emit(machine: &Machine<'_>, names: &Names) -> TokenStream {
    let mut code = TokenStream::new();
    for region in &machine.regions {
        for handler in &region.handlers {
            code.extend(Emitter::new(machine, names, region, handler).emit());
        }
    }
    code.extend(steps(machine, names));
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

    /// The values of one transition between test and commit.
    fn values(&self, arm: &Arm<'_>) -> (Vec<Ident>, Vec<TokenStream>) {
        let mut values: Vec<(Ident, TokenStream)> = Vec::new();
        let phase = phase_type(&self.region.written.name);
        if matches!(self.handler.target, Target::Create(_)) {
            let instance = instance_type(&self.region.written.name);
            values.push((local("instance"), quote!(#instance)));
        } else {
            if matches!(arm.destination, Destination::Phase { .. }) {
                values.push((local("to"), quote!(#phase)));
            }
            for update in &arm.updates {
                values.extend(self.update_values(update));
            }
        }
        let effect = &self.names.effect;
        values.extend((0..arm.emissions.len()).map(|index| (emission_name(index), quote!(#effect))));
        values.into_iter().unzip()
    }

    fn update_values(&self, update: &Update<'_>) -> Vec<(Ident, TokenStream)> {
        let Some(ty) = field_type(self.region.written, update.field) else { return Vec::new() };
        let name = |verb: &str| local(&format!("{verb}_{}", update.field));
        match &update.write {
            Write::Set(_) => vec![(name("set"), quote!(#ty))],
            Write::Insert { value: None, .. } => {
                vec![(name("insert"), quote!(<#ty as ::machine_spec::collection::Collection>::Key))]
            }
            Write::Insert { value: Some(_), .. } => vec![(
                name("insert"),
                quote!((<#ty as ::machine_spec::collection::Collection>::Key, <#ty as ::machine_spec::collection::Collection>::Value)),
            )],
            Write::Remove { .. } => {
                vec![(name("remove"), quote!(<#ty as ::machine_spec::collection::Collection>::Key))]
            }
        }
    }

    /// The enumeration of changes, one variant per transition, and how each is committed.
    fn change(&self) -> TokenStream {
        let (name, region) = (self.change_type(), &self.region.written.name);
        let doc = format!("What `on {}` changes in `{region}`.", self.input());
        let variants = self.handler.arms.iter().map(|arm| {
            let (fields, types) = self.values(arm);
            let (variant, doc) = (&arm.name, self.doc(arm));
            quote!(#[doc = #doc] #variant { #(#fields: #types),* })
        });
        let commits = self.handler.arms.iter().map(|arm| self.commit(arm));
        let (container, marker) = (region_type(region), &self.names.marker);
        let key = self.region.written.key.as_ref().map(|key| quote!(key: #key,));
        quote! {
            #[doc = #doc]
            enum #name { #(#variants),* }

            impl #name {
                /// Writes the change and hands out its effects. Cannot fail.
                #[inline]
                fn commit<S: ::machine_spec::Sink<#marker>>(self, #key region: &mut #container, sink: &mut S) {
                    match self { #(#commits)* }
                }
            }
        }
    }

    fn commit(&self, arm: &Arm<'_>) -> TokenStream {
        let (fields, _) = self.values(arm);
        let (variant, transition) = (&arm.name, &self.names.transition);
        let writes = match (&self.handler.target, &arm.destination) {
            (Target::Create(_), _) => {
                let instance = local("instance");
                quote!(region.create(key, #instance);)
            }
            (Target::Region, _) => self.writes(arm, &quote!(region)),
            (_, Destination::Remove) => quote!(region.retire(key);),
            _ => {
                let writes = self.writes(arm, &quote!(instance));
                if writes.is_empty() { writes } else { quote!(region.update(key, |instance| { #writes });) }
            }
        };
        let effects = (0..arm.emissions.len()).map(emission_name);
        quote! {
            Self::#variant { #(#fields),* } => {
                #writes
                sink.fired(#transition::#variant);
                #(sink.effect(#effects);)*
            }
        }
    }

    fn writes(&self, arm: &Arm<'_>, place: &TokenStream) -> TokenStream {
        let to = local("to");
        let phase = matches!(arm.destination, Destination::Phase { .. }).then(|| quote!(#place.phase = #to;));
        let updates = arm.updates.iter().map(|update| {
            let field = update.field;
            let value = |verb: &str| local(&format!("{verb}_{field}"));
            match &update.write {
                Write::Set(_) => {
                    let value = value("set");
                    quote!(#place.#field = #value;)
                }
                Write::Insert { value: None, .. } => {
                    let key = value("insert");
                    quote!(#place.#field.insert(#key);)
                }
                Write::Insert { value: Some(_), .. } => {
                    let entry = value("insert");
                    quote!(#place.#field.insert(#entry.0, #entry.1);)
                }
                Write::Remove { .. } => {
                    let key = value("remove");
                    quote!(#place.#field.remove(#key);)
                }
            }
        });
        quote!(#phase #(#updates)*)
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

    /// The function of one transition.
    fn arm(&self, arm: &Arm<'_>) -> TokenStream {
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
            all.push(quote!(#name: #ty));
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

    /// The locals in front of a transition's tests: the region, and others that it reads.
    pub(super) fn prelude(&self, arm: &Arm<'_>) -> TokenStream {
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

    fn body(&self, arm: &Arm<'_>) -> TokenStream {
        let prelude = self.prelude(arm);
        let source = arm.pattern.as_ref().map(|pattern| {
            let (wrong, this) = (self.wrong_phase(), local("this"));
            quote!(let (#pattern) = #this.phase else { return Err(#wrong); };)
        });
        let steps = arm.steps.iter().map(|step| self.step(arm, step));
        let computed = self.computed(arm);
        quote!(#prelude #source #(#steps)* #computed)
    }

    fn step(&self, arm: &Arm<'_>, step: &Step<'_>) -> TokenStream {
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
    pub(super) fn computed(&self, arm: &Arm<'_>) -> TokenStream {
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
        let updates = arm.updates.iter().map(|update| self.computed_update(update));
        let instance = matches!(self.handler.target, Target::Create(_)).then(|| self.new_instance(arm));
        let emissions = arm.emissions.iter().enumerate().map(|(index, emission)| self.emission(index, emission));
        quote!(#destination #(#updates)* #instance #(#emissions)*)
    }

    fn computed_update(&self, update: &Update<'_>) -> TokenStream {
        let Some(ty) = field_type(self.region.written, update.field) else { return TokenStream::new() };
        let name = |verb: &str| local(&format!("{verb}_{}", update.field));
        match &update.write {
            Write::Set(value) => {
                let name = name("set");
                let value = if is_scalar(ty) { quote!(#value) } else { quote!(::core::clone::Clone::clone(&(#value))) };
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
        }
    }

    fn new_instance(&self, arm: &Arm<'_>) -> TokenStream {
        let (instance, key, to) = (local("instance"), local("key"), local("to"));
        let ty = instance_type(&self.region.written.name);
        let fields = self.region.written.fields.iter().map(|field| {
            let name = &field.member.name;
            let set = arm.updates.iter().any(|update| update.field == name);
            match (&field.initial, set) {
                (Some(initial), false) => quote!(#name: #initial),
                _ => {
                    let value = local(&format!("set_{name}"));
                    quote!(#name: #value)
                }
            }
        });
        quote!(let #instance = #ty { key: #key, phase: #to, #(#fields),* };)
    }

    fn emission(&self, index: usize, emission: &Emission) -> TokenStream {
        let (name, effect) = (emission_name(index), &self.names.effect);
        let variant = &self.machine.written.effects[emission.effect].name;
        let (members, values): (Vec<&Ident>, Vec<&syn::Expr>) =
            emission.data.iter().map(|(name, value)| (name, value)).unzip();
        let data = (!members.is_empty()).then(|| quote!({ #(#members: #values),* }));
        quote!(let #name = #effect::#variant #data;)
    }

    /// The rejection of an input in a phase that no transition leaves on it.
    fn wrong_phase(&self) -> TokenStream {
        let (rejection, region_kind, input_kind) = (&self.names.rejection, &self.names.region, &self.names.input_kind);
        let (region, input) = (format_ident!("{}", camel(&self.region.written.name.to_string())), self.input());
        let this = local("this");
        quote!(#rejection::Phase { region: #region_kind::#region, phase: #this.phase.kind(), input: #input_kind::#input })
    }

    /// Tries the transitions that leave the phase, in order; the first to accept is the one.
    fn dispatch(&self) -> TokenStream {
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

    fn plan_region(&self) -> TokenStream {
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

    fn plan_doc(&self) -> String {
        format!("Finds what `on {}` changes in `{}`.", self.input(), self.region.written.name)
    }

    fn instance_rejection(&self, variant: &str) -> TokenStream {
        let (rejection, region_kind, input_kind) = (&self.names.rejection, &self.names.region, &self.names.input_kind);
        let (region, input) = (format_ident!("{}", camel(&self.region.written.name.to_string())), self.input());
        let variant = format_ident!("{variant}");
        quote!(#rejection::#variant { region: #region_kind::#region, input: #input_kind::#input })
    }

    /// Regions and overflow for a key or for `let`s.
    pub(super) fn handler_prelude(&self) -> TokenStream {
        let others = self.handler.regions.iter().map(|index| region_local(self.machine, *index));
        let overflow = self.handler.checked.then(|| {
            let (overflow, rejection, transition) = (local("overflow"), &self.names.rejection, &self.names.transition);
            let variant = self.handler.arms.first().map(|arm| &arm.name);
            quote!(let #overflow = #rejection::Overflow { transition: #transition::#variant };)
        });
        quote!(#(#others)* #overflow)
    }

    fn plan_create(&self, key_value: &syn::Expr) -> TokenStream {
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

    fn plan_at(&self, key_value: &syn::Expr) -> TokenStream {
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
    pub(super) fn lets(&self) -> TokenStream {
        let lets = self.handler.lets.iter().map(|binding| {
            let (name, ty, value) = (&binding.name, &binding.ty, &binding.value);
            quote!(let #name: #ty = #value;)
        });
        quote!(#(#lets)*)
    }

    fn plan_each(&self, selection: &Ident) -> TokenStream {
        let (plan, each, change, rejection) =
            (self.plan(), self.each_type(), self.change_type(), &self.names.rejection);
        let (state_type, marker, container) =
            (&self.names.state, &self.names.marker, region_type(&self.region.written.name));
        let (state, this, name) = (local("state"), local("this"), &self.region.written.name);
        let instance = instance_type(name);
        let (parameters, dispatch) = (parameters(&self.handler.bindings), self.dispatch());
        let (prelude, lets, doc) = (self.handler_prelude(), self.lets(), self.plan_doc());
        let (fields, types): (Vec<&Ident>, Vec<&syn::Type>) = self
            .handler
            .bindings
            .iter()
            .map(|payload| (payload.name, payload.ty))
            .chain(self.handler.lets.iter().map(|binding| (&binding.name, &binding.ty)))
            .unzip();
        let each_doc = format!("What all instances in `{selection}` share when `{}` meets `{name}`.", self.input());
        quote! {
            #[doc = #each_doc]
            struct #each { #(#fields: #types),* }

            impl #each {
                /// Finds the change of one instance.
                #[inline]
                fn change(&self, #this: &#instance) -> ::core::result::Result<#change, #rejection> {
                    let Self { #(#fields),* } = *self;
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
            fn #plan(#state: &#state_type, #(#parameters),*) -> ::core::result::Result<#each, #rejection> {
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

/// One function per input: all regions test, then all commit.
fn steps(machine: &Machine<'_>, names: &Names) -> TokenStream {
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
    let parameters = input.members.iter().map(|member| {
        let (name, ty) = (&member.name, &member.ty);
        if is_scalar(ty) { quote!(#name: #ty) } else { quote!(#name: &#ty) }
    });
    let parameters: Vec<TokenStream> = parameters.collect();
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
pub(super) fn step_names(input: &Ident) -> (Ident, Ident) {
    let snake = snake(&input.to_string());
    (format_ident!("on_{snake}"), format_ident!("can_{snake}"))
}
