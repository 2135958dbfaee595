//! Regions in files of their own.
//!
//! `region!` turns its body into a `macro_rules!` macro that carries the tokens. A machine that says `use path::name;`
//! hands itself to that macro, which hands the machine back with the region added, until nothing is left to take in.
//! So the whole machine is compiled at once, and every token keeps its place in its file.

use proc_macro2::{TokenStream, TokenTree};
use quote::quote;
use syn::Ident;
use syn::parse::{ParseStream, Parser};

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
        Err(error) => return Some(error.to_compile_error()),
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

/// The macro that carries a region.
pub(crate) fn region(region: TokenStream) -> TokenStream {
    let name = match name.parse2(region.clone()) {
        Ok(name) => name,
        Err(error) => return error.to_compile_error(),
    };
    let doc = format!("Hands a machine back with the region `{name}` added.");
    quote! {
        #[doc = #doc]
        macro_rules! #name {
            ($($machine:tt)*) => { ::machine_spec::machine! { $($machine)* #region } };
        }
        pub(crate) use #name;
    }
}

/// The name behind `region` or `keyed region`, attributes in front.
fn name(stream: ParseStream) -> syn::Result<Ident> {
    stream.call(syn::Attribute::parse_outer)?;
    let mut word: Ident = stream.parse()?;
    if word == "keyed" {
        word = stream.parse()?;
    }
    if word != "region" {
        return Err(syn::Error::new(word.span(), "write `region name { ... }` or `keyed region name[Key] { ... }`"));
    }
    let name = stream.parse()?;
    while !stream.is_empty() {
        let token: TokenTree = stream.parse()?;
        if !stream.is_empty()
            && matches!(&token, TokenTree::Group(group) if group.delimiter() == proc_macro2::Delimiter::Brace)
        {
            return Err(stream.error("one `region!` holds one region; put the next one into a `region!` of its own"));
        }
    }
    Ok(name)
}
