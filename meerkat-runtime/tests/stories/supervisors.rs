//! Which peer may supervise a session, and what acknowledgements count.

use std::sync::Arc;

use meerkat_runtime::store::MemoryStore;
use meerkat_runtime::{
    MeerkatMachine, MeerkatMachineEffect, RuntimeEventKind, SessionHandle, SupervisorEpoch, SupervisorTrust,
};

use crate::support::{id, machine, options, within};

async fn trust(handle: &SessionHandle) -> Option<(String, SupervisorEpoch, SupervisorTrust)> {
    let binding = handle.supervisor().binding().await.unwrap();
    binding.map(|binding| (binding.peer.to_string(), binding.epoch, binding.trust))
}

#[tokio::test]
async fn a_supervisor_is_who_the_host_has_acknowledged_under_the_latest_binding() {
    within(async {
        let machine = machine();
        let mut events = machine.subscribe();
        let handle = machine.register_session(&id("s")).await.unwrap();
        let supervisor = handle.supervisor();
        let first = supervisor.bind("lead").await.unwrap();
        assert_eq!(trust(&handle).await, Some(("lead".into(), first, SupervisorTrust::Publishing)));
        assert_eq!(supervisor.authorize("lead").await.unwrap_err().code(), "peers.not_supervisor");
        assert_eq!(supervisor.bind("lead").await.unwrap_err().code(), "peers.supervisor_changing");
        supervisor.trust_published(first).await.unwrap();
        assert_eq!(supervisor.trust_published(first).await.unwrap_err().code(), "peers.acknowledgement_unexpected");
        assert_eq!(supervisor.authorize("lead").await.unwrap(), first);
        assert_eq!(supervisor.authorize("mallory").await.unwrap_err().code(), "peers.not_supervisor");
        assert_eq!(supervisor.bind("mallory").await.unwrap_err().code(), "peers.supervisor_other");
        // Bound anew: what belongs to the old binding is stale in every phase of the new one.
        let second = supervisor.bind("lead").await.unwrap();
        assert!(second > first);
        for _ in 0..2 {
            for stale in [
                supervisor.trust_published(first).await,
                supervisor.publish_failed(first).await,
                supervisor.revoke(first).await,
                supervisor.trust_revoked(first).await,
                supervisor.revoke_failed(first).await,
            ] {
                assert_eq!(stale.unwrap_err().code(), "peers.supervisor_epoch_stale");
            }
            // Refused the second time, when it was published already.
            drop(supervisor.trust_published(second).await);
        }
        assert_eq!(trust(&handle).await, Some(("lead".into(), second, SupervisorTrust::Published)));
        let mut published = 0;
        while published < 2 {
            let event = events.next().await.unwrap().unwrap();
            if let RuntimeEventKind::Effect(MeerkatMachineEffect::PublishSupervisorTrust { .. }) = event.kind {
                published += 1;
            }
        }
    })
    .await;
}

#[tokio::test]
async fn trust_that_may_be_there_is_revoked_before_another_peer_is_bound() {
    within(async {
        let machine = machine();
        let handle = machine.register_session(&id("s")).await.unwrap();
        let supervisor = handle.supervisor();
        let none = SupervisorEpoch::from_number(0);
        assert_eq!(supervisor.revoke(none).await.unwrap_err().code(), "peers.supervisor_unbound");
        let epoch = supervisor.bind("lead").await.unwrap();
        supervisor.publish_failed(epoch).await.unwrap();
        assert_eq!(trust(&handle).await, Some(("lead".into(), epoch, SupervisorTrust::Uncertain)));
        assert_eq!(supervisor.bind("other").await.unwrap_err().code(), "peers.supervisor_other");
        supervisor.revoke(epoch).await.unwrap();
        assert_eq!(supervisor.revoke(epoch).await.unwrap_err().code(), "peers.supervisor_changing");
        supervisor.revoke_failed(epoch).await.unwrap();
        assert_eq!(trust(&handle).await, Some(("lead".into(), epoch, SupervisorTrust::Uncertain)));
        supervisor.revoke(epoch).await.unwrap();
        supervisor.trust_revoked(epoch).await.unwrap();
        assert_eq!(trust(&handle).await, None);
        let next = supervisor.bind("other").await.unwrap();
        assert_eq!(trust(&handle).await, Some(("other".into(), next, SupervisorTrust::Publishing)));
        handle.destroy().await.unwrap();
        assert_eq!(trust(&handle).await, Some(("other".into(), next, SupervisorTrust::Revoking)));
        supervisor.trust_revoked(next).await.unwrap();
        assert_eq!(supervisor.bind("lead").await.unwrap_err().code(), "runtime.destroyed");
    })
    .await;
}

#[tokio::test]
async fn a_binding_survives_its_process_and_half_published_trust_is_uncertain() {
    within(async {
        let store = MemoryStore::new();
        let open = || MeerkatMachine::persistent(Arc::new(store.reopen())).with_options(options());
        let first = open();
        let handle = first.register_session(&id("s")).await.unwrap();
        let epoch = handle.supervisor().bind("lead").await.unwrap();
        handle.supervisor().trust_published(epoch).await.unwrap();
        drop(first);
        let second = open();
        let handle = second.register_session(&id("s")).await.unwrap();
        assert_eq!(handle.supervisor().authorize("lead").await.unwrap(), epoch);
        let newer = handle.supervisor().bind("lead").await.unwrap();
        drop(second);
        let third = open();
        let handle = third.register_session(&id("s")).await.unwrap();
        assert_eq!(trust(&handle).await, Some(("lead".into(), newer, SupervisorTrust::Uncertain)));
        let late = handle.supervisor().trust_published(newer).await.unwrap_err();
        assert_eq!(late.code(), "peers.acknowledgement_unexpected");
    })
    .await;
}
