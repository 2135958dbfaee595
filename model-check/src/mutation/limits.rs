//! The values within bounds, by the types that the constant data give them. What generated code says of its own values,
//! said of values without types; a test counts the same inputs and states with both.

use std::collections::{BTreeMap, BTreeSet};

use machine_spec::inspect::{Integer, Members, Number, Variant};
use machine_spec::meaning::{Form, IntegerType, Shape};
use machine_spec::spec::{MachineSpec, MemberSpec, MessageSpec, TypeKind};
use machine_spec::{Bounds, Value};

use crate::interpret::{Instance, RegionState, fits};

/// Bounds, and the declarations of what is held against them.
pub(super) struct Limits {
    pub(super) spec: &'static MachineSpec,
    pub(super) bounds: Bounds,
}

impl Limits {
    /// Every input.
    pub(super) fn inputs(&self) -> Vec<Variant> {
        let inputs = self.spec.inputs.iter().zip(self.spec.meaning.inputs).enumerate();
        let of_kind = |(position, (input, form)): (usize, (&MessageSpec, &Form))| {
            let place = |member: &MemberSpec| format!("{}.{}", input.name, member.name);
            let members = self.members(input.payload, form, &place).into_iter();
            members.map(|members| Variant { position, name: input.name, members }).collect::<Vec<_>>()
        };
        inputs.flat_map(of_kind).collect()
    }

    /// Every combination of values of some members, each at its place.
    fn members(&self, members: &[MemberSpec], form: Form, place: &dyn Fn(&MemberSpec) -> String) -> Vec<Members> {
        let mut combined = vec![Vec::new()];
        for (member, shape) in members.iter().zip(form) {
            let values = self.values(*shape, &place(member));
            let with = |found: &Members| {
                let found = found.clone();
                values.iter().map(move |value| found.iter().cloned().chain([(member.name, value.clone())]).collect())
            };
            combined = combined.iter().flat_map(with).collect();
        }
        combined
    }

    /// Every value of a type.
    fn values(&self, shape: Shape, place: &str) -> Vec<Value> {
        match shape {
            Shape::Bool => vec![Value::Bool(false), Value::Bool(true)],
            Shape::Integer(ty) => (0..=self.bounds.integers(place))
                .map(i128::from)
                .filter(|number| fits(ty, *number))
                .map(|number| Value::integer(ty, number))
                .collect(),
            Shape::Declared(name) => self.declared_values(name, place),
            Shape::Option(inner) => {
                let some = self.values(*inner, place).into_iter().map(|value| Value::Option(Some(Box::new(value))));
                std::iter::once(Value::Option(None)).chain(some).collect()
            }
            Shape::Set(inner) => {
                let mut sets = vec![BTreeSet::new()];
                for value in self.values(*inner, place) {
                    let with = |set: &BTreeSet<Value>| set.iter().cloned().chain([value.clone()]).collect();
                    sets.extend(sets.iter().map(with).collect::<Vec<_>>());
                }
                sets.into_iter().map(Value::Set).collect()
            }
            Shape::Map(key, inner) => {
                let values = self.values(*inner, place);
                let mut maps = vec![BTreeMap::new()];
                for key in self.values(*key, place) {
                    let with = |map: &BTreeMap<Value, Value>, value: &Value| {
                        map.clone().into_iter().chain([(key.clone(), value.clone())]).collect()
                    };
                    let more: Vec<_> =
                        maps.iter().flat_map(|map| values.iter().map(move |value| with(map, value))).collect();
                    maps.extend(more);
                }
                maps.into_iter().map(Value::Map).collect()
            }
            Shape::Seq(inner) => {
                let elements = self.values(*inner, place);
                let (mut all, mut longest) = (vec![Vec::new()], vec![Vec::new()]);
                for _ in 0..self.bounds.lengths(place) {
                    let with = |seq: &Vec<Value>| {
                        let seq = seq.clone();
                        elements.iter().map(move |element| seq.iter().cloned().chain([element.clone()]).collect())
                    };
                    longest = longest.iter().flat_map(with).collect();
                    all.extend(longest.iter().cloned());
                }
                all.into_iter().map(Value::Seq).collect()
            }
            Shape::Tuple(_) | Shape::Unknown(_) => Vec::new(),
        }
    }

    fn declared_values(&self, name: &str, place: &str) -> Vec<Value> {
        let Some(position) = self.spec.types.iter().position(|declared| declared.name == name) else {
            return Vec::new();
        };
        let (declared, forms) = (&self.spec.types[position], self.spec.meaning.types[position]);
        let same_place = |_: &MemberSpec| place.to_owned();
        match declared.kind {
            TypeKind::Id => (1..=self.bounds.ids(name)).map(|number| Value::number(declared.name, number)).collect(),
            TypeKind::Epoch => {
                (0..=self.bounds.epochs(name)).map(|number| Value::number(declared.name, number)).collect()
            }
            TypeKind::Number { least, greatest } => {
                let ty = IntegerType::Range { least, greatest };
                let highest = self.highest(name, place, least, greatest);
                (least..=highest).map(|number| Value::integer(ty, i128::from(number))).collect()
            }
            TypeKind::Enum(variants) => {
                let of_variant = |(position, (variant, form)): (usize, (&MessageSpec, &Form))| {
                    let members = self.members(variant.payload, form, &same_place).into_iter();
                    let value = |members| Value::Variant(Variant { position, name: variant.name, members });
                    members.map(value).collect::<Vec<_>>()
                };
                variants.iter().zip(forms).enumerate().flat_map(of_variant).collect()
            }
            TypeKind::Record(members) => {
                self.members(members, forms[0], &same_place).into_iter().map(Value::Record).collect()
            }
            // Nobody looks into it, so one is as good as another.
            TypeKind::Opaque(_) => vec![Value::opaque(declared.name, &"carried")],
        }
    }

    /// The greatest number of a declared range.
    fn highest(&self, name: &str, place: &str, least: i64, greatest: i64) -> i64 {
        let bound = self.bounds.number(name, place).map(|bound| i64::try_from(bound).unwrap_or(i64::MAX));
        bound.map(|bound| bound.max(least)).filter(|bound| *bound <= greatest).unwrap_or(greatest)
    }

    /// Whether a region, by its index, lies within the bounds.
    pub(super) fn hold_region(&self, region: usize, state: &RegionState) -> bool {
        match state {
            RegionState::Plain(instance) => self.hold_instance(region, instance),
            RegionState::Keyed(instances) => instances.values().all(|instance| self.hold_instance(region, instance)),
        }
    }

    fn hold_instance(&self, region: usize, instance: &Instance) -> bool {
        let (spec, meaning) = (&self.spec.regions[region], &self.spec.meaning.regions[region]);
        let place = |part: &str| format!("{}.{part}", spec.name);
        let key = instance.key.iter().zip(meaning.key).all(|(key, shape)| self.hold(key, shape, &place("key")));
        let phase = match &instance.phase {
            Some(Value::Variant(phase)) => {
                self.hold_members(&phase.members, meaning.phases[phase.position], &place("phase"))
            }
            _ => true,
        };
        let mut fields = spec.fields.iter().zip(meaning.fields).zip(&instance.fields);
        key && phase && fields.all(|((field, meant), value)| self.hold(value, meant.shape, &place(field.name)))
    }

    fn hold_members(&self, members: &Members, form: Form, place: &str) -> bool {
        members.iter().zip(form).all(|((_, value), shape)| self.hold(value, *shape, place))
    }

    fn hold(&self, value: &Value, shape: Shape, place: &str) -> bool {
        match (value, shape) {
            (Value::Integer(Integer { number, .. }), Shape::Integer(_)) => {
                u64::try_from(*number).is_ok_and(|number| number <= self.bounds.integers(place))
            }
            (value, Shape::Declared(name)) => self.hold_declared(value, name, place),
            (Value::Option(value), Shape::Option(inner)) => {
                value.as_ref().is_none_or(|value| self.hold(value, *inner, place))
            }
            (Value::Set(keys), Shape::Set(inner)) => keys.iter().all(|key| self.hold(key, *inner, place)),
            (Value::Map(entries), Shape::Map(key, inner)) => {
                entries.iter().all(|(one, value)| self.hold(one, *key, place) && self.hold(value, *inner, place))
            }
            (Value::Seq(elements), Shape::Seq(inner)) => {
                let short = u64::try_from(elements.len()).is_ok_and(|length| length <= self.bounds.lengths(place));
                short && elements.iter().all(|element| self.hold(element, *inner, place))
            }
            (Value::Tuple(values), Shape::Tuple(shapes)) => {
                values.iter().zip(shapes).all(|(value, shape)| self.hold(value, *shape, place))
            }
            _ => true,
        }
    }

    fn hold_declared(&self, value: &Value, name: &str, place: &str) -> bool {
        let Some(position) = self.spec.types.iter().position(|declared| declared.name == name) else { return true };
        let forms = self.spec.meaning.types[position];
        match (value, self.spec.types[position].kind) {
            (Value::Number(Number { number, .. }), TypeKind::Id) => *number <= self.bounds.ids(name),
            (Value::Number(Number { number, .. }), TypeKind::Epoch) => *number <= self.bounds.epochs(name),
            (Value::Integer(Integer { number, .. }), TypeKind::Number { least, greatest }) => {
                *number <= i128::from(self.highest(name, place, least, greatest))
            }
            (Value::Variant(Variant { position, members, .. }), TypeKind::Enum(_)) => {
                self.hold_members(members, forms[*position], place)
            }
            (Value::Record(members), TypeKind::Record(_)) => self.hold_members(members, forms[0], place),
            _ => true,
        }
    }
}
