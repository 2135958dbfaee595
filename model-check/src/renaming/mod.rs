//! States that differ in names only, visited once.
//!
//! Two reductions, of which a check makes use if it is told to:
//!
//! * **Ids** that a machine compares for equality only may be interchanged: renaming them in a state and in the inputs
//!   offered to it renames the states that follow. So the states that differ by such a renaming are bisimilar, and it is
//!   enough to visit one of them (Ip, Dill: Better verification through symmetry, 1996, whose scalarsets ids are; Emerson,
//!   Sistla: Symmetry and model checking, 1996).
//! * **Epochs** are compared with each other, never with a fixed number but zero. So what matters is their order, and a
//!   distance only as far as the machine can tell it: by counting up, or by a payload that lies in between. Distances are
//!   cut to the least that no handler and no property can tell from a greater one. This needs one thing that cannot be
//!   read off the machine: that a step stores no epoch that is new unless it is above all others of its type. The
//!   exploration watches that, and a type that breaks it keeps its numbers.
//!
//! [`eligible`] tells from the machine's words which types may be treated so, [`canonical`] finds the one state that
//! stands for all those that differ from it in names only, and [`lift`] turns a run through such states into a run of the
//! machine.

mod canonical;
mod eligible;
mod lift;

use machine_spec::spec::{MachineSpec, MemberSpec, TypeKind};
use machine_spec::{Bounds, Names};

pub(crate) use self::canonical::{Canonical, Form};
pub(crate) use self::lift::Lift;
use crate::slice::Slice;

/// The types whose names do not matter, within the bounds of a check.
#[derive(Clone, Debug)]
pub(crate) struct Renaming {
    /// How many types the machine has.
    types: usize,
    /// Ids that may be interchanged, as indices into [`MachineSpec::types`].
    pub(crate) ids: Vec<usize>,
    /// Epochs of which the order matters.
    pub(crate) epochs: Vec<Order>,
}

/// An epoch type of which the order matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Order {
    /// Index into [`MachineSpec::types`].
    pub(crate) of: usize,
    /// Distances beyond this one are this one.
    pub(crate) distance: u64,
    /// The highest epoch within the bounds.
    pub(crate) highest: u64,
}

/// The types that a check took for mere names, see [`Check::up_to_renaming`](crate::Check::up_to_renaming).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Renamed {
    /// Id types whose values were interchanged.
    pub ids: Vec<&'static str>,
    /// Epoch types of which the order alone was kept.
    pub epochs: Vec<&'static str>,
}

impl Renamed {
    /// Whether every name mattered.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ids.is_empty() && self.epochs.is_empty()
    }
}

/// A greater epoch than this could meet one that has no bit in [`Names::met`].
const HIGHEST: u64 = 96;

impl Renaming {
    /// Every name matters.
    pub(crate) fn none(spec: &MachineSpec) -> Self {
        Self { types: spec.types.len(), ids: Vec::new(), epochs: Vec::new() }
    }

    /// What does not matter in a slice of this machine; without the epochs that were seen to be more than an order.
    pub(crate) fn new(spec: &'static MachineSpec, slice: &Slice, bounds: &Bounds, except: &[usize]) -> Self {
        let is_kept = |of: usize| slice.regions.iter().any(|region| mentions(spec, *region, spec.types[of].name));
        let mut epochs = eligible::epochs(spec);
        epochs.retain(|(of, _)| is_kept(*of) && !except.contains(of) && bounds.epochs(spec.types[*of].name) <= HIGHEST);
        let order = |(of, distance)| Order { of, distance, highest: bounds.epochs(spec.types[of].name) };
        let mut ids = eligible::ids(spec);
        // A single one has no other name.
        ids.retain(|of| is_kept(*of) && (2..=HIGHEST).contains(&bounds.ids(spec.types[*of].name)));
        Self { types: spec.types.len(), ids, epochs: epochs.into_iter().map(order).collect() }
    }

    /// The names of the types.
    pub(crate) fn types(&self, spec: &MachineSpec) -> Renamed {
        let name = |of: usize| spec.types[of].name;
        Renamed {
            ids: self.ids.iter().map(|of| name(*of)).collect(),
            epochs: self.epochs.iter().map(|order| name(order.of)).collect(),
        }
    }

    /// Whether every name matters.
    pub(crate) fn is_empty(&self) -> bool {
        self.ids.is_empty() && self.epochs.is_empty()
    }

    /// The bounds without those of the epochs of which only the order matters: what they bound is told after renaming.
    pub(crate) fn without_epochs(&self, spec: &MachineSpec, bounds: &Bounds) -> Bounds {
        self.epochs.iter().fold(bounds.clone(), |bounds, order| bounds.with(spec.types[order.of].name, u64::MAX))
    }

    fn names(&self) -> Names {
        Names::new(self.types)
    }
}

/// Whether the state of a region may hold values of a type, as the words of its declarations tell.
fn mentions(spec: &MachineSpec, region: usize, ty: &str) -> bool {
    let region = &spec.regions[region];
    let fields = region.fields.iter().map(|field| field.ty);
    let data = region.phases.iter().flat_map(|phase| phase.data).map(|member| member.ty);
    fields.chain(data).chain(region.key).any(|written| holds(spec, written, ty))
}

/// Whether a type as written has another in it. Declared types do not hold themselves, so there is an end.
fn holds(spec: &MachineSpec, written: &str, ty: &str) -> bool {
    let mut words = written.split(|character: char| !character.is_alphanumeric() && character != '_');
    let within = |members: &[MemberSpec]| members.iter().any(|member| holds(spec, member.ty, ty));
    words.any(|word| {
        let declared = spec.types.iter().find(|declared| declared.name == word);
        word == ty
            || declared.is_some_and(|declared| match declared.kind {
                TypeKind::Record(members) => within(members),
                TypeKind::Enum(variants) => variants.iter().any(|variant| within(variant.payload)),
                TypeKind::Id | TypeKind::Epoch | TypeKind::Number { .. } | TypeKind::Opaque(_) => false,
            })
    })
}
