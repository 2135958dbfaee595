//! The value of an expression among the names that are visible where it stands.

use std::collections::BTreeMap;

use machine_spec::Value;
use machine_spec::inspect::{Integer, Members, Number, Variant};
use machine_spec::meaning::{Expression, Form, IntegerType};
use machine_spec::spec::{MachineSpec, MemberSpec, TypeKind};

use super::state::{Instance, RegionState, State, selected};
use super::{Evaluated, arithmetic, fault};

/// What an expression stands for.
#[derive(Clone, Debug)]
pub(super) enum Meant<'s> {
    Value(Value),
    /// A whole state: `next`.
    State(&'s State),
    /// A keyed region, and the state that it is in.
    Region(usize, &'s State, &'s BTreeMap<Value, Instance>),
    /// An instance, or a region that is not keyed.
    Instance(usize, &'s Instance),
    /// What `region.get(key)` finds.
    Maybe(Option<(usize, &'s Instance)>),
}

/// The names that are visible at some place. A later one hides an earlier one.
#[derive(Clone)]
pub(super) struct Scope<'s> {
    pub(super) spec: &'static MachineSpec,
    state: &'s State,
    names: Vec<(&'static str, Meant<'s>)>,
}

impl<'s> Scope<'s> {
    pub(super) fn new(spec: &'static MachineSpec, state: &'s State) -> Self {
        Self { spec, state, names: Vec::new() }
    }

    pub(super) fn bind(&mut self, name: &'static str, meant: Meant<'s>) {
        self.names.push((name, meant));
    }

    /// How many names are visible, for [`Self::forget`].
    pub(super) fn visible(&self) -> usize {
        self.names.len()
    }

    /// Hides all names but so many.
    pub(super) fn forget(&mut self, visible: usize) {
        self.names.truncate(visible);
    }

    /// The names bound behind so many.
    pub(super) fn take_behind(&mut self, visible: usize) -> Vec<(&'static str, Meant<'s>)> {
        self.names.split_off(visible)
    }

    /// The value of an expression.
    pub(super) fn value(&mut self, expression: &'static Expression) -> Evaluated<Value> {
        match self.evaluate(expression)? {
            Meant::Value(value) => Ok(value),
            Meant::Instance(region, instance) => Ok(instance.inspect(self.spec, region)),
            Meant::Maybe(found) => {
                Ok(Value::Option(found.map(|(region, instance)| Box::new(instance.inspect(self.spec, region)))))
            }
            Meant::State(_) | Meant::Region(..) => fault(format!("{expression:?} is no value")),
        }
    }

    /// Whether a condition holds. The names that it binds stay visible.
    pub(super) fn holds(&mut self, expression: &'static Expression) -> Evaluated<bool> {
        match self.value(expression)? {
            Value::Bool(value) => Ok(value),
            other => fault(format!("{other} is no condition")),
        }
    }

    pub(super) fn evaluate(&mut self, expression: &'static Expression) -> Evaluated<Meant<'s>> {
        Ok(Meant::Value(match expression {
            Expression::Bool(value) => Value::Bool(*value),
            Expression::Integer(number, ty) => Value::Integer(Integer { number: i128::from(*number), ty: *ty }),
            Expression::Name(name) => return self.name(name),
            Expression::Path(words) => self.path(words)?,
            Expression::Member(of, name) => {
                let of = self.evaluate(of)?;
                return self.member(&of, name);
            }
            Expression::Method(receiver, method, arguments) => {
                let receiver = self.evaluate(receiver)?;
                return self.method(&receiver, method, arguments);
            }
            Expression::Call(function, arguments) => self.call(function, arguments)?,
            Expression::Unary("&" | "*", operand) => return self.evaluate(operand),
            Expression::Unary(sign, operand) => arithmetic::unary(sign, &self.value(operand)?)?,
            Expression::Binary(left, "&&", right) => Value::Bool(self.holds(left)? && self.holds(right)?),
            Expression::Binary(left, "||", right) => Value::Bool(self.holds(left)? || self.holds(right)?),
            Expression::Binary(left, sign, right) => {
                let (left, right) = (self.value(left)?, self.value(right)?);
                arithmetic::binary(&left, sign, &right)?
            }
            Expression::Tuple(elements) => {
                Value::Tuple(elements.iter().map(|element| self.value(element)).collect::<Evaluated<_>>()?)
            }
            Expression::Structure(words, members) => self.structure(words, members)?,
            Expression::Let(pattern, value) => {
                let value = self.evaluate(value)?;
                Value::Bool(self.matches(pattern, &value)?)
            }
            Expression::Matches(..) | Expression::If(..) | Expression::Match(..) => {
                let visible = self.visible();
                let result = self.choice(expression);
                self.forget(visible);
                return result;
            }
            Expression::Closure(..) | Expression::Unknown(_) => return fault(format!("{expression:?}")),
        }))
    }

    /// The expressions inside which names are visible that are not behind them.
    fn choice(&mut self, expression: &'static Expression) -> Evaluated<Meant<'s>> {
        match expression {
            Expression::Matches(value, pattern, condition) => {
                let value = self.evaluate(value)?;
                let matches =
                    self.matches(pattern, &value)? && condition.map_or(Ok(true), |other| self.holds(other))?;
                Ok(Meant::Value(Value::Bool(matches)))
            }
            Expression::If(condition, then, otherwise) => {
                let visible = self.visible();
                if self.holds(condition)? {
                    return self.evaluate(then);
                }
                self.forget(visible);
                self.evaluate(otherwise)
            }
            Expression::Match(value, arms) => {
                let value = self.evaluate(value)?;
                let visible = self.visible();
                for arm in *arms {
                    let matches = self.matches(&arm.pattern, &value)?;
                    if matches && arm.condition.as_ref().map_or(Ok(true), |condition| self.holds(condition))? {
                        return self.evaluate(&arm.value);
                    }
                    self.forget(visible);
                }
                fault(format!("{expression:?} leaves a value out"))
            }
            other => fault(format!("{other:?}")),
        }
    }

    fn name(&mut self, name: &'static str) -> Evaluated<Meant<'s>> {
        if let Some((_, meant)) = self.names.iter().rev().find(|(known, _)| *known == name) {
            return Ok(meant.clone());
        }
        if name == "None" {
            return Ok(Meant::Value(Value::Option(None)));
        }
        match self.constant(name)? {
            Some(value) => Ok(Meant::Value(value)),
            None => self.region(self.state, name),
        }
    }

    /// The value of a constant, if the name is one.
    pub(super) fn constant(&self, name: &str) -> Evaluated<Option<Value>> {
        let Some(found) = self.spec.meaning.constants.iter().find(|constant| constant.name == name) else {
            return Ok(None);
        };
        let value = Scope::new(self.spec, self.state).value(&found.value)?;
        arithmetic::typed(self.spec, value, found.shape).map(Some)
    }

    /// The value of a function, which sees its parameters and nothing else that is local.
    fn function(&mut self, name: &str, arguments: &'static [Expression]) -> Evaluated<Value> {
        let Some(found) = self.spec.meaning.functions.iter().find(|function| function.name == name) else {
            return fault(format!("there is no function {name}"));
        };
        let mut inside = Scope::new(self.spec, self.state);
        for ((parameter, shape), argument) in found.parameters.iter().zip(arguments) {
            inside.bind(parameter, Meant::Value(arithmetic::typed(self.spec, self.value(argument)?, *shape)?));
        }
        arithmetic::typed(self.spec, inside.value(&found.body)?, found.shape)
    }

    fn region(&self, state: &'s State, name: &str) -> Evaluated<Meant<'s>> {
        let Some(index) = self.spec.regions.iter().position(|region| region.name == name) else {
            return fault(format!("there is no {name} here"));
        };
        Ok(match &state.regions[index] {
            RegionState::Plain(instance) => Meant::Instance(index, instance),
            RegionState::Keyed(instances) => Meant::Region(index, state, instances),
        })
    }

    fn member(&self, of: &Meant<'s>, name: &str) -> Evaluated<Meant<'s>> {
        Ok(Meant::Value(match of {
            Meant::State(state) => return self.region(state, name),
            Meant::Instance(region, instance) => instance.member(self.spec, *region, name)?,
            Meant::Region(region, state, instances) => {
                Value::Set(selected(self.spec, state, *region, instances, name)?)
            }
            Meant::Value(Value::Record(members)) => match members.iter().find(|(member, _)| *member == name) {
                Some((_, value)) => value.clone(),
                None => return fault(format!("there is no member {name}")),
            },
            Meant::Value(Value::Tuple(values)) => match name.parse::<usize>().ok().and_then(|at| values.get(at)) {
                Some(value) => value.clone(),
                None => return fault(format!("there is no element {name}")),
            },
            other => return fault(format!("{other:?} has no {name}")),
        }))
    }

    /// `Type::Variant`, `Epoch::ZERO`, `u8::MAX` and the like.
    fn path(&self, words: &[&'static str]) -> Evaluated<Value> {
        let [.., of, name] = words else { return fault(format!("{words:?}")) };
        if let Some(ty) = integer_type(of) {
            let (least, greatest) = arithmetic::range(ty);
            return match *name {
                "MAX" => Ok(Value::integer(ty, greatest)),
                "MIN" => Ok(Value::integer(ty, least)),
                _ => fault(format!("{of}::{name}")),
            };
        }
        if (*of, *name) == ("Option", "None") {
            return Ok(Value::Option(None));
        }
        let declared = self.spec.types.iter().find(|declared| declared.name == *of);
        match declared.map(|declared| (declared.name, declared.kind)) {
            Some((_, TypeKind::Number { least, greatest })) => {
                let ty = IntegerType::Range { least, greatest };
                match *name {
                    "LEAST" => Ok(Value::integer(ty, i128::from(least))),
                    "GREATEST" => Ok(Value::integer(ty, i128::from(greatest))),
                    _ => fault(format!("{of}::{name}")),
                }
            }
            Some((ty, TypeKind::Epoch)) if *name == "ZERO" => Ok(Value::Number(Number { ty, number: 0 })),
            _ => self.variant(of, name, Vec::new()),
        }
    }

    /// A variant of an enumeration, or a phase by the name of its generated type.
    fn variant(&self, of: &str, name: &str, given: Members) -> Evaluated<Value> {
        for (declared, forms) in self.spec.types.iter().zip(self.spec.meaning.types) {
            let TypeKind::Enum(variants) = declared.kind else { continue };
            let found = variants.iter().position(|variant| declared.name == of && variant.name == name);
            if let Some(position) = found {
                let (variant, form) = (&variants[position], forms[position]);
                return Ok(Value::Variant(Variant {
                    position,
                    name: variant.name,
                    members: complete(self.spec, variant.payload, form, given)?,
                }));
            }
        }
        let named = |name: &str| name.split('_').map(capitalized).collect::<String>() + "Phase";
        match self.spec.regions.iter().position(|region| named(region.name) == of) {
            Some(region) => self.phase(region, name, given),
            None => fault(format!("there is no {of}::{name}")),
        }
    }

    /// A phase of a region with its data.
    pub(super) fn phase(&self, region: usize, name: &str, given: Members) -> Evaluated<Value> {
        let phases = self.spec.regions[region].phases;
        let Some(position) = phases.iter().position(|phase| phase.name == name) else {
            return fault(format!("there is no phase {name}"));
        };
        let (phase, form) = (&phases[position], self.spec.meaning.regions[region].phases[position]);
        Ok(Value::Variant(Variant {
            position,
            name: phase.name,
            members: complete(self.spec, phase.data, form, given)?,
        }))
    }

    /// The values of members that are given by name.
    pub(super) fn given(&mut self, members: &'static [(&str, Expression)]) -> Evaluated<Members> {
        members.iter().map(|(name, value)| Ok((*name, self.value(value)?))).collect()
    }

    fn structure(&mut self, words: &[&str], members: &'static [(&str, Expression)]) -> Evaluated<Value> {
        let given = self.given(members)?;
        match words {
            [name] => {
                for (declared, forms) in self.spec.types.iter().zip(self.spec.meaning.types) {
                    if let (TypeKind::Record(members), true) = (declared.kind, declared.name == *name) {
                        return Ok(Value::Record(complete(self.spec, members, forms[0], given)?));
                    }
                }
                fault(format!("there is no record {name}"))
            }
            [.., of, name] => self.variant(of, name, given),
            [] => fault("a literal without a name"),
        }
    }

    fn call(&mut self, function: &'static Expression, arguments: &'static [Expression]) -> Evaluated<Value> {
        match (function, arguments) {
            (Expression::Name("Some") | Expression::Path(["Option", "Some"]), [value]) => {
                Ok(Value::Option(Some(Box::new(self.value(value)?))))
            }
            (Expression::Path(["Set", "new"]), []) => Ok(Value::Set(Default::default())),
            (Expression::Path(["Seq", "new"]), []) => Ok(Value::Seq(Vec::new())),
            (Expression::Path(["Map", "new"]), []) => Ok(Value::Map(Default::default())),
            (Expression::Name(name), _) => self.function(name, arguments),
            _ => fault(format!("a call of {function:?}")),
        }
    }
}

/// The members of a type in the order of declaration.
pub(super) fn complete(
    spec: &MachineSpec,
    members: &'static [MemberSpec],
    form: Form,
    given: Members,
) -> Evaluated<Members> {
    let values =
        members.iter().zip(form).map(|(member, shape)| match given.iter().find(|(name, _)| *name == member.name) {
            Some((_, value)) => Ok((member.name, arithmetic::typed(spec, value.clone(), *shape)?)),
            None => fault(format!("the member {} is not given", member.name)),
        });
    values.collect()
}

fn capitalized(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

fn integer_type(name: &str) -> Option<IntegerType> {
    Some(match name {
        "u8" => IntegerType::U8,
        "u16" => IntegerType::U16,
        "u32" => IntegerType::U32,
        "u64" => IntegerType::U64,
        "i8" => IntegerType::I8,
        "i16" => IntegerType::I16,
        "i32" => IntegerType::I32,
        "i64" => IntegerType::I64,
        _ => return None,
    })
}
