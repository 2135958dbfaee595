//! Resolves an expression: names become paths into the state, arithmetic becomes checked, phases become patterns.
//!
//! The language of expressions is a part of Rust's, and tokens keep their places, so the compiler's own type errors
//! fall on what the user wrote. What is not in that part is refused here, with the way to say it instead.

use std::collections::{BTreeMap, BTreeSet};

use proc_macro2::Span;
use quote::{format_ident, quote};
use syn::spanned::Spanned;
use syn::{BinOp, Expr, Ident, Member, Pat, parse_quote_spanned};

use crate::analyze::{Symbols, phase_index};
use crate::errors::{Errors, suggestion};
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
    /// Fields that the transition sets, for `next.field` in the payload of an effect.
    set: BTreeSet<String>,
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
            set: BTreeSet::new(),
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
    pub(crate) fn resolve_after(&mut self, set: &BTreeSet<String>, expression: &mut Expr) {
        self.next = Next::Own;
        self.set.clone_from(set);
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
            self.errors.add(expression.span(), message);
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
            Expr::Unary(unary) => self.value(&mut unary.expr),
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
        self.errors.add(span, message);
    }

    fn path(&mut self, expression: &mut Expr) -> Denotes {
        let Expr::Path(path) = &*expression else { return Denotes::Value };
        let Some(name) = path.path.get_ident().cloned() else {
            self.qualified(&path.path.clone());
            return Denotes::Value;
        };
        let text = name.to_string();
        match self.find_local(&text) {
            Some(Local::Value) => return Denotes::Value,
            Some(Local::Instance(region)) => return Denotes::Instance(region),
            Some(Local::Collection) => {
                *expression = parse_quote_spanned!(name.span()=> (*#name));
                return Denotes::Value;
            }
            None => {}
        }
        match text.as_str() {
            "self" => self.own(expression, name.span()),
            "next" => self.next(expression, name.span()),
            "None" => Denotes::Value,
            _ if self.symbols.is_constant(&name) => Denotes::Value,
            _ => self.region(expression, &name),
        }
    }

    fn own(&mut self, expression: &mut Expr, span: Span) -> Denotes {
        let this = local_at("this", span);
        *expression = parse_quote_spanned!(span=> #this);
        match self.own {
            Own::Region(region) => Denotes::Region(region),
            Own::Instance(region) => Denotes::Instance(region),
            Own::Nothing => {
                self.errors.add(span, "there is no `self` here; name the region: `region.field`");
                Denotes::Unknown
            }
        }
    }

    fn next(&mut self, expression: &mut Expr, span: Span) -> Denotes {
        let next = local_at("next", span);
        *expression = parse_quote_spanned!(span=> #next);
        if self.next != Next::State {
            let message = "`next` is the state after a step: `next.region.field` in `always`, and `next.field` for the \
                           region's own field in the payload of an effect; here every expression reads the state before";
            self.errors.add(span, message);
            return Denotes::Unknown;
        }
        Denotes::Next
    }

    fn region(&mut self, expression: &mut Expr, name: &Ident) -> Denotes {
        if let Some(region) = self.symbols.region_index(&name.to_string()) {
            self.read_region(region, name.span());
            // The local that stands for the region is generated, and so must its name be: regions come from several files.
            let region_name = local_at(&name.to_string(), name.span());
            *expression = parse_quote_spanned!(name.span()=> #region_name);
            return Denotes::Region(region);
        }
        let mut known: Vec<String> = self.locals.iter().flat_map(|scope| scope.keys().cloned()).collect();
        known.extend(self.symbols.machine.regions.iter().map(|region| region.name.to_string()));
        let own = self.own_fields();
        let hint = match own.iter().find(|field| strsim::damerau_levenshtein(field, &name.to_string()) <= 1) {
            Some(field) => format!("; did you mean `self.{field}`?"),
            None => suggestion(&name.to_string(), known.iter().map(String::as_str)),
        };
        self.errors.add(name.span(), format_args!("there is no `{name}` here{hint}"));
        Denotes::Unknown
    }

    fn own_fields(&self) -> Vec<String> {
        match self.own {
            Own::Region(region) | Own::Instance(region) => {
                let fields = self.symbols.region(region).fields.iter().map(|field| field.member.name.to_string());
                fields.chain([String::from("phase")]).collect()
            }
            Own::Nothing => Vec::new(),
        }
    }

    fn read_region(&mut self, region: usize, span: Span) {
        if let Some(reason) = self.closed {
            self.errors.add(span, reason);
        }
        self.regions.insert(region);
    }

    /// `Type::Variant`, `Type::CONSTANT` and the like: the first segment is a declared type or one of Rust's.
    fn qualified(&mut self, path: &syn::Path) {
        let Some(first) = path.segments.first().map(|segment| segment.ident.clone()) else { return };
        let name = first.to_string();
        if let Some(declaration) = self.symbols.types.get(&name) {
            if let (crate::parse::TypeKind::Enum(variants), Some(last)) = (&declaration.kind, path.segments.last()) {
                self.variant(&first, variants, &last.ident);
            }
            return;
        }
        let generated = self
            .symbols
            .machine
            .regions
            .iter()
            .any(|region| format!("{}Phase", camel(&region.name.to_string())) == name);
        let builtin = ["u8", "u16", "u32", "u64", "i8", "i16", "i32", "i64", "Set", "Map", "Option", "bool"];
        if !generated && !builtin.contains(&name.as_str()) {
            let hint = suggestion(&name, self.symbols.types.keys().map(String::as_str));
            self.errors.add(first.span(), format_args!("there is no type `{name}`{hint}"));
        }
    }

    fn variant(&mut self, of: &Ident, variants: &[crate::parse::Message], name: &Ident) {
        if !variants.iter().any(|variant| variant.name == *name) {
            let names: Vec<String> = variants.iter().map(|variant| variant.name.to_string()).collect();
            let hint = suggestion(&name.to_string(), names.iter().map(String::as_str));
            self.errors.add(name.span(), format_args!("`{of}` has no variant `{name}`{hint}"));
        }
    }

    fn field(&mut self, expression: &mut Expr) -> Denotes {
        let Expr::Field(access) = &mut *expression else { return Denotes::Value };
        if let (Next::Own, Expr::Path(base), Member::Named(name)) = (self.next, &*access.base, &access.member)
            && base.path.is_ident("next")
        {
            *expression = self.own_after(&name.clone());
            return Denotes::Value;
        }
        let base = self.expression(&mut access.base);
        let Member::Named(name) = &access.member else { return Denotes::Value };
        match base {
            Denotes::Next => self.next_region(&name.clone()),
            Denotes::Region(region) => self.member(region, &name.clone(), false),
            Denotes::Instance(region) => self.member(region, &name.clone(), true),
            Denotes::Value | Denotes::MaybeInstance(_) | Denotes::Phase(_) => Denotes::Value,
            Denotes::Unknown => Denotes::Unknown,
        }
    }

    /// `next.field` in the payload of an effect: the value that is set, or the one that stays.
    fn own_after(&mut self, name: &Ident) -> Expr {
        if self.set.contains(&name.to_string()) {
            let value = local_at(&format!("set_{name}"), name.span());
            return parse_quote_spanned!(name.span()=> #value);
        }
        if let Own::Region(region) | Own::Instance(region) = self.own {
            self.member(region, name, true);
        }
        let this = local_at("this", name.span());
        parse_quote_spanned!(name.span()=> #this.#name)
    }

    fn next_region(&mut self, name: &Ident) -> Denotes {
        match self.symbols.region_index(&name.to_string()) {
            Some(region) => Denotes::Region(region),
            None => {
                let names: Vec<String> =
                    self.symbols.machine.regions.iter().map(|region| region.name.to_string()).collect();
                let hint = suggestion(&name.to_string(), names.iter().map(String::as_str));
                self.errors.add(name.span(), format_args!("there is no region `{name}`{hint}"));
                Denotes::Unknown
            }
        }
    }

    fn member(&mut self, index: usize, name: &Ident, instance: bool) -> Denotes {
        let region = self.symbols.region(index);
        let keyed = region.key.is_some();
        let text = name.to_string();
        if text == "phase" && !region.phases.is_empty() && (instance || !keyed) {
            self.reads.insert(format!("{}.phase", region.name));
            return Denotes::Phase(index);
        }
        let field = region.fields.iter().any(|field| field.member.name == text);
        let selection = region.selections.iter().any(|selection| selection.name == text);
        if (field && (instance || !keyed)) || (selection && !instance) || (instance && text == "key") {
            self.reads.insert(format!("{}.{}", region.name, if selection { "phase" } else { text.as_str() }));
            return Denotes::Value;
        }
        let mut known = vec![String::from("phase")];
        if instance || !keyed {
            known.extend(region.fields.iter().map(|field| field.member.name.to_string()));
        } else {
            known = region.selections.iter().map(|selection| selection.name.to_string()).collect();
        }
        let hint = suggestion(&text, known.iter().map(String::as_str));
        let what = if instance { "an instance of " } else { "" };
        self.errors.add(name.span(), format_args!("{what}`{}` has no `{name}`{hint}", region.name));
        Denotes::Unknown
    }

    fn method(&mut self, expression: &mut Expr) -> Denotes {
        let Expr::MethodCall(call) = &mut *expression else { return Denotes::Value };
        let receiver = self.expression(&mut call.receiver);
        let method = call.method.to_string();
        match (receiver, method.as_str()) {
            (Denotes::Unknown, _) => Denotes::Unknown,
            (Denotes::Region(region) | Denotes::Instance(region), "is") => {
                let instance = matches!(receiver, Denotes::Instance(_));
                self.is(expression, region, instance);
                Denotes::Value
            }
            (Denotes::Region(region), _) if self.symbols.region(region).key.is_some() => {
                self.region_method(expression, region)
            }
            (Denotes::MaybeInstance(region), "is_some_and" | "is_none_or") => {
                self.closure_arguments(call, Local::Instance(region));
                Denotes::Value
            }
            (_, "fresh") if call.args.is_empty() => {
                self.fresh(expression);
                Denotes::Value
            }
            _ => {
                self.plain_method(call);
                Denotes::Value
            }
        }
    }

    fn plain_method(&mut self, call: &mut syn::ExprMethodCall) {
        let name = call.method.to_string();
        if !METHODS.contains(&name.as_str()) {
            let hint = suggestion(&name, METHODS.into_iter().chain(["is", "fresh"]));
            let message = format_args!("the machine language has no method `{name}` here{hint}");
            self.errors.add(call.method.span(), message);
        }
        self.closure_arguments(call, Local::Value);
    }

    fn closure_arguments(&mut self, call: &mut syn::ExprMethodCall, parameter: Local) {
        for argument in &mut call.args {
            match argument {
                Expr::Closure(closure) => self.closure(closure, parameter),
                other => self.value(other),
            }
        }
    }

    fn closure(&mut self, closure: &mut syn::ExprClosure, parameter: Local) {
        self.closures += 1;
        self.scoped(|scope| {
            for (position, input) in closure.inputs.iter().enumerate() {
                match input {
                    // The second parameter is the value of a map's entry, which is lent.
                    Pat::Ident(name) if position == 1 => scope.bind(&name.ident, Local::Collection),
                    Pat::Ident(name) => scope.bind(&name.ident, parameter),
                    Pat::Wild(_) => {}
                    other => scope.errors.add(other.span(), "name the parameter: `|i| ...`"),
                }
            }
            scope.value(&mut closure.body);
        });
        self.closures -= 1;
    }

    /// `region.any(|i| ...)`, `all`, `count`, `get`, `contains_key`, `len` and `is_empty` of a keyed region.
    fn region_method(&mut self, expression: &mut Expr, region: usize) -> Denotes {
        let Expr::MethodCall(call) = &mut *expression else { return Denotes::Value };
        let name = call.method.to_string();
        self.reads.insert(format!("{}.phase", self.symbols.region(region).name));
        match name.as_str() {
            "any" | "all" | "count" => self.closure_arguments(call, Local::Instance(region)),
            "get" | "contains_key" | "len" | "is_empty" => self.closure_arguments(call, Local::Value),
            _ => {
                let known = ["any", "all", "count", "get", "contains_key", "len", "is_empty"];
                let hint = suggestion(&name, known);
                self.errors.add(call.method.span(), format_args!("a keyed region has no method `{name}`{hint}"));
            }
        }
        if name == "get" { Denotes::MaybeInstance(region) } else { Denotes::Value }
    }

    /// `region.is(A | B)` to `matches!(region.phase, Phase::A { .. } | Phase::B { .. })`.
    fn is(&mut self, expression: &mut Expr, index: usize, instance: bool) {
        let Expr::MethodCall(call) = &*expression else { return };
        let region = self.symbols.region(index);
        self.reads.insert(format!("{}.phase", region.name));
        if region.key.is_some() && !instance {
            let message = "a keyed region has no phase of its own; ask its instances: `.any(|i| i.is(...))`";
            self.errors.add(call.method.span(), message);
        }
        let mut names = Vec::new();
        for argument in &call.args {
            alternatives(argument, &mut names);
        }
        if names.is_empty() || call.args.len() != 1 {
            self.errors.add(call.method.span(), "`is` takes phases: `is(Idle)` or `is(Idle | Attached)`");
            return;
        }
        let enumeration = phase_type(&region.name);
        let mut patterns = Vec::new();
        for name in &names {
            if crate::analyze::phase(region, name, self.errors).is_some() {
                patterns.push(quote!(#enumeration::#name { .. }));
            }
        }
        let (receiver, span) = (&call.receiver, call.method.span());
        *expression = parse_quote_spanned!(span=> matches!(#receiver.phase, #(#patterns)|*));
    }

    fn fresh(&mut self, expression: &mut Expr) {
        let Expr::MethodCall(call) = &*expression else { return };
        let (receiver, span) = (&call.receiver, call.method.span());
        self.check(span);
        let overflow = local("overflow");
        *expression = parse_quote_spanned!(span=> ::machine_spec::Epoch::checked_fresh(#receiver).ok_or(#overflow)?);
    }

    fn check(&mut self, span: Span) {
        self.checked = true;
        if self.closures > 0 {
            let message = "arithmetic may overflow and a quantifier cannot reject; compute it in a `let` in front";
            self.errors.add(span, message);
        }
    }

    fn binary(&mut self, expression: &mut Expr) {
        let Expr::Binary(operation) = &mut *expression else { return };
        self.scoped_operand(&mut operation.left);
        self.scoped_operand(&mut operation.right);
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

    /// An operand. Names that a `let` inside binds stay visible, as they do in a chain of `&&`.
    fn scoped_operand(&mut self, operand: &mut Expr) {
        self.value(operand);
    }

    fn structure(&mut self, expression: &mut Expr) {
        let Expr::Struct(literal) = expression else { return };
        if let Some(rest) = &literal.rest {
            self.errors.add(rest.span(), "every member is given; nothing is taken from elsewhere");
        }
        if literal.path.segments.len() > 1 {
            self.qualified(&literal.path.clone());
        } else if let Some(name) = literal.path.get_ident()
            && !self.symbols.types.contains_key(&name.to_string())
        {
            let hint = suggestion(&name.to_string(), self.symbols.types.keys().map(String::as_str));
            self.errors.add(name.span(), format_args!("there is no type `{name}`{hint}"));
        }
        for field in &mut literal.fields {
            if field.colon_token.is_none() {
                field.colon_token = Some(syn::Token![:](field.span()));
            }
            self.value(&mut field.expr);
        }
    }

    fn call(&mut self, expression: &mut Expr) {
        let Expr::Call(call) = &mut *expression else { return };
        call.args.iter_mut().for_each(|argument| self.value(argument));
        let Expr::Path(path) = &*call.func else { return self.refuse(call.func.span()) };
        let collection = ["Set", "Map"].iter().any(|name| path.path.segments[0].ident == name);
        let empty = path.path.segments.len() == 2 && path.path.segments[1].ident == "new" && call.args.is_empty();
        match path.path.get_ident().cloned() {
            Some(name) if name == "Some" => {}
            Some(name) => self.helper_call(expression, &name),
            None if collection && empty => {}
            None => {
                let message =
                    "the machine language calls its own functions, `Some(...)`, `Set::new()` and `Map::new()`";
                self.errors.add(call.func.span(), message);
            }
        }
    }

    /// A helper that does arithmetic may overflow, and so may a call of it.
    fn helper_call(&mut self, expression: &mut Expr, name: &Ident) {
        match self.symbols.helper(name) {
            Some(index) if self.helpers.get(index) == Some(&true) => {
                self.check(name.span());
                let overflow = local("overflow");
                *expression = parse_quote_spanned!(name.span()=> #expression.map_err(|_| #overflow)?);
            }
            Some(index) if index < self.helpers.len() => {}
            Some(_) => {
                let message = "a function calls those declared in front of it only, so that every call ends";
                self.errors.add(name.span(), message);
            }
            None => {
                let hint = suggestion(&name.to_string(), self.symbols.helper_names());
                self.errors.add(name.span(), format_args!("there is no function `{name}`{hint}"));
            }
        }
    }

    fn macro_call(&mut self, expression: &mut Expr) {
        let Expr::Macro(call) = &*expression else { return };
        if !call.mac.path.is_ident("matches") {
            return self.refuse(call.span());
        }
        let span = call.mac.path.span();
        let parser = |stream: syn::parse::ParseStream| {
            let value: Expr = stream.parse()?;
            stream.parse::<syn::Token![,]>()?;
            let pattern = stream.call(Pat::parse_multi_with_leading_vert)?;
            let guard: Option<Expr> = if stream.peek(syn::Token![if]) {
                stream.parse::<syn::Token![if]>()?;
                Some(stream.parse()?)
            } else {
                None
            };
            stream.parse::<Option<syn::Token![,]>>()?;
            Ok((value, pattern, guard))
        };
        match call.mac.parse_body_with(parser) {
            Ok((mut value, mut pattern, guard)) => {
                let denotes = self.expression(&mut value);
                let guard = self.scoped(|scope| {
                    scope.pattern(&mut pattern, denotes);
                    guard.map(|mut guard| {
                        scope.value(&mut guard);
                        quote!(if #guard)
                    })
                });
                *expression = parse_quote_spanned!(span=> matches!(#value, #pattern #guard));
            }
            Err(error) => self.errors.push(error),
        }
    }

    fn branch(&mut self, branch: &mut syn::ExprIf) {
        self.scoped(|scope| {
            scope.value(&mut branch.cond);
            scope.block(&mut branch.then_branch);
        });
        match &mut branch.else_branch {
            Some((_, other)) => self.value(other),
            None => self.errors.add(branch.span(), "an `if` has an `else`: every expression has a value"),
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
            _ => self.errors.add(span, "a block holds one expression"),
        }
    }

    /// Resolves a pattern that is matched with the phase of a region, and binds its names.
    pub(crate) fn phase_pattern(&mut self, pattern: &mut Pat, region: usize) {
        self.pattern(pattern, Denotes::Phase(region));
    }

    /// Resolves `let pattern = value`: a phase on the right gives its patterns to the left.
    pub(crate) fn binding(&mut self, pattern: &mut Pat, value: &mut Expr) {
        let denotes = self.expression(value);
        self.pattern(pattern, denotes);
    }

    fn pattern(&mut self, pattern: &mut Pat, denotes: Denotes) {
        let phase_of = if let Denotes::Phase(region) = denotes { Some(region) } else { None };
        match pattern {
            Pat::Wild(_) | Pat::Lit(_) | Pat::Rest(_) | Pat::Range(_) => {}
            Pat::Ident(name) => self.name_pattern(pattern_name(name), pattern, phase_of),
            Pat::Path(path) => self.qualified_pattern(&mut path.path, phase_of),
            Pat::Struct(inner) => {
                self.qualified_pattern(&mut inner.path, phase_of);
                for field in &mut inner.fields {
                    self.member_pattern(field);
                }
            }
            Pat::TupleStruct(inner) => {
                if !inner.path.is_ident("Some") {
                    self.errors.add(inner.path.span(), "only `Some(...)` has members without names");
                }
                inner.elems.iter_mut().for_each(|element| self.pattern(element, Denotes::Value));
            }
            Pat::Tuple(tuple) => tuple.elems.iter_mut().for_each(|element| self.pattern(element, Denotes::Value)),
            Pat::Paren(inner) => self.pattern(&mut inner.pat, denotes),
            Pat::Reference(inner) => self.pattern(&mut inner.pat, denotes),
            Pat::Or(or) => or.cases.iter_mut().for_each(|case| self.pattern(case, denotes)),
            other => self.errors.add(other.span(), "this pattern is not part of the machine language"),
        }
    }

    fn member_pattern(&mut self, field: &mut syn::FieldPat) {
        if field.colon_token.is_none() {
            if let Pat::Ident(name) = &*field.pat {
                let name = name.ident.clone();
                self.bind(&name, Local::Value);
            }
            return;
        }
        self.pattern(&mut field.pat, Denotes::Value);
    }

    fn name_pattern(&mut self, name: Ident, pattern: &mut Pat, phase_of: Option<usize>) {
        if let Some(index) = phase_of {
            let region = self.symbols.region(index);
            if name.to_string().starts_with(char::is_uppercase) {
                if crate::analyze::phase(region, &name, self.errors).is_some() {
                    let enumeration = phase_type(&region.name);
                    *pattern = parse_quote_spanned!(name.span()=> #enumeration::#name { .. });
                }
                return;
            }
        }
        if name != "None" {
            self.bind(&name, Local::Value);
        }
    }

    fn qualified_pattern(&mut self, path: &mut syn::Path, phase_of: Option<usize>) {
        match (path.get_ident().cloned(), phase_of) {
            (Some(name), Some(index)) => {
                let region = self.symbols.region(index);
                if crate::analyze::phase(region, &name, self.errors).is_some() {
                    let enumeration = phase_type(&region.name);
                    *path = parse_quote_spanned!(name.span()=> #enumeration::#name);
                }
            }
            (Some(name), None) if !self.symbols.types.contains_key(&name.to_string()) => {
                let hint = suggestion(&name.to_string(), self.symbols.types.keys().map(String::as_str));
                self.errors.add(name.span(), format_args!("there is no type `{name}`{hint}"));
            }
            (Some(_), None) => {}
            (None, _) => self.qualified(&path.clone()),
        }
    }
}

fn pattern_name(pattern: &syn::PatIdent) -> Ident {
    pattern.ident.clone()
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
