//! The numbers of a report as a file, to be kept beside the machine: a change shows where properties came to say more or less.

use std::collections::BTreeSet;

use toml_edit::{DocumentMut, Item, Table, value};

use super::report::{MutationReport, Tally};

impl MutationReport {
    /// The numbers of mutants, of all of them and by region, as TOML.
    #[must_use]
    pub fn score_file(&self) -> String {
        let mut document = DocumentMut::new();
        document.insert("all", table(self.tally()));
        let mut regions = Table::new();
        regions.set_implicit(true);
        let named: BTreeSet<&str> = self.trials.iter().filter_map(|trial| trial.mutant.region).collect();
        for name in named {
            regions.insert(name, table(self.tally_of(|mutant| mutant.region == Some(name))));
        }
        document.insert("regions", Item::Table(regions));
        let machine = self.machine;
        format!(
            "# What becomes of the mutants of machine {machine}. `meerkat mutants` writes it (--score, --update).\n\n{document}"
        )
    }
}

fn table(tally: Tally) -> Item {
    let Tally { killed, equivalent, pinned, pinned_beyond_budget, survived, in_answers_only, undecided, invalid } =
        tally;
    let counts = [
        ("mutants", tally.valid() + invalid),
        ("killed", killed),
        ("equivalent", equivalent),
        ("pinned", pinned),
        ("pinned_beyond_budget", pinned_beyond_budget),
        ("survived", survived),
        ("answers_only", in_answers_only),
        ("undecided", undecided),
        ("invalid", invalid),
    ];
    let mut table = Table::new();
    for (name, count) in counts.into_iter().filter(|(name, count)| *count > 0 || matches!(*name, "mutants" | "killed"))
    {
        // A machine file has not as many mutants.
        table.insert(name, value(i64::try_from(count).unwrap_or(i64::MAX)));
    }
    Item::Table(table)
}
