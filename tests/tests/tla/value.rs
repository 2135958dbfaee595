//! Values of a machine as values of TLA+, by what the documentation of the export says and not by its code.

use std::collections::BTreeMap;
use std::sync::Arc;

use machine_spec::Value;
use machine_spec::inspect::{Members, Variant};
use machine_spec::meaning::{Form, Shape};
use machine_spec::spec::{MachineSpec, TypeKind};
use tla_checker::ast::Value as Tla;

/// Translates the values of one machine.
#[derive(Clone, Copy)]
pub(crate) struct Values {
    pub(crate) spec: &'static MachineSpec,
}

fn record(members: impl IntoIterator<Item = (String, Tla)>) -> Tla {
    Tla::record(members.into_iter().map(|(name, value)| (Arc::from(name), value)).collect())
}

fn string(text: &str) -> Tla {
    Tla::Str(Arc::from(text))
}

fn none() -> Tla {
    Tla::Model(Arc::from("None"))
}

impl Values {
    pub(crate) fn of(self, value: &Value, shape: Shape) -> Tla {
        match (value, shape) {
            (Value::Bool(value), _) => Tla::Bool(*value),
            (Value::Integer(integer), _) => Tla::Int(i64::try_from(integer.number).expect("a small number")),
            (Value::Number(number), _) => Tla::Int(i64::try_from(number.number).expect("a small number")),
            (Value::Option(None), _) => none(),
            (Value::Option(Some(value)), Shape::Option(inner)) => match inner {
                Shape::Option(_) => record([("some".to_owned(), self.of(value, *inner))]),
                _ => self.of(value, *inner),
            },
            (Value::Set(keys), Shape::Set(key)) => Tla::set(keys.iter().map(|value| self.of(value, *key)).collect()),
            (Value::Map(entries), Shape::Map(key, entry)) => {
                let entries = entries.iter().map(|(k, v)| (self.of(k, *key), self.of(v, *entry)));
                Tla::func(entries.collect())
            }
            (Value::Opaque(carried), _) => string(carried.ty),
            (Value::Seq(elements), Shape::Seq(element)) => {
                Tla::tuple(elements.iter().map(|value| self.of(value, *element)).collect())
            }
            (Value::Tuple(values), Shape::Tuple(shapes)) => {
                Tla::tuple(values.iter().zip(shapes).map(|(value, shape)| self.of(value, *shape)).collect())
            }
            (value, Shape::Declared(name)) => self.declared(value, name),
            (value, shape) => panic!("{value} is no {shape:?}"),
        }
    }

    fn declared(self, value: &Value, name: &str) -> Tla {
        let position = self.spec.types.iter().position(|declared| declared.name == name).expect("a declared type");
        let forms = self.spec.meaning.types[position];
        match (value, self.spec.types[position].kind) {
            (Value::Variant(variant), TypeKind::Enum(variants)) => {
                let is_plain = variants.iter().all(|variant| variant.payload.is_empty());
                self.variant(variant, forms[variant.position], is_plain)
            }
            (Value::Record(members), TypeKind::Record(_)) => record(self.members(members, forms[0])),
            (value, _) => panic!("{value} is no {name}"),
        }
    }

    fn variant(self, variant: &Variant, form: Form, is_plain: bool) -> Tla {
        if is_plain { string(variant.name) } else { self.tagged(variant, form) }
    }

    fn tagged(self, variant: &Variant, form: Form) -> Tla {
        let tag = ("is".to_owned(), string(variant.name));
        record(std::iter::once(tag).chain(self.members(&variant.members, form)))
    }

    fn members(self, members: &Members, form: Form) -> Vec<(String, Tla)> {
        members.iter().zip(form).map(|((name, value), shape)| ((*name).to_owned(), self.of(value, *shape))).collect()
    }

    /// The arguments of the action of an input.
    pub(crate) fn payload(self, input: &Value) -> (usize, Vec<Tla>) {
        let Value::Variant(input) = input else { panic!("{input} is no input") };
        let form = self.spec.meaning.inputs[input.position];
        (input.position, self.members(&input.members, form).into_iter().map(|(_, value)| value).collect())
    }

    pub(crate) fn effect(self, effect: &Value) -> Tla {
        let Value::Variant(effect) = effect else { panic!("{effect} is no effect") };
        self.tagged(effect, self.spec.meaning.effects[effect.position])
    }

    /// The variables, by region.
    pub(crate) fn state(self, state: &Value) -> Vec<Tla> {
        self.regions(state).iter().enumerate().map(|(region, (_, value))| self.region(region, value)).collect()
    }

    fn regions(self, state: &Value) -> &Members {
        match state {
            Value::Record(regions) => regions,
            other => panic!("{other} is no state"),
        }
    }

    fn region(self, region: usize, value: &Value) -> Tla {
        let Value::Record(members) = value else { panic!("{value} is no region") };
        let Some(key) = self.spec.meaning.regions[region].key else { return self.instance(region, members) };
        let Some((_, Value::Map(instances))) = members.first() else { panic!("{value} has no instances") };
        let instances = instances.iter().map(|(at, instance)| match instance {
            Value::Record(members) => (self.of(at, key), self.instance(region, members)),
            other => panic!("{other} is no instance"),
        });
        Tla::func(instances.collect::<BTreeMap<_, _>>())
    }

    fn instance(self, region: usize, members: &Members) -> Tla {
        let (spec, meaning) = (&self.spec.regions[region], &self.spec.meaning.regions[region]);
        let mut translated = Vec::new();
        for (name, value) in members {
            match (*name, value) {
                ("key", _) if spec.key.is_some() => {}
                ("phase", Value::Variant(phase)) if !spec.phases.is_empty() => {
                    let is_plain = spec.phases.iter().all(|phase| phase.data.is_empty());
                    let phase = self.variant(phase, meaning.phases[phase.position], is_plain);
                    translated.push(("phase".to_owned(), phase));
                }
                _ => {
                    let position = spec.fields.iter().position(|field| field.name == *name).expect("a field");
                    translated.push(((*name).to_owned(), self.of(value, meaning.fields[position].shape)));
                }
            }
        }
        record(translated)
    }

    /// The selections of a region.
    pub(crate) fn selections(self, region: usize, state: &Value) -> Vec<Tla> {
        let Value::Record(members) = &self.regions(state)[region].1 else { panic!("no region") };
        let Some(key) = self.spec.meaning.regions[region].key else { return Vec::new() };
        let keys = |value: &Value| match value {
            Value::Set(keys) => Tla::set(keys.iter().map(|value| self.of(value, key)).collect()),
            other => panic!("{other} is no selection"),
        };
        members.iter().skip(1).map(|(_, selection)| keys(selection)).collect()
    }
}
