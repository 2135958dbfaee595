//! The lights of two roads at a crossing: never are both roads free.

use machine_spec::machine;

machine! {
    /// A crossing of two roads.
    pub machine Crossing;

    input ChangeNorth;
    input ChangeEast;

    region north {
        phases { initial Red, Green, Yellow }

        on ChangeNorth {
            from Red to Green { require "the other road stands": east.is(Red); }
            from Green to Yellow;
            from Yellow to Red;
        }
    }

    region east {
        phases { initial Red, Green, Yellow }

        on ChangeEast {
            from Red to Green { require "the other road stands": north.is(Red); }
            from Green to Yellow;
            from Yellow to Red;
        }
    }

    invariant "one of the roads stands": north.is(Red) || east.is(Red);
    possible "the north road can go": north.is(Green);
    possible "the east road can go": east.is(Green);
}
