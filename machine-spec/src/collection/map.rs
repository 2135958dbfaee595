//! Maps.

use std::borrow::Borrow;
use std::fmt::Debug;
use std::marker::PhantomData;

use super::Key;
use super::ordered::Ordered;

/// A map from keys to values. A new one owns no memory.
#[derive(PartialEq, Eq, Hash)]
pub struct Map<K: Key, V>(Ordered<V>, PhantomData<K>);

impl<K: Key, V: Clone> Clone for Map<K, V> {
    fn clone(&self) -> Self {
        Self(self.0.clone(), PhantomData)
    }

    fn clone_from(&mut self, source: &Self) {
        self.0.clone_from(&source.0);
    }
}

impl<K: Key, V> Default for Map<K, V> {
    fn default() -> Self {
        Self(Ordered::new(), PhantomData)
    }
}

impl<K: Key, V> Map<K, V> {
    /// The empty map.
    #[must_use]
    pub const fn new() -> Self {
        Self(Ordered::new(), PhantomData)
    }

    /// The value under the key. Takes a key or a reference to one, and so do the others.
    #[inline]
    #[must_use]
    pub fn get(&self, key: impl Borrow<K>) -> Option<&V> {
        self.0.get(key.borrow().order())
    }

    /// The value under the key, to be changed in place.
    #[inline]
    pub fn get_mut(&mut self, key: impl Borrow<K>) -> Option<&mut V> {
        self.0.get_mut(key.borrow().order())
    }

    /// Whether there is a value under the key.
    #[inline]
    #[must_use]
    pub fn contains_key(&self, key: impl Borrow<K>) -> bool {
        self.0.get(key.borrow().order()).is_some()
    }

    /// Whether the map is empty.
    #[inline]
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.len() == 0
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
        self.0.first_key().map(K::from_order)
    }

    /// The entries in the order of keys.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (K, &V)> + Clone + '_ {
        self.0.iter().map(|(key, value)| (K::from_order(key), value))
    }

    /// The keys in order.
    pub fn keys(&self) -> impl DoubleEndedIterator<Item = K> + '_ {
        self.0.iter().map(|(key, _)| K::from_order(key))
    }

    /// The values in the order of keys.
    pub fn values(&self) -> impl DoubleEndedIterator<Item = &V> + '_ {
        self.0.iter().map(|(_, value)| value)
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
        self.0.remove(key.borrow().order())
    }

    /// Takes every entry out, and keeps the memory for those to come.
    pub fn clear(&mut self) {
        self.0.clear();
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
