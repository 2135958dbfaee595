//! Expressions taken apart and put together again.

use machine_spec::meaning::{Expression, MatchArm};

/// Keeps a part of a mutant for as long as the program runs. Spec data are constants, and whoever reads them relies on
/// that; a mutant is a few parts of a machine and takes some hundred bytes.
pub(super) fn constant<T>(part: T) -> &'static T {
    Box::leak(Box::new(part))
}

/// A list that is kept for as long as the program runs, see [`constant`].
pub(super) fn constants<T>(parts: Vec<T>) -> &'static [T] {
    Vec::leak(parts)
}

/// The expressions directly inside, in the order written.
pub(crate) fn children(expression: &Expression) -> Vec<&'static Expression> {
    match *expression {
        Expression::Bool(_)
        | Expression::Integer(..)
        | Expression::Name(_)
        | Expression::Path(_)
        | Expression::Unknown(_) => Vec::new(),
        Expression::Member(of, _) | Expression::Unary(_, of) | Expression::Closure(_, of) | Expression::Let(_, of) => {
            vec![of]
        }
        Expression::Method(receiver, _, arguments) | Expression::Call(receiver, arguments) => {
            std::iter::once(receiver).chain(arguments).collect()
        }
        Expression::Binary(left, _, right) => vec![left, right],
        Expression::Tuple(elements) => elements.iter().collect(),
        Expression::Structure(_, members) => members.iter().map(|(_, value)| value).collect(),
        Expression::Matches(value, _, condition) => std::iter::once(value).chain(condition).collect(),
        Expression::If(condition, then, otherwise) => vec![condition, then, otherwise],
        Expression::Match(value, arms) => {
            let of_arm = |arm: &'static MatchArm| arm.condition.iter().chain(std::iter::once(&arm.value));
            std::iter::once(value).chain(arms.iter().flat_map(of_arm)).collect()
        }
    }
}

/// The expression with another one in the place of one of its [`children`].
pub(super) fn with_child(expression: &Expression, number: usize, child: Expression) -> Expression {
    let list = |elements: &[Expression], number: usize| {
        let mut elements = elements.to_vec();
        elements[number] = child;
        constants(elements)
    };
    match *expression {
        Expression::Member(_, name) => Expression::Member(constant(child), name),
        Expression::Unary(sign, _) => Expression::Unary(sign, constant(child)),
        Expression::Closure(parameters, _) => Expression::Closure(parameters, constant(child)),
        Expression::Let(pattern, _) => Expression::Let(pattern, constant(child)),
        Expression::Method(receiver, method, arguments) => match number {
            0 => Expression::Method(constant(child), method, arguments),
            _ => Expression::Method(receiver, method, list(arguments, number - 1)),
        },
        Expression::Call(function, arguments) => match number {
            0 => Expression::Call(constant(child), arguments),
            _ => Expression::Call(function, list(arguments, number - 1)),
        },
        Expression::Binary(left, sign, right) => match number {
            0 => Expression::Binary(constant(child), sign, right),
            _ => Expression::Binary(left, sign, constant(child)),
        },
        Expression::Tuple(elements) => Expression::Tuple(list(elements, number)),
        Expression::Structure(path, members) => {
            let mut members = members.to_vec();
            members[number].1 = child;
            Expression::Structure(path, constants(members))
        }
        Expression::Matches(value, pattern, condition) => match number {
            0 => Expression::Matches(constant(child), pattern, condition),
            _ => Expression::Matches(value, pattern, Some(constant(child))),
        },
        Expression::If(condition, then, otherwise) => match number {
            0 => Expression::If(constant(child), then, otherwise),
            1 => Expression::If(condition, constant(child), otherwise),
            _ => Expression::If(condition, then, constant(child)),
        },
        Expression::Match(value, arms) => match number {
            0 => Expression::Match(constant(child), arms),
            _ => Expression::Match(value, with_part(arms, number - 1, child)),
        },
        leaf => leaf,
    }
}

/// The arms with another expression in the place of one of their conditions and values, which count in the order written.
fn with_part(arms: &[MatchArm], mut number: usize, child: Expression) -> &'static [MatchArm] {
    let mut arms = arms.to_vec();
    for arm in &mut arms {
        let parts = 1 + usize::from(arm.condition.is_some());
        if number < parts {
            match (number, &mut arm.condition) {
                (0, Some(condition)) => *condition = child,
                _ => arm.value = child,
            }
            break;
        }
        number -= parts;
    }
    constants(arms)
}

/// Calls back with every single word that may stand for a region or a function.
pub(super) fn for_each_name(expression: &Expression, visit: &mut dyn FnMut(&'static str)) {
    match expression {
        Expression::Name(name) | Expression::Member(Expression::Name("next"), name) => visit(name),
        _ => {}
    }
    children(expression).into_iter().for_each(|child| for_each_name(child, visit));
}
