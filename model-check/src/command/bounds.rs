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
    /// How many ids there are of each type
    #[arg(long, value_name = "N", default_value_t = 2)]
    ids: u64,
    /// The highest epoch of each type
    #[arg(long, value_name = "N", default_value_t = 2)]
    epochs: u64,
    /// The highest value of each integer
    #[arg(long, value_name = "N", default_value_t = 2)]
    integers: u64,
    /// A bound by name: an id or epoch type, an input's member (Admit.priority) or a region's field (ingress.attempts)
    #[arg(long = "bound", value_name = "NAME=N", value_parser = named_bound)]
    bounds: Vec<(String, u64)>,
}

fn named_bound(text: &str) -> Result<(String, u64), String> {
    let (name, number) = text.split_once('=').ok_or("expected NAME=N, such as RunId=3")?;
    let number = number.parse().map_err(|error| format!("{number} is no bound: {error}"))?;
    Ok((name.to_owned(), number))
}

impl Arguments {
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
        let general = Bounds::default().with_ids(self.ids).with_epochs(self.epochs).with_integers(self.integers);
        let named = self.bounds.iter().filter(|(name, _)| known.contains(name));
        named.fold(general, |bounds, (name, bound)| bounds.with(name.clone(), *bound))
    }
}
