//! How much of the session's context the live transport knows.

crate::region! {
    /// A point in the growing context of the session.
    epoch ContextWatermark;

    /// The context has grown.
    input AdvanceContext { watermark: ContextWatermark }
    /// The live transport knows the context up to here, says who holds it.
    input RefreshProjection { authority: RealtimeAuthority, frontier: ContextWatermark }

    /// Tell the live transport the context up to here.
    effect ProjectContext { watermark: ContextWatermark }

    /// How much of the session's context the live transport knows. One that is opened is told all of it, so nothing is
    /// behind while none is bound.
    region projection {
        phases {
            /// All of it.
            initial Fresh,
            /// Not all of it; the rest is told when the exchange has ended.
            StaleDeferred,
            /// Not all of it; the rest is being told.
            StaleImmediate,
        }
        /// How far the context has grown.
        field watermark: ContextWatermark = ContextWatermark::ZERO;
        /// How far the live transport knows it.
        field frontier: ContextWatermark = ContextWatermark::ZERO;

        on AdvanceContext { watermark } {
            require "the context grows": watermark > self.watermark;

            from Fresh stay {
                require "no live transport is bound": !realtime.is(Bound);
                set watermark = watermark;
                set frontier = watermark;
            }
            from Fresh | StaleDeferred to StaleDeferred {
                require "an exchange goes on": !product_turn.is(Idle);
                set watermark = watermark;
            }
            from Fresh to StaleImmediate {
                require "a live transport is bound, and no exchange goes on":
                    realtime.is(Bound) && product_turn.is(Idle);
                set watermark = watermark;
                emit ProjectContext { watermark };
            }
            from StaleImmediate stay {
                set watermark = watermark;
                emit ProjectContext { watermark };
            }
        }
        on EndProductTurn {
            from StaleDeferred to StaleImmediate { emit ProjectContext { watermark: self.watermark }; }
            ignore from Fresh | StaleImmediate;
        }
        on RefreshProjection { authority, frontier } {
            require "the authority is the one that is bound": holds_realtime(realtime.phase, authority);
            require "it knows more than before": frontier > self.frontier;

            from StaleDeferred | StaleImmediate to Fresh {
                require "it knows all of it": frontier == self.watermark;
                set frontier = frontier;
            }
            from StaleDeferred | StaleImmediate stay {
                require "it does not know all of it": frontier < self.watermark;
                set frontier = frontier;
            }
        }
        on UnwantRealtime | ReplaceRealtime | DetachRealtime | RequireReattach | RequireReattachFor | DetachTopology
            | Detach | Stop | Destroy | FinishUnregister | Recover from any to Fresh { set frontier = self.watermark; }
    }

    invariant "the live transport knows all of the context if and only if it is fresh":
        projection.is(Fresh) == (projection.frontier == projection.watermark);
    invariant "nothing is known that is not in the context": projection.frontier <= projection.watermark;
    invariant "what the live transport does not know it can be told": !projection.is(Fresh) => realtime.is(Bound);
    invariant "what is put off is put off by an exchange": projection.is(StaleDeferred) => !product_turn.is(Idle);
    always "the context never shrinks": next.projection.watermark >= projection.watermark;
    always "what is known stays known": next.projection.frontier >= projection.frontier;
    always "what was put off is told when the exchange ends": projection.is(StaleDeferred) && next.realtime.is(Bound)
        && next.realtime.authority == realtime.authority && next.product_turn.is(Idle) =>
        next.projection.is(StaleImmediate);
    possible "the live transport can know all of the context": !projection.is(Fresh) => projection.is(Fresh);
}
