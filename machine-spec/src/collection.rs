//! The sets, maps and sequences of the machine language. Sets and maps are ordered, so that iteration, hashing and traces are deterministic.
//!
//! They order their elements by [`Key`] and not by `Ord`, because ids must not offer `<` to guards: a machine that
//! compares its ids for equality only may have them interchanged by a checker.

use std::borrow::Borrow;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fmt::Debug;
use std::hash::Hash;
use std::marker::PhantomData;
use std::ops::Bound;

/// What a set may contain and a map be keyed by: ids, epochs, integers, `bool` and enums without payload.
///
/// Each is kept as a number, so that all sets of a program are one type to the compiler, and all maps to one type of
/// values: a machine with many keyed regions would otherwise compile the same code for each.
pub trait Key: Copy + PartialEq + Eq + Hash + Debug {
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

/// A set of keys. A new one owns no memory.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Set<K: Key>(BTreeSet<u64>, PhantomData<K>);

impl<K: Key> Default for Set<K> {
    fn default() -> Self {
        Self(BTreeSet::new(), PhantomData)
    }
}

impl<K: Key> Set<K> {
    /// The empty set.
    #[must_use]
    pub const fn new() -> Self {
        Self(BTreeSet::new(), PhantomData)
    }

    /// Whether the key is in the set. Takes a key or a reference to one, and so do the others.
    #[inline]
    #[must_use]
    pub fn contains(&self, key: impl Borrow<K>) -> bool {
        self.0.contains(&key.borrow().order())
    }

    /// Whether the set is empty.
    #[inline]
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many keys it has.
    #[inline]
    #[must_use]
    pub fn len(&self) -> u64 {
        self.0.len() as u64
    }

    /// The least key.
    #[inline]
    #[must_use]
    pub fn first(&self) -> Option<K> {
        self.0.first().copied().map(K::from_order)
    }

    /// The greatest key.
    #[inline]
    #[must_use]
    pub fn last(&self) -> Option<K> {
        self.0.last().copied().map(K::from_order)
    }

    /// The least key above this one; the least of all if there is none to start from.
    #[inline]
    #[must_use]
    pub fn after(&self, key: Option<K>) -> Option<K> {
        // Finding the first takes no search.
        let Some(key) = key else { return self.first() };
        self.0.range((Bound::Excluded(key.order()), Bound::Unbounded)).next().copied().map(K::from_order)
    }

    /// The keys in order.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = K> + '_ {
        self.0.iter().copied().map(K::from_order)
    }

    /// Whether some key satisfies the condition.
    pub fn any(&self, condition: impl FnMut(K) -> bool) -> bool {
        self.iter().any(condition)
    }

    /// Whether every key satisfies the condition.
    pub fn all(&self, condition: impl FnMut(K) -> bool) -> bool {
        self.iter().all(condition)
    }

    /// How many keys satisfy the condition.
    pub fn count(&self, mut condition: impl FnMut(K) -> bool) -> u64 {
        self.iter().filter(|key| condition(*key)).count() as u64
    }

    /// Whether every key of this set is in the other.
    #[must_use]
    pub fn is_subset(&self, other: &Self) -> bool {
        self.0.is_subset(&other.0)
    }

    /// A copy with one more key.
    #[must_use]
    pub fn with(&self, key: impl Borrow<K>) -> Self {
        let mut set = self.clone();
        set.insert(*key.borrow());
        set
    }

    /// A copy with one key less.
    #[must_use]
    pub fn without(&self, key: impl Borrow<K>) -> Self {
        let mut set = self.clone();
        set.remove(key);
        set
    }

    /// Adds a key; tells whether it is new.
    pub fn insert(&mut self, key: K) -> bool {
        self.0.insert(key.order())
    }

    /// Removes a key; tells whether it was there.
    pub fn remove(&mut self, key: impl Borrow<K>) -> bool {
        self.0.remove(&key.borrow().order())
    }
}

impl<K: Key> Debug for Set<K> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_set().entries(self.iter()).finish()
    }
}

impl<K: Key> FromIterator<K> for Set<K> {
    fn from_iter<I: IntoIterator<Item = K>>(keys: I) -> Self {
        Self(keys.into_iter().map(K::order).collect(), PhantomData)
    }
}

/// A map from keys to values. A new one owns no memory.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Map<K: Key, V>(BTreeMap<u64, V>, PhantomData<K>);

impl<K: Key, V> Default for Map<K, V> {
    fn default() -> Self {
        Self(BTreeMap::new(), PhantomData)
    }
}

impl<K: Key, V> Map<K, V> {
    /// The empty map.
    #[must_use]
    pub const fn new() -> Self {
        Self(BTreeMap::new(), PhantomData)
    }

    /// The value under the key. Takes a key or a reference to one, and so do the others.
    #[inline]
    #[must_use]
    pub fn get(&self, key: impl Borrow<K>) -> Option<&V> {
        self.0.get(&key.borrow().order())
    }

    /// The value under the key, to be changed in place.
    #[inline]
    pub fn get_mut(&mut self, key: impl Borrow<K>) -> Option<&mut V> {
        self.0.get_mut(&key.borrow().order())
    }

    /// Whether there is a value under the key.
    #[inline]
    #[must_use]
    pub fn contains_key(&self, key: impl Borrow<K>) -> bool {
        self.0.contains_key(&key.borrow().order())
    }

    /// Whether the map is empty.
    #[inline]
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many entries it has.
    #[inline]
    #[must_use]
    pub fn len(&self) -> u64 {
        self.0.len() as u64
    }

    /// The least key.
    #[inline]
    #[must_use]
    pub fn first_key(&self) -> Option<K> {
        self.0.first_key_value().map(|(key, _)| K::from_order(*key))
    }

    /// The entries in the order of keys.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (K, &V)> + '_ {
        self.0.iter().map(|(key, value)| (K::from_order(*key), value))
    }

    /// The keys in order.
    pub fn keys(&self) -> impl DoubleEndedIterator<Item = K> + '_ {
        self.0.keys().copied().map(K::from_order)
    }

    /// The values in the order of keys.
    pub fn values(&self) -> impl DoubleEndedIterator<Item = &V> + '_ {
        self.0.values()
    }

    /// Whether some entry satisfies the condition.
    pub fn any(&self, mut condition: impl FnMut(K, &V) -> bool) -> bool {
        self.iter().any(|(key, value)| condition(key, value))
    }

    /// Whether every entry satisfies the condition.
    pub fn all(&self, mut condition: impl FnMut(K, &V) -> bool) -> bool {
        self.iter().all(|(key, value)| condition(key, value))
    }

    /// How many entries satisfy the condition.
    pub fn count(&self, mut condition: impl FnMut(K, &V) -> bool) -> u64 {
        self.iter().filter(|(key, value)| condition(*key, value)).count() as u64
    }

    /// Puts a value under a key; gives back the one that was there.
    pub fn insert(&mut self, key: K, value: V) -> Option<V> {
        self.0.insert(key.order(), value)
    }

    /// Takes the value under a key out.
    pub fn remove(&mut self, key: impl Borrow<K>) -> Option<V> {
        self.0.remove(&key.borrow().order())
    }
}

impl<K: Key, V: Clone> Map<K, V> {
    /// A copy with this entry.
    #[must_use]
    pub fn with(&self, key: impl Borrow<K>, value: V) -> Self {
        let mut map = self.clone();
        map.insert(*key.borrow(), value);
        map
    }
}

impl<K: Key, V: Debug> Debug for Map<K, V> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_map().entries(self.iter()).finish()
    }
}

impl<K: Key, V> FromIterator<(K, V)> for Map<K, V> {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(entries: I) -> Self {
        Self(entries.into_iter().map(|(key, value)| (key.order(), value)).collect(), PhantomData)
    }
}

/// A sequence of values, appended to at its end and taken from at its front. A new one owns no memory.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Seq<T>(VecDeque<T>);

impl<T> Default for Seq<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> Seq<T> {
    /// The empty sequence.
    #[must_use]
    pub const fn new() -> Self {
        Self(VecDeque::new())
    }

    /// Whether the sequence is empty.
    #[inline]
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many elements it has.
    #[inline]
    #[must_use]
    pub fn len(&self) -> u64 {
        self.0.len() as u64
    }

    /// The element at the front.
    #[inline]
    #[must_use]
    pub fn first(&self) -> Option<&T> {
        self.0.front()
    }

    /// The element at the end.
    #[inline]
    #[must_use]
    pub fn last(&self) -> Option<&T> {
        self.0.back()
    }

    /// The element with so many in front of it.
    #[inline]
    #[must_use]
    pub fn get(&self, position: u64) -> Option<&T> {
        usize::try_from(position).ok().and_then(|position| self.0.get(position))
    }

    /// The elements from front to end.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &T> + '_ {
        self.0.iter()
    }

    /// Whether some element satisfies the condition.
    pub fn any(&self, condition: impl FnMut(&T) -> bool) -> bool {
        self.0.iter().any(condition)
    }

    /// Whether every element satisfies the condition.
    pub fn all(&self, condition: impl FnMut(&T) -> bool) -> bool {
        self.0.iter().all(condition)
    }

    /// How many elements satisfy the condition.
    pub fn count(&self, mut condition: impl FnMut(&T) -> bool) -> u64 {
        self.0.iter().filter(|element| condition(element)).count() as u64
    }

    /// Puts an element at the end.
    pub fn append(&mut self, element: T) {
        self.0.push_back(element);
    }

    /// Takes the element at the front out.
    pub fn take_first(&mut self) -> Option<T> {
        self.0.pop_front()
    }
}

impl<T: PartialEq> Seq<T> {
    /// Whether the element is in the sequence. Takes an element or a reference to one.
    #[must_use]
    pub fn contains(&self, element: impl Borrow<T>) -> bool {
        self.0.contains(element.borrow())
    }
}

impl<T: Clone> Seq<T> {
    /// A copy with this element at its end.
    #[must_use]
    pub fn with(&self, element: T) -> Self {
        let mut sequence = self.clone();
        sequence.append(element);
        sequence
    }
}

impl<T: Debug> Debug for Seq<T> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_list().entries(self.iter()).finish()
    }
}

impl<T> FromIterator<T> for Seq<T> {
    fn from_iter<I: IntoIterator<Item = T>>(elements: I) -> Self {
        Self(elements.into_iter().collect())
    }
}

#[cfg(feature = "serde")]
mod serialization {
    //! A set is a sequence of keys and a map a sequence of pairs: formats such as JSON allow text keys only.

    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use super::{Key, Map, Seq, Set};

    impl<T: Serialize> Serialize for Seq<T> {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            serializer.collect_seq(self.iter())
        }
    }

    impl<'de, T: Deserialize<'de>> Deserialize<'de> for Seq<T> {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            Ok(Vec::<T>::deserialize(deserializer)?.into_iter().collect())
        }
    }

    impl<K: Key + Serialize> Serialize for Set<K> {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            serializer.collect_seq(self.iter())
        }
    }

    impl<'de, K: Key + Deserialize<'de>> Deserialize<'de> for Set<K> {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            Ok(Vec::<K>::deserialize(deserializer)?.into_iter().collect())
        }
    }

    impl<K: Key + Serialize, V: Serialize> Serialize for Map<K, V> {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            serializer.collect_seq(self.iter())
        }
    }

    impl<'de, K: Key + Deserialize<'de>, V: Deserialize<'de>> Deserialize<'de> for Map<K, V> {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            Ok(Vec::<(K, V)>::deserialize(deserializer)?.into_iter().collect())
        }
    }
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
