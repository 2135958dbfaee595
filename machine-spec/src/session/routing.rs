//! A model for the next few runs, in place of the session's own.
//!
//! A switch is asked for, granted or denied by whoever approves, and used up run by run; the run that takes the last
//! turn ends it. While there is none, runs go to the current identity: there is no second copy of that baseline. A turn
//! that was taken is spent, also if the run fails or its process dies. A switch survives the process and the
//! registration, and whoever approves is asked again by the next one; stop, reset and destroy end it. An outcome is
//! kept until it is forgotten, so that whoever asks after a crash is told.

crate::region! {
    /// One request to switch the model for some turns.
    epoch SwitchId;

    /// How a switch ended.
    enum SwitchOutcome {
        /// It was not approved.
        Denied,
        /// Its turns are used up, and the session's own model is back.
        Restored,
        /// It was given up before.
        Cancelled,
        /// The session was stopped, reset or destroyed before.
        Abandoned,
    }

    /// The next runs are to go to another model.
    input RequestSwitch { request: SwitchId, model: ModelId, turns: u32 }
    /// A switch is approved.
    input GrantSwitch { request: SwitchId }
    /// A switch is not approved.
    input DenySwitch { request: SwitchId }
    /// A switch is given up; a run that has its model keeps it.
    input CancelSwitch { request: SwitchId }
    /// The run that has just started takes a turn of the switch.
    input RouteRun { run: RunId }
    /// Everybody who waited for the end of a switch was told.
    input ForgetSwitch { request: SwitchId }

    /// Ask whoever approves switches; perhaps not for the first time.
    effect AskSwitchApproval { request: SwitchId, model: ModelId, turns: u32 }
    /// The run goes to this model.
    effect RunRouted { run: RunId, model: ModelId }
    /// Tell whoever asked for the switch.
    effect SwitchEnded { request: SwitchId, outcome: SwitchOutcome }

    /// Which model the next run goes to.
    region routing {
        phases {
            /// To that of the session.
            initial Baseline,
            /// To that of the session, until a switch is approved.
            Requested { model: ModelId, turns: u32 },
            /// To this one, for as many turns.
            Active { model: ModelId, turns: u32 },
            /// The current run has the last turn.
            Last,
        }
        /// The latest request; in every phase but the first it is the current one.
        field last_request: SwitchId = SwitchId::ZERO;
        /// The latest run that took a turn.
        field last_routed: RunId = RunId::ZERO;
        /// How switches ended of which somebody is still to be told.
        field outcomes: Map<SwitchId, SwitchOutcome> = Map::new();

        on RequestSwitch { request, model, turns } from Baseline to Requested { model, turns } {
            require "the session is registered": registration.is(Queuing | Attaching | Active);
            require "the request is newer than every earlier one": request > self.last_request;
            require "a switch is for at least one turn": turns > 0;
            set last_request = request;
            emit AskSwitchApproval { request, model, turns };
        }
        on GrantSwitch { request } from Requested { model, turns } to Active { model, turns } {
            require "the request is the current one": request == self.last_request;
        }
        on DenySwitch { request } from Requested { .. } to Baseline {
            require "the request is the current one": request == self.last_request;
            insert request => SwitchOutcome::Denied into outcomes;
            emit SwitchEnded { request, outcome: SwitchOutcome::Denied };
        }
        on CancelSwitch { request } from any except Baseline to Baseline {
            require "the request is the current one": request == self.last_request;
            insert request => SwitchOutcome::Cancelled into outcomes;
            emit SwitchEnded { request, outcome: SwitchOutcome::Cancelled };
        }
        on ForgetSwitch { request } from any stay {
            require "the switch has ended": self.outcomes.contains_key(request);
            remove request from outcomes;
        }

        on RouteRun { run } {
            require "the run is current": matches!(lifecycle.phase, Running { run: current, .. } if current == run);
            require "the run has no turn yet": run > self.last_routed;

            from Active { model, turns } to Active { model, turns: turns - 1 } {
                require "turns are left behind this one": turns > 1;
                set last_routed = run;
                emit RunRouted { run, model };
            }
            from Active { model, turns: 1 } to Last {
                set last_routed = run;
                emit RunRouted { run, model };
            }
        }
        on FinishRun | Recover {
            from Last to Baseline {
                insert self.last_request => SwitchOutcome::Restored into outcomes;
                emit SwitchEnded { request: self.last_request, outcome: SwitchOutcome::Restored };
            }
            ignore from any except Last;
        }
        on Register {
            from Requested { model, turns } stay { emit AskSwitchApproval { request: self.last_request, model, turns }; }
            ignore from any except Requested;
        }
        on Stop | Reset | Destroy {
            from any except Baseline to Baseline {
                insert self.last_request => SwitchOutcome::Abandoned into outcomes;
                emit SwitchEnded { request: self.last_request, outcome: SwitchOutcome::Abandoned };
            }
            ignore from Baseline;
        }
    }

    invariant "a switch in force has turns left":
        !matches!(routing.phase, Requested { turns: 0, .. } | Active { turns: 0, .. });
    invariant "the current switch has no outcome":
        !routing.is(Baseline) => !routing.outcomes.contains_key(routing.last_request);
    invariant "an outcome is that of a request": routing.outcomes.all(|request, _| request <= routing.last_request);
    invariant "the last turn is that of the current run": routing.is(Last) =>
        matches!(lifecycle.phase, Running { run, .. } if run == routing.last_routed);
    always "a switch is in force only if it was approved": routing.is(Baseline) => !next.routing.is(Active | Last);
    always "a run takes a turn once": next.routing.last_routed >= routing.last_routed
        && next.routing.last_request >= routing.last_request;
    always "an outcome does not change": routing.outcomes.all(|request, outcome|
        next.routing.outcomes.get(request).copied().is_none_or(|later| later == outcome));
    always "a switch that ends leaves an outcome": !routing.is(Baseline) && next.routing.is(Baseline) =>
        next.routing.outcomes.contains_key(routing.last_request);
    possible "a switch can end": !routing.is(Baseline) => routing.is(Baseline);
}
