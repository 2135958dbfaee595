//! The sets, maps and sequences of the machine language. Sets and maps are ordered, so that iteration, hashing and traces are deterministic.
//!
//! They order their elements by [`Key`] and not by `Ord`, because ids must not offer `<` to guards: a machine that
//! compares its ids for equality only may have them interchanged by a checker.

mod map;
mod ordered;
mod seq;
#[cfg(feature = "serde")]
mod serialization;
mod set;

use std::fmt::Debug;
use std::hash::Hash;

pub use map::Map;
pub use seq::Seq;
pub use set::Set;

/// What a set may contain and a map be keyed by: ids, epochs, integers, `bool` and enums without payload.
///
/// Each is kept as a number, so that all sets of a program are one type to the compiler, and all maps to one type of
/// values: a machine with many keyed regions would otherwise compile the same code for each.
pub trait Key: Copy + PartialEq + Eq + Hash + Debug {
    /// The index of the type in [`MachineSpec::types`](crate::spec::MachineSpec::types) if the keys are ids, whose order
    /// changes when they are called otherwise.
    const NAMES: Option<usize> = None;

    /// A number of its own for every key, in a total order for storage that has no meaning for the machine.
    fn order(self) -> u64;

    /// The key with this number, which is one that [`Key::order`] gave.
    fn from_order(order: u64) -> Self;
}

impl Key for bool {
    #[inline(always)]
    fn order(self) -> u64 {
        u64::from(self)
    }

    #[inline(always)]
    fn from_order(order: u64) -> Self {
        order != 0
    }
}

macro_rules! ordered_keys {
    ($($key:ty),*) => {$(
        impl Key for $key {
            #[inline(always)]
            fn order(self) -> u64 {
                // The offset puts negative numbers first.
                (i128::from(self) - i128::from(<$key>::MIN)) as u64
            }

            #[inline(always)]
            fn from_order(order: u64) -> Self {
                (i128::from(order) + i128::from(<$key>::MIN)) as Self
            }
        }
    )*};
}
ordered_keys!(u8, u16, u32, u64, i8, i16, i32, i64);

/// What generated code needs to know of a collection: what is put into it and taken out.
pub trait Collection {
    /// The type of the keys; `()` for a sequence.
    type Key;
    /// The type of the values; `()` for a set.
    type Value;
}

impl<T> Collection for Seq<T> {
    type Key = ();
    type Value = T;
}

impl<K: Key> Collection for Set<K> {
    type Key = K;
    type Value = ();
}

impl<K: Key, V> Collection for Map<K, V> {
    type Key = K;
    type Value = V;
}

#[cfg(test)]
mod tests {
    use super::{Map, Set};

    #[test]
    fn collections_walk_in_order() {
        let mut set = Set::new();
        assert_eq!(set.after(None), None);
        for key in [3_u32, 1, 2] {
            assert!(set.insert(key));
        }
        assert!(!set.insert(3));
        assert_eq!(set.iter().collect::<Vec<_>>(), [1, 2, 3]);
        assert_eq!((set.after(None), set.after(Some(1)), set.after(Some(3))), (Some(1), Some(2), None));
        assert!(set.without(1).is_subset(&set));
    }

    #[test]
    fn keys_come_back_as_they_went_in_and_in_their_order() {
        fn ordered<K: super::Key + PartialOrd>(keys: &[K]) {
            let set: Set<K> = keys.iter().rev().copied().collect();
            assert_eq!(set.iter().collect::<Vec<_>>(), keys);
        }
        ordered(&[false, true]);
        ordered(&[0, 1, u8::MAX]);
        ordered(&[0, 1, u64::MAX - 1, u64::MAX]);
        ordered(&[i8::MIN, -1, 0, 1, i8::MAX]);
        ordered(&[i64::MIN, i64::MIN + 1, -1, 0, 1, i64::MAX]);
    }

    #[test]
    fn a_map_gives_back_what_it_replaces() {
        let mut map = Map::new();
        assert_eq!(map.insert(7_u8, 'a'), None);
        assert_eq!(map.insert(7, 'b'), Some('a'));
        assert_eq!(map.with(9, 'c').keys().collect::<Vec<_>>(), [7, 9]);
        assert_eq!(map.remove(7), Some('b'));
        assert!(map.is_empty());
    }
}
