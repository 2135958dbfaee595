//! States as strings of bits: one implementation of `machine_spec::Pack` per type of the machine, and per region what
//! copies it and reads it in place. Selections are not written; they are derived from the instances.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Ident, Type};

use super::Names;
use super::regions::{instance_type, region_type};
use crate::lower::{Machine, Region, phase_type};
use crate::parse::{Member, Message, Range, TypeDeclaration, TypeKind};

/// A number of more values than this is written in as many bits as it needs, not as many as its type could need.
const GREATEST_FIXED_SPAN: i128 = 1 << 16;

pub(super) fn emit(machine: &Machine<'_>, names: &Names) -> TokenStream {
    let declared = machine.written.types.iter().enumerate().map(declared);
    let regions = machine.regions.iter().map(region);
    let state = &names.state;
    let fields: Vec<&Ident> = machine.regions.iter().map(|region| &region.written.name).collect();
    let indices: Vec<usize> = (0..fields.len()).collect();
    quote! {
        #(#declared)*
        #(#regions)*

        fn pack_region(state: &#state, region: usize, packer: &mut ::machine_spec::Packer) {
            match region {
                #(#indices => state.#fields.pack(packer),)*
                _ => {}
            }
        }

        fn unpack_region(state: &mut #state, region: usize, unpacker: &mut ::machine_spec::Unpacker<'_>) {
            match region {
                #(#indices => state.#fields.unpack_into(unpacker),)*
                _ => {}
            }
        }

        fn copy_region(from: &#state, to: &mut #state, region: usize) {
            match region {
                #(#indices => to.#fields.copy_from(&from.#fields),)*
                _ => {}
            }
        }
    }
}

fn implementation(ty: &Ident, pack: &TokenStream, unpack: &TokenStream) -> TokenStream {
    quote! {
        impl ::machine_spec::Pack for #ty {
            fn pack(&self, packer: &mut ::machine_spec::Packer) { #pack }

            fn unpack(unpacker: &mut ::machine_spec::Unpacker<'_>) -> Self { #unpack }
        }
    }
}

fn declared((index, declaration): (usize, &TypeDeclaration)) -> TokenStream {
    let name = &declaration.name;
    match &declaration.kind {
        // Ids start with one.
        TypeKind::Id => implementation(
            name,
            &quote!(packer.push_name(#index, self.0.wrapping_sub(1))),
            &quote!(Self(unpacker.take_number().wrapping_add(1))),
        ),
        TypeKind::Epoch => {
            implementation(name, &quote!(packer.push_name(#index, self.0)), &quote!(Self(unpacker.take_number())))
        }
        TypeKind::Number(range) => number(name, *range),
        // Checks know no other value than the default.
        TypeKind::Opaque(_) => implementation(
            name,
            &quote!(if *self != <Self as ::core::default::Default>::default() {
                packer.lose();
            }),
            &quote!(<Self as ::core::default::Default>::default()),
        ),
        TypeKind::Enum(messages) => enumeration(name, messages.iter()),
        TypeKind::Record(members) => {
            let (fields, types) = names_and_types(members.iter());
            implementation(name, &packed(&fields), &quote!(Self { #(#fields: #types),* }))
        }
    }
}

/// A number between two bounds, from the lower one on.
fn number(name: &Ident, range: Range) -> TokenStream {
    let (least, span) = (i128::from(range.least), i128::from(range.greatest) - i128::from(range.least));
    let least = proc_macro2::Literal::i128_unsuffixed(least);
    let offset = quote!((i128::from(self.0) - (#least)) as u64);
    let number = |offset: TokenStream| quote!(Self((i128::from(#offset) + (#least)) as _));
    if span < GREATEST_FIXED_SPAN {
        let bits = width(span as usize + 1);
        implementation(name, &quote!(packer.push(#offset, #bits)), &number(quote!(unpacker.take(#bits))))
    } else {
        implementation(name, &quote!(packer.push_number(#offset)), &number(quote!(unpacker.take_number())))
    }
}

/// How many bits tell so many things apart.
fn width(things: usize) -> u32 {
    things.next_power_of_two().trailing_zeros()
}

fn names_and_types<'a>(members: impl Iterator<Item = &'a Member>) -> (Vec<&'a Ident>, Vec<TokenStream>) {
    members.map(|member| (&member.name, unpacked(&member.ty))).unzip()
}

fn unpacked(ty: &Type) -> TokenStream {
    quote!(<#ty as ::machine_spec::Pack>::unpack(unpacker))
}

fn packed(fields: &[&Ident]) -> TokenStream {
    quote!(#(::machine_spec::Pack::pack(&self.#fields, packer);)*)
}

/// The position of the variant, and then its members.
fn enumeration<'a>(name: &Ident, messages: impl ExactSizeIterator<Item = &'a Message>) -> TokenStream {
    let bits = width(messages.len());
    let last = messages.len().saturating_sub(1);
    let (mut packing, mut unpacking) = (Vec::new(), Vec::new());
    for (position, message) in messages.enumerate() {
        let variant = &message.name;
        let (members, values) = names_and_types(message.members.iter());
        let data = (!members.is_empty()).then(|| quote!({ #(#members),* }));
        let number = position as u64;
        packing.push(quote! {
            Self::#variant #data => {
                packer.push(#number, #bits);
                #(::machine_spec::Pack::pack(#members, packer);)*
            }
        });
        let pattern = if position == last { quote!(_) } else { quote!(#number) };
        let data = (!members.is_empty()).then(|| quote!({ #(#members: #values),* }));
        unpacking.push(quote!(#pattern => Self::#variant #data));
    }
    implementation(name, &quote!(match self { #(#packing)* }), &quote!(match unpacker.take(#bits) { #(#unpacking),* }))
}

fn region(region: &Region<'_>) -> TokenStream {
    let written = region.written;
    let phase = phase_type(&written.name);
    let phases =
        (!written.phases.is_empty()).then(|| enumeration(&phase, written.phases.iter().map(|phase| &phase.message)));
    let body = if written.key.is_some() { keyed(region) } else { plain(region) };
    quote!(#phases #body)
}

/// The names of what a region or an instance consists of.
fn parts(region: &Region<'_>) -> Vec<Ident> {
    let phase = (!region.written.phases.is_empty()).then(|| Ident::new("phase", proc_macro2::Span::call_site()));
    phase.into_iter().chain(region.written.fields.iter().map(|field| field.member.name.clone())).collect()
}

fn plain(region: &Region<'_>) -> TokenStream {
    let (name, parts) = (region_type(&region.written.name), parts(region));
    quote! {
        impl #name {
            fn pack(&self, packer: &mut ::machine_spec::Packer) {
                #(::machine_spec::Pack::pack(&self.#parts, packer);)*
            }

            fn unpack_into(&mut self, unpacker: &mut ::machine_spec::Unpacker<'_>) {
                #(::machine_spec::Pack::unpack_into(&mut self.#parts, unpacker);)*
            }

            /// Copies the other, and keeps the memory that this one owns.
            fn copy_from(&mut self, other: &Self) {
                #(::core::clone::Clone::clone_from(&mut self.#parts, &other.#parts);)*
            }
        }
    }
}

fn keyed(region: &Region<'_>) -> TokenStream {
    let written = region.written;
    let (name, instance, parts) = (region_type(&written.name), instance_type(&written.name), parts(region));
    let key = &written.key;
    let selections: Vec<&Ident> = written.selections.iter().map(|selection| &selection.name).collect();
    quote! {
        impl #name {
            /// A one before every instance, and a zero behind the last.
            fn pack(&self, packer: &mut ::machine_spec::Packer) {
                packer.push_entries(self.instances.iter(), |key, instance, packer| {
                    ::machine_spec::Pack::pack(&key, packer);
                    #(::machine_spec::Pack::pack(&instance.#parts, packer);)*
                });
            }

            fn unpack_into(&mut self, unpacker: &mut ::machine_spec::Unpacker<'_>) {
                self.instances.clear();
                #(self.#selections.clear();)*
                while unpacker.take(1) == 1 {
                    let key = <#key as ::machine_spec::Pack>::unpack(unpacker);
                    let instance = #instance { key, #(#parts: ::machine_spec::Pack::unpack(unpacker)),* };
                    self.create(key, instance);
                }
            }

            /// Copies the other, and keeps the memory that this one owns.
            fn copy_from(&mut self, other: &Self) {
                self.instances.clone_from(&other.instances);
                #(self.#selections.clone_from(&other.#selections);)*
            }
        }
    }
}
