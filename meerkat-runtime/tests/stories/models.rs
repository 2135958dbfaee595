//! The model of a session: changed, rolled back, switched for some runs, lent to a piece of work.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use meerkat_runtime::store::MemoryStore;
use meerkat_runtime::{
    Capability, ImageOperationId, ImageOperationPhase, ImageOutcome, MeerkatMachine, ModelHost, ModelHostError,
    ModelHostErrorKind, ModelIdentity, RealtimeTransport, Reconfigured, RuntimeOptions, SessionHandle, SessionId,
    Submission, SwitchOutcome,
};
use tokio::sync::{Semaphore, mpsc};

use crate::support::{Turns, driven, id, machine, options, within};

/// Fails, panics or hangs at the steps that it is told, and tells every step that begins.
struct Scripted {
    faults: Mutex<Vec<(&'static str, &'static str)>>,
    told: mpsc::UnboundedSender<&'static str>,
    /// As many steps may end.
    pace: Semaphore,
}

impl Scripted {
    fn new(faults: &[(&'static str, &'static str)]) -> (Arc<Self>, mpsc::UnboundedReceiver<&'static str>) {
        let (told, steps) = mpsc::unbounded_channel();
        let faults = Mutex::new(faults.to_vec());
        (Arc::new(Self { faults, told, pace: Semaphore::new(Semaphore::MAX_PERMITS) }), steps)
    }

    async fn step(&self, step: &'static str) -> Result<(), ModelHostError> {
        self.told.send(step).ok();
        self.pace.acquire().await.unwrap().forget();
        let fault = {
            let mut faults = self.faults.lock().unwrap();
            let at = faults.iter().position(|(at, _)| *at == step);
            at.map(|at| faults.remove(at).1)
        };
        match fault {
            None => Ok(()),
            Some("panic") => panic!("as the test told"),
            Some("hang") => std::future::pending().await,
            Some(words) => Err(ModelHostError::failed(words)),
        }
    }
}

const LIVE: Capability = Capability { realtime: true, vision: false, image_tool_results: false };

#[async_trait]
impl ModelHost for Scripted {
    async fn resolve_capability(&self, _: &SessionId, _: &str) -> Result<Capability, ModelHostError> {
        self.step("resolve").await.map(|()| LIVE)
    }

    async fn apply_identity(&self, _: &SessionId, _: &ModelIdentity) -> Result<(), ModelHostError> {
        self.step("identity").await
    }

    async fn apply_visibility(&self, _: &SessionId, _: &ModelIdentity) -> Result<(), ModelHostError> {
        self.step("visibility").await
    }

    async fn persist(&self, _: &SessionId, _: &ModelIdentity) -> Result<(), ModelHostError> {
        self.step("persist").await
    }

    async fn restore(&self, _: &SessionId, current: Option<&ModelIdentity>) -> Result<(), ModelHostError> {
        assert_eq!(current.map(|identity| &*identity.model), Some("old"));
        self.step("restore").await
    }
}

fn old() -> ModelIdentity {
    let capability = Capability { realtime: false, vision: true, image_tool_results: true };
    ModelIdentity { model: "old".into(), capability }
}

/// A session that is bound with the old model.
async fn bound(machine: &MeerkatMachine) -> (SessionHandle, Turns) {
    machine.register_session(&id("s")).await.unwrap().model().declare(old()).await.unwrap();
    driven(machine).await
}

#[tokio::test]
async fn a_change_is_committed_as_a_whole_and_survives_the_process() {
    within(async {
        let store = MemoryStore::new();
        let first = MeerkatMachine::persistent(Arc::new(store.clone()));
        let handle = first.register_session(&id("s")).await.unwrap();
        assert_eq!(handle.model().realtime_transport().await.unwrap(), RealtimeTransport::Unresolved);
        let (handle, _turns) = bound(&first).await;
        let model = handle.model();
        assert_eq!(model.declare(old()).await.unwrap_err().code(), "runtime.executor_bound");
        assert_eq!(model.reconfigure("new").await.unwrap_err().code(), "model.host_missing");
        assert_eq!(model.realtime_transport().await.unwrap(), RealtimeTransport::Incapable);
        let (host, mut steps) = Scripted::new(&[]);
        model.set_session_llm_reconfigure_host(host).await.unwrap();
        let new = ModelIdentity { model: "new".into(), capability: LIVE };
        assert_eq!(model.reconfigure("new").await.unwrap(), Reconfigured::Committed { identity: new.clone() });
        for step in ["resolve", "identity", "visibility", "persist"] {
            assert_eq!(steps.try_recv(), Ok(step));
        }
        drop(first);
        let second = MeerkatMachine::persistent(Arc::new(store.reopen()));
        let handle = second.register_session(&id("s")).await.unwrap();
        assert_eq!(handle.model().identity().await.unwrap(), Some(new));
        assert_eq!(handle.model().realtime_transport().await.unwrap(), RealtimeTransport::Capable);
    })
    .await;
}

#[tokio::test]
async fn a_failure_at_any_step_leaves_the_old_model() {
    within(async {
        for step in ["resolve", "identity", "visibility", "persist"] {
            for (fault, kind) in [
                ("no", ModelHostErrorKind::Failed),
                ("panic", ModelHostErrorKind::Panicked),
                ("hang", ModelHostErrorKind::TimedOut),
            ] {
                let options = RuntimeOptions { model_step_timeout_ms: 5, ..options() };
                let machine = MeerkatMachine::ephemeral().with_options(options);
                let (handle, mut turns) = bound(&machine).await;
                let (host, mut steps) = Scripted::new(&[(step, fault)]);
                handle.model().set_session_llm_reconfigure_host(host).await.unwrap();
                let failure = match handle.model().reconfigure("new").await.unwrap() {
                    Reconfigured::Unresolved { failure } if step == "resolve" => failure,
                    Reconfigured::RolledBack { failure } if step != "resolve" => failure,
                    other => panic!("{step}, {fault}: {other:?}"),
                };
                assert_eq!(failure.unwrap().kind, kind, "{step}, {fault}");
                let mut last = "";
                while let Ok(step) = steps.try_recv() {
                    last = step;
                }
                assert_eq!(last, if step == "resolve" { "resolve" } else { "restore" });
                assert_eq!(handle.model().identity().await.unwrap(), Some(old()));
                handle.accept_input(Submission::prompt("a")).await.unwrap();
                turns.next().await;
            }
        }
    })
    .await;
}

#[tokio::test]
async fn an_executor_that_is_astray_runs_nothing_until_it_is_restored() {
    within(async {
        let machine = machine();
        let (handle, mut turns) = bound(&machine).await;
        let model = handle.model();
        let (host, _steps) = Scripted::new(&[("visibility", "no"), ("restore", "not now"), ("restore", "nor now")]);
        model.set_session_llm_reconfigure_host(host).await.unwrap();
        assert_eq!(model.retry_restore().await.unwrap_err().code(), "model.not_astray");
        let astray = |words| Reconfigured::Astray { failure: Some(ModelHostError::failed(words)) };
        assert_eq!(model.reconfigure("new").await.unwrap(), astray("not now"));
        handle.accept_input(Submission::prompt("a")).await.unwrap();
        assert_eq!(handle.current_run(), None);
        assert_eq!(model.reconfigure("new").await.unwrap_err().code(), "model.changing");
        assert_eq!(model.retry_restore().await.unwrap(), astray("nor now"));
        assert_eq!(handle.current_run(), None);
        assert!(matches!(model.retry_restore().await.unwrap(), Reconfigured::RolledBack { .. }));
        assert_eq!(turns.next().await.prompts(), ["a"]);
    })
    .await;
}

#[tokio::test]
async fn no_run_starts_while_the_model_is_changed_and_what_waits_runs_afterwards() {
    within(async {
        let machine = machine();
        let (handle, mut turns) = bound(&machine).await;
        handle.accept_input(Submission::prompt("a")).await.unwrap();
        let first = turns.next().await;
        let (host, mut steps) = Scripted::new(&[]);
        host.pace.forget_permits(Semaphore::MAX_PERMITS);
        handle.model().set_session_llm_reconfigure_host(Arc::clone(&host) as Arc<_>).await.unwrap();
        let changing = tokio::spawn({
            let handle = handle.clone();
            async move { handle.model().reconfigure("new").await.unwrap() }
        });
        assert_eq!(steps.recv().await, Some("resolve"));
        host.pace.add_permits(1);
        handle.accept_input(Submission::prompt("b")).await.unwrap();
        assert!(steps.try_recv().is_err(), "the change waits for the run");
        first.complete("");
        for step in ["identity", "visibility", "persist"] {
            assert_eq!(steps.recv().await, Some(step));
            handle.status().await.unwrap();
            assert_eq!(handle.current_run(), None, "nothing runs during {step}");
            host.pace.add_permits(1);
        }
        assert!(matches!(changing.await.unwrap(), Reconfigured::Committed { .. }));
        assert_eq!(turns.next().await.prompts(), ["b"]);
    })
    .await;
}

#[tokio::test]
async fn a_change_goes_with_its_executor_and_with_its_process() {
    within(async {
        for at in ["identity", "visibility", "persist"] {
            let store = MemoryStore::new();
            let first = MeerkatMachine::persistent(Arc::new(store.clone())).with_options(options());
            let (handle, _turns) = bound(&first).await;
            let (host, mut steps) = Scripted::new(&[(at, "hang"), (at, "hang")]);
            let watched = Arc::downgrade(&host);
            handle.model().set_session_llm_reconfigure_host(host).await.unwrap();
            let change = |handle: SessionHandle| {
                tokio::spawn(async move { handle.model().reconfigure("new").await.map_err(|error| error.code()) })
            };
            let changing = change(handle.clone());
            while steps.recv().await != Some(at) {}
            handle.detach().await.unwrap();
            assert_eq!(changing.await.unwrap(), Ok(Reconfigured::Abandoned));
            let (handle, _turns) = driven(&first).await;
            let changing = change(handle.clone());
            while steps.recv().await != Some(at) {}
            drop(first);
            assert!(changing.await.unwrap().is_err());
            while steps.recv().await.is_some() {}
            assert!(watched.upgrade().is_none(), "the call was ended");
            let second = MeerkatMachine::persistent(Arc::new(store.reopen())).with_options(options());
            let (handle, mut turns) = driven(&second).await;
            assert_eq!(handle.model().identity().await.unwrap(), Some(old()));
            handle.accept_input(Submission::prompt("a")).await.unwrap();
            turns.next().await;
        }
    })
    .await;
}

#[tokio::test]
async fn a_switch_lends_the_next_runs_another_model() {
    within(async {
        let machine = machine();
        let (handle, mut turns) = bound(&machine).await;
        let model = handle.model();
        assert_eq!(model.request_switch("fast", 0).await.unwrap_err().code(), "model.no_turns");
        let denied = model.request_switch("fast", 1).await.unwrap();
        assert_eq!(model.request_switch("fast", 1).await.unwrap_err().code(), "model.switch_pending");
        model.deny_switch(denied).await.unwrap();
        assert_eq!(model.grant_switch(denied).await.unwrap_err().code(), "model.switch_over");
        let granted = model.request_switch("fast", 2).await.unwrap();
        model.grant_switch(granted).await.unwrap();
        for text in ["a", "b", "c"] {
            handle.accept_input(Submission::prompt(text)).await.unwrap();
        }
        for expected in [Some("fast"), Some("fast"), None] {
            let turn = turns.next().await;
            assert_eq!(turn.run.model.as_deref(), expected);
            turn.complete("");
        }
        assert_eq!(model.switch_outcome(denied).await.unwrap(), Some(SwitchOutcome::Denied));
        assert_eq!(model.switch_outcome(granted).await.unwrap(), Some(SwitchOutcome::Restored));
        model.forget_switch(granted).await.unwrap();
        assert_eq!(model.forget_switch(granted).await.unwrap_err().code(), "model.switch_not_ended");
        let restored = model.request_switch("fast", 9).await.unwrap();
        model.grant_switch(restored).await.unwrap();
        model.restore(restored).await.unwrap();
        assert_eq!(model.switch_outcome(restored).await.unwrap(), Some(SwitchOutcome::Cancelled));
    })
    .await;
}

#[tokio::test]
async fn one_image_operation_at_a_time_has_its_model() {
    within(async {
        let machine = machine();
        let handle = machine.register_session(&id("s")).await.unwrap();
        let model = handle.model();
        let [first, second, third] = [1, 2, 3].map(ImageOperationId::from_number);
        for image in [first, second] {
            model.request_image(image, "painter").await.unwrap();
            assert_eq!(model.begin_image(image).await.unwrap_err().code(), "model.image_out_of_order");
            model.grant_image(image).await.unwrap();
        }
        assert_eq!(model.request_image(first, "painter").await.unwrap_err().code(), "model.image_known");
        assert_eq!(model.begin_image(third).await.unwrap_err().code(), "model.image_unknown");
        assert_eq!(&*model.begin_image(first).await.unwrap(), "painter");
        assert_eq!(model.begin_image(second).await.unwrap_err().code(), "model.image_model_taken");
        model.finish_image(first, true).await.unwrap();
        let completed = ImageOperationPhase::Ended { outcome: ImageOutcome::Completed };
        assert_eq!(model.image(first).await.unwrap(), Some(completed));
        model.begin_image(second).await.unwrap();
        handle.stop().await.unwrap();
        let abandoned = ImageOperationPhase::Ended { outcome: ImageOutcome::Abandoned };
        assert_eq!(model.image(second).await.unwrap(), Some(abandoned));
        model.forget_image(first).await.unwrap();
        assert_eq!(model.image(first).await.unwrap(), None);
    })
    .await;
}
