//! Integers, which have no width in TLA+.
//!
//! What leaves the range of an 8 or 16 bit type, or falls below zero, is ruled out in so many words. The upper ends of
//! wider types are left out: TLC's own integers end at 2^31 - 1, with an error, and so does what an export may mention.

use machine_spec::meaning::IntegerType;

use super::helper::Helper;
use super::scope::{Scope, Term};
use super::tree::Tree;
use super::types::Type;
use super::{Gap, Translated, gap};

/// The greatest number that TLC can read.
const GREATEST: i128 = i32::MAX as i128;

/// The least and the greatest integer of a type.
pub(super) fn range(ty: IntegerType) -> (i128, i128) {
    match ty {
        IntegerType::Range { least, greatest } => (least.into(), greatest.into()),
        IntegerType::U8 => (u8::MIN.into(), u8::MAX.into()),
        IntegerType::U16 => (u16::MIN.into(), u16::MAX.into()),
        IntegerType::U32 => (u32::MIN.into(), u32::MAX.into()),
        IntegerType::U64 => (u64::MIN.into(), u64::MAX.into()),
        IntegerType::I8 => (i8::MIN.into(), i8::MAX.into()),
        IntegerType::I16 => (i16::MIN.into(), i16::MAX.into()),
        IntegerType::I32 => (i32::MIN.into(), i32::MAX.into()),
        IntegerType::I64 => (i64::MIN.into(), i64::MAX.into()),
    }
}

pub(super) fn integer_type(name: &str) -> Option<IntegerType> {
    Some(match name {
        "u8" => IntegerType::U8,
        "u16" => IntegerType::U16,
        "u32" => IntegerType::U32,
        "u64" => IntegerType::U64,
        "i8" => IntegerType::I8,
        "i16" => IntegerType::I16,
        "i32" => IntegerType::I32,
        "i64" => IntegerType::I64,
        _ => return None,
    })
}

pub(super) fn literal(number: i128) -> Translated<Tree> {
    if number.abs() > GREATEST {
        gap(format!("the number {number}, which TLC cannot read"))
    } else {
        Ok(Tree::number(number))
    }
}

/// Whether values are compared as numbers.
fn is_ordered(scope: &Scope<'_>, ty: &Type) -> bool {
    matches!(ty, Type::Integer(_) | Type::Declared(_)) && scope.context.sum(ty).is_none()
}

/// `x < y`, `x + y` and the like. What the result must be is left with the scope.
pub(super) fn binary(scope: &mut Scope<'_>, left: Term, sign: &str, right: Term) -> Translated<Term> {
    let ty = left.ty.clone().joined(right.ty.clone());
    let compared = match sign {
        "<" => Some("<"),
        "<=" => Some("<="),
        ">" => Some(">"),
        ">=" => Some(">="),
        _ => None,
    };
    match (compared, scope.context.width(&ty)) {
        (Some(compared), _) if is_ordered(scope, &ty) => Ok(Term::bool(left.tree.binary(compared, right.tree))),
        (None, Some(width)) => computed(scope, left.tree, sign, right.tree, width).map(|tree| Term::new(tree, ty)),
        _ => gap(format!("{sign} between values of {ty:?}")),
    }
}

fn computed(scope: &mut Scope<'_>, left: Tree, sign: &str, right: Tree, ty: Option<IntegerType>) -> Translated<Tree> {
    let least = ty.map_or(0, |ty| range(ty).0);
    Ok(match sign {
        "+" | "*" => {
            let result = left.binary(if sign == "+" { "+" } else { "*" }, right);
            scope.need(fits(&result, ty));
            result
        }
        "-" => {
            let result = left.clone().binary("-", right.clone());
            scope.need(if least == 0 { left.binary(">=", right) } else { fits(&result, ty) });
            result
        }
        "/" | "%" => {
            if !is_number_but_zero(&right) {
                scope.need(right.clone().equals(Tree::number(0)).not());
            }
            let result = match (sign, least < 0) {
                ("/", false) => left.binary("\\div", right),
                ("/", true) => scope.context.helped(Helper::Quotient, [left, right]),
                (_, false) => left.binary("%", right),
                (_, true) => scope.context.helped(Helper::Remainder, [left, right]),
            };
            // Of what is not negative neither is above the dividend.
            if least != 0 {
                scope.need(fits(&result, ty));
            }
            result
        }
        _ => return gap(format!("the operator {sign}")),
    })
}

fn is_number_but_zero(tree: &Tree) -> bool {
    matches!(tree, Tree::Word(word) if word.parse::<i128>().is_ok_and(|number| number != 0))
}

/// That a result is in the range of a type that ends where TLC can count.
fn fits(result: &Tree, ty: Option<IntegerType>) -> Tree {
    let Some((least, greatest)) = ty.map(range) else { return Tree::bool(true) };
    if greatest >= GREATEST {
        return Tree::bool(true);
    }
    let greatest = Tree::number(greatest);
    if least == 0 {
        result.clone().binary("<=", greatest)
    } else {
        result.clone().element_of(Tree::number(least).binary("..", greatest))
    }
}

/// `!x` and `-x`.
pub(super) fn unary(scope: &mut Scope<'_>, sign: &str, operand: Term) -> Translated<Term> {
    let tree = match (sign, &operand.ty, scope.context.width(&operand.ty)) {
        ("!", Type::Bool, _) => operand.tree.not(),
        ("!", _, Some(Some(ty))) => {
            let (least, greatest) = range(ty);
            literal(least + greatest)?.binary("-", operand.tree)
        }
        ("-", _, Some(ty)) => {
            let result = operand.tree.prefix("-");
            scope.need(fits(&result, ty));
            result
        }
        _ => return Err(Gap(format!("{sign} of {operand:?}"))),
    };
    Ok(Term::new(tree, operand.ty))
}
