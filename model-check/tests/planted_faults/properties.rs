//! A fault for each kind of property.

use machine_spec::Bounds;

use crate::fault::{Expected, Fault};

twins! {
    fuse ($($guard:tt)*)
    wrong { }
    right { require "a socket is free": self.lit < SOCKETS; }

    /// Lamps on one fuse.
    pub machine Lamps;

    const SOCKETS: u8 = 2;

    input SwitchOn;
    input SwitchOff;

    region lamps {
        field lit: u8 = 0;

        on SwitchOn stay { $($guard)* set lit = self.lit + 1; }
        on SwitchOff stay { set lit = self.lit - 1; }
    }

    invariant "the fuse holds": lamps.lit <= SOCKETS;
}

twins! {
    limit ($initial:literal)
    wrong { 0 }
    right { 1 }

    /// A limit that is set, and is there from the start.
    pub machine Limit;

    input Set { to: u8 }

    region limit {
        field most: u8 = $initial;

        on Set { to } stay { require "it is a limit": to > 0; set most = to; }
    }

    invariant "there is a limit": limit.most > 0;
}

twins! {
    correction ($($correct:tt)*)
    wrong { on Correct { to } stay { set total = to; } }
    right { on Correct { to } stay { require "it is no less": to >= self.total; set total = to; } }

    /// A total that is corrected upwards.
    pub machine Ledger;

    input Correct { to: u8 }

    region ledger {
        field total: u8 = 0;

        $($correct)*
    }

    always "the total never falls": next.ledger.total >= ledger.total;
}

twins! {
    standstill ($($order:tt)*)
    wrong { > }
    right { >= }

    /// A clock that ticks.
    pub machine Clock;

    input Tick;

    region clock {
        field time: u8 = 0;

        on Tick stay { set time = self.time + 1; }
    }

    always "the time goes on": next.clock.time $($order)* clock.time;
}

twins! {
    lamps ($($guard:tt)*)
    wrong { require "the left one is dark": left.is(Dark); }
    right { }

    /// Two lamps.
    pub machine Lamps;

    input Left;
    input Right;

    region left {
        phases { initial Dark, Bright }

        on Left {
            from Dark to Bright { require "the right one is dark": right.is(Dark); }
            from Bright to Dark;
        }
    }
    region right {
        phases { initial Dark, Bright }

        on Right {
            from Dark to Bright { $($guard)* }
            from Bright to Dark;
        }
    }

    reachable "both are bright": left.is(Bright) && right.is(Bright);
}

twins! {
    spare_part ($($sources:tt)*)
    wrong { Shut }
    right { any }

    /// A valve that jams, and is repaired with a part that has to be ordered.
    pub machine Valve;

    input Turn;
    input Force;
    input Repair;
    input Order;

    region valve {
        phases { initial Shut, Open, Jammed }
        field parts: u8 = 1;

        on Turn { from Shut to Open; from Open to Shut; }
        on Force from Open to Jammed;
        on Repair from Jammed to Shut {
            require "a part is there": self.parts > 0;
            set parts = self.parts - 1;
        }
        on Order from $($sources)* stay {
            require "none is there": self.parts == 0;
            set parts = 1;
        }
    }

    possible "a jammed valve can be shut": valve.is(Jammed) => valve.is(Shut);
}

twins! {
    deadlock ($($sources:tt)*)
    wrong { Working }
    right { Waiting | Working }

    /// Two workers who take two tools, each the other one first.
    pub machine Tools;

    input OneTakesFirst;
    input OneTakesSecond;
    input OneReturns;
    input TwoTakesFirst;
    input TwoTakesSecond;
    input TwoReturns;

    region one {
        phases { initial Idle, Waiting, Working }

        on OneTakesFirst from Idle to Waiting { require "the hammer is there": !two.is(Working); }
        on OneTakesSecond from Waiting to Working { require "the saw is there": two.is(Idle); }
        on OneReturns from Working to Idle;
    }
    region two {
        phases { initial Idle, Waiting, Working }

        on TwoTakesFirst from Idle to Waiting { require "the saw is there": !one.is(Working); }
        on TwoTakesSecond from Waiting to Working { require "the hammer is there": one.is(Idle); }
        on TwoReturns from $($sources)* to Idle;
    }

    possible "both can rest": true => one.is(Idle) && two.is(Idle);
}

twins! {
    overlap ($($order:tt)*)
    wrong { >= }
    right { > }

    /// A scale that sorts.
    pub machine Scale;

    const LIMIT: u8 = 1;

    input Weigh { grams: u8 }

    region parcel {
        phases { initial Unknown, final Light, final Heavy }

        on Weigh { grams } {
            from Unknown to Light { require "it is light": grams <= LIMIT; }
            from Unknown to Heavy { require "it is heavy": grams $($order)* LIMIT; }
        }
    }

    possible "it can be sorted": parcel.is(Unknown) => !parcel.is(Unknown);
}

pub(crate) fn faults() -> Vec<Fault> {
    use Expected::{Never, Overlap, Violated};
    vec![
        fault!(fuse::Lamps, "invariant", "a guard is missing", Violated("the fuse holds", 3))
            .within(Bounds::default().with_integers(4)),
        fault!(limit::Limit, "invariant, first values", "a field starts with 0", Violated("there is a limit", 0)),
        fault!(correction::Ledger, "always", "a guard is missing", Violated("the total never falls", 2)),
        fault!(
            standstill::Clock,
            "always, steps that change nothing",
            "the claim forbids to stand still",
            Violated("the time goes on", 0)
        ),
        fault!(lamps::Lamps, "reachable", "each of two lamps has to wait for the other", Never("both are bright")),
        fault!(
            spare_part::Valve,
            "possible",
            "the part can be ordered in one phase only",
            Violated("a jammed valve can be shut", 5)
        ),
        fault!(
            deadlock::Tools,
            "possible, as freedom from deadlock",
            "two workers wait for each other, and nobody gives back",
            Violated("both can rest", 2)
        ),
        fault!(overlap::Scale, "at most one transition accepts", "two ranges share their end", Overlap(1)),
    ]
}
