//! Patterns: of phases, which lose their region's name, and of values.

use super::*;

impl Scope<'_, '_, '_> {
    /// Resolves a pattern that is matched with the phase of a region, and binds its names.
    pub(crate) fn phase_pattern(&mut self, pattern: &mut Pat, region: usize) {
        self.pattern(pattern, Denotes::Phase(region));
    }

    /// Resolves the pattern of a transition's sources, which may hide no name of the payload.
    pub(crate) fn source_pattern(&mut self, pattern: &mut Pat, region: usize) {
        self.only_new_names = true;
        self.phase_pattern(pattern, region);
        self.only_new_names = false;
    }

    /// Resolves `let pattern = value`: a phase on the right gives its patterns to the left.
    pub(crate) fn binding(&mut self, pattern: &mut Pat, value: &mut Expr) {
        let denotes = self.expression(value);
        self.pattern(pattern, denotes);
    }

    pub(super) fn pattern(&mut self, pattern: &mut Pat, denotes: Denotes) {
        let phase_of = if let Denotes::Phase(region) = denotes { Some(region) } else { None };
        match pattern {
            Pat::Wild(_) | Pat::Lit(_) | Pat::Rest(_) | Pat::Range(_) => {}
            Pat::Ident(name) => self.name_pattern(name.ident.clone(), pattern, phase_of),
            Pat::Path(path) => self.qualified_pattern(&mut path.path, phase_of),
            Pat::Struct(inner) => {
                self.qualified_pattern(&mut inner.path, phase_of);
                for field in &mut inner.fields {
                    self.member_pattern(field);
                }
            }
            Pat::TupleStruct(inner) => {
                if !inner.path.is_ident("Some") {
                    self.errors.add(Code::NotAPattern, inner.path.span(), "only `Some(...)` has members without names");
                }
                inner.elems.iter_mut().for_each(|element| self.pattern(element, Denotes::Value));
            }
            Pat::Tuple(tuple) => tuple.elems.iter_mut().for_each(|element| self.pattern(element, Denotes::Value)),
            Pat::Paren(inner) => self.pattern(&mut inner.pat, denotes),
            Pat::Reference(inner) => self.pattern(&mut inner.pat, denotes),
            Pat::Or(or) => or.cases.iter_mut().for_each(|case| self.pattern(case, denotes)),
            other => {
                self.errors.add(Code::NotAPattern, other.span(), "this pattern is not part of the machine language")
            }
        }
    }

    pub(super) fn member_pattern(&mut self, field: &mut syn::FieldPat) {
        if field.colon_token.is_none() {
            if let Pat::Ident(name) = &*field.pat {
                let name = name.ident.clone();
                self.bind(&name, Local::Value);
            }
            return;
        }
        self.pattern(&mut field.pat, Denotes::Value);
    }

    pub(super) fn name_pattern(&mut self, name: Ident, pattern: &mut Pat, phase_of: Option<usize>) {
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

    pub(super) fn qualified_pattern(&mut self, path: &mut syn::Path, phase_of: Option<usize>) {
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
                self.errors.add(Code::UnknownType, name.span(), format_args!("there is no type `{name}`{hint}"));
            }
            (Some(_), None) => {}
            (None, _) => self.qualified(&path.clone()),
        }
    }
}
