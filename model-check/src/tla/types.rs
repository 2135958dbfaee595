//! What values look like in TLA+, and the sets that they are taken from.
//!
//! Ids, epochs and integers are numbers. An enumeration without data is a string per variant; one with data, and the
//! phases of a region some of which carry data, are records that say in `is` which one they are. `None` is a value of its
//! own, and `Some` is the bare value, unless that is an option again.

use machine_spec::meaning::{Form, IntegerType, Shape};
use machine_spec::spec::{MemberSpec, MessageSpec, TypeKind};

use super::arithmetic;
use super::context::Context;
use super::helper::Helper;
use super::names::{Names, TAG, member};
use super::tree::Tree;
use super::{Gap, Translated, gap};

/// A type, as far as it is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Type {
    Bool,
    /// Of a literal without a type it is not known which.
    Integer(Option<IntegerType>),
    Declared(&'static str),
    Option(Box<Self>),
    Set(Box<Self>),
    Map(Box<Self>, Box<Self>),
    Seq(Box<Self>),
    Tuple(Vec<Self>),
    /// The phase of a region.
    Phase(usize),
    Unknown,
}

impl Type {
    pub(super) fn of(shape: Shape) -> Self {
        match shape {
            Shape::Bool => Self::Bool,
            Shape::Integer(ty) => Self::Integer(Some(ty)),
            Shape::Declared(name) => Self::Declared(name),
            Shape::Option(inner) => Self::Option(Box::new(Self::of(*inner))),
            Shape::Set(key) => Self::Set(Box::new(Self::of(*key))),
            Shape::Map(key, value) => Self::Map(Box::new(Self::of(*key)), Box::new(Self::of(*value))),
            Shape::Seq(element) => Self::Seq(Box::new(Self::of(*element))),
            Shape::Tuple(elements) => Self::Tuple(elements.iter().map(|element| Self::of(*element)).collect()),
            Shape::Unknown(_) => Self::Unknown,
        }
    }

    /// What is known from either of two values that have the same type.
    pub(super) fn joined(self, other: Self) -> Self {
        match (self, other) {
            (Self::Unknown | Self::Integer(None), known @ Self::Integer(_)) | (Self::Unknown, known) => known,
            (Self::Integer(None), known @ Self::Declared(_)) => known,
            (Self::Seq(one), Self::Seq(other)) => Self::Seq(Box::new(one.joined(*other))),
            (Self::Option(one), Self::Option(other)) => Self::Option(Box::new(one.joined(*other))),
            (Self::Set(one), Self::Set(other)) => Self::Set(Box::new(one.joined(*other))),
            (Self::Map(key, value), Self::Map(other_key, other_value)) => {
                Self::Map(Box::new(key.joined(*other_key)), Box::new(value.joined(*other_value)))
            }
            (known, _) => known,
        }
    }

    pub(super) fn is_option(&self) -> bool {
        matches!(self, Self::Option(_))
    }
}

/// An enumeration or the phases of a region.
#[derive(Clone, Copy)]
pub(super) enum Sum {
    Enum(&'static [MessageSpec], &'static [Form]),
    Phases(&'static [machine_spec::spec::PhaseSpec], &'static [Form]),
}

/// A variant or a phase.
#[derive(Clone, Copy)]
pub(super) struct Case {
    pub(super) name: &'static str,
    pub(super) members: &'static [MemberSpec],
    pub(super) form: Form,
}

impl Sum {
    pub(super) fn cases(self) -> Vec<Case> {
        match self {
            Self::Enum(variants, forms) => {
                let cases = variants.iter().zip(forms);
                cases.map(|(case, form)| Case { name: case.name, members: case.payload, form }).collect()
            }
            Self::Phases(phases, forms) => {
                let cases = phases.iter().zip(forms);
                cases.map(|(case, form)| Case { name: case.name, members: case.data, form }).collect()
            }
        }
    }

    pub(super) fn case(self, name: &str) -> Translated<Case> {
        let found = self.cases().into_iter().find(|case| case.name == name);
        found.ok_or_else(|| Gap(format!("there is no variant {name}")))
    }

    /// Whether no variant has data, so that strings do.
    pub(super) fn is_plain(self) -> bool {
        self.cases().iter().all(|case| case.members.is_empty())
    }

    /// Which variant a value is, as a string.
    pub(super) fn name_of(self, value: Tree) -> Tree {
        if self.is_plain() { value } else { value.member(TAG) }
    }

    /// A variant with its data.
    pub(super) fn value(self, name: &str, data: Vec<(String, Tree)>) -> Tree {
        if self.is_plain() {
            return Tree::string(name);
        }
        Tree::Record(std::iter::once((TAG.to_owned(), Tree::string(name))).chain(data).collect())
    }
}

impl Context<'_> {
    /// The variants of a type, if it has any.
    pub(super) fn sum(&self, ty: &Type) -> Option<Sum> {
        match ty {
            Type::Phase(region) => {
                Some(Sum::Phases(self.spec.regions[*region].phases, self.spec.meaning.regions[*region].phases))
            }
            Type::Declared(name) if self.declared(name).is_none() => {
                self.phases_of(name).and_then(|region| self.sum(&Type::Phase(region)))
            }
            Type::Declared(name) => self.declared(name).and_then(|index| match self.spec.types[index].kind {
                TypeKind::Enum(variants) => Some(Sum::Enum(variants, self.spec.meaning.types[index])),
                TypeKind::Id
                | TypeKind::Epoch
                | TypeKind::Record(_)
                | TypeKind::Number { .. }
                | TypeKind::Opaque(_) => None,
            }),
            _ => None,
        }
    }

    /// The region whose phases the generated type of this name holds.
    pub(super) fn phases_of(&self, name: &str) -> Option<usize> {
        self.spec.regions.iter().position(|region| super::names::capitalized(region.name) + "Phase" == name)
    }

    /// The members of a record type.
    pub(super) fn record(&self, name: &str) -> Option<(&'static [MemberSpec], Form)> {
        let index = self.declared(name)?;
        match self.spec.types[index].kind {
            TypeKind::Record(members) => Some((members, self.spec.meaning.types[index][0])),
            TypeKind::Id | TypeKind::Epoch | TypeKind::Enum(_) | TypeKind::Number { .. } | TypeKind::Opaque(_) => None,
        }
    }

    /// The width of a type of integers; within it none where that is not known.
    pub(super) fn width(&self, ty: &Type) -> Option<Option<IntegerType>> {
        match ty {
            Type::Integer(width) => Some(*width),
            Type::Declared(name) => match self.spec.types[self.declared(name)?].kind {
                TypeKind::Number { least, greatest } => Some(Some(IntegerType::Range { least, greatest })),
                _ => None,
            },
            _ => None,
        }
    }

    pub(super) fn declared(&self, name: &str) -> Option<usize> {
        self.spec.types.iter().position(|declared| declared.name == name)
    }

    /// Every value of a type within the bounds. The place is what an integer is bounded by.
    pub(super) fn domain(&self, ty: &Type, place: &str) -> Translated<Tree> {
        Ok(match ty {
            Type::Bool => Tree::word("BOOLEAN"),
            Type::Integer(ty) => Tree::number(0).binary("..", self.greatest(*ty, place)),
            Type::Declared(name) => self.domain_of_declared(name, place)?,
            Type::Option(inner) => self.domain_of_option(inner, place)?,
            Type::Set(key) => self.domain(key, place)?.prefix("SUBSET"),
            Type::Map(key, value) => {
                self.helped(Helper::PartialFunctions, [self.domain(key, place)?, self.domain(value, place)?])
            }
            Type::Seq(element) => self.helped(Helper::Sequences, [self.domain(element, place)?, self.length(place)]),
            Type::Tuple(elements) => {
                let sets: Vec<Tree> =
                    elements.iter().map(|element| self.domain(element, place)).collect::<Translated<_>>()?;
                match sets.as_slice() {
                    [one, other] => one.clone().binary("\\X", other.clone()),
                    _ => return gap("a tuple of other than two elements in a state or an input"),
                }
            }
            Type::Phase(_) => self.domain_of_sum(ty, place)?,
            Type::Unknown => return gap("a type that is not known"),
        })
    }

    fn domain_of_declared(&self, name: &'static str, place: &str) -> Translated<Tree> {
        let Some(index) = self.declared(name) else { return gap(format!("there is no type {name}")) };
        if !self.has_integers(&Type::Declared(name)) {
            return Ok(Tree::word(self.types[index].clone()));
        }
        self.definition_of_declared(index, place)
    }

    /// What a declared type is, spelt out.
    pub(super) fn definition_of_declared(&self, index: usize, place: &str) -> Translated<Tree> {
        let declared = &self.spec.types[index];
        Ok(match declared.kind {
            TypeKind::Id => Tree::number(1)
                .binary("..", self.bound(&format!("{}Count", declared.name), self.bounds.ids(declared.name))),
            TypeKind::Epoch => Tree::number(0)
                .binary("..", self.bound(&format!("{}Max", declared.name), self.bounds.epochs(declared.name))),
            TypeKind::Number { least, greatest } => {
                let bound = self.bounds.number(declared.name, place).map(|bound| i128::from(bound).max(least.into()));
                let greatest = bound.map_or(i128::from(greatest), |bound| bound.min(greatest.into()));
                arithmetic::literal(least.into())?.binary("..", arithmetic::literal(greatest)?)
            }
            TypeKind::Opaque(_) => Tree::Set(vec![Tree::string(declared.name)]),
            TypeKind::Enum(_) => self.domain_of_sum(&Type::Declared(declared.name), place)?,
            TypeKind::Record(members) => {
                Tree::Records(self.members(members, self.spec.meaning.types[index][0], place)?)
            }
        })
    }

    fn domain_of_option(&self, inner: &Type, place: &str) -> Translated<Tree> {
        let some = self.domain(inner, place)?;
        let some = if inner.is_option() { Tree::Records(vec![("some".to_owned(), some)]) } else { some };
        Ok(Tree::Set(vec![Tree::word("None")]).binary("\\cup", some))
    }

    fn domain_of_sum(&self, ty: &Type, place: &str) -> Translated<Tree> {
        let Some(sum) = self.sum(ty) else { return gap("a type without variants") };
        let cases = sum.cases();
        if sum.is_plain() {
            return Ok(Tree::Set(cases.iter().map(|case| Tree::string(case.name)).collect()));
        }
        let without: Vec<Tree> =
            cases.iter().filter(|case| case.members.is_empty()).map(|case| Tree::string(case.name)).collect();
        let mut sets = Vec::new();
        if !without.is_empty() {
            sets.push(Tree::Records(vec![(TAG.to_owned(), Tree::Set(without))]));
        }
        for case in cases.iter().filter(|case| !case.members.is_empty()) {
            let mut members = vec![(TAG.to_owned(), Tree::Set(vec![Tree::string(case.name)]))];
            members.extend(self.members(case.members, case.form, place)?);
            sets.push(Tree::Records(members));
        }
        let all = sets.into_iter().reduce(|one, other| one.binary("\\cup", other));
        Ok(all.unwrap_or_else(|| Tree::Set(Vec::new())))
    }

    fn members(&self, members: &'static [MemberSpec], form: Form, place: &str) -> Translated<Vec<(String, Tree)>> {
        let sets = members.iter().zip(form);
        sets.map(|(spec, shape)| Ok((member(spec.name), self.domain(&Type::of(*shape), place)?))).collect()
    }

    /// That a value is of a type and within the bounds. Maps are not looked for among all maps.
    pub(super) fn within(&self, value: Tree, ty: &Type, place: &str, taken: &mut Names) -> Translated<Tree> {
        if let Type::Seq(element) = ty {
            let (places, name) = (value.clone().domain(), taken.take("at"));
            let of_element = self.within(value.clone().index(Tree::word(name.clone())), element, place, taken)?;
            let is_short = Tree::apply("Len", [value]).binary("<=", self.length(place));
            return Ok(Tree::all([is_short, Tree::bound("\\A", &name, places, of_element)]));
        }
        let Type::Map(key, entry) = ty else { return Ok(value.element_of(self.domain(ty, place)?)) };
        let (keys, name) = (value.clone().domain(), taken.take("at"));
        let of_entry = self.within(value.index(Tree::word(name.clone())), entry, place, taken)?;
        let entries = Tree::bound("\\A", &name, keys.clone(), of_entry);
        Ok(Tree::all([keys.binary("\\subseteq", self.domain(key, place)?), entries]))
    }

    /// The greatest integer at a place: a constant, unless the type ends before it.
    fn greatest(&self, ty: Option<IntegerType>, place: &str) -> Tree {
        let bound = self.bounds.integers(place);
        let end = ty.map_or(i128::MAX, |ty| super::arithmetic::range(ty).1);
        if i128::from(bound) > end {
            return Tree::number(end);
        }
        let name = if self.bounds.named().any(|(name, _)| name == place) {
            format!("{}Max", place.split('.').map(super::names::capitalized).collect::<String>())
        } else {
            "IntegerMax".to_owned()
        };
        self.bound(&name, bound)
    }

    /// How long a sequence at a place may be.
    fn length(&self, place: &str) -> Tree {
        let bound = format!("{place}.len");
        let name = if self.bounds.named().any(|(name, _)| name == bound) {
            format!("{}LenMax", place.split('.').map(super::names::capitalized).collect::<String>())
        } else {
            "LengthMax".to_owned()
        };
        self.bound(&name, self.bounds.lengths(place))
    }

    /// Whether integers are in it, so that its values depend on the place that it is at.
    pub(super) fn has_integers(&self, ty: &Type) -> bool {
        let in_form = |form: Form| form.iter().any(|shape| self.has_integers(&Type::of(*shape)));
        match ty {
            Type::Integer(_) | Type::Seq(_) => true,
            Type::Bool | Type::Unknown => false,
            Type::Option(inner) | Type::Set(inner) => self.has_integers(inner),
            Type::Map(key, value) => self.has_integers(key) || self.has_integers(value),
            Type::Tuple(elements) => elements.iter().any(|element| self.has_integers(element)),
            Type::Phase(region) => self.spec.meaning.regions[*region].phases.iter().any(|form| in_form(form)),
            Type::Declared(_) if self.width(ty).is_some() => true,
            Type::Declared(name) => {
                self.declared(name).is_some_and(|index| self.spec.meaning.types[index].iter().any(|form| in_form(form)))
            }
        }
    }
}
