//! The rules that need resolved transitions, one function each.

use proc_macro2::Span;
use syn::Expr;
use syn::spanned::Spanned;

use super::{Arm, Destination, Machine, Region, Step, Test};
use crate::errors::{Code, Errors};
use crate::naming::text;

/// Checks every rule over a resolved machine.
pub(super) fn check(machine: &Machine<'_>, errors: &mut Errors) {
    fields_are_read(machine, errors);
    for region in &machine.regions {
        phases_can_be_left(region, errors);
        for handler in &region.handlers {
            arms_do_not_overlap(region, &handler.arms, errors);
            handler.arms.iter().for_each(|arm| guards_decide_something(arm, errors));
        }
    }
}

/// A field that nothing reads decides nothing: no guard, no value, no property would notice if it were wrong.
fn fields_are_read(machine: &Machine<'_>, errors: &mut Errors) {
    for region in &machine.regions {
        for field in &region.written.fields {
            let name = &field.member.name;
            let path = format!("{}.{name}", region.written.name);
            let arms = machine.regions.iter().flat_map(|region| &region.handlers).flat_map(|handler| &handler.arms);
            let lets = machine.regions.iter().flat_map(|region| &region.handlers).map(|handler| &handler.reads);
            let selections =
                machine.regions.iter().flat_map(|region| &region.selections).map(|selection| &selection.reads);
            let properties = machine.properties.iter().map(|property| &property.reads);
            let mut reads = arms.map(|arm| &arm.reads).chain(lets).chain(selections).chain(properties);
            if !reads.any(|reads| reads.contains(&path)) {
                let message = format_args!(
                    "nothing reads the field `{name}`; use it in a guard, a value or a property, or remove it"
                );
                errors.add(Code::FieldUnread, name.span(), message);
            }
        }
    }
}

/// A phase that nothing leaves is where the region ends; that is said with `final`, or a transition was forgotten.
fn phases_can_be_left(region: &Region<'_>, errors: &mut Errors) {
    let arms = || region.handlers.iter().flat_map(|handler| &handler.arms);
    for (index, phase) in region.written.phases.iter().enumerate() {
        let leaves = |arm: &Arm<'_>| match &arm.destination {
            Destination::Phase { index: to, .. } => *to != index && arm.sources.contains(&index),
            Destination::Remove => arm.sources.contains(&index),
            Destination::Stay | Destination::Ignore => false,
        };
        if !phase.is_final && !arms().any(leaves) {
            let name = &phase.message.name;
            let message =
                format_args!("no transition leaves `{name}`; write `final {name}` if it is an end, or a transition");
            errors.add(Code::PhaseUnleft, name.span(), message);
        }
    }
}

/// Each input is accepted by one transition. Two that leave the same phase are told apart by guards or by patterns.
fn arms_do_not_overlap(region: &Region<'_>, arms: &[Arm<'_>], errors: &mut Errors) {
    for (position, later) in arms.iter().enumerate() {
        for earlier in &arms[..position] {
            if let Some(message) = overlap(region, earlier, later) {
                errors.add_pair(
                    Code::Overlap,
                    later.written.span,
                    message,
                    earlier.written.span,
                    "the other transition is here",
                );
            }
        }
    }
}

fn overlap(region: &Region<'_>, earlier: &Arm<'_>, later: &Arm<'_>) -> Option<String> {
    let shared = later.sources.iter().find(|phase| earlier.sources.contains(phase));
    let place = match shared {
        Some(phase) => format!("in `{}`", region.written.phases[*phase].message.name),
        None if earlier.sources.is_empty() && later.sources.is_empty() => String::from("always"),
        None => return None,
    };
    let always = |arm: &Arm<'_>| arm.pattern.is_none() && guards(arm).next().is_none();
    let same = || {
        let both = guards(earlier).collect::<Vec<_>>() == guards(later).collect::<Vec<_>>();
        both && earlier.source_text == later.source_text
    };
    (always(earlier) || always(later) || same()).then(|| {
        format!("two transitions accept this input {place}; tell them apart by `require`, or remove one of them")
    })
}

fn guards<'a>(arm: &'a Arm<'_>) -> impl Iterator<Item = &'a str> {
    arm.steps.iter().filter_map(|step| match step {
        Step::Guard { text, .. } => Some(text.as_str()),
        Step::Let { .. } => None,
    })
}

/// A guard that is always true, or never, is not a condition.
fn guards_decide_something(arm: &Arm<'_>, errors: &mut Errors) {
    for step in &arm.steps {
        if let Step::Guard { test: Test::Holds(condition), span, .. } = step
            && let Some((value, place)) = constant(condition)
        {
            let place = place.unwrap_or(*span);
            errors.add(
                Code::GuardConstant,
                place,
                format_args!("this guard is always {value}; write a condition, or remove it"),
            );
        }
    }
}

/// The value of a condition that can be told without a state: a literal, or a comparison of something with itself.
fn constant(condition: &Expr) -> Option<(bool, Option<Span>)> {
    match condition {
        Expr::Lit(syn::ExprLit { lit: syn::Lit::Bool(literal), .. }) => Some((literal.value, Some(literal.span))),
        Expr::Paren(inner) => constant(&inner.expr),
        Expr::Binary(comparison) if text(&comparison.left) == text(&comparison.right) => match comparison.op {
            syn::BinOp::Eq(_) | syn::BinOp::Le(_) | syn::BinOp::Ge(_) => Some((true, Some(comparison.left.span()))),
            syn::BinOp::Ne(_) | syn::BinOp::Lt(_) | syn::BinOp::Gt(_) => Some((false, Some(comparison.left.span()))),
            _ => None,
        },
        _ => None,
    }
}
