//! A transfer between two accounts over a network that loses and repeats messages: money is neither lost nor made.

use machine_spec::machine;

machine! {
    /// One transfer with retries. Both accounts remember what they have done, so that a repeated message does nothing.
    pub machine Transfer;

    const AMOUNT: u8 = 2;
    const ATTEMPTS: u8 = 3;

    /// The message to withdraw is sent, or sent again.
    input AskWithdrawal;
    input Withdraw;
    input HearWithdrawn;
    /// The message to deposit is sent, or sent again.
    input AskDeposit;
    input Deposit;
    input HearDeposited;

    region transfer {
        phases { initial Started, Withdrawing, Withdrawn, Depositing, final Done }
        field attempts: u8 = 0;

        on AskWithdrawal from Started | Withdrawing to Withdrawing {
            require "attempts are left": self.attempts < ATTEMPTS;
            set attempts = self.attempts + 1;
        }
        on HearWithdrawn from Withdrawing to Withdrawn { set attempts = 0; }
        on AskDeposit from Withdrawn | Depositing to Depositing {
            require "attempts are left": self.attempts < ATTEMPTS;
            set attempts = self.attempts + 1;
        }
        on HearDeposited from Depositing to Done;
    }

    region source {
        phases { initial Waiting, final Paid }
        field balance: u8 = 5;

        on Withdraw {
            require "it was asked for": !transfer.is(Started);
            from Waiting to Paid { set balance = self.balance - AMOUNT; }
            ignore from Paid;
        }
        on HearWithdrawn from Paid stay;
    }

    region destination {
        phases { initial Waiting, final Received }
        field balance: u8 = 1;

        on Deposit {
            require "it was asked for": transfer.is(Depositing | Done);
            from Waiting to Received { set balance = self.balance + AMOUNT; }
            ignore from Received;
        }
        on HearDeposited from Received stay;
    }

    invariant "no money is made": source.balance + destination.balance <= 6;
    invariant "no money is lost": source.balance + destination.balance + AMOUNT >= 6;
    invariant "when all is done every account is right":
        transfer.is(Done) => source.balance == 3 && destination.balance == 3;
    possible "the transfer gets through": transfer.is(Done);
}
