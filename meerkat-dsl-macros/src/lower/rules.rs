//! The rules that need resolved transitions, one function each.

use proc_macro2::Span;
use syn::Expr;
use syn::spanned::Spanned;

use super::{Arm, Destination, Machine, Region, Step, Test};
use crate::analyze::{Use, types_of_inputs};
use crate::errors::{Code, Errors};
use crate::naming::text;
use crate::parse::{Member, Message, TypeKind};

/// Checks every rule over a resolved machine.
pub(super) fn check(machine: &Machine<'_>, errors: &mut Errors) {
    fields_are_read(machine, errors);
    constants_are_used(machine, errors);
    functions_are_called(machine, errors);
    variants_are_made(machine, errors);
    for region in &machine.regions {
        phases_can_be_left(region, errors);
        data_of_phases_is_read(machine, region, errors);
        selections_are_read(machine, region, errors);
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

/// A constant that nothing uses states something that is not so. What only hosts use is `pub`.
fn constants_are_used(machine: &Machine<'_>, errors: &mut Errors) {
    for constant in machine.written.constants.iter().filter(|constant| !constant.public) {
        let name = &constant.name;
        if !machine.symbols.is_used(&Use::Constant(name.to_string())) {
            let message = format_args!(
                "nothing uses the constant `{name}`; use it, write `pub const {name}` if a host does, or remove it"
            );
            errors.add(Code::ConstantUnused, name.span(), message);
        }
    }
}

/// A function that nothing calls decides nothing.
fn functions_are_called(machine: &Machine<'_>, errors: &mut Errors) {
    for helper in &machine.written.helpers {
        let name = &helper.name;
        if !machine.symbols.is_used(&Use::Function(name.to_string())) {
            let message = format_args!("nothing calls the function `{name}`; call it, or remove it");
            errors.add(Code::FunctionUnused, name.span(), message);
        }
    }
}

/// A variant that no input brings and no expression makes can never be met.
fn variants_are_made(machine: &Machine<'_>, errors: &mut Errors) {
    let brought = types_of_inputs(machine.written);
    for declaration in machine.written.types.iter().filter(|declared| !brought.contains(&declared.name.to_string())) {
        let TypeKind::Enum(variants) = &declaration.kind else { continue };
        for Message { name, .. } in variants {
            let of = &declaration.name;
            if !machine.symbols.is_used(&Use::Variant(of.to_string(), name.to_string())) {
                let message =
                    format_args!("no input brings a `{of}` and nothing makes `{of}::{name}`; make it, or remove it");
                errors.add(Code::VariantUnused, name.span(), message);
            }
        }
    }
}

/// Data that nothing reads decides nothing: nothing would notice if it were wrong. What a final phase carries is what
/// the machine leaves to its host.
fn data_of_phases_is_read(machine: &Machine<'_>, region: &Region<'_>, errors: &mut Errors) {
    if machine.symbols.is_used(&Use::AllData(region.index)) {
        return;
    }
    for phase in region.written.phases.iter().filter(|phase| !phase.is_final) {
        let Message { name, members, .. } = &phase.message;
        for Member { name: member, .. } in members {
            if !machine.symbols.is_used(&Use::Data(region.index, name.to_string(), member.to_string())) {
                let message = format_args!(
                    "nothing reads `{member}` of the phase `{name}`; use it in a guard, a value or a property, or remove it"
                );
                errors.add(Code::PhaseDataUnread, member.span(), message);
            }
        }
    }
}

/// A selection that nothing reads is kept up to date for nothing. What only hosts read is `pub`.
fn selections_are_read(machine: &Machine<'_>, region: &Region<'_>, errors: &mut Errors) {
    for selection in region.written.selections.iter().filter(|selection| !selection.public) {
        let name = &selection.name;
        if !machine.symbols.is_used(&Use::Selection(region.index, name.to_string())) {
            let message = format_args!(
                "nothing reads the selection `{name}`; use it, write `pub select {name}` if a host does, or remove it"
            );
            errors.add(Code::SelectionUnread, name.span(), message);
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
        Expr::Unary(syn::ExprUnary { op: syn::UnOp::Not(_), expr, .. }) => {
            constant(expr).map(|(value, place)| (!value, place))
        }
        Expr::Binary(either) if matches!(either.op, syn::BinOp::Or(_) | syn::BinOp::And(_)) => {
            // What settles the whole, whatever the other side says.
            let settles = matches!(either.op, syn::BinOp::Or(_));
            [&either.left, &either.right]
                .into_iter()
                .filter_map(|side| constant(side))
                .find(|(value, _)| *value == settles)
        }
        Expr::Binary(comparison) if text(&comparison.left) == text(&comparison.right) => match comparison.op {
            syn::BinOp::Eq(_) | syn::BinOp::Le(_) | syn::BinOp::Ge(_) => Some((true, Some(comparison.left.span()))),
            syn::BinOp::Ne(_) | syn::BinOp::Lt(_) | syn::BinOp::Gt(_) => Some((false, Some(comparison.left.span()))),
            _ => None,
        },
        _ => None,
    }
}
