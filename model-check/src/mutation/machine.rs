//! The mutants of what handlers and properties share: constants, functions, selections, first values; and of properties.

use machine_spec::meaning::{
    ConstantMeaning, FieldMeaning, FunctionMeaning, Meaning, Pattern, PropertyMeaning, RegionMeaning, SelectionMeaning,
};
use machine_spec::spec::{MachineSpec, Place, PropertyKind};

use super::changes::{changes, without_case};
use super::expression::{constant, constants};
use super::kind::MutationKind as Kind;
use super::mutant::{Change, Mutant, Shared};
use super::words;

/// Every mutant of a machine, in the order of its regions and then of what they share.
pub(super) fn mutants(spec: &'static MachineSpec) -> Vec<Mutant> {
    let mut made = Vec::new();
    super::handlers::mutants(spec, &mut made);
    (0..spec.regions.len()).for_each(|region| selections(spec, region, &mut made));
    (0..spec.regions.len()).for_each(|region| first_values(spec, region, &mut made));
    constants_of(spec, &mut made);
    functions(spec, &mut made);
    premises(spec, &mut made);
    made
}

/// Where a mistake in what is shared is made.
struct At {
    spec: &'static MachineSpec,
    place: Place,
    region: Option<&'static str>,
    within: String,
    shared: Shared,
}

impl At {
    fn mutant(&self, kind: Kind, texts: (String, String), meaning: Meaning) -> Mutant {
        let spec = constant(MachineSpec { meaning, ..*self.spec });
        let ((before, after), change) = (texts, Change::Shared(spec, self.shared));
        Mutant { kind, place: self.place, region: self.region, within: self.within.clone(), before, after, change }
    }
}

/// The list with another element in the place of one.
fn with<T: Copy>(list: &[T], number: usize, element: T) -> &'static [T] {
    let mut list = list.to_vec();
    list[number] = element;
    constants(list)
}

fn with_region(spec: &MachineSpec, number: usize, region: RegionMeaning) -> Meaning {
    Meaning { regions: with(spec.meaning.regions, number, region), ..spec.meaning }
}

fn selections(spec: &'static MachineSpec, region: usize, made: &mut Vec<Mutant>) {
    let (written, meaning) = (&spec.regions[region], spec.meaning.regions[region]);
    for (number, (selection, meant)) in written.selections.iter().zip(meaning.selections).enumerate() {
        let mut found: Vec<(Kind, SelectionMeaning)> = Vec::new();
        if let Pattern::Either(cases) = meant.pattern {
            let cases = (0..cases.len()).map(|case| without_case(cases, case));
            found.extend(cases.map(|pattern| (Kind::SourceDropped, SelectionMeaning { pattern, ..*meant })));
        }
        if let Some(condition) = &meant.condition {
            found.push((Kind::GuardDropped, SelectionMeaning { condition: None, ..*meant }));
            let changed = changes(spec, condition).into_iter();
            found.extend(
                changed.map(|(kind, condition)| (kind, SelectionMeaning { condition: Some(condition), ..*meant })),
            );
        }
        let at = At {
            spec,
            shared: Shared::Selection(region),
            place: selection.place,
            region: Some(written.name),
            within: format!("{}.{}", written.name, selection.name),
        };
        for (kind, changed) in found {
            let texts = (words::selection(selection.name, meant), words::selection(selection.name, &changed));
            let changed = RegionMeaning { selections: with(meaning.selections, number, changed), ..meaning };
            made.push(at.mutant(kind, texts, with_region(spec, region, changed)));
        }
    }
}

fn first_values(spec: &'static MachineSpec, region: usize, made: &mut Vec<Mutant>) {
    let (written, meaning) = (&spec.regions[region], spec.meaning.regions[region]);
    for (number, (field, meant)) in written.fields.iter().zip(meaning.fields).enumerate() {
        let Some(initial) = &meant.initial else { continue };
        let at = At {
            spec,
            shared: Shared::FirstValue(region),
            place: field.place,
            region: Some(written.name),
            within: format!("{}.{}", written.name, field.name),
        };
        for (kind, value) in changes(spec, initial) {
            let text = |value| format!("field {} = {}", field.name, words::expression(value));
            let texts = (text(initial), text(&value));
            let changed = FieldMeaning { initial: Some(value), ..*meant };
            let changed = RegionMeaning { fields: with(meaning.fields, number, changed), ..meaning };
            made.push(at.mutant(kind, texts, with_region(spec, region, changed)));
        }
    }
}

fn constants_of(spec: &'static MachineSpec, made: &mut Vec<Mutant>) {
    for (number, meant) in spec.meaning.constants.iter().enumerate() {
        let (shared, within) = (Shared::Name(meant.name), format!("the constant {}", meant.name));
        let at = At { spec, shared, place: spec.place, region: None, within };
        for (kind, value) in changes(spec, &meant.value) {
            let text = |value| format!("const {} = {}", meant.name, words::expression(value));
            let texts = (text(&meant.value), text(&value));
            let changed = with(spec.meaning.constants, number, ConstantMeaning { value, ..*meant });
            made.push(at.mutant(kind, texts, Meaning { constants: changed, ..spec.meaning }));
        }
    }
}

fn functions(spec: &'static MachineSpec, made: &mut Vec<Mutant>) {
    for (number, meant) in spec.meaning.functions.iter().enumerate() {
        let (shared, within) = (Shared::Name(meant.name), format!("the function {}", meant.name));
        let at = At { spec, shared, place: spec.place, region: None, within };
        for (kind, body) in changes(spec, &meant.body) {
            let texts = (words::expression(&meant.body), words::expression(&body));
            let changed = with(spec.meaning.functions, number, FunctionMeaning { body, ..*meant });
            made.push(at.mutant(kind, texts, Meaning { functions: changed, ..spec.meaning }));
        }
    }
}

/// A property that is to hold somewhere only gets weaker without its premise.
fn premises(spec: &'static MachineSpec, made: &mut Vec<Mutant>) {
    for (index, (property, meant)) in spec.properties.iter().zip(spec.meaning.properties).enumerate() {
        let Some(premise) = meant.premise.filter(|_| property.kind != PropertyKind::Reachable) else { continue };
        let meaning = constant(PropertyMeaning { premise: None, ..*meant });
        let before = format!("{} => {}", words::expression(&premise), words::expression(&meant.claim));
        made.push(Mutant {
            kind: Kind::PremiseDropped,
            place: property.place,
            region: None,
            within: format!("{} \"{}\"", property.kind, property.sentence),
            before,
            after: words::expression(&meant.claim),
            change: Change::Property { index, meaning },
        });
    }
}
