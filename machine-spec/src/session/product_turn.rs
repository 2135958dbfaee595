//! The exchange that goes on over the live transport.

crate::region! {
    /// One exchange over the live transport: what the user says, and the answer.
    epoch ProductTurn;

    /// How an exchange ended.
    enum ProductTurnEnding {
        /// The answer is complete.
        Completed,
        /// The user spoke into it.
        Interrupted,
    }

    /// The user has said something.
    input BeginProductTurn { authority: RealtimeAuthority, exchange: ProductTurn }
    /// The answer begins.
    input StartProductOutput { exchange: ProductTurn }
    /// The exchange ends.
    input EndProductTurn { exchange: ProductTurn, ending: ProductTurnEnding }

    /// Stop the answer.
    effect CutProductOutput { exchange: ProductTurn }

    /// The exchange that goes on over the live transport. It ends with the transport at the latest.
    region product_turn {
        phases {
            /// There is none.
            initial Idle,
            /// The answer has not begun.
            Awaiting,
            /// The answer is being given.
            Answering,
        }
        /// The latest exchange.
        field latest: ProductTurn = ProductTurn::ZERO;

        on BeginProductTurn { authority, exchange } from Idle to Awaiting {
            require "the authority is the one that is bound": holds_realtime(realtime.phase, authority);
            require "the exchange is newer than every earlier one": exchange > self.latest;
            set latest = exchange;
        }
        on StartProductOutput { exchange } from Awaiting to Answering {
            require "the exchange is the latest": exchange == self.latest;
        }
        on EndProductTurn { exchange, ending } {
            require "the exchange is the latest": exchange == self.latest;

            from Awaiting to Idle;
            from Answering to Idle { require "the answer is complete": ending == ProductTurnEnding::Completed; }
            from Answering to Idle {
                require "the answer is interrupted": ending == ProductTurnEnding::Interrupted;
                emit CutProductOutput { exchange };
            }
        }
        on UnwantRealtime | ReplaceRealtime | DetachRealtime | RequireReattach | RequireReattachFor | DetachTopology
            | Detach | Stop | Destroy | FinishUnregister | Recover from any to Idle;
    }

    invariant "an exchange has a live transport": !product_turn.is(Idle) => realtime.is(Bound);
    always "an exchange never goes back": next.product_turn.latest >= product_turn.latest;
    always "an exchange begins under a number of its own": product_turn.is(Idle) && next.product_turn.is(Awaiting) =>
        next.product_turn.latest > product_turn.latest;
    always "an answer belongs to its question": next.product_turn.is(Answering) =>
        product_turn.is(Awaiting | Answering) && next.product_turn.latest == product_turn.latest;
    possible "an exchange can end": !product_turn.is(Idle) => product_turn.is(Idle);
}
