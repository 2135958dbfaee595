//! Faults of keyed regions.

use crate::fault::{Expected, Fault};

twins! {
    workshop ($($guard:tt)*)
    wrong { }
    right { require "nothing else runs": jobs.running.is_empty(); }

    /// Jobs on one machine.
    pub machine Workshop;

    id Job;

    input Add { job: Job }
    input Start { job: Job }
    input Finish { job: Job }

    keyed region jobs[Job] {
        phases { Queued, Running }
        select running = Running;

        on Add { job } create job to Queued;
        on Start { job } at job from Queued to Running { $($guard)* }
        on Finish { job } at job from Running remove;
    }

    invariant "one job runs at a time": jobs.running.len() <= 1;
}

twins! {
    kitchen ($($pattern:tt)*)
    wrong { Waiting }
    right { Waiting | Cooking }

    /// Orders of a kitchen that closes.
    pub machine Kitchen;

    id Order;

    input Take { order: Order }
    input Cook { order: Order }
    input Close;

    region kitchen {
        phases { initial Open, final Closed }

        on Take from Open stay;
        on Close from Open to Closed;
    }
    keyed region orders[Order] {
        phases { Waiting, Cooking }
        select left = $($pattern)*;

        on Take { order } create order to Waiting;
        on Cook { order } at order from Waiting to Cooking;
        on Close each left from any remove;
    }

    invariant "a closed kitchen has no orders": kitchen.is(Closed) => orders.is_empty();
}

twins! {
    hotel ($($arm:tt)*)
    wrong { }
    right { from Asleep { deep: true } to Asleep { deep: false }; }

    /// A bell that wakes all guests, or nobody.
    pub machine Hotel;

    id Guest;

    input CheckIn { guest: Guest, deep: bool }
    input Ring;
    input Leave { guest: Guest }

    keyed region guests[Guest] {
        phases { Asleep { deep: bool }, Awake }
        select asleep = Asleep { .. };

        on CheckIn { guest, deep } create guest to Asleep { deep };
        on Ring each asleep { from Asleep { deep: false } to Awake; $($arm)* }
        on Leave { guest } at guest from Awake remove;
    }

    possible "all can wake up": !guests.asleep.is_empty() => guests.asleep.is_empty();
}

twins! {
    tickets ($($destination:tt)*)
    wrong { remove }
    right { stay }

    /// Tickets that are used once.
    pub machine Tickets;

    id Ticket;

    input Buy { ticket: Ticket }
    input Use { ticket: Ticket }
    input Tear { ticket: Ticket }

    keyed region tickets[Ticket] {
        phases { Bought, final Used }

        on Buy { ticket } create ticket to Bought;
        on Use { ticket } at ticket from Bought to Used;
        on Tear { ticket } at ticket from Used $($destination)*;
    }

    always "a used ticket stays used": tickets.all(|ticket| !ticket.is(Used)
        || next.tickets.get(ticket.key).is_some_and(|later| later.is(Used)));
}

pub(crate) fn faults() -> Vec<Fault> {
    use Expected::Violated;
    vec![
        fault!(
            workshop::Workshop,
            "keyed regions",
            "the other instances are not asked",
            Violated("one job runs at a time", 4)
        ),
        fault!(
            kitchen::Kitchen,
            "selections",
            "a selection lacks a phase",
            Violated("a closed kitchen has no orders", 3)
        ),
        fault!(hotel::Hotel, "each", "one instance has no arm, so that none moves", Violated("all can wake up", 1)),
        fault!(
            tickets::Tickets,
            "remove, next in always",
            "what is removed is forgotten",
            Violated("a used ticket stays used", 3)
        ),
    ]
}
