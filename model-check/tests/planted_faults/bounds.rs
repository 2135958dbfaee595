//! Faults of the check and not of the machine: a budget or bounds that are too small. The twin is checked with others.

use machine_spec::Bounds;

use crate::fault::{Expected, Fault};

twins! {
    budget ()
    wrong { }
    right { }

    /// A stair of four steps.
    pub machine Stair;

    number Step = 0..=3;

    input Up;

    region stair {
        field at: Step = 0;
        on Up stay { set at = self.at + 1; }
    }

    invariant "it ends": stair.at <= Step::GREATEST;
    reachable "one can go up": stair.at == 1;
}

twins! {
    counted ()
    wrong { }
    right { }

    /// Somebody counts.
    pub machine Meter;

    number Count = 0..=3;

    input Add;

    region meter {
        field count: Count = 0;
        on Add stay { set count = self.count + 1; }
    }

    fair Add;
    leads_to "it is counted to the end": meter.count == Count::GREATEST;
}

twins! {
    tank ()
    wrong { }
    right { }

    /// A tank without an end.
    pub machine Tank;

    input Fill;

    region tank {
        field level: u8 = 0;
        on Fill stay { set level = self.level + 1; }
    }

    reachable "it is half full": tank.level == 5;
}

pub(crate) fn faults() -> Vec<Fault> {
    let (small, large) = (Bounds::default(), Bounds::default().with_integers(5));
    vec![
        fault!(budget::Stair, "a budget", "the budget ends the run", Expected::CutOff(2)),
        fault!(
            counted::Meter,
            "bounds, leads_to",
            "fairness drives runs out of the bounds",
            Expected::Unknown("it is counted to the end")
        )
        .within(small.clone().with("Count", 2))
        .mended_within(small.clone()),
        fault!(tank::Tank, "bounds, reachable", "it holds beyond the bounds only", Expected::Never("it is half full"))
            .mended_within(large),
    ]
}
