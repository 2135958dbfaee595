//! Machines that do not hold what they claim.

use machine_spec::machine;

machine! {
    /// A shop in which everything is wrong that a check can find.
    pub machine Shop;

    id Order;
    epoch Stamp;
    number Level = 1..=2;
    enum Lane { Fast, Slow { level: Level } }
    record Label { stamp: Stamp, weight: Option<u8> }
    opaque Note = String;

    input Take { order: Order, lane: Lane, label: Label, note: Note }
    input Fill { levels: Set<Level>, sizes: Map<Order, bool>, line: Seq<Order> }
    input Close;
    input Reopen;
    input Wall;
    input Blink;
    input Ring;
    effect Noted { note: Note }
    effect Rung;

    region door {
        phases { initial Open, Shut, final Walled }
        on Close from Open to Shut;
        on Reopen from Shut to Open;
        on Wall from Open | Shut to Walled;
    }
    region lamp {
        phases { initial Off, On }
        on Blink { from Off to On; from On to Off; }
    }
    region bell {
        phases { initial Quiet, Loud }
        on Ring {
            from Quiet to Loud { require "it is dark": lamp.is(Off); emit Rung; }
            from Quiet stay { require "the shop is open": door.is(Open); }
            from Loud to Quiet;
        }
    }
    keyed region orders[Order] {
        phases { final Taken { lane: Lane } }
        field label: Label;
        on Take { order, lane, label, note } create order to Taken { lane } {
            require "the shop is not walled up": !door.is(Walled);
            set label = label;
            emit Noted { note };
        }
    }
    region shelf {
        field levels: Set<Level> = Set::new();
        field sizes: Map<Order, bool> = Map::new();
        field line: Seq<Order> = Seq::new();
        on Fill { levels, sizes, line } stay {
            require "the shelf is empty": self.line.is_empty();
            set levels = levels;
            set sizes = sizes;
            set line = line;
        }
    }

    invariant "no slow order is weighed":
        orders.all(|one| !matches!(one.phase, Taken { lane: Lane::Slow { .. } }) || one.label.weight == None);
    invariant "no order is stamped": orders.all(|one| one.label.stamp == Stamp::ZERO);
    invariant "the shelf is never full": shelf.levels.is_empty() || shelf.sizes.is_empty() || shelf.line.is_empty();
    always "it is shut before it is walled up": next.door.is(Walled) => !door.is(Open);
    always "a lamp that is on goes off": lamp.is(On) => next.lamp.is(Off);
    reachable "it is walled up and open": door.is(Walled) && door.is(Open);
    possible "it can open again": door.is(Walled) => door.is(Open);
    fair Blink;
    leads_to "who is shut in with light gets out": door.is(Shut) && lamp.is(On) => door.is(Open);
}
