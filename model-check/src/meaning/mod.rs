//! Whether generated code means what the machine file says: it steps beside the [`interpret`](crate::interpret)er, and
//! state, selections, effects, fired transitions, rejections and properties have to be the same at every step.

mod compare;
mod difference;
mod walk;

use std::collections::{HashSet, VecDeque};

use machine_spec::{Bounds, Inspected};

use compare::{Comparison, Offer};
pub use difference::Disagreement;
use walk::Walks;

/// How much was compared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Compared {
    /// Distinct states, of a walk the visited ones.
    pub states: u64,
    /// Accepted inputs.
    pub steps: u64,
    /// Rejected inputs.
    pub rejections: u64,
}

/// Compares in every state that can be reached within the bounds, with every input within them.
///
/// # Errors
/// The first disagreement, nearest to the initial state.
pub fn compare_meaning<M: Inspected>(bounds: &Bounds) -> Result<Compared, Box<Disagreement>> {
    explore::<M>(bounds, &Offer::all::<M>(bounds))
}

/// Compares in every state that the inputs of some regions, given by name, can reach within the bounds: for machines
/// that have more states with all of their inputs than anybody can visit.
///
/// # Errors
/// The first disagreement, nearest to the initial state.
pub fn compare_meaning_of_regions<M: Inspected>(
    bounds: &Bounds,
    regions: &[&str],
) -> Result<Compared, Box<Disagreement>> {
    let is_named = |region: usize| regions.contains(&M::SPEC.regions[region].name);
    let is_theirs = |input| M::SPEC.handlers.iter().any(|handler| handler.input == input && is_named(handler.region));
    let mut offers = Offer::all::<M>(bounds);
    offers.retain(|offer| is_theirs(M::input_index(&offer.input)));
    explore::<M>(bounds, &offers)
}

fn explore<M: Inspected>(bounds: &Bounds, offers: &[Offer<M::Input>]) -> Result<Compared, Box<Disagreement>> {
    let mut comparison = Comparison::<M>::new();
    let initial = comparison.initial()?;
    let mut known = HashSet::from([initial.authority.clone()]);
    let mut queue = VecDeque::from([initial]);
    let bounds = bounds.resolved(M::SPEC);
    while let Some(pair) = queue.pop_front() {
        comparison.examine(&pair)?;
        for offer in offers {
            let Some(next) = comparison.offer(&pair, offer)? else { continue };
            if M::is_within(M::state(&next.authority), &bounds) && !known.contains(&next.authority) {
                known.insert(next.authority.clone());
                queue.push_back(next);
            }
        }
    }
    Ok(comparison.compared)
}

/// Compares on random walks, on which nothing is held back: counters go as high as a walk takes them. The bounds say
/// which inputs are offered.
///
/// # Errors
/// A disagreement on a walk that was made as short as could be.
pub fn compare_meaning_on_walks<M: Inspected>(
    bounds: &Bounds,
    walks: u32,
    length: usize,
) -> Result<Compared, Box<Disagreement>> {
    Walks::<M>::new(bounds).run(walks, length)
}

/// [`compare_meaning`], the one line for a test.
///
/// # Panics
/// With the first disagreement.
#[track_caller]
pub fn assert_meaning<M: Inspected>(bounds: &Bounds) -> Compared {
    match compare_meaning::<M>(bounds) {
        Ok(compared) => compared,
        Err(disagreement) => panic!("{disagreement}"),
    }
}

/// [`compare_meaning_of_regions`], the one line for a test.
///
/// # Panics
/// With the first disagreement.
#[track_caller]
pub fn assert_meaning_of_regions<M: Inspected>(bounds: &Bounds, regions: &[&str]) -> Compared {
    match compare_meaning_of_regions::<M>(bounds, regions) {
        Ok(compared) => compared,
        Err(disagreement) => panic!("{disagreement}"),
    }
}

/// [`compare_meaning_on_walks`], the one line for a test.
///
/// # Panics
/// With a disagreement, and the seed that finds it again.
#[track_caller]
pub fn assert_meaning_on_walks<M: Inspected>(bounds: &Bounds, walks: u32, length: usize) -> Compared {
    match compare_meaning_on_walks::<M>(bounds, walks, length) {
        Ok(compared) => compared,
        Err(disagreement) => panic!("{disagreement}"),
    }
}
