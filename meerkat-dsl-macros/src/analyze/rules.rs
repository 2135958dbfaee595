//! The rules, one function each.

use syn::Ident;
use syn::spanned::Spanned;

use super::types::every_type_is_used;
use super::{Symbols, index, phase_index};
use crate::errors::{Code, Errors, suggestion};
use crate::parse::{
    Arm, Assignment, Clause, Destination, Handler, Machine, Member, PropertyKind, Region, Sources, Target,
};

/// Checks what the generated types depend on.
pub(crate) fn check_declarations(machine: &Machine, errors: &mut Errors) {
    sentences_name_one_property(machine, errors);
    for region in &machine.regions {
        fields_of_a_plain_region_have_a_first_value(region, errors);
        names_of_a_region_are_its_own(region, errors);
        the_initial_phase_is_one(region, errors);
        one_handler_per_input(region, errors);
    }
}

/// Checks every other rule.
pub(crate) fn check(machine: &Machine, symbols: &Symbols<'_>, errors: &mut Errors) {
    for region in &machine.regions {
        for handler in &region.handlers {
            the_target_fits_the_region(region, handler, errors);
            for arm in &handler.arms {
                sources_are_written_where_there_are_phases(region, handler, arm, errors);
                final_phases_are_final(region, arm, errors);
                fields_are_written_once(machine, region, arm, errors);
                an_ignored_input_changes_nothing(arm, errors);
                a_created_instance_is_complete(region, handler, arm, errors);
            }
        }
    }
    payload_bindings_exist(machine, symbols, errors);
    fairness_names_an_input_once(machine, symbols, errors);
    fairness_is_used(machine, errors);
}

/// Checks that what is declared is there for something.
pub(crate) fn check_unused(machine: &Machine, errors: &mut Errors) {
    every_type_is_used(machine, errors);
    every_input_is_handled(machine, errors);
    every_effect_is_emitted(machine, errors);
    for region in &machine.regions {
        every_phase_is_entered(region, errors);
    }
}

/// An input that no region handles could never be accepted: it is dead, or a handler was forgotten.
fn every_input_is_handled(machine: &Machine, errors: &mut Errors) {
    for input in &machine.inputs {
        let handled = machine.regions.iter().flat_map(|region| &region.handlers).any(|on| on.input == input.name);
        if !handled {
            errors.add(
                Code::InputUnhandled,
                input.name.span(),
                format_args!("no region handles the input `{0}`; write `on {0} ...` in one, or remove it", input.name),
            );
        }
    }
}

/// An effect that no transition emits is a promise to the shell that is never kept.
fn every_effect_is_emitted(machine: &Machine, errors: &mut Errors) {
    let clauses = || {
        let handlers = machine.regions.iter().flat_map(|region| &region.handlers);
        handlers.flat_map(|handler| &handler.arms).flat_map(|arm| &arm.clauses)
    };
    for effect in &machine.effects {
        if !clauses().any(|clause| matches!(clause, Clause::Emit { effect: name, .. } if *name == effect.name)) {
            errors.add(
                Code::EffectUnemitted,
                effect.name.span(),
                format_args!(
                    "no transition emits the effect `{0}`; write `emit {0};` in one, or remove it",
                    effect.name
                ),
            );
        }
    }
}

/// A property is known by its sentence, in reports as in pins, so two may not share one.
fn sentences_name_one_property(machine: &Machine, errors: &mut Errors) {
    for (position, property) in machine.properties.iter().enumerate() {
        let first =
            machine.properties[..position].iter().find(|other| other.sentence.value() == property.sentence.value());
        if let Some(first) = first {
            let message = "another property has this sentence; a property is known by it";
            errors.add_pair(
                Code::SentenceTwice,
                property.sentence.span(),
                message,
                first.sentence.span(),
                "the other property is here",
            );
        }
    }
}

/// An input is fair in one way: strong fairness includes the weak one.
fn fairness_names_an_input_once(machine: &Machine, symbols: &Symbols<'_>, errors: &mut Errors) {
    for (position, fairness) in machine.fairness.iter().enumerate() {
        if symbols.input(&fairness.input, errors).is_none() {
            continue;
        }
        if let Some(first) = machine.fairness[..position].iter().find(|other| other.input == fairness.input) {
            errors.add_pair(
                Code::FairTwice,
                fairness.input.span(),
                format_args!("`{}` is declared fair twice; strong fairness includes the weak one", fairness.input),
                first.input.span(),
                "the first declaration is here",
            );
        }
    }
}

/// Fairness bears on `leads_to` only; without one it is a trust that nothing rests on.
fn fairness_is_used(machine: &Machine, errors: &mut Errors) {
    if machine.properties.iter().any(|property| property.kind == PropertyKind::LeadsTo) {
        return;
    }
    for fairness in &machine.fairness {
        let message = "no property rests on this fairness; write a `leads_to`, or remove it";
        errors.add(Code::FairnessUnused, fairness.input.span(), message);
    }
}

/// Phases, fields and selections are reached as `region.name`, so none may hide another.
fn names_of_a_region_are_its_own(region: &Region, errors: &mut Errors) {
    index("phase", region.phases.iter().map(|phase| &phase.message.name), errors);
    let members = region.fields.iter().map(|field| &field.member.name);
    index("field", members.chain(region.selections.iter().map(|selection| &selection.name)), errors);
    for field in &region.fields {
        if ["phase", "key"].iter().any(|reserved| field.member.name == reserved) {
            let message =
                format_args!("`{}` is a name of the language; call the field something else", field.member.name);
            errors.add(Code::ReservedName, field.member.name.span(), message);
        }
    }
    for selection in region.selections.iter().filter(|selection| METHODS.iter().any(|method| selection.name == method))
    {
        let message = format_args!("`{}` is a name of the language; call the selection something else", selection.name);
        errors.add(Code::ReservedName, selection.name.span(), message);
    }
}

/// What `region.name` means already.
const METHODS: [&str; 8] = ["any", "all", "count", "get", "contains_key", "len", "is_empty", "iter"];

/// A plain region is there from the start, so each of its fields has a value from the start.
fn fields_of_a_plain_region_have_a_first_value(region: &Region, errors: &mut Errors) {
    if region.key.is_some() {
        return;
    }
    for field in region.fields.iter().filter(|field| field.initial.is_none()) {
        let name = &field.member.name;
        errors.add(
            Code::NoFirstValue,
            name.span(),
            format_args!("`{name}` has no first value; write `field {name}: ... = value;`"),
        );
    }
}

/// A region starts in one phase; an instance starts where its creation puts it.
fn the_initial_phase_is_one(region: &Region, errors: &mut Errors) {
    let mut initial = region.phases.iter().filter(|phase| phase.initial);
    if region.key.is_some() {
        for phase in initial {
            let message = "an instance starts in the phase that `create` puts it in; remove `initial`";
            errors.add(Code::InitialInstance, phase.message.name.span(), message);
        }
        if region.phases.is_empty() {
            errors.add(Code::NoPhases, region.name.span(), "a keyed region needs phases: `phases { ... }`");
        }
        return;
    }
    if let Some(phase) = region.phases.iter().find(|phase| phase.initial && !phase.message.members.is_empty()) {
        let message = "the initial phase carries no data; start in a phase without and enter this one by an input";
        errors.add(Code::InitialData, phase.message.name.span(), message);
    }
    match (initial.next(), initial.next()) {
        (Some(first), Some(second)) => errors.add_pair(
            Code::InitialTwice,
            second.message.name.span(),
            "a region has one initial phase",
            first.message.name.span(),
            "this is the first one",
        ),
        (None, _) if !region.phases.is_empty() => {
            let name = &region.phases[0].message.name;
            errors.add(
                Code::NoInitialPhase,
                name.span(),
                format_args!("no phase is initial; write `initial {name}` for the first one"),
            );
        }
        _ => {}
    }
}

/// A phase that nothing enters is dead, or a transition was forgotten.
fn every_phase_is_entered(region: &Region, errors: &mut Errors) {
    let arms = || region.handlers.iter().flat_map(|handler| &handler.arms);
    for phase in &region.phases {
        let name = &phase.message.name;
        let entered = arms().any(|arm| matches!(&arm.destination, Destination::Phase { name: to, .. } if to == name));
        if !entered && !phase.initial {
            errors.add(
                Code::PhaseUnentered,
                name.span(),
                format_args!("no transition enters `{name}`; write `to {name}` in one, or remove it"),
            );
        }
    }
}

/// A region answers an input in one place, so that a reader finds all of its transitions together.
fn one_handler_per_input(region: &Region, errors: &mut Errors) {
    for (position, handler) in region.handlers.iter().enumerate() {
        if let Some(first) = region.handlers[..position].iter().find(|other| other.input == handler.input) {
            errors.add_pair(
                Code::HandlerTwice,
                handler.input.span(),
                format_args!("`{}` has two handlers `on {}`; put both into one", region.name, handler.input),
                first.input.span(),
                "the first handler is here",
            );
        }
    }
}

/// A keyed region says which instances move; a plain one has none.
fn the_target_fits_the_region(region: &Region, handler: &Handler, errors: &mut Errors) {
    match (&handler.target, &region.key) {
        (Target::Region, Some(_)) => errors.add(
            Code::TargetMissing,
            handler.input.span(),
            "a keyed region says which instances move: `create key`, `at key` or `each selection`",
        ),
        (Target::Create(key) | Target::At(key), None) => {
            errors.add(
                Code::TargetWithoutInstances,
                key.span(),
                "the region has no instances; declare it `keyed region name[Key]`",
            );
        }
        (Target::Each(selection), None) => {
            errors.add(
                Code::TargetWithoutInstances,
                selection.span(),
                "the region has no instances; declare it `keyed region name[Key]`",
            );
        }
        (Target::Each(selection), Some(_)) => selection_exists(region, selection, errors),
        _ => {}
    }
}

fn selection_exists(region: &Region, name: &Ident, errors: &mut Errors) {
    if !region.selections.iter().any(|selection| selection.name == *name) {
        let names: Vec<String> = region.selections.iter().map(|selection| selection.name.to_string()).collect();
        let hint = suggestion(&name.to_string(), names.iter().map(String::as_str));
        errors.add(
            Code::UnknownSelection,
            name.span(),
            format_args!("the region `{}` has no selection `{name}`{hint}", region.name),
        );
    }
}

/// Where there are phases, a transition says which it leaves: silence would mean "any" by accident.
fn sources_are_written_where_there_are_phases(region: &Region, handler: &Handler, arm: &Arm, errors: &mut Errors) {
    let creates = matches!(handler.target, Target::Create(_));
    match (&arm.sources, creates || region.phases.is_empty()) {
        (Sources::Unwritten, false) => {
            errors.add(
                Code::SourcesMissing,
                arm.span,
                "say which phases this leaves: `from Phase`, `from A | B` or `from any`",
            );
        }
        (Sources::Any(_) | Sources::Pattern(_), true) => {
            errors.add(Code::SourcesWithoutPhases, arm.span, "there is no phase to leave here; remove `from ...`");
        }
        _ => {}
    }
}

/// A final phase is final: what is settled stays settled. `from any` means every phase that is not final.
fn final_phases_are_final(region: &Region, arm: &Arm, errors: &mut Errors) {
    let Sources::Pattern(pattern) = &arm.sources else { return };
    if !matches!(arm.destination, Destination::Phase { .. }) {
        return;
    }
    for name in phase_names(pattern) {
        if phase_index(region, &name).is_some_and(|index| region.phases[index].is_final) {
            errors.add(
                Code::FinalPhaseLeft,
                name.span(),
                format_args!(
                    "`{name}` is final, and nothing leaves a final phase; `ignore from {name};` accepts the input there"
                ),
            );
        }
    }
}

/// The names at the head of a phase pattern, in each of its alternatives.
pub(crate) fn phase_names(pattern: &syn::Pat) -> Vec<Ident> {
    match pattern {
        syn::Pat::Or(or) => or.cases.iter().flat_map(phase_names).collect(),
        syn::Pat::Paren(paren) => phase_names(&paren.pat),
        syn::Pat::Ident(ident) => vec![ident.ident.clone()],
        syn::Pat::Struct(pattern) => pattern.path.get_ident().cloned().into_iter().collect(),
        syn::Pat::Path(path) => path.path.get_ident().cloned().into_iter().collect(),
        _ => Vec::new(),
    }
}

/// A field is written once per transition, because updates are simultaneous and the second would win in silence.
fn fields_are_written_once(machine: &Machine, region: &Region, arm: &Arm, errors: &mut Errors) {
    let mut written: Vec<(&Ident, bool)> = Vec::new();
    for clause in &arm.clauses {
        let Some((field, whole)) = clause.written_field() else { continue };
        field_exists(machine, region, field, errors);
        if let Some((first, _)) = written.iter().find(|(other, set)| *other == field && (whole || *set)) {
            let message = format_args!("`{field}` is written twice by one transition");
            errors.add_pair(Code::WrittenTwice, field.span(), message, first.span(), "it is first written here");
        }
        written.push((field, whole));
    }
}

/// A region writes its own fields only, so that whoever looks for what changes a field finds it in one place.
fn field_exists(machine: &Machine, region: &Region, field: &Ident, errors: &mut Errors) {
    let find = |region: &'_ Region| {
        region.fields.iter().find(|known| known.member.name == *field).map(|known| known.member.name.span())
    };
    if find(region).is_some() {
        return;
    }
    let foreign = machine.regions.iter().find_map(|other| find(other).map(|span| (other, span)));
    if let Some((owner, place)) = foreign {
        let message = format_args!(
            "`{field}` belongs to the region `{0}`, and a region writes its own fields only; write it in a handler of `{0}`",
            owner.name
        );
        errors.add_pair(Code::ForeignField, field.span(), message, place, "the field is declared here");
        return;
    }
    let names: Vec<String> = region.fields.iter().map(|known| known.member.name.to_string()).collect();
    let hint = suggestion(&field.to_string(), names.iter().map(String::as_str));
    errors.add(
        Code::UnknownField,
        field.span(),
        format_args!("the region `{}` has no field `{field}`{hint}", region.name),
    );
}

/// `ignore` is a promise that nothing changes, so it may test but neither write nor emit.
fn an_ignored_input_changes_nothing(arm: &Arm, errors: &mut Errors) {
    if !matches!(arm.destination, Destination::Ignore) {
        return;
    }
    for clause in &arm.clauses {
        let span = match (clause, clause.written_field()) {
            (Clause::Emit { effect, .. }, _) => effect.span(),
            (_, Some((field, _))) => field.span(),
            _ => continue,
        };
        errors.add(
            Code::IgnoredInputChanges,
            span,
            "an ignored input changes nothing and emits nothing; write `from ... stay { ... }`",
        );
    }
}

/// A creation leads to a phase and gives every field without a first value one: nothing absent is made up.
fn a_created_instance_is_complete(region: &Region, handler: &Handler, arm: &Arm, errors: &mut Errors) {
    if !matches!(handler.target, Target::Create(_)) {
        return;
    }
    if !matches!(arm.destination, Destination::Phase { .. }) {
        errors.add(Code::CreationWithoutPhase, arm.span, "a creation says where the instance starts: `to Phase`");
    }
    for clause in &arm.clauses {
        if let Some((field, false)) = clause.written_field() {
            errors.add(
                Code::CreationInserts,
                field.span(),
                format_args!("a new instance is given its fields by `set {field} = ...;`"),
            );
        }
    }
    for field in region.fields.iter().filter(|field| field.initial.is_none()) {
        let name = &field.member.name;
        if !arm.clauses.iter().any(|clause| matches!(clause, Clause::Set { field, .. } if field == name)) {
            let message = format_args!("the new instance has no `{name}`; write `set {name} = ...;` here");
            errors.add_pair(
                Code::CreationIncomplete,
                arm.span,
                message,
                name.span(),
                "the field has no first value here",
            );
        }
    }
}

/// A payload is bound by the names that the input declares.
fn payload_bindings_exist(machine: &Machine, symbols: &Symbols<'_>, errors: &mut Errors) {
    for handler in machine.regions.iter().flat_map(|region| &region.handlers) {
        let Some(input) = symbols.input(&handler.input, errors) else { continue };
        let members = &symbols.input_at(input).members;
        for binding in &handler.bindings {
            if !members.iter().any(|member| member.name == binding.member) {
                let what = format!("the input `{}`", handler.input);
                unknown_member(&what, members, &binding.member, errors);
            }
            if symbols.region_index(&binding.name.to_string()).is_some() {
                let message = format_args!(
                    "`{0}` would hide the region `{0}`; bind it as `{1}: other_name`",
                    binding.name, binding.member
                );
                errors.add(Code::HiddenName, binding.name.span(), message);
            }
        }
    }
}

/// Data is given in full: a missing member is not made up, an unknown one not dropped.
pub(crate) fn data_is_complete(what: &str, name: &Ident, members: &[Member], data: &[Assignment], errors: &mut Errors) {
    let known = |assignment: &&Assignment| members.iter().any(|member| member.name == assignment.name);
    let mut unknown = data.iter().filter(|assignment| !known(assignment)).peekable();
    if unknown.peek().is_some() {
        // A misspelt member is most likely the missing one.
        unknown.for_each(|wrong| unknown_member(&format!("{what} `{name}`"), members, &wrong.name, errors));
        return;
    }
    let missing: Vec<String> = members
        .iter()
        .filter(|member| !data.iter().any(|assignment| assignment.name == member.name))
        .map(|member| format!("`{}`", member.name))
        .collect();
    if !missing.is_empty() {
        errors.add(Code::DataIncomplete, name.span(), format_args!("{what} `{name}` needs {}", missing.join(", ")));
    }
}

fn unknown_member(what: &str, members: &[Member], name: &Ident, errors: &mut Errors) {
    let names: Vec<String> = members.iter().map(|member| member.name.to_string()).collect();
    let hint = suggestion(&name.to_string(), names.iter().map(String::as_str));
    errors.add(Code::UnknownMember, name.span(), format_args!("{what} has no `{name}`{hint}"));
}
