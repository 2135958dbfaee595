//! Who waits for the end of something that has a number.

use std::collections::HashMap;
use std::hash::Hash;

use super::answer::tell;
use crate::command::Reply;

/// Everybody is told once; those who are dropped with this learn that the registration has ended.
pub(super) struct Watchers<K, T>(HashMap<K, Vec<Reply<T>>>);

impl<K, T> Default for Watchers<K, T> {
    fn default() -> Self {
        Self(HashMap::new())
    }
}

impl<K: Eq + Hash, T: Clone> Watchers<K, T> {
    pub(super) fn add(&mut self, key: K, reply: Reply<T>) {
        self.0.entry(key).or_default().push(reply);
    }

    pub(super) fn tell(&mut self, key: &K, end: &T) {
        for reply in self.0.remove(key).into_iter().flatten() {
            tell(reply, Ok(end.clone()));
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}
