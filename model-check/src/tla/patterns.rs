//! When a value matches a pattern, and what the names in it stand for then.

use machine_spec::meaning::Pattern;

use super::names::member;
use super::scope::{Meant, Scope, Term};
use super::tree::Tree;
use super::types::Type;
use super::{Translated, arithmetic, gap};

/// The condition under which the subject matches. The names that the pattern binds stand for parts of the subject, which
/// are there when the condition holds.
pub(super) fn matches(scope: &mut Scope<'_>, pattern: &'static Pattern, subject: &Meant) -> Translated<Tree> {
    match pattern {
        Pattern::Any => return Ok(Tree::bool(true)),
        Pattern::Name(name) if !is_variant(name) => {
            scope.bind(name, subject.clone());
            return Ok(Tree::bool(true));
        }
        Pattern::Either(cases) => return either(scope, cases, subject),
        _ => {}
    }
    match subject {
        Meant::Maybe { some, value } => match pattern {
            Pattern::Name("None") | Pattern::Path([.., "None"]) => Ok(some.clone().not()),
            Pattern::Call([.., "Some"], [inner]) => Ok(Tree::all([some.clone(), matches(scope, inner, value)?])),
            _ => gap(format!("{pattern:?} of an option")),
        },
        Meant::Value(Term { ty: Type::Option(_), .. }) => {
            let maybe = scope.maybe(subject.clone())?;
            matches(scope, pattern, &maybe)
        }
        Meant::Value(term) => matches_value(scope, pattern, term),
        _ => gap(format!("{pattern:?} of something that is no value")),
    }
}

/// Each case binds the same names; where they stand for different parts, the cases tell which.
fn either(scope: &mut Scope<'_>, cases: &'static [Pattern], subject: &Meant) -> Translated<Tree> {
    let visible = scope.visible();
    let mut conditions = Vec::new();
    let mut bound: Vec<Vec<(&'static str, Meant)>> = Vec::new();
    for case in cases {
        conditions.push(matches(scope, case, subject)?);
        bound.push(scope.take_behind(visible));
    }
    let (Some(last), Some(first)) = (bound.last(), bound.first()) else { return gap("a pattern without cases") };
    for (name, _) in first {
        let mut meant = named(last, name)?;
        for (condition, names) in conditions.iter().zip(&bound).rev().skip(1) {
            meant = one_of(condition, named(names, name)?, meant)?;
        }
        scope.bind(name, meant);
    }
    Ok(Tree::any(conditions))
}

fn named(names: &[(&'static str, Meant)], wanted: &str) -> Translated<Meant> {
    match names.iter().rev().find(|(name, _)| *name == wanted) {
        Some((_, meant)) => Ok(meant.clone()),
        None => gap(format!("{wanted} is bound by one case and not by another")),
    }
}

fn one_of(condition: &Tree, then: Meant, otherwise: Meant) -> Translated<Meant> {
    match (then, otherwise) {
        (Meant::Value(then), Meant::Value(otherwise)) => {
            let tree = Tree::choice(condition.clone(), then.tree, otherwise.tree);
            Ok(Term::new(tree, then.ty.joined(otherwise.ty)).into())
        }
        _ => gap("cases that bind something that is no value"),
    }
}

fn matches_value(scope: &mut Scope<'_>, pattern: &'static Pattern, term: &Term) -> Translated<Tree> {
    let value = || term.tree.clone();
    match (pattern, &term.ty) {
        (Pattern::Bool(true), _) => Ok(value()),
        (Pattern::Bool(false), _) => Ok(value().not()),
        (Pattern::Integer(number), _) => Ok(value().equals(arithmetic::literal(*number)?)),
        (Pattern::Range { low, high, inclusive }, _) => range(value(), *low, *high, *inclusive),
        (Pattern::Tuple(parts), Type::Tuple(types)) => matches_tuple(scope, parts, value(), types),
        (Pattern::Structure(_, parts), Type::Declared(name)) if scope.context.record(name).is_some() => {
            let record = Meant::Value(term.clone());
            let conditions = parts.iter().map(|(name, part)| {
                let member = scope.member(&record, name)?;
                matches(scope, part, &member)
            });
            Ok(Tree::all(conditions.collect::<Translated<Vec<_>>>()?))
        }
        (Pattern::Name(name) | Pattern::Path([.., name]), ty) => match scope.context.sum(ty) {
            Some(sum) => Ok(sum.name_of(value()).equals(Tree::string(sum.case(name)?.name))),
            None => match scope.constant(name) {
                Some(constant) => Ok(value().equals(constant.tree)),
                None => gap(format!("there is no {name}")),
            },
        },
        (Pattern::Structure([.., name], parts), ty) => {
            let Some(sum) = scope.context.sum(ty) else { return gap(format!("{pattern:?} of what has no variants")) };
            let case = sum.case(name)?;
            let mut conditions = vec![sum.name_of(value()).equals(Tree::string(case.name))];
            for (name, part) in *parts {
                let Some(position) = case.members.iter().position(|member| member.name == *name) else {
                    return gap(format!("there is no member {name}"));
                };
                let data = Term::new(value().member(&member(name)), Type::of(case.form[position]));
                conditions.push(matches(scope, part, &data.into())?);
            }
            Ok(Tree::all(conditions))
        }
        _ => gap(format!("{pattern:?} of {term:?}")),
    }
}

fn range(value: Tree, low: Option<i128>, high: Option<i128>, inclusive: bool) -> Translated<Tree> {
    let low = low.map(arithmetic::literal).transpose()?.map(|low| value.clone().binary(">=", low));
    let sign = if inclusive { "<=" } else { "<" };
    let high = high.map(arithmetic::literal).transpose()?.map(|high| value.binary(sign, high));
    Ok(Tree::all(low.into_iter().chain(high)))
}

fn matches_tuple(scope: &mut Scope<'_>, parts: &'static [Pattern], value: Tree, types: &[Type]) -> Translated<Tree> {
    let rest = parts.iter().position(|part| matches!(part, Pattern::Rest));
    let (front, back) = parts.split_at(rest.unwrap_or(parts.len()));
    let back = back.get(1..).unwrap_or(&[]);
    let behind = types.len() - back.len();
    let mut conditions = Vec::new();
    for (part, at) in front.iter().zip(0..).chain(back.iter().zip(behind..)) {
        let Some(ty) = types.get(at) else { return gap("a tuple of another length") };
        let element = Term::new(value.clone().index(Tree::number(at as i128 + 1)), ty.clone());
        conditions.push(matches(scope, part, &element.into())?);
    }
    Ok(Tree::all(conditions))
}

/// Phases and variants begin with a capital letter; a word that does not is a name to bind.
fn is_variant(name: &str) -> bool {
    name.starts_with(char::is_uppercase)
}
