//! Which types a machine treats as mere names, told from its words.
//!
//! The words have no types here, so a doubt counts against a type: a collection under a local name, of which the order of
//! the keys is asked, may have keys of any type.

use std::collections::BTreeSet;

use machine_spec::meaning::{
    ArmMeaning, Clause, DestinationMeaning, Expression, Form, FunctionMeaning, HandlerMeaning, Meaning, Shape,
    TargetMeaning,
};
use machine_spec::spec::{MachineSpec, MemberSpec, TypeKind};

use crate::mutation::children;

/// Methods that depend on the order of keys.
const ORDERED: [&str; 6] = ["first", "last", "after", "min", "max", "keys"];

/// The id types whose values are compared for equality only.
pub(super) fn ids(spec: &'static MachineSpec) -> Vec<usize> {
    if !is_told(spec) {
        return Vec::new();
    }
    let words = Words { spec };
    let mut ordered = BTreeSet::new();
    let mut any = false;
    for root in words.expressions() {
        each(root, &mut |expression| {
            if let Expression::Method(receiver, method, _) = expression
                && ORDERED.contains(method)
            {
                match words.shapes(receiver) {
                    Some(shapes) => shapes.into_iter().for_each(|shape| words.keys(shape, &mut ordered)),
                    None => any = true,
                }
            }
        });
    }
    let is_id = |of: &usize| matches!(spec.types[*of].kind, TypeKind::Id);
    (0..spec.types.len()).filter(is_id).filter(|of| !any && !ordered.contains(spec.types[*of].name)).collect()
}

/// The epoch types of which only the order matters, each with the least distance that cannot be told from a greater one.
///
/// A handler that is given `p` epochs of a type and counts up `f` times tells distances below `(p + 1) * (f + 1)`: each of
/// the `p` may lie between two others of the state, and what they leave may be counted. A property is given none.
pub(super) fn epochs(spec: &'static MachineSpec) -> Vec<(usize, u64)> {
    let words = Words { spec };
    let is_epoch = |of: &usize| matches!(spec.types[*of].kind, TypeKind::Epoch);
    let counts = |function: &'static FunctionMeaning| words.fresh(&function.body, None) > 0;
    if !is_told(spec) || spec.meaning.functions.iter().any(counts) {
        return Vec::new();
    }
    (0..spec.types.len()).filter(is_epoch).filter_map(|of| Some((of, words.distance(spec.types[of].name)?))).collect()
}

/// A machine that is written by hand may say nothing of its meaning.
fn is_told(spec: &MachineSpec) -> bool {
    spec.meaning.regions.len() == spec.regions.len() && spec.meaning.types.len() == spec.types.len()
}

fn each(expression: &'static Expression, visit: &mut impl FnMut(&'static Expression)) {
    visit(expression);
    children(expression).into_iter().for_each(|child| each(child, visit));
}

struct Words {
    spec: &'static MachineSpec,
}

impl Words {
    fn meaning(&self) -> &'static Meaning {
        &self.spec.meaning
    }

    fn handlers(&self) -> impl Iterator<Item = &'static HandlerMeaning> {
        self.meaning().regions.iter().flat_map(|region| region.handlers)
    }

    /// Every expression of the machine, but for what effects carry: nothing reads that.
    fn expressions(&self) -> Vec<&'static Expression> {
        let meaning = self.meaning();
        let mut found: Vec<&'static Expression> = Vec::new();
        found.extend(meaning.functions.iter().map(|function| &function.body));
        found.extend(meaning.constants.iter().map(|constant| &constant.value));
        for region in meaning.regions {
            found.extend(region.fields.iter().filter_map(|field| field.initial.as_ref()));
            found.extend(region.selections.iter().filter_map(|selection| selection.condition.as_ref()));
        }
        for handler in self.handlers() {
            found.extend(target(handler));
            found.extend(handler.prelude.iter().flat_map(values));
            found.extend(handler.arms.iter().flat_map(|arm| arm.clauses.iter().flat_map(values)));
            found.extend(handler.arms.iter().flat_map(led_to));
        }
        for property in meaning.properties {
            found.extend(property.premise.iter().chain([&property.claim]));
        }
        found
    }

    /// What an expression may be, if that can be told.
    fn shapes(&self, expression: &Expression) -> Option<Vec<Shape>> {
        match expression {
            Expression::Member(_, name) => Some(self.called(name)).filter(|found| !found.is_empty()),
            Expression::Method(receiver, "with" | "without" | "as_ref" | "copied", _)
            | Expression::Unary(_, receiver) => self.shapes(receiver),
            Expression::Path([of, _]) => {
                let declared = self.spec.types.iter().find(|declared| declared.name == *of)?;
                Some(vec![Shape::Declared(declared.name)])
            }
            _ => None,
        }
    }

    /// The types of everything that has this name: fields, selections, members of payloads, phases, records and variants.
    fn called(&self, name: &str) -> Vec<Shape> {
        let (spec, meaning) = (self.spec, self.meaning());
        let mut found = Vec::new();
        let mut add = |members: &[MemberSpec], form: Form| {
            let named = members.iter().zip(form).filter(|(member, _)| member.name == name);
            found.extend(named.map(|(_, shape)| *shape));
        };
        for (input, form) in spec.inputs.iter().zip(meaning.inputs) {
            add(input.payload, form);
        }
        for (declared, forms) in spec.types.iter().zip(meaning.types) {
            match declared.kind {
                TypeKind::Record(members) => forms.iter().for_each(|form| add(members, form)),
                TypeKind::Enum(variants) => {
                    variants.iter().zip(*forms).for_each(|(variant, form)| add(variant.payload, form));
                }
                TypeKind::Id | TypeKind::Epoch | TypeKind::Number { .. } | TypeKind::Opaque(_) => {}
            }
        }
        for (region, told) in spec.regions.iter().zip(meaning.regions) {
            region.phases.iter().zip(told.phases).for_each(|(phase, form)| add(phase.data, form));
        }
        for (region, told) in spec.regions.iter().zip(meaning.regions) {
            let fields = region.fields.iter().zip(told.fields).filter(|(field, _)| field.name == name);
            found.extend(fields.map(|(_, field)| field.shape));
            let keys =
                told.key.iter().filter(|_| name == "key" || region.selections.iter().any(|one| one.name == name));
            // A selection is a set of keys; whether it is one or a key makes no difference to those who ask.
            found.extend(keys.copied());
        }
        found
    }

    /// The declared types that a value of this type may have for keys, itself included.
    fn keys(&self, shape: Shape, found: &mut BTreeSet<&'static str>) {
        match shape {
            Shape::Declared(name) => {
                found.insert(name);
            }
            Shape::Option(inner) | Shape::Set(inner) | Shape::Map(inner, _) => self.keys(*inner, found),
            Shape::Tuple(elements) => elements.iter().for_each(|element| self.keys(*element, found)),
            Shape::Bool | Shape::Integer(_) | Shape::Seq(_) | Shape::Unknown(_) => {}
        }
    }

    /// The distance that cannot be told from a greater one; none if the type is more than an order.
    fn distance(&self, of: &'static str) -> Option<u64> {
        let mut distance = 1;
        for handler in self.handlers() {
            let given = self.given(self.meaning().inputs[handler.input], of)?;
            for arm in handler.arms {
                let (compared, stored) = self.counted(handler, arm, of);
                // A stored one is new or not: that tells a distance of one.
                distance = distance.max((given + 1) * (compared + 1)).max(1 + u64::from(stored));
            }
        }
        for property in self.meaning().properties {
            let parts = property.premise.iter().chain([&property.claim]);
            distance = distance.max(1 + parts.map(|part| self.fresh(part, Some(of))).sum::<u64>());
        }
        Some(distance)
    }

    /// How many epochs of a type are given in a payload; none if there may be any number.
    fn given(&self, form: Form, of: &str) -> Option<u64> {
        form.iter().try_fold(0, |sum, shape| Some(sum + self.within(*shape, of)?))
    }

    fn within(&self, shape: Shape, of: &str) -> Option<u64> {
        match shape {
            Shape::Declared(name) if name == of => Some(1),
            Shape::Declared(name) => {
                let declared = self.spec.types.iter().position(|declared| declared.name == name)?;
                // Of several variants one is given; their sum is more than enough.
                self.meaning().types[declared].iter().try_fold(0, |sum, form| Some(sum + self.given(form, of)?))
            }
            Shape::Option(inner) => self.within(*inner, of),
            Shape::Tuple(elements) => self.given(elements, of),
            Shape::Set(inner) | Shape::Seq(inner) => self.within(*inner, of).filter(|count| *count == 0),
            Shape::Map(key, value) => {
                let sum = self.within(*key, of)? + self.within(*value, of)?;
                Some(sum).filter(|count| *count == 0)
            }
            Shape::Bool | Shape::Integer(_) | Shape::Unknown(_) => Some(0),
        }
    }

    /// How often a transition counts up: to compare, and whether it does to store.
    fn counted(&self, handler: &'static HandlerMeaning, arm: &'static ArmMeaning, of: &'static str) -> (u64, bool) {
        let mut tally = (0, false);
        let clauses = handler.prelude.iter().chain(arm.clauses);
        for clause in clauses {
            match clause {
                Clause::Set(_, value) | Clause::Append { value, .. } => self.stored(value, of, &mut tally),
                Clause::Insert { key, value, .. } => {
                    self.stored(key, of, &mut tally);
                    value.iter().for_each(|value| self.stored(value, of, &mut tally));
                }
                Clause::Emit(..) => {}
                other => tally.0 += values(other).into_iter().map(|value| self.fresh(value, Some(of))).sum::<u64>(),
            }
        }
        led_to(arm).into_iter().for_each(|value| self.stored(value, of, &mut tally));
        tally.0 += target(handler).map_or(0, |key| self.fresh(key, Some(of)));
        tally
    }

    /// Counts what becomes a stored value as it is apart from what is looked at in order to find it.
    fn stored(&self, value: &'static Expression, of: &'static str, tally: &mut (u64, bool)) {
        match value {
            Expression::Method(receiver, "fresh", _) => {
                tally.1 |= self.may_be(receiver, of);
                tally.0 += self.fresh(receiver, Some(of));
            }
            Expression::If(condition, then, otherwise) => {
                tally.0 += self.fresh(condition, Some(of));
                self.stored(then, of, tally);
                self.stored(otherwise, of, tally);
            }
            Expression::Call(Expression::Name("Some"), [inner]) => self.stored(inner, of, tally),
            Expression::Structure(_, members) => members.iter().for_each(|(_, value)| self.stored(value, of, tally)),
            other => tally.0 += self.fresh(other, Some(of)),
        }
    }

    /// How often an expression counts up values that may be of this type, or of any.
    fn fresh(&self, expression: &'static Expression, of: Option<&str>) -> u64 {
        let mut count = 0;
        each(expression, &mut |inner| {
            if let Expression::Method(receiver, "fresh", _) = inner {
                count += u64::from(of.is_none_or(|of| self.may_be(receiver, of)));
            }
        });
        count
    }

    fn may_be(&self, expression: &Expression, of: &str) -> bool {
        match expression {
            Expression::Method(receiver, "fresh", _) => self.may_be(receiver, of),
            other => self.shapes(other).is_none_or(|shapes| {
                let is = |shape: &Shape| match shape {
                    Shape::Declared(name) => *name == of,
                    Shape::Option(Shape::Declared(name)) => *name == of,
                    _ => false,
                };
                shapes.iter().any(is)
            }),
        }
    }
}

/// The key of the instance that a handler is about.
fn target(handler: &'static HandlerMeaning) -> Option<&'static Expression> {
    match &handler.target {
        TargetMeaning::Create(key) | TargetMeaning::At(key) => Some(key),
        TargetMeaning::Region | TargetMeaning::Each(_) => None,
    }
}

/// The data of the phase that a transition leads to.
fn led_to(arm: &'static ArmMeaning) -> Vec<&'static Expression> {
    match arm.destination {
        DestinationMeaning::Phase(_, data) => data.iter().map(|(_, value)| value).collect(),
        DestinationMeaning::Stay | DestinationMeaning::Ignore | DestinationMeaning::Remove => Vec::new(),
    }
}

/// The expressions of a clause; of an effect none, because nothing reads what it carries.
fn values(clause: &'static Clause) -> Vec<&'static Expression> {
    match clause {
        Clause::Require(_, value) | Clause::Let(_, _, value) | Clause::Set(_, value) => vec![value],
        Clause::Append { value, .. } => vec![value],
        Clause::Insert { key, value, .. } => std::iter::once(key).chain(value).collect(),
        Clause::Remove { key, .. } => vec![key],
        Clause::TakeFirst { .. } | Clause::Emit(..) => Vec::new(),
    }
}
