//! Resolves what a region does with an input.

use std::collections::BTreeSet;

use quote::quote;
use syn::spanned::Spanned;
use syn::{Expr, Ident, Pat, Type};

use super::expression::{After, Own, Scope, sources_of};
use super::{
    Arm, Context, Destination, Emission, Handler, Payload, Step, Target, Test, TypedLet, Update, Write,
    transition_names,
};
use crate::analyze::{Kind, Symbols, Use, data_is_complete, phase, phase_names};
use crate::errors::{Code, Errors};
use crate::naming::text;
use crate::parse::{self, Clause, Condition, Sources};

/// Resolves one handler; none if its input is unknown, which is reported elsewhere.
pub(super) fn lower<'a>(
    written: &'a parse::Handler,
    region: usize,
    context: Context<'a, '_>,
    errors: &mut Errors,
) -> Option<Handler<'a>> {
    let symbols = context.symbols;
    let input = symbols.input(&written.input, &mut Errors::default())?;
    let bindings = payload(written, input, symbols);
    let each = matches!(written.target, parse::Target::Each(_));
    let mut scope = context.scope(Own::Nothing, errors);
    bind_payload(&mut scope, &bindings);
    let target = target(&written.target, region, symbols, &mut scope);
    let lets = if each { typed_lets(written, symbols, &mut scope) } else { Vec::new() };
    let (regions, reads, checked) =
        (std::mem::take(&mut scope.regions), std::mem::take(&mut scope.reads), scope.checked);
    let arms = arms(written, region, &bindings, &lets, context, errors);
    Some(Handler { input, bindings, target, lets, regions, reads, checked, arms })
}

fn payload<'a>(written: &'a parse::Handler, input: usize, symbols: &Symbols<'a>) -> Vec<Payload<'a>> {
    let members = &symbols.input_at(input).members;
    let bound = written.bindings.iter().filter_map(|binding| {
        let member = members.iter().find(|member| member.name == binding.member)?;
        Some(Payload {
            member: &member.name,
            name: &binding.name,
            ty: &member.ty,
            scalar: symbols.facts.is_scalar(&member.ty),
        })
    });
    bound.collect()
}

fn bind_payload(scope: &mut Scope<'_, '_, '_>, bindings: &[Payload<'_>]) {
    for binding in bindings {
        scope.bind_typed(binding.name, binding.ty);
    }
}

fn target(written: &parse::Target, region: usize, symbols: &Symbols<'_>, scope: &mut Scope<'_, '_, '_>) -> Target {
    let mut resolved = |key: &Expr| {
        let mut key = key.clone();
        match &symbols.region(region).key {
            Some(ty) => scope.put_typed(&mut key, ty),
            None => scope.resolve(&mut key),
        }
        key
    };
    match written {
        parse::Target::Region => Target::Region,
        parse::Target::Create(key) => Target::Create(resolved(key)),
        parse::Target::At(key) => Target::At(resolved(key)),
        parse::Target::Each(selection) => {
            symbols.used(Use::Selection(region, selection.to_string()));
            Target::Each(selection.clone())
        }
    }
}

/// The `let`s in front of the arms of an `each` are computed once, before anything changes.
fn typed_lets(written: &parse::Handler, symbols: &Symbols<'_>, scope: &mut Scope<'_, '_, '_>) -> Vec<TypedLet> {
    let mut lets = Vec::new();
    for clause in &written.prelude {
        match clause {
            Clause::Let(parse::Let { pattern: Pat::Ident(name), ty: Some(ty), value }) => {
                let mut value = value.clone();
                scope.put_typed(&mut value, ty);
                scope.bind_typed(&name.ident, ty);
                lets.push(TypedLet {
                    name: name.ident.clone(),
                    ty: ty.clone(),
                    value,
                    scalar: symbols.facts.is_scalar(ty),
                });
            }
            Clause::Let(parse::Let { pattern, .. }) => {
                scope.errors().add(
                    Code::EachLet,
                    pattern.span(),
                    "in front of the arms of an `each`, write `let name: Type = ...;`",
                );
            }
            Clause::Require { sentence, .. } => {
                scope.errors().add(
                    Code::EachGuard,
                    sentence.span(),
                    "an `each` has its guards inside the arms, one instance at a time",
                );
            }
            _ => {}
        }
    }
    lets
}

fn arms<'a>(
    written: &'a parse::Handler,
    index: usize,
    bindings: &[Payload<'a>],
    lets: &[TypedLet],
    context: Context<'a, '_>,
    errors: &mut Errors,
) -> Vec<Arm<'a>> {
    let symbols = context.symbols;
    let region = symbols.region(index);
    let sources: Vec<Vec<usize>> = written.arms.iter().map(|arm| sources(region, &arm.sources, errors)).collect();
    let names = transition_names(&region.name, written, &sources, region);
    let lowered = written.arms.iter().zip(sources).zip(names);
    lowered
        .map(|((arm, sources), name)| {
            let own = match written.target {
                parse::Target::Region => Own::Region(index),
                parse::Target::Create(_) => Own::Nothing,
                parse::Target::At(_) | parse::Target::Each(_) => Own::Instance(index),
            };
            let mut scope = context.scope(own, errors);
            // A member that does not exist is reported once, at its binding.
            written.bindings.iter().for_each(|binding| scope.bind_unknown(&binding.name));
            bind_payload(&mut scope, bindings);
            for binding in lets {
                scope.bind_typed(&binding.name, &binding.ty);
            }
            let each = matches!(written.target, parse::Target::Each(_));
            if each {
                scope.close(
                    "the arms of an `each` read their instance and the payload only, because instances change one after \
                     another; bind what is read in front: `let name: Type = region.field;`",
                );
            }
            let prelude: &[Clause] = if each { &[] } else { &written.prelude };
            self::arm(arm, prelude, name, sources, index, symbols, scope)
        })
        .collect()
}

fn sources(region: &parse::Region, written: &Sources, errors: &mut Errors) -> Vec<usize> {
    match written {
        Sources::Unwritten => Vec::new(),
        Sources::Any(except) => {
            let except: Vec<usize> = except.iter().filter_map(|name| phase(region, name, errors)).collect();
            let live = |index: &usize| !region.phases[*index].is_final && !except.contains(index);
            (0..region.phases.len()).filter(live).collect()
        }
        Sources::Pattern(pattern) => {
            if phase_names(pattern).is_empty() {
                errors.add(
                    Code::SourcesWithoutNames,
                    pattern.span(),
                    "name the phases to leave: `from Idle | Running { run }`, or `from any`",
                );
            }
            sources_of(region, pattern)
        }
    }
}

fn arm<'a>(
    written: &'a parse::Arm,
    prelude: &'a [Clause],
    name: Ident,
    sources: Vec<usize>,
    index: usize,
    symbols: &Symbols<'a>,
    mut scope: Scope<'_, '_, '_>,
) -> Arm<'a> {
    let region = symbols.region(index);
    let (pattern, source_text) = source_pattern(&written.sources, index, &mut scope);
    let moves = matches!(written.destination, parse::Destination::Phase { .. });
    let mut lowered =
        Clauses { moves, index, region, symbols, steps: Vec::new(), updates: Vec::new(), emissions: Vec::new() };
    let (emissions, others): (Vec<_>, Vec<_>) =
        prelude.iter().chain(&written.clauses).partition(|clause| matches!(clause, Clause::Emit { .. }));
    others.into_iter().for_each(|clause| lowered.add(clause, &mut scope));
    let (tested, checked) = (std::mem::take(&mut scope.regions), std::mem::take(&mut scope.checked));
    emissions.into_iter().for_each(|clause| lowered.add(clause, &mut scope));
    let (told, telling_rejects) = (std::mem::take(&mut scope.regions), std::mem::take(&mut scope.checked));
    let destination = destination(&written.destination, region, &mut scope);
    let mut decisive = &tested | &scope.regions;
    if telling_rejects {
        decisive.extend(&told);
    }
    let mut writes: BTreeSet<String> =
        lowered.updates.iter().map(|update| format!("{}.{}", region.name, update.field)).collect();
    if matches!(destination, Destination::Phase { .. } | Destination::Remove) {
        writes.insert(format!("{}.phase", region.name));
    }
    if !sources.is_empty() {
        scope.reads.insert(format!("{}.phase", region.name));
    }
    Arm {
        written,
        name,
        sources,
        pattern,
        source_text,
        steps: lowered.steps,
        destination,
        updates: lowered.updates,
        emissions: lowered.emissions,
        regions: &decisive | &told,
        decisive,
        reads: std::mem::take(&mut scope.reads),
        writes,
        checked: checked || telling_rejects || scope.checked,
    }
}

fn source_pattern(written: &Sources, index: usize, scope: &mut Scope<'_, '_, '_>) -> (Option<Pat>, String) {
    match written {
        Sources::Unwritten => (None, String::new()),
        Sources::Any(except) if except.is_empty() => (None, String::from("any")),
        Sources::Any(except) => (None, format!("any except {}", text(quote!(#(#except)|*)))),
        Sources::Pattern(pattern) => {
            let mut resolved = pattern.clone();
            scope.source_pattern(&mut resolved, index);
            let plain = says_phases_only(pattern);
            (if plain { None } else { Some(resolved) }, text(pattern))
        }
    }
}

/// Whether a pattern names phases and neither tests nor binds their data.
fn says_phases_only(pattern: &Pat) -> bool {
    match pattern {
        Pat::Or(or) => or.cases.iter().all(says_phases_only),
        Pat::Paren(inner) => says_phases_only(&inner.pat),
        Pat::Ident(_) | Pat::Path(_) => true,
        Pat::Struct(inner) => inner.fields.is_empty(),
        _ => false,
    }
}

fn destination(written: &parse::Destination, region: &parse::Region, scope: &mut Scope<'_, '_, '_>) -> Destination {
    match written {
        parse::Destination::Stay => Destination::Stay,
        parse::Destination::Ignore => Destination::Ignore,
        parse::Destination::Remove => Destination::Remove,
        parse::Destination::Phase { name, data } => {
            let Some(index) = phase(region, name, scope.errors()) else { return Destination::Stay };
            let members = &region.phases[index].message.members;
            data_is_complete("the phase", name, members, data, scope.errors());
            Destination::Phase { index, data: assignments(data, members, scope) }
        }
    }
}

fn assignments(
    data: &[parse::Assignment],
    members: &[parse::Member],
    scope: &mut Scope<'_, '_, '_>,
) -> Vec<(Ident, Expr)> {
    let resolved = data.iter().map(|assignment| {
        let mut value = assignment.value.clone();
        match member_type(members, &assignment.name) {
            Some(ty) => scope.put_typed(&mut value, ty),
            None => scope.resolve(&mut value),
        }
        (assignment.name.clone(), value)
    });
    resolved.collect()
}

fn member_type<'a>(members: &'a [parse::Member], name: &Ident) -> Option<&'a Type> {
    members.iter().find(|member| member.name == *name).map(|member| &member.ty)
}

/// The clauses of one arm, resolved one after another.
struct Clauses<'a, 's> {
    /// The transition leads to a phase.
    moves: bool,
    index: usize,
    region: &'a parse::Region,
    symbols: &'s Symbols<'a>,
    steps: Vec<Step<'a>>,
    updates: Vec<Update<'a>>,
    emissions: Vec<Emission>,
}

impl<'a> Clauses<'a, '_> {
    fn add(&mut self, clause: &'a Clause, scope: &mut Scope<'_, '_, '_>) {
        match clause {
            Clause::Require { sentence, condition } => self.guard(sentence, condition, scope),
            Clause::Let(binding) => self.binding(binding, scope),
            Clause::Set { field, value } => {
                let write_text = text(value);
                let value = self.value_of(field, Part::Whole, value, scope);
                self.update(field, Write::Set(value), write_text);
            }
            Clause::Insert { field, key, value } => {
                let write_text = match value {
                    Some(value) => format!("insert {} => {}", text(key), text(value)),
                    None => format!("insert {}", text(key)),
                };
                let key = self.value_of(field, Part::Key, key, scope);
                let value = value.as_ref().map(|value| self.value_of(field, Part::Value, value, scope));
                self.update(field, Write::Insert { key, value }, write_text);
            }
            Clause::Remove { field, key } => {
                let write_text = format!("remove {}", text(key));
                let key = self.value_of(field, Part::Key, key, scope);
                self.update(field, Write::Remove { key }, write_text);
            }
            Clause::Append { field, value } => {
                let write_text = format!("append {}", text(value));
                let value = self.value_of(field, Part::Value, value, scope);
                self.sequence(field, scope);
                self.update(field, Write::Append(value), write_text);
            }
            Clause::TakeFirst { field } => {
                self.sequence(field, scope);
                self.update(field, Write::TakeFirst, String::from("take first"));
            }
            Clause::Emit { effect, data } => self.emission(effect, data, scope),
        }
    }

    fn guard(&mut self, sentence: &'a syn::LitStr, condition: &Condition, scope: &mut Scope<'_, '_, '_>) {
        let (test, text) = match condition {
            Condition::Holds(condition) => (Test::Holds(resolved(condition, scope)), text(condition)),
            Condition::Matches { pattern, value } => {
                let written = text(quote!(let #pattern = #value));
                let (mut pattern, mut value) = (pattern.clone(), value.clone());
                scope.binding(&mut pattern, None, &mut value);
                (Test::Matches { pattern, value }, written)
            }
        };
        self.steps.push(Step::Guard { sentence, test, text, span: sentence.span() });
    }

    fn binding(&mut self, binding: &parse::Let, scope: &mut Scope<'_, '_, '_>) {
        let (mut pattern, mut value) = (binding.pattern.clone(), binding.value.clone());
        scope.binding(&mut pattern, binding.ty.as_ref(), &mut value);
        self.steps.push(Step::Let { pattern, ty: binding.ty.clone(), value });
    }

    /// Resolves what is written into a field, or into a part of it.
    fn value_of(&self, field: &Ident, part: Part, value: &Expr, scope: &mut Scope<'_, '_, '_>) -> Expr {
        let mut value = value.clone();
        let kind = match (field_type(self.region, field).map(|ty| self.symbols.kind(ty)), part) {
            (Some(kind), Part::Whole) => kind,
            (Some(Kind::Set(key) | Kind::Map(key, _)), Part::Key) => *key,
            (Some(Kind::Map(_, value) | Kind::Seq(value)), Part::Value) => *value,
            _ => Kind::Unknown,
        };
        scope.put(&mut value, &kind);
        value
    }

    /// Only a sequence has an end and a first element that is not its least.
    fn sequence(&self, field: &Ident, scope: &mut Scope<'_, '_, '_>) {
        let Some(ty) = field_type(self.region, field) else { return };
        if !matches!(self.symbols.kind(ty), Kind::Seq(_)) {
            let message =
                format_args!("`{field}` is no sequence; `insert ... into` and `remove ... from` write sets and maps");
            scope.errors().add(Code::NoSequence, field.span(), message);
        }
    }

    fn update(&mut self, field: &Ident, write: Write, text: String) {
        let known = self.region.fields.iter().find(|known| known.member.name == *field);
        if let Some(known) = known {
            self.updates.push(Update { field: &known.member.name, write, text, span: field.span() });
        }
    }

    /// What the clauses so far do to the region's own fields.
    fn after(&self) -> After {
        let (set, changed): (Vec<_>, Vec<_>) =
            self.updates.iter().partition(|update| matches!(update.write, Write::Set(_)));
        let names = |updates: Vec<&Update<'_>>| updates.iter().map(|update| update.field.to_string()).collect();
        After { region: self.index, set: names(set), changed: names(changed), moves: self.moves }
    }

    fn emission(&mut self, effect: &Ident, data: &[parse::Assignment], scope: &mut Scope<'_, '_, '_>) {
        let Some(index) = self.symbols.effect(effect, scope.errors()) else { return };
        let members = &self.symbols.effect_at(index).members;
        data_is_complete("the effect", effect, members, data, scope.errors());
        let written: Vec<String> =
            data.iter().map(|assignment| format!("{}: {}", assignment.name, text(&assignment.value))).collect();
        let after = self.after();
        let data = data
            .iter()
            .map(|assignment| {
                let mut value = assignment.value.clone();
                scope.put_after(&after, &mut value, member_type(members, &assignment.name));
                (assignment.name.clone(), value)
            })
            .collect();
        self.emissions.push(Emission { effect: index, data, text: written.join(", "), span: effect.span() });
    }
}

fn resolved(expression: &Expr, scope: &mut Scope<'_, '_, '_>) -> Expr {
    let mut expression = expression.clone();
    scope.resolve(&mut expression);
    expression
}

/// What part of a field a clause writes.
#[derive(Clone, Copy)]
enum Part {
    Whole,
    Key,
    Value,
}

/// The declared type of a field.
pub(crate) fn field_type<'a>(region: &'a parse::Region, field: &Ident) -> Option<&'a Type> {
    region.fields.iter().find(|known| known.member.name == *field).map(|known| &known.member.ty)
}
