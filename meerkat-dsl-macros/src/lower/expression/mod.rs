//! Resolves an expression: names become paths into the state, arithmetic becomes checked, phases become patterns.
//!
//! The language of expressions is a part of Rust's, and tokens keep their places, so the compiler's own type errors
//! fall on what the user wrote. What is not in that part is refused here, with the way to say it instead.

mod calls;
mod names;
mod patterns;

use std::collections::{BTreeMap, BTreeSet};

use proc_macro2::Span;
use quote::{format_ident, quote};
use syn::spanned::Spanned;
use syn::{BinOp, Expr, Ident, Member, Pat, parse_quote_spanned};

use crate::analyze::{Symbols, phase_index};
use crate::errors::{Code, Errors, suggestion};
use crate::naming::{camel, local, local_at};

/// Methods that an expression may call besides `is`, `fresh` and those of regions.
const METHODS: [&str; 23] = [
    "any",
    "all",
    "count",
    "is_some",
    "is_none",
    "is_some_and",
    "is_none_or",
    "contains",
    "contains_key",
    "get",
    "len",
    "is_empty",
    "first",
    "last",
    "min",
    "max",
    "is_subset",
    "with",
    "without",
    "keys",
    "copied",
    "as_ref",
    "after",
];

/// What `self` stands for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Own {
    /// Nothing: a property.
    Nothing,
    /// The region with this index.
    Region(usize),
    /// An instance of the keyed region with this index.
    Instance(usize),
}

/// What `next` stands for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Next {
    /// Nothing; the text says where it has a meaning.
    Nothing,
    /// The state after the step.
    State,
    /// The region's own fields after the step: in the payload of an effect.
    Own,
}

/// What a transition does to its region's own fields, for `next` in the payload of an effect.
#[derive(Clone, Default)]
pub(crate) struct After {
    /// Fields that it sets.
    pub(crate) set: BTreeSet<String>,
    /// Sets and maps that it changes in place.
    pub(crate) changed: BTreeSet<String>,
    /// It leads to a phase.
    pub(crate) moves: bool,
}

/// What a local name stands for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Local {
    Value,
    /// A collection of the payload, held by reference.
    Collection,
    Instance(usize),
}

/// What an expression denotes, as far as names need it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Denotes {
    Value,
    Next,
    Region(usize),
    Instance(usize),
    MaybeInstance(usize),
    Phase(usize),
    /// A mistake that was reported: nothing more is said of it.
    Unknown,
}

/// The names that are visible at some place, and what was read there.
pub(crate) struct Scope<'a, 'c, 'e> {
    symbols: &'a Symbols<'a>,
    errors: &'e mut Errors,
    own: Own,
    next: Next,
    /// Whether other regions may be read; if not, why.
    closed: Option<&'static str>,
    locals: Vec<BTreeMap<String, Local>>,
    closures: usize,
    /// The functions that may be called, and whether each of them may overflow.
    helpers: &'c [bool],
    /// What `next` gives in the payload of an effect.
    after: After,
    /// Names that are bound now must be new ones: a source pattern may not hide the payload.
    only_new_names: bool,
    /// Regions to bind in front of the code.
    pub(crate) regions: BTreeSet<usize>,
    /// `region.field` paths read.
    pub(crate) reads: BTreeSet<String>,
    /// Whether checked arithmetic was used.
    pub(crate) checked: bool,
}

impl<'a, 'c, 'e> Scope<'a, 'c, 'e> {
    pub(crate) fn new(symbols: &'a Symbols<'a>, helpers: &'c [bool], own: Own, errors: &'e mut Errors) -> Self {
        Self {
            symbols,
            errors,
            own,
            next: Next::Nothing,
            closed: None,
            locals: vec![BTreeMap::new()],
            closures: 0,
            helpers,
            after: After::default(),
            only_new_names: false,
            regions: BTreeSet::new(),
            reads: BTreeSet::new(),
            checked: false,
        }
    }

    pub(crate) fn with_next(mut self) -> Self {
        self.next = Next::State;
        self
    }

    /// From here on only `self`, the payload and local names may be read, for this reason.
    pub(crate) fn close(&mut self, reason: &'static str) {
        self.closed = Some(reason);
    }

    /// Resolves the payload of an effect, in which `next.field` is the region's own field after the step.
    pub(crate) fn resolve_after(&mut self, after: &After, expression: &mut Expr) {
        self.next = Next::Own;
        self.after.clone_from(after);
        self.expression(expression);
        self.next = Next::Nothing;
    }

    pub(crate) fn errors(&mut self) -> &mut Errors {
        self.errors
    }

    /// Makes a payload member visible.
    pub(crate) fn bind_payload(&mut self, name: &Ident, scalar: bool) {
        self.bind(name, if scalar { Local::Value } else { Local::Collection });
    }

    fn bind(&mut self, name: &Ident, local: Local) {
        if self.only_new_names && self.find_local(&name.to_string()).is_some() {
            let message =
                format_args!("`{name}` would hide the payload's `{name}`; bind it under another name: `{name}: other`");
            self.errors.add(Code::HiddenName, name.span(), message);
        }
        if let Some(innermost) = self.locals.last_mut() {
            innermost.insert(name.to_string(), local);
        }
    }

    fn find_local(&self, name: &str) -> Option<Local> {
        self.locals.iter().rev().find_map(|scope| scope.get(name)).copied()
    }

    /// Resolves an expression in place.
    pub(crate) fn resolve(&mut self, expression: &mut Expr) {
        self.expression(expression);
    }

    fn scoped<T>(&mut self, inside: impl FnOnce(&mut Self) -> T) -> T {
        self.locals.push(BTreeMap::new());
        let result = inside(self);
        self.locals.pop();
        result
    }

    fn value(&mut self, expression: &mut Expr) {
        let denotes = self.expression(expression);
        if let Denotes::Region(region) = denotes {
            let name = &self.symbols.region(region).name;
            let message =
                format_args!("a region is not a value; read one of its fields: `{name}.field` or `{name}.phase`");
            self.errors.add(Code::RegionAsValue, expression.span(), message);
        }
    }

    fn expression(&mut self, expression: &mut Expr) -> Denotes {
        match expression {
            Expr::Path(_) => return self.path(expression),
            Expr::Field(_) => return self.field(expression),
            Expr::MethodCall(_) => return self.method(expression),
            Expr::Paren(inner) => return self.expression(&mut inner.expr),
            Expr::Group(inner) => return self.expression(&mut inner.expr),
            Expr::Lit(_) => {}
            Expr::Unary(_) => self.unary(expression),
            Expr::Reference(reference) if reference.mutability.is_none() => self.value(&mut reference.expr),
            Expr::Binary(_) => self.binary(expression),
            Expr::Tuple(tuple) => tuple.elems.iter_mut().for_each(|element| self.value(element)),
            Expr::Struct(_) => self.structure(expression),
            Expr::Call(_) => self.call(expression),
            Expr::Macro(_) => self.macro_call(expression),
            Expr::If(branch) => self.branch(branch),
            Expr::Let(matched) => self.matched_let(matched),
            Expr::Match(matched) => self.matched(matched),
            Expr::Block(block) if block.label.is_none() => self.block(&mut block.block),
            other => self.refuse(other.span()),
        }
        Denotes::Value
    }

    fn refuse(&mut self, span: Span) {
        let message = "this is not an expression of the machine language; it has names, literals, operators, `if`, \
                       `match`, `matches!` and the methods of options, sets, maps and regions";
        self.errors.add(Code::NotAnExpression, span, message);
    }

    /// A minus in front of anything but a literal may leave the range of the type.
    fn unary(&mut self, expression: &mut Expr) {
        let Expr::Unary(operation) = &mut *expression else { return };
        self.value(&mut operation.expr);
        let literal = matches!(*operation.expr, Expr::Lit(_));
        if let (syn::UnOp::Neg(minus), false) = (operation.op, literal) {
            let (operand, overflow, span) = (&operation.expr, local("overflow"), minus.span);
            self.check(span);
            *expression = parse_quote_spanned!(span=>
                ::machine_spec::CheckedArithmetic::checked_minus(0, #operand).ok_or(#overflow)?);
        }
    }

    fn binary(&mut self, expression: &mut Expr) {
        let Expr::Binary(operation) = &mut *expression else { return };
        self.value(&mut operation.left);
        self.value(&mut operation.right);
        let span = operation.op.span();
        let function = match operation.op {
            BinOp::Add(_) => "checked_plus",
            BinOp::Sub(_) => "checked_minus",
            BinOp::Mul(_) => "checked_times",
            BinOp::Div(_) => "checked_over",
            BinOp::Rem(_) => "checked_modulo",
            BinOp::And(_) | BinOp::Or(_) | BinOp::Eq(_) | BinOp::Ne(_) => return,
            BinOp::Lt(_) | BinOp::Le(_) | BinOp::Gt(_) | BinOp::Ge(_) => return,
            _ => return self.refuse(span),
        };
        self.check(span);
        let function = Ident::new(function, span);
        let (left, right, overflow) = (&operation.left, &operation.right, local("overflow"));
        *expression = parse_quote_spanned!(span=>
            ::machine_spec::CheckedArithmetic::#function(#left, #right).ok_or(#overflow)?);
    }

    fn structure(&mut self, expression: &mut Expr) {
        let Expr::Struct(literal) = expression else { return };
        if let Some(rest) = &literal.rest {
            self.errors.add(
                Code::MembersFromElsewhere,
                rest.span(),
                "every member is given; nothing is taken from elsewhere",
            );
        }
        if literal.path.segments.len() > 1 {
            self.qualified(&literal.path.clone());
        } else if let Some(name) = literal.path.get_ident()
            && !self.symbols.types.contains_key(&name.to_string())
        {
            let hint = suggestion(&name.to_string(), self.symbols.types.keys().map(String::as_str));
            self.errors.add(Code::UnknownType, name.span(), format_args!("there is no type `{name}`{hint}"));
        }
        for field in &mut literal.fields {
            if field.colon_token.is_none() {
                field.colon_token = Some(syn::Token![:](field.span()));
            }
            self.value(&mut field.expr);
        }
    }

    fn branch(&mut self, branch: &mut syn::ExprIf) {
        self.scoped(|scope| {
            scope.value(&mut branch.cond);
            scope.block(&mut branch.then_branch);
        });
        match &mut branch.else_branch {
            Some((_, other)) => self.value(other),
            None => self.errors.add(
                Code::IfWithoutElse,
                branch.span(),
                "an `if` has an `else`: every expression has a value",
            ),
        }
    }

    fn matched_let(&mut self, matched: &mut syn::ExprLet) {
        let denotes = self.expression(&mut matched.expr);
        self.pattern(&mut matched.pat, denotes);
    }

    fn matched(&mut self, matched: &mut syn::ExprMatch) {
        let denotes = self.expression(&mut matched.expr);
        for arm in &mut matched.arms {
            self.scoped(|scope| {
                match &mut arm.pat {
                    Pat::Guard(guarded) => {
                        scope.pattern(&mut guarded.pat, denotes);
                        scope.value(&mut guarded.guard);
                    }
                    pattern => scope.pattern(pattern, denotes),
                }
                scope.value(&mut arm.body);
            });
        }
    }

    fn block(&mut self, block: &mut syn::Block) {
        let span = block.span();
        match block.stmts.as_mut_slice() {
            [syn::Stmt::Expr(value, None)] => self.value(value),
            [syn::Stmt::Macro(call)] if call.semi_token.is_none() => {
                let mut value = Expr::Macro(syn::ExprMacro { attrs: Vec::new(), mac: call.mac.clone() });
                self.value(&mut value);
                block.stmts = vec![syn::Stmt::Expr(value, None)];
            }
            _ => self.errors.add(Code::BlockOfOne, span, "a block holds one expression"),
        }
    }
}

fn alternatives(expression: &Expr, names: &mut Vec<Ident>) {
    match expression {
        Expr::Binary(syn::ExprBinary { left, op: BinOp::BitOr(_), right, .. }) => {
            alternatives(left, names);
            alternatives(right, names);
        }
        Expr::Paren(inner) => alternatives(&inner.expr, names),
        Expr::Path(path) => names.extend(path.path.get_ident().cloned()),
        _ => {}
    }
}

/// The generated type of a region's phases.
pub(crate) fn phase_type(region: &Ident) -> Ident {
    format_ident!("{}Phase", camel(&region.to_string()))
}

/// The indices of the phases that a resolved or unresolved source pattern may match.
pub(crate) fn sources_of(region: &crate::parse::Region, pattern: &Pat) -> Vec<usize> {
    crate::analyze::phase_names(pattern).iter().filter_map(|name| phase_index(region, name)).collect()
}
