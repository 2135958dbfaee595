//! Bounds on a command line.

use clap::Args;
use machine_spec::Bounds;

use super::Misuse;
use crate::bound_names;
use crate::catalog::Entry;

// It is part of other arguments, which clap would take for a group of the same name.
#[derive(Args)]
#[group(skip)]
pub(super) struct Arguments {
    /// How many ids there are of each type; 2 unless given
    #[arg(long, value_name = "N")]
    ids: Option<u64>,
    /// The highest epoch of each type; 2 unless given
    #[arg(long, value_name = "N")]
    epochs: Option<u64>,
    /// The highest value of each integer; 2 unless given
    #[arg(long, value_name = "N")]
    integers: Option<u64>,
    /// The greatest length of each sequence; 2 unless given
    #[arg(long, value_name = "N")]
    lengths: Option<u64>,
    /// A bound by name: an id, epoch or number type, an input's member (Admit.priority), a region's field
    /// (ingress.attempts), or the length of a sequence (ingress.order.len)
    #[arg(long = "bound", value_name = "NAME=N", value_parser = named_bound)]
    bounds: Vec<(String, u64)>,
}

fn named_bound(text: &str) -> Result<(String, u64), String> {
    let (name, number) = text.split_once('=').ok_or("expected NAME=N, such as RunId=3")?;
    let number = number.parse().map_err(|error| format!("{number} is no bound: {error}"))?;
    Ok((name.to_owned(), number))
}

impl Arguments {
    /// Whether the command line sets any bound.
    pub(super) fn are_given(&self) -> bool {
        [self.ids, self.epochs, self.integers, self.lengths].iter().any(Option::is_some) || !self.bounds.is_empty()
    }

    /// Refuses a name that means nothing to any of the machines.
    pub(super) fn verify(&self, entries: &[Entry]) -> Result<(), Misuse> {
        let known: Vec<String> = entries.iter().flat_map(|entry| bound_names::known(entry.spec)).collect();
        match self.bounds.iter().find(|(name, _)| !known.contains(name)) {
            None => Ok(()),
            Some((name, _)) => {
                let nearest = bound_names::nearest(name, known.iter().map(String::as_str)).map(str::to_owned);
                Err(Misuse::UnknownBound { name: name.clone(), nearest })
            }
        }
    }

    /// The bounds for one machine: of those by name, the ones that mean something to it.
    pub(super) fn within(&self, entry: &Entry) -> Bounds {
        let known = bound_names::known(entry.spec);
        let general = self.ids.map_or_else(Bounds::default, |ids| Bounds::default().with_ids(ids));
        let general = self.epochs.map_or(general.clone(), |highest| general.with_epochs(highest));
        let general = self.integers.map_or(general.clone(), |highest| general.with_integers(highest));
        let general = self.lengths.map_or(general.clone(), |greatest| general.with_lengths(greatest));
        let named = self.bounds.iter().filter(|(name, _)| known.contains(name));
        named.fold(general, |bounds, (name, bound)| bounds.with(name.clone(), *bound))
    }
}
