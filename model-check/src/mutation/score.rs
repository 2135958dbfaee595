//! The numbers of a report as a file, to be kept beside the machine: a change shows where properties came to say more or less.

use std::collections::{BTreeMap, BTreeSet};

use toml_edit::{DocumentMut, Item, Table, TableLike, TomlError, value};

use super::report::{MutationReport, Tally};

/// What is written of a tally. The first two always are, the others unless there is none.
const NAMES: [&str; 9] = [
    "mutants",
    "killed",
    "equivalent",
    "pinned",
    "pinned_beyond_budget",
    "survived",
    "answers_only",
    "undecided",
    "invalid",
];

type Counts = [i64; NAMES.len()];

/// In the place of a region, for what no region has: premises of properties, functions, constants.
const ELSEWHERE: &str = "elsewhere";

impl MutationReport {
    /// The numbers of mutants as TOML: of all of them, by region, and of what no region has. Of regions that were not tried
    /// it has those of an earlier file, so that a long run can be made in parts.
    ///
    /// # Errors
    /// If the earlier file is no TOML. An empty one will do.
    pub fn score_file(&self, earlier: &str) -> Result<String, TomlError> {
        let mut parts = read(&earlier.parse()?);
        let tried: BTreeSet<Option<&str>> = self.trials.iter().map(|trial| trial.mutant.region).collect();
        for region in tried {
            parts.insert(region.map(str::to_owned), counts(self.tally_of(|mutant| mutant.region == region)));
        }
        let machine = self.machine;
        Ok(format!(
            "# What becomes of the mutants of machine {machine}. `meerkat mutants` writes it (--score, --update).\n\n{}",
            document(&parts)
        ))
    }
}

/// By region, or without one.
type Parts = BTreeMap<Option<String>, Counts>;

fn read(document: &DocumentMut) -> Parts {
    let counts =
        |table: &dyn TableLike| NAMES.map(|name| table.get(name).and_then(Item::as_integer).unwrap_or_default());
    let elsewhere = document.get(ELSEWHERE).and_then(Item::as_table_like);
    let regions = document.get("regions").and_then(Item::as_table_like);
    let regions = regions.into_iter().flat_map(|regions| regions.iter());
    let regions = regions.filter_map(|(name, item)| Some((Some(name.to_owned()), counts(item.as_table_like()?))));
    elsewhere.map(|table| (None, counts(table))).into_iter().chain(regions).collect()
}

fn document(parts: &Parts) -> DocumentMut {
    let sum = |place: usize| parts.values().map(|counts| counts[place]).sum();
    let (mut document, mut regions) = (DocumentMut::new(), Table::new());
    document.insert("all", table(std::array::from_fn(sum)));
    regions.set_implicit(true);
    for (name, counts) in parts {
        match name {
            Some(name) => regions.insert(name, table(*counts)),
            None => document.insert(ELSEWHERE, table(*counts)),
        };
    }
    document.insert("regions", Item::Table(regions));
    document
}

fn table(counts: Counts) -> Item {
    let mut table = Table::new();
    for (place, (name, count)) in NAMES.into_iter().zip(counts).enumerate() {
        if place < 2 || count > 0 {
            table.insert(name, value(count));
        }
    }
    Item::Table(table)
}

fn counts(tally: Tally) -> Counts {
    let Tally { killed, equivalent, pinned, pinned_beyond_budget, survived, in_answers_only, undecided, invalid } =
        tally;
    let all = tally.valid() + invalid;
    let counts = [all, killed, equivalent, pinned, pinned_beyond_budget, survived, in_answers_only, undecided, invalid];
    // A machine file has not as many mutants.
    counts.map(|count| i64::try_from(count).unwrap_or(i64::MAX))
}
