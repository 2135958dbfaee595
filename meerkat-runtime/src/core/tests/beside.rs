//! Random calls about everything that goes on beside the inputs.

use machine_spec::session::{
    Capability, DrainExit, DrainId, FilterRule, MeerkatMachineInput, OperationId, OperationKind, OperationResult,
    RealtimeAuthority, ServerConnection, ServerId, SupervisorEpoch, SurfaceCallId, SurfaceChange, SurfaceId,
    SurfaceLineage,
};
use proptest::prelude::*;

use super::World;
use crate::core::Core;
use crate::model::{HostAnswer, HostAsk};
use crate::{IngressChange, ModelHostError, ModelIdentity, RealtimeIntent, RealtimeSignal, RuntimeError, TopologyStep};

/// What goes on beside the inputs.
#[derive(Clone, Copy, Debug)]
pub(super) enum Beside {
    TakeIngress { attach: bool },
    SpawnDrain,
    DrainStarted,
    DeclareDrainExit { exit: DrainExit },
    AbortDrain { ago: u64 },
    JoinDrain { exit: DrainExit },
    StageFilter { rule: FilterRule },
    PublishTools,
    RegisterSurface { name: u8 },
    StageSurface { surface: u64, change: SurfaceChange },
    SurfaceConnected { surface: u64, ready: bool, ago: u64 },
    SurfaceCall { surface: u64, call: u64, begins: bool },
    AlignSurfaces,
    AddServer { name: u8 },
    ServerConnected { server: u64, connected: bool, ago: u64 },
    DeclareModel { realtime: bool },
    Reconfigure,
    AnswerHost { success: bool },
    AbandonReconfiguration,
    WantRealtime { wanted: bool },
    AttachLive,
    ReplaceLive,
    LoseLive { ago: Option<u64> },
    PublishLive { ago: u64, ready: bool },
    BeginTopology,
    AdvanceTopology { step: TopologyStep },
    BeginOperation,
    FinishOperation { operation: u64 },
    BindSupervisor { name: u8 },
    ConfirmTrust { ago: u64 },
    TrustPeer { name: u8 },
}

/// More often yes than no.
fn mostly() -> impl Strategy<Value = bool> {
    prop_oneof![3 => Just(true), 1 => Just(false)]
}

/// How many numbers ago; none as a rule.
fn late() -> impl Strategy<Value = u64> {
    prop_oneof![4 => Just(0_u64), 1 => Just(1)]
}

pub(super) fn beside() -> impl Strategy<Value = Beside> {
    let rule = || prop_oneof![Just(FilterRule::Show), Just(FilterRule::Hide)];
    let exit = || prop_oneof![Just(DrainExit::Clean), Just(DrainExit::Respawnable)];
    let change = prop_oneof![Just(SurfaceChange::Add), Just(SurfaceChange::Remove), Just(SurfaceChange::Reload)];
    let step =
        prop_oneof![Just(TopologyStep::Detach), Just(TopologyStep::ApplyIdentity), Just(TopologyStep::ApplyVisibility)];
    let drain = prop_oneof![
        2 => mostly().prop_map(|attach| Beside::TakeIngress { attach }),
        4 => Just(Beside::SpawnDrain),
        2 => Just(Beside::DrainStarted),
        1 => exit().prop_map(|exit| Beside::DeclareDrainExit { exit }),
        1 => late().prop_map(|ago| Beside::AbortDrain { ago }),
        3 => exit().prop_map(|exit| Beside::JoinDrain { exit }),
    ];
    let tools = prop_oneof![
        rule().prop_map(|rule| Beside::StageFilter { rule }),
        Just(Beside::PublishTools),
        (0..2_u8).prop_map(|name| Beside::RegisterSurface { name }),
        (1..3_u64, change).prop_map(|(surface, change)| Beside::StageSurface { surface, change }),
        (1..3_u64, mostly(), late()).prop_map(|(surface, ready, ago)| Beside::SurfaceConnected { surface, ready, ago }),
        (1..3_u64, 1..3_u64, mostly()).prop_map(|(surface, call, begins)| Beside::SurfaceCall {
            surface,
            call,
            begins
        }),
        Just(Beside::AlignSurfaces),
        (0..2_u8).prop_map(|name| Beside::AddServer { name }),
        (1..3_u64, mostly(), late()).prop_map(|(server, connected, ago)| Beside::ServerConnected {
            server,
            connected,
            ago
        }),
    ];
    let live = prop_oneof![
        3 => mostly().prop_map(|realtime| Beside::DeclareModel { realtime }),
        1 => Just(Beside::Reconfigure),
        3 => mostly().prop_map(|success| Beside::AnswerHost { success }),
        1 => Just(Beside::AbandonReconfiguration),
        3 => mostly().prop_map(|wanted| Beside::WantRealtime { wanted }),
        3 => Just(Beside::AttachLive),
        1 => Just(Beside::ReplaceLive),
        1 => proptest::option::of(late()).prop_map(|ago| Beside::LoseLive { ago }),
        3 => (late(), any::<bool>()).prop_map(|(ago, ready)| Beside::PublishLive { ago, ready }),
        1 => Just(Beside::BeginTopology),
        1 => step.prop_map(|step| Beside::AdvanceTopology { step }),
    ];
    let others = prop_oneof![
        Just(Beside::BeginOperation),
        (1..4_u64).prop_map(|operation| Beside::FinishOperation { operation }),
        (0..2_u8).prop_map(|name| Beside::BindSupervisor { name }),
        late().prop_map(|ago| Beside::ConfirmTrust { ago }),
        (0..3_u8).prop_map(|name| Beside::TrustPeer { name }),
    ];
    prop_oneof![2 => drain, 3 => tools, 3 => live, 1 => others]
}

/// Calls beside the inputs. Refusals are part of the play.
pub(super) fn play(world: &mut World, op: Beside) {
    match op {
        Beside::DrainStarted => {
            if let Some(drain) = world.drain_task {
                drop(world.core.transact(|core| core.drain_started(drain)));
            }
        }
        Beside::DeclareDrainExit { exit } => {
            let drain = world.core.state().comms_drain().last_drain();
            let state = world.core.state().clone();
            if world.core.check_drain_exit(drain, exit).is_ok() {
                world.commit();
                assert_eq!(world.drain_task, Some(drain), "only a task that is there is told to end");
            } else {
                assert_eq!(*world.core.state(), state);
            }
        }
        Beside::JoinDrain { exit } => world.join_drain(exit),
        Beside::AnswerHost { success } => {
            if let Some(ask) = world.core.host_ask() {
                let capability = Capability { realtime: success, vision: false, image_tool_results: false };
                let answer = match (&ask, success) {
                    (HostAsk::Resolve { .. }, true) => Ok(HostAnswer::Resolved(capability)),
                    (HostAsk::Take { .. }, true) => Ok(HostAnswer::Done),
                    (_, false) => Err(ModelHostError::failed("no")),
                };
                world.core.take_host_answer(&ask, &answer);
            }
        }
        other => {
            let before = (world.core.state().clone(), world.core.step.inputs.len());
            let asked = world.core.transact(|core| ask(core, other));
            let after = (world.core.state().clone(), world.core.step.inputs.len());
            assert!(asked.is_ok() || before == after, "a refused call leaves no trace");
        }
    }
}

fn authority(core: &Core, ago: u64) -> RealtimeAuthority {
    RealtimeAuthority::from_number(core.state().realtime().authority().number().saturating_sub(ago))
}

fn ask(core: &mut Core, op: Beside) -> Result<(), RuntimeError> {
    let older = |latest: u64, ago: u64| latest.saturating_sub(ago);
    match op {
        Beside::TakeIngress { attach: true } => core.change_ingress(&IngressChange::AttachSession).map(drop),
        Beside::TakeIngress { attach: false } => core.change_ingress(&IngressChange::DetachSession).map(drop),
        Beside::SpawnDrain => core.spawn_drain().map(drop),
        Beside::AbortDrain { ago } => {
            core.abort_drain(DrainId::from_number(older(core.state().comms_drain().last_drain().number(), ago)))
        }
        Beside::StageFilter { rule } => core.stage_filter(rule, &["tool 0".into()]).map(drop),
        Beside::PublishTools => core.publish_tools(core.state().visibility().staged()),
        Beside::RegisterSurface { name } => core.register_surface(&format!("surface {name}")).map(drop),
        Beside::StageSurface { surface, change } => core.stage_surface(SurfaceId::from_number(surface), change),
        Beside::SurfaceConnected { surface, ready, ago } => {
            let surface = SurfaceId::from_number(surface);
            let latest = core.state().surfaces().get(surface).map_or(0, |one| one.lineage().number());
            let lineage = SurfaceLineage::from_number(older(latest, ago));
            if ready { core.surface_ready(surface, lineage) } else { core.surface_failed(surface, lineage) }
        }
        Beside::SurfaceCall { surface, call, begins } => {
            let (surface, call) = (SurfaceId::from_number(surface), SurfaceCallId::from_number(call));
            if begins { core.start_surface_call(surface, call) } else { core.finish_surface_call(surface, call) }
        }
        Beside::AlignSurfaces => core.align_surfaces(core.state().surface_snapshot().epoch()),
        Beside::AddServer { name } => core.add_server(&format!("server {name}")).map(drop),
        Beside::ServerConnected { server, connected, ago } => {
            let server = ServerId::from_number(server);
            let latest = core.state().servers().get(server).map_or(0, |one| one.connection().number());
            let connection = ServerConnection::from_number(older(latest, ago));
            if connected { core.server_connected(server, connection) } else { core.server_failed(server, connection) }
        }
        Beside::DeclareModel { realtime } => {
            let capability = Capability { realtime, vision: false, image_tool_results: false };
            core.declare_model(&ModelIdentity { model: "declared".into(), capability })
        }
        Beside::Reconfigure => core.begin_reconfiguration("other").map(drop),
        Beside::AbandonReconfiguration => core.abandon_reconfiguration(),
        Beside::WantRealtime { wanted: true } => core.want_realtime(RealtimeIntent::Present),
        Beside::WantRealtime { wanted: false } => core.want_realtime(RealtimeIntent::Absent),
        Beside::AttachLive => {
            let capable = core.realtime_transport().is_capable();
            core.attach_live().map(|_| assert!(capable, "the model cannot hold a live transport"))
        }
        Beside::ReplaceLive => core.replace_realtime().map(drop),
        Beside::LoseLive { ago } => core.require_reattach(ago.map(|ago| authority(core, ago))),
        Beside::PublishLive { ago, ready } => {
            let signal = if ready { RealtimeSignal::Ready } else { RealtimeSignal::NotReady };
            core.publish_realtime(authority(core, ago), signal)
        }
        Beside::BeginTopology => core.begin_topology().map(drop),
        Beside::AdvanceTopology { step } => core.advance_topology(core.state().topology().latest(), step),
        Beside::BeginOperation => core.register_operation(OperationKind::Tool).map(drop),
        Beside::FinishOperation { operation } => core.report_operation(MeerkatMachineInput::FinishOperation {
            operation: OperationId::from_number(operation),
            result: OperationResult::Failed,
        }),
        Beside::BindSupervisor { name } => core.bind_supervisor(&format!("peer {name}")).map(drop),
        Beside::ConfirmTrust { ago } => {
            let latest = core.state().supervisor().last_epoch().number();
            core.trust_published(SupervisorEpoch::from_number(older(latest, ago)))
        }
        Beside::TrustPeer { name } => core.add_direct_peer(&format!("peer {name}")).map(drop),
        Beside::DrainStarted
        | Beside::DeclareDrainExit { .. }
        | Beside::JoinDrain { .. }
        | Beside::AnswerHost { .. } => unreachable!("played by the world"),
    }
}
