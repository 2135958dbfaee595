//! What a region lets others depend on: whose state decides about its transitions, and whether it may refuse an input.
//!
//! A checker looks at a few regions at a time and has to know which of the others it may leave out.

use std::collections::BTreeSet;

use syn::Pat;

use super::{Arm, Handler, Region, Target};
use crate::analyze::{phase_index, phase_names};

impl Region<'_> {
    /// The regions whose state decides whether the handler accepts, and what it writes.
    pub(crate) fn decisive(&self, handler: &Handler<'_>) -> BTreeSet<usize> {
        let arms = handler.arms.iter().flat_map(|arm| arm.decisive.iter().copied());
        handler.regions.iter().copied().chain(arms).collect()
    }

    /// Whether there may be a state in which the handler refuses its input. A `false` is certain: in each phase some
    /// transition has no condition, no pattern that tests data, no arithmetic and takes nothing from a sequence.
    pub(crate) fn may_refuse(&self, handler: &Handler<'_>) -> bool {
        let phases = match &handler.target {
            Target::Create(_) | Target::At(_) => return true,
            Target::Region => (0..self.written.phases.len()).collect(),
            Target::Each(selection) => self.selected_phases(selection),
        };
        let accepts_in = |phase: &usize| handler.arms.iter().any(|arm| arm.is_total() && arm.sources.contains(phase));
        let has_no_phases = self.written.phases.is_empty();
        let accepts = match has_no_phases {
            true => handler.arms.iter().any(Arm::is_total),
            false => phases.iter().all(accepts_in),
        };
        handler.checked || !accepts
    }

    /// The phases that an instance in a selection may be in.
    fn selected_phases(&self, name: &syn::Ident) -> Vec<usize> {
        let selection = self.selections.iter().find(|selection| selection.written.name == *name);
        let names = selection.map_or_else(Vec::new, |selection| phase_names(&selection.written.pattern));
        names.iter().filter_map(|phase| phase_index(self.written, phase)).collect()
    }
}

impl Arm<'_> {
    /// Accepts wherever it leaves from.
    fn is_total(&self) -> bool {
        let is_guard = |step: &super::Step<'_>| matches!(step, super::Step::Guard { .. });
        let takes = |update: &super::Update<'_>| matches!(update.write, super::Write::TakeFirst);
        let tests = self.steps.iter().any(is_guard) || self.updates.iter().any(takes);
        self.pattern.as_ref().is_none_or(takes_any_data) && !self.checked && !tests
    }
}

/// Whether a pattern of phases at most binds their data, and so fits whatever the data is.
fn takes_any_data(pattern: &Pat) -> bool {
    match pattern {
        Pat::Or(or) => or.cases.iter().all(takes_any_data),
        Pat::Paren(inner) => takes_any_data(&inner.pat),
        Pat::Path(_) => true,
        Pat::Struct(inner) => inner.fields.iter().all(|field| is_name(&field.pat)),
        _ => false,
    }
}

/// Whether a pattern is a name that something is bound to, or none at all. Constants begin with a capital letter.
fn is_name(pattern: &Pat) -> bool {
    match pattern {
        Pat::Wild(_) => true,
        Pat::Ident(name) => name.subpat.is_none() && !name.ident.to_string().starts_with(char::is_uppercase),
        _ => false,
    }
}
