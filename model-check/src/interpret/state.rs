//! The state of a machine as values, and what follows from it.

use std::collections::{BTreeMap, BTreeSet};

use machine_spec::Value;
use machine_spec::inspect::Members;
use machine_spec::spec::MachineSpec;

use super::scope::{Meant, Scope};
use super::{Evaluated, fault};

/// The state of a machine.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct State {
    pub(crate) regions: Vec<RegionState>,
}

/// The state of a region.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum RegionState {
    /// Of one that is not keyed.
    Plain(Instance),
    /// The instances under their keys.
    Keyed(BTreeMap<Value, Instance>),
}

impl Default for RegionState {
    fn default() -> Self {
        Self::Keyed(BTreeMap::new())
    }
}

/// An instance; a region that is not keyed is a single one without a key.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Instance {
    pub(crate) key: Option<Value>,
    pub(crate) phase: Option<Value>,
    /// In the order of declaration.
    pub(crate) fields: Vec<Value>,
}

impl Instance {
    /// `instance.name`.
    pub(super) fn member(&self, spec: &MachineSpec, region: usize, name: &str) -> Evaluated<Value> {
        let member = match name {
            "phase" => self.phase.as_ref(),
            "key" => self.key.as_ref(),
            _ => {
                let position = spec.regions[region].fields.iter().position(|field| field.name == name);
                position.map(|position| &self.fields[position])
            }
        };
        member.cloned().map_or_else(|| fault(format!("{} has no {name}", spec.regions[region].name)), Ok)
    }

    /// All of it.
    pub(super) fn inspect(&self, spec: &MachineSpec, region: usize) -> Value {
        let mut members: Members = Vec::new();
        members.extend(self.key.clone().map(|key| ("key", key)));
        members.extend(self.phase.clone().map(|phase| ("phase", phase)));
        let fields = spec.regions[region].fields.iter().zip(&self.fields);
        members.extend(fields.map(|(field, value)| (field.name, value.clone())));
        Value::Record(members)
    }
}

/// A region with its selections.
pub(super) fn inspect_region(
    spec: &'static MachineSpec,
    state: &State,
    index: usize,
    region: &RegionState,
) -> Evaluated<Value> {
    let instances = match region {
        RegionState::Plain(instance) => return Ok(instance.inspect(spec, index)),
        RegionState::Keyed(instances) => instances,
    };
    let inspected = instances.iter().map(|(key, instance)| (key.clone(), instance.inspect(spec, index)));
    let mut members = vec![("instances", Value::Map(inspected.collect()))];
    for selection in spec.regions[index].selections {
        members.push((selection.name, Value::Set(selected(spec, state, index, instances, selection.name)?)));
    }
    Ok(Value::Record(members))
}

/// The keys of the instances that a selection holds.
pub(super) fn selected(
    spec: &'static MachineSpec,
    state: &State,
    region: usize,
    instances: &BTreeMap<Value, Instance>,
    name: &str,
) -> Evaluated<BTreeSet<Value>> {
    let Some(position) = spec.regions[region].selections.iter().position(|selection| selection.name == name) else {
        return fault(format!("{} has no {name}", spec.regions[region].name));
    };
    let selection = &spec.meaning.regions[region].selections[position];
    let mut keys = BTreeSet::new();
    for (key, instance) in instances {
        let mut scope = Scope::new(spec, state);
        scope.bind("self", Meant::Instance(region, instance));
        let in_phase = match &instance.phase {
            Some(phase) => scope.matches(&selection.pattern, &Meant::Value(phase.clone()))?,
            None => false,
        };
        // The names that the pattern binds are not visible in the condition.
        scope.forget(1);
        if in_phase && selection.condition.as_ref().map_or(Ok(true), |condition| scope.holds(condition))? {
            keys.insert(key.clone());
        }
    }
    Ok(keys)
}
