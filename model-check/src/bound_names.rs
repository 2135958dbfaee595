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

/// Every name for which a bound of this machine can be set.
pub(crate) fn known(spec: &MachineSpec) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for declared in spec.types {
        match declared.kind {
            TypeKind::Id | TypeKind::Epoch => {
                names.insert(declared.name.to_owned());
            }
            TypeKind::Record(members) => add_integers(&mut names, declared.name, members),
            TypeKind::Enum(variants) => {
                variants.iter().for_each(|variant| add_integers(&mut names, declared.name, variant.payload));
            }
        }
    }
    spec.inputs.iter().for_each(|input| add_integers(&mut names, input.name, input.payload));
    for region in spec.regions {
        let fields = region.fields.iter().filter(|field| holds_integer(field.ty));
        names.extend(fields.map(|field| format!("{}.{}", region.name, field.name)));
        region.phases.iter().for_each(|phase| add_integers(&mut names, region.name, phase.data));
    }
    names
}

fn add_integers(names: &mut BTreeSet<String>, owner: &str, members: &[MemberSpec]) {
    let integers = members.iter().filter(|member| holds_integer(member.ty));
    names.extend(integers.map(|member| format!("{owner}.{}", member.name)));
}

/// Whether a type as written has an integer in it: `u64`, `Option<u8>`, `Map<RunId, u32>`.
fn holds_integer(ty: &str) -> bool {
    const INTEGERS: [&str; 8] = ["u8", "u16", "u32", "u64", "i8", "i16", "i32", "i64"];
    ty.split(|character: char| !character.is_alphanumeric() && character != '_').any(|word| INTEGERS.contains(&word))
}
