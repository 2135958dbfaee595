//! Plans: the bounds of each slice of a machine, and how many states, steps and effects are expected within them, in a
//! file.
//!
//! ```toml
//! [bounds]                  # of every slice
//! integers = 1
//! RunId = 2
//!
//! [slices.lifecycle]
//! bounds = { RunId = 3 }    # of this one, on top
//! states = 1042
//! steps = 9731               # accepted inputs within the bounds, over all states
//! effects = 2210             # what these emit
//! ```
//!
//! In front of all `up_to_renaming = true` may stand: then the check is one [up to
//! renaming](crate::Check::up_to_renaming), and so are the numbers. `ids`, `epochs` and `integers` stand for what is not
//! named, see [`Bounds`]. The file is edited by people and by [`Plan::update`], which writes the numbers and leaves
//! everything else as it is. What a plan does not pin is not compared; but every slice needs a number of states.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use machine_spec::Bounds;
use thiserror::Error;
use toml_edit::{DocumentMut, Item, Table, TableLike, TomlError, value};

use crate::bound_names::{nearest, suggestion};
use crate::pinned::{Number, Pinned};
use crate::slice::Slice;
use crate::sliced::SlicedReport;

/// The bounds and expected sizes of a machine's slices.
#[derive(Clone, Debug)]
pub struct Plan {
    path: PathBuf,
    document: DocumentMut,
    up_to_renaming: bool,
    bounds: Vec<(String, u64)>,
    slices: BTreeMap<String, Planned>,
}

#[derive(Clone, Debug, Default)]
struct Planned {
    bounds: Vec<(String, u64)>,
    pinned: Pinned,
}

/// Why there is no plan, or none that is up to date.
#[derive(Debug, Error)]
pub enum PlanError {
    /// The file cannot be read.
    #[error("the plan {} cannot be read: {source}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// The file cannot be written.
    #[error("the plan {} cannot be written: {source}", path.display())]
    Unwritable {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// The file is no TOML.
    #[error("the plan {} is no TOML: {source}", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        source: Box<TomlError>,
    },
    /// Something in the file has no meaning in a plan.
    #[error("the plan {} says something else than bounds and numbers: {key}", path.display())]
    Meaningless {
        /// The file.
        path: PathBuf,
        /// Where.
        key: String,
    },
}

/// A slice is named that the machine does not have.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("machine {machine} has no slice {name}{}; it has {known}", suggestion(nearest.as_deref()))]
pub struct UnknownSlice {
    /// The machine.
    pub machine: &'static str,
    /// The name.
    pub name: String,
    /// The most similar name that it has.
    pub nearest: Option<String>,
    /// The names that it has.
    pub known: String,
}

/// Refuses a name that none of a machine's slices has.
pub(crate) fn verify(machine: &'static str, slices: &[Slice], name: &str) -> Result<(), UnknownSlice> {
    let names = || slices.iter().map(|slice| slice.name.as_str());
    if names().any(|known| known == name) {
        return Ok(());
    }
    let nearest = nearest(name, names()).map(str::to_owned);
    Err(UnknownSlice { machine, name: name.to_owned(), nearest, known: names().collect::<Vec<_>>().join(", ") })
}

impl Plan {
    /// Reads a plan.
    ///
    /// # Errors
    /// [`PlanError`] if there is no such file, or if it is no plan.
    pub fn read(path: impl Into<PathBuf>) -> Result<Self, PlanError> {
        let path = path.into();
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(source) => return Err(PlanError::Unreadable { path, source }),
        };
        match text.parse::<DocumentMut>() {
            Ok(document) => Self::of(path, document),
            Err(source) => Err(PlanError::Malformed { path, source: Box::new(source) }),
        }
    }

    fn of(path: PathBuf, document: DocumentMut) -> Result<Self, PlanError> {
        let (mut up_to_renaming, mut bounds, mut slices) = (false, Vec::new(), BTreeMap::new());
        let meaningless = |key: &str| PlanError::Meaningless { path: path.clone(), key: key.to_owned() };
        for (key, item) in document.iter() {
            match (key, item.as_table_like()) {
                ("bounds", Some(table)) => bounds = numbers(table).map_err(|key| meaningless(&key))?,
                ("slices", Some(table)) => {
                    for (name, item) in table.iter() {
                        let planned = item.as_table_like().ok_or_else(|| name.to_owned()).and_then(planned);
                        slices.insert(name.to_owned(), planned.map_err(|key| meaningless(&format!("{name}.{key}")))?);
                    }
                }
                ("up_to_renaming", None) => up_to_renaming = item.as_bool().ok_or_else(|| meaningless(key))?,
                _ => return Err(meaningless(key)),
            }
        }
        Ok(Self { path, document, up_to_renaming, bounds, slices })
    }

    /// The file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whether its numbers are those of a check [up to renaming](crate::Check::up_to_renaming).
    #[must_use]
    pub fn is_up_to_renaming(&self) -> bool {
        self.up_to_renaming
    }

    /// The slices for which it says something.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.slices.keys().map(String::as_str)
    }

    /// The bounds of a slice: those of every slice, and its own on top.
    pub(crate) fn bounds(&self, slice: &str) -> Bounds {
        let own = self.slices.get(slice).into_iter().flat_map(|planned| &planned.bounds);
        self.bounds.iter().chain(own).fold(Bounds::default(), |bounds, (name, bound)| match name.as_str() {
            "ids" => bounds.with_ids(*bound),
            "epochs" => bounds.with_epochs(*bound),
            "integers" => bounds.with_integers(*bound),
            "lengths" => bounds.with_lengths(*bound),
            _ => bounds.with(name, *bound),
        })
    }

    /// The numbers that the slice is expected to have.
    pub(crate) fn pinned(&self, slice: &str) -> Pinned {
        self.slices.get(slice).map(|planned| planned.pinned).unwrap_or_default()
    }

    /// Forgets the slices that the machine does not have.
    pub(crate) fn keep(&mut self, slices: &[Slice]) {
        let is_known = |name: &str| slices.iter().any(|slice| slice.name == name);
        self.slices.retain(|name, _| is_known(name));
        if let Some(table) = self.document.get_mut("slices").and_then(Item::as_table_like_mut) {
            let gone: Vec<String> =
                table.iter().map(|(name, _)| name.to_owned()).filter(|name| !is_known(name)).collect();
            gone.iter().for_each(|name| drop(table.remove(name)));
        }
    }

    /// Writes the numbers that a check has found into the file, where the run of a slice saw every state.
    ///
    /// # Errors
    /// [`PlanError`] if the file cannot be written.
    pub fn update(&mut self, report: &SlicedReport) -> Result<(), PlanError> {
        let slices = self.document.entry("slices").or_insert_with(|| Item::Table(implicit()));
        for found in report.slices.iter().filter(|found| found.report.is_complete()) {
            let numbers = found.report.size.numbers();
            if let Some(table) = slices.as_table_like_mut() {
                let entry = table.entry(&found.slice.name).or_insert_with(|| Item::Table(Table::new()));
                if let Some(entry) = entry.as_table_like_mut() {
                    for number in Number::ALL {
                        entry.insert(number.name(), value(i64::try_from(numbers.get(number)).unwrap_or(i64::MAX)));
                    }
                }
            }
        }
        let write = fs::write(&self.path, self.document.to_string());
        write.map_err(|source| PlanError::Unwritable { path: self.path.clone(), source })
    }
}

fn implicit() -> Table {
    let mut table = Table::new();
    table.set_implicit(true);
    table
}

fn planned(table: &dyn TableLike) -> Result<Planned, String> {
    let mut planned = Planned::default();
    for (key, item) in table.iter() {
        match (key, item.as_table_like(), item.as_integer()) {
            ("bounds", Some(table), _) => planned.bounds = numbers(table)?,
            ("states", _, Some(states)) => planned.pinned.states = Some(number(states).ok_or(key)?),
            ("steps", _, Some(steps)) => planned.pinned.steps = Some(number(steps).ok_or(key)?),
            ("effects", _, Some(effects)) => planned.pinned.effects = Some(number(effects).ok_or(key)?),
            _ => return Err(key.to_owned()),
        }
    }
    Ok(planned)
}

fn number(integer: i64) -> Option<u64> {
    u64::try_from(integer).ok()
}

/// Names with numbers, or the name that has none.
fn numbers(table: &dyn TableLike) -> Result<Vec<(String, u64)>, String> {
    table
        .iter()
        .map(|(name, item)| Ok((name.to_owned(), item.as_integer().and_then(number).ok_or(name)?)))
        .collect::<Result<_, &str>>()
        .map_err(str::to_owned)
}
