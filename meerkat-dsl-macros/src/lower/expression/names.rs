//! Names: locals, regions, fields, constants, types and their variants.

use super::*;

impl Scope<'_, '_, '_> {
    pub(super) fn path(&mut self, expression: &mut Expr) -> Denotes {
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

    pub(super) fn own(&mut self, expression: &mut Expr, span: Span) -> Denotes {
        let this = local_at("this", span);
        *expression = parse_quote_spanned!(span=> #this);
        match self.own {
            Own::Region(region) => Denotes::Region(region),
            Own::Instance(region) => Denotes::Instance(region),
            Own::Nothing => {
                self.errors.add(
                    Code::SelfWithoutMeaning,
                    span,
                    "there is no `self` here; name the region: `region.field`",
                );
                Denotes::Unknown
            }
        }
    }

    pub(super) fn next(&mut self, expression: &mut Expr, span: Span) -> Denotes {
        let next = local_at("next", span);
        *expression = parse_quote_spanned!(span=> #next);
        if self.next != Next::State {
            let message = "`next` is the state after a step: `next.region.field` in `always`, and `next.field` for the \
                           region's own field in the payload of an effect; here every expression reads the state before";
            self.errors.add(Code::NextWithoutMeaning, span, message);
            return Denotes::Unknown;
        }
        Denotes::Next
    }

    pub(super) fn region(&mut self, expression: &mut Expr, name: &Ident) -> Denotes {
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
        self.errors.add(Code::UnknownName, name.span(), format_args!("there is no `{name}` here{hint}"));
        Denotes::Unknown
    }

    pub(super) fn own_fields(&self) -> Vec<String> {
        match self.own {
            Own::Region(region) | Own::Instance(region) => {
                let fields = self.symbols.region(region).fields.iter().map(|field| field.member.name.to_string());
                fields.chain([String::from("phase")]).collect()
            }
            Own::Nothing => Vec::new(),
        }
    }

    pub(super) fn read_region(&mut self, region: usize, span: Span) {
        if let Some(reason) = self.closed {
            self.errors.add(Code::ReadOutside, span, reason);
        }
        self.regions.insert(region);
    }

    /// `Type::Variant`, `Type::CONSTANT` and the like: the first segment is a declared type or one of Rust's.
    pub(super) fn qualified(&mut self, path: &syn::Path) {
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
            self.errors.add(Code::UnknownType, first.span(), format_args!("there is no type `{name}`{hint}"));
        }
    }

    pub(super) fn variant(&mut self, of: &Ident, variants: &[crate::parse::Message], name: &Ident) {
        if !variants.iter().any(|variant| variant.name == *name) {
            let names: Vec<String> = variants.iter().map(|variant| variant.name.to_string()).collect();
            let hint = suggestion(&name.to_string(), names.iter().map(String::as_str));
            self.errors.add(Code::UnknownVariant, name.span(), format_args!("`{of}` has no variant `{name}`{hint}"));
        }
    }

    pub(super) fn field(&mut self, expression: &mut Expr) -> Denotes {
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

    /// `next.field` in the payload of an effect: the value that is set, or the one that stays; `next.phase` likewise.
    pub(super) fn own_after(&mut self, name: &Ident) -> Expr {
        let text = name.to_string();
        if text == "phase" && self.after.moves {
            let to = local_at("to", name.span());
            return parse_quote_spanned!(name.span()=> #to);
        }
        if self.after.set.contains(&text) {
            let value = local_at(&format!("set_{name}"), name.span());
            return parse_quote_spanned!(name.span()=> #value);
        }
        if self.after.changed.contains(&text) {
            let message = format_args!("`{name}` is changed in place; emit what is inserted or removed");
            self.errors.add(Code::ChangedInPlace, name.span(), message);
        }
        if let Own::Region(region) | Own::Instance(region) = self.own {
            self.member(region, name, true);
        }
        let this = local_at("this", name.span());
        parse_quote_spanned!(name.span()=> #this.#name)
    }

    pub(super) fn next_region(&mut self, name: &Ident) -> Denotes {
        match self.symbols.region_index(&name.to_string()) {
            Some(region) => Denotes::Region(region),
            None => {
                let names: Vec<String> =
                    self.symbols.machine.regions.iter().map(|region| region.name.to_string()).collect();
                let hint = suggestion(&name.to_string(), names.iter().map(String::as_str));
                self.errors.add(Code::UnknownRegion, name.span(), format_args!("there is no region `{name}`{hint}"));
                Denotes::Unknown
            }
        }
    }

    pub(super) fn member(&mut self, index: usize, name: &Ident, instance: bool) -> Denotes {
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
        self.errors.add(Code::UnknownField, name.span(), format_args!("{what}`{}` has no `{name}`{hint}", region.name));
        Denotes::Unknown
    }
}
