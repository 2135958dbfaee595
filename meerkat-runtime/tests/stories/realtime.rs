//! The live transport: who holds it, how it is lost and attached anew, and what goes on over it.

use std::sync::Arc;

use meerkat_runtime::store::MemoryStore;
use meerkat_runtime::{
    Capability, ContextWatermark, FilterRule, MeerkatMachine, MeerkatMachineEffect as Effect, ModelIdentity, Moment,
    ProductTurnEnding, ProductTurnPhase, ProjectionPhase, RealtimeAttachmentStatus as Status, RealtimeAuthority,
    RealtimeIntent, RealtimeSignal, ReconnectPhase, ReconnectPolicy, SessionHandle, Submission, TopologyPhase,
    TopologyStep,
};

use crate::support::{Driven, Turns, code, driven, effect, id, machine, options, within};

/// A session with a live transport that carries.
async fn carrying(handle: &SessionHandle) -> RealtimeAuthority {
    let realtime = handle.realtime();
    realtime.project_realtime_attachment_intent(RealtimeIntent::Present).await.unwrap();
    let authority = realtime.attach_live().await.unwrap();
    realtime.publish_realtime_attachment_signal(authority, RealtimeSignal::Ready).await.unwrap();
    authority
}

/// A model that holds a live transport, or one that does not.
fn model(realtime: bool) -> ModelIdentity {
    let model = if realtime { "spoken" } else { "written" };
    ModelIdentity { model: model.into(), capability: Capability { realtime, vision: false, image_tool_results: false } }
}

/// A session whose model holds a live transport, and the executor that the test drives.
async fn voiced(machine: &MeerkatMachine) -> (SessionHandle, Turns) {
    machine.register_session(&id("s")).await.unwrap().model().declare(model(true)).await.unwrap();
    driven(machine).await
}

async fn status(handle: &SessionHandle) -> Status {
    handle.realtime().realtime_attachment_status().await.unwrap()
}

fn at(moment: u64) -> Moment {
    Moment::from_number(moment)
}

#[tokio::test]
async fn a_live_transport_is_lost_and_attached_anew_under_another_authority() {
    within(async {
        let machine = machine();
        let (handle, _turns) = voiced(&machine).await;
        let (realtime, mut events) = (handle.realtime(), machine.subscribe());
        assert_eq!(status(&handle).await, Status::Unattached);
        assert_eq!(code(realtime.attach_live().await), "realtime.not_wanted");
        realtime.project_realtime_attachment_intent(RealtimeIntent::Present).await.unwrap();
        assert_eq!(status(&handle).await, Status::IntentPresentUnbound);
        assert_eq!(realtime.current_realtime_attachment_authority().await.unwrap(), None);

        let first = realtime.attach_live().await.unwrap();
        assert_eq!(effect(&mut events).await, Effect::OpenRealtime { authority: first });
        assert_eq!(status(&handle).await, Status::BindingNotReady { authority: first });
        assert_eq!(code(realtime.attach_live().await), "realtime.bound");
        realtime.publish_realtime_attachment_signal(first, RealtimeSignal::Ready).await.unwrap();
        assert_eq!(status(&handle).await, Status::BindingReady { authority: first });
        assert_eq!(realtime.current_realtime_attachment_authority().await.unwrap(), Some(first));

        realtime.require_realtime_attachment_reattach_for_authority(first).await.unwrap();
        assert_eq!(effect(&mut events).await, Effect::ReleaseRealtime { authority: first });
        assert_eq!(status(&handle).await, Status::ReattachRequired);
        assert_eq!(code(realtime.replace_realtime_attachment().await), "realtime.not_bound");
        let second = realtime.attach_live().await.unwrap();
        assert!(second > first);

        realtime.publish_realtime_attachment_signal(second, RealtimeSignal::Ready).await.unwrap();
        let third = realtime.replace_realtime_attachment().await.unwrap();
        assert_eq!(status(&handle).await, Status::ReplacementPending { authority: third });
        realtime.detach_live().await.unwrap();
        assert_eq!(status(&handle).await, Status::IntentPresentUnbound);
        assert_eq!(code(realtime.detach_live().await), "realtime.not_bound");
        assert_eq!(code(realtime.require_realtime_attachment_reattach().await), "realtime.not_bound");
        realtime.project_realtime_attachment_intent(RealtimeIntent::Absent).await.unwrap();
        assert_eq!(status(&handle).await, Status::Unattached);
    })
    .await;
}

#[tokio::test]
async fn calls_by_session_id_find_the_registration_of_their_time() {
    within(async {
        let machine = machine();
        assert_eq!(code(machine.attach_live(&id("s")).await), "runtime.session_unknown");
        let (_handle, _turns) = voiced(&machine).await;
        let id = id("s");
        let revision = machine.stage_persistent_filter(&id, FilterRule::Hide, ["read"]).await.unwrap();
        assert_eq!(machine.request_deferred_tools(&id, []).await.unwrap(), revision);
        machine.publish_committed_visible_set(&id, revision).await.unwrap();
        machine.project_realtime_attachment_intent(&id, RealtimeIntent::Present).await.unwrap();
        let first = machine.attach_live(&id).await.unwrap();
        machine.publish_realtime_attachment_signal(&id, first, RealtimeSignal::Ready).await.unwrap();
        let second = machine.replace_realtime_attachment(&id).await.unwrap();
        assert_eq!(machine.current_realtime_attachment_authority(&id).await.unwrap(), Some(second));
        let late = machine.require_realtime_attachment_reattach_for_authority(&id, first).await;
        assert_eq!(code(late), "realtime.authority_stale");
        machine.require_realtime_attachment_reattach(&id).await.unwrap();
        assert_eq!(machine.realtime_attachment_status(&id).await.unwrap(), Status::ReattachRequired);
        machine.begin_realtime_reconnect_cycle(&id, at(9)).await.unwrap();
        let waiting = machine.schedule_realtime_reconnect_cycle(&id, at(1)).await.unwrap();
        assert!(matches!(waiting, ReconnectPhase::Waiting { failures: 1, .. }));
        machine.exhaust_realtime_reconnect_cycle(&id).await.unwrap();
        machine.clear_realtime_reconnect_cycle(&id).await.unwrap();
        machine.attach_live(&id).await.unwrap();
        machine.detach_live(&id).await.unwrap();
        assert_eq!(machine.realtime_attachment_status(&id).await.unwrap(), Status::IntentPresentUnbound);
    })
    .await;
}

#[tokio::test]
async fn whatever_a_stale_authority_says_is_refused_and_changes_nothing() {
    within(async {
        let machine = machine();
        let (handle, _turns) = voiced(&machine).await;
        let realtime = handle.realtime();
        let stale = carrying(&handle).await;
        realtime.advance_context(ContextWatermark::from_number(1)).await.unwrap();
        let current = realtime.replace_realtime_attachment().await.unwrap();
        realtime.publish_realtime_attachment_signal(current, RealtimeSignal::Ready).await.unwrap();
        realtime.advance_context(ContextWatermark::from_number(2)).await.unwrap();
        // Once while another authority holds the transport, and once while none does.
        for bound in [true, false] {
            if !bound {
                realtime.require_realtime_attachment_reattach().await.unwrap();
            }
            let before = (status(&handle).await, realtime.projection().await.unwrap());
            let two = ContextWatermark::from_number(2);
            let refused = [
                code(realtime.publish_realtime_attachment_signal(stale, RealtimeSignal::Ready).await),
                code(realtime.publish_realtime_attachment_signal(stale, RealtimeSignal::NotReady).await),
                code(realtime.require_realtime_attachment_reattach_for_authority(stale).await),
                code(realtime.begin_product_turn(stale).await),
                code(realtime.refresh_projection(stale, two).await),
            ];
            assert_eq!(refused, ["realtime.authority_stale"; 5], "bound: {bound}");
            assert_eq!((status(&handle).await, realtime.projection().await.unwrap()), before);
            assert_eq!(realtime.product_turn().await.unwrap(), ProductTurnPhase::Idle);
        }
    })
    .await;
}

#[tokio::test]
async fn a_live_transport_needs_an_executor_and_goes_with_it() {
    within(async {
        let machine = machine();
        let handle = machine.register_session(&id("s")).await.unwrap();
        let realtime = handle.realtime();
        realtime.project_realtime_attachment_intent(RealtimeIntent::Present).await.unwrap();
        assert_eq!(code(realtime.attach_live().await), "runtime.not_attached");
        assert_eq!(code(realtime.begin_live_topology_reconfiguration().await), "runtime.not_attached");
        handle.model().declare(model(true)).await.unwrap();
        handle.attach(Driven::new(true).0).await.unwrap();
        let first = carrying(&handle).await;
        handle.detach().await.unwrap();
        assert_eq!(status(&handle).await, Status::IntentPresentUnbound);
        handle.attach(Driven::new(true).0).await.unwrap();
        assert!(carrying(&handle).await > first);
    })
    .await;
}

#[tokio::test]
async fn a_live_transport_is_attached_only_if_the_model_is_known_to_hold_one() {
    within(async {
        let machine = machine();
        let handle = machine.register_session(&id("s")).await.unwrap();
        let realtime = handle.realtime();
        realtime.project_realtime_attachment_intent(RealtimeIntent::Present).await.unwrap();
        for (declared, answer) in [
            (None, Err("realtime.model_incapable")),
            (Some(model(false)), Err("realtime.model_incapable")),
            (Some(model(true)), Ok(())),
            (Some(model(false)), Err("realtime.model_incapable")),
        ] {
            if let Some(identity) = declared {
                handle.model().declare(identity).await.unwrap();
            }
            handle.attach(Driven::new(true).0).await.unwrap();
            let capable = handle.model().realtime_transport().await.unwrap().is_capable();
            assert_eq!(capable, answer.is_ok(), "what is asked is what is done");
            let attached = realtime.attach_live().await;
            assert_eq!(attached.as_ref().map(drop).map_err(|error| error.code()), answer);
            handle.detach().await.unwrap();
            assert_eq!(status(&handle).await, Status::IntentPresentUnbound, "it is wanted as before");
        }
    })
    .await;
}

#[tokio::test]
async fn a_crash_ends_what_is_bound_and_keeps_what_is_wanted() {
    within(async {
        let store = MemoryStore::new();
        let open = || MeerkatMachine::persistent(Arc::new(store.reopen())).with_options(options());
        let first = open();
        let (handle, _turns) = voiced(&first).await;
        let realtime = handle.realtime();
        let lost = carrying(&handle).await;
        let exchange = realtime.begin_product_turn(lost).await.unwrap();
        realtime.advance_context(ContextWatermark::from_number(7)).await.unwrap();
        realtime.set_realtime_reconnect_policy(ReconnectPolicy::Limited { attempts: 2 }).await.unwrap();
        realtime.begin_realtime_reconnect_cycle(at(100)).await.unwrap();
        let change = realtime.begin_live_topology_reconfiguration().await.unwrap();
        drop(first);

        let second = open();
        let (handle, _turns) = driven(&second).await;
        let realtime = handle.realtime();
        assert_eq!(status(&handle).await, Status::IntentPresentUnbound);
        assert_eq!(realtime.product_turn().await.unwrap(), ProductTurnPhase::Idle);
        assert_eq!(realtime.realtime_reconnect_status().await.unwrap(), ReconnectPhase::Idle);
        assert_eq!(realtime.live_topology_status().await.unwrap(), TopologyPhase::Idle);
        let projection = realtime.projection().await.unwrap();
        assert_eq!((projection.phase, projection.watermark.number()), (ProjectionPhase::Fresh, 7));
        assert_eq!(
            code(realtime.publish_realtime_attachment_signal(lost, RealtimeSignal::Ready).await),
            "realtime.authority_stale"
        );
        let later = carrying(&handle).await;
        assert!(later > lost && realtime.begin_product_turn(later).await.unwrap() > exchange);
        assert!(realtime.begin_live_topology_reconfiguration().await.unwrap() > change);
        // The policy is the host's wish: of two attempts the second is the last.
        realtime.begin_realtime_reconnect_cycle(at(100)).await.unwrap();
        realtime.schedule_realtime_reconnect_cycle(at(1)).await.unwrap();
        realtime.retry_realtime_reconnect_cycle(at(1)).await.unwrap();
        assert_eq!(realtime.schedule_realtime_reconnect_cycle(at(2)).await.unwrap(), ReconnectPhase::Exhausted);
    })
    .await;
}

#[tokio::test]
async fn attempts_to_attach_anew_keep_to_the_policy_and_the_clock_of_the_host() {
    within(async {
        let machine = machine();
        let (handle, _turns) = voiced(&machine).await;
        let realtime = handle.realtime();
        assert_eq!(code(realtime.schedule_realtime_reconnect_cycle(at(1)).await), "realtime.reconnect_out_of_order");
        realtime.set_realtime_reconnect_policy(ReconnectPolicy::Never).await.unwrap();
        assert_eq!(code(realtime.begin_realtime_reconnect_cycle(at(100)).await), "realtime.reconnect_forbidden");
        realtime.set_realtime_reconnect_policy(ReconnectPolicy::Unlimited).await.unwrap();
        carrying(&handle).await;
        realtime.require_realtime_attachment_reattach().await.unwrap();

        let mut events = machine.subscribe();
        realtime.begin_realtime_reconnect_cycle(at(100)).await.unwrap();
        assert_eq!(code(realtime.begin_realtime_reconnect_cycle(at(100)).await), "realtime.reconnect_in_progress");
        let waiting = realtime.schedule_realtime_reconnect_cycle(at(10)).await.unwrap();
        assert_eq!(waiting, ReconnectPhase::Waiting { failures: 1, retry_at: at(10), deadline: at(100) });
        assert_eq!(effect(&mut events).await, Effect::AwaitReconnect { retry_at: at(10) });
        assert_eq!(code(realtime.retry_realtime_reconnect_cycle(at(9)).await), "realtime.retry_too_early");
        let trying = realtime.retry_realtime_reconnect_cycle(at(10)).await.unwrap();
        assert_eq!(trying, ReconnectPhase::Trying { failures: 1, deadline: at(100) });
        assert_eq!(realtime.schedule_realtime_reconnect_cycle(at(100)).await.unwrap(), ReconnectPhase::Exhausted);
        assert_eq!(effect(&mut events).await, Effect::ReconnectExhausted);
        realtime.clear_realtime_reconnect_cycle().await.unwrap();
        realtime.begin_realtime_reconnect_cycle(at(200)).await.unwrap();
        realtime.exhaust_realtime_reconnect_cycle().await.unwrap();
        realtime.begin_realtime_reconnect_cycle(at(300)).await.unwrap();
        carrying(&handle).await;
        assert_eq!(realtime.realtime_reconnect_status().await.unwrap(), ReconnectPhase::Idle, "one succeeded");
    })
    .await;
}

#[tokio::test]
async fn a_change_of_the_topology_takes_its_steps_in_order_and_no_transport_is_opened_meanwhile() {
    within(async {
        let machine = machine();
        let (handle, mut turns) = voiced(&machine).await;
        let realtime = handle.realtime();
        let authority = carrying(&handle).await;
        let left = realtime.begin_live_topology_reconfiguration().await.unwrap();
        let change = realtime.begin_live_topology_reconfiguration().await.unwrap();
        let advance = |step| realtime.advance_live_topology_reconfiguration(change, step);
        assert_eq!(code(realtime.abort_live_topology_reconfiguration(left).await), "realtime.topology_stale");
        assert_eq!(code(advance(TopologyStep::ApplyIdentity).await), "realtime.topology_out_of_order");
        assert_eq!(code(realtime.replace_realtime_attachment().await), "realtime.topology_in_progress");
        let ready = realtime.publish_realtime_attachment_signal(authority, RealtimeSignal::Ready).await;
        assert_eq!(code(ready), "realtime.topology_in_progress");

        let (_, done) = handle.accept_input_with_completion(Submission::prompt("a")).await.unwrap();
        let turn = turns.next().await;
        assert_eq!(code(advance(TopologyStep::Detach).await), "runtime.run_current");
        turn.complete("");
        done.await;
        for step in [TopologyStep::Detach, TopologyStep::ApplyIdentity, TopologyStep::ApplyVisibility] {
            advance(step).await.unwrap();
            assert_eq!(status(&handle).await, Status::IntentPresentUnbound);
            assert_eq!(code(realtime.attach_live().await), "realtime.topology_in_progress");
        }
        assert_eq!(code(realtime.abort_live_topology_reconfiguration(change).await), "realtime.topology_out_of_order");
        realtime.complete_live_topology_reconfiguration(change).await.unwrap();
        carrying(&handle).await;

        let failing = realtime.begin_live_topology_reconfiguration().await.unwrap();
        let failed = realtime.fail_live_topology_reconfiguration(failing).await;
        assert_eq!(code(failed), "realtime.topology_out_of_order", "nothing was changed");
        realtime.advance_live_topology_reconfiguration(failing, TopologyStep::Detach).await.unwrap();
        realtime.fail_live_topology_reconfiguration(failing).await.unwrap();
        assert_eq!(status(&handle).await, Status::ReattachRequired);
    })
    .await;
}

#[tokio::test]
async fn context_that_grows_during_an_exchange_is_told_behind_it() {
    within(async {
        let machine = machine();
        let (handle, _turns) = voiced(&machine).await;
        let realtime = handle.realtime();
        let authority = carrying(&handle).await;
        let (mut events, to) = (machine.subscribe(), ContextWatermark::from_number);
        let exchange = realtime.begin_product_turn(authority).await.unwrap();
        assert_eq!(code(realtime.begin_product_turn(authority).await), "realtime.exchange_goes_on");
        realtime.start_product_output(exchange).await.unwrap();
        assert_eq!(code(realtime.start_product_output(exchange).await), "realtime.exchange_out_of_order");
        assert_eq!(realtime.advance_context(to(5)).await.unwrap().phase, ProjectionPhase::StaleDeferred);
        assert_eq!(code(realtime.advance_context(to(5)).await), "realtime.context_not_grown");
        realtime.end_product_turn(exchange, ProductTurnEnding::Interrupted).await.unwrap();
        assert_eq!(effect(&mut events).await, Effect::CutProductOutput { exchange });
        assert_eq!(effect(&mut events).await, Effect::ProjectContext { watermark: to(5) });
        assert_eq!(
            code(realtime.end_product_turn(exchange, ProductTurnEnding::Completed).await),
            "realtime.exchange_out_of_order"
        );
        assert_eq!(code(realtime.refresh_projection(authority, to(6)).await), "realtime.frontier_unfit");
        assert_eq!(realtime.refresh_projection(authority, to(3)).await.unwrap().phase, ProjectionPhase::StaleImmediate);
        let told = realtime.refresh_projection(authority, to(5)).await.unwrap();
        assert_eq!((told.phase, told.frontier), (ProjectionPhase::Fresh, to(5)));
        let next = realtime.begin_product_turn(authority).await.unwrap();
        assert_eq!(code(realtime.start_product_output(exchange).await), "realtime.exchange_stale");
        realtime.end_product_turn(next, ProductTurnEnding::Completed).await.unwrap();
    })
    .await;
}
