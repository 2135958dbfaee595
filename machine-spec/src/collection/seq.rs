//! Sequences.

use std::borrow::Borrow;
use std::collections::VecDeque;
use std::fmt::Debug;

/// A sequence of values, appended to at its end and taken from at its front. A new one owns no memory.
#[derive(PartialEq, Eq, Hash)]
pub struct Seq<T>(VecDeque<T>);

impl<T: Clone> Clone for Seq<T> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }

    fn clone_from(&mut self, source: &Self) {
        self.0.clone_from(&source.0);
    }
}

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

    /// Takes every element out, and keeps the memory for those to come.
    pub fn clear(&mut self) {
        self.0.clear();
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
