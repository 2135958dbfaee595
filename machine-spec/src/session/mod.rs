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
//! who takes in what they send, `comms_drain` which task drains it, `peer_envelope` and `silent_intents` what is done with
//! it, `supervisor` which of them supervises the session, `endpoints` which are trusted, `outbound_request` and
//! `inbound_request` who owes whom an answer, `interaction_stream` who follows along.
//!
//! They read the core and follow its inputs. None but `reconfiguration` ever refuses one, so that the core can be
//! understood and checked without them: while the host changes the model no run starts. What the host wants outlives its
//! process; what was open for an executor goes with the executor.
//!
//! Ids are admission numbers, run numbers and fences that only grow, so that nothing can be mistaken for something
//! older: a late callback carries a number that is no longer current and is rejected.

mod admission;
mod comms_drain;
mod deferred_tools;
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

use crate::machine;

machine! {
    /// One agent session, from its first registration to its destruction.
    #[derive(serde::Serialize, serde::Deserialize)]
    pub machine Meerkat;

    /// One registration of the session in one process. Every handle carries it.
    epoch Incarnation;
    /// One binding of an executor. Releasing a binding takes the fence that made it.
    epoch Fence;
    /// One execution of staged inputs. Never used twice, so a late cancel cannot hit the next run.
    epoch RunId;
    /// The admission number of an input: the order of admission, and its name.
    epoch InputId;

    /// Where an admitted input waits.
    enum Lane {
        /// For a run of its own, in order of admission.
        Queue,
        /// Ahead of the queue; joins the current run at its next boundary.
        Steer,
    }

    /// When a cancelled run ends.
    enum CancelPoint {
        /// At its next boundary.
        Boundary,
        /// At once.
        Now,
    }

    /// What a session becomes when its run ends.
    enum Then {
        /// It waits for the next input.
        Attach,
        /// It takes no new input and drains what waits.
        Retire,
        /// It stops.
        Stop,
        /// It is destroyed.
        Destroy,
    }

    /// How a run ended.
    enum RunOutcome {
        /// Its inputs are done with.
        Completed,
        /// Its inputs are tried again if that is asked for and attempts are left.
        Failed { retry: bool },
        /// It ended because it was cancelled.
        Cancelled,
        /// It ended because the process gives the session up. That uses up no attempt.
        Interrupted,
    }

    /// Why an input was settled without having been consumed.
    enum AbandonReason {
        /// The host took it back before it was staged.
        Withdrawn,
        /// Its run was cancelled.
        Cancelled,
        /// Its run failed for good.
        Failed,
        /// Its runs failed as often as the attempt limit allows.
        AttemptsExhausted,
        /// The session was stopped.
        Stopped,
        /// The session was reset.
        Reset,
        /// The session was destroyed.
        Destroyed,
        /// Its stored content can no longer be read.
        Unreadable,
    }

    /// What became of an input.
    enum Settlement {
        /// A run completed with it.
        Consumed,
        /// Nothing will run it.
        Abandoned { reason: AbandonReason },
        /// A later input took its place.
        Superseded { by: InputId },
        /// It runs as part of an earlier input.
        Coalesced { into: InputId },
    }

    /// What becomes of the inputs of a run that has ended.
    enum Fate {
        /// They are done with.
        Consumed,
        /// They are tried again.
        Queued,
        /// Nothing will run them.
        Abandoned { reason: AbandonReason },
    }

    /// The fate of an input whose run ended in a session that goes on like this.
    fn fate(outcome: RunOutcome, ending: Then, exhausted: bool) -> Fate {
        match outcome {
            RunOutcome::Completed => Fate::Consumed,
            RunOutcome::Cancelled => Fate::Abandoned { reason: AbandonReason::Cancelled },
            RunOutcome::Failed { retry: false } => Fate::Abandoned { reason: AbandonReason::Failed },
            RunOutcome::Failed { retry: true } if exhausted => Fate::Abandoned { reason: AbandonReason::AttemptsExhausted },
            RunOutcome::Failed { retry: true } | RunOutcome::Interrupted => match ending {
                Then::Attach | Then::Retire => Fate::Queued,
                Then::Stop => Fate::Abandoned { reason: AbandonReason::Stopped },
                Then::Destroy => Fate::Abandoned { reason: AbandonReason::Destroyed },
            },
        }
    }

    /// An executor is bound, and what is opened for it now need not be let go of at once.
    fn goes_on(registration: RegistrationPhase, lifecycle: LifecyclePhase) -> bool {
        matches!(registration, RegistrationPhase::Active { .. })
            && !matches!(lifecycle, LifecyclePhase::Running { then: Then::Stop | Then::Destroy, .. })
    }

    /// A process takes the session.
    input Register { incarnation: Incarnation, attempt_limit: u32, waiting_limit: u64 }
    /// The process that held the session is gone.
    input Recover;
    /// An executor is about to be bound.
    input BeginAttach { incarnation: Incarnation, fence: Fence }
    /// The executor is bound.
    input FinishAttach { fence: Fence }
    /// The executor that was about to be bound is not.
    input AbandonAttach { fence: Fence }
    /// A bound executor goes away.
    input Detach { fence: Fence }
    /// The process gives the session up: no more input, no more runs.
    input Unregister { incarnation: Incarnation }
    /// The process has given the session up.
    input FinishUnregister { incarnation: Incarnation }

    /// A host's input is taken in. One that does not wake waits until another calls for a run, and runs in its order.
    input Admit { incarnation: Incarnation, input: InputId, lane: Lane, wakes: bool }
    /// The host calls for everything that waits.
    input Wake { incarnation: Incarnation }
    /// An input that waits is to start a run.
    input WakeInput { input: InputId }
    /// A waiting input is given up by a later one.
    input Supersede { input: InputId, by: InputId }
    /// A waiting input becomes part of an earlier one.
    input Coalesce { input: InputId, into: InputId }
    /// A waiting input is settled without having been run.
    input Abandon { input: InputId, reason: AbandonReason }
    /// A settled input leaves the machine's memory.
    input Forget { input: InputId }

    /// A run begins with the input that is next.
    input StartRun { run: RunId, input: InputId }
    /// A steering input joins the current run.
    input JoinRun { run: RunId, input: InputId }
    /// The run has taken in what was staged for it.
    input ReachBoundary { run: RunId }
    /// The current run is to end early.
    input CancelRun { run: RunId, point: CancelPoint }
    /// The current run has ended.
    input FinishRun { run: RunId, outcome: RunOutcome }

    /// No new input; what waits is drained.
    input Retire { incarnation: Incarnation }
    /// A retired session takes input again. What waits is kept.
    input Recycle { incarnation: Incarnation }
    /// The session ends until an executor is bound again.
    input Stop { incarnation: Incarnation }
    /// What waits is abandoned, and the session starts anew.
    input Reset { incarnation: Incarnation }
    /// The session ends for good.
    input Destroy { incarnation: Incarnation }

    /// Start the executor on the inputs staged for the run.
    effect StartExecutor { run: RunId }
    /// Tell the executor to go on behind its boundary.
    effect ContinueRun { run: RunId }
    /// Tell the executor to end its run now.
    effect InterruptRun { run: RunId }
    /// Let go of the executor bound under the fence.
    effect ReleaseExecutor { fence: Fence }
    /// Tell whoever waits for the input.
    effect InputSettled { input: InputId, settlement: Settlement }

    use registration::registration;
    use lifecycle::lifecycle;
    use admission::admission;
    use ingress::ingress;
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

    invariant "a staged or applied input belongs to the current run": ingress.all(|i| match i.phase {
        Staged { run } | Applied { run } => matches!(lifecycle.phase, Running { run: current, .. } if current == run),
        _ => true,
    });
    invariant "a run is current if and only if the session is running": lifecycle.is(Running) == !ingress.in_run.is_empty();
    invariant "a staged input has used an attempt": ingress.all(|i| !i.is(Staged | Applied) || i.attempts > 0);
    invariant "every tracked input was admitted, under a number of its own": ingress.all(|i| i.key <= admission.last_input);
    invariant "the current run is the latest": lifecycle.is(Running) =>
        matches!(lifecycle.phase, Running { run, .. } if run == lifecycle.last_run);
    invariant "whoever is bound or being bound holds the latest fence": match registration.phase {
        Attaching { fence } | Active { fence } => fence == registration.fence,
        _ => true,
    };
    invariant "an attached session has an executor": lifecycle.is(Attached) => registration.is(Active | Draining);
    invariant "a running session has an executor": lifecycle.is(Running) => registration.is(Active | Draining);
    invariant "an idle, stopped or destroyed session has no executor":
        lifecycle.is(Idle | Stopped | Destroyed) => !registration.is(Active);
    invariant "nothing waits in a stopped or destroyed session":
        lifecycle.is(Stopped | Destroyed) => ingress.waiting.is_empty();
    invariant "nothing waits in a session that ends with its run":
        matches!(lifecycle.phase, Running { then: Then::Stop | Then::Destroy, .. }) => ingress.waiting.is_empty();
    invariant "a session that ends with its run was told to end it":
        matches!(lifecycle.phase, Running { then: Then::Stop | Then::Destroy, .. }) =>
        matches!(lifecycle.phase, Running { cancel: Some(CancelPoint::Now), .. });

    always "a final input phase is final": ingress.all(|i| i.is(Queued | Staged | Applied)
        || next.ingress.get(i.key).is_none_or(|later| later.phase == i.phase));
    always "an input number is given once": next.ingress.all(|i| ingress.contains_key(i.key) || i.key > admission.last_input);
    always "an input leaves the machine only when it is settled":
        ingress.all(|i| next.ingress.contains_key(i.key) || !i.is(Queued | Staged | Applied));
    always "an input keeps its lane": ingress.all(|i| next.ingress.get(i.key).is_none_or(|later| later.lane == i.lane));
    always "an attempt is given back only when the session is given up": ingress.all(|i|
        next.ingress.get(i.key).is_none_or(|later| later.attempts >= i.attempts || registration.is(Draining)));
    always "a run starts only while an executor is bound":
        !lifecycle.is(Running) && next.lifecycle.is(Running) => registration.is(Active);
    always "nothing is admitted and nothing starts while the session drains": registration.is(Draining) =>
        next.admission.last_input == admission.last_input && next.lifecycle.last_run == lifecycle.last_run;
    always "a retired session takes no input": lifecycle.is(Retired) => next.admission.last_input == admission.last_input;
    always "a run is given up only when it has ended": lifecycle.is(Running) && !next.lifecycle.is(Running) =>
        next.ingress.in_run.is_empty();
    always "incarnations, fences, runs and inputs never go back": next.registration.incarnation >= registration.incarnation
        && next.registration.fence >= registration.fence
        && next.lifecycle.last_run >= lifecycle.last_run
        && next.admission.last_input >= admission.last_input;
    always "a destroyed session stays destroyed": lifecycle.is(Destroyed) => next.lifecycle.is(Destroyed);

    reachable "an input is consumed at its second attempt": ingress.any(|i| i.is(Consumed) && i.attempts == 2);
    reachable "a steering input joins a run": ingress.in_run.len() == 2;
    reachable "a retired session runs what waited": matches!(lifecycle.phase, Running { then: Then::Retire, .. });
    reachable "a run outlives the registration's end": lifecycle.is(Running) && registration.is(Draining);

    possible "a retired session can drain": lifecycle.is(Retired) => ingress.waiting.is_empty() && ingress.in_run.is_empty();
    possible "a retired session can take input again with all that waits":
        lifecycle.is(Retired) && ingress.waiting.len() == 2 && registration.is(Queuing | Attaching | Active)
        => lifecycle.is(Idle | Attached) && ingress.waiting.len() == 2;
    possible "a current run can end": lifecycle.is(Running) => !lifecycle.is(Running);
    possible "a process can give the session up": !registration.is(Absent) => registration.is(Absent);
    possible "every input can be settled": true => ingress.waiting.is_empty() && ingress.in_run.is_empty();

    fair FinishRun, FinishUnregister;
    leads_to "a stop request ends in Stopped, or in Destroyed if that is asked for as well":
        matches!(lifecycle.phase, Running { then: Then::Stop, .. }) => lifecycle.is(Stopped | Destroyed);
    leads_to "a session that is given up is given up": registration.is(Draining) => registration.is(Absent);
    leads_to "what a run was given is settled or waits again": !ingress.in_run.is_empty() => ingress.in_run.is_empty();
}
