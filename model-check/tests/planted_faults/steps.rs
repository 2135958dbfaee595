//! Faults of transitions.

use crate::fault::{Expected, Fault};

twins! {
    cancel ($($more:tt)*)
    wrong { | Paid }
    right { }

    /// An order that may be cancelled until it is paid.
    pub machine Order;

    input Send;
    input Pay;
    input Ship;
    input Cancel;

    region order {
        phases { initial Draft, Sent, Paid, final Shipped, final Cancelled }

        on Send from Draft to Sent;
        on Pay from Sent to Paid;
        on Ship from Paid to Shipped;
        on Cancel from Draft | Sent $($more)* to Cancelled;
    }

    always "what is paid is not cancelled": order.is(Paid) => !next.order.is(Cancelled);
}

twins! {
    commit ($($except:tt)*)
    wrong { }
    right { except Committing }

    /// A commit that is not torn.
    pub machine Commit;

    input Prepare;
    input Finish;
    input Abort;

    region commit {
        phases { initial Open, Committing, final Done, final Aborted }

        on Prepare from Open to Committing;
        on Finish from Committing to Done;
        on Abort from any $($except)* to Aborted;
    }

    always "a commit is not torn": commit.is(Committing) => !next.commit.is(Aborted);
}

twins! {
    button ($($arm:tt)*)
    wrong { from Sent stay { set count = self.count + 1; emit Order; } }
    right { ignore from Sent; }

    /// A button that is pressed more than once.
    pub machine Button;

    input Press;
    effect Order;

    region button {
        phases { initial Idle, final Sent }
        field count: u8 = 0;

        on Press {
            from Idle to Sent { set count = self.count + 1; emit Order; }
            $($arm)*
        }
    }

    invariant "it is ordered once": button.count <= 1;
}

twins! {
    transfer ($($handler:tt)*)
    wrong { }
    right { on Transfer stay { set balance = self.balance + 1; } }

    /// Money that goes from one account to another.
    pub machine Transfer;

    input Transfer;
    input Refund;

    region source {
        field balance: u8 = 1;

        on Transfer stay { set balance = self.balance - 1; }
        on Refund stay { set balance = self.balance + 1; }
    }
    region destination {
        field balance: u8 = 1;

        $($handler)*
        on Refund stay { set balance = self.balance - 1; }
    }

    invariant "no money is lost": source.balance + destination.balance == 2;
}

twins! {
    shelf ($($stock:tt)*)
    wrong { self.stock }
    right { self.stock - 1 }

    /// A shelf that says when it is empty. Both writes read the state before the step.
    pub machine Shelf;

    input Sell;

    region shelf {
        field stock: u8 = 2;
        field is_empty: bool = false;

        on Sell stay {
            set stock = self.stock - 1;
            set is_empty = $($stock)* == 0;
        }
    }

    invariant "an empty shelf says so": shelf.is_empty == (shelf.stock == 0);
}

pub(crate) fn faults() -> Vec<Fault> {
    use Expected::Violated;
    vec![
        fault!(cancel::Order, "several sources", "a source too many", Violated("what is paid is not cancelled", 3)),
        fault!(commit::Commit, "any except", "the exception is missing", Violated("a commit is not torn", 2)),
        fault!(
            button::Button,
            "stay and ignore",
            "a repeated input is executed again",
            Violated("it is ordered once", 2)
        ),
        fault!(
            transfer::Transfer,
            "several regions with one input",
            "one region does not take part",
            Violated("no money is lost", 1)
        ),
        fault!(
            shelf::Shelf,
            "simultaneous writes",
            "a write is thought to see the one before it",
            Violated("an empty shelf says so", 2)
        ),
    ]
}
