//! The machines that a command knows.

use machine_spec::spec::MachineSpec;
use machine_spec::{Bounds, Machine};

use crate::account::{Account, ExplainError, explain};
use crate::bound_names;
use crate::check::{Check, CheckError, Progress};
use crate::report::Report;

/// A list of machines for [`command_line`](crate::command_line).
///
/// ```
/// # fn catalog<Light: machine_spec::Machine, Door: machine_spec::Machine>() -> model_check::Catalog {
/// use model_check::Catalog;
/// Catalog::new().with::<Light>().with::<Door>()
/// # }
/// ```
#[derive(Clone, Default)]
pub struct Catalog {
    entries: Vec<Entry>,
}

#[derive(Clone, Copy)]
pub(crate) struct Entry {
    pub(crate) spec: &'static MachineSpec,
    pub(crate) check: fn(Settings) -> Result<Report, CheckError>,
    pub(crate) explain: fn(&Bounds, &[String], &str) -> Result<Account, ExplainError>,
}

/// What a command line says about a check, whichever machine it is of.
pub(crate) struct Settings {
    pub(crate) bounds: Bounds,
    pub(crate) threads: Option<usize>,
    pub(crate) budget: Option<usize>,
    pub(crate) cross_check: bool,
    pub(crate) allow_vacuous: bool,
    pub(crate) observer: Box<dyn FnMut(&Progress) + Send>,
}

impl Catalog {
    /// A catalog without machines.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a machine, under the name that it is declared with.
    #[must_use]
    pub fn with<M: Machine>(mut self) -> Self {
        self.entries.push(Entry { spec: M::SPEC, check: check::<M>, explain: explain::<M> });
        self
    }

    pub(crate) fn entries(&self) -> &[Entry] {
        &self.entries
    }

    pub(crate) fn find(&self, name: &str) -> Option<Entry> {
        self.entries.iter().find(|entry| entry.spec.name == name).copied()
    }

    pub(crate) fn nearest(&self, name: &str) -> Option<&'static str> {
        bound_names::nearest(name, self.entries.iter().map(|entry| entry.spec.name))
    }
}

fn check<M: Machine>(settings: Settings) -> Result<Report, CheckError> {
    let mut check = Check::<M>::new()
        .bounds(settings.bounds)
        .cross_check(settings.cross_check)
        .allow_vacuous(settings.allow_vacuous)
        .on_progress(settings.observer);
    if let Some(threads) = settings.threads {
        check = check.threads(threads);
    }
    if let Some(budget) = settings.budget {
        check = check.budget(budget);
    }
    check.run()
}
