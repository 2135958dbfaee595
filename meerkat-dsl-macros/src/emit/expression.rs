//! Expressions, patterns and types as constant trees: word for word what was written.
//!
//! Shares nothing with the resolver in `lower`, whose output becomes the generated code: a mistake in either of the two
//! is a disagreement between the code and the tree.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{BinOp, Expr, Lit, Member, Pat, Type, UnOp};

use crate::naming::text;

/// The tree of an expression.
pub(super) fn expression(written: &Expr) -> TokenStream {
    known(written).unwrap_or_else(|| {
        let text = text(written);
        quote!(meaning::Expression::Unknown(#text))
    })
}

/// The tree of an expression that may be absent.
pub(super) fn optional(written: Option<&Expr>) -> TokenStream {
    match written.map(expression) {
        Some(tree) => quote!(::core::option::Option::Some(#tree)),
        None => quote!(::core::option::Option::None),
    }
}

/// Names with expressions, as a slice.
pub(super) fn named<'a>(members: impl Iterator<Item = (String, &'a Expr)>) -> TokenStream {
    let members = members.map(|(name, value)| {
        let value = expression(value);
        quote!((#name, #value))
    });
    quote!(&[#(#members),*])
}

fn known(written: &Expr) -> Option<TokenStream> {
    Some(match written {
        Expr::Lit(literal) => literal_expression(&literal.lit)?,
        Expr::Path(path) if path.path.segments.len() == 1 => {
            let name = path.path.segments[0].ident.to_string();
            quote!(meaning::Expression::Name(#name))
        }
        Expr::Path(path) => {
            let words = words(&path.path);
            quote!(meaning::Expression::Path(#words))
        }
        Expr::Field(access) => {
            let (of, name) = (expression(&access.base), member_name(&access.member));
            quote!(meaning::Expression::Member(&#of, #name))
        }
        Expr::MethodCall(call) => {
            let (receiver, method) = (expression(&call.receiver), call.method.to_string());
            let arguments = call.args.iter().map(expression);
            quote!(meaning::Expression::Method(&#receiver, #method, &[#(#arguments),*]))
        }
        Expr::Call(call) => {
            let (function, arguments) = (expression(&call.func), call.args.iter().map(expression));
            quote!(meaning::Expression::Call(&#function, &[#(#arguments),*]))
        }
        Expr::Reference(reference) => unary("&", &reference.expr),
        Expr::Unary(operation) => unary(unary_sign(operation.op)?, &operation.expr),
        Expr::Binary(operation) => {
            let (left, right) = (expression(&operation.left), expression(&operation.right));
            let sign = binary_sign(operation.op);
            quote!(meaning::Expression::Binary(&#left, #sign, &#right))
        }
        Expr::Paren(inner) => expression(&inner.expr),
        // What a `macro_rules!` around the machine has filled in.
        Expr::Group(inner) => expression(&inner.expr),
        Expr::Tuple(tuple) => {
            let elements = tuple.elems.iter().map(expression);
            quote!(meaning::Expression::Tuple(&[#(#elements),*]))
        }
        other => structured(other)?,
    })
}

/// The expressions that hold patterns, blocks or members.
fn structured(written: &Expr) -> Option<TokenStream> {
    Some(match written {
        Expr::Struct(literal) => {
            let members = named(literal.fields.iter().map(|field| (member_name(&field.member), &field.expr)));
            let words = words(&literal.path);
            quote!(meaning::Expression::Structure(#words, #members))
        }
        Expr::Macro(call) => matches_macro(&call.mac)?,
        Expr::Let(matched) => {
            let (pattern, value) = (pattern(&matched.pat), expression(&matched.expr));
            quote!(meaning::Expression::Let(&#pattern, &#value))
        }
        Expr::If(branch) => {
            let (condition, then) = (expression(&branch.cond), block(&branch.then_branch)?);
            let otherwise = expression(&branch.else_branch.as_ref()?.1);
            quote!(meaning::Expression::If(&#condition, &#then, &#otherwise))
        }
        Expr::Block(inner) => block(&inner.block)?,
        Expr::Match(matched) => {
            let (value, arms) = (expression(&matched.expr), matched.arms.iter().map(match_arm));
            quote!(meaning::Expression::Match(&#value, &[#(#arms),*]))
        }
        Expr::Closure(closure) => {
            let parameters = closure.inputs.iter().map(text);
            let body = expression(&closure.body);
            quote!(meaning::Expression::Closure(&[#(#parameters),*], &#body))
        }
        _ => return None,
    })
}

fn literal_expression(literal: &Lit) -> Option<TokenStream> {
    Some(match literal {
        Lit::Bool(value) => {
            let value = value.value;
            quote!(meaning::Expression::Bool(#value))
        }
        Lit::Int(value) => {
            let (number, suffix) = (value.base10_parse::<u64>().ok()?, integer_type(value.suffix()));
            let suffix = match suffix {
                Some(suffix) => quote!(::core::option::Option::Some(#suffix)),
                None => quote!(::core::option::Option::None),
            };
            quote!(meaning::Expression::Integer(#number, #suffix))
        }
        _ => return None,
    })
}

fn unary(sign: &str, operand: &Expr) -> TokenStream {
    let operand = expression(operand);
    quote!(meaning::Expression::Unary(#sign, &#operand))
}

fn unary_sign(operator: UnOp) -> Option<&'static str> {
    match operator {
        UnOp::Not(_) => Some("!"),
        UnOp::Neg(_) => Some("-"),
        UnOp::Deref(_) => Some("*"),
        _ => None,
    }
}

fn binary_sign(operator: BinOp) -> String {
    quote!(#operator).to_string()
}

fn member_name(member: &Member) -> String {
    match member {
        Member::Named(name) => name.to_string(),
        Member::Unnamed(position) => position.index.to_string(),
    }
}

fn words(path: &syn::Path) -> TokenStream {
    let words = path.segments.iter().map(|segment| segment.ident.to_string());
    quote!(&[#(#words),*])
}

fn block(block: &syn::Block) -> Option<TokenStream> {
    match block.stmts.as_slice() {
        [syn::Stmt::Expr(value, None)] => Some(expression(value)),
        [syn::Stmt::Macro(call)] => matches_macro(&call.mac),
        _ => None,
    }
}

/// `matches!(value, pattern if condition)`.
fn matches_macro(call: &syn::Macro) -> Option<TokenStream> {
    let read = |stream: syn::parse::ParseStream| {
        let value = expression(&stream.parse()?);
        stream.parse::<syn::Token![,]>()?;
        let pattern = pattern(&Pat::parse_multi_with_leading_vert(stream)?);
        let condition = match stream.parse::<Option<syn::Token![if]>>()? {
            Some(_) => {
                let condition = expression(&stream.parse()?);
                quote!(::core::option::Option::Some(&#condition))
            }
            None => quote!(::core::option::Option::None),
        };
        stream.parse::<Option<syn::Token![,]>>()?;
        Ok(quote!(meaning::Expression::Matches(&#value, &#pattern, #condition)))
    };
    call.path.is_ident("matches").then(|| call.parse_body_with(read).ok()).flatten()
}

fn match_arm(arm: &syn::Arm) -> TokenStream {
    let (pattern, condition) = match &arm.pat {
        Pat::Guard(guarded) => (pattern(&guarded.pat), optional(Some(&guarded.guard))),
        plain => (pattern(plain), optional(None)),
    };
    let value = expression(&arm.body);
    quote!(meaning::MatchArm { pattern: #pattern, condition: #condition, value: #value })
}

/// The tree of a pattern.
pub(super) fn pattern(written: &Pat) -> TokenStream {
    known_pattern(written).unwrap_or_else(|| {
        let text = text(written);
        quote!(meaning::Pattern::Unknown(#text))
    })
}

fn known_pattern(written: &Pat) -> Option<TokenStream> {
    Some(match written {
        Pat::Wild(_) => quote!(meaning::Pattern::Any),
        Pat::Rest(_) => quote!(meaning::Pattern::Rest),
        Pat::Ident(name) if name.subpat.is_none() => {
            let name = name.ident.to_string();
            quote!(meaning::Pattern::Name(#name))
        }
        Pat::Lit(literal) => match &literal.lit {
            Lit::Bool(value) => {
                let value = value.value;
                quote!(meaning::Pattern::Bool(#value))
            }
            Lit::Int(value) => {
                let value = value.base10_parse::<i128>().ok()?;
                quote!(meaning::Pattern::Integer(#value))
            }
            _ => return None,
        },
        Pat::Range(range) => {
            let (low, high) = (range_end(range.start.as_deref())?, range_end(range.end.as_deref())?);
            let inclusive = matches!(range.limits, syn::RangeLimits::Closed(_));
            quote!(meaning::Pattern::Range { low: #low, high: #high, inclusive: #inclusive })
        }
        Pat::Path(path) if path.path.segments.len() == 1 => {
            let name = path.path.segments[0].ident.to_string();
            quote!(meaning::Pattern::Name(#name))
        }
        Pat::Path(path) => {
            let words = words(&path.path);
            quote!(meaning::Pattern::Path(#words))
        }
        Pat::Struct(inner) => {
            let members = inner.fields.iter().map(|field| {
                let (name, pattern) = (member_name(&field.member), pattern(&field.pat));
                quote!((#name, #pattern))
            });
            let words = words(&inner.path);
            quote!(meaning::Pattern::Structure(#words, &[#(#members),*]))
        }
        Pat::TupleStruct(inner) => {
            let (words, elements) = (words(&inner.path), inner.elems.iter().map(pattern));
            quote!(meaning::Pattern::Call(#words, &[#(#elements),*]))
        }
        Pat::Tuple(tuple) => {
            let elements = tuple.elems.iter().map(pattern);
            quote!(meaning::Pattern::Tuple(&[#(#elements),*]))
        }
        Pat::Or(either) => {
            let cases = either.cases.iter().map(pattern);
            quote!(meaning::Pattern::Either(&[#(#cases),*]))
        }
        Pat::Paren(inner) => pattern(&inner.pat),
        Pat::Reference(inner) => pattern(&inner.pat),
        _ => return None,
    })
}

/// An end of a range: a number, with or without a sign, or nothing.
fn range_end(end: Option<&Expr>) -> Option<TokenStream> {
    let Some(end) = end else { return Some(quote!(::core::option::Option::None)) };
    let number = text(end).replace([' ', '_'], "").parse::<i128>().ok()?;
    Some(quote!(::core::option::Option::Some(#number)))
}

/// The tree of a type.
pub(super) fn shape(written: &Type) -> TokenStream {
    known_shape(written).unwrap_or_else(|| {
        let text = text(written);
        quote!(meaning::Shape::Unknown(#text))
    })
}

fn known_shape(written: &Type) -> Option<TokenStream> {
    if let Type::Tuple(tuple) = written {
        let elements = tuple.elems.iter().map(shape);
        return Some(quote!(meaning::Shape::Tuple(&[#(#elements),*])));
    }
    let Type::Path(path) = written else { return None };
    let segment = path.path.segments.last()?;
    let name = segment.ident.to_string();
    let arguments: Vec<TokenStream> = match &segment.arguments {
        syn::PathArguments::AngleBracketed(list) => list.args.iter().filter_map(argument).collect(),
        _ => Vec::new(),
    };
    Some(match (name.as_str(), arguments.as_slice()) {
        ("bool", []) => quote!(meaning::Shape::Bool),
        ("Option", [inner]) => quote!(meaning::Shape::Option(&#inner)),
        ("Seq", [element]) => quote!(meaning::Shape::Seq(&#element)),
        ("Set", [key]) => quote!(meaning::Shape::Set(&#key)),
        ("Map", [key, value]) => quote!(meaning::Shape::Map(&#key, &#value)),
        (name, []) => match integer_type(name) {
            Some(integer) => quote!(meaning::Shape::Integer(#integer)),
            None => quote!(meaning::Shape::Declared(#name)),
        },
        _ => return None,
    })
}

/// The integers of a range.
pub(super) fn range(range: crate::parse::Range) -> TokenStream {
    let (least, greatest) = (range.least, range.greatest);
    quote!(IntegerType::Range { least: #least, greatest: #greatest })
}

fn argument(argument: &syn::GenericArgument) -> Option<TokenStream> {
    match argument {
        syn::GenericArgument::Type(ty) => Some(shape(ty)),
        _ => None,
    }
}

fn integer_type(name: &str) -> Option<TokenStream> {
    Some(match name {
        "u8" => quote!(meaning::IntegerType::U8),
        "u16" => quote!(meaning::IntegerType::U16),
        "u32" => quote!(meaning::IntegerType::U32),
        "u64" => quote!(meaning::IntegerType::U64),
        "i8" => quote!(meaning::IntegerType::I8),
        "i16" => quote!(meaning::IntegerType::I16),
        "i32" => quote!(meaning::IntegerType::I32),
        "i64" => quote!(meaning::IntegerType::I64),
        _ => return None,
    })
}
