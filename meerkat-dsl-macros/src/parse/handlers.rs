//! `on Input ...`: inputs, targets, arms and clauses.

use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream};
use syn::{Expr, Ident, LitStr, Pat, Token, braced};

use super::{Arm, Assignment, Binding, Clause, Condition, Destination, Handler, Let, Sources, Target, keyword};

impl Handler {
    /// `on A | B ...` is the same handler for each of the inputs.
    pub(super) fn parse_all(stream: ParseStream) -> syn::Result<Vec<Self>> {
        stream.parse::<keyword::on>()?;
        let mut inputs: Vec<Ident> = vec![stream.parse()?];
        while stream.parse::<Option<Token![|]>>()?.is_some() {
            inputs.push(stream.parse()?);
        }
        let last = Self::parse_behind(inputs.remove(inputs.len() - 1), stream)?;
        let mut handlers: Vec<Self> = inputs.into_iter().map(|input| Self { input, ..last.clone() }).collect();
        handlers.push(last);
        Ok(handlers)
    }

    /// What follows the inputs.
    fn parse_behind(input: Ident, stream: ParseStream) -> syn::Result<Self> {
        let bindings = if next_braces_hold_names(stream) { bindings(stream)? } else { Vec::new() };
        let target = Target::parse(stream)?;
        let mut handler = Self { input, bindings, target, prelude: Vec::new(), arms: Vec::new() };
        if stream.peek(syn::token::Brace) {
            let content;
            braced!(content in stream);
            while content.peek(Token![let]) || content.peek(keyword::require) {
                handler.prelude.push(content.parse()?);
            }
            while !content.is_empty() {
                handler.arms.push(content.parse()?);
            }
        } else {
            handler.arms.push(stream.parse()?);
        }
        Ok(handler)
    }
}

/// Whether the braces ahead hold `name, ...` or `name: ...` (data) and not clauses or arms: those begin with a word
/// that neither a comma, a colon nor the end follows.
fn next_braces_hold_names(stream: ParseStream) -> bool {
    let fork = stream.fork();
    let look = |fork: ParseStream| -> syn::Result<bool> {
        let content;
        braced!(content in fork);
        if content.peek(Token![..]) {
            return Ok(true);
        }
        content.call(Ident::parse_any)?;
        Ok(content.is_empty() || content.peek(Token![,]) || (content.peek(Token![:]) && !content.peek(Token![::])))
    };
    look(&fork).unwrap_or(false)
}

fn bindings(stream: ParseStream) -> syn::Result<Vec<Binding>> {
    let content;
    braced!(content in stream);
    let mut bindings = Vec::new();
    while !content.is_empty() {
        if content.peek(Token![..]) {
            content.parse::<Token![..]>()?;
            break;
        }
        let member: Ident = content.parse()?;
        let name = if content.peek(Token![:]) {
            content.parse::<Token![:]>()?;
            content.parse()?
        } else {
            member.clone()
        };
        bindings.push(Binding { member, name });
        if !content.is_empty() {
            content.parse::<Token![,]>()?;
        }
    }
    Ok(bindings)
}

impl Target {
    fn parse(stream: ParseStream) -> syn::Result<Self> {
        if stream.peek(keyword::create) {
            stream.parse::<keyword::create>()?;
            Ok(Self::Create(stream.call(Expr::parse_without_eager_brace)?))
        } else if stream.peek(keyword::at) {
            stream.parse::<keyword::at>()?;
            Ok(Self::At(stream.call(Expr::parse_without_eager_brace)?))
        } else if stream.peek(keyword::each) {
            stream.parse::<keyword::each>()?;
            Ok(Self::Each(stream.parse()?))
        } else {
            Ok(Self::Region)
        }
    }
}

impl Parse for Arm {
    fn parse(stream: ParseStream) -> syn::Result<Self> {
        let span = stream.span();
        let ignored = stream.parse::<Option<keyword::ignore>>()?.is_some();
        let sources = Sources::parse(stream)?;
        let destination = if ignored { Destination::Ignore } else { Destination::parse(stream)? };
        let mut clauses = Vec::new();
        if stream.peek(Token![;]) {
            stream.parse::<Token![;]>()?;
        } else {
            let content;
            braced!(content in stream);
            while !content.is_empty() {
                clauses.push(content.parse()?);
            }
        }
        Ok(Self { span, sources, destination, clauses })
    }
}

impl Sources {
    fn parse(stream: ParseStream) -> syn::Result<Self> {
        if !stream.peek(keyword::from) {
            return Ok(Self::Unwritten);
        }
        stream.parse::<keyword::from>()?;
        if !stream.peek(keyword::any) {
            return phase_pattern(stream).map(Self::Pattern);
        }
        stream.parse::<keyword::any>()?;
        let mut except = Vec::new();
        if stream.parse::<Option<keyword::except>>()?.is_some() {
            except.push(stream.parse()?);
            while stream.parse::<Option<Token![|]>>()?.is_some() {
                except.push(stream.parse()?);
            }
        }
        Ok(Self::Any(except))
    }
}

/// Alternatives of phases. Braces that hold clauses and not data belong to what follows.
fn phase_pattern(stream: ParseStream) -> syn::Result<Pat> {
    let alternative = |stream: ParseStream| {
        let clauses = stream.peek(Ident) && stream.peek2(syn::token::Brace) && {
            let ahead = stream.fork();
            ahead.parse::<Ident>()?;
            !next_braces_hold_names(&ahead)
        };
        if !clauses {
            return stream.call(Pat::parse_single);
        }
        let name: Ident = stream.parse()?;
        Ok(syn::parse_quote_spanned!(name.span()=> #name))
    };
    let first = alternative(stream)?;
    if !stream.peek(Token![|]) {
        return Ok(first);
    }
    let mut cases: syn::punctuated::Punctuated<Pat, Token![|]> = syn::punctuated::Punctuated::new();
    cases.push_value(first);
    while stream.peek(Token![|]) {
        cases.push_punct(stream.parse()?);
        cases.push_value(alternative(stream)?);
    }
    Ok(Pat::Or(syn::PatOr { attrs: Vec::new(), leading_vert: None, cases }))
}

impl Destination {
    fn parse(stream: ParseStream) -> syn::Result<Self> {
        let ahead = stream.lookahead1();
        if ahead.peek(keyword::stay) {
            stream.parse::<keyword::stay>()?;
            Ok(Self::Stay)
        } else if ahead.peek(keyword::remove) {
            stream.parse::<keyword::remove>()?;
            Ok(Self::Remove)
        } else if ahead.peek(keyword::to) {
            stream.parse::<keyword::to>()?;
            let name = stream.parse()?;
            Ok(Self::Phase { name, data: data(stream)? })
        } else {
            Err(ahead.error())
        }
    }
}

/// `{ name: expression, name, ... }`, if such braces are ahead.
fn data(stream: ParseStream) -> syn::Result<Vec<Assignment>> {
    if !next_braces_hold_names(stream) {
        return Ok(Vec::new());
    }
    let content;
    braced!(content in stream);
    Ok(content.parse_terminated(Assignment::parse, Token![,])?.into_iter().collect())
}

impl Parse for Assignment {
    fn parse(stream: ParseStream) -> syn::Result<Self> {
        let name: Ident = stream.parse()?;
        let value = if stream.peek(Token![:]) {
            stream.parse::<Token![:]>()?;
            stream.parse()?
        } else {
            syn::parse_quote_spanned!(name.span()=> #name)
        };
        Ok(Self { name, value })
    }
}

impl Parse for Let {
    fn parse(stream: ParseStream) -> syn::Result<Self> {
        stream.parse::<Token![let]>()?;
        let pattern = stream.call(Pat::parse_single)?;
        let ty = if stream.peek(Token![:]) {
            stream.parse::<Token![:]>()?;
            Some(stream.parse()?)
        } else {
            None
        };
        stream.parse::<Token![=]>()?;
        let value = stream.parse()?;
        stream.parse::<Token![;]>()?;
        Ok(Self { pattern, ty, value })
    }
}

impl Parse for Clause {
    fn parse(stream: ParseStream) -> syn::Result<Self> {
        let ahead = stream.lookahead1();
        if ahead.peek(Token![let]) {
            return stream.parse().map(Self::Let);
        }
        let clause = if ahead.peek(keyword::require) {
            Self::require(stream)
        } else if ahead.peek(keyword::set) {
            Self::set(stream)
        } else if ahead.peek(keyword::insert) {
            Self::insert(stream)
        } else if ahead.peek(keyword::remove) {
            Self::remove(stream)
        } else if ahead.peek(keyword::append) {
            Self::append(stream)
        } else if ahead.peek(keyword::take) {
            Self::take_first(stream)
        } else if ahead.peek(keyword::emit) {
            stream.parse::<keyword::emit>()?;
            let effect = stream.parse()?;
            Ok(Self::Emit { effect, data: data(stream)? })
        } else {
            return Err(ahead.error());
        }?;
        stream.parse::<Token![;]>()?;
        Ok(clause)
    }
}

impl Clause {
    fn require(stream: ParseStream) -> syn::Result<Self> {
        let word = stream.parse::<keyword::require>()?;
        let sentence: LitStr = stream.parse().map_err(|_| {
            syn::Error::new(word.span, "a guard has a name: `require \"the door is closed\": expression;`")
        })?;
        stream.parse::<Token![:]>()?;
        let condition = if stream.peek(Token![let]) {
            stream.parse::<Token![let]>()?;
            let pattern = stream.call(Pat::parse_multi)?;
            stream.parse::<Token![=]>()?;
            Condition::Matches { pattern, value: stream.parse()? }
        } else {
            Condition::Holds(stream.parse()?)
        };
        Ok(Self::Require { sentence, condition })
    }

    fn set(stream: ParseStream) -> syn::Result<Self> {
        stream.parse::<keyword::set>()?;
        let field = stream.parse()?;
        stream.parse::<Token![=]>()?;
        Ok(Self::Set { field, value: stream.parse()? })
    }

    fn insert(stream: ParseStream) -> syn::Result<Self> {
        stream.parse::<keyword::insert>()?;
        let key = stream.parse()?;
        let value = if stream.peek(Token![=>]) {
            stream.parse::<Token![=>]>()?;
            Some(stream.parse()?)
        } else {
            None
        };
        stream.parse::<keyword::into>()?;
        Ok(Self::Insert { field: stream.parse()?, key, value })
    }

    fn remove(stream: ParseStream) -> syn::Result<Self> {
        stream.parse::<keyword::remove>()?;
        let key: Expr = stream.parse()?;
        stream.parse::<keyword::from>()?;
        Ok(Self::Remove { field: stream.parse()?, key })
    }

    fn append(stream: ParseStream) -> syn::Result<Self> {
        stream.parse::<keyword::append>()?;
        let value = stream.parse()?;
        stream.parse::<keyword::to>()?;
        Ok(Self::Append { field: stream.parse()?, value })
    }

    fn take_first(stream: ParseStream) -> syn::Result<Self> {
        stream.parse::<keyword::take>()?;
        stream.parse::<keyword::first>()?;
        stream.parse::<keyword::from>()?;
        Ok(Self::TakeFirst { field: stream.parse()? })
    }
}
