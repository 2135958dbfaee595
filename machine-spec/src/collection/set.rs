//! Sets.

use std::borrow::Borrow;
use std::fmt::Debug;
use std::marker::PhantomData;

use super::Key;
use super::ordered::Ordered;

/// A set of keys. A new one owns no memory.
#[derive(PartialEq, Eq, Hash)]
pub struct Set<K: Key>(Ordered<()>, PhantomData<K>);

impl<K: Key> Clone for Set<K> {
    fn clone(&self) -> Self {
        Self(self.0.clone(), PhantomData)
    }

    fn clone_from(&mut self, source: &Self) {
        self.0.clone_from(&source.0);
    }
}

impl<K: Key> Default for Set<K> {
    fn default() -> Self {
        Self(Ordered::new(), PhantomData)
    }
}

impl<K: Key> Set<K> {
    /// The empty set.
    #[must_use]
    pub const fn new() -> Self {
        Self(Ordered::new(), PhantomData)
    }

    /// Whether the key is in the set. Takes a key or a reference to one, and so do the others.
    #[inline]
    #[must_use]
    pub fn contains(&self, key: impl Borrow<K>) -> bool {
        self.0.get(key.borrow().order()).is_some()
    }

    /// Whether the set is empty.
    #[inline]
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.len() == 0
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
        self.0.first_key().map(K::from_order)
    }

    /// The greatest key.
    #[inline]
    #[must_use]
    pub fn last(&self) -> Option<K> {
        self.0.last_key().map(K::from_order)
    }

    /// The least key above this one; the least of all if there is none to start from.
    #[inline]
    #[must_use]
    pub fn after(&self, key: Option<K>) -> Option<K> {
        // Finding the first takes no search.
        let Some(key) = key else { return self.first() };
        self.0.key_after(key.order()).map(K::from_order)
    }

    /// The keys in order.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = K> + Clone + '_ {
        self.0.iter().map(|(key, ())| K::from_order(key))
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
        self.len() <= other.len() && self.all(|key| other.contains(key))
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
        self.0.insert(key.order(), ()).is_none()
    }

    /// Removes a key; tells whether it was there.
    pub fn remove(&mut self, key: impl Borrow<K>) -> bool {
        self.0.remove(key.borrow().order()).is_some()
    }

    /// Takes every key out, and keeps the memory for those to come.
    pub fn clear(&mut self) {
        self.0.clear();
    }
}

impl<K: Key> Debug for Set<K> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_set().entries(self.iter()).finish()
    }
}

impl<K: Key> FromIterator<K> for Set<K> {
    fn from_iter<I: IntoIterator<Item = K>>(keys: I) -> Self {
        Self(keys.into_iter().map(|key| (key.order(), ())).collect(), PhantomData)
    }
}
