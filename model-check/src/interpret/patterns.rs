//! Whether a value matches a pattern, and the names that it binds.

use machine_spec::Value;
use machine_spec::inspect::{Integer, Members, Variant};
use machine_spec::meaning::Pattern;

use super::scope::{Meant, Scope};
use super::{Evaluated, fault};

impl<'s> Scope<'s> {
    /// Whether it matches. The names that the pattern binds stay visible, those of a part that matched before another
    /// did not as well.
    pub(super) fn matches(&mut self, pattern: &'static Pattern, subject: &Meant<'s>) -> Evaluated<bool> {
        match pattern {
            Pattern::Any => return Ok(true),
            Pattern::Name(name) if !is_variant(name) => {
                self.bind(name, subject.clone());
                return Ok(true);
            }
            Pattern::Either(cases) => {
                for case in *cases {
                    let visible = self.visible();
                    if self.matches(case, subject)? {
                        return Ok(true);
                    }
                    self.forget(visible);
                }
                return Ok(false);
            }
            _ => {}
        }
        match subject {
            Meant::Maybe(found) => self.matches_found(pattern, *found),
            Meant::Value(value) => self.matches_value(pattern, value),
            _ => fault(format!("{pattern:?} of something that is no value")),
        }
    }

    fn matches_found(
        &mut self,
        pattern: &'static Pattern,
        found: Option<(usize, &'s super::Instance)>,
    ) -> Evaluated<bool> {
        match (pattern, found) {
            (Pattern::Name("None"), found) => Ok(found.is_none()),
            (Pattern::Call([.., "Some"], [inner]), Some((region, instance))) => {
                self.matches(inner, &Meant::Instance(region, instance))
            }
            (Pattern::Call([.., "Some"], _), None) => Ok(false),
            _ => fault(format!("{pattern:?} of an instance")),
        }
    }

    fn matches_value(&mut self, pattern: &'static Pattern, value: &Value) -> Evaluated<bool> {
        match (pattern, value) {
            (Pattern::Bool(expected), Value::Bool(value)) => Ok(expected == value),
            (Pattern::Integer(expected), Value::Integer(value)) => Ok(*expected == value.number),
            (Pattern::Range { low, high, inclusive }, Value::Integer(Integer { number, .. })) => {
                let below = high.is_none_or(|high| *number < high || (*inclusive && *number == high));
                Ok(low.is_none_or(|low| low <= *number) && below)
            }
            (Pattern::Name("None") | Pattern::Path([.., "None"]), Value::Option(value)) => Ok(value.is_none()),
            (Pattern::Call([.., "Some"], [inner]), Value::Option(value)) => match value {
                Some(value) => self.matches(inner, &Meant::Value((**value).clone())),
                None => Ok(false),
            },
            (Pattern::Name(name), Value::Integer(_) | Value::Bool(_) | Value::Number(_)) => {
                Ok(self.constant(name)?.as_ref() == Some(value))
            }
            (Pattern::Name(name) | Pattern::Path([.., name]), Value::Variant(variant)) => Ok(*name == variant.name),
            (Pattern::Structure([.., name], parts), Value::Variant(Variant { name: found, members, .. })) => {
                Ok(name == found && self.matches_members(parts, members)?)
            }
            (Pattern::Structure(_, parts), Value::Record(members)) => self.matches_members(parts, members),
            (Pattern::Tuple(parts), Value::Tuple(values)) => self.matches_tuple(parts, values),
            _ => fault(format!("{pattern:?} of {value}")),
        }
    }

    fn matches_members(&mut self, parts: &'static [(&str, Pattern)], members: &Members) -> Evaluated<bool> {
        for (name, part) in parts {
            let Some((_, value)) = members.iter().find(|(member, _)| member == name) else {
                return fault(format!("there is no member {name}"));
            };
            if !self.matches(part, &Meant::Value(value.clone()))? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn matches_tuple(&mut self, parts: &'static [Pattern], values: &[Value]) -> Evaluated<bool> {
        let rest = parts.iter().position(|part| matches!(part, Pattern::Rest));
        let (front, back) = parts.split_at(rest.unwrap_or(parts.len()));
        let back = back.get(1..).unwrap_or(&[]);
        let behind = &values[values.len() - back.len()..];
        for (part, value) in front.iter().zip(values).chain(back.iter().zip(behind)) {
            if !self.matches(part, &Meant::Value(value.clone()))? {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

/// Phases and variants begin with a capital letter; a word that does not is a name to bind.
fn is_variant(name: &str) -> bool {
    name.starts_with(char::is_uppercase)
}
