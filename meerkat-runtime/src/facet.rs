//! Groups of calls on a session handle. Each facet borrows the handle's cell and has one short method per call.

use std::sync::Arc;

use crate::cell::Cell;
use crate::{NameKind, RuntimeError};

/// The names of a session: hosts have names, the session machine has numbers. Reached by
/// [`SessionHandle::names`](crate::SessionHandle::names).
///
/// A name keeps its number as long as the session lives, in every process that has it. Names have 1 to 512 bytes, and
/// [`RuntimeOptions::name_limit`](crate::RuntimeOptions::name_limit) says how many of a kind there may be.
///
/// ```
/// # use meerkat_runtime::{MeerkatMachine, NameKind, SessionId};
/// # tokio::runtime::Builder::new_current_thread().enable_time().build()?.block_on(async {
/// let machine = MeerkatMachine::ephemeral();
/// let handle = machine.register_session(&SessionId::new("coder")?).await?;
/// let number = handle.names().intern(NameKind::Tool, "search").await?;
/// assert_eq!(handle.names().number(NameKind::Tool, "search").await?, Some(number));
/// assert_eq!(handle.names().name(NameKind::Tool, number).await?.as_deref(), Some("search"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Names<'handle> {
    cell: &'handle Arc<Cell>,
}

impl<'handle> Names<'handle> {
    pub(crate) fn new(cell: &'handle Arc<Cell>) -> Self {
        Self { cell }
    }

    /// The number of a name; a name that is new gets the next one.
    ///
    /// # Errors
    ///
    /// If the name is empty or too long, the session has as many of its kind as it may, or the registration has ended.
    pub async fn intern(&self, kind: NameKind, name: impl Into<Arc<str>>) -> Result<u64, RuntimeError> {
        let name = name.into();
        self.cell.call(move |core| core.intern(kind, &name)).await
    }

    /// The number of a name, if it has one.
    ///
    /// # Errors
    ///
    /// If the registration has ended.
    pub async fn number(&self, kind: NameKind, name: impl Into<Arc<str>>) -> Result<Option<u64>, RuntimeError> {
        let name = name.into();
        self.cell.call(move |core| Ok(core.names().number(kind, &name))).await
    }

    /// The name behind a number, such as one in an event.
    ///
    /// # Errors
    ///
    /// If the registration has ended.
    pub async fn name(&self, kind: NameKind, number: u64) -> Result<Option<Arc<str>>, RuntimeError> {
        self.cell.call(move |core| Ok(core.names().name(kind, number).cloned())).await
    }
}
