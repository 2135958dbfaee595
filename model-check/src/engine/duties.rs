//! What has to be looked at when, known before the first state is visited.
//!
//! A step changes the regions that know its input, and no others. So only the properties that read one of those can say
//! something new about the state after it; the others say of it what they said of the state before.

use machine_spec::Machine;
use machine_spec::spec::{MachineSpec, PropertyKind, Target, TransitionSpec};

use crate::record::guard_offset;
use crate::slice::Slice;

/// Where the bits of the state after an input come from.
pub(super) enum Piece {
    /// The input may change this region.
    Changed(usize),
    /// It does not change these regions, as places among the regions of the slice.
    Kept(std::ops::Range<usize>),
}

/// What concerns the inputs of one kind.
pub(super) struct Kind {
    /// Where its inputs are among all inputs.
    pub(super) inputs: std::ops::Range<u32>,
    /// The regions that know it, and those of them that belong to the slice.
    pub(super) regions: Vec<usize>,
    pub(super) inside: Vec<usize>,
    /// All regions of the slice, in their order.
    pub(super) pieces: Vec<Piece>,
    /// In these regions it is refused in every phase whose bit is zero.
    phases: Vec<(usize, u64)>,
    /// Properties of states and of steps that may say something new.
    pub(super) state_properties: Vec<usize>,
    pub(super) step_properties: Vec<usize>,
    /// In these phases of a plain region two transitions might accept it.
    contested_phases: Vec<(usize, u64)>,
    /// Two transitions of a keyed region might accept it, whatever the state.
    is_contested: bool,
    /// The guards of its transitions, among all guards.
    pub(super) guards: Vec<usize>,
}

impl Kind {
    /// Whether no region refuses it by its phase alone. By region, one bit says which phase that is.
    #[inline]
    pub(super) fn may_be_accepted(&self, present: &[u64]) -> bool {
        self.phases.iter().all(|(region, phases)| phases & present[*region] != 0)
    }

    /// Whether two transitions of one region might accept it in these phases.
    #[inline]
    pub(super) fn may_overlap(&self, present: &[u64]) -> bool {
        self.is_contested || self.contested_phases.iter().any(|(region, phases)| phases & present[*region] != 0)
    }
}

pub(super) struct Duties {
    pub(super) kinds: Vec<Kind>,
    /// Properties of one state, and of steps, and of other states too.
    pub(super) states: Vec<usize>,
    pub(super) steps: Vec<usize>,
    pub(super) graphs: Vec<usize>,
}

impl Duties {
    pub(super) fn new<M: Machine>(slice: &Slice, inputs: &[M::Input]) -> Self {
        let spec: &MachineSpec = M::SPEC;
        let of_kind = |wanted: fn(PropertyKind) -> bool| -> Vec<usize> {
            slice.properties.iter().copied().filter(|index| wanted(spec.properties[*index].kind)).collect()
        };
        let states = of_kind(|kind| !kind.claims_of_other_states());
        let steps = of_kind(|kind| kind == PropertyKind::Always);
        let graphs = of_kind(PropertyKind::claims_of_other_states);
        let mut kinds: Vec<Kind> = Vec::new();
        let mut first = 0;
        for group in inputs.chunk_by(|one, other| M::input_index(one) == M::input_index(other)) {
            let end = first + group.len() as u32;
            kinds.push(kind(spec, slice, M::input_index(&group[0]), first..end, (&states, &steps)));
            first = end;
        }
        Self { kinds, states, steps, graphs }
    }

    /// Whether verdicts need the steps, and not only the states.
    pub(super) fn need_edges(&self) -> bool {
        !self.graphs.is_empty()
    }

    /// The kind of an input, by the number of the input.
    pub(super) fn kind_of(&self, input: u32) -> &Kind {
        let behind = self.kinds.partition_point(|kind| kind.inputs.end <= input);
        &self.kinds[behind]
    }
}

fn kind(
    spec: &MachineSpec,
    slice: &Slice,
    index: usize,
    inputs: std::ops::Range<u32>,
    (states, steps): (&[usize], &[usize]),
) -> Kind {
    let knows = |region: &usize| spec.transitions.iter().any(|one| one.input == index && one.region == *region);
    let regions: Vec<usize> = (0..spec.regions.len()).filter(knows).collect();
    let inside: Vec<usize> = regions.iter().copied().filter(|region| slice.has_region(*region)).collect();
    let touched = |property: &usize| spec.properties[*property].regions.iter().any(|region| inside.contains(region));
    let mine = |one: &TransitionSpec| one.input == index && slice.has_region(one.region);
    let numbered = spec.transitions.iter().enumerate().filter(|(_, one)| mine(one));
    let guards = numbered.flat_map(|(number, one)| {
        let offset = guard_offset(spec, number);
        offset..offset + one.guards.len()
    });
    let handlers = inside.iter().map(|region| -> Vec<&TransitionSpec> {
        spec.transitions.iter().filter(|one| one.input == index && one.region == *region).collect()
    });
    let handlers: Vec<Vec<&TransitionSpec>> = handlers.collect();
    Kind {
        inputs,
        pieces: pieces(slice, &inside),
        phases: inside.iter().zip(&handlers).filter_map(|(region, arms)| phases(spec, *region, arms)).collect(),
        contested_phases: inside
            .iter()
            .zip(&handlers)
            .filter_map(|(region, arms)| contested(spec, *region, arms))
            .collect(),
        is_contested: inside.iter().zip(&handlers).any(|(region, arms)| may_overlap(spec, *region, arms)),
        guards: guards.collect(),
        state_properties: states.iter().copied().filter(touched).collect(),
        step_properties: steps.iter().copied().filter(touched).collect(),
        inside,
        regions,
    }
}

/// The phases, as bits, that some transition of a plain region leaves.
fn phases(spec: &MachineSpec, region: usize, arms: &[&TransitionSpec]) -> Option<(usize, u64)> {
    let says = |arm: &&TransitionSpec| arm.target == Target::Region && !arm.sources.is_empty();
    let is_known = (1..=64).contains(&spec.regions[region].phases.len()) && arms.iter().all(says);
    is_known.then(|| (region, arms.iter().fold(0, |all, arm| all | sources(spec, arm))))
}

fn pieces(slice: &Slice, changed: &[usize]) -> Vec<Piece> {
    let mut pieces = Vec::new();
    for (place, region) in slice.regions.iter().enumerate() {
        match pieces.last_mut() {
            _ if changed.contains(region) => pieces.push(Piece::Changed(*region)),
            Some(Piece::Kept(places)) => places.end = place + 1,
            _ => pieces.push(Piece::Kept(place..place + 1)),
        }
    }
    pieces
}

/// The phases, as bits, that two transitions of a plain region leave; every bit if there are too many phases to tell.
fn contested(spec: &MachineSpec, region: usize, arms: &[&TransitionSpec]) -> Option<(usize, u64)> {
    if spec.regions[region].key.is_some() {
        return None;
    }
    if spec.regions[region].phases.len() > 64 {
        return (arms.len() > 1).then_some((region, u64::MAX));
    }
    let add = |(once, twice): (u64, u64), arm: &&TransitionSpec| {
        let sources = sources(spec, arm);
        (once | sources, twice | once & sources)
    };
    let (_, twice) = arms.iter().fold((0, 0), add);
    (twice != 0).then_some((region, twice))
}

/// The phases that a transition may leave, as bits; the phases of a region that has none are one.
fn sources(spec: &MachineSpec, arm: &TransitionSpec) -> u64 {
    let declared = spec.regions[arm.region].phases;
    if arm.sources.is_empty() {
        return u64::MAX;
    }
    let position = |name: &&str| declared.iter().position(|phase| phase.name == *name);
    arm.sources.iter().filter_map(position).fold(0, |all, position| all | 1 << position)
}

/// Whether two transitions of a keyed region could accept one input for one instance.
fn may_overlap(spec: &MachineSpec, region: usize, arms: &[&TransitionSpec]) -> bool {
    let creates = |arm: &TransitionSpec| matches!(arm.target, Target::Create(_));
    let shares = |one: &TransitionSpec, other: &TransitionSpec| {
        let shares_phase = sources(spec, one) & sources(spec, other) != 0 || spec.regions[region].phases.len() > 64;
        creates(one) == creates(other) && shares_phase
    };
    let mut pairs =
        arms.iter().enumerate().flat_map(|(position, one)| arms[position + 1..].iter().map(move |two| (one, two)));
    spec.regions[region].key.is_some() && pairs.any(|(one, other)| shares(one, other))
}
