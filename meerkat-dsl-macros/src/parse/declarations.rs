//! Types, messages, regions, phases, fields and selections.

use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream};
use syn::{Attribute, Ident, Pat, Token, braced, bracketed, parenthesized};

use super::{
    Constant, Field, Handler, Helper, Member, Message, Phase, Range, Region, Selection, TypeDeclaration, TypeKind,
    keyword,
};

impl TypeDeclaration {
    pub(super) fn parse(attributes: Vec<Attribute>, stream: ParseStream) -> syn::Result<Self> {
        let word = stream.call(Ident::parse_any)?;
        let name = stream.parse()?;
        let kind = match word.to_string().as_str() {
            "enum" => TypeKind::Enum(variants(stream)?),
            "record" => TypeKind::Record(members(stream)?),
            "number" => TypeKind::Number(range(stream)?),
            "opaque" => {
                stream.parse::<Token![=]>()?;
                let path = stream.parse()?;
                stream.parse::<Token![;]>()?;
                TypeKind::Opaque(path)
            }
            "id" => {
                stream.parse::<Token![;]>()?;
                TypeKind::Id
            }
            _ => {
                stream.parse::<Token![;]>()?;
                TypeKind::Epoch
            }
        };
        Ok(Self { attributes, name, kind })
    }
}

impl Constant {
    pub(super) fn parse(attributes: Vec<Attribute>, stream: ParseStream) -> syn::Result<Self> {
        let public = stream.parse::<Option<Token![pub]>>()?.is_some();
        stream.parse::<Token![const]>()?;
        let member = Member::parse(stream)?;
        stream.parse::<Token![=]>()?;
        let value = stream.parse()?;
        stream.parse::<Token![;]>()?;
        Ok(Self { attributes, public, name: member.name, ty: member.ty, value })
    }
}

impl Helper {
    pub(super) fn parse(attributes: Vec<Attribute>, stream: ParseStream) -> syn::Result<Self> {
        stream.parse::<Token![fn]>()?;
        let name = stream.parse()?;
        let content;
        parenthesized!(content in stream);
        let parameters = content.parse_terminated(Member::parse, Token![,])?.into_iter().collect();
        stream.parse::<Token![->]>()?;
        let ty = stream.parse()?;
        let content;
        braced!(content in stream);
        Ok(Self { attributes, name, parameters, ty, body: content.parse()? })
    }
}

/// `= low..=high;`
fn range(stream: ParseStream) -> syn::Result<Range> {
    stream.parse::<Token![=]>()?;
    let least = integer(stream)?;
    stream.parse::<Token![..=]>()?;
    let greatest = integer(stream)?;
    stream.parse::<Token![;]>()?;
    Ok(Range { least, greatest })
}

/// An integer with or without a minus.
fn integer(stream: ParseStream) -> syn::Result<i64> {
    let minus = stream.parse::<Option<Token![-]>>()?;
    let digits: syn::LitInt = stream.parse()?;
    let text = format!("{}{}", if minus.is_some() { "-" } else { "" }, digits.base10_digits());
    text.parse().map_err(|error| syn::Error::new(digits.span(), error))
}

fn variants(stream: ParseStream) -> syn::Result<Vec<Message>> {
    let content;
    braced!(content in stream);
    Ok(content.parse_terminated(Message::parse, Token![,])?.into_iter().collect())
}

fn members(stream: ParseStream) -> syn::Result<Vec<Member>> {
    let content;
    braced!(content in stream);
    Ok(content.parse_terminated(Member::parse, Token![,])?.into_iter().collect())
}

impl Message {
    /// An input or an effect: ends with `;`, which may be left out behind braces.
    pub(super) fn parse_item(attributes: Vec<Attribute>, stream: ParseStream) -> syn::Result<Self> {
        let message = Self::parse_named(attributes, stream)?;
        if message.members.is_empty() || stream.peek(Token![;]) {
            stream.parse::<Token![;]>()?;
        }
        Ok(message)
    }

    fn parse_named(attributes: Vec<Attribute>, stream: ParseStream) -> syn::Result<Self> {
        let name = stream.parse()?;
        let members = if stream.peek(syn::token::Brace) { members(stream)? } else { Vec::new() };
        Ok(Self { attributes, name, members })
    }
}

impl Parse for Message {
    fn parse(stream: ParseStream) -> syn::Result<Self> {
        Self::parse_named(stream.call(Attribute::parse_outer)?, stream)
    }
}

impl Parse for Member {
    fn parse(stream: ParseStream) -> syn::Result<Self> {
        let attributes = stream.call(Attribute::parse_outer)?;
        let name = stream.parse()?;
        stream.parse::<Token![:]>()?;
        Ok(Self { attributes, name, ty: stream.parse()? })
    }
}

impl Region {
    pub(super) fn parse(attributes: Vec<Attribute>, stream: ParseStream) -> syn::Result<Self> {
        let keyed = stream.parse::<Option<keyword::keyed>>()?;
        stream.parse::<keyword::region>()?;
        let name = stream.parse()?;
        let key = if keyed.is_some() {
            let content;
            bracketed!(content in stream);
            Some(content.parse()?)
        } else {
            None
        };
        let mut region = Self {
            attributes,
            name,
            key,
            phases: Vec::new(),
            fields: Vec::new(),
            selections: Vec::new(),
            handlers: Vec::new(),
        };
        let content;
        braced!(content in stream);
        while !content.is_empty() {
            region.part(&content)?;
        }
        Ok(region)
    }

    fn part(&mut self, stream: ParseStream) -> syn::Result<()> {
        let attributes = stream.call(Attribute::parse_outer)?;
        let ahead = stream.lookahead1();
        if ahead.peek(keyword::phases) {
            stream.parse::<keyword::phases>()?;
            let content;
            braced!(content in stream);
            self.phases.extend(content.parse_terminated(Phase::parse, Token![,])?);
        } else if ahead.peek(keyword::field) {
            stream.parse::<keyword::field>()?;
            self.fields.push(Field::parse(attributes, stream)?);
        } else if ahead.peek(keyword::select) || (ahead.peek(Token![pub]) && stream.peek2(keyword::select)) {
            self.selections.push(Selection::parse(attributes, stream)?);
        } else if ahead.peek(keyword::on) {
            self.handlers.extend(Handler::parse_all(stream)?);
        } else {
            return Err(ahead.error());
        }
        Ok(())
    }
}

impl Parse for Phase {
    fn parse(stream: ParseStream) -> syn::Result<Self> {
        let attributes = stream.call(Attribute::parse_outer)?;
        let initial = stream.peek(keyword::initial) && !stream.peek2(Token![,]);
        if initial {
            stream.parse::<keyword::initial>()?;
        }
        let is_final = stream.parse::<Option<Token![final]>>()?.is_some();
        Ok(Self { message: Message::parse_named(attributes, stream)?, initial, is_final })
    }
}

impl Field {
    fn parse(attributes: Vec<Attribute>, stream: ParseStream) -> syn::Result<Self> {
        let mut member = Member::parse(stream)?;
        member.attributes = attributes;
        let initial = if stream.peek(Token![=]) {
            stream.parse::<Token![=]>()?;
            Some(stream.parse()?)
        } else {
            None
        };
        stream.parse::<Token![;]>()?;
        Ok(Self { member, initial })
    }
}

impl Selection {
    fn parse(attributes: Vec<Attribute>, stream: ParseStream) -> syn::Result<Self> {
        let public = stream.parse::<Option<Token![pub]>>()?.is_some();
        stream.parse::<keyword::select>()?;
        let name = stream.parse()?;
        stream.parse::<Token![=]>()?;
        let pattern = stream.call(Pat::parse_multi)?;
        let condition = if stream.peek(Token![where]) {
            stream.parse::<Token![where]>()?;
            Some(stream.parse()?)
        } else {
            None
        };
        stream.parse::<Token![;]>()?;
        Ok(Self { attributes, public, name, pattern, condition })
    }
}
