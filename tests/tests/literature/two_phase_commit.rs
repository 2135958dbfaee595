//! Two-phase commit, after Gray and Lamport, "Consensus on Transaction Commit" (2006), and its TLA+ specification.

/// Declares the machine for a number of resource managers.
macro_rules! two_phase_commit {
    ($module:ident, $managers:literal) => {
        pub(crate) mod $module {
            machine_spec::machine! {
                /// A transaction manager and its resource managers, who talk by messages that are never lost.
                pub machine TwoPhase;

                id Manager;
                const MANAGERS: u64 = $managers;
                enum Stand { Prepared, Committed, Aborted }

                /// A manager is ready to commit, and says so.
                input Prepare { manager: Manager }
                /// A manager gives up on its own.
                input GiveUp { manager: Manager }
                /// The transaction manager hears that a manager is ready.
                input HearPrepared { manager: Manager }
                input Commit;
                input Abort;
                /// A manager hears the decision.
                input HearCommit { manager: Manager }
                input HearAbort { manager: Manager }

                region managers {
                    /// Who is not working any more.
                    field stands: Map<Manager, Stand> = Map::new();

                    on Prepare { manager } stay {
                        require "it works": !self.stands.contains_key(manager);
                        insert manager => Stand::Prepared into stands;
                    }
                    on GiveUp { manager } stay {
                        require "it works": !self.stands.contains_key(manager);
                        insert manager => Stand::Aborted into stands;
                    }
                    on HearCommit { manager } stay { insert manager => Stand::Committed into stands; }
                    on HearAbort { manager } stay { insert manager => Stand::Aborted into stands; }
                }

                region network {
                    /// Who said to be ready.
                    field prepared: Set<Manager> = Set::new();

                    on Prepare { manager } stay { insert manager into prepared; }
                    on HearPrepared { manager } stay { require "it was sent": self.prepared.contains(manager); }
                }

                region transaction {
                    phases { initial Open, final Committed, final Aborted }
                    /// Of whom it knows to be ready.
                    field ready: Set<Manager> = Set::new();

                    on HearPrepared { manager } from Open stay { insert manager into ready; }
                    on Commit from Open to Committed { require "all are ready": self.ready.len() == MANAGERS; }
                    on Abort from Open to Aborted;
                    on HearCommit from Committed stay;
                    on HearAbort from Aborted stay;
                }

                invariant "no manager commits while another aborts":
                    !(managers.stands.any(|_, stand| stand == Stand::Committed) && managers.stands.any(|_, stand| stand == Stand::Aborted));
                reachable "all commit": managers.stands.len() == MANAGERS && managers.stands.all(|_, stand| stand == Stand::Committed);
                possible "the transaction is decided": !transaction.is(Open);
            }
        }
    };
}

two_phase_commit!(three, 3);
two_phase_commit!(five, 5);
two_phase_commit!(seven, 7);
two_phase_commit!(nine, 9);
