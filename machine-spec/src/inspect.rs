//! The values of a machine without its types: what a second reading of the machine computes with, and compares.
//!
//! Generated code converts its own values, for whoever asks. Nothing that applies an input does.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::hash::{Hash, Hasher};

use crate::collection::{Key, Map, Seq, Set};
use crate::contract::Machine;
use crate::meaning::IntegerType;

/// A machine whose values can be looked at without knowing their types. Implemented by the macro.
pub trait Inspected: Machine<State: Inspect, Input: Inspect, Effect: Inspect> {
    /// Why an input was not accepted, in names.
    fn refusal(rejection: Self::Rejection) -> Refusal;
}

/// A value that can be looked at without knowing its type. Implemented by the macro for everything it generates.
pub trait Inspect {
    /// The value.
    fn inspect(&self) -> Value;
}

/// Why an input was not accepted, in names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Refusal {
    /// No transition of the region leaves its phase on this input.
    Phase {
        /// The region that refuses.
        region: &'static str,
        /// The phase it is in.
        phase: &'static str,
        /// What it was offered.
        input: &'static str,
    },
    /// A condition of the transition does not hold.
    Guard {
        /// The transition.
        transition: &'static str,
        /// Its condition.
        sentence: &'static str,
    },
    /// A value of the transition would leave the range of its type.
    Overflow {
        /// The transition.
        transition: &'static str,
    },
    /// The transition takes the first element of a sequence that has none.
    Empty {
        /// The transition.
        transition: &'static str,
    },
    /// There is no instance under this key.
    NoInstance {
        /// The keyed region.
        region: &'static str,
        /// What it was offered.
        input: &'static str,
    },
    /// There is an instance under this key already.
    InstanceExists {
        /// The keyed region.
        region: &'static str,
        /// What it was offered.
        input: &'static str,
    },
}

/// The members of a value with their names, in the order of declaration.
pub type Members = Vec<(&'static str, Value)>;

/// A value of any type. Values of different types are never compared by a machine; here they are, in some order.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Value {
    /// Of `bool`.
    Bool(bool),
    /// Of an integer type.
    Integer(Integer),
    /// An id or an epoch.
    Number(Number),
    /// Of an enumeration, an input, an effect or a phase.
    Variant(Variant),
    /// Of a record, a region, an instance or a state.
    Record(Members),
    /// Of an option.
    Option(Option<Box<Self>>),
    /// A set.
    Set(BTreeSet<Self>),
    /// A map.
    Map(BTreeMap<Self, Self>),
    /// A sequence.
    Seq(Vec<Self>),
    /// A tuple.
    Tuple(Vec<Self>),
    /// Something that the machine carries and never looks into.
    Opaque(Opaque),
}

/// Something that the machine carries and never looks into. Two of them are the same if they look the same.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Opaque {
    /// Its type.
    pub ty: &'static str,
    /// What it looks like.
    pub text: String,
}

/// An integer. Compared by number, so that a literal equals what it stands for.
#[derive(Clone, Copy, Debug)]
pub struct Integer {
    /// The number.
    pub number: i128,
    /// The type; none for a literal of which it is not known.
    pub ty: Option<IntegerType>,
}

impl PartialEq for Integer {
    fn eq(&self, other: &Self) -> bool {
        self.number == other.number
    }
}

impl Eq for Integer {}

impl PartialOrd for Integer {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Integer {
    fn cmp(&self, other: &Self) -> Ordering {
        self.number.cmp(&other.number)
    }
}

impl Hash for Integer {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.number.hash(state);
    }
}

/// An id or an epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Number {
    /// Its type.
    pub ty: &'static str,
    /// The number behind it.
    pub number: u64,
}

/// A name of several, with data. Ordered as declared.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Variant {
    /// How many are declared in front of it.
    pub position: usize,
    /// Its name.
    pub name: &'static str,
    /// Its data.
    pub members: Members,
}

impl Value {
    /// A variant with its data.
    #[must_use]
    pub fn variant(position: usize, name: &'static str, members: &[(&'static str, &dyn Inspect)]) -> Self {
        Self::Variant(Variant { position, name, members: inspected(members) })
    }

    /// A record.
    #[must_use]
    pub fn record(members: &[(&'static str, &dyn Inspect)]) -> Self {
        Self::Record(inspected(members))
    }

    /// A set of these, collected by one function for all types of keys.
    #[must_use]
    pub fn set(keys: &mut dyn Iterator<Item = Self>) -> Self {
        Self::Set(keys.collect())
    }

    /// A map of these, collected by one function for all types.
    #[must_use]
    pub fn map(entries: &mut dyn Iterator<Item = (Self, Self)>) -> Self {
        Self::Map(entries.collect())
    }

    /// An id or an epoch.
    #[must_use]
    pub fn number(ty: &'static str, number: u64) -> Self {
        Self::Number(Number { ty, number })
    }

    /// Something that the machine carries and never looks into.
    #[must_use]
    pub fn opaque(ty: &'static str, carried: &dyn fmt::Debug) -> Self {
        Self::Opaque(Opaque { ty, text: format!("{carried:?}") })
    }

    /// An integer of a type.
    #[must_use]
    pub fn integer(ty: IntegerType, number: i128) -> Self {
        Self::Integer(Integer { number, ty: Some(ty) })
    }
}

/// One loop for the members of all types: a machine has so many of them that code for each would take time to compile.
fn inspected(members: &[(&'static str, &dyn Inspect)]) -> Members {
    members.iter().map(|(name, value)| (*name, value.inspect())).collect()
}

impl Inspect for Value {
    fn inspect(&self) -> Value {
        self.clone()
    }
}

impl Inspect for bool {
    fn inspect(&self) -> Value {
        Value::Bool(*self)
    }
}

macro_rules! integers {
    ($($integer:ty: $name:ident),*) => {$(
        impl Inspect for $integer {
            fn inspect(&self) -> Value {
                Value::integer(IntegerType::$name, i128::from(*self))
            }
        }
    )*};
}
integers!(u8: U8, u16: U16, u32: U32, u64: U64, i8: I8, i16: I16, i32: I32, i64: I64);

impl<T: Inspect> Inspect for Option<T> {
    fn inspect(&self) -> Value {
        Value::Option(self.as_ref().map(|value| Box::new(value.inspect())))
    }
}

impl<K: Key + Inspect> Inspect for Set<K> {
    fn inspect(&self) -> Value {
        Value::set(&mut self.iter().map(|key| key.inspect()))
    }
}

impl<K: Key + Inspect, V: Inspect> Inspect for Map<K, V> {
    fn inspect(&self) -> Value {
        Value::map(&mut self.iter().map(|(key, value)| (key.inspect(), value.inspect())))
    }
}

impl<T: Inspect> Inspect for Seq<T> {
    fn inspect(&self) -> Value {
        Value::Seq(self.iter().map(Inspect::inspect).collect())
    }
}

impl<A: Inspect, B: Inspect> Inspect for (A, B) {
    fn inspect(&self) -> Value {
        Value::Tuple(vec![self.0.inspect(), self.1.inspect()])
    }
}

impl fmt::Display for Value {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bool(value) => write!(formatter, "{value}"),
            Self::Integer(value) => write!(formatter, "{}", value.number),
            Self::Number(value) => write!(formatter, "{}({})", value.ty, value.number),
            Self::Variant(value) if value.members.is_empty() => formatter.write_str(value.name),
            Self::Variant(value) => {
                write!(formatter, "{} ", value.name)?;
                write_members(formatter, &value.members)
            }
            Self::Record(members) => write_members(formatter, members),
            Self::Option(None) => formatter.write_str("None"),
            Self::Option(Some(value)) => write!(formatter, "Some({value})"),
            Self::Set(keys) => write_list(formatter, "{", keys.iter().map(ToString::to_string), "}"),
            Self::Map(entries) => {
                let entries = entries.iter().map(|(key, value)| format!("{key}: {value}"));
                write_list(formatter, "{", entries, "}")
            }
            Self::Seq(values) => write_list(formatter, "[", values.iter().map(ToString::to_string), "]"),
            Self::Opaque(carried) => write!(formatter, "{}({})", carried.ty, carried.text),
            Self::Tuple(values) => write_list(formatter, "(", values.iter().map(ToString::to_string), ")"),
        }
    }
}

fn write_members(formatter: &mut fmt::Formatter<'_>, members: &Members) -> fmt::Result {
    write_list(formatter, "{ ", members.iter().map(|(name, value)| format!("{name}: {value}")), " }")
}

fn write_list(
    formatter: &mut fmt::Formatter<'_>,
    open: &str,
    parts: impl Iterator<Item = String>,
    close: &str,
) -> fmt::Result {
    write!(formatter, "{open}{}{close}", parts.collect::<Vec<_>>().join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_reads_as_it_is_written_in_a_machine() {
        let value = Value::variant(
            2,
            "Running",
            &[("run", &Value::number("RunId", 3)), ("cancel", &Some(true)), ("attempts", &4_u8)],
        );
        assert_eq!(value.to_string(), "Running { run: RunId(3), cancel: Some(true), attempts: 4 }");
        let map: Map<u8, bool> = [(2, true), (1, false)].into_iter().collect();
        assert_eq!(map.inspect().to_string(), "{1: false, 2: true}");
    }
}
