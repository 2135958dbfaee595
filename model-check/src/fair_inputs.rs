//! The inputs that a slice may trust to occur, because its machine declares them fair and a `leads_to` rests on it.

use machine_spec::spec::{MachineSpec, PropertyKind};
use machine_spec::{Bounds, Machine};

use crate::slice::Slice;

/// The inputs of fairness assumptions, among those of a slice and just beyond its bounds.
pub(crate) struct FairInputs<M: Machine> {
    /// By number of the input: the assumption that speaks of it, as an index into [`MachineSpec::fairness`].
    pub(crate) assumption_of: Vec<Option<usize>>,
    /// By assumption: some region outside of the slice knows its input.
    shared: Vec<bool>,
    /// Inputs with payload beyond the bounds, but only just, each with its assumption.
    pub(crate) beyond: Vec<(usize, M::Input)>,
}

impl<M: Machine> FairInputs<M> {
    pub(crate) fn new(slice: &Slice, bounds: &Bounds, inputs: &[M::Input]) -> Self {
        let spec: &MachineSpec = M::SPEC;
        let is_needed = slice.properties.iter().any(|index| spec.properties[*index].kind == PropertyKind::LeadsTo);
        let assumption = |input: &M::Input| {
            let kind = M::input_index(input);
            spec.fairness.iter().position(|fairness| is_needed && fairness.input == kind && slice.has_input(spec, kind))
        };
        let outside = |input| spec.handlers.iter().any(|on| on.input == input && !slice.has_region(on.region));
        let all_beyond = if is_needed { M::inputs_within(&bounds.widened()) } else { Vec::new() };
        let beyond = all_beyond.into_iter().filter_map(|input| Some((assumption(&input)?, input)));
        Self {
            assumption_of: inputs.iter().map(assumption).collect(),
            shared: spec.fairness.iter().map(|fairness| outside(fairness.input)).collect(),
            beyond: beyond.filter(|(_, input)| !inputs.contains(input)).collect(),
        }
    }

    /// Whether the input of an assumption may change something outside of the slice and nothing inside.
    pub(crate) fn is_shared(&self, assumption: usize) -> bool {
        self.shared[assumption]
    }
}
