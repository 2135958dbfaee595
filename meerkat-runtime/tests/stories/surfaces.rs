//! Tools outside of the process: surfaces that come and go at boundaries, calls in flight, servers.

use std::sync::Arc;

use meerkat_runtime::store::MemoryStore;
use meerkat_runtime::{
    EventStream, MeerkatMachine, MeerkatMachineEffect as Effect, ServerConnection, ServerId, ServersPhase,
    SessionHandle, Submission, SurfaceCallId, SurfaceChange, SurfaceClosing, SurfaceId, SurfaceLineage, SurfacesPhase,
};

use crate::support::{Driven, Turns, code, driven, effect, id, machine, options, within};

fn call(number: u64) -> SurfaceCallId {
    SurfaceCallId::from_number(number)
}

async fn phase(handle: &SessionHandle, surface: SurfaceId) -> SurfacesPhase {
    handle.surfaces().status(surface).await.unwrap().phase
}

/// One run, from its start to its end.
async fn run(handle: &SessionHandle, turns: &mut Turns) {
    let (_, done) = handle.accept_input_with_completion(Submission::prompt("a")).await.unwrap();
    turns.next().await.complete("");
    done.await;
}

/// A surface that is open to calls.
async fn open(handle: &SessionHandle, turns: &mut Turns) -> (SurfaceId, SurfaceLineage) {
    let surfaces = handle.surfaces();
    let surface = surfaces.register("browser").await.unwrap();
    surfaces.stage(surface, SurfaceChange::Add).await.unwrap();
    run(handle, turns).await;
    let lineage = surfaces.status(surface).await.unwrap().lineage;
    surfaces.ready(surface, lineage).await.unwrap();
    (surface, lineage)
}

#[tokio::test]
async fn a_surface_is_connected_at_a_boundary_and_a_late_report_is_refused() {
    within(async {
        let machine = machine();
        let (handle, mut turns) = driven(&machine).await;
        let (surfaces, mut events) = (handle.surfaces(), machine.subscribe());
        assert_eq!(code(surfaces.stage(SurfaceId::from_number(1), SurfaceChange::Add).await), "surfaces.unknown");
        let surface = surfaces.register("browser").await.unwrap();
        assert_eq!(surfaces.register("browser").await.unwrap(), surface);
        assert_eq!(code(surfaces.stage(surface, SurfaceChange::Reload).await), "surfaces.change_unfit");
        handle.accept_input(Submission::prompt("a")).await.unwrap();
        let turn = turns.next().await;
        surfaces.stage(surface, SurfaceChange::Add).await.unwrap();
        assert_eq!(phase(&handle, surface).await, SurfacesPhase::Closed, "a change waits for a boundary");
        turn.boundary().await;
        let status = surfaces.status(surface).await.unwrap();
        assert_eq!((status.phase, status.staged, &*status.name), (SurfacesPhase::Connecting, None, "browser"));
        let first = status.lineage;
        assert_eq!(effect(&mut events).await, Effect::ConnectSurface { surface, lineage: first });
        assert_eq!(code(surfaces.call_started(surface, call(1)).await), "surfaces.not_open");
        surfaces.ready(surface, first).await.unwrap();

        surfaces.stage(surface, SurfaceChange::Reload).await.unwrap();
        turn.boundary().await;
        let second = surfaces.status(surface).await.unwrap().lineage;
        assert_eq!(code(surfaces.ready(surface, first).await), "surfaces.operation_stale");
        assert_eq!(code(surfaces.failed(surface, first).await), "surfaces.operation_stale");
        assert_eq!(phase(&handle, surface).await, SurfacesPhase::Reloading);
        surfaces.call_started(surface, call(1)).await.unwrap();
        surfaces.failed(surface, second).await.unwrap();
        assert_eq!(phase(&handle, surface).await, SurfacesPhase::Active, "it keeps its earlier connection");
        assert_eq!(code(surfaces.call_started(surface, call(1)).await), "surfaces.call_in_flight");
        surfaces.call_finished(surface, call(1)).await.unwrap();
        assert_eq!(code(surfaces.call_finished(surface, call(1)).await), "surfaces.call_not_in_flight");
    })
    .await;
}

#[tokio::test]
async fn a_removal_waits_for_the_calls_in_flight_until_it_is_forced() {
    within(async {
        for forced in [false, true] {
            let machine = machine();
            let (handle, mut turns) = driven(&machine).await;
            let (surface, opened) = open(&handle, &mut turns).await;
            let (surfaces, mut events) = (handle.surfaces(), machine.subscribe());
            surfaces.call_started(surface, call(1)).await.unwrap();
            surfaces.call_started(surface, call(2)).await.unwrap();
            surfaces.stage(surface, SurfaceChange::Remove).await.unwrap();
            run(&handle, &mut turns).await;
            let status = surfaces.status(surface).await.unwrap();
            assert_eq!((status.phase, status.calls), (SurfacesPhase::Draining, 2));
            let lineage = status.lineage;
            assert_eq!(effect(&mut events).await, Effect::DrainSurface { surface, lineage });
            assert!(matches!(effect(&mut events).await, Effect::RefreshSurfaces { .. }), "it is hidden");
            assert_eq!(code(surfaces.call_started(surface, call(3)).await), "surfaces.not_open");
            assert_eq!(code(surfaces.expire(surface, opened).await), "surfaces.operation_stale");
            surfaces.call_finished(surface, call(1)).await.unwrap();
            assert_eq!(phase(&handle, surface).await, SurfacesPhase::Draining);
            let closing = if forced {
                surfaces.expire(surface, lineage).await.unwrap();
                assert_eq!(code(surfaces.call_finished(surface, call(2)).await), "surfaces.call_not_in_flight");
                SurfaceClosing::Forced
            } else {
                surfaces.call_finished(surface, call(2)).await.unwrap();
                assert_eq!(code(surfaces.expire(surface, lineage).await), "surfaces.operation_stale");
                SurfaceClosing::Clean
            };
            assert_eq!(effect(&mut events).await, Effect::CloseSurface { surface, lineage, closing });
            let status = surfaces.status(surface).await.unwrap();
            assert_eq!((status.phase, status.calls), (SurfacesPhase::Closed, 0));
        }
    })
    .await;
}

#[tokio::test]
async fn an_executor_takes_in_the_latest_picture_only() {
    within(async {
        let machine = machine();
        let (handle, mut turns) = driven(&machine).await;
        let (surface, _) = open(&handle, &mut turns).await;
        let surfaces = handle.surfaces();
        let first = surfaces.snapshot().await.unwrap();
        assert_eq!((first.aligned, &*first.open), (false, &[surface][..]));
        surfaces.align(first.epoch).await.unwrap();
        assert!(surfaces.snapshot().await.unwrap().aligned);
        assert_eq!(code(surfaces.align(first.epoch).await), "surfaces.aligned_already");
        surfaces.stage(surface, SurfaceChange::Remove).await.unwrap();
        run(&handle, &mut turns).await;
        let second = surfaces.snapshot().await.unwrap();
        assert!(!second.aligned && second.open.is_empty() && second.epoch > first.epoch);
        assert_eq!(code(surfaces.align(first.epoch).await), "surfaces.picture_stale");
        surfaces.align(second.epoch).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn what_was_connected_is_connected_again_by_the_next_process_under_the_same_name() {
    within(async {
        let store = MemoryStore::new();
        let process = || MeerkatMachine::persistent(Arc::new(store.reopen())).with_options(options());
        let first = process();
        let (handle, mut turns) = driven(&first).await;
        let (surface, lineage) = open(&handle, &mut turns).await;
        handle.surfaces().call_started(surface, call(1)).await.unwrap();
        let server = handle.surfaces().add_server("files").await.unwrap();
        let connection = handle.surfaces().server_status(server).await.unwrap().connection;
        handle.surfaces().server_connected(server, connection).await.unwrap();
        drop(first);

        let second = process();
        let handle = second.register_session(&id("s")).await.unwrap();
        let surfaces = handle.surfaces();
        assert_eq!(surfaces.register("browser").await.unwrap(), surface);
        assert_eq!(surfaces.add_server("files").await.unwrap(), server);
        let recovered = surfaces.list().await.unwrap().pop().unwrap();
        assert_eq!((recovered.phase, recovered.calls), (SurfacesPhase::Closed, 0));
        assert_eq!((recovered.staged, &*recovered.name), (Some(SurfaceChange::Add), "browser"));
        let pending = surfaces.list_servers().await.unwrap().pop().unwrap();
        assert_eq!((pending.phase, &*pending.name), (ServersPhase::Pending, "files"));

        let (executor, mut turns) = Driven::new(true);
        let mut events = second.subscribe();
        handle.attach(executor).await.unwrap();
        assert!(opened(&mut events, server).await > connection);
        assert_eq!(code(surfaces.server_connected(server, connection).await), "servers.attempt_stale");
        run(&handle, &mut turns).await;
        let again = surfaces.status(surface).await.unwrap();
        assert!(again.phase == SurfacesPhase::Connecting && again.lineage > lineage);
        assert_eq!(code(surfaces.ready(surface, lineage).await), "surfaces.operation_stale");
    })
    .await;
}

#[tokio::test]
async fn servers_are_connected_while_an_executor_is_bound() {
    within(async {
        let machine = machine();
        let mut events = machine.subscribe();
        let handle = machine.register_session(&id("s")).await.unwrap();
        let surfaces = handle.surfaces();
        let server = surfaces.add_server("files").await.unwrap();
        assert_eq!(surfaces.server_status(server).await.unwrap().phase, ServersPhase::Pending);
        assert_eq!(code(surfaces.connect_server(server).await), "runtime.not_attached");
        handle.attach(Driven::new(true).0).await.unwrap();
        let first = opened(&mut events, server).await;
        surfaces.server_failed(server, first).await.unwrap();
        assert_eq!(code(surfaces.server_connected(server, first).await), "servers.attempt_over");
        let second = surfaces.connect_server(server).await.unwrap();
        assert_eq!(effect(&mut events).await, Effect::OpenServer { server, connection: second });
        surfaces.server_connected(server, second).await.unwrap();
        assert_eq!(code(surfaces.server_lost(server, first).await), "servers.attempt_stale");
        surfaces.server_lost(server, second).await.unwrap();
        assert_eq!(surfaces.server_status(server).await.unwrap().phase, ServersPhase::Disconnected);
        let third = surfaces.connect_server(server).await.unwrap();
        surfaces.server_connected(server, third).await.unwrap();
        assert_eq!(effect(&mut events).await, Effect::OpenServer { server, connection: third });

        handle.detach().await.unwrap();
        assert_eq!(effect(&mut events).await, Effect::CloseServer { server, connection: third });
        assert_eq!(surfaces.server_status(server).await.unwrap().phase, ServersPhase::Pending, "it is still wanted");
        surfaces.disconnect_server(server).await.unwrap();
        assert_eq!(code(surfaces.disconnect_server(server).await), "servers.disconnected_already");
        handle.attach(Driven::new(true).0).await.unwrap();
        assert_eq!(surfaces.server_status(server).await.unwrap().phase, ServersPhase::Disconnected);
        assert_eq!(code(surfaces.server_status(server_after(server)).await), "servers.unknown");
        assert_eq!(code(surfaces.connect_server(server_after(server)).await), "servers.unknown");
    })
    .await;
}

/// The host is asked to connect the server, and hears which attempt that is.
async fn opened(events: &mut EventStream, wanted: ServerId) -> ServerConnection {
    match effect(events).await {
        Effect::OpenServer { server, connection } if server == wanted => connection,
        other => panic!("{other:?}"),
    }
}

fn server_after(server: ServerId) -> ServerId {
    ServerId::from_number(server.number() + 1)
}
