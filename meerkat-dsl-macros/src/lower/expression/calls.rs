//! Methods, functions, quantifiers and `matches!`.

use super::*;

impl Scope<'_, '_, '_> {
    pub(super) fn method(&mut self, expression: &mut Expr) -> Denotes {
        let Expr::MethodCall(call) = &mut *expression else { return Denotes::Unknown };
        let receiver = self.expression(&mut call.receiver);
        let method = call.method.to_string();
        match (receiver, method.as_str()) {
            (Denotes::Unknown, _) => Denotes::Unknown,
            (Denotes::Region(region), "is") => self.is(expression, region, false),
            (Denotes::Instance(region), "is") => self.is(expression, region, true),
            (Denotes::Region(region), _) if self.symbols.region(region).key.is_some() => {
                self.region_method(expression, region)
            }
            (Denotes::MaybeInstance(region), "is_some_and" | "is_none_or") => {
                self.closure_arguments(call, &[Local::Instance(region)]);
                Denotes::PLAIN
            }
            (receiver, "fresh") if call.args.is_empty() => {
                self.fresh(expression);
                Denotes::Value(receiver.kind())
            }
            (receiver, _) => Denotes::Value(self.value_method(expression, &receiver.kind())),
        }
    }

    /// A method of a value.
    fn value_method(&mut self, expression: &mut Expr, kind: &Kind) -> Kind {
        let Expr::MethodCall(call) = &mut *expression else { return Kind::Unknown };
        let name = call.method.to_string();
        if !METHODS.contains(&name.as_str()) {
            let hint = suggestion(&name, METHODS.into_iter().chain(["is", "fresh"]));
            let message = format_args!("the machine language has no method `{name}` here{hint}");
            self.errors.add(Code::UnknownMethod, call.method.span(), message);
        }
        self.looked_into(kind, call.method.span());
        if matches!(name.as_str(), "is_some_and" | "is_none_or") && !self.symbols.is_copied(kind) {
            let receiver = &call.receiver;
            *call.receiver = parse_quote_spanned!(receiver.span()=> #receiver.as_ref());
        }
        let parameters = self.parameters(kind);
        self.closure_arguments(call, &parameters);
        if let ("copied", Kind::Option(inner)) = (name.as_str(), kind) {
            call.method = self.copying(inner.itself(), call.method.span());
        }
        self.arguments(call, kind);
        self.result(expression, kind)
    }

    /// What a condition over the parts of a value is given.
    fn parameters(&self, kind: &Kind) -> Vec<Local> {
        let part = |kind: &Kind| match kind {
            Kind::Lent(inner) if !self.symbols.is_copied(inner) => Local::Lent((**inner).clone()),
            kind if self.symbols.is_copied(kind) => Local::Value(kind.clone()),
            kind => Local::Lent(kind.clone()),
        };
        match kind.itself() {
            Kind::Set(key) | Kind::Option(key) => vec![part(key)],
            Kind::Map(key, value) => vec![part(key), Local::Lent((**value).clone())],
            Kind::Seq(element) => vec![Local::Lent((**element).clone())],
            _ => vec![Local::Value(Kind::Unknown), Local::Lent(Kind::Unknown)],
        }
    }

    /// Makes the arguments of a method fit the value that it is called on.
    fn arguments(&mut self, call: &mut syn::ExprMethodCall, kind: &Kind) {
        let (name, span) = (call.method.to_string(), call.method.span());
        let Some(argument) = call.args.first_mut() else { return };
        match (kind.itself(), name.as_str()) {
            (Kind::Set(key), "contains" | "with" | "without") | (Kind::Map(key, _), "get" | "contains_key") => {
                self.literals(argument, key);
            }
            (Kind::Set(key), "after") => self.literals(argument, &(**key).clone().option()),
            (Kind::Seq(element), "contains") => {
                self.compared(element, &Kind::Unknown, span);
                self.literals(argument, element);
                if !self.symbols.is_copied(element) && !matches!(argument, Expr::Reference(_)) {
                    *argument = parse_quote_spanned!(argument.span()=> &(#argument));
                }
            }
            (Kind::Seq(element), "with") => {
                self.literals(argument, element);
                self.own(argument, element);
            }
            (Kind::Map(key, value), "with") => {
                self.literals(argument, key);
                if let Some(argument) = call.args.iter_mut().nth(1) {
                    self.literals(argument, value);
                    self.own(argument, value);
                }
            }
            (other, "min" | "max") => {
                self.compared(other, &Kind::Unknown, span);
                self.literals(argument, other);
            }
            _ => {}
        }
    }

    /// What a method gives. Of a sequence, elements are values and not lent if they can be copied.
    fn result(&self, expression: &mut Expr, kind: &Kind) -> Kind {
        let Expr::MethodCall(call) = &*expression else { return Kind::Unknown };
        let (name, span) = (call.method.to_string(), call.method.span());
        match (kind.itself(), name.as_str()) {
            (Kind::Set(key), "first" | "last" | "min" | "max" | "after") => (**key).clone().option(),
            (Kind::Map(_, value), "get") => (**value).clone().lent().option(),
            (Kind::Seq(element), "first" | "last" | "get") => {
                if !self.symbols.is_copied(element) {
                    return (**element).clone().lent().option();
                }
                *expression = parse_quote_spanned!(span=> #expression.copied());
                (**element).clone().option()
            }
            (Kind::Set(_) | Kind::Map(..) | Kind::Seq(_), "with" | "without") => kind.itself().clone(),
            (Kind::Option(inner), "copied" | "cloned") => inner.itself().clone().option(),
            (Kind::Option(inner), "as_ref") => (**inner).clone().lent().option(),
            (Kind::Unknown, _) | (_, "keys") => Kind::Unknown,
            (kind, "min" | "max") => kind.clone(),
            _ => Kind::Plain,
        }
    }

    /// Resolves the arguments of a method; conditions are given these parameters.
    fn closure_arguments(&mut self, call: &mut syn::ExprMethodCall, parameters: &[Local]) {
        for argument in &mut call.args {
            match argument {
                Expr::Closure(closure) => self.closure(closure, parameters),
                other => {
                    self.value(other);
                }
            }
        }
    }

    fn closure(&mut self, closure: &mut syn::ExprClosure, parameters: &[Local]) {
        self.closures += 1;
        self.scoped(|scope| {
            for (position, input) in closure.inputs.iter().enumerate() {
                match input {
                    Pat::Ident(name) => {
                        let parameter = parameters.get(position).cloned();
                        scope.bind(&name.ident, parameter.unwrap_or(Local::Value(Kind::Unknown)));
                    }
                    Pat::Wild(_) => {}
                    other => scope.errors.add(Code::ClosureParameter, other.span(), "name the parameter: `|i| ...`"),
                }
            }
            scope.value(&mut closure.body);
        });
        self.closures -= 1;
    }

    /// `region.any(|i| ...)`, `all`, `count`, `get`, `contains_key`, `len` and `is_empty` of a keyed region.
    fn region_method(&mut self, expression: &mut Expr, region: usize) -> Denotes {
        let Expr::MethodCall(call) = &mut *expression else { return Denotes::Unknown };
        let name = call.method.to_string();
        self.reads.insert(format!("{}.phase", self.symbols.region(region).name));
        match name.as_str() {
            "any" | "all" | "count" => self.closure_arguments(call, &[Local::Instance(region)]),
            "get" | "contains_key" | "len" | "is_empty" => {
                self.closure_arguments(call, &[]);
                let key = self.symbols.region(region).key.as_ref().map_or(Kind::Unknown, |key| self.symbols.kind(key));
                call.args.iter_mut().for_each(|argument| self.literals(argument, &key));
            }
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
        if name == "get" { Denotes::MaybeInstance(region) } else { Denotes::PLAIN }
    }

    /// `region.is(A | B)` to `matches!(region.phase, Phase::A { .. } | Phase::B { .. })`.
    fn is(&mut self, expression: &mut Expr, index: usize, instance: bool) -> Denotes {
        let Expr::MethodCall(call) = &*expression else { return Denotes::Unknown };
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
            return Denotes::PLAIN;
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
        Denotes::PLAIN
    }

    fn fresh(&mut self, expression: &mut Expr) {
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

    pub(super) fn call(&mut self, expression: &mut Expr) -> Kind {
        let Expr::Call(call) = &mut *expression else { return Kind::Unknown };
        let Expr::Path(path) = &*call.func else { return self.refuse(call.func.span()) };
        let path = path.path.clone();
        match path.get_ident().cloned() {
            Some(name) if name == "Some" => {
                let kinds: Vec<Kind> =
                    call.args.iter_mut().map(|argument| self.given(argument, &Kind::Unknown)).collect();
                kinds.into_iter().next().unwrap_or(Kind::Unknown).option()
            }
            Some(name) => self.helper_call(expression, &name),
            None => {
                let collection = call.args.is_empty().then(|| empty_collection(&path)).flatten();
                if collection.is_none() {
                    let message = "the machine language calls its own functions, `Some(...)`, `Set::new()`, `Map::new()` \
                                   and `Seq::new()`";
                    self.errors.add(Code::ForeignCall, call.func.span(), message);
                }
                collection.unwrap_or(Kind::Unknown)
            }
        }
    }

    /// A helper that does arithmetic may overflow, and so may a call of it.
    fn helper_call(&mut self, expression: &mut Expr, name: &Ident) -> Kind {
        let Expr::Call(call) = &mut *expression else { return Kind::Unknown };
        let found = self.symbols.helper(name);
        let helper = found.map(|index| &self.symbols.machine.helpers[index]);
        for (position, argument) in call.args.iter_mut().enumerate() {
            match helper.and_then(|helper| helper.parameters.get(position)) {
                Some(parameter) => self.argument(argument, &parameter.ty),
                None => {
                    self.value(argument);
                }
            }
        }
        match found {
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
        self.symbols.used(Use::Function(name.to_string()));
        helper.map_or(Kind::Unknown, |helper| self.symbols.kind(&helper.ty))
    }

    /// An argument of a function: copied, or lent.
    fn argument(&mut self, argument: &mut Expr, ty: &syn::Type) {
        let kind = self.symbols.kind(ty);
        if self.symbols.is_copied(&kind) {
            return self.put(argument, &kind);
        }
        self.value(argument);
        self.literals(argument, &kind);
        if !matches!(argument, Expr::Reference(_)) {
            *argument = parse_quote_spanned!(argument.span()=> &(#argument));
        }
    }

    pub(super) fn macro_call(&mut self, expression: &mut Expr) -> Kind {
        let Expr::Macro(call) = &*expression else { return Kind::Unknown };
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
                let place = self.is_place(&value);
                let guard = self.scoped(|scope| {
                    scope.pattern(&mut pattern, &denotes, place);
                    guard.map(|mut guard| {
                        scope.value(&mut guard);
                        quote!(if #guard)
                    })
                });
                *expression = parse_quote_spanned!(span=> matches!(#value, #pattern #guard));
            }
            Err(error) => self.errors.push(&error),
        }
        Kind::Plain
    }
}

/// The kind of `Set::new()` and the like.
fn empty_collection(path: &syn::Path) -> Option<Kind> {
    let [of, new] = path.segments.iter().collect::<Vec<_>>()[..] else { return None };
    let unknown = || Box::new(Kind::Unknown);
    match of.ident.to_string().as_str() {
        _ if new.ident != "new" => None,
        "Set" => Some(Kind::Set(unknown())),
        "Map" => Some(Kind::Map(unknown(), unknown())),
        "Seq" => Some(Kind::Seq(unknown())),
        _ => None,
    }
}
