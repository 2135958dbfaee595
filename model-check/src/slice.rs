//! Slices: sets of regions that behave on their own just as they do in the whole machine.
//!
//! A slice is closed under influence. A region is influenced by
//!
//! * every region that decides about one of its handlers: that is read by a key, a guard or a written value;
//! * every region that may refuse an input that it knows.
//!
//! What is left outside then neither changes what the regions inside do nor keeps them from doing it. So the steps of
//! the whole machine, seen through the slice, are those of the slice and steps in which nothing changes: the two are
//! bisimilar up to stuttering, and whatever speaks about regions of the slice only is true of both or of neither. That
//! is cone-of-influence reduction (Clarke, Grumberg, Peled: Model Checking, 1999, chapter 6) with inputs in the place of
//! assignments. It needs one thing of the properties: that a step in which nothing changes violates none of them. So an
//! `always` is judged over such a step in every state, in slices and in whole machines alike.
//!
//! Influence goes from one region to another, so the closure of a set is the union of the closures of its regions, and
//! a slice is known by the regions from which the rest of it follows. They give it its name.

use std::collections::BTreeSet;
use std::hash::Hasher;
use std::sync::Arc;

use machine_spec::spec::{MachineSpec, PropertySpec};
use machine_spec::{Bounds, Machine, Packer};

/// Some regions of a machine that can be checked without the others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slice {
    /// The regions from which the others follow, joined by `-`.
    pub name: String,
    /// Its regions, as ascending indices into [`MachineSpec::regions`].
    pub regions: Vec<usize>,
    /// The properties that are judged in it, as ascending indices into [`MachineSpec::properties`].
    pub properties: Vec<usize>,
}

impl Slice {
    /// The slices of a machine, in the order of the machine's regions.
    ///
    /// Each property is judged in the slice that its regions need and in no other. Every region is in some slice: one
    /// that no property needs has a slice of its own, unless it is part of another.
    #[must_use]
    pub fn all(spec: &MachineSpec) -> Vec<Self> {
        let influence = Influence::new(spec);
        let mut slices: Vec<(BTreeSet<usize>, Vec<usize>)> = Vec::new();
        let mut nowhere = Vec::new();
        for (index, property) in spec.properties.iter().enumerate() {
            let regions = influence.closure(property);
            match slices.iter_mut().find(|(known, _)| *known == regions) {
                _ if regions.is_empty() => nowhere.push(index),
                Some((_, properties)) => properties.push(index),
                None => slices.push((regions, vec![index])),
            }
        }
        let mut alone: Vec<BTreeSet<usize>> = influence.reach.clone();
        // The larger ones first, so that what they hold is found in them.
        alone.sort_by_key(|regions| std::cmp::Reverse(regions.len()));
        for regions in alone {
            if !slices.iter().any(|(known, _)| regions.is_subset(known)) {
                slices.push((regions, Vec::new()));
            }
        }
        slices.sort();
        // What reads no region is true of every slice or of none.
        if let Some((_, properties)) = slices.first_mut() {
            properties.append(&mut nowhere);
            properties.sort_unstable();
        }
        slices.into_iter().map(|(regions, properties)| influence.slice(spec, regions, properties)).collect()
    }

    /// The machine as one slice.
    pub(crate) fn whole(spec: &MachineSpec) -> Self {
        let (regions, properties) = (0..spec.regions.len(), 0..spec.properties.len());
        Self { name: spec.name.to_owned(), regions: regions.collect(), properties: properties.collect() }
    }

    pub(crate) fn has_region(&self, region: usize) -> bool {
        self.regions.binary_search(&region).is_ok()
    }

    /// Whether an input is one of the slice: known to a region inside. In a whole machine every input is.
    pub(crate) fn has_input(&self, spec: &MachineSpec, input: usize) -> bool {
        self.is_whole(spec) || spec.handlers.iter().any(|on| on.input == input && self.has_region(on.region))
    }

    pub(crate) fn is_whole(&self, spec: &MachineSpec) -> bool {
        self.regions.len() == spec.regions.len()
    }

    /// The names of its regions.
    pub(crate) fn region_names(&self, spec: &MachineSpec) -> Vec<&'static str> {
        self.regions.iter().map(|region| spec.regions[*region].name).collect()
    }

    /// What packs its regions of a state.
    pub(crate) fn packing<'state, M: Machine>(&'state self, state: &'state M::State) -> impl Fn(&mut Packer) + 'state {
        move |packer| self.regions.iter().for_each(|region| M::pack_region(state, *region, packer))
    }

    /// How states are told apart in it.
    pub(crate) fn view(&self, spec: &MachineSpec) -> View {
        View { regions: Arc::from(self.regions.as_slice()), whole: self.is_whole(spec) }
    }
}

/// Which regions influence which.
struct Influence {
    /// By region: those that influence it at any remove, and itself.
    reach: Vec<BTreeSet<usize>>,
}

impl Influence {
    fn new(spec: &MachineSpec) -> Self {
        let direct: Vec<BTreeSet<usize>> = (0..spec.regions.len()).map(|region| influences(spec, region)).collect();
        let reach = (0..spec.regions.len()).map(|region| reached(&direct, region)).collect();
        Self { reach }
    }

    /// The regions that a property needs.
    fn closure(&self, property: &PropertySpec) -> BTreeSet<usize> {
        property.regions.iter().flat_map(|region| &self.reach[*region]).copied().collect()
    }

    fn slice(&self, spec: &MachineSpec, regions: BTreeSet<usize>, properties: Vec<usize>) -> Slice {
        let is_strictly_in_another = |one: &usize| {
            regions
                .iter()
                .any(|other| self.reach[*one] != self.reach[*other] && self.reach[*one].is_subset(&self.reach[*other]))
        };
        let mut names: Vec<&str> = Vec::new();
        let mut named: Vec<&BTreeSet<usize>> = Vec::new();
        for region in regions.iter().filter(|region| !is_strictly_in_another(region)) {
            if !named.contains(&&self.reach[*region]) {
                named.push(&self.reach[*region]);
                names.push(spec.regions[*region].name);
            }
        }
        Slice { name: names.join("-"), regions: regions.into_iter().collect(), properties }
    }
}

/// The regions that influence a region directly.
fn influences(spec: &MachineSpec, region: usize) -> BTreeSet<usize> {
    let mut found = BTreeSet::new();
    for handler in spec.handlers.iter().filter(|handler| handler.region == region) {
        found.extend(handler.decisive);
        let sharing = spec.handlers.iter().filter(|other| other.input == handler.input);
        found.extend(sharing.filter(|other| other.may_refuse).map(|other| other.region));
    }
    found
}

fn reached(direct: &[BTreeSet<usize>], start: usize) -> BTreeSet<usize> {
    let (mut found, mut left) = (BTreeSet::from([start]), vec![start]);
    while let Some(region) = left.pop() {
        left.extend(direct[region].iter().filter(|next| found.insert(**next)));
    }
    found
}

/// What two states have to agree on to be one state of a slice.
///
/// The states that are explored are whole ones, each of them reached by the steps of the whole machine. Which of those
/// that agree inside of the slice stands for the others makes no difference: what is outside has no influence.
#[derive(Clone, Debug)]
pub(crate) struct View {
    regions: Arc<[usize]>,
    whole: bool,
}

impl View {
    pub(crate) fn hash<M: Machine, H: Hasher>(&self, state: &M::State, hasher: &mut H) {
        if self.whole {
            std::hash::Hash::hash(state, hasher);
        } else {
            self.regions.iter().for_each(|region| M::hash_region(state, *region, hasher));
        }
    }

    pub(crate) fn agrees<M: Machine>(&self, one: &M::State, other: &M::State) -> bool {
        match self.whole {
            true => one == other,
            false => self.regions.iter().all(|region| M::agree_on_region(one, other, *region)),
        }
    }

    pub(crate) fn is_within<M: Machine>(&self, state: &M::State, bounds: &Bounds) -> bool {
        self.regions.iter().all(|region| M::is_region_within(state, *region, bounds))
    }
}
