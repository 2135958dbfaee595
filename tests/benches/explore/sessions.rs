//! A machine like a session, in the machine language: an executor comes and goes, inputs wait in two lanes, runs take them,
//! fail and are cancelled.

use machine_spec::machine;

machine! {
    /// Inputs of a session, and the runs that consume them.
    pub machine Sessions;

    id InputId;
    id RunId;
    epoch Fence;
    number Attempts = 0..=2;
    enum Lane { Steer, Queue }

    input Attach;
    input Detach { fence: Fence }
    input Admit { input: InputId, lane: Lane }
    input Start { run: RunId, input: InputId }
    input Join { input: InputId }
    input Reach;
    input Finish { run: RunId }
    input Fail { run: RunId }
    input Cancel { run: RunId }
    input Forget { input: InputId }
    input Retire;
    effect Started { run: RunId }
    effect Settled { input: InputId }

    region lifecycle {
        phases { initial Idle, Attached, Running { run: RunId }, Cancelling { run: RunId }, Draining, final Retired }
        field fence: Fence = Fence::ZERO;

        on Attach { from Idle to Attached { set fence = self.fence.fresh(); } }
        on Detach { fence } {
            from Attached to Idle { require "the fence is the present one": fence == self.fence; }
        }
        on Start { run, input } { from Attached to Running { run } { emit Started { run }; } }
        on Join { input } from Running { .. } | Cancelling { .. } stay;
        on Reach from Running { .. } stay;
        on Finish { run } {
            from Running { run: current } | Cancelling { run: current } to Attached {
                require "the run is the present one": run == current;
            }
        }
        on Fail { run } {
            from Running { run: current } | Cancelling { run: current } to Attached {
                require "the failed run is the present one": run == current;
            }
        }
        on Cancel { run } {
            from Running { run: current } to Cancelling { run } {
                require "the cancelled run is the present one": run == current;
            }
        }
        on Retire {
            from Idle | Attached to Draining { require "something waits": !ingress.waiting.is_empty(); }
            from Idle | Attached | Draining to Retired { require "nothing waits": ingress.waiting.is_empty(); }
        }
        on Admit { input, lane } from Idle | Attached | Running { .. } | Cancelling { .. } stay;
    }

    keyed region ingress[InputId] {
        phases { Queued, Staged { run: RunId }, Applied { run: RunId }, Consumed, Abandoned }
        field lane: Lane;
        field attempts: Attempts = Attempts::LEAST;

        select waiting = Queued;
        select in_run = Staged { .. } | Applied { .. };

        on Admit { input, lane } create input to Queued { set lane = lane; }
        on Start { run, input } at input {
            from Queued to Staged { run } { require "it has attempts left": self.attempts < 2; set attempts = self.attempts + 1; }
        }
        on Join { input } at input {
            from Queued to Staged { run } {
                require "a run is under way": let Running { run } = lifecycle.phase;
                require "it steers": self.lane == Lane::Steer;
                require "another attempt is left": self.attempts < 2;
                set attempts = self.attempts + 1;
            }
        }
        on Reach each in_run { from Staged { run } to Applied { run }; ignore from Applied { .. }; }
        on Finish { run } each in_run {
            from Applied { .. } to Consumed { emit Settled { input: self.key }; }
            from Staged { .. } to Queued;
        }
        on Fail { run } each in_run {
            from Staged { .. } | Applied { .. } to Queued { require "it is tried again": self.attempts < 2; }
            from Staged { .. } | Applied { .. } to Abandoned {
                require "it was tried often enough": self.attempts >= 2;
                emit Settled { input: self.key };
            }
        }
        on Forget { input } at input from Queued | Consumed | Abandoned remove;
    }

    invariant "what is in a run is in the present one": ingress.all(|one| match one.phase {
        Staged { run } | Applied { run } => matches!(lifecycle.phase,
            Running { run: current } | Cancelling { run: current } if current == run),
        _ => true,
    });
    invariant "a staged input was attempted":
        ingress.any(|one| one.is(Staged)) => ingress.all(|one| !one.is(Staged) || one.attempts > 0);
    always "fences never go back": next.lifecycle.fence >= lifecycle.fence;
    reachable "a session drains": lifecycle.is(Draining);
}
