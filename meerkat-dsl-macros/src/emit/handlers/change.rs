//! The change that a transition makes: the values computed before the step, and how they are written.

use super::*;

impl Emitter<'_, '_> {
    /// The values of one transition between test and commit.
    pub(super) fn values(&self, arm: &Arm<'_>) -> (Vec<Ident>, Vec<TokenStream>) {
        let mut values: Vec<(Ident, TokenStream)> = Vec::new();
        let phase = phase_type(&self.region.written.name);
        if matches!(self.handler.target, Target::Create(_)) {
            let instance = instance_type(&self.region.written.name);
            values.push((local("instance"), quote!(#instance)));
        } else {
            if matches!(arm.destination, Destination::Phase { .. }) {
                values.push((local("to"), quote!(#phase)));
            }
            for (index, update) in arm.updates.iter().enumerate() {
                values.extend(self.update_values(index, update));
            }
        }
        let effect = &self.names.effect;
        values.extend((0..arm.emissions.len()).map(|index| (emission_name(index), quote!(#effect))));
        values.into_iter().unzip()
    }

    pub(super) fn update_values(&self, index: usize, update: &Update<'_>) -> Vec<(Ident, TokenStream)> {
        let Some(ty) = field_type(self.region.written, update.field) else { return Vec::new() };
        let name = |verb: &str| update_name(verb, update, index);
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
            Write::Append(_) => {
                vec![(name("append"), quote!(<#ty as ::machine_spec::collection::Collection>::Value))]
            }
            Write::TakeFirst => Vec::new(),
        }
    }

    /// The enumeration of changes, one variant per transition, and how each is committed.
    pub(super) fn change(&self) -> TokenStream {
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

    pub(super) fn commit(&self, arm: &Arm<'_>) -> TokenStream {
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

    pub(super) fn writes(&self, arm: &Arm<'_>, place: &TokenStream) -> TokenStream {
        let to = local("to");
        let phase = matches!(arm.destination, Destination::Phase { .. }).then(|| quote!(#place.phase = #to;));
        let updates = arm.updates.iter().enumerate().map(|(index, update)| {
            let field = update.field;
            let value = |verb: &str| update_name(verb, update, index);
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
                Write::Append(_) => {
                    let value = value("append");
                    quote!(#place.#field.append(#value);)
                }
                Write::TakeFirst => quote!(#place.#field.take_first();),
            }
        });
        quote!(#phase #(#updates)*)
    }
}
