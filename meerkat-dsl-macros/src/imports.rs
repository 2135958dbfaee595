//! Regions in files of their own.
//!
//! `region!` turns its body, one region and the declarations that go with it, into a `macro_rules!` macro that carries
//! the tokens. A machine that says `use path::name;` hands itself to that macro, which hands the machine back with the
//! region added, until nothing is left to take in. So the whole machine is compiled at once, and every token keeps its
//! place in its file.

use proc_macro2::{Span, TokenStream, TokenTree};
use quote::quote;
use syn::Ident;

use crate::errors::Code;

/// The machine without its first `use path;`, handed to the region behind that path. Nothing if no import is left.
pub(crate) fn next(machine: &TokenStream) -> Option<TokenStream> {
    let tokens: Vec<TokenTree> = machine.clone().into_iter().collect();
    let first = tokens.iter().position(|token| matches!(token, TokenTree::Ident(word) if word == "use"))?;
    // Behind a visibility or an attribute `use` is another word's business.
    let starts_item = first == 0 || ends_item(&tokens[first - 1]);
    let length = tokens[first..].iter().position(is_semicolon)?;
    if !starts_item {
        return None;
    }
    let path: TokenStream = tokens[first + 1..first + length].iter().cloned().collect();
    let path = match syn::parse2::<syn::Path>(path) {
        Ok(path) => path,
        Err(error) => return Some(Code::Syntax.error(error.span(), error).to_compile_error()),
    };
    let rest: TokenStream = tokens[..first].iter().chain(&tokens[first + length + 1..]).cloned().collect();
    Some(quote!(#path! { #rest }))
}

fn is_semicolon(token: &TokenTree) -> bool {
    matches!(token, TokenTree::Punct(mark) if mark.as_char() == ';')
}

fn ends_item(token: &TokenTree) -> bool {
    is_semicolon(token)
        || matches!(token, TokenTree::Group(group) if group.delimiter() == proc_macro2::Delimiter::Brace)
}

/// The macro that carries a region and what is declared beside it.
pub(crate) fn region(items: TokenStream) -> TokenStream {
    let name = match region_name(&items) {
        Ok(name) => name,
        Err(error) => return error.to_compile_error(),
    };
    let doc = format!("Hands a machine back with the region `{name}` added.");
    quote! {
        #[doc = #doc]
        macro_rules! #name {
            ($($machine:tt)*) => { ::machine_spec::machine! { $($machine)* #items } };
        }
        pub(crate) use #name;
    }
}

/// The name of the one region among the items.
fn region_name(items: &TokenStream) -> syn::Result<Ident> {
    let tokens: Vec<TokenTree> = items.clone().into_iter().collect();
    let mut names = tokens.windows(3).filter_map(|window| match window {
        [TokenTree::Ident(word), TokenTree::Ident(name), TokenTree::Group(_)] if word == "region" => Some(name),
        _ => None,
    });
    let Some(name) = names.next() else {
        let end = tokens.last().map_or_else(Span::call_site, TokenTree::span);
        return Err(Code::RegionFile.error(end, "write `region name { ... }` or `keyed region name[Key] { ... }`"));
    };
    match names.next() {
        None => Ok(name.clone()),
        Some(second) => Err(Code::RegionFile
            .error(second.span(), "one `region!` holds one region; put the next one into a `region!` of its own")),
    }
}
