//! A session is taken out of the store.

use std::collections::VecDeque;
use std::sync::Arc;

use super::{End, Owner, Vigil, serve, transcript};
use crate::cell::Cell;
use crate::core::recovery::Recovery;
use crate::store::StoreError;
use crate::{RuntimeError, SessionId};

/// Opens the session of a new cell and serves it. All who register it meanwhile wait in its mailbox.
pub(crate) async fn open(cell: Arc<Cell>) {
    let mut vigil = Vigil { cell: Arc::clone(&cell), over: false };
    let opened = tokio::select! {
        opened = take_over(&cell) => opened,
        () = cell.environment().dropped.cancelled() => Err(RuntimeError::ShutDown),
    };
    match opened {
        Ok(owner) => {
            vigil.over = true;
            serve(owner, cell).await;
        }
        Err(error) => {
            vigil.over = true;
            cell.leave().into_iter().for_each(|command| command.refuse(&error));
        }
    }
}

async fn take_over(cell: &Arc<Cell>) -> Result<Box<Owner>, RuntimeError> {
    let recovery = recover(cell).await?;
    if let Some(state) = recovery.state() {
        transcript::recovered(cell.session(), state);
    }
    let (core, report) = recovery.take_over(&cell.environment().options)?;
    cell.show_incarnation(core.incarnation());
    let mut owner = Box::new(Owner::new(core, report));
    match owner.step(cell, None, &mut VecDeque::new()).await {
        Ok(()) => Ok(owner),
        Err(End::Failed(error)) => Err(error),
        // The lost process was destroying it, and now it is destroyed.
        Err(End::GivenUp) => Err(owner.core.greeting().err().unwrap_or_else(|| cell.gone())),
        Err(End::Dropped) => Err(cell.gone()),
    }
}

async fn recover(cell: &Cell) -> Result<Recovery, RuntimeError> {
    let (session, environment) = (cell.session(), cell.environment());
    let failed = |source| store_failed(session, source);
    let Some(stored) = environment.store.load(session).await.map_err(failed)? else {
        return Ok(Recovery::fresh(session.clone(), &environment.options));
    };
    let mut recovery = Recovery::replay(session.clone(), &environment.options, &stored)?;
    for (into, input) in recovery.wanted() {
        let part = environment.store.input(session, input.number()).await.map_err(failed)?;
        recovery.take_part(into, input, part.as_ref());
    }
    Ok(recovery)
}

fn store_failed(session: &SessionId, source: StoreError) -> RuntimeError {
    RuntimeError::Store { session: session.clone(), source: Arc::new(source) }
}
