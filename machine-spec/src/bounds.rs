//! The finite part of a machine that a check explores.
//!
//! Bounds belong to a check and not to a machine: how many ids there are and how high counters go. Within them the
//! exploration is exhaustive; a step that leaves them is not followed, and counted.

use crate::collection::{Key, Map, Seq, Set};
use crate::resolved::ResolvedBounds;
use crate::spec::MachineSpec;

/// How many ids, how high epochs and integers, how long sequences. [`Bounds::default`] is 2 ids, epochs to 2, integers
/// to 2, two elements.
///
/// ```
/// use machine_spec::Bounds;
/// let bounds = Bounds::default().with("RunId", 3).with("Admit.priority", 1);
/// assert_eq!(bounds.ids("RunId"), 3);
/// assert_eq!(bounds.ids("ToolId"), 2);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bounds {
    ids: u64,
    epochs: u64,
    integers: u64,
    lengths: u64,
    /// In the order of names. They are asked for in every step of a check, and they are few.
    named: Vec<(String, u64)>,
}

impl Default for Bounds {
    fn default() -> Self {
        Self { ids: 2, epochs: 2, integers: 2, lengths: 2, named: Vec::new() }
    }
}

impl Bounds {
    /// Sets a bound by name: an id, epoch or number type (`RunId`), or a place that holds an integer: an input's member
    /// (`Admit.priority`) or a region's field (`ingress.attempts`). The length of a sequence is bounded by the name of
    /// its place with `.len` behind it (`ingress.waiting.len`).
    #[must_use]
    pub fn with(mut self, name: impl Into<String>, bound: u64) -> Self {
        let name = name.into();
        match self.named.binary_search_by(|(known, _)| known.cmp(&name)) {
            Ok(place) => self.named[place].1 = bound,
            Err(place) => self.named.insert(place, (name, bound)),
        }
        self
    }

    /// Sets how many ids there are of each type that is not named.
    #[must_use]
    pub fn with_ids(mut self, count: u64) -> Self {
        self.ids = count;
        self
    }

    /// Sets the highest value of each epoch type that is not named.
    #[must_use]
    pub fn with_epochs(mut self, highest: u64) -> Self {
        self.epochs = highest;
        self
    }

    /// Sets the highest value of each integer that is not named.
    #[must_use]
    pub fn with_integers(mut self, highest: u64) -> Self {
        self.integers = highest;
        self
    }

    /// Sets the greatest length of each sequence that is not named.
    #[must_use]
    pub fn with_lengths(mut self, greatest: u64) -> Self {
        self.lengths = greatest;
        self
    }

    /// How many ids of this type there are: `1..=count`.
    #[must_use]
    pub fn ids(&self, name: &str) -> u64 {
        self.get(name).unwrap_or(self.ids)
    }

    /// The highest epoch of this type; the lowest is zero.
    #[must_use]
    pub fn epochs(&self, name: &str) -> u64 {
        self.get(name).unwrap_or(self.epochs)
    }

    /// The highest integer at this place; the lowest is zero.
    #[must_use]
    pub fn integers(&self, place: &str) -> u64 {
        self.get(place).unwrap_or(self.integers)
    }

    /// The highest number of this type at this place, if there is a bound below the end of its range.
    #[must_use]
    pub fn number(&self, name: &str, place: &str) -> Option<u64> {
        self.get(place).or_else(|| self.get(name))
    }

    /// The greatest length of a sequence at this place.
    #[must_use]
    pub fn lengths(&self, place: &str) -> u64 {
        let mut named = self.named.iter();
        let found = named.find(|(name, _)| name.strip_suffix(".len") == Some(place));
        found.map_or(self.lengths, |(_, bound)| *bound)
    }

    fn get(&self, name: &str) -> Option<u64> {
        self.named.iter().find(|(known, _)| known.as_str() == name).map(|(_, bound)| *bound)
    }

    /// The bounds given by name, in the order of names.
    pub fn named(&self) -> impl Iterator<Item = (&str, u64)> {
        self.named.iter().map(|(name, bound)| (name.as_str(), *bound))
    }

    /// The bounds that hold for ids, epochs, integers and lengths that are not named.
    #[must_use]
    pub fn unnamed(&self) -> [(&'static str, u64); 4] {
        [("ids", self.ids), ("epochs", self.epochs), ("integers", self.integers), ("lengths", self.lengths)]
    }

    /// These bounds with the names of a machine looked up.
    #[must_use]
    pub fn resolved(&self, spec: &MachineSpec) -> ResolvedBounds {
        ResolvedBounds::new(spec, self)
    }

    /// Bounds with one value more of everything.
    #[must_use]
    pub fn widened(&self) -> Self {
        Self {
            ids: self.ids.saturating_add(1),
            epochs: self.epochs.saturating_add(1),
            integers: self.integers.saturating_add(1),
            lengths: self.lengths.saturating_add(1),
            named: self.named().map(|(name, bound)| (name.to_owned(), bound.saturating_add(1))).collect(),
        }
    }
}

/// A type of which a check can list every value within bounds. Implemented by the macro for declared types.
pub trait Domain: Sized + Clone {
    /// Every value within the bounds, in a fixed order. `place` names the member or field that holds it.
    fn values(bounds: &Bounds, place: &str) -> Vec<Self>;

    /// Whether this value lies within the bounds. `place` is counted as [`ResolvedBounds`] says.
    fn is_within(&self, bounds: &ResolvedBounds, place: usize) -> bool;
}

impl Domain for bool {
    fn values(_bounds: &Bounds, _place: &str) -> Vec<Self> {
        vec![false, true]
    }

    #[inline]
    fn is_within(&self, _bounds: &ResolvedBounds, _place: usize) -> bool {
        true
    }
}

macro_rules! integer_domains {
    ($($integer:ty),*) => {$(
        impl Domain for $integer {
            fn values(bounds: &Bounds, place: &str) -> Vec<Self> {
                (0..=bounds.integers(place)).filter_map(|value| <$integer>::try_from(value).ok()).collect()
            }

            #[inline]
            fn is_within(&self, bounds: &ResolvedBounds, place: usize) -> bool {
                u64::try_from(*self).is_ok_and(|value| value <= bounds.integers(place))
            }
        }
    )*};
}
integer_domains!(u8, u16, u32, u64, i8, i16, i32, i64);

impl<T: Domain> Domain for Option<T> {
    fn values(bounds: &Bounds, place: &str) -> Vec<Self> {
        std::iter::once(None).chain(T::values(bounds, place).into_iter().map(Some)).collect()
    }

    #[inline]
    fn is_within(&self, bounds: &ResolvedBounds, place: usize) -> bool {
        self.as_ref().is_none_or(|value| value.is_within(bounds, place))
    }
}

impl<T: Domain + Key> Domain for Set<T> {
    fn values(bounds: &Bounds, place: &str) -> Vec<Self> {
        let mut sets = vec![Self::default()];
        for value in T::values(bounds, place) {
            let with_value: Vec<Self> = sets.iter().map(|set| set.with(value)).collect();
            sets.extend(with_value);
        }
        sets
    }

    #[inline]
    fn is_within(&self, bounds: &ResolvedBounds, place: usize) -> bool {
        self.iter().all(|value| value.is_within(bounds, place))
    }
}

impl<K: Domain + Key, V: Domain> Domain for Map<K, V> {
    fn values(bounds: &Bounds, place: &str) -> Vec<Self> {
        let values = V::values(bounds, place);
        let mut maps = vec![Self::default()];
        for key in K::values(bounds, place) {
            let extended: Vec<Self> =
                maps.iter().flat_map(|map| values.iter().map(|value| map.with(key, value.clone()))).collect();
            maps.extend(extended);
        }
        maps
    }

    #[inline]
    fn is_within(&self, bounds: &ResolvedBounds, place: usize) -> bool {
        self.iter().all(|(key, value)| key.is_within(bounds, place) && value.is_within(bounds, place))
    }
}

impl<T: Domain> Domain for Seq<T> {
    fn values(bounds: &Bounds, place: &str) -> Vec<Self> {
        let elements = T::values(bounds, place);
        let mut sequences = vec![Self::default()];
        let mut longest = sequences.clone();
        for _ in 0..bounds.lengths(place) {
            longest = longest
                .iter()
                .flat_map(|sequence| elements.iter().map(|element| sequence.with(element.clone())))
                .collect();
            sequences.extend(longest.iter().cloned());
        }
        sequences
    }

    #[inline]
    fn is_within(&self, bounds: &ResolvedBounds, place: usize) -> bool {
        self.len() <= bounds.lengths(place) && self.all(|element| element.is_within(bounds, place))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::{FieldSpec, Place, RegionSpec};

    /// The bounds of a machine with the field `waiting.line`.
    fn resolved(bounds: &Bounds) -> ResolvedBounds {
        const PLACE: Place = Place { file: "", line: 0, column: 0 };
        const LINE: FieldSpec = FieldSpec { name: "line", doc: "", ty: "Seq<u8>", initial: "", place: PLACE };
        const WAITING: RegionSpec = RegionSpec {
            name: "waiting",
            doc: "",
            key: None,
            phases: &[],
            fields: &[LINE],
            selections: &[],
            place: PLACE,
        };
        let spec = MachineSpec {
            name: "",
            doc: "",
            place: PLACE,
            types: &[],
            inputs: &[],
            effects: &[],
            regions: &[WAITING],
            transitions: &[],
            handlers: &[],
            properties: &[],
            fairness: &[],
            meaning: crate::meaning::Meaning::UNTOLD,
        };
        bounds.resolved(&spec)
    }

    #[test]
    fn sequences_are_listed_up_to_their_length() {
        let bounds = Bounds::default().with("waiting.line", 1).with("waiting.line.len", 2);
        let all: Vec<Vec<u8>> = Seq::<u8>::values(&bounds, "waiting.line")
            .iter()
            .map(|sequence| sequence.iter().copied().collect())
            .collect();
        assert_eq!(all, [vec![], vec![0], vec![1], vec![0, 0], vec![0, 1], vec![1, 0], vec![1, 1]]);
        let long: Seq<u8> = [0, 1, 0].into_iter().collect();
        assert!(!long.is_within(&resolved(&bounds), 0));
        assert!(long.is_within(&resolved(&bounds.clone().with("waiting.line.len", 3)), 0));
        assert!(!Seq::<u8>::new().with(2).is_within(&resolved(&bounds), 0));
    }
}
