//! Who takes in what peers send, whom the session trusts, and what becomes of envelopes.

use std::sync::Arc;

use meerkat_runtime::store::MemoryStore;
use meerkat_runtime::{
    Envelope, EnvelopeHandling, EnvelopeId, EnvelopeIntent, IngressChange, IngressOwner, IngressUpdate, InputOutcome,
    InputStatus, Lane, MeerkatMachine, OverlayEpoch, RuntimeOptions, Submission,
};

use crate::support::{driven, id, machine, options, within};

fn message(number: u64, intent: &str, text: &str) -> Envelope {
    Envelope::new(EnvelopeId::from_number(number), EnvelopeIntent::Message(intent.into()), text)
}

fn other(number: u64, intent: EnvelopeIntent) -> Envelope {
    Envelope::new(EnvelopeId::from_number(number), intent, "peer")
}

fn mob(name: &str) -> IngressOwner {
    IngressOwner::Mob(name.into())
}

#[tokio::test]
async fn a_silent_intent_neither_wakes_nor_runs_until_something_else_does() {
    within(async {
        let machine = machine();
        let (handle, mut turns) = driven(&machine).await;
        machine.set_session_silent_intents(&id("s"), ["gossip", "noise"]).await.unwrap();
        let receipt = handle.peers().accept_envelope(message(1, "gossip", "heard")).await.unwrap();
        assert_eq!(receipt.handling, EnvelopeHandling::Record);
        let state = handle.input_state(receipt.input.unwrap()).await.unwrap();
        assert!(matches!(state, InputStatus::Waiting { wakes: false, .. }));
        assert_eq!((machine.statistics().runs, machine.statistics().accepted), (0, 1));
        let receipt = handle.peers().accept_envelope(message(2, "work", "do")).await.unwrap();
        assert_eq!(receipt.handling, EnvelopeHandling::Admit { lane: Lane::Queue });
        for text in ["heard", "do"] {
            let turn = turns.next().await;
            assert_eq!(turn.prompts(), [text]);
            turn.complete("");
        }
        // The set is replaced as a whole.
        handle.peers().set_silent_intents(["noise", "work"]).await.unwrap();
        let silent: Vec<_> = handle.peers().silent_intents().await.unwrap();
        assert_eq!(silent, ["noise".into(), "work".into()] as [Arc<str>; 2]);
        handle.peers().accept_envelope(message(3, "work", "later")).await.unwrap();
        handle.peers().accept_envelope(message(4, "gossip", "now")).await.unwrap();
        assert_eq!(turns.next().await.prompts(), ["later"]);
    })
    .await;
}

#[tokio::test]
async fn a_set_of_silent_intents_that_is_refused_changes_nothing() {
    within(async {
        let options = RuntimeOptions { name_limit: 2, ..options() };
        let machine = MeerkatMachine::ephemeral().with_options(options);
        let handle = machine.register_session(&id("s")).await.unwrap();
        handle.peers().set_silent_intents(["a"]).await.unwrap();
        let refused = handle.peers().set_silent_intents(["b", "c"]).await.unwrap_err();
        assert_eq!(refused.code(), "runtime.too_many_names");
        assert_eq!(handle.peers().silent_intents().await.unwrap(), [Arc::from("a")]);
        // What peers call their intents uses up no names.
        for number in 1..=10 {
            handle.peers().accept_envelope(message(number, &format!("new {number}"), "")).await.unwrap();
        }
        handle.peers().set_silent_intents(["b"]).await.unwrap();
        assert_eq!(handle.peers().silent_intents().await.unwrap(), [Arc::from("b")]);
    })
    .await;
}

#[tokio::test]
async fn an_envelope_is_taken_in_once_across_a_crash_until_it_is_settled() {
    within(async {
        let store = MemoryStore::new();
        let first = MeerkatMachine::persistent(Arc::new(store.clone())).with_options(options());
        let handle = first.register_session(&id("s")).await.unwrap();
        handle.peers().accept_envelope(message(7, "work", "do")).await.unwrap();
        drop(first);
        let second = MeerkatMachine::persistent(Arc::new(store.reopen())).with_options(options());
        let (handle, mut turns) = driven(&second).await;
        let again = handle.peers().accept_envelope(message(7, "work", "do")).await.unwrap_err();
        assert_eq!(again.code(), "peers.envelope_taken");
        assert_eq!(handle.peers().open_envelopes().await.unwrap(), [EnvelopeId::from_number(7)]);
        assert_eq!(turns.next().await.prompts(), ["do"]);
        handle.peers().settle_envelope(EnvelopeId::from_number(7)).await.unwrap();
        let twice = handle.peers().settle_envelope(EnvelopeId::from_number(7)).await.unwrap_err();
        assert_eq!(twice.code(), "peers.envelope_unknown");
        assert_eq!(handle.peers().open_envelopes().await.unwrap(), []);
    })
    .await;
}

#[tokio::test]
async fn an_answer_steers_and_what_is_not_for_the_model_becomes_no_input() {
    within(async {
        let machine = machine();
        let handle = machine.register_session(&id("s")).await.unwrap();
        let receipt = handle.peers().accept_envelope(other(1, EnvelopeIntent::Response)).await.unwrap();
        assert_eq!(receipt.handling, EnvelopeHandling::Admit { lane: Lane::Steer });
        let receipt = handle.peers().accept_envelope(other(2, EnvelopeIntent::Progress)).await.unwrap();
        assert_eq!((receipt.handling, receipt.input.is_some()), (EnvelopeHandling::Record, true));
        for (number, intent) in [EnvelopeIntent::PeerAdded, EnvelopeIntent::PeerRetired, EnvelopeIntent::PeerUnwired]
            .into_iter()
            .enumerate()
        {
            let receipt = handle.peers().accept_envelope(other(3 + number as u64, intent)).await.unwrap();
            assert_eq!((receipt.handling, receipt.input), (EnvelopeHandling::Rewire, None));
        }
        handle.retire().await.unwrap();
        // A retired session takes no input, is still supervised, and keeps nothing of what it refuses.
        let refused = handle.peers().accept_envelope(other(9, EnvelopeIntent::Response)).await.unwrap_err();
        assert_eq!(refused.code(), "runtime.retired");
        let receipt = handle.peers().accept_envelope(other(9, EnvelopeIntent::Supervision)).await.unwrap();
        assert_eq!((receipt.handling, receipt.input), (EnvelopeHandling::Supervise, None));
        assert_eq!(handle.status().await.unwrap().waiting, 2);
    })
    .await;
}

#[tokio::test]
async fn an_envelope_needs_room_and_fits_the_limits_of_an_input() {
    within(async {
        let options = RuntimeOptions { waiting_limit: 1, prompt_limit_bytes: 4, ..options() };
        let machine = MeerkatMachine::ephemeral().with_options(options);
        let handle = machine.register_session(&id("s")).await.unwrap();
        let long = handle.peers().accept_envelope(message(1, "work", "12345")).await.unwrap_err();
        assert_eq!(long.code(), "runtime.prompt_too_large");
        let (_, settled) = handle.accept_input_with_completion(Submission::prompt("a")).await.unwrap();
        let full = handle.peers().accept_envelope(message(1, "work", "b")).await.unwrap_err();
        assert_eq!(full.code(), "runtime.too_many_waiting");
        handle.reset().await.unwrap();
        assert!(matches!(settled.await, InputOutcome::Abandoned { .. }));
        handle.peers().accept_envelope(message(1, "work", "b")).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_mob_keeps_the_ingress_until_it_lets_go_itself() {
    within(async {
        let machine = machine();
        let session = id("s");
        let handle = machine.register_session(&session).await.unwrap();
        assert!(!machine.session_has_comms(&session).await.unwrap());
        let change = |change| machine.update_peer_ingress_context(&session, change);
        let changed = |from| IngressUpdate::Changed { from };
        let kept = IngressUpdate::KeptByMob { mob: "blue".into() };
        assert_eq!(change(IngressChange::AttachSession).await.unwrap(), changed(None));
        assert_eq!(change(IngressChange::AttachSession).await.unwrap(), IngressUpdate::Unchanged);
        assert_eq!(
            change(IngressChange::AttachMob("blue".into())).await.unwrap(),
            changed(Some(IngressOwner::Session))
        );
        assert_eq!(change(IngressChange::AttachSession).await.unwrap(), kept);
        assert_eq!(change(IngressChange::DetachSession).await.unwrap(), kept);
        assert_eq!(change(IngressChange::AttachMob("blue".into())).await.unwrap(), IngressUpdate::Unchanged);
        for foreign in [IngressChange::AttachMob("red".into()), IngressChange::DetachMob("red".into())] {
            assert_eq!(change(foreign).await.unwrap_err().code(), "peers.ingress_of_another_mob");
        }
        assert_eq!(machine.peer_ingress_owner(&session).await.unwrap(), Some(mob("blue")));
        assert!(handle.peers().has_comms().await.unwrap());
        assert_eq!(change(IngressChange::DetachMob("blue".into())).await.unwrap(), changed(Some(mob("blue"))));
        assert_eq!(change(IngressChange::DetachMob("blue".into())).await.unwrap(), IngressUpdate::Unchanged);
        assert_eq!(machine.peer_ingress_owner(&session).await.unwrap(), None);
    })
    .await;
}

#[tokio::test]
async fn an_overlay_is_replaced_by_a_newer_one_only_and_as_a_whole() {
    within(async {
        let machine = machine();
        let handle = machine.register_session(&id("s")).await.unwrap();
        let peers = handle.peers();
        let epoch = OverlayEpoch::from_number;
        peers.set_local("me").await.unwrap();
        let first = peers.add_direct("ann").await.unwrap();
        let second = peers.apply_overlay(epoch(5), ["bob", "cid", "bob"]).await.unwrap();
        for stale in [4, 5] {
            let refused = peers.apply_overlay(epoch(stale), ["eve"]).await.unwrap_err();
            assert_eq!(refused.code(), "peers.overlay_stale");
        }
        let refused = peers.apply_overlay(epoch(6), ["dan", "me"]).await.unwrap_err();
        assert_eq!(refused.code(), "peers.peer_is_self");
        assert_eq!(peers.confirm_projection(first).await.unwrap_err().code(), "peers.projection_not_awaited");
        assert!(!peers.projection().await.unwrap().confirmed);
        peers.confirm_projection(second).await.unwrap();
        assert_eq!(peers.confirm_projection(second).await.unwrap_err().code(), "peers.projection_not_awaited");
        let projection = peers.projection().await.unwrap();
        let trusted: Vec<&str> = projection.trusted().map(|peer| &**peer).collect();
        assert_eq!(
            (trusted, projection.overlay_epoch, projection.confirmed),
            (vec!["ann", "bob", "cid"], epoch(5), true)
        );
        let third = peers.apply_overlay(epoch(6), ["dan", "ann"]).await.unwrap();
        assert!(third > second);
        peers.remove_direct("ann").await.unwrap();
        let projection = peers.projection().await.unwrap();
        assert_eq!(projection.trusted().map(|peer| &**peer).collect::<Vec<_>>(), ["ann", "dan"]);
        assert!(!projection.confirmed);
        assert_eq!(peers.remove_direct("ann").await.unwrap_err().code(), "peers.peer_unknown");
        assert_eq!(peers.set_local("dan").await.unwrap_err().code(), "peers.peer_is_self");
        peers.add_direct("ann").await.unwrap();
        assert_eq!(peers.add_direct("ann").await.unwrap_err().code(), "peers.peer_known");
    })
    .await;
}
