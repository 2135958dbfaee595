//! The requests that the session has sent to its peers.
//!
//! A deadline is held against the progress it has seen, so that a request that was heard of in between is not timed
//! out by an old clock. Whoever waits is in this process, so a request ends with it, and with the registration, with a
//! stop, a reset and a destruction. An answer is taken in once, from the peer that was asked.

crate::region! {
    /// A request between peers.
    id RequestId;

    /// What became of a request.
    enum RequestOutcome {
        /// The peer has answered.
        Answered,
        /// The peer could not.
        Failed,
        /// Nothing was heard of it for too long.
        TimedOut,
        /// Nobody waits any more.
        Abandoned,
    }

    /// The session asks a peer.
    input SendRequest { request: RequestId, peer: PeerId }
    /// The peer is at it.
    input ProgressRequest { request: RequestId, peer: PeerId }
    /// The peer has answered, or has failed.
    input FinishRequest { request: RequestId, peer: PeerId, answered: bool }
    /// The deadline behind so many signs of progress has passed.
    input TimeOutRequest { request: RequestId, progress: u32 }
    /// Everybody who waited was told.
    input ForgetRequest { request: RequestId }

    /// Send the request to the peer.
    effect DispatchRequest { request: RequestId, peer: PeerId }
    /// Tell whoever waits for an answer.
    effect RequestSettled { request: RequestId, outcome: RequestOutcome }

    /// Every request to a peer until it is forgotten.
    keyed region outbound_request[RequestId] {
        phases {
            /// The peer has it.
            Sent { peer: PeerId },
            /// It is over.
            final Settled { outcome: RequestOutcome },
        }
        /// How often the peer has said that it is at it.
        field progress: u32 = 0;

        select open = Sent { .. };

        on SendRequest { request, peer } create request to Sent { peer } {
            require "the session is registered": registration.is(Queuing | Attaching | Active);
            emit DispatchRequest { request, peer };
        }
        on ProgressRequest { request, peer } at request from Sent { peer: asked } stay {
            require "the peer is the one that was asked": peer == asked;
            set progress = self.progress + 1;
        }
        on FinishRequest { request, peer, answered } at request {
            let outcome = if answered { RequestOutcome::Answered } else { RequestOutcome::Failed };

            from Sent { peer: asked } to Settled { outcome } {
                require "the peer is the one that was asked": peer == asked;
                emit RequestSettled { request, outcome };
            }
        }
        on TimeOutRequest { request, progress } at request
            from Sent { .. } to Settled { outcome: RequestOutcome::TimedOut }
        {
            require "nothing was heard since": progress == self.progress;
            emit RequestSettled { request, outcome: RequestOutcome::TimedOut };
        }
        on ForgetRequest { request } at request from Settled { .. } remove;

        on Stop | Reset | Destroy | FinishUnregister | Recover each open from Sent { .. }
            to Settled { outcome: RequestOutcome::Abandoned }
        { emit RequestSettled { request: self.key, outcome: RequestOutcome::Abandoned }; }
    }

    invariant "a request has a process that waits for its answer":
        registration.is(Absent) => outbound_request.open.is_empty();
    always "a request is settled once": outbound_request.all(|r| !r.is(Settled)
        || next.outbound_request.get(r.key).is_none_or(|later| later.phase == r.phase));
    always "a request goes to one peer": outbound_request.all(|r| !r.is(Sent) || next.outbound_request.get(r.key)
        .is_some_and(|later| later.is(Settled) || later.phase == r.phase));
    always "a request that was just heard of is not timed out": outbound_request.all(|r| next.outbound_request.get(r.key)
        .is_none_or(|later| later.progress == r.progress || later.is(Sent) && later.progress > r.progress));
    possible "every request can be settled": true => outbound_request.open.is_empty();
}
