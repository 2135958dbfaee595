//! A fault for each kind of data.

use machine_spec::Bounds;

use crate::fault::{Expected, Fault};

twins! {
    locker ($($collect:tt)*)
    wrong { on Collect { by } from Full { .. } to Empty { set taken_by = Some(by); } }
    right {
        on Collect { by } from Full { owner } to Empty {
            require "it is the owner": by == owner;
            set taken_by = Some(by);
        }
    }

    /// A locker.
    pub machine Locker;

    id Person;

    input Deposit { by: Person }
    input Collect { by: Person }

    region locker {
        phases { initial Empty, Full { owner: Person } }
        field taken_by: Option<Person> = None;

        on Deposit { by } from Empty to Full { owner: by };
        $($collect)*
    }

    always "what is in it goes to its owner": locker.is(Full) && next.locker.is(Empty) =>
        matches!(locker.phase, Full { owner } if next.locker.taken_by == Some(owner));
}

twins! {
    lease ($($order:tt)*)
    wrong { <= }
    right { == }

    /// A lock under leases that only grow.
    pub machine Lock;

    epoch Lease;

    input Acquire;
    input Release { lease: Lease }

    region lock {
        phases { initial Free, Held }
        field latest: Lease = Lease::ZERO;
        field released: Lease = Lease::ZERO;

        on Acquire from Free to Held { set latest = self.latest.fresh(); }
        on Release { lease } from Held to Free {
            require "it is the lease of the holder": lease $($order)* self.latest;
            set released = lease;
        }
    }

    always "only the holder gives it back": lock.is(Held) && next.lock.is(Free) => next.lock.released == lock.latest;
}

twins! {
    colours ($($order:tt)*)
    wrong { Colour::Red => Colour::Amber, Colour::Amber => Colour::Green, Colour::Green => Colour::Red, }
    right { Colour::Red => Colour::Green, Colour::Green => Colour::Amber, Colour::Amber => Colour::Red, }

    /// A traffic light.
    pub machine Light;

    enum Colour { Red, Green, Amber }

    input Change;

    region light {
        field colour: Colour = Colour::Red;
        on Change stay { set colour = match self.colour { $($order)* }; }
    }

    always "red does not follow green": light.colour == Colour::Green => next.light.colour != Colour::Red;
}

twins! {
    robot ($member:ident)
    wrong { y }
    right { x }

    /// A robot on a field that is turned round.
    pub machine Robot;

    record Point { x: u8, y: u8 }

    input Step;
    input Turn;

    region robot {
        field at: Point = Point { x: 0, y: 0 };
        field steps: u8 = 0;

        on Step stay {
            set at = Point { x: self.at.x + 1, y: self.at.y };
            set steps = self.steps + 1;
        }
        on Turn stay { set at = Point { x: self.at.y, y: self.at.$member }; }
    }

    invariant "it is as far as it went": robot.at.x + robot.at.y == robot.steps;
}

twins! {
    mailbox ($($guard:tt)*)
    wrong { }
    right { require "it is empty": self.letter.is_none(); }

    /// A mailbox for one letter.
    pub machine Mailbox;

    id Letter;

    input Put { letter: Letter }
    input Take;

    region mailbox {
        field letter: Option<Letter> = None;

        on Put { letter } stay { $($guard)* set letter = Some(letter); }
        on Take stay { require "a letter is there": self.letter.is_some(); set letter = None; }
    }

    always "no letter is written over":
        mailbox.letter.is_some() => next.mailbox.letter.is_none() || next.mailbox.letter == mailbox.letter;
}

twins! {
    guests ($($enter:tt)*)
    wrong {
        on Enter { guest } stay {
            insert guest into inside;
            set count = self.count + 1;
        }
    }
    right {
        on Enter { guest } stay {
            require "the guest is outside": !self.inside.contains(guest);
            insert guest into inside;
            set count = self.count + 1;
        }
    }

    /// A house that counts its guests.
    pub machine House;

    id Guest;

    input Enter { guest: Guest }
    input Leave { guest: Guest }

    region house {
        field inside: Set<Guest> = Set::new();
        field count: u64 = 0;

        $($enter)*
        on Leave { guest } stay {
            require "the guest is inside": self.inside.contains(guest);
            remove guest from inside;
            set count = self.count - 1;
        }
    }

    invariant "the count is right": house.count == house.inside.len();
}

twins! {
    readings ($($read:tt)*)
    wrong { on Read { meter, value } stay { insert meter => value into latest; } }
    right {
        on Read { meter, value } stay {
            require "it is no lower": self.latest.get(meter).copied().is_none_or(|last| value >= last);
            insert meter => value into latest;
        }
    }

    /// Meters that are read.
    pub machine Readings;

    id Meter;

    input Read { meter: Meter, value: u8 }

    region readings {
        field latest: Map<Meter, u8> = Map::new();

        $($read)*
    }

    always "no meter runs backwards": readings.latest.all(|meter, value|
        next.readings.latest.get(meter).copied().is_some_and(|later| later >= value));
}

twins! {
    line ($end:ident)
    wrong { last }
    right { first }

    /// Jobs that wait in a line.
    pub machine Line;

    id Job;

    input Join { job: Job }
    input Start;

    region line {
        field waiting: Seq<Job> = Seq::new();
        field running: Option<Job> = None;

        on Join { job } stay { append job to waiting; }
        on Start stay {
            set running = self.waiting.$end();
            take first from waiting;
        }
    }

    always "the first of the line is next":
        next.line.running != line.running => next.line.running == line.waiting.first();
}

twins! {
    lift ($by:literal)
    wrong { 2 }
    right { 1 }

    /// A lift. What would lead above the top is refused, and not an error.
    pub machine Lift;

    number Floor = 0..=3;

    input Up;
    input Home;

    region lift {
        field at: Floor = 0;

        on Up stay { set at = self.at + $by; }
        on Home stay { set at = 0; }
    }

    possible "the top can be reached": lift.at == Floor::GREATEST;
}

twins! {
    post ($($reset:tt)*)
    wrong { }
    right { set body = None; }

    /// A letter whose text nobody reads.
    pub machine Post;

    opaque Text = String;

    input Write { text: Text }
    input Send;
    effect Sent { text: Text }

    region post {
        field body: Option<Text> = None;
        field is_sent: bool = false;

        on Write { text } stay { set body = Some(text); set is_sent = false; }
        on Send stay {
            require "something is written": let Some(text) = self.body;
            emit Sent { text };
            set is_sent = true;
            $($reset)*
        }
    }

    invariant "nothing is kept of what was sent": !(post.is_sent && post.body.is_some());
}

twins! {
    parcel ($($range:tt)*)
    wrong { 0..=2 }
    right { 0..=1 }

    /// A shelf for small parcels.
    pub machine Shelf;

    input Store { size: u8 }
    input Clear;

    region shelf {
        phases { initial Empty, Stored { size: u8 } }

        on Store { size } from Empty to Stored { size } {
            require "it is small": matches!(size, $($range)*);
        }
        on Clear from Stored { .. } to Empty;
    }

    invariant "only small parcels are stored": !matches!(shelf.phase, Stored { size } if size > 1);
}

twins! {
    ring ($($order:tt)*)
    wrong { > }
    right { == }

    /// A token that goes round.
    pub machine Ring;

    const LAST: u8 = 2;

    fn behind(node: u8) -> u8 { if node $($order)* LAST { 0 } else { node + 1 } }

    input Pass;

    region token {
        field at: u8 = 0;
        on Pass stay { set at = behind(self.at); }
    }

    invariant "the token is in the ring": token.at <= LAST;
}

pub(crate) fn faults() -> Vec<Fault> {
    use Expected::Violated;
    vec![
        fault!(
            locker::Locker,
            "ids, patterns of sources",
            "what a pattern binds is not compared",
            Violated("what is in it goes to its owner", 2)
        ),
        fault!(lease::Lock, "epochs", "an older epoch is let in", Violated("only the holder gives it back", 2)),
        fault!(colours::Light, "enums", "the variants are in a wrong order", Violated("red does not follow green", 3)),
        fault!(
            robot::Robot,
            "records",
            "a member is copied in place of another",
            Violated("it is as far as it went", 2)
        ),
        fault!(mailbox::Mailbox, "options", "`Some` is written over", Violated("no letter is written over", 2)),
        fault!(guests::House, "sets", "who is in the set is counted again", Violated("the count is right", 2)),
        fault!(readings::Readings, "maps", "an entry is replaced unseen", Violated("no meter runs backwards", 2)),
        fault!(
            line::Line,
            "sequences",
            "the last is read and the first is taken",
            Violated("the first of the line is next", 3)
        ),
        fault!(
            lift::Lift,
            "numbers with a range",
            "a step is too long for the range, so it is refused",
            Violated("the top can be reached", 0)
        ),
        fault!(post::Post, "opaque values", "a value is kept", Violated("nothing is kept of what was sent", 2)),
        fault!(
            parcel::Shelf,
            "patterns in guards",
            "a range is too long",
            Violated("only small parcels are stored", 1)
        )
        .within(Bounds::default().with_integers(3)),
        fault!(
            ring::Ring,
            "functions, constants",
            "a function goes one too far",
            Violated("the token is in the ring", 3)
        )
        .within(Bounds::default().with_integers(3)),
    ]
}
