//! Methods, functions, quantifiers and `matches!`.

use super::*;

impl Scope<'_, '_, '_> {
    pub(super) fn method(&mut self, expression: &mut Expr) -> Denotes {
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

    pub(super) fn plain_method(&mut self, call: &mut syn::ExprMethodCall) {
        let name = call.method.to_string();
        if !METHODS.contains(&name.as_str()) {
            let hint = suggestion(&name, METHODS.into_iter().chain(["is", "fresh"]));
            let message = format_args!("the machine language has no method `{name}` here{hint}");
            self.errors.add(Code::UnknownMethod, call.method.span(), message);
        }
        self.closure_arguments(call, Local::Value);
    }

    pub(super) fn closure_arguments(&mut self, call: &mut syn::ExprMethodCall, parameter: Local) {
        for argument in &mut call.args {
            match argument {
                Expr::Closure(closure) => self.closure(closure, parameter),
                other => self.value(other),
            }
        }
    }

    pub(super) fn closure(&mut self, closure: &mut syn::ExprClosure, parameter: Local) {
        self.closures += 1;
        self.scoped(|scope| {
            for (position, input) in closure.inputs.iter().enumerate() {
                match input {
                    // The second parameter is the value of a map's entry, which is lent.
                    Pat::Ident(name) if position == 1 => scope.bind(&name.ident, Local::Collection),
                    Pat::Ident(name) => scope.bind(&name.ident, parameter),
                    Pat::Wild(_) => {}
                    other => scope.errors.add(Code::ClosureParameter, other.span(), "name the parameter: `|i| ...`"),
                }
            }
            scope.value(&mut closure.body);
        });
        self.closures -= 1;
    }

    /// `region.any(|i| ...)`, `all`, `count`, `get`, `contains_key`, `len` and `is_empty` of a keyed region.
    pub(super) fn region_method(&mut self, expression: &mut Expr, region: usize) -> Denotes {
        let Expr::MethodCall(call) = &mut *expression else { return Denotes::Value };
        let name = call.method.to_string();
        self.reads.insert(format!("{}.phase", self.symbols.region(region).name));
        match name.as_str() {
            "any" | "all" | "count" => self.closure_arguments(call, Local::Instance(region)),
            "get" | "contains_key" | "len" | "is_empty" => self.closure_arguments(call, Local::Value),
            _ => {
                let known = ["any", "all", "count", "get", "contains_key", "len", "is_empty"];
                let hint = suggestion(&name, known);
                self.errors.add(
                    Code::UnknownMethod,
                    call.method.span(),
                    format_args!("a keyed region has no method `{name}`{hint}"),
                );
            }
        }
        if name == "get" { Denotes::MaybeInstance(region) } else { Denotes::Value }
    }

    /// `region.is(A | B)` to `matches!(region.phase, Phase::A { .. } | Phase::B { .. })`.
    pub(super) fn is(&mut self, expression: &mut Expr, index: usize, instance: bool) {
        let Expr::MethodCall(call) = &*expression else { return };
        let region = self.symbols.region(index);
        self.reads.insert(format!("{}.phase", region.name));
        if region.key.is_some() && !instance {
            let message = "a keyed region has no phase of its own; ask its instances: `.any(|i| i.is(...))`";
            self.errors.add(Code::KeyedRegionPhase, call.method.span(), message);
        }
        let mut names = Vec::new();
        for argument in &call.args {
            alternatives(argument, &mut names);
        }
        if names.is_empty() || call.args.len() != 1 {
            self.errors.add(
                Code::IsWithoutPhases,
                call.method.span(),
                "`is` takes phases: `is(Idle)` or `is(Idle | Attached)`",
            );
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

    pub(super) fn fresh(&mut self, expression: &mut Expr) {
        let Expr::MethodCall(call) = &*expression else { return };
        let (receiver, span) = (&call.receiver, call.method.span());
        self.check(span);
        let overflow = local("overflow");
        *expression = parse_quote_spanned!(span=> ::machine_spec::Epoch::checked_fresh(#receiver).ok_or(#overflow)?);
    }

    pub(super) fn check(&mut self, span: Span) {
        self.checked = true;
        if self.closures > 0 {
            let message = "arithmetic may overflow and a quantifier cannot reject; compute it in a `let` in front";
            self.errors.add(Code::ArithmeticInQuantifier, span, message);
        }
    }

    pub(super) fn call(&mut self, expression: &mut Expr) {
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
                self.errors.add(Code::ForeignCall, call.func.span(), message);
            }
        }
    }

    /// A helper that does arithmetic may overflow, and so may a call of it.
    pub(super) fn helper_call(&mut self, expression: &mut Expr, name: &Ident) {
        match self.symbols.helper(name) {
            Some(index) if self.helpers.get(index) == Some(&true) => {
                self.check(name.span());
                let overflow = local("overflow");
                *expression = parse_quote_spanned!(name.span()=> #expression.map_err(|_| #overflow)?);
            }
            Some(index) if index < self.helpers.len() => {}
            Some(_) => {
                let message = "a function calls those declared in front of it only, so that every call ends";
                self.errors.add(Code::LaterFunction, name.span(), message);
            }
            None => {
                let hint = suggestion(&name.to_string(), self.symbols.helper_names());
                self.errors.add(
                    Code::UnknownFunction,
                    name.span(),
                    format_args!("there is no function `{name}`{hint}"),
                );
            }
        }
    }

    pub(super) fn macro_call(&mut self, expression: &mut Expr) {
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
            Err(error) => self.errors.push(&error),
        }
    }
}
