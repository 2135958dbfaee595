//! Types and bounds, and the properties of a machine.

use machine_spec::meaning::Form;
use machine_spec::spec::{MemberSpec, PropertyKind, PropertySpec};

use super::Definition;
use super::context::Context;
use super::names::member;
use super::scope::{Meant, Scope};
use super::tree::Tree;
use super::types::Type;
use super::{Gap, Translated};

/// That every region is what it is declared as, and within the bounds.
pub(super) fn define_types(context: &Context<'_>) -> Translated<Definition> {
    let mut conditions = Vec::new();
    for (region, spec) in context.spec.regions.iter().enumerate() {
        let mut taken = context.names.clone();
        let variable = context.variable(region, false);
        match context.spec.meaning.regions[region].key {
            None => conditions.push(members_within(context, region, &variable, &mut taken)?),
            Some(shape) => {
                let (keys, key) = (variable.clone().domain(), taken.take("key"));
                let of_type = context.domain(&Type::of(shape), &format!("{}.key", spec.name))?;
                let instance = variable.index(Tree::word(key.clone()));
                let members = members_within(context, region, &instance, &mut taken)?;
                conditions.push(keys.clone().binary("\\subseteq", of_type));
                if !members.is_true() {
                    conditions.push(Tree::bound("\\A", &key, keys, members));
                }
            }
        }
    }
    let about =
        vec!["Every value is of its type and within the bounds. A step that leads elsewhere is not taken.".to_owned()];
    Ok(Definition { about, name: "TypeOK".to_owned(), parameters: Vec::new(), body: Tree::all(conditions) })
}

fn members_within(
    context: &Context<'_>,
    region: usize,
    instance: &Tree,
    taken: &mut super::names::Names,
) -> Translated<Tree> {
    let (spec, meaning) = (&context.spec.regions[region], &context.spec.meaning.regions[region]);
    let mut conditions = Vec::new();
    if !spec.phases.is_empty() {
        let place = format!("{}.phase", spec.name);
        conditions.push(context.within(instance.clone().member("phase"), &Type::Phase(region), &place, taken)?);
    }
    for (field, field_meaning) in spec.fields.iter().zip(meaning.fields) {
        let (value, place) = (instance.clone().member(&member(field.name)), format!("{}.{}", spec.name, field.name));
        conditions.push(context.within(value, &Type::of(field_meaning.shape), &place, taken)?);
    }
    Ok(Tree::all(conditions))
}

/// The sets that the members of an input are taken from.
pub(super) fn payload_domains(
    context: &Context<'_>,
    input: &str,
    members: &'static [MemberSpec],
    form: Form,
) -> Translated<Vec<Tree>> {
    let domains = members.iter().zip(form);
    domains.map(|(member, shape)| context.domain(&Type::of(*shape), &format!("{input}.{}", member.name))).collect()
}

/// The operators of a property.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PropertyNames {
    /// What holds where the property does; over a step for `always`, and the claim alone for `possible` and `leads_to`.
    pub claim: String,
    /// From where the claim of a `possible` has to stay possible, and that of a `leads_to` has to follow.
    pub premise: Option<String>,
    /// The invariant that the witness of a `reachable` violates.
    pub refuted: Option<String>,
}

impl PropertyNames {
    /// The temporal formula of an `always` or a `leads_to`.
    pub(super) fn formula(&self, kind: PropertyKind) -> String {
        match kind {
            PropertyKind::LeadsTo => format!("{}_LeadsTo", self.claim.trim_end_matches("_To")),
            _ => format!("{}_Always", self.claim),
        }
    }
}

/// The operators of one property.
pub(super) fn define_property(
    context: &Context<'_>,
    index: usize,
    definitions: &mut Vec<Definition>,
) -> Translated<PropertyNames> {
    let property = &context.spec.properties[index];
    let texts = texts(context, index).map_err(|Gap(what)| Gap(format!("\"{}\": {what}", property.sentence)))?;
    let name = &context.properties[index];
    let mut define = |suffix: &str, about: Vec<String>, body: Tree| {
        let name = format!("{name}{suffix}");
        definitions.push(Definition { about, name: name.clone(), parameters: Vec::new(), body });
        name
    };
    let about = vec![about(property)];
    let Texts { premise, claim, has_value } = texts;
    Ok(match property.kind {
        PropertyKind::Invariant | PropertyKind::Always => {
            let claim = define("", about, Tree::all([has_value, premise.implies(claim)]));
            PropertyNames { claim, premise: None, refuted: None }
        }
        PropertyKind::Reachable => {
            let claim = define("", about, Tree::all([has_value, premise, claim]));
            let refuted = Some(define("_Never", Vec::new(), Tree::word(claim.clone()).not()));
            PropertyNames { claim, premise: None, refuted }
        }
        PropertyKind::Possible | PropertyKind::LeadsTo => {
            let premise = Some(define("_From", about, Tree::any([has_value.clone().not(), premise])));
            let claim = define("_To", Vec::new(), Tree::all([has_value, claim]));
            PropertyNames { claim, premise, refuted: None }
        }
    })
}

fn about(property: &PropertySpec) -> String {
    let kind = match property.kind {
        PropertyKind::Invariant => "In every state:",
        PropertyKind::Always => "Over every step:",
        PropertyKind::Reachable => "In some state, so that its negation must be refuted:",
        PropertyKind::LeadsTo => "On every fair run the first leads to the second:",
        PropertyKind::Possible => {
            "From every state in which the first holds, the second stays possible (TLA+ cannot say so):"
        }
    };
    format!("{kind} {} ({})", property.sentence, property.place)
}

struct Texts {
    premise: Tree,
    claim: Tree,
    has_value: Tree,
}

fn texts(context: &Context<'_>, index: usize) -> Translated<Texts> {
    let (meaning, kind) = (&context.spec.meaning.properties[index], context.spec.properties[index].kind);
    let mut scope = Scope::new(context);
    if kind == PropertyKind::Always {
        scope.bind("next", Meant::Next);
    }
    let premise = match &meaning.premise {
        Some(premise) => scope.holds(premise)?,
        None => Tree::bool(true),
    };
    let needs = scope.take_needs();
    let claim = scope.holds(&meaning.claim)?;
    let claim_needs = scope.take_needs();
    // What a promise of `possible` leads to is asked of states in which its premise does not hold.
    let claim_needs = if kind.claims_of_other_states() { claim_needs } else { premise.clone().implies(claim_needs) };
    Ok(Texts { premise, claim, has_value: Tree::all([needs, claim_needs]) })
}
