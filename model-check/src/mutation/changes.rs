//! The small mistakes that can be made in an expression: each changes one place and keeps the type.

use machine_spec::meaning::{Expression, Pattern};
use machine_spec::spec::{MachineSpec, TypeKind};

use super::MutationKind as Kind;
use super::expression::{children, constant, constants, with_child};
use crate::interpret::decide::binds;

/// The expression with one mistake, for each that can be made in it.
pub(super) fn changes(spec: &MachineSpec, expression: &Expression) -> Vec<(Kind, Expression)> {
    let mut changed = own_changes(spec, expression);
    changed.extend(inner_changes(spec, expression));
    changed
}

/// The changes of what is inside of an expression.
fn inner_changes(spec: &MachineSpec, expression: &Expression) -> Vec<(Kind, Expression)> {
    let mut changed = Vec::new();
    for (number, child) in children(expression).into_iter().enumerate() {
        let of_child = changes(spec, child);
        changed.extend(of_child.into_iter().map(|(kind, child)| (kind, with_child(expression, number, child))));
    }
    changed
}

/// The changes of a part of a guard that can also be left out and negated as a whole.
pub(super) fn changes_of_part(spec: &MachineSpec, part: &Expression) -> Vec<(Kind, Expression)> {
    let own = own_changes(spec, part).into_iter().filter(|(_, changed)| !is_negation(part, changed));
    own.chain(inner_changes(spec, part)).collect()
}

/// The opposite of a condition.
pub(super) fn negated(condition: &Expression) -> Expression {
    match *condition {
        Expression::Unary("!", inner) => *inner,
        Expression::Binary(left, "==", right) => Expression::Binary(left, "!=", right),
        Expression::Binary(left, "!=", right) => Expression::Binary(left, "==", right),
        other => Expression::Unary("!", constant(other)),
    }
}

fn is_negation(part: &Expression, changed: &Expression) -> bool {
    matches!(
        (part, changed),
        (Expression::Binary(_, "==", _), Expression::Binary(_, "!=", _))
            | (Expression::Binary(_, "!=", _), Expression::Binary(_, "==", _))
            | (Expression::Bool(_), Expression::Bool(_))
    ) || matches!(part, Expression::Unary("!", _))
}

/// The changes that take effect at the root of an expression.
fn own_changes(spec: &MachineSpec, expression: &Expression) -> Vec<(Kind, Expression)> {
    match *expression {
        Expression::Bool(value) => vec![(Kind::ValueChanged, Expression::Bool(!value))],
        Expression::Integer(number, ty) => {
            let shifted = [number.checked_add(1), number.checked_sub(1)].into_iter().flatten();
            shifted.map(|number| (Kind::NumberShifted, Expression::Integer(number, ty))).collect()
        }
        Expression::Unary("!", inner) => vec![(Kind::ConditionChanged, *inner)],
        Expression::Binary(left, sign, right) => binary_changes(left, sign, right),
        Expression::Method(receiver, method, arguments) => method_changes(receiver, method, arguments),
        Expression::Call(Expression::Name("Some"), [_]) => vec![(Kind::ValueChanged, Expression::Name("None"))],
        Expression::Path([of, name]) => other_variant(spec, of, name)
            .map(|other| (Kind::ValueChanged, Expression::Path(constants(vec![of, other]))))
            .into_iter()
            .collect(),
        Expression::If(condition, then, otherwise) if !binds(condition) => {
            vec![(Kind::ConditionChanged, Expression::If(condition, otherwise, then))]
        }
        Expression::Matches(value, pattern, condition) => {
            let matches = |(kind, pattern)| (kind, Expression::Matches(value, constant(pattern), condition));
            pattern_changes(pattern).into_iter().map(matches).collect()
        }
        _ => Vec::new(),
    }
}

fn binary_changes(left: &'static Expression, sign: &str, right: &'static Expression) -> Vec<(Kind, Expression)> {
    let with = |kind, sign| vec![(kind, Expression::Binary(left, sign, right))];
    match sign {
        "<" => with(Kind::ComparisonShifted, "<="),
        "<=" => with(Kind::ComparisonShifted, "<"),
        ">" => with(Kind::ComparisonShifted, ">="),
        ">=" => with(Kind::ComparisonShifted, ">"),
        "==" => with(Kind::ComparisonShifted, "!="),
        "!=" => with(Kind::ComparisonShifted, "=="),
        "+" => with(Kind::NumberShifted, "-"),
        "-" => with(Kind::NumberShifted, "+"),
        "&&" | "||" | "|" => {
            // The part that is left may use names that the other binds.
            let parts = [left, right].into_iter().filter(|_| !binds(left) && !binds(right));
            parts.map(|part| (Kind::ConditionChanged, *part)).collect()
        }
        _ => Vec::new(),
    }
}

fn method_changes(
    receiver: &'static Expression,
    method: &str,
    arguments: &'static [Expression],
) -> Vec<(Kind, Expression)> {
    let (kind, other) = match (method, arguments) {
        ("fresh", []) => return vec![(Kind::EpochKept, *receiver)],
        ("any", [Expression::Closure(..)]) => (Kind::ConditionChanged, "all"),
        ("all", [Expression::Closure(..)]) => (Kind::ConditionChanged, "any"),
        ("is_some", []) => (Kind::ConditionChanged, "is_none"),
        ("is_none", []) => (Kind::ConditionChanged, "is_some"),
        ("is_some_and", [_]) => (Kind::ConditionChanged, "is_none_or"),
        ("is_none_or", [_]) => (Kind::ConditionChanged, "is_some_and"),
        ("first", []) => (Kind::ValueChanged, "last"),
        ("last", []) => (Kind::ValueChanged, "first"),
        ("min", [_]) => (Kind::ValueChanged, "max"),
        ("max", [_]) => (Kind::ValueChanged, "min"),
        _ => return Vec::new(),
    };
    vec![(kind, Expression::Method(receiver, other, arguments))]
}

/// Another variant without data of the same enumeration, if this is one: the next one, or the first behind the last.
fn other_variant(spec: &MachineSpec, of: &str, name: &str) -> Option<&'static str> {
    let declared = spec.types.iter().find(|declared| declared.name == of)?;
    let TypeKind::Enum(variants) = declared.kind else { return None };
    let position = variants.iter().position(|variant| variant.name == name)?;
    let others = variants[position + 1..].iter().chain(&variants[..position]);
    others.filter(|variant| variant.payload.is_empty()).map(|variant| variant.name).next()
}

/// The pattern with one mistake, for each that can be made in it and keeps the names that it binds.
fn pattern_changes(pattern: &Pattern) -> Vec<(Kind, Pattern)> {
    match *pattern {
        Pattern::Bool(value) => vec![(Kind::ValueChanged, Pattern::Bool(!value))],
        Pattern::Integer(number) => {
            [number + 1, number - 1].map(|number| (Kind::NumberShifted, Pattern::Integer(number))).into()
        }
        Pattern::Range { low, high, inclusive } => {
            let at = |low, high| (Kind::NumberShifted, Pattern::Range { low, high, inclusive });
            let low_ends = low.into_iter().flat_map(|end| [at(Some(end + 1), high), at(Some(end - 1), high)]);
            let high_ends = high.into_iter().flat_map(|end| [at(low, Some(end + 1)), at(low, Some(end - 1))]);
            low_ends.chain(high_ends).collect()
        }
        Pattern::Either(cases) => {
            let is_free = cases.iter().all(|case| bound_names(case).is_empty());
            let dropped = (0..cases.len())
                .filter(|_| is_free)
                .map(|number| (Kind::ConditionChanged, without_case(cases, number)));
            let list = |number: usize, case| {
                let mut cases = cases.to_vec();
                cases[number] = case;
                Pattern::Either(constants(cases))
            };
            dropped.chain(part_changes(cases, list)).collect()
        }
        Pattern::Tuple(parts) => part_changes(parts, |number, part| {
            let mut parts = parts.to_vec();
            parts[number] = part;
            Pattern::Tuple(constants(parts))
        }),
        Pattern::Call(path, parts) => part_changes(parts, |number, part| {
            let mut parts = parts.to_vec();
            parts[number] = part;
            Pattern::Call(path, constants(parts))
        }),
        Pattern::Structure(path, parts) => {
            let inner: Vec<Pattern> = parts.iter().map(|(_, part)| *part).collect();
            part_changes(&inner, |number, part| {
                let mut parts = parts.to_vec();
                parts[number].1 = part;
                Pattern::Structure(path, constants(parts))
            })
        }
        _ => Vec::new(),
    }
}

fn part_changes(parts: &[Pattern], put: impl Fn(usize, Pattern) -> Pattern) -> Vec<(Kind, Pattern)> {
    let changed = |(number, part): (usize, &Pattern)| -> Vec<(Kind, Pattern)> {
        pattern_changes(part).into_iter().map(|(kind, part)| (kind, put(number, part))).collect()
    };
    parts.iter().enumerate().flat_map(changed).collect()
}

/// The alternatives but for one.
pub(super) fn without_case(cases: &[Pattern], number: usize) -> Pattern {
    let mut left = cases.to_vec();
    left.remove(number);
    match left.as_slice() {
        [only] => *only,
        _ => Pattern::Either(constants(left)),
    }
}

/// The names that a pattern binds.
pub(super) fn bound_names(pattern: &Pattern) -> Vec<&'static str> {
    match *pattern {
        Pattern::Name(name) if !name.starts_with(char::is_uppercase) => vec![name],
        Pattern::Structure(_, parts) => parts.iter().flat_map(|(_, part)| bound_names(part)).collect(),
        Pattern::Call(_, parts) | Pattern::Tuple(parts) | Pattern::Either(parts) => {
            parts.iter().flat_map(bound_names).collect()
        }
        _ => Vec::new(),
    }
}
