//! Values that are not copied: where they are lent, where they are cloned, and what must not be looked into.

use super::*;
use crate::parse::TypeKind;

impl Scope<'_, '_, '_> {
    /// Resolves a value that is put somewhere, where it has this type. What is not copied is cloned.
    pub(crate) fn put(&mut self, expression: &mut Expr, at: &Kind) {
        let kind = self.value(expression);
        self.literals(expression, at);
        if let (Kind::Option(found), Kind::Option(wanted)) = (&kind, at)
            && matches!(**found, Kind::Lent(_))
            && !matches!(**wanted, Kind::Lent(_))
        {
            let method = self.copying(wanted, expression.span());
            *expression = parse_quote_spanned!(expression.span()=> #expression.#method());
        } else {
            self.own(expression, if *at == Kind::Unknown { &kind } else { at });
        }
    }

    /// The same for a type that is written.
    pub(crate) fn put_typed(&mut self, expression: &mut Expr, ty: &syn::Type) {
        let kind = self.symbols.kind(ty);
        self.put(expression, &kind);
    }

    /// The same, where the type may be told by the value alone.
    pub(super) fn given(&mut self, expression: &mut Expr, at: &Kind) -> Kind {
        let kind = self.value(expression);
        self.literals(expression, at);
        self.own(expression, &kind);
        kind
    }

    /// The method that makes an option of values from an option of lent ones.
    pub(super) fn copying(&self, kind: &Kind, span: Span) -> Ident {
        Ident::new(if self.symbols.is_copied(kind) { "copied" } else { "cloned" }, span)
    }

    /// Clones what is read from its place and not copied. What was just made is not cloned.
    pub(super) fn own(&mut self, expression: &mut Expr, kind: &Kind) {
        if self.symbols.is_copied(kind) {
            return;
        }
        match &mut *expression {
            Expr::Paren(inner) => self.own(&mut inner.expr, kind),
            Expr::Group(inner) => self.own(&mut inner.expr, kind),
            Expr::If(branch) => {
                self.own_block(&mut branch.then_branch, kind);
                if let Some((_, other)) = &mut branch.else_branch {
                    self.own(other, kind);
                }
            }
            Expr::Match(matched) => matched.arms.iter_mut().for_each(|arm| self.own(&mut arm.body, kind)),
            Expr::Block(block) => self.own_block(&mut block.block, kind),
            place if self.is_place(place) => {
                *expression = parse_quote_spanned!(expression.span()=> ::core::clone::Clone::clone(&#expression));
            }
            _ => {}
        }
    }

    fn own_block(&mut self, block: &mut syn::Block, kind: &Kind) {
        if let [syn::Stmt::Expr(value, None)] = block.stmts.as_mut_slice() {
            self.own(value, kind);
        }
    }

    /// Whether an expression names a place, and makes no value.
    pub(super) fn is_place(&self, expression: &Expr) -> bool {
        match expression {
            Expr::Path(path) => path.path.get_ident().is_some_and(|name| {
                name != "None"
                    && (self.symbols.constant(name).is_none() || self.find_local(&name.to_string()).is_some())
            }),
            Expr::Field(_) | Expr::Unary(syn::ExprUnary { op: syn::UnOp::Deref(_), .. }) => true,
            Expr::Paren(inner) => self.is_place(&inner.expr),
            Expr::Group(inner) => self.is_place(&inner.expr),
            _ => false,
        }
    }

    /// What is opaque is carried and never compared, so that a check explores all of it with one value.
    pub(super) fn compared(&mut self, left: &Kind, right: &Kind, span: Span) {
        if self.symbols.is_opaque(left) || self.symbols.is_opaque(right) {
            let message = "what is opaque is carried, never compared; compare an id or an epoch that goes with it";
            self.errors.add(Code::OpaqueCompared, span, message);
        }
    }

    /// What is opaque is carried and never looked into.
    pub(super) fn looked_into(&mut self, kind: &Kind, span: Span) {
        if self.is_opaque_type(kind.itself()) {
            let message =
                "what is opaque is carried, never looked into; what the machine decides on is a member of its own";
            self.errors.add(Code::OpaqueInspected, span, message);
        }
    }

    /// Whether it is an opaque type itself, and not only something that holds one.
    fn is_opaque_type(&self, kind: &Kind) -> bool {
        matches!(kind, Kind::Declared(name) if matches!(self.symbols.declared(name), Some(TypeKind::Opaque(_))))
    }

    /// A value of an opaque type, an id, an epoch or a number is not made of members.
    pub(super) fn made_of_members(&mut self, kind: &Kind, path: &syn::Path) {
        let Kind::Declared(name) = kind else { return };
        if path.segments.len() == 1 && !matches!(self.symbols.declared(name), Some(TypeKind::Record(_))) {
            let message =
                format_args!("`{name}` has no members; only a record is written `{name} {{ member: value }}`");
            self.errors.add(Code::UnknownMember, path.span(), message);
        }
    }

    /// A phase or an instance that is read as a whole is read with all of its data.
    pub(super) fn whole(&mut self, kind: &Kind) {
        match kind.itself() {
            Kind::Phase(region) | Kind::Instance(region) => {
                self.symbols.used(Use::AllData(*region));
                if matches!(kind.itself(), Kind::Instance(_)) {
                    let region = self.symbols.region(*region);
                    let fields = region.fields.iter().map(|field| format!("{}.{}", region.name, field.member.name));
                    self.reads.extend(fields);
                }
            }
            Kind::Option(inner) => self.whole(inner),
            _ => {}
        }
    }
}
