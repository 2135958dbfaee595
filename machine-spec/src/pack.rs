//! States as strings of bits: what a checker keeps of the millions of states that it has met.
//!
//! Every value has a code of its own that is no beginning of another's (a prefix code), so values can be written one behind
//! the other and read back without lengths or separators, and two strings are equal exactly if the values are. No bounds
//! are needed: small numbers have short codes, and there is a code for every number. Ids from 1 to 3, epochs and counters
//! up to 2 take two bits each.
//!
//! Generated code implements [`Pack`] for the types of a machine. What is derived, such as selections, is not written.
//!
//! Ids and epochs are *names*: a packer may call them otherwise ([`Names`]), so that a checker finds what two states that
//! differ in their names only have in common, without making the renamed state.

use crate::collection::{Key, Map, Seq, Set};
use crate::names::{Names, Signatures};

/// A writer of bits.
#[derive(Clone, Debug, Default)]
pub struct Packer {
    words: Vec<u64>,
    /// Bits that do not fill a word yet, from the lowest on, and how many they are.
    rest: u64,
    filled: u32,
    faithful: bool,
    names: Option<Names>,
    signatures: Option<Signatures>,
}

impl Packer {
    /// A writer that has written nothing.
    #[must_use]
    pub const fn new() -> Self {
        Self { words: Vec::new(), rest: 0, filled: 0, faithful: true, names: None, signatures: None }
    }

    /// A writer that calls ids and epochs by other names.
    #[must_use]
    pub const fn with_names(names: Names) -> Self {
        Self { words: Vec::new(), rest: 0, filled: 0, faithful: true, names: Some(names), signatures: None }
    }

    /// A writer that finds signatures and writes nothing; [`Packer::finish`] ends them.
    #[must_use]
    pub fn with_signatures(names: Names, signatures: Signatures) -> Self {
        Self { signatures: Some(signatures), ..Self::with_names(names) }
    }

    /// The signatures of the state that was written last, if it finds any.
    #[must_use]
    pub const fn signatures(&self) -> Option<&Signatures> {
        self.signatures.as_ref()
    }

    /// What it calls ids and epochs, if it has names of its own for them.
    #[must_use]
    pub const fn names(&self) -> Option<&Names> {
        self.names.as_ref()
    }

    /// The same, to be changed.
    pub const fn names_mut(&mut self) -> Option<&mut Names> {
        self.names.as_mut()
    }

    /// Starts again, and keeps the memory.
    #[inline]
    pub fn clear(&mut self) {
        self.words.clear();
        (self.rest, self.filled, self.faithful) = (0, 0, true);
        if let Some(names) = &mut self.names {
            names.forget();
        }
        if let Some(signatures) = &mut self.signatures {
            signatures.forget();
        }
    }

    /// Writes the lowest bits of a value; the others have to be zero. At most 64 bits.
    #[inline]
    pub fn push(&mut self, value: u64, bits: u32) {
        if let Some(signatures) = &mut self.signatures {
            return signatures.push(value, bits);
        }
        self.rest |= value << self.filled;
        let filled = self.filled + bits;
        if filled < 64 {
            self.filled = filled;
            return;
        }
        self.words.push(self.rest);
        self.filled = filled - 64;
        // What did not fit; a shift by all 64 bits would be none.
        self.rest = if self.filled == 0 { 0 } else { value >> (bits - self.filled) };
    }

    /// Writes a number: two bits for 0, 1 and 2, six up to 17, and 70 for every other.
    #[inline]
    pub fn push_number(&mut self, number: u64) {
        match number {
            0..=2 => self.push(number, 2),
            3..=17 => self.push(0b11 | (number - 3) << 2, 6),
            _ => self.push_large(number),
        }
    }

    #[cold]
    fn push_large(&mut self, number: u64) {
        self.push(0b11_1111, 6);
        self.push(number, 64);
    }

    /// Writes what an id or an epoch is called. `of` is the index of its type.
    #[inline]
    pub fn push_name(&mut self, of: usize, number: u64) {
        let number = match &mut self.names {
            None => number,
            Some(names) => names.meet(of, number),
        };
        match &mut self.signatures {
            Some(signatures) if signatures.has(of) => signatures.meet(of, number),
            _ => self.push_number(number),
        }
    }

    /// Writes entries in the order of their keys, with a one before each and a zero behind the last. Keys that are called
    /// otherwise are in the order of what they are called, as they are in a collection where that is their name.
    #[inline]
    pub fn push_entries<K: Key, V>(
        &mut self,
        entries: impl Iterator<Item = (K, V)> + Clone,
        write: impl Fn(K, V, &mut Self),
    ) {
        match K::NAMES {
            Some(of) if self.names.is_some() => self.push_named_entries(of, entries, write),
            _ => {
                for (key, value) in entries {
                    self.push(1, 1);
                    write(key, value, self);
                }
            }
        }
        self.push(0, 1);
    }

    fn push_named_entries<K: Key, V>(
        &mut self,
        of: usize,
        entries: impl Iterator<Item = (K, V)> + Clone,
        write: impl Fn(K, V, &mut Self),
    ) {
        if !self.signatures.as_ref().is_some_and(|signatures| signatures.has(of)) {
            return self.push_in_order_of_names(entries, write);
        }
        for (key, value) in entries {
            self.sign(Signatures::open);
            write(key, value, self);
            self.sign(Signatures::close);
        }
        self.sign(Signatures::settle);
    }

    fn sign(&mut self, note: impl Fn(&mut Signatures)) {
        self.signatures.iter_mut().for_each(note);
    }

    /// There are as few keys as a check has ids: searching for each next one needs no memory.
    fn push_in_order_of_names<K: Key, V>(
        &mut self,
        entries: impl Iterator<Item = (K, V)> + Clone,
        write: impl Fn(K, V, &mut Self),
    ) {
        let mut last = None;
        loop {
            let named = entries.clone().map(|(key, value)| (self.name_of(key), key, value));
            let next = named.filter(|(name, ..)| last.is_none_or(|last| *name > last)).min_by_key(|(name, ..)| *name);
            let Some((name, key, value)) = next else { return };
            self.push(1, 1);
            write(key, value, self);
            last = Some(name);
        }
    }

    fn name_of<K: Key>(&self, key: K) -> u64 {
        match (&self.names, K::NAMES) {
            (Some(names), Some(of)) => names.name(of, key.order().wrapping_sub(1)),
            _ => key.order(),
        }
    }

    /// Notes that something was written that cannot be read back.
    pub fn lose(&mut self) {
        self.faithful = false;
    }

    /// Whether everything that was written can be read back. Values of opaque types other than their default cannot.
    #[must_use]
    pub fn is_faithful(&self) -> bool {
        self.faithful
    }

    /// Everything written, with zeros behind it up to a whole word. Nothing can be written behind it any more.
    #[inline]
    pub fn finish(&mut self) -> &[u64] {
        self.sign(Signatures::close);
        if self.filled > 0 {
            self.words.push(self.rest);
            (self.rest, self.filled) = (0, 0);
        }
        &self.words
    }
}

/// A reader of what a [`Packer`] wrote. Behind the end it reads zeros.
#[derive(Clone, Debug)]
pub struct Unpacker<'words> {
    words: &'words [u64],
    position: usize,
}

impl<'words> Unpacker<'words> {
    /// A reader from the first bit on.
    #[must_use]
    pub const fn new(words: &'words [u64]) -> Self {
        Self { words, position: 0 }
    }

    /// Reads so many bits, at most 64.
    #[inline]
    pub fn take(&mut self, bits: u32) -> u64 {
        let (word, offset) = (self.position / 64, (self.position % 64) as u32);
        self.position += bits as usize;
        let low = self.words.get(word).copied().unwrap_or(0) >> offset;
        let high = match offset {
            0 => 0,
            _ if offset + bits <= 64 => 0,
            _ => self.words.get(word + 1).copied().unwrap_or(0) << (64 - offset),
        };
        let mask = if bits == 64 { u64::MAX } else { (1 << bits) - 1 };
        (low | high) & mask
    }

    /// Reads a number.
    #[inline]
    pub fn take_number(&mut self) -> u64 {
        match self.take(2) {
            0b11 => match self.take(4) {
                0b1111 => self.take(64),
                number => number + 3,
            },
            number => number,
        }
    }
}

/// A value that can be written as bits and read back.
pub trait Pack: Sized {
    /// Writes the value.
    fn pack(&self, packer: &mut Packer);

    /// Reads a value; of bits that no value was written as, some value.
    fn unpack(unpacker: &mut Unpacker<'_>) -> Self;

    /// Reads a value in the place of this one, and keeps the memory that it owns.
    #[inline]
    fn unpack_into(&mut self, unpacker: &mut Unpacker<'_>) {
        *self = Self::unpack(unpacker);
    }
}

impl Pack for bool {
    #[inline]
    fn pack(&self, packer: &mut Packer) {
        packer.push(u64::from(*self), 1);
    }

    #[inline]
    fn unpack(unpacker: &mut Unpacker<'_>) -> Self {
        unpacker.take(1) == 1
    }
}

macro_rules! pack_integers {
    ($($integer:ty),*) => {$(
        impl Pack for $integer {
            #[inline]
            fn pack(&self, packer: &mut Packer) {
                packer.push_number(u64::from(*self));
            }

            #[inline]
            fn unpack(unpacker: &mut Unpacker<'_>) -> Self {
                unpacker.take_number() as Self
            }
        }
    )*};
}
pack_integers!(u8, u16, u32, u64);

macro_rules! pack_signed_integers {
    ($($integer:ty),*) => {$(
        impl Pack for $integer {
            /// In the order 0, -1, 1, -2, 2: small numbers of either sign are short.
            #[inline]
            fn pack(&self, packer: &mut Packer) {
                let integer = i64::from(*self);
                packer.push_number(((integer << 1) ^ (integer >> 63)) as u64);
            }

            #[inline]
            fn unpack(unpacker: &mut Unpacker<'_>) -> Self {
                let number = unpacker.take_number();
                ((number >> 1) as i64 ^ -((number & 1) as i64)) as Self
            }
        }
    )*};
}
pack_signed_integers!(i8, i16, i32, i64);

impl<T: Pack> Pack for Option<T> {
    #[inline]
    fn pack(&self, packer: &mut Packer) {
        packer.push(u64::from(self.is_some()), 1);
        if let Some(value) = self {
            value.pack(packer);
        }
    }

    #[inline]
    fn unpack(unpacker: &mut Unpacker<'_>) -> Self {
        (unpacker.take(1) == 1).then(|| T::unpack(unpacker))
    }
}

impl<K: Key + Pack> Pack for Set<K> {
    /// A one before every element, and a zero behind the last.
    fn pack(&self, packer: &mut Packer) {
        packer.push_entries(self.iter().map(|key| (key, ())), |key, (), packer| key.pack(packer));
    }

    fn unpack(unpacker: &mut Unpacker<'_>) -> Self {
        let mut set = Self::new();
        set.unpack_into(unpacker);
        set
    }

    fn unpack_into(&mut self, unpacker: &mut Unpacker<'_>) {
        self.clear();
        while unpacker.take(1) == 1 {
            self.insert(K::unpack(unpacker));
        }
    }
}

impl<K: Key + Pack, V: Pack> Pack for Map<K, V> {
    fn pack(&self, packer: &mut Packer) {
        packer.push_entries(self.iter(), |key, value, packer| {
            key.pack(packer);
            value.pack(packer);
        });
    }

    fn unpack(unpacker: &mut Unpacker<'_>) -> Self {
        let mut map = Self::new();
        map.unpack_into(unpacker);
        map
    }

    fn unpack_into(&mut self, unpacker: &mut Unpacker<'_>) {
        self.clear();
        while unpacker.take(1) == 1 {
            let key = K::unpack(unpacker);
            self.insert(key, V::unpack(unpacker));
        }
    }
}

impl<T: Pack> Pack for Seq<T> {
    fn pack(&self, packer: &mut Packer) {
        for element in self.iter() {
            packer.push(1, 1);
            element.pack(packer);
        }
        packer.push(0, 1);
    }

    fn unpack(unpacker: &mut Unpacker<'_>) -> Self {
        let mut sequence = Self::new();
        sequence.unpack_into(unpacker);
        sequence
    }

    fn unpack_into(&mut self, unpacker: &mut Unpacker<'_>) {
        self.clear();
        while unpacker.take(1) == 1 {
            self.append(T::unpack(unpacker));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Debug;

    use proptest::prelude::*;

    use super::{Pack, Packer, Unpacker};
    use crate::collection::{Map, Seq, Set};

    type Everything = ((bool, u8, u64, i64, i8), Option<u64>, Set<i8>, Map<u16, Option<bool>>, Seq<u32>);

    fn everything() -> impl Strategy<Value = Everything> {
        let number = || prop_oneof![0..4_u64, 0..20_u64, any::<u64>()];
        let scalars = (any::<bool>(), any::<u8>(), number(), any::<i64>(), any::<i8>());
        let set = prop::collection::vec(any::<i8>(), 0..5).prop_map(|keys| keys.into_iter().collect());
        let map = prop::collection::vec((0..9_u16, any::<Option<bool>>()), 0..5);
        let sequence = prop::collection::vec(0..30_u32, 0..5).prop_map(|elements| elements.into_iter().collect());
        (scalars, prop::option::of(number()), set, map.prop_map(|entries| entries.into_iter().collect()), sequence)
    }

    fn pack(values: &Everything) -> Vec<u64> {
        let mut packer = Packer::new();
        let ((truth, small, number, integer, signed), option, set, map, sequence) = values;
        truth.pack(&mut packer);
        small.pack(&mut packer);
        number.pack(&mut packer);
        integer.pack(&mut packer);
        signed.pack(&mut packer);
        option.pack(&mut packer);
        set.pack(&mut packer);
        map.pack(&mut packer);
        sequence.pack(&mut packer);
        packer.finish().to_vec()
    }

    fn read<T: Pack>(unpacker: &mut Unpacker<'_>) -> T {
        T::unpack(unpacker)
    }

    proptest! {
        #[test]
        fn what_is_packed_is_unpacked(values in everything()) {
            let words = pack(&values);
            let bits = &mut Unpacker::new(&words);
            let scalars = (read(bits), read(bits), read(bits), read(bits), read(bits));
            let unpacked: Everything = (scalars, read(bits), read(bits), read(bits), read(bits));
            prop_assert_eq!(unpacked, values);
        }

        #[test]
        fn different_values_are_different_bits(one in everything(), other in everything()) {
            prop_assert_eq!(pack(&one) == pack(&other), one == other);
        }
    }

    #[test]
    fn small_numbers_are_short_and_every_number_has_a_code() {
        fn bits(value: impl Pack + Debug + PartialEq) -> usize {
            let mut packer = Packer::new();
            value.pack(&mut packer);
            packer.push(1, 1);
            let words = packer.finish().to_vec();
            let mut unpacker = Unpacker::new(&words);
            read::<u64>(&mut unpacker);
            unpacker.position
        }
        assert_eq!([0, 2, 3, 17, 18, u64::MAX].map(bits), [2, 2, 6, 6, 70, 70]);
        assert_eq!([0, -1, 1, -2].map(|number: i64| bits(number)), [2, 2, 2, 6]);
    }
}
