//! The values of every declared type, and every input, within the bounds of a check.

use proc_macro2::TokenStream;
use quote::quote;
use syn::Ident;

use super::Names;
use crate::lower::Machine;
use crate::parse::{Member, Message, TypeDeclaration, TypeKind};

pub(super) fn emit(machine: &Machine<'_>, names: &Names) -> TokenStream {
    let declared = machine.written.types.iter().enumerate().map(|(index, declaration)| declared(index, declaration));
    let inputs = machine.written.inputs.iter().map(|input| {
        let ty = &names.input;
        let place = |member: &Member| {
            let place = format!("{}.{}", input.name, member.name);
            quote!(#place)
        };
        product(ty, Some(&input.name), &input.members, &place)
    });
    let mut places = 0..;
    let (indices, tests) =
        (0..machine.regions.len(), machine.regions.iter().map(|region| region_test(region, &mut places)));
    let (input_type, state_type) = (&names.input, &names.state);
    quote! {
        #(#declared)*

        fn inputs_within(bounds: &::machine_spec::Bounds) -> ::std::vec::Vec<#input_type> {
            let mut values = ::std::vec::Vec::new();
            #(#inputs)*
            values
        }

        fn is_region_within(state: &#state_type, region: usize, bounds: &::machine_spec::ResolvedBounds) -> bool {
            match region {
                #(#indices => #tests,)*
                _ => true,
            }
        }
    }
}

/// Nested loops that push every combination of members.
fn product(
    ty: &Ident,
    variant: Option<&Ident>,
    members: &[Member],
    place: &dyn Fn(&Member) -> TokenStream,
) -> TokenStream {
    let names: Vec<&Ident> = members.iter().map(|member| &member.name).collect();
    let variant = variant.map(|variant| quote!(::#variant));
    let data = (!members.is_empty()).then(|| quote!({ #(#names: ::core::clone::Clone::clone(&#names)),* }));
    let mut code = quote!(values.push(#ty #variant #data););
    for member in members.iter().rev() {
        let (name, member_type, place) = (&member.name, &member.ty, place(member));
        code = quote! {
            for #name in <#member_type as ::machine_spec::Domain>::values(bounds, #place) { #code }
        };
    }
    code
}

fn declared(index: usize, declaration: &TypeDeclaration) -> TokenStream {
    let name = &declaration.name;
    let text = name.to_string();
    let (values, within) = match &declaration.kind {
        TypeKind::Id => (quote!((1..=bounds.ids(#text)).map(Self).collect()), quote!(self.0 <= bounds.name(#index))),
        TypeKind::Epoch => {
            (quote!((0..=bounds.epochs(#text)).map(Self).collect()), quote!(self.0 <= bounds.name(#index)))
        }
        TypeKind::Number(_) => (
            quote! {
                let greatest = <Self as ::machine_spec::Bounded>::within(bounds.number(#text, place));
                (Self::LEAST.0..=greatest.0).map(Self).collect()
            },
            quote!(i64::from(self.0) <= bounds.number(#index, place)),
        ),
        TypeKind::Opaque(_) => (quote!(::std::vec![<Self as ::core::default::Default>::default()]), quote!(true)),
        TypeKind::Enum(variants) => enumeration(variants),
        TypeKind::Record(members) => {
            let place = |_: &Member| quote!(place);
            let pushes = product(&Ident::new("Self", name.span()), None, members, &place);
            let tests = members.iter().map(|member| {
                let name = &member.name;
                quote!(&& ::machine_spec::Domain::is_within(&self.#name, bounds, place))
            });
            (quote!({ let mut values = ::std::vec::Vec::new(); #pushes values }), quote!(true #(#tests)*))
        }
    };
    quote! {
        impl ::machine_spec::Domain for #name {
            fn values(bounds: &::machine_spec::Bounds, place: &str) -> ::std::vec::Vec<Self> { #values }

            #[inline]
            fn is_within(&self, bounds: &::machine_spec::ResolvedBounds, place: usize) -> bool { #within }
        }
    }
}

fn enumeration(variants: &[Message]) -> (TokenStream, TokenStream) {
    let place = |_: &Member| quote!(place);
    let pushes = variants.iter().map(|variant| {
        product(&Ident::new("Self", variant.name.span()), Some(&variant.name), &variant.members, &place)
    });
    let arms = variants.iter().map(|variant| within_arm(&quote!(Self), variant, &quote!(place)));
    (quote!({ let mut values = ::std::vec::Vec::new(); #(#pushes)* values }), quote!(match self { #(#arms),* }))
}

fn within_arm(ty: &TokenStream, message: &Message, place: &TokenStream) -> TokenStream {
    let variant = &message.name;
    let names: Vec<&Ident> = message.members.iter().map(|member| &member.name).collect();
    let pattern = (!names.is_empty()).then(|| quote!({ #(#names),* }));
    quote!(#ty::#variant #pattern => true #(&& ::machine_spec::Domain::is_within(#names, bounds, #place))*)
}

/// Whether a region's key, phase and fields lie within the bounds. Each of them is a place.
fn region_test(region: &crate::lower::Region<'_>, places: &mut impl Iterator<Item = usize>) -> TokenStream {
    let written = region.written;
    let name = &written.name;
    let key = written.key.is_some().then(|| places.next());
    let phase = (!written.phases.is_empty()).then(|| {
        let (ty, place) = (crate::lower::phase_type(name), places.next());
        let arms = written.phases.iter().map(|phase| within_arm(&quote!(#ty), &phase.message, &quote!(#place)));
        quote!(&& match &region.phase { #(#arms),* })
    });
    let fields = written.fields.iter().zip(places).map(|(field, place)| {
        let field_name = &field.member.name;
        quote!(&& ::machine_spec::Domain::is_within(&region.#field_name, bounds, #place))
    });
    if let Some(place) = key {
        quote!(state.#name.all(|region| ::machine_spec::Domain::is_within(&region.key, bounds, #place) #phase #(#fields)*))
    } else {
        quote!({ let region = &state.#name; true #phase #(#fields)* })
    }
}
