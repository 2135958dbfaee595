//! The names for which bounds can be set. A bound under a misspelt name would bound nothing, so it is refused.

use std::collections::BTreeSet;

use machine_spec::Bounds;
use machine_spec::spec::{MachineSpec, MemberSpec, TypeKind};
use thiserror::Error;

/// A bound is set for a name that the machine does not have.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("machine {machine} has nothing to bound under the name {name}{}", suggestion(nearest.as_deref()))]
pub struct UnknownBound {
    /// The machine.
    pub machine: &'static str,
    /// The name.
    pub name: String,
    /// The most similar name that it has.
    pub nearest: Option<String>,
}

/// The end of a message about an unknown name.
pub(crate) fn suggestion(nearest: Option<&str>) -> String {
    nearest.map_or_else(String::new, |nearest| format!("; did you mean {nearest}?"))
}

/// The most similar of some names, if one is similar at all.
pub(crate) fn nearest<'names>(name: &str, known: impl Iterator<Item = &'names str>) -> Option<&'names str> {
    let similarity = |other: &str| strsim::jaro_winkler(&name.to_lowercase(), &other.to_lowercase());
    let scored = known.map(|other| (similarity(other), other)).filter(|(score, _)| *score > 0.6);
    scored.max_by(|(one, _), (other, _)| one.total_cmp(other)).map(|(_, other)| other)
}

/// Refuses bounds under names that the machine does not have.
pub(crate) fn verify(spec: &MachineSpec, bounds: &Bounds) -> Result<(), UnknownBound> {
    let known = known(spec);
    let unknown = bounds.named().find(|(name, _)| !known.contains(*name));
    unknown.map_or(Ok(()), |(name, _)| {
        let nearest = nearest(name, known.iter().map(String::as_str)).map(str::to_owned);
        Err(UnknownBound { machine: spec.name, name: name.to_owned(), nearest })
    })
}

/// Every name for which a bound of this machine can be set: its id and epoch types, and every place that an integer can
/// be at.
pub(crate) fn known(spec: &MachineSpec) -> BTreeSet<String> {
    let holders = integer_holders(spec);
    let holds = |ty: &str| words(ty).any(|word| holders.contains(word));
    let bounded = |kind| matches!(kind, TypeKind::Id | TypeKind::Epoch | TypeKind::Number { .. });
    let named = spec.types.iter().filter(|declared| bounded(declared.kind));
    let mut names: BTreeSet<String> = named.map(|declared| declared.name.to_owned()).collect();
    for input in spec.inputs {
        let members = input.payload.iter().filter(|member| holds(member.ty));
        names.extend(members.map(|member| format!("{}.{}", input.name, member.name)));
        let sequences = input.payload.iter().filter(|member| is_sequence(member.ty));
        names.extend(sequences.map(|member| format!("{}.{}.len", input.name, member.name)));
    }
    for region in spec.regions {
        let fields = region.fields.iter().filter(|field| holds(field.ty));
        names.extend(fields.map(|field| format!("{}.{}", region.name, field.name)));
        let sequences = region.fields.iter().filter(|field| is_sequence(field.ty));
        names.extend(sequences.map(|field| format!("{}.{}.len", region.name, field.name)));
        // The data of all phases share one bound, and so does whatever is in a key.
        if region.phases.iter().flat_map(|phase| phase.data).any(|member| holds(member.ty)) {
            names.insert(format!("{}.phase", region.name));
        }
        if region.key.is_some_and(holds) {
            names.insert(format!("{}.key", region.name));
        }
    }
    names
}

/// Whether a type is a sequence or has one in it.
fn is_sequence(ty: &str) -> bool {
    words(ty).any(|word| word == "Seq")
}

/// The types that are an integer, or have one in them however deep.
fn integer_holders(spec: &MachineSpec) -> BTreeSet<&'static str> {
    let mut holders = BTreeSet::from(["u8", "u16", "u32", "u64", "i8", "i16", "i32", "i64"]);
    loop {
        let holds =
            |members: &[MemberSpec]| members.iter().any(|member| words(member.ty).any(|word| holders.contains(word)));
        let found = spec.types.iter().filter(|declared| match declared.kind {
            TypeKind::Id | TypeKind::Epoch | TypeKind::Opaque(_) => false,
            TypeKind::Number { .. } => true,
            TypeKind::Record(members) => holds(members),
            TypeKind::Enum(variants) => variants.iter().any(|variant| holds(variant.payload)),
        });
        let found: Vec<&str> = found.map(|declared| declared.name).collect();
        let count = holders.len();
        holders.extend(found);
        if holders.len() == count {
            return holders;
        }
    }
}

/// The names in a type as written: of `Map<RunId, u32>` they are `Map`, `RunId` and `u32`.
fn words(ty: &str) -> impl Iterator<Item = &str> {
    ty.split(|character: char| !character.is_alphanumeric() && character != '_')
}

#[cfg(test)]
mod tests {
    use machine_spec::meaning::Meaning;
    use machine_spec::spec::{FieldSpec, MessageSpec, PhaseSpec, Place, RegionSpec, TypeSpec};

    use super::*;

    const PLACE: Place = Place { file: "", line: 0, column: 0 };
    const INNER: &[MemberSpec] = &[MemberSpec { name: "weight", ty: "Option<u8>" }];
    const OUTER: &[MemberSpec] = &[MemberSpec { name: "inner", ty: "Inner" }];
    const PAYLOAD: &[MemberSpec] =
        &[MemberSpec { name: "run", ty: "RunId" }, MemberSpec { name: "outer", ty: "Outer" }];

    const fn declared(name: &'static str, kind: TypeKind) -> TypeSpec {
        TypeSpec { name, doc: "", kind, place: PLACE }
    }

    const fn message(name: &'static str, payload: &'static [MemberSpec]) -> MessageSpec {
        MessageSpec { name, doc: "", payload, place: PLACE }
    }

    const fn field(name: &'static str, ty: &'static str) -> FieldSpec {
        FieldSpec { name, doc: "", ty, initial: "", place: PLACE }
    }

    const SPEC: MachineSpec = MachineSpec {
        name: "",
        doc: "",
        place: PLACE,
        types: &[
            declared("RunId", TypeKind::Id),
            declared("Fence", TypeKind::Epoch),
            declared("Outer", TypeKind::Enum(&[message("Empty", &[]), message("Full", OUTER)])),
            declared("Inner", TypeKind::Record(INNER)),
            declared("Lane", TypeKind::Enum(&[message("Fast", &[])])),
        ],
        inputs: &[message("Start", PAYLOAD)],
        effects: &[],
        regions: &[RegionSpec {
            name: "runs",
            doc: "",
            key: Some("u64"),
            phases: &[PhaseSpec { name: "On", doc: "", data: OUTER, initial: false, is_final: false, place: PLACE }],
            fields: &[field("lane", "Lane"), field("attempts", "Map<RunId, u32>"), field("u64ish", "bool")],
            selections: &[],
            place: PLACE,
        }],
        transitions: &[],
        handlers: &[],
        properties: &[],
        fairness: &[],
        meaning: Meaning::UNTOLD,
    };

    #[test]
    fn ids_epochs_and_every_place_of_an_integer_have_a_bound() {
        let names: Vec<String> = known(&SPEC).into_iter().collect();
        assert_eq!(names, ["Fence", "RunId", "Start.outer", "runs.attempts", "runs.key", "runs.phase"]);
    }
    #[test]
    fn the_nearest_name_is_similar_or_none() {
        let known = ["RunId", "InputId", "Admit.priority"];
        assert_eq!(nearest("runid", known.into_iter()), Some("RunId"));
        assert_eq!(nearest("Admit.prority", known.into_iter()), Some("Admit.priority"));
        assert_eq!(nearest("zzz", known.into_iter()), None);
    }
}
