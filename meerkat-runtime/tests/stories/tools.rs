//! Which tools runs see: filters, tools that runs ask for, boundaries, and the names behind the numbers.

use std::sync::Arc;

use meerkat_runtime::store::MemoryStore;
use meerkat_runtime::{
    DeferredTool, FilterRule, MeerkatMachine, MeerkatMachineEffect as Effect, NameKind, RuntimeOptions, SessionHandle,
    Submission, ToolRevision, ToolVisibility,
};

use crate::support::{Driven, code, driven, effect, id, machine, options, within};

fn deferred(tool: &str) -> DeferredTool {
    DeferredTool::new(tool, "catalogue")
}

async fn visibility(handle: &SessionHandle) -> ToolVisibility {
    handle.tools().visibility().await.unwrap()
}

/// A filter, three offers and two requests, in a few steps.
async fn stage(handle: &SessionHandle) -> ToolRevision {
    let tools = handle.tools();
    tools.stage_persistent_filter(FilterRule::Show, ["old"]).await.unwrap();
    tools.stage_persistent_filter(FilterRule::Hide, ["read", "write", "read"]).await.unwrap();
    tools.offer_deferred_tools(["a", "b", "c"].map(deferred)).await.unwrap();
    tools.request_deferred_tools(["b", "a"].map(deferred)).await.unwrap()
}

fn names(names: &[&str]) -> Vec<Arc<str>> {
    names.iter().map(|name| (*name).into()).collect()
}

#[tokio::test]
async fn tools_staged_before_and_after_an_executor_is_bound_give_the_same() {
    within(async {
        let mut seen = Vec::new();
        for before in [true, false] {
            let machine = machine();
            let handle = machine.register_session(&id("s")).await.unwrap();
            let (executor, mut turns) = Driven::new(true);
            if before {
                stage(&handle).await;
            }
            handle.attach(executor).await.unwrap();
            if !before {
                stage(&handle).await;
            }
            let waiting = visibility(&handle).await;
            assert!(waiting.loaded.is_empty() && waiting.rule == FilterRule::Show && waiting.staged.is_some());
            handle.accept_input(Submission::prompt("a")).await.unwrap();
            let _turn = turns.next().await;
            seen.push(visibility(&handle).await);
        }
        let visible = &seen[0];
        assert_eq!(visible, &seen[1]);
        assert_eq!((visible.rule, visible.staged), (FilterRule::Hide, None));
        assert_eq!(visible.exceptions, names(&["read", "write"]));
        assert_eq!((&visible.loaded, &visible.offered), (&names(&["a", "b"]), &names(&["c"])));
    })
    .await;
}

#[tokio::test]
async fn what_is_staged_in_a_run_waits_for_its_boundary_and_subscribers_hear_of_it() {
    within(async {
        let machine = machine();
        let (handle, mut turns) = driven(&machine).await;
        let (_, done) = handle.accept_input_with_completion(Submission::prompt("a")).await.unwrap();
        let turn = turns.next().await;
        let mut events = machine.subscribe();
        let first = stage(&handle).await;
        assert_eq!(code(handle.tools().publish_committed_visible_set(first).await), "runtime.run_current");
        assert!(visibility(&handle).await.revision < first);
        turn.boundary().await;
        assert_eq!(visibility(&handle).await.revision, first);
        let second = handle.tools().retract_deferred_tool(deferred("a")).await.unwrap();
        assert_eq!(visibility(&handle).await.loaded, names(&["a", "b"]), "it is visible until the next boundary");
        turn.complete("");
        done.await;
        assert_eq!(visibility(&handle).await.loaded, names(&["b"]), "the end of a run is a boundary");
        let published = |revision| Effect::ToolsPublished { revision };
        assert_eq!(effect(&mut events).await, published(first));
        assert_eq!(effect(&mut events).await, published(second));
    })
    .await;
}

#[tokio::test]
async fn several_tools_are_asked_for_as_a_whole_or_not_at_all() {
    within(async {
        let machine = machine();
        let handle = machine.register_session(&id("s")).await.unwrap();
        let tools = handle.tools();
        tools.offer_deferred_tools(["a", "b"].map(deferred)).await.unwrap();
        tools.offer_deferred_tools([deferred("b"), DeferredTool::new("x", "rival")]).await.unwrap();
        tools.stage_persistent_filter(FilterRule::Show, ["excepted"]).await.unwrap();
        let before = visibility(&handle).await;
        for (refused, expected) in [
            ([deferred("a"), deferred("unheard of")], "tools.not_offered"),
            ([deferred("a"), deferred("excepted")], "tools.not_offered"),
            ([deferred("a"), DeferredTool::new("b", "stranger")], "tools.other_authority"),
            ([deferred("a"), DeferredTool::new("b", "rival")], "tools.other_authority"),
        ] {
            assert_eq!(code(tools.request_deferred_tools(refused).await), expected);
            assert_eq!(visibility(&handle).await, before);
        }
        let stolen = tools.offer_deferred_tools([deferred("c"), DeferredTool::new("a", "stranger")]).await;
        assert_eq!(code(stolen), "tools.offered_already");
        let both = tools.offer_deferred_tools([deferred("d"), DeferredTool::new("d", "stranger")]).await;
        assert_eq!(code(both), "tools.offered_already");
        assert_eq!(handle.names().number(NameKind::Tool, "c").await.unwrap(), None, "nothing of it is kept");
        assert_eq!(visibility(&handle).await, before);

        let revision = tools.request_deferred_tools(["a", "b", "a"].map(deferred)).await.unwrap();
        assert_eq!(tools.request_deferred_tools([deferred("a")]).await.unwrap(), revision, "it is done already");
        tools.publish_committed_visible_set(revision).await.unwrap();
        assert_eq!(code(tools.publish_committed_visible_set(revision).await), "tools.nothing_staged");
        assert_eq!(tools.request_deferred_tools([deferred("b")]).await.unwrap(), revision);
        assert_eq!(visibility(&handle).await.loaded, names(&["a", "b"]));

        let gone = tools.retract_deferred_tool(deferred("a")).await.unwrap();
        assert_eq!(code(tools.request_deferred_tools([deferred("a")]).await), "tools.retracted_already");
        assert_eq!(code(tools.publish_committed_visible_set(revision).await), "tools.revision_stale");
        tools.publish_committed_visible_set(gone).await.unwrap();
        assert_eq!(code(tools.retract_deferred_tool(deferred("a")).await), "tools.not_offered");
        assert_eq!(visibility(&handle).await.loaded, names(&["b"]));
    })
    .await;
}

#[tokio::test]
async fn filters_tools_and_names_outlive_the_process() {
    within(async {
        for snapshot_interval in [0, 1_000] {
            let store = MemoryStore::new();
            let open = || {
                let options = RuntimeOptions { snapshot_interval, ..options() };
                MeerkatMachine::persistent(Arc::new(store.reopen())).with_options(options)
            };
            let first = open();
            let handle = first.register_session(&id("s")).await.unwrap();
            let revision = stage(&handle).await;
            handle.tools().publish_committed_visible_set(revision).await.unwrap();
            handle.tools().stage_persistent_filter(FilterRule::Show, ["write"]).await.unwrap();
            handle.tools().request_deferred_tools([deferred("c")]).await.unwrap();
            let numbers = handle.names().number(NameKind::Tool, "write").await.unwrap();
            let before = visibility(&handle).await;
            drop(first);

            let second = open();
            let handle = second.register_session(&id("s")).await.unwrap();
            assert_eq!(visibility(&handle).await, before);
            assert_eq!(handle.names().number(NameKind::Tool, "write").await.unwrap(), numbers);
            handle.tools().offer_deferred_tools(["a", "c"].map(deferred)).await.unwrap();
            let staged = before.staged.unwrap();
            assert_eq!(handle.tools().publish_committed_visible_set(staged).await.map(drop).ok(), Some(()));
            let visible = visibility(&handle).await;
            assert_eq!((visible.exceptions, visible.loaded), (names(&["write"]), names(&["a", "b", "c"])));
        }
    })
    .await;
}

#[tokio::test]
async fn a_destroyed_session_shows_no_other_tools() {
    within(async {
        let machine = machine();
        let handle = machine.register_session(&id("s")).await.unwrap();
        handle.tools().offer_deferred_tools([deferred("a")]).await.unwrap();
        handle.destroy().await.unwrap();
        let tools = handle.tools();
        assert_eq!(code(tools.stage_persistent_filter(FilterRule::Hide, ["a"]).await), "runtime.destroyed");
        assert_eq!(code(tools.request_deferred_tools([deferred("a")]).await), "runtime.destroyed");
        assert_eq!(code(tools.offer_deferred_tools([deferred("b")]).await), "runtime.destroyed");
        assert_eq!(visibility(&handle).await.rule, FilterRule::Show);
    })
    .await;
}
