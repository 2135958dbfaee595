//! The machines that a command knows.

use std::sync::Arc;

use machine_spec::spec::MachineSpec;
use machine_spec::{Bounds, Inspected, Machine};

use crate::account::{Account, ExplainError, explain};
use crate::bound_names::{self, UnknownBound};
use crate::check::{Check, CheckError, Engine, Progress};
use crate::mutation::{Mutants, MutationError, MutationKind, MutationProgress, MutationReport};
use crate::plan::Plan;
use crate::report::Report;
use crate::sliced::{SlicedCheck, SlicedReport};
use crate::stepper::{Start, start};
use crate::walk::{Walks, WalksReport};
use crate::web::{self, Position};

/// A list of machines for [`command_line`](crate::command_line).
///
/// ```
/// # fn catalog<Light: machine_spec::Inspected, Door: machine_spec::Inspected>() -> model_check::Catalog {
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
    pub(crate) check_slices: fn(Settings, Selection) -> Result<SlicedReport, CheckError>,
    /// The file that plans the check of its slices.
    pub(crate) plan: Option<&'static str>,
    pub(crate) walk: fn(WalkSettings) -> Result<WalksReport, CheckError>,
    pub(crate) mutants: fn(MutationSettings) -> Result<MutationReport, MutationError>,
    pub(crate) explain: fn(&Bounds, &[String], &str) -> Result<Account, ExplainError>,
    /// Starts to go through it step by step.
    pub(crate) step: Start,
    /// Its initial state, for the explorer in a browser.
    pub(crate) position: fn(&Bounds) -> Result<Arc<dyn Position>, UnknownBound>,
}

/// What a command line says about a check, whichever machine it is of.
pub(crate) struct Settings {
    pub(crate) bounds: Bounds,
    pub(crate) threads: Option<usize>,
    pub(crate) budget: Option<usize>,
    pub(crate) memory: Option<usize>,
    pub(crate) cross_check: bool,
    pub(crate) up_to_renaming: bool,
    pub(crate) engine: Engine,
    pub(crate) allow_vacuous: bool,
    pub(crate) observer: Box<dyn FnMut(&Progress) + Send>,
}

/// What a command line says about mutants, whichever machine they are of.
pub(crate) struct MutationSettings {
    pub(crate) bounds: Bounds,
    pub(crate) plan: Option<Plan>,
    /// All of them if empty, here and below.
    pub(crate) slices: Vec<String>,
    pub(crate) kinds: Vec<MutationKind>,
    pub(crate) regions: Vec<String>,
    pub(crate) threads: Option<usize>,
    pub(crate) budget: Option<usize>,
    pub(crate) answers_aside: bool,
    pub(crate) properties_only: bool,
    pub(crate) observer: Box<dyn FnMut(&MutationProgress) + Send>,
}

/// What a command line says about walks, whichever machine they are of.
pub(crate) struct WalkSettings {
    pub(crate) bounds: Bounds,
    pub(crate) walks: usize,
    pub(crate) steps: usize,
    /// Drawn if there is none.
    pub(crate) seed: Option<u64>,
}

/// Which slices to check, and how.
pub(crate) struct Selection {
    pub(crate) plan: Option<Plan>,
    /// All of them if empty.
    pub(crate) only: Vec<String>,
}

impl Catalog {
    /// A catalog without machines.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a machine, under the name that it is declared with.
    #[must_use]
    pub fn with<M: Inspected>(self) -> Self {
        self.add::<M>(None)
    }

    /// Adds a machine that is checked slice by slice, as the [`Plan`] in this file says.
    #[must_use]
    pub fn with_plan<M: Inspected>(self, plan: &'static str) -> Self {
        self.add::<M>(Some(plan))
    }

    fn add<M: Inspected>(mut self, plan: Option<&'static str>) -> Self {
        let (check, check_slices, explain) = (check::<M>, check_slices::<M>, explain::<M>);
        self.entries.push(Entry {
            spec: M::SPEC,
            check,
            check_slices,
            plan,
            explain,
            mutants: mutants::<M>,
            walk: walk::<M>,
            step: start::<M>,
            position: web::initial::<M>,
        });
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
    settings.into_check::<M>().run()
}

fn check_slices<M: Machine>(settings: Settings, selection: Selection) -> Result<SlicedReport, CheckError> {
    let mut check = settings.into_check::<M>().sliced();
    if let Some(plan) = selection.plan {
        check = check.plan(plan);
    }
    selection.only.into_iter().fold(check, SlicedCheck::only).run()
}

fn mutants<M: Machine>(settings: MutationSettings) -> Result<MutationReport, MutationError> {
    let mut mutants = Mutants::<M>::new().bounds(settings.bounds).on_progress(settings.observer);
    if let Some(plan) = settings.plan {
        mutants = mutants.plan(plan);
    }
    if let Some(budget) = settings.budget {
        mutants = mutants.budget(budget);
    }
    if let Some(threads) = settings.threads {
        mutants = mutants.threads(threads);
    }
    if settings.answers_aside {
        mutants = mutants.answers_aside();
    }
    if settings.properties_only {
        mutants = mutants.properties_only();
    }
    mutants = settings.slices.into_iter().fold(mutants, Mutants::only);
    mutants = settings.kinds.into_iter().fold(mutants, Mutants::kind);
    settings.regions.into_iter().fold(mutants, Mutants::region).run()
}

fn walk<M: Machine>(settings: WalkSettings) -> Result<WalksReport, CheckError> {
    let walks = Walks::<M>::new().bounds(settings.bounds).walks(settings.walks).steps(settings.steps);
    settings.seed.into_iter().fold(walks, Walks::seed).run()
}

impl Settings {
    fn into_check<M: Machine>(self) -> Check<M> {
        let mut check = Check::<M>::new()
            .bounds(self.bounds)
            .cross_check(self.cross_check)
            .up_to_renaming(self.up_to_renaming)
            .engine(self.engine)
            .allow_vacuous(self.allow_vacuous)
            .on_progress(self.observer);
        if let Some(threads) = self.threads {
            check = check.threads(threads);
        }
        if let Some(budget) = self.budget {
            check = check.budget(budget);
        }
        if let Some(bytes) = self.memory {
            check = check.memory(bytes);
        }
        check
    }
}
