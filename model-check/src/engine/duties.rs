//! What has to be looked at when, known before the first state is visited.
//!
//! A step changes the regions that know its input, and no others. So only the properties that read one of those can say
//! something new about the state after it; the others say of it what they said of the state before.

use machine_spec::Machine;
use machine_spec::spec::{MachineSpec, PropertyKind, Target, TransitionSpec};

use crate::record::guard_offset;
use crate::slice::Slice;

/// What concerns the inputs of one kind.
pub(super) struct Kind {
    /// Where its inputs are among all inputs.
    pub(super) inputs: std::ops::Range<u32>,
    /// The regions that know it, and those of them that belong to the slice.
    pub(super) regions: Vec<usize>,
    pub(super) inside: Vec<usize>,
    /// In these regions it is refused in every phase whose bit is zero.
    pub(super) phases: Vec<(usize, u64)>,
    /// Properties of states and of steps that may say something new.
    pub(super) state_properties: Vec<usize>,
    pub(super) step_properties: Vec<usize>,
    /// Two transitions of a region might accept it in one state.
    pub(super) may_overlap: bool,
    /// The guards of its transitions, among all guards.
    pub(super) guards: Vec<usize>,
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
        phases: inside.iter().zip(&handlers).filter_map(|(region, arms)| phases(spec, *region, arms)).collect(),
        may_overlap: handlers.iter().any(|arms| may_overlap(arms)),
        guards: guards.collect(),
        state_properties: states.iter().copied().filter(touched).collect(),
        step_properties: steps.iter().copied().filter(touched).collect(),
        inside,
        regions,
    }
}

/// The phases, as bits, that some transition of a plain region leaves.
fn phases(spec: &MachineSpec, region: usize, arms: &[&TransitionSpec]) -> Option<(usize, u64)> {
    let declared = spec.regions[region].phases;
    let says = |arm: &&TransitionSpec| arm.target == Target::Region && !arm.sources.is_empty();
    if declared.is_empty() || declared.len() > 64 || !arms.iter().all(says) {
        return None;
    }
    let bit =
        |name: &&str| declared.iter().position(|phase| phase.name == *name).map_or(0, |position| 1_u64 << position);
    let accepted = arms.iter().flat_map(|arm| arm.sources).map(bit).fold(0, |all, bit| all | bit);
    Some((region, accepted))
}

/// Whether two transitions of a region could accept one input. Phases tell most of them apart.
fn may_overlap(arms: &[&TransitionSpec]) -> bool {
    let creates = |arm: &TransitionSpec| matches!(arm.target, Target::Create(_));
    arms.iter().enumerate().any(|(position, one)| {
        arms[position + 1..].iter().any(|other| {
            let is_one_instance = creates(one) == creates(other);
            let shares_phase = one.sources.is_empty()
                || other.sources.is_empty()
                || one.sources.iter().any(|phase| other.sources.contains(phase));
            is_one_instance && shares_phase
        })
    })
}
