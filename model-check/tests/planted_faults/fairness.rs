//! Faults of `leads_to`: what is trusted is too little.

use crate::fault::{Expected, Fault};

twins! {
    bell ($($fairness:tt)*)
    wrong { }
    right { fair Answer; }

    /// A bell.
    pub machine Bell;

    input Ring;
    input Answer;

    region bell {
        phases { initial Quiet, Rung }

        on Ring from Quiet to Rung;
        on Answer from Rung to Quiet;
    }

    $($fairness)*
    leads_to "a ring is answered": bell.is(Rung) => bell.is(Quiet);
}

twins! {
    order ($($fairness:tt)*)
    wrong { fair Pick; }
    right { fair Pick, Pack; }

    /// An order that is picked and packed.
    pub machine Warehouse;

    input Pick;
    input Pack;

    region order {
        phases { initial New, Picked, final Packed }

        on Pick from New to Picked;
        on Pack from Picked to Packed;
    }

    $($fairness)*
    leads_to "the order is packed": order.is(Packed);
}

twins! {
    tide ($($fairness:tt)*)
    wrong { fair Rise, Fall, Sail; }
    right { fair Rise, Fall; strongly fair Sail; }

    /// A ship that sails at high tide.
    pub machine Harbour;

    input Rise;
    input Fall;
    input Sail;

    region tide {
        phases { initial Low, High }

        on Rise from Low to High;
        on Fall from High to Low;
    }
    region ship {
        phases { initial Moored, final AtSea }

        on Sail from Moored to AtSea { require "the water is high": tide.is(High); }
    }

    $($fairness)*
    leads_to "the ship sails": ship.is(AtSea);
}

twins! {
    ebb ($($fairness:tt)*)
    wrong { strongly fair Sail; }
    right { fair Rise; strongly fair Sail; }

    /// A ship that sails at high tide.
    pub machine Harbour;

    input Rise;
    input Fall;
    input Sail;

    region tide {
        phases { initial Low, High }

        on Rise from Low to High;
        on Fall from High to Low;
    }
    region ship {
        phases { initial Moored, final AtSea }

        on Sail from Moored to AtSea { require "the water is high": tide.is(High); }
    }

    $($fairness)*
    leads_to "the ship sails": ship.is(AtSea);
}

twins! {
    idle_step ($($ignored:tt)*)
    wrong { ignore from Stuck; }
    right { from Stuck to Done; }

    /// A fair input that is accepted and changes nothing is no progress.
    pub machine Press;

    input Push;
    input Jam;
    input Loosen;

    region press {
        phases { initial Ready, Stuck, final Done }

        on Push { from Ready to Done; $($ignored)* }
        on Jam from Ready to Stuck;
        on Loosen from Stuck to Ready;
    }

    fair Push;
    possible "it can be done": press.is(Ready) => press.is(Done);
    leads_to "it is done": press.is(Done);
}

pub(crate) fn faults() -> Vec<Fault> {
    use Expected::Endless;
    vec![
        fault!(
            bell::Bell,
            "leads_to without fairness",
            "nothing is trusted to occur",
            Endless("a ring is answered", 1, 0)
        ),
        fault!(
            order::Warehouse,
            "leads_to under weak fairness",
            "one of two assumptions is missing",
            Endless("the order is packed", 1, 0)
        ),
        fault!(
            tide::Harbour,
            "leads_to under weak fairness",
            "weak fairness where the input is impossible now and then",
            Endless("the ship sails", 0, 2)
        ),
        fault!(
            ebb::Harbour,
            "leads_to under strong fairness",
            "nothing is trusted to make the input possible",
            Endless("the ship sails", 0, 0)
        ),
        fault!(
            idle_step::Press,
            "leads_to under weak fairness, ignore",
            "the fair input is accepted and changes nothing",
            Endless("it is done", 1, 0)
        ),
    ]
}
