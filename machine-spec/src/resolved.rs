//! The bounds of a check with the names of one machine looked up: generated code asks for them in every step.

use crate::bounds::Bounds;
use crate::spec::{MachineSpec, TypeKind, TypeSpec};

/// The bounds of a check as numbers, by type and by place.
///
/// A type has its index in [`MachineSpec::types`]. A place holds values of a region: its key if it is keyed, its phase if
/// it has phases, and each of its fields. Places are counted in this order through all regions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResolvedBounds {
    /// By type: how many ids there are, or the highest epoch.
    names: Vec<u64>,
    /// By place: the highest integer, and the greatest length of a sequence.
    integers: Vec<u64>,
    lengths: Vec<u64>,
    /// By place and type: the highest number of the type.
    numbers: Vec<i64>,
}

impl ResolvedBounds {
    /// Looks up the names of a machine.
    pub(crate) fn new(spec: &MachineSpec, bounds: &Bounds) -> Self {
        let places = places(spec);
        let number = |place: &String| -> Vec<i64> { spec.types.iter().map(|ty| number(ty, bounds, place)).collect() };
        Self {
            names: spec.types.iter().map(|ty| name(ty, bounds)).collect(),
            integers: places.iter().map(|place| bounds.integers(place)).collect(),
            lengths: places.iter().map(|place| bounds.lengths(place)).collect(),
            numbers: places.iter().flat_map(number).collect(),
        }
    }

    /// The highest id or epoch of this type, as a number.
    #[inline]
    #[must_use]
    pub fn name(&self, ty: usize) -> u64 {
        self.names[ty]
    }

    /// The highest integer at this place.
    #[inline]
    #[must_use]
    pub fn integers(&self, place: usize) -> u64 {
        self.integers[place]
    }

    /// The greatest length of a sequence at this place.
    #[inline]
    #[must_use]
    pub fn lengths(&self, place: usize) -> u64 {
        self.lengths[place]
    }

    /// The highest number of this type at this place.
    #[inline]
    #[must_use]
    pub fn number(&self, ty: usize, place: usize) -> i64 {
        self.numbers[place * self.names.len() + ty]
    }
}

fn places(spec: &MachineSpec) -> Vec<String> {
    let places = spec.regions.iter().flat_map(|region| {
        let key = region.key.map(|_| "key");
        let phase = (!region.phases.is_empty()).then_some("phase");
        let parts = key.into_iter().chain(phase).chain(region.fields.iter().map(|field| field.name));
        parts.map(|part| format!("{}.{part}", region.name))
    });
    places.collect()
}

fn name(ty: &TypeSpec, bounds: &Bounds) -> u64 {
    match ty.kind {
        TypeKind::Id => bounds.ids(ty.name),
        TypeKind::Epoch => bounds.epochs(ty.name),
        _ => u64::MAX,
    }
}

fn number(ty: &TypeSpec, bounds: &Bounds, place: &str) -> i64 {
    let TypeKind::Number { least, greatest } = ty.kind else { return i64::MAX };
    let highest = bounds.number(ty.name, place).map(|highest| i64::try_from(highest).unwrap_or(i64::MAX));
    highest.map_or(greatest, |highest| highest.clamp(least, greatest))
}
