//! Reading a store page by page.

use meerkat_runtime::store::{RuntimeStore, StoreError, StoredInput};
use meerkat_runtime::{InputOutcome, SessionId};

/// The next session after this one, which it becomes.
pub(crate) async fn each_session(
    store: &dyn RuntimeStore,
    after: &mut Option<SessionId>,
) -> Result<Option<SessionId>, StoreError> {
    let next = store.sessions(after.as_ref(), 1).await?.pop();
    if next.is_some() {
        after.clone_from(&next);
    }
    Ok(next)
}

/// The next inputs of a session after this one, which becomes the last of them. Empty behind the last.
pub(crate) async fn each_page(
    store: &dyn RuntimeStore,
    session: &SessionId,
    after: &mut Option<u64>,
) -> Result<Vec<StoredInput>, StoreError> {
    const PAGE: usize = 256;
    let page = store.inputs(session, *after, PAGE).await?;
    if let Some(last) = page.last() {
        *after = Some(last.number);
    }
    Ok(page)
}

/// An outcome as it is stored; none if another program wrote it.
pub(crate) fn read_outcome(bytes: &[u8]) -> Option<InputOutcome> {
    serde_json::from_slice(bytes).ok()
}
