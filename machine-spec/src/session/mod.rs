//! The session machine: what may happen to one agent session, and when.
//!
//! Four regions are the core. `registration` says which process and which executor hold the session; `lifecycle` whether
//! it takes input and whether a run is current; `admission` numbers the inputs; `ingress` follows each of them until it
//! is settled. An input of the machine that several regions know is one step of all of them, or of none.
//!
//! The work: `turn` follows what the executor of the current run reports, if it reports; `operations` what goes on beside
//! the runs, which `operation_numbers` numbers; `waits` whoever waits for it. The tools: `visibility` and `deferred_tools`
//! say which a run may see; `surfaces`, `surface_snapshot` and `servers` what is connected outside of the process. The live
//! transport: `realtime`, `topology` and `reconnect` say who holds it, `product_turn` and `projection` what goes on over
//! it. The model: `identity` is what the session runs with, `reconfiguration` how far a change of it is, `routing` another
//! model for some runs, `image_operation` another one for a piece of work within a run. The peers: `peer_ingress` says
//! who takes in what they send, `comms_drain` which task drains it, `drain_task` whether it is there, `peer_envelope` and `silent_intents` what is done with
//! it, `supervisor` which of them supervises the session, `endpoints` which are trusted, `outbound_request` and
//! `inbound_request` who owes whom an answer, `interaction_stream` who follows along.
//!
//! They read the core and follow its inputs. Two of them refuse one, so that the core can be understood and checked
//! without the rest: while the host changes the model no run starts (`reconfiguration`), and a session that is given up
//! is held until the task of its drain was joined (`drain_task`). What the host wants outlives its
//! process; what was open for an executor goes with the executor.
//!
//! Ids are admission numbers, run numbers and fences that only grow, so that nothing can be mistaken for something
//! older: a late callback carries a number that is no longer current and is rejected.

mod admission;
mod comms_drain;
mod deferred_tools;
mod drain_task;
mod endpoints;
mod identity;
mod image_operation;
mod inbound_request;
mod ingress;
mod interaction_stream;
mod lifecycle;
mod operation_numbers;
mod operations;
mod outbound_request;
mod peer_envelope;
mod peer_ingress;
mod product_turn;
mod projection;
mod realtime;
mod reconfiguration;
mod reconnect;
mod registration;
mod routing;
mod servers;
mod silent_intents;
mod supervisor;
mod surface_snapshot;
mod surfaces;
mod topology;
mod turn;
mod visibility;
mod waits;

crate::machine! {
    /// One agent session, from its first registration to its destruction.
    #[derive(serde::Serialize, serde::Deserialize)]
    pub machine Meerkat;

    use registration::registration;
    use lifecycle::lifecycle;
    use admission::admission;
    use ingress::ingress;
    use drain_task::drain_task;
    use visibility::visibility;
    use deferred_tools::deferred_tools;
    use surfaces::surfaces;
    use surface_snapshot::surface_snapshot;
    use servers::servers;
    use realtime::realtime;
    use topology::topology;
    use reconnect::reconnect;
    use product_turn::product_turn;
    use projection::projection;
    use turn::turn;
    use operation_numbers::operation_numbers;
    use operations::operations;
    use waits::waits;
    use identity::identity;
    use reconfiguration::reconfiguration;
    use routing::routing;
    use image_operation::image_operation;
    use peer_ingress::peer_ingress;
    use comms_drain::comms_drain;
    use supervisor::supervisor;
    use endpoints::endpoints;
    use outbound_request::outbound_request;
    use inbound_request::inbound_request;
    use interaction_stream::interaction_stream;
    use silent_intents::silent_intents;
    use peer_envelope::peer_envelope;

    invariant "a run is current if and only if the session is running": lifecycle.is(Running) == !ingress.in_run.is_empty();
    invariant "an attached or running session has an executor":
        lifecycle.is(Attached | Running) => registration.is(Active | Draining);
    invariant "an idle, stopped or destroyed session has no executor":
        lifecycle.is(Idle | Stopped | Destroyed) => !registration.is(Active);
    invariant "nothing waits in a session that is stopped or destroyed, or ends with its run":
        lifecycle.is(Stopped | Destroyed) || ends(lifecycle.phase) => ingress.waiting.is_empty();

    always "a run starts only while an executor is bound":
        !lifecycle.is(Running) && next.lifecycle.is(Running) => registration.is(Active);
    always "nothing is admitted and nothing starts while the session drains": registration.is(Draining) =>
        next.admission.last_input == admission.last_input && next.lifecycle.last_run == lifecycle.last_run;
    always "a retired session takes no input": lifecycle.is(Retired) => next.admission.last_input == admission.last_input;
    always "a run is given up only when it has ended": lifecycle.is(Running) && !next.lifecycle.is(Running) =>
        next.ingress.in_run.is_empty();

    reachable "a retired session runs what waited": matches!(lifecycle.phase, Running { then: Then::Retire, .. });
    reachable "a run outlives the registration's end": lifecycle.is(Running) && registration.is(Draining);

    possible "a retired session can drain": lifecycle.is(Retired) => ingress.waiting.is_empty() && ingress.in_run.is_empty();
    possible "a retired session can take input again with all that waits":
        lifecycle.is(Retired) && ingress.waiting.len() == 2 && registration.is(Queuing | Attaching | Active)
        => lifecycle.is(Idle | Attached) && ingress.waiting.len() == 2;

    fair FinishRun, JoinDrain, FinishUnregister;
    leads_to "a session that is given up is given up": registration.is(Draining) => registration.is(Absent);
}
