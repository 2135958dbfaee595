//! The one state that stands for all those that differ from it in names only.
//!
//! Epochs have one such form: zero stays, and from there on every distance is cut. Of ids, those that a state mentions
//! are called by the first numbers, in every way there is, and the way with the least bits is taken. States are renamed
//! while they are packed; what is unpacked again is the state that stands for the others.

use machine_spec::{Names, Packer};

use super::{Order, Renaming};

/// More ways than this are not tried: then ids of one type after the other keep their order. What is found still differs
/// from the state in names only, but other states may have other forms.
const WAYS: usize = 5040;

/// Finds canonical forms, with memory of its own.
#[derive(Debug)]
pub(crate) struct Canonical {
    renaming: Renaming,
    /// Writes a state under its own names, and tells which it mentions.
    plain: Packer,
    /// Writes it under other names.
    renamed: Packer,
    best: Vec<u64>,
    /// By type of epoch: which were met in the state that comes before.
    before: Vec<u128>,
}

/// What a state is in its canonical form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// Its bits are in [`Canonical::words`].
    Found,
    /// An epoch lies beyond the bounds.
    OutOfBounds,
    /// The machine stored an epoch that is new, and not above all others of this type.
    NotAnOrder(usize),
    /// Something cannot be packed.
    Lost,
}

impl Canonical {
    pub(crate) fn new(renaming: &Renaming) -> Self {
        Self {
            plain: Packer::with_names(renaming.names()),
            renamed: Packer::with_names(renaming.names()),
            best: Vec::new(),
            before: vec![0; renaming.epochs.len()],
            renaming: renaming.clone(),
        }
    }

    /// Takes a state for the one before all that are asked about from now on.
    pub(crate) fn start_from(&mut self, pack: impl Fn(&mut Packer)) {
        self.plain.clear();
        pack(&mut self.plain);
        for (before, order) in self.before.iter_mut().zip(&self.renaming.epochs) {
            *before = met(&self.plain, order.of) | 1;
        }
    }

    /// Forgets the state before: then no epoch counts as new.
    pub(crate) fn start_anywhere(&mut self) {
        self.before.fill(u128::MAX);
    }

    /// Finds the canonical form of a state.
    pub(crate) fn find(&mut self, pack: impl Fn(&mut Packer)) -> Form {
        self.plain.clear();
        pack(&mut self.plain);
        if !self.plain.is_faithful() || self.plain.names().is_none_or(Names::is_beyond) {
            return Form::Lost;
        }
        let mut keeps = true;
        for (order, before) in self.renaming.epochs.iter().zip(&self.before) {
            let met = met(&self.plain, order.of) | 1;
            let new = met & !before;
            if new != 0 && new.trailing_zeros() < u128::BITS - before.leading_zeros() {
                return Form::NotAnOrder(order.of);
            }
            let is_dense = met & (met + 1) == 0;
            if is_dense && u64::from(met.trailing_ones()) > order.highest + 1 {
                return Form::OutOfBounds;
            }
            let called = if is_dense { Vec::new() } else { cut(met, order) };
            if called.last().is_some_and(|highest| *highest > order.highest) {
                return Form::OutOfBounds;
            }
            keeps &= is_dense || called.len() as u64 == called.last().map_or(0, |highest| highest + 1);
            call(&mut self.renamed, order.of, &called);
        }
        // Nothing but the first id of each type: there is one way to name it.
        if keeps && self.renaming.ids.iter().all(|of| met(&self.plain, *of) <= 1) {
            self.best.clear();
            self.best.extend_from_slice(self.plain.finish());
            return Form::Found;
        }
        self.name_ids(pack);
        Form::Found
    }

    /// Tries the names of ids, given those of epochs.
    fn name_ids(&mut self, pack: impl Fn(&mut Packer)) {
        let met: Vec<Vec<u64>> = self.renaming.ids.iter().map(|of| numbers(met(&self.plain, *of))).collect();
        let mut ways = Ways::of(&met);
        self.best.clear();
        loop {
            for ((of, ids), order) in self.renaming.ids.iter().zip(&met).zip(&ways.orders) {
                let mut called = vec![0; ids.last().map_or(0, |last| *last as usize + 1)];
                ids.iter().zip(order).for_each(|(id, name)| called[*id as usize] = *name);
                call(&mut self.renamed, *of, &called);
            }
            self.renamed.clear();
            pack(&mut self.renamed);
            let words = self.renamed.finish();
            if self.best.is_empty() || *words < *self.best {
                self.best.clear();
                self.best.extend_from_slice(words);
            }
            if !ways.advance() {
                return;
            }
        }
    }

    /// By type of epoch: the highest that a state mentions.
    pub(crate) fn highest(&mut self, pack: impl Fn(&mut Packer)) -> Vec<u64> {
        self.plain.clear();
        pack(&mut self.plain);
        let highest = |order: &Order| u64::from((met(&self.plain, order.of) | 1).ilog2());
        self.renaming.epochs.iter().map(highest).collect()
    }

    /// The bits of the form that was found last.
    pub(crate) fn words(&self) -> &[u64] {
        &self.best
    }
}

/// Every way to name some ids of some types by the first numbers.
struct Ways {
    /// By type: the present names of its ids, in the order of their own numbers.
    orders: Vec<Vec<u64>>,
    /// By type: whether its ids are named in every way.
    tried: Vec<bool>,
}

impl Ways {
    fn of(met: &[Vec<u64>]) -> Self {
        let mut ways = 1_usize;
        let tried = met.iter().map(|ids| {
            let more = (1..=ids.len()).try_fold(ways, |ways, factor| ways.checked_mul(factor));
            more.filter(|more| *more <= WAYS).is_some_and(|more| {
                ways = more;
                true
            })
        });
        let tried = tried.collect();
        Self { orders: met.iter().map(|ids| (0..ids.len() as u64).collect()).collect(), tried }
    }

    /// The next way; false if that was the last one.
    fn advance(&mut self) -> bool {
        let tried = self.orders.iter_mut().zip(&self.tried).filter(|(_, tried)| **tried);
        for (order, _) in tried {
            if next_permutation(order) {
                return true;
            }
            // Behind the last comes the first, and the next type has its turn.
            order.reverse();
        }
        false
    }
}

/// The next in the order of a dictionary; false at the last one, which is then left as it is.
fn next_permutation(order: &mut [u64]) -> bool {
    let Some(place) = order.windows(2).rposition(|pair| pair[0] < pair[1]) else { return false };
    let Some(other) = order.iter().rposition(|name| *name > order[place]) else { return false };
    order.swap(place, other);
    order[place + 1..].reverse();
    true
}

fn met(packer: &Packer, of: usize) -> u128 {
    packer.names().map_or(0, |names| names.met(of))
}

fn call(packer: &mut Packer, of: usize, called: &[u64]) {
    if let Some(names) = packer.names_mut() {
        names.call(of, called);
    }
}

fn numbers(met: u128) -> Vec<u64> {
    (0..u64::from(u128::BITS)).filter(|number| met >> number & 1 == 1).collect()
}

/// What each of the epochs up to the highest that was met is called once distances are cut.
fn cut(met: u128, order: &Order) -> Vec<u64> {
    let highest = u64::from(u128::BITS - 1 - met.leading_zeros());
    let (mut called, mut last) = (vec![0; highest as usize + 1], 0);
    for number in 1..=highest {
        if met >> number & 1 == 1 {
            called[number as usize] = called[last as usize] + (number - last).min(order.distance);
            last = number;
        }
    }
    called
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_are_cut_and_nothing_else_is_changed() {
        let order = Order { of: 0, distance: 2, highest: 9 };
        assert_eq!(cut(0b1, &order), [0]);
        assert_eq!(cut(0b111, &order), [0, 1, 2]);
        let called = cut(1 | 1 << 5 | 1 << 6 | 1 << 8, &order);
        assert_eq!([5, 6, 8].map(|number| called[number]), [2, 3, 5]);
    }

    #[test]
    fn every_way_is_tried_once() {
        let mut ways = Ways::of(&[vec![0, 2, 3], vec![], vec![1, 4]]);
        let mut found = vec![ways.orders.clone()];
        while ways.advance() {
            found.push(ways.orders.clone());
        }
        assert_eq!(found.len(), 12);
        found.sort();
        found.dedup();
        assert_eq!(found.len(), 12);
    }

    #[test]
    fn too_many_ways_leave_some_ids_in_their_order() {
        let ways = Ways::of(&[(0..7).collect(), (0..2).collect()]);
        assert_eq!(ways.tried, [true, false]);
    }
}
