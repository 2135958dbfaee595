//! The methods of the language.

use std::collections::BTreeMap;
use std::ops::Bound;

use machine_spec::Value;
use machine_spec::inspect::Number;
use machine_spec::meaning::{Expression, IntegerType};

use super::scope::{Meant, Scope};
use super::state::Instance;
use super::{Evaluated, Stop, fault};

impl<'s> Scope<'s> {
    pub(super) fn method(
        &mut self,
        receiver: &Meant<'s>,
        method: &str,
        arguments: &'static [Expression],
    ) -> Evaluated<Meant<'s>> {
        match receiver {
            Meant::Instance(_, instance) if method == "is" => {
                let phase = instance.phase.as_ref();
                let is = |name: &str| matches!(phase, Some(Value::Variant(phase)) if phase.name == name);
                Ok(truth(arguments.iter().any(|argument| any_name(argument, &is))))
            }
            Meant::Region(region, _, instances) => self.region_method(*region, instances, method, arguments),
            Meant::Maybe(found) => match (method, arguments) {
                ("is_some", []) => Ok(truth(found.is_some())),
                ("is_none", []) => Ok(truth(found.is_none())),
                ("is_some_and", [condition]) => {
                    found.map_or(Ok(false), |(at, instance)| self.applied(condition, at, instance)).map(truth)
                }
                ("is_none_or", [condition]) => {
                    found.map_or(Ok(true), |(at, instance)| self.applied(condition, at, instance)).map(truth)
                }
                ("as_ref" | "copied", []) => Ok(receiver.clone()),
                _ => fault(format!("the method {method} of an instance that may be absent")),
            },
            Meant::Value(value) => self.value_method(value, method, arguments).map(Meant::Value),
            _ => fault(format!("the method {method} of {receiver:?}")),
        }
    }

    /// Quantifiers and questions over the instances of a region.
    fn region_method(
        &mut self,
        region: usize,
        instances: &'s BTreeMap<Value, Instance>,
        method: &str,
        arguments: &'static [Expression],
    ) -> Evaluated<Meant<'s>> {
        match (method, arguments) {
            ("any" | "all" | "count", [condition]) => {
                let tests = instances.values().map(|instance| self.applied(condition, region, instance));
                quantified(method, tests).map(Meant::Value)
            }
            ("get", [key]) => {
                let key = self.value(key)?;
                Ok(Meant::Maybe(instances.get(&key).map(|instance| (region, instance))))
            }
            ("contains_key", [key]) => Ok(truth(instances.contains_key(&self.value(key)?))),
            ("len", []) => Ok(number(instances.len())),
            ("is_empty", []) => Ok(truth(instances.is_empty())),
            _ => fault(format!("the method {method} of a region")),
        }
    }

    /// Whether a condition such as `|i| ...` holds for an instance.
    fn applied(&mut self, condition: &'static Expression, region: usize, instance: &'s Instance) -> Evaluated<bool> {
        self.applied_to(condition, [Meant::Instance(region, instance)])
    }

    fn applied_to<const N: usize>(
        &mut self,
        condition: &'static Expression,
        arguments: [Meant<'s>; N],
    ) -> Evaluated<bool> {
        let (parameters, body) = match condition {
            Expression::Closure(parameters, body) if parameters.len() == N => (parameters, body),
            _ => return fault(format!("{condition:?}")),
        };
        let visible = self.visible();
        parameters.iter().zip(arguments).for_each(|(parameter, argument)| self.bind(parameter, argument));
        let holds = self.holds(body);
        self.forget(visible);
        holds
    }

    fn value_method(&mut self, receiver: &Value, method: &str, arguments: &'static [Expression]) -> Evaluated<Value> {
        match (receiver, method, arguments) {
            (Value::Number(Number { ty, number }), "fresh", []) => {
                number.checked_add(1).map(|number| Value::number(ty, number)).ok_or(Stop::Overflow)
            }
            (Value::Option(None), "is_some_and", [_]) => Ok(Value::Bool(false)),
            (Value::Option(None), "is_none_or", [_]) => Ok(Value::Bool(true)),
            (Value::Option(Some(value)), "is_some_and" | "is_none_or", [condition]) => {
                self.applied_to(condition, [Meant::Value((**value).clone())]).map(Value::Bool)
            }
            (Value::Set(keys), "any" | "all" | "count", [condition]) => {
                let tests = keys.iter().map(|key| self.applied_to(condition, [Meant::Value(key.clone())]));
                quantified(method, tests)
            }
            (Value::Seq(elements), "any" | "all" | "count", [condition]) => {
                let tests = elements.iter().map(|element| self.applied_to(condition, [Meant::Value(element.clone())]));
                quantified(method, tests)
            }
            (Value::Map(entries), "any" | "all" | "count", [condition]) => {
                let tests = entries.iter().map(|(key, value)| {
                    self.applied_to(condition, [Meant::Value(key.clone()), Meant::Value(value.clone())])
                });
                quantified(method, tests)
            }
            (_, "copied" | "as_ref", []) => Ok(receiver.clone()),
            _ => {
                let arguments: Vec<Value> =
                    arguments.iter().map(|argument| self.value(argument)).collect::<Evaluated<_>>()?;
                called(receiver, method, &arguments)
            }
        }
    }
}

/// `any`, `all` or `count`. The first two do not look further than they have to.
fn quantified(method: &str, tests: impl Iterator<Item = Evaluated<bool>>) -> Evaluated<Value> {
    let mut count = 0;
    for test in tests {
        let holds = test?;
        count += usize::from(holds);
        if holds && method == "any" || !holds && method == "all" {
            return Ok(Value::Bool(holds));
        }
    }
    Ok(if method == "count" { length(count) } else { Value::Bool(method == "all") })
}

/// Whether one of the names in `A | B` is wanted.
fn any_name(names: &Expression, is: &dyn Fn(&str) -> bool) -> bool {
    match names {
        Expression::Name(name) => is(name),
        Expression::Binary(left, "|", right) => any_name(left, is) || any_name(right, is),
        _ => false,
    }
}

fn truth<'s>(value: bool) -> Meant<'s> {
    Meant::Value(Value::Bool(value))
}

fn number<'s>(value: usize) -> Meant<'s> {
    Meant::Value(length(value))
}

fn length(value: usize) -> Value {
    Value::integer(IntegerType::U64, value as i128)
}

fn option(value: Option<&Value>) -> Value {
    Value::Option(value.map(|value| Box::new(value.clone())))
}

/// Methods whose arguments are values.
fn called(receiver: &Value, method: &str, arguments: &[Value]) -> Evaluated<Value> {
    Ok(match (receiver, method, arguments) {
        (Value::Option(value), "is_some", []) => Value::Bool(value.is_some()),
        (Value::Option(value), "is_none", []) => Value::Bool(value.is_none()),
        (Value::Set(keys), "contains", [key]) => Value::Bool(keys.contains(key)),
        (Value::Set(keys), "len", []) => length(keys.len()),
        (Value::Set(keys), "is_empty", []) => Value::Bool(keys.is_empty()),
        (Value::Set(keys), "first" | "min", []) => option(keys.first()),
        (Value::Set(keys), "last" | "max", []) => option(keys.last()),
        (Value::Set(keys), "after", [Value::Option(None)]) => option(keys.first()),
        (Value::Set(keys), "after", [Value::Option(Some(key))]) => {
            option(keys.range((Bound::Excluded(&**key), Bound::Unbounded)).next())
        }
        (Value::Set(keys), "is_subset", [Value::Set(others)]) => Value::Bool(keys.is_subset(others)),
        (Value::Set(keys), "with", [key]) => Value::Set(keys.iter().chain([key]).cloned().collect()),
        (Value::Set(keys), "without", [key]) => {
            Value::Set(keys.iter().filter(|other| *other != key).cloned().collect())
        }
        (Value::Seq(elements), "contains", [element]) => Value::Bool(elements.contains(element)),
        (Value::Seq(elements), "len", []) => length(elements.len()),
        (Value::Seq(elements), "is_empty", []) => Value::Bool(elements.is_empty()),
        (Value::Seq(elements), "first", []) => option(elements.first()),
        (Value::Seq(elements), "last", []) => option(elements.last()),
        (Value::Seq(elements), "get", [Value::Integer(position)]) => {
            option(usize::try_from(position.number).ok().and_then(|position| elements.get(position)))
        }
        (Value::Seq(elements), "with", [element]) => Value::Seq(elements.iter().chain([element]).cloned().collect()),
        (Value::Map(entries), "contains_key", [key]) => Value::Bool(entries.contains_key(key)),
        (Value::Map(entries), "get", [key]) => option(entries.get(key)),
        (Value::Map(entries), "len", []) => length(entries.len()),
        (Value::Map(entries), "is_empty", []) => Value::Bool(entries.is_empty()),
        (Value::Map(entries), "keys", []) => Value::Set(entries.keys().cloned().collect()),
        (Value::Map(entries), "with", [key, value]) => {
            let mut entries = entries.clone();
            entries.insert(key.clone(), value.clone());
            Value::Map(entries)
        }
        (_, "min", [other]) => receiver.min(other).clone(),
        (_, "max", [other]) => receiver.max(other).clone(),
        _ => return fault(format!("the method {method} of {receiver}")),
    })
}
