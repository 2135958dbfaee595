//! A walk without what it does not need (Zeller, Hildebrandt: Simplifying and isolating failure-inducing input, 2002).

use machine_spec::Machine;

use super::judge::{Broken, breaks_in_state, breaks_in_step};
use crate::judge::breach;

/// The walk without every input that can be left out: none of those that are left can go alone.
pub(super) fn shortened<M: Machine>(broken: Broken, path: Vec<M::Input>) -> Vec<M::Input> {
    let mut path = path;
    let mut size = path.len() / 2;
    while size > 0 {
        let (mut at, mut is_shorter) = (0, false);
        while at < path.len() {
            let behind = (at + size).min(path.len());
            match until_broken::<M>(broken, path[..at].iter().chain(&path[behind..])) {
                Some(shorter) => (path, is_shorter) = (shorter, true),
                None => at = behind,
            }
        }
        // What can go often depends on what went.
        if !is_shorter || size > 1 {
            size /= 2;
        }
    }
    path
}

/// The inputs that are accepted on the way, up to the one that breaks the claim; none if it is not broken.
fn until_broken<'inputs, M: Machine>(
    broken: Broken,
    inputs: impl Iterator<Item = &'inputs M::Input>,
) -> Option<Vec<M::Input>> {
    let (mut authority, mut taken) = (M::initial(), Vec::new());
    let breaks_here = |authority: &M::Authority| match broken {
        Broken::Property(property) => breaks_in_state::<M>(property, M::state(authority)),
        Broken::Promise(_) => false,
    };
    if breaks_here(&authority) {
        return Some(taken);
    }
    for input in inputs {
        if let Broken::Promise(promise) = broken
            && breach::<M>(promise, &authority, input).is_some()
        {
            taken.push(input.clone());
            return Some(taken);
        }
        let mut next = authority.clone();
        if M::apply(&mut next, input, &mut ()).is_err() {
            continue;
        }
        taken.push(input.clone());
        let breaks_step = match broken {
            Broken::Property(property) => breaks_in_step::<M>(property, M::state(&authority), M::state(&next)),
            Broken::Promise(_) => false,
        };
        authority = next;
        if breaks_step || breaks_here(&authority) {
            return Some(taken);
        }
    }
    None
}
