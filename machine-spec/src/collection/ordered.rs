//! What sets and maps are kept in: values under numbers, in the order of the numbers.
//!
//! A few lie side by side in one allocation, where a copy is a copy of memory and a search stays in a cache line or two;
//! many form a tree, so that adding and removing does not slow down with their number. Most collections of most machines
//! never have more than a few.

use std::collections::{BTreeMap, btree_map};
use std::hash::{Hash, Hasher};
use std::ops::Bound;
use std::slice;

/// As many lie side by side.
const FEW: usize = 16;

#[derive(Debug)]
pub(super) enum Ordered<V> {
    Few(Vec<(u64, V)>),
    Many(BTreeMap<u64, V>),
}

impl<V> Ordered<V> {
    pub(super) const fn new() -> Self {
        Self::Few(Vec::new())
    }

    #[inline]
    pub(super) fn len(&self) -> usize {
        match self {
            Self::Few(few) => few.len(),
            Self::Many(many) => many.len(),
        }
    }

    #[inline]
    pub(super) fn get(&self, key: u64) -> Option<&V> {
        match self {
            Self::Few(few) => position(few, key).ok().map(|position| &few[position].1),
            Self::Many(many) => many.get(&key),
        }
    }

    #[inline]
    pub(super) fn get_mut(&mut self, key: u64) -> Option<&mut V> {
        match self {
            Self::Few(few) => position(few, key).ok().map(|position| &mut few[position].1),
            Self::Many(many) => many.get_mut(&key),
        }
    }

    #[inline]
    pub(super) fn first_key(&self) -> Option<u64> {
        match self {
            Self::Few(few) => few.first().map(|(key, _)| *key),
            Self::Many(many) => many.first_key_value().map(|(key, _)| *key),
        }
    }

    #[inline]
    pub(super) fn last_key(&self) -> Option<u64> {
        match self {
            Self::Few(few) => few.last().map(|(key, _)| *key),
            Self::Many(many) => many.last_key_value().map(|(key, _)| *key),
        }
    }

    /// The least key above this one.
    #[inline]
    pub(super) fn key_after(&self, key: u64) -> Option<u64> {
        match self {
            Self::Few(few) => {
                let behind = position(few, key).map_or_else(|place| place, |place| place + 1);
                few.get(behind).map(|(key, _)| *key)
            }
            Self::Many(many) => {
                let mut above = many.range((Bound::Excluded(key), Bound::Unbounded));
                above.next().map(|(key, _)| *key)
            }
        }
    }

    pub(super) fn iter(&self) -> Iter<'_, V> {
        match self {
            Self::Few(few) => Iter::Few(few.iter()),
            Self::Many(many) => Iter::Many(many.iter()),
        }
    }

    pub(super) fn insert(&mut self, key: u64, value: V) -> Option<V> {
        match self {
            Self::Few(few) => match position(few, key) {
                Ok(position) => Some(std::mem::replace(&mut few[position].1, value)),
                Err(position) if few.len() < FEW => {
                    few.insert(position, (key, value));
                    None
                }
                Err(_) => {
                    let mut many: BTreeMap<u64, V> = std::mem::take(few).into_iter().collect();
                    many.insert(key, value);
                    *self = Self::Many(many);
                    None
                }
            },
            Self::Many(many) => many.insert(key, value),
        }
    }

    /// A tree stays one until it is empty, so that a number of entries around the limit does not go to and fro.
    pub(super) fn remove(&mut self, key: u64) -> Option<V> {
        match self {
            Self::Few(few) => position(few, key).ok().map(|position| few.remove(position).1),
            Self::Many(many) => {
                let removed = many.remove(&key);
                if many.is_empty() {
                    *self = Self::new();
                }
                removed
            }
        }
    }

    /// Takes everything out, and keeps the memory for what comes.
    pub(super) fn clear(&mut self) {
        match self {
            Self::Few(few) => few.clear(),
            Self::Many(_) => *self = Self::new(),
        }
    }
}

/// Where the key is, or where it would be.
#[inline]
fn position<V>(few: &[(u64, V)], key: u64) -> Result<usize, usize> {
    few.binary_search_by_key(&key, |(key, _)| *key)
}

impl<V: Clone> Clone for Ordered<V> {
    fn clone(&self) -> Self {
        match self {
            Self::Few(few) => Self::Few(few.clone()),
            Self::Many(many) => Self::Many(many.clone()),
        }
    }

    /// Keeps the memory that is there: who explores a machine copies states all the time.
    fn clone_from(&mut self, source: &Self) {
        match (self, source) {
            (Self::Few(few), Self::Few(source)) => few.clone_from(source),
            (this, source) => *this = source.clone(),
        }
    }
}

impl<V: PartialEq> PartialEq for Ordered<V> {
    fn eq(&self, other: &Self) -> bool {
        self.len() == other.len() && self.iter().eq(other.iter())
    }
}

impl<V: Eq> Eq for Ordered<V> {}

impl<V: Hash> Hash for Ordered<V> {
    fn hash<H: Hasher>(&self, hasher: &mut H) {
        self.len().hash(hasher);
        self.iter().for_each(|entry| entry.hash(hasher));
    }
}

impl<V> FromIterator<(u64, V)> for Ordered<V> {
    fn from_iter<I: IntoIterator<Item = (u64, V)>>(entries: I) -> Self {
        let mut ordered = Self::new();
        for (key, value) in entries {
            ordered.insert(key, value);
        }
        ordered
    }
}

/// The entries in order.
pub(super) enum Iter<'entries, V> {
    Few(slice::Iter<'entries, (u64, V)>),
    Many(btree_map::Iter<'entries, u64, V>),
}

impl<V> Clone for Iter<'_, V> {
    fn clone(&self) -> Self {
        match self {
            Self::Few(few) => Self::Few(few.clone()),
            Self::Many(many) => Self::Many(many.clone()),
        }
    }
}

impl<'entries, V> Iterator for Iter<'entries, V> {
    type Item = (u64, &'entries V);

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        match self {
            Self::Few(few) => few.next().map(|(key, value)| (*key, value)),
            Self::Many(many) => many.next().map(|(key, value)| (*key, value)),
        }
    }
}

impl<V> DoubleEndedIterator for Iter<'_, V> {
    #[inline]
    fn next_back(&mut self) -> Option<Self::Item> {
        match self {
            Self::Few(few) => few.next_back().map(|(key, value)| (*key, value)),
            Self::Many(many) => many.next_back().map(|(key, value)| (*key, value)),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::hash::{DefaultHasher, Hash, Hasher};

    use proptest::prelude::*;

    use super::Ordered;

    #[derive(Clone, Copy, Debug)]
    enum Change {
        Insert(u64, u8),
        Remove(u64),
        Clear,
    }

    fn changes() -> impl Strategy<Value = Vec<Change>> {
        let change = prop_oneof![
            20 => (0..40_u64, any::<u8>()).prop_map(|(key, value)| Change::Insert(key, value)),
            12 => (0..40_u64).prop_map(Change::Remove),
            1 => Just(Change::Clear),
        ];
        prop::collection::vec(change, 0..200)
    }

    fn hash(value: impl Hash) -> u64 {
        let mut hasher = DefaultHasher::new();
        value.hash(&mut hasher);
        hasher.finish()
    }

    proptest! {
        /// Whatever is put in and taken out, few or many: it is the ordered map of the standard library.
        #[test]
        fn it_is_an_ordered_map(changes in changes()) {
            let (mut ordered, mut copy, mut expected) = (Ordered::new(), Ordered::new(), BTreeMap::new());
            for change in changes {
                match change {
                    Change::Insert(key, value) => prop_assert_eq!(ordered.insert(key, value), expected.insert(key, value)),
                    Change::Remove(key) => prop_assert_eq!(ordered.remove(key), expected.remove(&key)),
                    Change::Clear => {
                        ordered.clear();
                        expected.clear();
                    }
                }
                prop_assert!(ordered.iter().eq(expected.iter().map(|(key, value)| (*key, value))));
                prop_assert!(ordered.iter().rev().eq(expected.iter().rev().map(|(key, value)| (*key, value))));
                prop_assert_eq!(ordered.len(), expected.len());
                let ends = (expected.keys().next().copied(), expected.keys().next_back().copied());
                prop_assert_eq!((ordered.first_key(), ordered.last_key()), ends);
                for key in 0..40 {
                    prop_assert_eq!(ordered.get(key), expected.get(&key));
                    prop_assert_eq!(ordered.key_after(key), expected.range(key + 1..).next().map(|(key, _)| *key));
                }
                // One that has become few again is equal to one that has always been.
                let fresh: Ordered<u8> = expected.iter().map(|(key, value)| (*key, *value)).collect();
                prop_assert_eq!(&ordered, &fresh);
                prop_assert_eq!(hash(&ordered), hash(&fresh));
                copy.clone_from(&ordered);
                prop_assert_eq!(&copy, &ordered);
            }
        }
    }
}
