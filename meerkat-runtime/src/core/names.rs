//! Hosts have names for tools, servers and models; the machine has numbers. This is the table between them.
//!
//! A name gets its number in the step that uses it first, and keeps it as long as the session lives: what an old event
//! or an old journal entry says stays readable.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::Core;
use crate::RuntimeError;

/// What a name is for. Each kind has numbers of its own, from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub enum NameKind {
    /// A tool that a model may call.
    Tool,
    /// A surface that offers tools.
    Surface,
    /// A server of tools.
    Server,
    /// A model.
    Model,
    /// Another session or process that this one talks to.
    Peer,
    /// A long operation.
    Operation,
}

/// A name and what it is for; its number follows from its place.
pub(crate) type NewName = (NameKind, Arc<str>);

/// The names of a session.
#[derive(Default)]
pub(crate) struct Names(BTreeMap<NameKind, Kind>);

#[derive(Default)]
struct Kind {
    numbers: HashMap<Arc<str>, u64>,
    names: Vec<Arc<str>>,
}

/// A stored name that is none, or is there twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct BadName;

impl Names {
    /// The longest name, in bytes.
    pub(crate) const MAX_BYTES: usize = 512;

    pub(crate) fn number(&self, kind: NameKind, name: &str) -> Option<u64> {
        self.0.get(&kind)?.numbers.get(name).copied()
    }

    pub(crate) fn name(&self, kind: NameKind, number: u64) -> Option<&Arc<str>> {
        self.0.get(&kind)?.names.get(usize::try_from(number.checked_sub(1)?).ok()?)
    }

    fn count(&self, kind: NameKind) -> usize {
        self.0.get(&kind).map_or(0, |kind| kind.names.len())
    }

    /// Gives a new name the next number of its kind.
    fn add(&mut self, kind: NameKind, name: Arc<str>) -> u64 {
        let kind = self.0.entry(kind).or_default();
        kind.names.push(Arc::clone(&name));
        let number = kind.names.len() as u64;
        kind.numbers.insert(name, number);
        number
    }

    /// Takes the latest name of its kind back.
    fn take_back(&mut self, kind: NameKind) {
        if let Some(kind) = self.0.get_mut(&kind)
            && let Some(name) = kind.names.pop()
        {
            kind.numbers.remove(&name);
        }
    }

    /// Takes a name from the store. Limits on their number may have changed since; what a name is has not.
    pub(crate) fn replay(&mut self, (kind, name): NewName) -> Result<(), BadName> {
        if !is_name(&name) || self.number(kind, &name).is_some() {
            return Err(BadName);
        }
        self.add(kind, name);
        Ok(())
    }

    /// Every name, in an order that replays to the same numbers.
    pub(crate) fn all(&self) -> Vec<NewName> {
        let named = |(kind, table): (&NameKind, &Kind)| {
            let kind = *kind;
            table.names.iter().map(move |name| (kind, Arc::clone(name))).collect::<Vec<_>>()
        };
        self.0.iter().flat_map(named).collect()
    }
}

fn is_name(name: &str) -> bool {
    (1..=Names::MAX_BYTES).contains(&name.len())
}

impl Core {
    /// The number of a name; a new name gets one in this step.
    pub(crate) fn intern(&mut self, kind: NameKind, name: &str) -> Result<u64, RuntimeError> {
        if let Some(number) = self.names.number(kind, name) {
            return Ok(number);
        }
        if !is_name(name) {
            return Err(RuntimeError::NameInvalid { length_bytes: name.len() });
        }
        if self.names.count(kind) >= self.name_limit {
            return Err(RuntimeError::TooManyNames { session: self.session.clone(), kind, limit: self.name_limit });
        }
        let name: Arc<str> = name.into();
        self.step.names.push((kind, Arc::clone(&name)));
        Ok(self.names.add(kind, name))
    }

    pub(crate) fn names(&self) -> &Names {
        &self.names
    }

    /// Performs one call. A call that is refused leaves no name behind, and must not have moved the machine: it offers
    /// its last input last, or asks first.
    pub(crate) fn transact<T>(
        &mut self,
        perform: impl FnOnce(&mut Self) -> Result<T, RuntimeError>,
    ) -> Result<T, RuntimeError> {
        let (named, moved) = (self.step.names.len(), self.step.inputs.len());
        let answer = perform(self);
        if answer.is_err() {
            for (kind, _) in self.step.names.drain(named..).rev() {
                self.names.take_back(kind);
            }
            if self.step.inputs.len() > moved {
                self.break_off(RuntimeError::HalfDone { session: self.session.clone() });
            }
        }
        answer
    }
}
