//! Bounded numbers, and types that a machine carries without looking into them.

use proc_macro2::TokenStream;
use quote::quote;
use syn::Type;

use super::{Names, doc_or};
use crate::parse::{Range, TypeDeclaration};

/// An integer that is kept between two bounds.
pub(super) fn bounded(declaration: &TypeDeclaration, range: Range, names: &Names) -> TokenStream {
    let (name, derives, Range { least, greatest }) = (&declaration.name, &names.derives, range);
    let doc = doc_or(&declaration.attributes, &format!("A number from {least} to {greatest}."));
    let integer = representation(range);
    let text = integer.to_string();
    // A stored number is tested like any other that comes from outside.
    let stored = names.stored.then(|| quote!(#[serde(try_from = #text, into = #text)]));
    let (least, greatest) = (literal(least), literal(greatest));
    quote! {
        #doc
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #(#derives)*
        #stored
        pub struct #name(#integer);

        impl #name {
            /// The least value.
            pub const LEAST: Self = Self(#least);
            /// The greatest value.
            pub const GREATEST: Self = Self(#greatest);

            /// The value with this number, if it is in range.
            #[inline(always)]
            #[must_use]
            pub const fn from_number(number: #integer) -> ::core::option::Option<Self> {
                if number < #least || number > #greatest { None } else { Some(Self(number)) }
            }

            /// The number itself.
            #[inline(always)]
            #[must_use]
            pub const fn number(self) -> #integer { self.0 }
        }

        impl ::machine_spec::Bounded for #name {
            const LEAST: Self = Self(#least);
            const GREATEST: Self = Self(#greatest);
            #[inline(always)]
            fn from_integer(integer: i64) -> ::core::option::Option<Self> {
                <#integer>::try_from(integer).ok().and_then(Self::from_number)
            }
            #[inline(always)]
            fn integer(self) -> i64 { self.0 as i64 }
        }

        impl ::core::convert::TryFrom<#integer> for #name {
            type Error = ::machine_spec::Overflow;
            fn try_from(number: #integer) -> ::core::result::Result<Self, ::machine_spec::Overflow> {
                Self::from_number(number).ok_or(::machine_spec::Overflow)
            }
        }

        impl ::core::convert::From<#name> for #integer {
            fn from(number: #name) -> Self { number.0 }
        }

        impl ::core::fmt::Debug for #name {
            fn fmt(&self, formatter: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                ::core::fmt::Debug::fmt(&self.0, formatter)
            }
        }

        impl ::core::fmt::Display for #name {
            fn fmt(&self, formatter: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                ::core::fmt::Display::fmt(&self.0, formatter)
            }
        }

        impl ::machine_spec::Key for #name {
            #[inline(always)]
            fn order(self) -> u64 { ::machine_spec::Key::order(self.0) }
            #[inline(always)]
            fn from_order(order: u64) -> Self { Self(::machine_spec::Key::from_order(order)) }
        }
    }
}

fn literal(number: i64) -> proc_macro2::Literal {
    proc_macro2::Literal::i64_unsuffixed(number)
}

/// The smallest integer type that holds the range.
fn representation(range: Range) -> TokenStream {
    let Range { least, greatest } = range;
    let fits = |low: i64, high: i64| least >= low && greatest <= high;
    if fits(0, u8::MAX.into()) {
        quote!(u8)
    } else if fits(0, u16::MAX.into()) {
        quote!(u16)
    } else if fits(0, u32::MAX.into()) {
        quote!(u32)
    } else if least >= 0 {
        quote!(u64)
    } else if fits(i8::MIN.into(), i8::MAX.into()) {
        quote!(i8)
    } else if fits(i16::MIN.into(), i16::MAX.into()) {
        quote!(i16)
    } else if fits(i32::MIN.into(), i32::MAX.into()) {
        quote!(i32)
    } else {
        quote!(i64)
    }
}

/// A type of the host in a type of its own, which offers the machine nothing but to be carried.
pub(super) fn opaque(declaration: &TypeDeclaration, path: &Type, names: &Names) -> TokenStream {
    let (name, derives) = (&declaration.name, &names.derives);
    let doc = doc_or(&declaration.attributes, &format!("`{name}`, which the machine carries and never looks into."));
    let module = quote::format_ident!("carried_{}", crate::naming::snake(&name.to_string()));
    quote! {
        mod #module {
            // The path is read as at the machine.
            use super::super::*;

            pub type Carried = #path;

            const fn assert_carried<T: ::machine_spec::Opaque>() {}
            const _: () = assert_carried::<#path>();
        }

        #doc
        #[derive(Clone, Default, PartialEq, Eq, Hash, Debug)]
        #(#derives)*
        pub struct #name(
            /// What is carried.
            pub #module::Carried,
        );

        impl ::core::convert::From<#module::Carried> for #name {
            fn from(carried: #module::Carried) -> Self { Self(carried) }
        }
    }
}
