//! Resolves an expression: names become paths into the state, arithmetic becomes checked, phases become patterns.
//!
//! The language of expressions is a part of Rust's, and tokens keep their places, so the compiler's own type errors
//! fall on what the user wrote. What is not in that part is refused here, with the way to say it instead.

mod calls;
mod names;
mod numbers;
mod patterns;
mod places;

use std::collections::{BTreeMap, BTreeSet};

use proc_macro2::Span;
use quote::{format_ident, quote};
use syn::spanned::Spanned;
use syn::{BinOp, Expr, Ident, Member, Pat, parse_quote_spanned};

use crate::analyze::{Kind, Symbols, Use, phase_index};
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
    /// The region with this index.
    pub(crate) region: usize,
    /// Fields that it sets.
    pub(crate) set: BTreeSet<String>,
    /// Collections that it changes in place.
    pub(crate) changed: BTreeSet<String>,
    /// It leads to a phase.
    pub(crate) moves: bool,
}

/// What a local name stands for.
#[derive(Clone, PartialEq, Eq)]
enum Local {
    Value(Kind),
    /// A value that is held by reference.
    Lent(Kind),
    Instance(usize),
}

/// What an expression denotes, as far as names need it.
#[derive(Clone, PartialEq, Eq)]
enum Denotes {
    Value(Kind),
    Next,
    Region(usize),
    Instance(usize),
    MaybeInstance(usize),
    Phase(usize),
    /// A mistake that was reported: nothing more is said of it.
    Unknown,
}

impl Denotes {
    const PLAIN: Self = Self::Value(Kind::Plain);

    fn kind(&self) -> Kind {
        match self {
            Self::Value(kind) => kind.clone(),
            Self::Phase(region) => Kind::Phase(*region),
            Self::Instance(region) => Kind::Instance(*region),
            Self::MaybeInstance(region) => Kind::Instance(*region).option(),
            Self::Next | Self::Region(_) | Self::Unknown => Kind::Unknown,
        }
    }
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

    /// Resolves a member of the payload of an effect, in which `next.field` is the region's own field after the step.
    pub(crate) fn put_after(&mut self, after: &After, expression: &mut Expr, ty: Option<&syn::Type>) {
        self.next = Next::Own;
        self.after.clone_from(after);
        let kind = ty.map_or(Kind::Unknown, |ty| self.symbols.kind(ty));
        self.put(expression, &kind);
        self.next = Next::Nothing;
    }

    pub(crate) fn errors(&mut self) -> &mut Errors {
        self.errors
    }

    /// Makes a value of this type visible; what is not copied is lent.
    pub(crate) fn bind_typed(&mut self, name: &Ident, ty: &syn::Type) {
        let kind = self.symbols.kind(ty);
        let local = if self.symbols.is_copied(&kind) { Local::Value(kind) } else { Local::Lent(kind) };
        self.bind(name, local);
    }

    /// Makes a name visible of which nothing is known.
    pub(crate) fn bind_unknown(&mut self, name: &Ident) {
        self.bind(name, Local::Value(Kind::Unknown));
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
        self.locals.iter().rev().find_map(|scope| scope.get(name)).cloned()
    }

    /// Resolves an expression that is looked at where it stands.
    pub(crate) fn resolve(&mut self, expression: &mut Expr) {
        self.value(expression);
    }

    fn scoped<T>(&mut self, inside: impl FnOnce(&mut Self) -> T) -> T {
        self.locals.push(BTreeMap::new());
        let result = inside(self);
        self.locals.pop();
        result
    }

    /// Resolves an expression that has to be a value.
    fn value(&mut self, expression: &mut Expr) -> Kind {
        let denotes = self.expression(expression);
        if let Denotes::Region(region) = denotes {
            let name = &self.symbols.region(region).name;
            let message =
                format_args!("a region is not a value; read one of its fields: `{name}.field` or `{name}.phase`");
            self.errors.add(Code::RegionAsValue, expression.span(), message);
        }
        let kind = denotes.kind();
        self.whole(&kind);
        kind
    }

    fn expression(&mut self, expression: &mut Expr) -> Denotes {
        Denotes::Value(match expression {
            Expr::Path(_) => return self.path(expression),
            Expr::Field(_) => return self.field(expression),
            Expr::MethodCall(_) => return self.method(expression),
            Expr::Paren(inner) => return self.expression(&mut inner.expr),
            Expr::Group(inner) => return self.expression(&mut inner.expr),
            Expr::Lit(literal) => literal_kind(&literal.lit),
            Expr::Unary(_) => self.unary(expression),
            Expr::Reference(reference) if reference.mutability.is_none() => self.value(&mut reference.expr).lent(),
            Expr::Binary(_) => self.binary(expression),
            Expr::Tuple(tuple) => {
                Kind::Tuple(tuple.elems.iter_mut().map(|element| self.given(element, &Kind::Unknown)).collect())
            }
            Expr::Struct(_) => self.structure(expression),
            Expr::Call(_) => self.call(expression),
            Expr::Macro(_) => self.macro_call(expression),
            Expr::If(branch) => self.branch(branch),
            Expr::Let(matched) => self.matched_let(matched),
            Expr::Match(matched) => self.matched(matched),
            Expr::Block(block) if block.label.is_none() => self.block(&mut block.block),
            other => self.refuse(other.span()),
        })
    }

    fn refuse(&mut self, span: Span) -> Kind {
        let message = "this is not an expression of the machine language; it has names, literals, operators, `if`, \
                       `match`, `matches!` and the methods of options, collections and regions";
        self.errors.add(Code::NotAnExpression, span, message);
        Kind::Unknown
    }

    /// A minus in front of anything but a literal may leave the range of the type.
    fn unary(&mut self, expression: &mut Expr) -> Kind {
        let Expr::Unary(operation) = &mut *expression else { return Kind::Unknown };
        let kind = self.value(&mut operation.expr);
        let syn::UnOp::Neg(minus) = operation.op else { return kind.itself().clone() };
        if matches!(*operation.expr, Expr::Lit(_)) {
            return kind;
        }
        let operand = self.operand(&operation.expr, &kind, &kind);
        *expression = self.checked("checked_minus", (parse_quote_spanned!(minus.span=> 0), operand), &kind, minus.span);
        kind
    }

    fn binary(&mut self, expression: &mut Expr) -> Kind {
        let Expr::Binary(operation) = &mut *expression else { return Kind::Unknown };
        let (left, right) = (self.value(&mut operation.left), self.value(&mut operation.right));
        let span = operation.op.span();
        let function = match operation.op {
            BinOp::Add(_) => "checked_plus",
            BinOp::Sub(_) => "checked_minus",
            BinOp::Mul(_) => "checked_times",
            BinOp::Div(_) => "checked_over",
            BinOp::Rem(_) => "checked_modulo",
            BinOp::And(_) | BinOp::Or(_) => return Kind::Plain,
            BinOp::Eq(_) | BinOp::Ne(_) | BinOp::Lt(_) | BinOp::Le(_) | BinOp::Gt(_) | BinOp::Ge(_) => {
                self.compared(&left, &right, span);
                self.literals(&mut operation.left, &right);
                self.literals(&mut operation.right, &left);
                return Kind::Plain;
            }
            _ => return self.refuse(span),
        };
        let kind = left.clone().or(right.clone());
        let operands = (self.operand(&operation.left, &left, &kind), self.operand(&operation.right, &right, &kind));
        *expression = self.checked(function, operands, &kind, span);
        kind
    }

    fn structure(&mut self, expression: &mut Expr) -> Kind {
        let Expr::Struct(literal) = expression else { return Kind::Unknown };
        if let Some(rest) = &literal.rest {
            let message = "every member is given; nothing is taken from elsewhere";
            self.errors.add(Code::MembersFromElsewhere, rest.span(), message);
        }
        let kind = match literal.path.get_ident() {
            Some(name) if self.symbols.types.contains_key(&name.to_string()) => Kind::Declared(name.to_string()),
            Some(name) => {
                let hint = suggestion(&name.to_string(), self.symbols.types.keys().map(String::as_str));
                self.errors.add(Code::UnknownType, name.span(), format_args!("there is no type `{name}`{hint}"));
                Kind::Unknown
            }
            None => self.made(&literal.path.clone()),
        };
        self.made_of_members(&kind, &literal.path);
        let members = self.members(&literal.path, &kind);
        for field in &mut literal.fields {
            if field.colon_token.is_none() {
                field.colon_token = Some(syn::Token![:](field.span()));
            }
            let at = member_kind(self.symbols, members, &field.member);
            self.put(&mut field.expr, &at);
        }
        kind
    }

    fn branch(&mut self, branch: &mut syn::ExprIf) -> Kind {
        let then = self.scoped(|scope| {
            scope.value(&mut branch.cond);
            scope.block(&mut branch.then_branch)
        });
        let Some((_, other)) = &mut branch.else_branch else {
            self.errors.add(Code::IfWithoutElse, branch.span(), "an `if` has an `else`: every expression has a value");
            return then;
        };
        let kind = then.or(self.value(other));
        self.literals(other, &kind);
        if let [syn::Stmt::Expr(value, None)] = branch.then_branch.stmts.as_mut_slice() {
            self.literals(value, &kind);
        }
        kind
    }

    fn matched_let(&mut self, matched: &mut syn::ExprLet) -> Kind {
        let denotes = self.expression(&mut matched.expr);
        let place = self.is_place(&matched.expr);
        self.pattern(&mut matched.pat, &denotes, place);
        Kind::Plain
    }

    fn matched(&mut self, matched: &mut syn::ExprMatch) -> Kind {
        let denotes = self.expression(&mut matched.expr);
        let place = self.is_place(&matched.expr);
        let mut kind = Kind::Unknown;
        for arm in &mut matched.arms {
            let of_arm = self.scoped(|scope| {
                match &mut arm.pat {
                    Pat::Guard(guarded) => {
                        scope.pattern(&mut guarded.pat, &denotes, place);
                        scope.value(&mut guarded.guard);
                    }
                    pattern => scope.pattern(pattern, &denotes, place),
                }
                scope.value(&mut arm.body)
            });
            kind = kind.or(of_arm);
        }
        matched.arms.iter_mut().for_each(|arm| self.literals(&mut arm.body, &kind));
        kind
    }

    fn block(&mut self, block: &mut syn::Block) -> Kind {
        let span = block.span();
        match block.stmts.as_mut_slice() {
            [syn::Stmt::Expr(value, None)] => self.value(value),
            [syn::Stmt::Macro(call)] if call.semi_token.is_none() => {
                let mut value = Expr::Macro(syn::ExprMacro { attrs: Vec::new(), mac: call.mac.clone() });
                let kind = self.value(&mut value);
                block.stmts = vec![syn::Stmt::Expr(value, None)];
                kind
            }
            _ => {
                self.errors.add(Code::BlockOfOne, span, "a block holds one expression");
                Kind::Unknown
            }
        }
    }
}

fn literal_kind(literal: &syn::Lit) -> Kind {
    match literal {
        syn::Lit::Int(number) if number.suffix().is_empty() => Kind::Literal,
        _ => Kind::Plain,
    }
}

/// The kind of a member, if there is one of this name.
fn member_kind(symbols: &Symbols<'_>, members: Option<&[crate::parse::Member]>, name: &Member) -> Kind {
    let Member::Named(name) = name else { return Kind::Unknown };
    let found = members.unwrap_or_default().iter().find(|member| member.name == *name);
    found.map_or(Kind::Unknown, |member| symbols.kind(&member.ty))
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
