//! The one state that stands for all those that differ from it in names only.
//!
//! Epochs have one such form: zero stays, and from there on every distance is cut. Of ids, those that a state mentions
//! are called by the first numbers, and of several ways the one with the least bits is taken. States are renamed while they
//! are packed; what is unpacked again is the state that stands for the others.

use std::ops::Range;

use machine_spec::{Names, Packer, Signatures};

use super::{Order, Renaming};

/// So many ways are tried rather than thought about.
const FEW: usize = 4;
/// More ways than this are not tried: then some ids keep their order. What is found still differs from the state in names
/// only, but other states may have other forms.
const MOST: usize = 720;

/// Finds canonical forms, with memory of its own.
#[derive(Debug)]
pub(crate) struct Canonical {
    renaming: Renaming,
    /// Writes a state under its own names, and tells which it mentions.
    plain: Packer,
    /// Writes it under other names.
    renamed: Packer,
    /// Tells ids apart without their names.
    telling: Packer,
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
            telling: Packer::with_signatures(renaming.names(), Signatures::new(renaming.types, &renaming.ids)),
            best: Vec::new(),
            before: vec![0; renaming.epochs.len()],
            renaming: renaming.clone(),
        }
    }

    /// Takes a state for the one before all that are asked about from now on.
    pub(crate) fn start_from(&mut self, pack: &dyn Fn(&mut Packer)) {
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
    pub(crate) fn find(&mut self, pack: &dyn Fn(&mut Packer)) -> Form {
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
            call(&mut self.telling, order.of, &called);
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

    /// Names ids, given the names of epochs.
    fn name_ids(&mut self, pack: &dyn Fn(&mut Packer)) {
        let met: Vec<Vec<u64>> = self.renaming.ids.iter().map(|of| numbers(met(&self.plain, *of))).collect();
        let count = met.iter().flat_map(|ids| 2..=ids.len()).fold(1, usize::saturating_mul);
        let mut ways = if count <= FEW { Ways::all(met) } else { self.told_apart(met, pack) };
        self.best.clear();
        loop {
            self.pack_in(&ways.orders, pack);
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

    /// Puts ids in the order of their signatures. What is left to try are those that have the same one and are not the
    /// same for the state.
    fn told_apart(&mut self, mut orders: Vec<Vec<u64>>, pack: &dyn Fn(&mut Packer)) -> Ways {
        self.telling.clear();
        pack(&mut self.telling);
        self.telling.finish();
        let mut groups = Vec::new();
        for (at, (of, ids)) in self.renaming.ids.iter().zip(&mut orders).enumerate() {
            let signature = |id: u64| self.telling.signatures().map_or(0, |signatures| signatures.get(*of, id));
            ids.sort_by_key(|id| (signature(*id), *id));
            let alike = ranges(ids, |one, other| signature(one) == signature(other));
            groups.extend(alike.into_iter().map(|range| (at, range)));
        }
        groups.retain(|group| !self.are_the_same(&mut orders, group, pack));
        Ways::of(orders, groups)
    }

    /// Whether each of some ids can be swapped with the next without a change of the state: then they all can.
    fn are_the_same(
        &mut self,
        orders: &mut [Vec<u64>],
        (at, range): &(usize, Range<usize>),
        pack: &dyn Fn(&mut Packer),
    ) -> bool {
        self.pack_in(orders, pack);
        let words = self.renamed.finish().to_vec();
        (range.start + 1..range.end).all(|place| {
            orders[*at].swap(place - 1, place);
            self.pack_in(orders, pack);
            orders[*at].swap(place - 1, place);
            *self.renamed.finish() == *words
        })
    }

    /// Packs a state whose ids are called by their places in these orders.
    fn pack_in(&mut self, orders: &[Vec<u64>], pack: &dyn Fn(&mut Packer)) {
        for (of, order) in self.renaming.ids.iter().zip(orders) {
            let mut called = vec![0; order.iter().max().map_or(0, |last| *last as usize + 1)];
            (0..).zip(order).for_each(|(name, id)| called[*id as usize] = name);
            call(&mut self.renamed, *of, &called);
        }
        self.renamed.clear();
        pack(&mut self.renamed);
    }

    /// By type of epoch: the highest that a state mentions.
    pub(crate) fn highest(&mut self, pack: &dyn Fn(&mut Packer)) -> Vec<u64> {
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

/// Ways to name some ids of some types by the first numbers.
struct Ways {
    /// By type: its ids, in the order of their present names.
    orders: Vec<Vec<u64>>,
    /// Places of which the ids are tried in every order, by the position of the type.
    tried: Vec<(usize, Range<usize>)>,
}

impl Ways {
    /// Every way.
    fn all(orders: Vec<Vec<u64>>) -> Self {
        let groups = orders.iter().map(|ids| 0..ids.len()).enumerate().collect();
        Self::of(orders, groups)
    }

    /// Of ids in some orders, with places of which every order is to be tried; there the ids ascend.
    fn of(orders: Vec<Vec<u64>>, groups: Vec<(usize, Range<usize>)>) -> Self {
        let (mut tried, mut count) = (Vec::new(), 1_usize);
        for (at, range) in groups {
            let more = (1..=range.len()).try_fold(count, |ways, factor| ways.checked_mul(factor));
            if let Some(more) = more.filter(|more| *more <= MOST) {
                count = more;
                tried.push((at, range));
            }
        }
        Self { orders, tried }
    }

    /// The next way; false if that was the last one.
    fn advance(&mut self) -> bool {
        for (at, range) in &self.tried {
            let order = &mut self.orders[*at][range.clone()];
            if next_permutation(order) {
                return true;
            }
            // Behind the last comes the first, and the next places have their turn.
            order.reverse();
        }
        false
    }
}

/// The ranges of more than one place with what is alike.
fn ranges(ids: &[u64], alike: impl Fn(u64, u64) -> bool) -> Vec<Range<usize>> {
    let mut start = 0;
    let chunks = ids.chunk_by(|one, other| alike(*one, *other)).map(|chunk| {
        start += chunk.len();
        start - chunk.len()..start
    });
    chunks.filter(|range| range.len() > 1).collect()
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
        let mut ways = Ways::of(vec![vec![0, 2, 3], vec![], vec![9, 1, 4]], vec![(0, 0..3), (2, 1..3)]);
        let mut found = vec![ways.orders.clone()];
        while ways.advance() {
            found.push(ways.orders.clone());
        }
        assert_eq!(found.len(), 12);
        found.sort();
        found.dedup();
        assert_eq!(found.len(), 12);
        assert!(found.iter().all(|orders| orders[2][0] == 9));
    }

    #[test]
    fn too_many_ways_leave_some_ids_in_their_order() {
        let ways = Ways::of(vec![(0..6).collect(), (0..2).collect()], vec![(0, 0..6), (1, 0..2)]);
        assert_eq!(ways.tried, [(0, 0..6)]);
    }

    #[test]
    fn what_is_alike_stands_together() {
        assert_eq!(ranges(&[1, 1, 2, 3, 3, 3], |one, other| one == other), [0..2, 3..6]);
    }
}
