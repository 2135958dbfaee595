//! Names: locals, regions, fields, constants, types and their variants.

use super::*;
use crate::parse::TypeKind;

impl<'a> Scope<'a, '_, '_> {
    pub(super) fn path(&mut self, expression: &mut Expr) -> Denotes {
        let Expr::Path(path) = &*expression else { return Denotes::Unknown };
        let Some(name) = path.path.get_ident().cloned() else {
            return Denotes::Value(self.made(&path.path.clone()));
        };
        let text = name.to_string();
        match self.find_local(&text) {
            Some(Local::Value(kind)) => return Denotes::Value(kind),
            Some(Local::Instance(region)) => return Denotes::Instance(region),
            Some(Local::Lent(kind)) => {
                *expression = parse_quote_spanned!(name.span()=> (*#name));
                return Denotes::Value(kind);
            }
            None => {}
        }
        if let Some(constant) = self.symbols.constant(&name) {
            self.symbols.used(Use::Constant(text));
            return Denotes::Value(self.symbols.kind(&constant.ty));
        }
        match text.as_str() {
            "self" => self.own_region(expression, name.span()),
            "next" => self.next(expression, name.span()),
            "None" => Denotes::Value(Kind::Unknown.option()),
            _ => self.region(expression, &name),
        }
    }

    fn own_region(&mut self, expression: &mut Expr, span: Span) -> Denotes {
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

    /// The same, for a value that is made this way.
    pub(super) fn made(&mut self, path: &syn::Path) -> Kind {
        if let (Some(first), Some(last)) = (path.segments.first(), path.segments.last()) {
            self.symbols.used(Use::Variant(first.ident.to_string(), last.ident.to_string()));
        }
        self.qualified(path)
    }

    /// `Type::Variant`, `Type::CONSTANT` and the like: the first segment is a declared type or one of Rust's.
    pub(super) fn qualified(&mut self, path: &syn::Path) -> Kind {
        let (Some(first), Some(last)) = (path.segments.first(), path.segments.last()) else { return Kind::Unknown };
        let (first, last) = (first.ident.clone(), last.ident.clone());
        let name = first.to_string();
        if let Some(declared) = self.symbols.declared(&name) {
            match declared {
                TypeKind::Enum(variants) => self.variant(&first, variants, &last),
                TypeKind::Opaque(_) => self.looked_into(&Kind::Declared(name.clone()), first.span()),
                _ => {}
            }
            return Kind::Declared(name);
        }
        let regions = &self.symbols.machine.regions;
        if let Some(region) = regions.iter().position(|region| phase_type(&region.name) == name) {
            return Kind::Phase(region);
        }
        let builtin = ["u8", "u16", "u32", "u64", "i8", "i16", "i32", "i64", "Set", "Map", "Seq", "Option", "bool"];
        if !builtin.contains(&name.as_str()) {
            let hint = suggestion(&name, self.symbols.types.keys().map(String::as_str));
            self.errors.add(Code::UnknownType, first.span(), format_args!("there is no type `{name}`{hint}"));
            return Kind::Unknown;
        }
        if name == "Option" { Kind::Unknown.option() } else { Kind::Plain }
    }

    /// The members that are written behind a path: of a record, a variant or a phase.
    pub(super) fn members(&self, path: &syn::Path, kind: &Kind) -> Option<&'a [crate::parse::Member]> {
        let last = &path.segments.last()?.ident;
        match kind {
            Kind::Declared(name) => match self.symbols.declared(name)? {
                TypeKind::Record(members) => Some(members),
                TypeKind::Enum(variants) => {
                    variants.iter().find(|variant| variant.name == *last).map(|variant| variant.members.as_slice())
                }
                _ => None,
            },
            Kind::Phase(region) => {
                let region = self.symbols.region(*region);
                phase_index(region, last).map(|index| region.phases[index].message.members.as_slice())
            }
            _ => None,
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
        let Expr::Field(access) = &mut *expression else { return Denotes::Unknown };
        if let (Next::Own, Expr::Path(base), Member::Named(name)) = (self.next, &*access.base, &access.member)
            && base.path.is_ident("next")
        {
            let (place, denotes) = self.own_after(&name.clone());
            *expression = place;
            return denotes;
        }
        let base = self.expression(&mut access.base);
        match (base, &access.member) {
            (Denotes::Next, Member::Named(name)) => self.next_region(&name.clone()),
            (Denotes::Region(region), Member::Named(name)) => self.member(region, &name.clone(), false),
            (Denotes::Instance(region), Member::Named(name)) => self.member(region, &name.clone(), true),
            (Denotes::Value(kind), member) => Denotes::Value(self.member_of(&kind, &member.clone())),
            (Denotes::Unknown, _) => Denotes::Unknown,
            _ => Denotes::Value(Kind::Unknown),
        }
    }

    /// A member of a record or a tuple.
    fn member_of(&mut self, kind: &Kind, member: &Member) -> Kind {
        self.looked_into(kind, member.span());
        match (kind.itself(), member) {
            (Kind::Tuple(elements), Member::Unnamed(position)) => {
                usize::try_from(position.index).ok().and_then(|at| elements.get(at)).cloned().unwrap_or(Kind::Unknown)
            }
            (Kind::Declared(name), member) => match self.symbols.declared(name) {
                Some(TypeKind::Record(members)) => member_kind(self.symbols, Some(members), member),
                _ => Kind::Unknown,
            },
            _ => Kind::Unknown,
        }
    }

    /// `next.field` in the payload of an effect: the value that is set, or the one that stays; `next.phase` likewise.
    fn own_after(&mut self, name: &Ident) -> (Expr, Denotes) {
        let (text, index) = (name.to_string(), self.after.region);
        let field = self.symbols.region(index).fields.iter().find(|field| field.member.name == *name);
        if text == "phase" && self.after.moves {
            let to = local_at("to", name.span());
            return (parse_quote_spanned!(name.span()=> #to), Denotes::Phase(index));
        }
        if let (Some(field), true) = (field, self.after.set.contains(&text)) {
            let value = local_at(&format!("set_{name}"), name.span());
            let kind = self.symbols.kind(&field.member.ty);
            return (parse_quote_spanned!(name.span()=> #value), Denotes::Value(kind));
        }
        if self.after.changed.contains(&text) {
            let message = format_args!("`{name}` is changed in place; emit what goes in or out");
            self.errors.add(Code::ChangedInPlace, name.span(), message);
        }
        let this = local_at("this", name.span());
        let place = parse_quote_spanned!(name.span()=> #this.#name);
        if field.is_some() && self.own == Own::Nothing {
            let message = format_args!("a new instance begins with the first value of `{name}`; write that value");
            self.errors.add(Code::NextWithoutMeaning, name.span(), message);
            return (place, Denotes::Unknown);
        }
        (place, self.member(index, name, true))
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
        let key = || region.key.as_ref().map_or(Kind::Unknown, |key| self.symbols.kind(key));
        let field = region.fields.iter().find(|field| field.member.name == text).filter(|_| instance || !keyed);
        let selection = !instance && region.selections.iter().any(|selection| selection.name == text);
        if field.is_some() || selection || (instance && text == "key") {
            self.reads.insert(format!("{}.{}", region.name, if selection { "phase" } else { text.as_str() }));
            return Denotes::Value(match field {
                Some(field) => self.symbols.kind(&field.member.ty),
                None if selection => {
                    self.symbols.used(Use::Selection(index, text));
                    Kind::Set(Box::new(key()))
                }
                None => key(),
            });
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
