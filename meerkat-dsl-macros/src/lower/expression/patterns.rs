//! Patterns: of phases, which lose their region's name, and of values.

use super::*;
use crate::parse::Member as Declared;

impl<'a> Scope<'a, '_, '_> {
    /// Resolves a pattern that is matched with the phase of a region, where it is, and binds its names.
    pub(crate) fn phase_pattern(&mut self, pattern: &mut Pat, region: usize) {
        self.pattern(pattern, &Denotes::Phase(region), true);
    }

    /// Resolves the pattern of a transition's sources, which may hide no name of the payload. Its alternatives bind
    /// the same names, and do not hide each other's.
    pub(crate) fn source_pattern(&mut self, pattern: &mut Pat, region: usize) {
        let alternatives = match pattern {
            Pat::Or(or) => or.cases.iter_mut().collect(),
            one => vec![one],
        };
        let payload = self.locals.clone();
        self.only_new_names = true;
        for alternative in alternatives {
            self.locals.clone_from(&payload);
            self.phase_pattern(alternative, region);
        }
        self.only_new_names = false;
    }

    /// Resolves `let pattern = value`: a phase on the right gives its patterns to the left.
    pub(crate) fn binding(&mut self, pattern: &mut Pat, ty: Option<&syn::Type>, value: &mut Expr) {
        if let Some(ty) = ty {
            self.put_typed(value, ty);
            let kind = self.symbols.kind(ty);
            return self.pattern(pattern, &Denotes::Value(kind), false);
        }
        let denotes = self.expression(value);
        if matches!(pattern, Pat::Ident(_)) {
            self.whole(&denotes.kind());
        }
        let place = self.is_place(value);
        if !place {
            self.own(value, &denotes.kind());
        }
        self.pattern(pattern, &denotes, place);
    }

    /// Resolves a pattern of something; of a place, what is not copied is lent and not moved out.
    pub(super) fn pattern(&mut self, pattern: &mut Pat, denotes: &Denotes, place: bool) {
        match pattern {
            Pat::Wild(_) | Pat::Rest(_) => {}
            Pat::Lit(_) | Pat::Range(_) => {
                self.looked_into(&denotes.kind(), pattern.span());
                self.number_pattern(pattern, &denotes.kind());
            }
            Pat::Ident(name) => {
                let name = name.ident.clone();
                self.name_pattern(name, pattern, denotes, place);
            }
            Pat::Path(path) => {
                self.qualified_pattern(&mut path.path, denotes);
            }
            Pat::Struct(inner) => {
                let kind = self.qualified_pattern(&mut inner.path, denotes);
                let members = self.members(&inner.path, &kind);
                for field in &mut inner.fields {
                    self.member_pattern(field, members, place);
                    self.reads_data(&kind, &inner.path, &field.member);
                }
            }
            Pat::TupleStruct(inner) => {
                if !inner.path.is_ident("Some") {
                    let message = "only `Some(...)` has members without names";
                    self.errors.add(Code::NotAPattern, inner.path.span(), message);
                }
                let part = match denotes {
                    Denotes::MaybeInstance(region) => Denotes::Instance(*region),
                    other => Denotes::Value(match other.kind() {
                        Kind::Option(part) => *part,
                        _ => Kind::Unknown,
                    }),
                };
                inner.elems.iter_mut().for_each(|element| self.pattern(element, &part, place));
            }
            Pat::Tuple(tuple) => {
                let kinds = if let Kind::Tuple(kinds) = denotes.kind() { kinds } else { Vec::new() };
                for (position, element) in tuple.elems.iter_mut().enumerate() {
                    let kind = kinds.get(position).cloned().unwrap_or(Kind::Unknown);
                    self.pattern(element, &Denotes::Value(kind), place);
                }
            }
            Pat::Paren(inner) => self.pattern(&mut inner.pat, denotes, place),
            Pat::Reference(inner) => {
                let inside = Denotes::Value(denotes.kind().itself().clone());
                self.pattern(&mut inner.pat, &inside, place);
            }
            Pat::Or(or) => or.cases.iter_mut().for_each(|case| self.pattern(case, denotes, place)),
            other => {
                let message = "this pattern is not part of the machine language";
                self.errors.add(Code::NotAPattern, other.span(), message);
            }
        }
    }

    fn member_pattern(&mut self, field: &mut syn::FieldPat, members: Option<&[Declared]>, place: bool) {
        let kind = member_kind(self.symbols, members, &field.member);
        if let (None, Pat::Ident(name)) = (field.colon_token, &*field.pat) {
            let name = name.ident.clone();
            return self.bind_part(&name, &mut field.pat, kind, place);
        }
        self.pattern(&mut field.pat, &Denotes::Value(kind), place);
    }

    fn name_pattern(&mut self, name: Ident, pattern: &mut Pat, denotes: &Denotes, place: bool) {
        if let Denotes::Phase(index) = denotes {
            let region = self.symbols.region(*index);
            if name.to_string().starts_with(char::is_uppercase) {
                if crate::analyze::phase(region, &name, self.errors).is_some() {
                    let enumeration = phase_type(&region.name);
                    *pattern = parse_quote_spanned!(name.span()=> #enumeration::#name { .. });
                }
                return;
            }
        }
        if self.symbols.constant(&name).is_some() {
            self.symbols.used(Use::Constant(name.to_string()));
        }
        match denotes {
            _ if name == "None" => {}
            Denotes::Instance(region) => self.bind(&name, Local::Instance(*region)),
            other => self.bind_part(&name, pattern, other.kind(), place),
        }
    }

    /// Binds a name to a part of what is matched.
    fn bind_part(&mut self, name: &Ident, pattern: &mut Pat, kind: Kind, place: bool) {
        let local = match kind {
            Kind::Lent(inner) if !self.symbols.is_copied(&inner) => Local::Lent(*inner),
            kind if self.symbols.is_copied(&kind) || !place => Local::Value(kind),
            kind => {
                *pattern = parse_quote_spanned!(name.span()=> ref #name);
                Local::Lent(kind)
            }
        };
        self.bind(name, local);
    }

    /// Data of a phase that a pattern tests or binds is read.
    fn reads_data(&mut self, kind: &Kind, path: &syn::Path, member: &Member) {
        if let (Kind::Phase(region), Some(phase), Member::Named(name)) = (kind, path.segments.last(), member) {
            self.symbols.used(Use::Data(*region, phase.ident.to_string(), name.to_string()));
        }
    }

    /// Resolves the path of a pattern and gives the kind that it is of.
    fn qualified_pattern(&mut self, path: &mut syn::Path, denotes: &Denotes) -> Kind {
        match (path.get_ident().cloned(), denotes) {
            (Some(name), Denotes::Phase(index)) => {
                let region = self.symbols.region(*index);
                if crate::analyze::phase(region, &name, self.errors).is_some() {
                    let enumeration = phase_type(&region.name);
                    *path = parse_quote_spanned!(name.span()=> #enumeration::#name);
                }
                Kind::Phase(*index)
            }
            (Some(name), _) if !self.symbols.types.contains_key(&name.to_string()) => {
                let hint = suggestion(&name.to_string(), self.symbols.types.keys().map(String::as_str));
                self.errors.add(Code::UnknownType, name.span(), format_args!("there is no type `{name}`{hint}"));
                Kind::Unknown
            }
            (Some(name), _) => {
                let kind = Kind::Declared(name.to_string());
                self.looked_into(&kind, name.span());
                kind
            }
            (None, _) => self.qualified(&path.clone()),
        }
    }
}
