//! Arithmetic, and literals that stand for bounded numbers.

use super::*;
use crate::parse::{Range, TypeKind};

impl Scope<'_, '_, '_> {
    /// The range of a kind that is a bounded number, with its name.
    fn range(&self, kind: &Kind) -> Option<(String, Range)> {
        let Kind::Declared(name) = kind.itself() else { return None };
        match self.symbols.declared(name) {
            Some(TypeKind::Number(range)) => Some((name.clone(), *range)),
            _ => None,
        }
    }

    /// An operand of arithmetic whose result is of a kind: of bounded numbers, the integer behind it.
    pub(super) fn operand(&self, operand: &Expr, of: &Kind, result: &Kind) -> Expr {
        let number = self.range(result).is_some() && self.range(of).is_some();
        match number {
            true => parse_quote_spanned!(operand.span()=> ::machine_spec::Bounded::integer(#operand)),
            false => operand.clone(),
        }
    }

    /// Arithmetic that rejects the input if the result is out of the range of its type.
    pub(super) fn checked(&mut self, function: &str, operands: (Expr, Expr), result: &Kind, span: Span) -> Expr {
        self.check(span);
        let (function, (left, right), overflow) = (Ident::new(function, span), operands, local("overflow"));
        let number: Expr = parse_quote_spanned!(span=> ::machine_spec::CheckedArithmetic::#function(#left, #right));
        match self.range(result) {
            Some((name, _)) => {
                let name = Ident::new(&name, span);
                parse_quote_spanned!(span=> <#name as ::machine_spec::Bounded>::checked(#number).ok_or(#overflow)?)
            }
            None => parse_quote_spanned!(span=> #number.ok_or(#overflow)?),
        }
    }

    /// Makes the literals in an expression numbers of the type that the expression has.
    pub(super) fn literals(&mut self, expression: &mut Expr, at: &Kind) {
        match (&mut *expression, at) {
            (Expr::Paren(inner), _) => self.literals(&mut inner.expr, at),
            (Expr::Group(inner), _) => self.literals(&mut inner.expr, at),
            (Expr::Reference(reference), _) => self.literals(&mut reference.expr, at.itself()),
            (Expr::If(branch), _) => {
                self.block_literals(&mut branch.then_branch, at);
                if let Some((_, other)) = &mut branch.else_branch {
                    self.literals(other, at);
                }
            }
            (Expr::Match(matched), _) => matched.arms.iter_mut().for_each(|arm| self.literals(&mut arm.body, at)),
            (Expr::Block(block), _) => self.block_literals(&mut block.block, at),
            (Expr::Tuple(tuple), Kind::Tuple(kinds)) => {
                tuple.elems.iter_mut().zip(kinds).for_each(|(element, kind)| self.literals(element, kind));
            }
            (Expr::Call(call), Kind::Option(inner)) => {
                call.args.iter_mut().for_each(|argument| self.literals(argument, inner));
            }
            (Expr::Lit(_) | Expr::Unary(_), _) => self.literal(expression, at),
            _ => {}
        }
    }

    fn block_literals(&mut self, block: &mut syn::Block, at: &Kind) {
        if let [syn::Stmt::Expr(value, None)] = block.stmts.as_mut_slice() {
            self.literals(value, at);
        }
    }

    fn literal(&mut self, expression: &mut Expr, at: &Kind) {
        let (Some((name, range)), Some(value)) = (self.range(at), integer(expression)) else { return };
        let span = expression.span();
        self.in_range(value, &name, range, span);
        let name = Ident::new(&name, span);
        *expression = parse_quote_spanned!(span=> #name(#expression));
    }

    /// A bounded number is one of its range, and so is what it is compared with: anything else decides nothing.
    pub(super) fn in_range(&mut self, value: i128, name: &str, range: Range, span: Span) {
        let Range { least, greatest } = range;
        if !(i128::from(least)..=i128::from(greatest)).contains(&value) {
            let message = format_args!("`{name}` goes from {least} to {greatest}, and {value} is not in between");
            self.errors.add(Code::LiteralOutOfRange, span, message);
        }
    }

    /// Makes an integer pattern one of bounded numbers.
    pub(super) fn number_pattern(&mut self, pattern: &mut Pat, kind: &Kind) {
        let Some((name, range)) = self.range(kind) else { return };
        let span = pattern.span();
        let ends: Vec<i128> = match &*pattern {
            Pat::Lit(literal) => integer(&Expr::Lit(literal.clone())).into_iter().collect(),
            Pat::Range(ends) => [&ends.start, &ends.end].into_iter().flatten().filter_map(|end| integer(end)).collect(),
            _ => return,
        };
        ends.into_iter().for_each(|end| self.in_range(end, &name, range, span));
        let name = Ident::new(&name, span);
        *pattern = parse_quote_spanned!(span=> #name(#pattern));
    }
}

/// The value of an integer literal, with or without a minus.
fn integer(expression: &Expr) -> Option<i128> {
    match expression {
        Expr::Lit(syn::ExprLit { lit: syn::Lit::Int(digits), .. }) => digits.base10_parse().ok(),
        Expr::Unary(syn::ExprUnary { op: syn::UnOp::Neg(_), expr, .. }) => integer(expr).map(|value: i128| -value),
        Expr::Paren(inner) => integer(&inner.expr),
        _ => None,
    }
}
