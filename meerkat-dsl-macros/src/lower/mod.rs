//! From what was written to what will be emitted: transitions with names, resolved expressions, reads and writes.
//!
//! The types here borrow from what was written and hold expressions in which every name is a path that the generated
//! code knows.

mod expression;
mod handlers;
mod influence;
mod rules;

use std::collections::BTreeSet;

use proc_macro2::Span;
use quote::format_ident;
use syn::{Expr, Ident, Pat, Type};

use crate::analyze::{Symbols, is_collection, mentions};
use crate::errors::{Code, Errors};
use crate::naming::camel;
use crate::parse;

pub(crate) use expression::phase_type;
use expression::{Own, Scope};
pub(crate) use handlers::field_type;

/// A machine, resolved.
pub(crate) struct Machine<'a> {
    pub(crate) written: &'a parse::Machine,
    pub(crate) symbols: &'a Symbols<'a>,
    /// The values of the constants, in the order of declaration.
    pub(crate) constants: Vec<Expr>,
    pub(crate) helpers: Vec<Helper<'a>>,
    pub(crate) regions: Vec<Region<'a>>,
    pub(crate) properties: Vec<Property<'a>>,
}

impl Machine<'_> {
    /// Whether some transition takes an element from a sequence.
    pub(crate) fn takes(&self) -> bool {
        let handlers = self.regions.iter().flat_map(|region| &region.handlers);
        let mut updates = handlers.flat_map(|handler| &handler.arms).flat_map(|arm| &arm.updates);
        updates.any(|update| matches!(update.write, Write::TakeFirst))
    }
}

/// A pure function, resolved.
pub(crate) struct Helper<'a> {
    pub(crate) written: &'a parse::Helper,
    pub(crate) body: Expr,
    /// It may overflow, so it gives a result.
    pub(crate) checked: bool,
}

/// A region, resolved.
pub(crate) struct Region<'a> {
    pub(crate) written: &'a parse::Region,
    pub(crate) index: usize,
    /// The first values of the fields, in the order of declaration.
    pub(crate) initials: Vec<Option<Expr>>,
    pub(crate) selections: Vec<Selection<'a>>,
    pub(crate) handlers: Vec<Handler<'a>>,
}

/// A selection, resolved over an instance called `this`.
pub(crate) struct Selection<'a> {
    pub(crate) written: &'a parse::Selection,
    pub(crate) pattern: Pat,
    pub(crate) condition: Option<Expr>,
    pub(crate) reads: BTreeSet<String>,
}

/// What one region does with one input, resolved.
pub(crate) struct Handler<'a> {
    pub(crate) input: usize,
    pub(crate) bindings: Vec<Payload<'a>>,
    pub(crate) target: Target,
    /// Values computed once for all instances of an `each`.
    pub(crate) lets: Vec<TypedLet>,
    /// Regions that keys and lets read.
    pub(crate) regions: BTreeSet<usize>,
    /// Paths that keys and lets read.
    pub(crate) reads: BTreeSet<String>,
    pub(crate) checked: bool,
    pub(crate) arms: Vec<Arm<'a>>,
}

/// A member of the payload under the name that the handler gives it.
#[derive(Clone, Copy)]
pub(crate) struct Payload<'a> {
    pub(crate) member: &'a Ident,
    pub(crate) name: &'a Ident,
    pub(crate) ty: &'a Type,
    pub(crate) scalar: bool,
}

/// Which instances move.
pub(crate) enum Target {
    Region,
    Create(Expr),
    At(Expr),
    Each(Ident),
}

/// `let name: Type = value;`
pub(crate) struct TypedLet {
    pub(crate) name: Ident,
    pub(crate) ty: Type,
    pub(crate) value: Expr,
    /// Whether it is copied; otherwise it is lent to the arms.
    pub(crate) scalar: bool,
}

/// One transition, resolved.
pub(crate) struct Arm<'a> {
    pub(crate) written: &'a parse::Arm,
    /// The generated variant and the name in the spec.
    pub(crate) name: Ident,
    /// Indices of the phases it leaves.
    pub(crate) sources: Vec<usize>,
    /// The whole source pattern, if it says more than the phases.
    pub(crate) pattern: Option<Pat>,
    pub(crate) source_text: String,
    pub(crate) steps: Vec<Step<'a>>,
    pub(crate) destination: Destination,
    pub(crate) updates: Vec<Update<'a>>,
    pub(crate) emissions: Vec<Emission>,
    pub(crate) regions: BTreeSet<usize>,
    /// Of those, the ones on which it depends whether the transition accepts and what it writes.
    pub(crate) decisive: BTreeSet<usize>,
    pub(crate) reads: BTreeSet<String>,
    pub(crate) writes: BTreeSet<String>,
    pub(crate) checked: bool,
}

/// A guard or a local value, in the order written.
pub(crate) enum Step<'a> {
    Guard { sentence: &'a syn::LitStr, test: Test, text: String, span: Span },
    Let { pattern: Pat, ty: Option<Type>, value: Expr },
}

/// What a guard tests, resolved.
pub(crate) enum Test {
    Holds(Expr),
    Matches { pattern: Pat, value: Expr },
}

/// Where a transition leads, resolved.
pub(crate) enum Destination {
    Stay,
    Ignore,
    Remove,
    Phase { index: usize, data: Vec<(Ident, Expr)> },
}

/// A write, resolved.
pub(crate) struct Update<'a> {
    pub(crate) field: &'a Ident,
    pub(crate) write: Write,
    pub(crate) text: String,
    pub(crate) span: Span,
}

/// The kinds of writes.
pub(crate) enum Write {
    Set(Expr),
    Insert { key: Expr, value: Option<Expr> },
    Remove { key: Expr },
    Append(Expr),
    TakeFirst,
}

/// An effect, resolved.
pub(crate) struct Emission {
    pub(crate) effect: usize,
    pub(crate) data: Vec<(Ident, Expr)>,
    pub(crate) text: String,
    pub(crate) span: Span,
}

/// A property, resolved.
pub(crate) struct Property<'a> {
    pub(crate) written: &'a parse::Property,
    pub(crate) premise: Option<Expr>,
    pub(crate) claim: Expr,
    pub(crate) regions: BTreeSet<usize>,
    pub(crate) reads: BTreeSet<String>,
    pub(crate) checked: bool,
}

/// Resolves a machine.
pub(crate) fn machine<'a>(written: &'a parse::Machine, symbols: &'a Symbols<'a>, errors: &mut Errors) -> Machine<'a> {
    let mut helpers: Vec<Helper<'a>> = Vec::new();
    let mut checked: Vec<bool> = Vec::new();
    for helper in &written.helpers {
        let helper = self::helper(helper, symbols, &checked, errors);
        checked.push(helper.checked);
        helpers.push(helper);
    }
    let constants = constants(written, symbols, errors);
    let context = Context { symbols, helpers: &checked };
    let regions = (0..written.regions.len()).map(|index| region(index, context, errors)).collect();
    let properties = written.properties.iter().map(|property| self::property(property, context, errors)).collect();
    let machine = Machine { written, symbols, constants, helpers, regions, properties };
    types_are_usable(&machine, errors);
    // A transition with a mistake in it is not what its author means; only what was understood is judged.
    if errors.is_empty() {
        rules::check(&machine, errors);
    }
    machine
}

/// What every expression is resolved against.
#[derive(Clone, Copy)]
pub(crate) struct Context<'a, 'c> {
    pub(crate) symbols: &'a Symbols<'a>,
    /// Whether each function may overflow.
    pub(crate) helpers: &'c [bool],
}

impl<'a, 'c> Context<'a, 'c> {
    fn scope<'e>(self, own: Own, errors: &'e mut Errors) -> Scope<'a, 'c, 'e> {
        Scope::new(self.symbols, self.helpers, own, errors)
    }
}

/// A function reads its parameters, constants and the functions in front of it, and nothing else.
fn helper<'a>(
    written: &'a parse::Helper,
    symbols: &'a Symbols<'a>,
    helpers: &[bool],
    errors: &mut Errors,
) -> Helper<'a> {
    let mut scope = Scope::new(symbols, helpers, Own::Nothing, errors);
    scope.close("a function reads its parameters only; hand it what it needs");
    for parameter in &written.parameters {
        scope.bind_typed(&parameter.name, &parameter.ty);
    }
    let mut body = written.body.clone();
    scope.put_typed(&mut body, &written.ty);
    Helper { written, body, checked: scope.checked }
}

/// A constant is known when the machine is compiled, so it is a literal or made of constants.
fn constants(written: &parse::Machine, symbols: &Symbols<'_>, errors: &mut Errors) -> Vec<Expr> {
    let values = written.constants.iter().map(|constant| {
        let reason = "a constant is made of literals and constants";
        let (value, checked) = plain(&constant.value, &constant.ty, reason, symbols, errors);
        if checked {
            errors.add(
                Code::ConstantArithmetic,
                constant.name.span(),
                "a constant does no arithmetic; write its value",
            );
        }
        value
    });
    values.collect()
}

/// A value that reads nothing of the state, and whether there is arithmetic in it.
fn plain(value: &Expr, ty: &Type, reason: &'static str, symbols: &Symbols<'_>, errors: &mut Errors) -> (Expr, bool) {
    let mut scope = Scope::new(symbols, &[], Own::Nothing, errors);
    scope.close(reason);
    let mut resolved = value.clone();
    scope.put_typed(&mut resolved, ty);
    // Where arithmetic is refused, the types are still emitted, and nothing there can reject an overflow.
    let checked = scope.checked;
    (if checked { value.clone() } else { resolved }, checked)
}

/// A first value is known when the machine is compiled, like a constant.
fn initial(field: &parse::Field, symbols: &Symbols<'_>, errors: &mut Errors) -> Option<Expr> {
    let reason = "a first value is made of literals and constants";
    let (value, checked) = plain(field.initial.as_ref()?, &field.member.ty, reason, symbols, errors);
    if checked {
        errors.add(Code::ConstantArithmetic, field.member.name.span(), "a first value does no arithmetic; write it");
    }
    Some(value)
}

fn region<'a>(index: usize, context: Context<'a, '_>, errors: &mut Errors) -> Region<'a> {
    let written = context.symbols.region(index);
    let initials = written.fields.iter().map(|field| initial(field, context.symbols, errors)).collect();
    let selections = written.selections.iter().map(|written| selection(written, index, context, errors)).collect();
    let handlers =
        written.handlers.iter().filter_map(|handler| handlers::lower(handler, index, context, errors)).collect();
    Region { written, index, initials, selections, handlers }
}

fn selection<'a>(
    written: &'a parse::Selection,
    region: usize,
    context: Context<'a, '_>,
    errors: &mut Errors,
) -> Selection<'a> {
    let mut scope = context.scope(Own::Instance(region), errors);
    scope.close("a selection reads its instance only, because it is kept up to date as instances change");
    let mut pattern = written.pattern.clone();
    scope.phase_pattern(&mut pattern, region);
    let condition = written.condition.clone().map(|mut condition| {
        scope.resolve(&mut condition);
        condition
    });
    let (reads, checked) = (std::mem::take(&mut scope.reads), scope.checked);
    if checked {
        errors.add(
            Code::SelectionArithmetic,
            written.name.span(),
            "a selection cannot reject, so it does no arithmetic",
        );
    }
    Selection { written, pattern, condition, reads }
}

fn property<'a>(written: &'a parse::Property, context: Context<'a, '_>, errors: &mut Errors) -> Property<'a> {
    let mut scope = context.scope(Own::Nothing, errors);
    if written.kind == parse::PropertyKind::Always {
        scope = scope.with_next();
    }
    let premise = written.premise.clone().map(|mut premise| {
        scope.resolve(&mut premise);
        premise
    });
    let mut claim = written.claim.clone();
    scope.resolve(&mut claim);
    let (regions, reads, checked) =
        (std::mem::take(&mut scope.regions), std::mem::take(&mut scope.reads), scope.checked);
    Property { written, premise, claim, regions, reads, checked }
}

/// A phase changes as a whole; collections change in place, so they live in fields.
fn types_are_usable(machine: &Machine<'_>, errors: &mut Errors) {
    for region in &machine.written.regions {
        for member in region.phases.iter().flat_map(|phase| &phase.message.members) {
            if mentions(&member.ty, &is_collection) {
                errors.add(
                    Code::CollectionInPhase,
                    member.name.span(),
                    "a phase carries no set, map or sequence; make it a field of the region",
                );
            }
        }
    }
}

/// Names the transitions of a handler: region and input, and what tells several arms apart.
fn transition_names(
    region: &Ident,
    handler: &parse::Handler,
    sources: &[Vec<usize>],
    of: &parse::Region,
) -> Vec<Ident> {
    let base = format!("{}{}", camel(&region.to_string()), handler.input);
    let mut names: Vec<Ident> = Vec::new();
    for (position, arm) in handler.arms.iter().enumerate() {
        let mut name = base.clone();
        if handler.arms.len() > 1 {
            name.push_str(&distinction(arm, &sources[position], of));
        }
        let taken = names.iter().filter(|other| other.to_string().trim_end_matches(char::is_numeric) == name).count();
        let name = if taken > 0 { format!("{name}{}", taken + 1) } else { name };
        names.push(format_ident!("{name}", span = handler.input.span()));
    }
    names
}

fn distinction(arm: &parse::Arm, sources: &[usize], region: &parse::Region) -> String {
    let from = match (&arm.sources, sources.first()) {
        (parse::Sources::Any(_), _) => String::from("FromAny"),
        (_, Some(first)) => format!("From{}", region.phases[*first].message.name),
        _ => String::new(),
    };
    let to = match &arm.destination {
        parse::Destination::Phase { name, .. } => format!("To{name}"),
        parse::Destination::Stay => String::from("Stay"),
        parse::Destination::Ignore => String::from("Ignore"),
        parse::Destination::Remove => String::from("Remove"),
    };
    from + &to
}
