//! Properties that do not hold everywhere: where all of them do, one that is read as saying less would not show.

use machine_spec::machine;

machine! {
    /// A lift, of which much is claimed that is not so.
    pub machine Lift;

    id Rider;

    input Rise { by: u8 }
    input Enter { rider: Rider }
    input Leave { rider: Rider }
    effect Rose { from_floor: u8, to_floor: u8 }

    region lift {
        phases { initial Low, High { since: u8 } }
        field floor: u8 = 0;

        on Rise { by } {
            from Low stay { require "it stays low": by < 2; set floor = self.floor + by; emit Rose { from_floor: self.floor, to_floor: next.floor }; }
            from Low to High { since: self.floor } { require "it goes high": by >= 2; }
            from High { .. } to Low { set floor = 0; }
        }
    }

    keyed region riders[Rider] {
        phases { Inside, final Outside }
        field entered: u8;
        select inside = Inside;

        on Enter { rider } create rider to Inside { set entered = lift.floor; }
        on Leave { rider } at rider from Inside to Outside;
        on Rise each inside {
            let is_high: bool = lift.is(High);

            from Inside to Outside { require "it is high": is_high; }
            from Inside stay { require "it is low": !is_high; }
        }
    }

    invariant "the lift is low": lift.floor < 2;
    invariant "everybody entered below": riders.all(|rider| rider.entered == 0);
    invariant "nobody is inside up there": lift.floor == 2 => riders.inside.is_empty();
    always "the lift stays": next.lift.floor == lift.floor;
    always "the lift stays low": lift.is(Low) => next.lift.is(Low);
    always "nobody leaves": riders.all(|rider| next.riders.get(rider.key).is_some_and(|later| later.phase == rider.phase));
    always "as many are inside": next.riders.inside.len() == riders.inside.len();
    always "nobody is new": next.riders.all(|rider| riders.contains_key(rider.key));
    reachable "it went high from above": matches!(lift.phase, High { since } if since > 0);
    reachable "it is higher than high": lift.floor > 2;
    possible "it can be low again": lift.floor == 2 => lift.floor == 0;
}
