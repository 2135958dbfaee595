use machine_spec::machine;

machine! {
    pub machine Rules;

    id Person;
    epoch Ticket;

    input Enter { person: Person }
    input Leave { person: Person, ticket: Ticket }
    input Close;
    input Ring;
    effect Bell;

    region shop {
        phases { initial Open, initial Busy, Swept, final Closed }
        field visitors: u32 = 0;
        field owner: Person;
        field phase: u8 = 0;

        on Enter { person } to Busy;
        on Leave from Busy to Open {
            set visitors = self.visitors - 1;
            set visitors = 0;
        }
        on Leave from Open stay;
        on Close {
            from Closed to Open;
            ignore from Busy { set visitors = 0; }
        }
    }

    keyed region guests[Person] {
        phases { initial Inside, Outside }
        field ticket: Ticket;
        select inside = Inside;
        select all = Inside;

        on Enter { person } create person to Inside;
        on Leave { person } from Inside to Outside;
        on Close each insiders from Inside to Outside {
            require "the shop is open": shop.is(Open);
        }
    }

    invariant "nobody is lost": guests.all(|guest| guest.ticket + 1 > guest.ticket);
    invariant "nobody is lost": shop.visitors > 0;
}

fn main() {}
