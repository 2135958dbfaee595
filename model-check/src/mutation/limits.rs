//! Whether values lie within bounds, by the types that the constant data give them. What generated code says of its own
//! values, said of values without types; a test counts the same states with both.

use machine_spec::inspect::{Integer, Members, Number, Variant};
use machine_spec::meaning::{Form, Shape};
use machine_spec::spec::{MachineSpec, TypeKind};
use machine_spec::{Bounds, Value};

use crate::interpret::{Instance, RegionState};

/// Bounds, and the declarations of what is held against them.
pub(super) struct Limits {
    pub(super) spec: &'static MachineSpec,
    pub(super) bounds: Bounds,
}

impl Limits {
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
                let highest = self.bounds.number(name, place).map(|bound| i64::try_from(bound).unwrap_or(i64::MAX));
                let highest = highest.map(|bound| bound.max(least)).filter(|bound| *bound <= greatest);
                *number <= i128::from(highest.unwrap_or(greatest))
            }
            (Value::Variant(Variant { position, members, .. }), TypeKind::Enum(_)) => {
                self.hold_members(members, forms[*position], place)
            }
            (Value::Record(members), TypeKind::Record(_)) => self.hold_members(members, forms[0], place),
            _ => true,
        }
    }
}
