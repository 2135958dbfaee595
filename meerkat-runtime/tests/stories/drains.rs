//! The task that drains the inbox: owned and joined by its session, one at a time, known by its number.

use std::future::pending;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use meerkat_runtime::store::MemoryStore;
use meerkat_runtime::{
    CommsDrain, CommsDrainPhase, DrainControl, DrainExit, DrainId, Envelope, EnvelopeId, EnvelopeIntent, IngressChange,
    InputOutcome, MeerkatMachine, RuntimeEventKind, SessionHandle, Submission,
};
use tokio::sync::{mpsc, oneshot};

use crate::support::{driven, id, machine, options, polled, within};

/// Drains that the test ends by hand. `alive` counts the tasks that have not ended, `obeyed` those that had the time to do
/// as they were told.
struct Handmade {
    begun: mpsc::UnboundedSender<Begun>,
    alive: Arc<AtomicUsize>,
    obeyed: AtomicUsize,
    obeys: bool,
}

struct Begun {
    control: DrainControl,
    end: oneshot::Sender<DrainExit>,
}

struct Alive(Arc<AtomicUsize>);

impl Drop for Alive {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

struct Drains {
    host: Arc<Handmade>,
    begun: mpsc::UnboundedReceiver<Begun>,
}

impl Drains {
    /// `obeys`: ends when it is told to.
    fn new(obeys: bool) -> Self {
        let (sender, begun) = mpsc::unbounded_channel();
        Self {
            host: Arc::new(Handmade { begun: sender, alive: Arc::default(), obeyed: AtomicUsize::new(0), obeys }),
            begun,
        }
    }

    fn alive(&self) -> usize {
        self.host.alive.load(Ordering::SeqCst)
    }

    fn obeyed(&self) -> usize {
        self.host.obeyed.load(Ordering::SeqCst)
    }

    async fn spawn(&mut self, handle: &SessionHandle) -> (DrainId, Begun) {
        let drain = handle.drain().spawn(self.host.clone()).await.unwrap();
        let begun = self.begun.recv().await.unwrap();
        assert_eq!(begun.control.drain(), drain);
        (drain, begun)
    }
}

#[async_trait]
impl CommsDrain for Handmade {
    async fn drain(&self, control: DrainControl) -> DrainExit {
        self.alive.fetch_add(1, Ordering::SeqCst);
        let _alive = Alive(Arc::clone(&self.alive));
        let (end, ended) = oneshot::channel();
        let cancellation = control.cancellation().clone();
        self.begun.send(Begun { control, end }).ok().unwrap();
        tokio::select! {
            exit = ended => exit.expect("the test lost a drain"),
            () = cancellation.cancelled(), if self.obeys => {
                // Whoever ends takes a while, within the grace.
                tokio::time::sleep(Duration::from_millis(2)).await;
                self.obeyed.fetch_add(1, Ordering::SeqCst);
                DrainExit::Clean
            }
        }
    }
}

async fn session(machine: &MeerkatMachine) -> SessionHandle {
    let handle = machine.register_session(&id("s")).await.unwrap();
    handle.peers().update_ingress(IngressChange::AttachSession).await.unwrap();
    handle
}

#[tokio::test]
async fn a_drain_feeds_its_session_and_ends_by_itself() {
    within(async {
        let machine = machine();
        let mut events = machine.subscribe();
        let (handle, mut turns) = driven(&machine).await;
        let mut drains = Drains::new(true);
        let unowned = handle.drain().spawn(drains.host.clone()).await.unwrap_err();
        assert_eq!(unowned.code(), "peers.ingress_unowned");
        handle.peers().update_ingress(IngressChange::AttachMob("blue".into())).await.unwrap();
        let (drain, begun) = drains.spawn(&handle).await;
        let twice = handle.drain().spawn(drains.host.clone()).await.unwrap_err();
        assert_eq!(twice.code(), "peers.drain_present");
        assert_eq!(handle.drain().phase().await.unwrap(), CommsDrainPhase::Running { drain });
        let message = EnvelopeIntent::Message("work".into());
        let envelope = Envelope::new(EnvelopeId::from_number(1), message, "from a peer");
        begun.control.handle().peers().accept_envelope(envelope).await.unwrap();
        assert_eq!(turns.next().await.prompts(), ["from a peer"]);
        let name = id("s");
        let end = machine.wait_comms_drain(&name, drain);
        let other = handle.drain();
        let other = other.wait(drain);
        begun.end.send(DrainExit::Clean).unwrap();
        assert_eq!((end.await.unwrap(), other.await.unwrap()), (DrainExit::Clean, DrainExit::Clean));
        assert_eq!(drains.alive(), 0);
        assert_eq!(handle.drain().phase().await.unwrap(), CommsDrainPhase::Inactive);
        assert_eq!(handle.drain().wait(drain).await.unwrap(), DrainExit::Clean, "who comes late is told as well");
        let mut heard = Vec::new();
        while heard.len() < 2 {
            let kind = events.next().await.unwrap().unwrap().kind;
            if matches!(kind, RuntimeEventKind::DrainStarted { .. } | RuntimeEventKind::DrainEnded { .. }) {
                heard.push(kind);
            }
        }
        let ended = RuntimeEventKind::DrainEnded { drain, exit: DrainExit::Clean };
        assert_eq!(heard, [RuntimeEventKind::DrainStarted { drain }, ended]);
    })
    .await;
}

#[tokio::test]
async fn an_abort_waits_until_the_task_is_gone() {
    within(async {
        let machine = machine();
        let handle = session(&machine).await;
        for obeys in [true, false] {
            let mut drains = Drains::new(obeys);
            let (drain, _begun) = drains.spawn(&handle).await;
            let end = handle.drain();
            let name = id("s");
            let (first, second) = tokio::join!(end.abort(drain), machine.abort_comms_drain(&name, drain));
            assert_eq!((first.unwrap(), second.unwrap()), (DrainExit::Clean, DrainExit::Clean));
            assert_eq!((drains.alive(), drains.obeyed()), (0, usize::from(obeys)));
            assert_eq!(handle.drain().abort(drain).await.unwrap(), DrainExit::Clean, "it is as its caller wants it");
        }
        assert_eq!(handle.drain().abort(DrainId::from_number(0)).await.unwrap_err().code(), "peers.drain_not_current");
    })
    .await;
}

#[tokio::test]
async fn the_late_exit_of_an_old_drain_cannot_touch_a_new_one() {
    within(async {
        let machine = machine();
        let handle = session(&machine).await;
        let mut drains = Drains::new(true);
        let (old, begun) = drains.spawn(&handle).await;
        begun.end.send(DrainExit::Respawnable).unwrap();
        assert_eq!(handle.drain().wait(old).await.unwrap(), DrainExit::Respawnable);
        assert_eq!(handle.drain().phase().await.unwrap(), CommsDrainPhase::Respawnable);
        let (new, begun) = drains.spawn(&handle).await;
        assert!(new > old);
        for exit in [DrainExit::Clean, DrainExit::Respawnable] {
            let late = machine.notify_comms_drain_exited(&id("s"), old, exit).await.unwrap_err();
            assert_eq!(late.code(), "peers.drain_not_current");
        }
        assert_eq!(handle.drain().abort(old).await.unwrap_err().code(), "peers.drain_not_current");
        assert_eq!(handle.drain().wait(old).await.unwrap_err().code(), "peers.drain_not_current");
        assert_eq!(handle.drain().phase().await.unwrap(), CommsDrainPhase::Running { drain: new });
        assert!(!begun.control.cancellation().is_cancelled());
        handle.drain().abort(new).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn an_exit_that_the_host_declares_counts_once_the_task_is_joined() {
    within(async {
        let machine = machine();
        let handle = session(&machine).await;
        let mut drains = Drains::new(false);
        let (drain, begun) = drains.spawn(&handle).await;
        handle.drain().notify_exited(drain, DrainExit::Respawnable).await.unwrap();
        begun.control.cancellation().cancelled().await;
        assert_eq!(
            handle.drain().phase().await.unwrap(),
            CommsDrainPhase::Running { drain },
            "the task is still there"
        );
        begun.end.send(DrainExit::Clean).unwrap();
        assert_eq!(handle.drain().wait(drain).await.unwrap(), DrainExit::Respawnable);
        let (drain, _begun) = drains.spawn(&handle).await;
        handle.drain().notify_exited(drain, DrainExit::Clean).await.unwrap();
        assert_eq!(handle.drain().wait(drain).await.unwrap(), DrainExit::Clean);
        assert_eq!(drains.alive(), 0);
    })
    .await;
}

struct Panics;

#[async_trait]
impl CommsDrain for Panics {
    async fn drain(&self, _control: DrainControl) -> DrainExit {
        panic!("as the test told")
    }
}

#[tokio::test]
async fn a_drain_that_panics_is_to_be_spawned_again() {
    within(async {
        let machine = machine();
        let handle = session(&machine).await;
        let drain = handle.drain().spawn(Arc::new(Panics)).await.unwrap();
        assert_eq!(handle.drain().wait(drain).await.unwrap(), DrainExit::Respawnable);
        assert_eq!(handle.drain().phase().await.unwrap(), CommsDrainPhase::Respawnable);
        assert_eq!(handle.drain().abort(drain).await.unwrap(), DrainExit::Clean);
        assert_eq!(handle.drain().phase().await.unwrap(), CommsDrainPhase::Inactive);
    })
    .await;
}

#[tokio::test]
async fn every_end_of_a_session_joins_its_drain_first() {
    within(async {
        for (way, obeys) in
            ["stop", "destroy", "unregister", "shutdown"].into_iter().flat_map(|way| [(way, true), (way, false)])
        {
            let machine = machine();
            let handle = session(&machine).await;
            let mut drains = Drains::new(obeys);
            let (drain, begun) = drains.spawn(&handle).await;
            let (_, completion) = handle.accept_input_with_completion(Submission::prompt("a")).await.unwrap();
            let end = handle.drain();
            let mut end = Box::pin(end.wait(drain));
            assert!(polled(&mut end, 1).await.is_none());
            match way {
                "stop" => drop(handle.stop().await.unwrap()),
                "destroy" => drop(handle.destroy().await.unwrap()),
                "unregister" => drop(machine.unregister_session(&id("s")).await.unwrap()),
                _ => assert_eq!(machine.shutdown(Duration::from_secs(5)).await.drained, 1),
            }
            assert_eq!((drains.alive(), drains.obeyed()), (0, usize::from(obeys)), "{way}");
            assert!(begun.control.cancellation().is_cancelled());
            assert_eq!(end.await.unwrap(), DrainExit::Clean, "{way}, obeys: {obeys}");
            assert!(matches!(completion.await, InputOutcome::Abandoned { .. } | InputOutcome::Interrupted { .. }));
        }
    })
    .await;
}

#[tokio::test]
async fn a_drain_ends_with_the_ownership_of_the_ingress_and_with_retirement() {
    within(async {
        let machine = machine();
        let handle = session(&machine).await;
        let mut drains = Drains::new(true);
        let (drain, _begun) = drains.spawn(&handle).await;
        handle.peers().update_ingress(IngressChange::DetachSession).await.unwrap();
        assert_eq!(handle.drain().wait(drain).await.unwrap(), DrainExit::Clean);
        handle.peers().update_ingress(IngressChange::AttachSession).await.unwrap();
        let (drain, _begun) = drains.spawn(&handle).await;
        handle.retire().await.unwrap();
        assert_eq!(handle.drain().wait(drain).await.unwrap(), DrainExit::Clean);
        assert_eq!(handle.drain().spawn(drains.host.clone()).await.unwrap_err().code(), "runtime.retired");
        assert_eq!(drains.alive(), 0);
    })
    .await;
}

#[tokio::test]
async fn no_drain_outlives_its_process_and_the_next_one_has_a_new_number() {
    within(async {
        let store = MemoryStore::new();
        let open = || MeerkatMachine::persistent(Arc::new(store.reopen())).with_options(options());
        let first = open();
        let handle = session(&first).await;
        let mut drains = Drains::new(false);
        let (old, begun) = drains.spawn(&handle).await;
        let end = handle.drain();
        let mut end = Box::pin(end.wait(old));
        assert!(polled(&mut end, 1).await.is_none());
        drop(first);
        assert_eq!(end.await.unwrap_err().code(), "runtime.shut_down");
        begun.control.cancellation().cancelled().await;
        let second = open();
        let handle = second.register_session(&id("s")).await.unwrap();
        assert_eq!(handle.drain().phase().await.unwrap(), CommsDrainPhase::Inactive);
        assert!(!handle.peers().has_comms().await.unwrap(), "ownership ends with the process");
        handle.peers().update_ingress(IngressChange::AttachSession).await.unwrap();
        let (new, _begun) = drains.spawn(&handle).await;
        assert!(new > old);
        let late = handle.drain().notify_exited(old, DrainExit::Clean).await.unwrap_err();
        assert_eq!(late.code(), "peers.drain_not_current");
        handle.drain().abort(new).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn dropping_the_runtime_ends_a_drain_that_listens_to_nobody() {
    struct Deaf(mpsc::UnboundedSender<()>);
    #[async_trait]
    impl CommsDrain for Deaf {
        async fn drain(&self, _control: DrainControl) -> DrainExit {
            let sender = self.0.clone();
            sender.send(()).unwrap();
            pending().await
        }
    }
    within(async {
        let machine = machine();
        let handle = session(&machine).await;
        let (sender, mut alive) = mpsc::unbounded_channel();
        handle.drain().spawn(Arc::new(Deaf(sender))).await.unwrap();
        alive.recv().await.unwrap();
        drop(machine);
        assert_eq!(alive.recv().await, None, "its task was dropped, and the host's part with it");
    })
    .await;
}
