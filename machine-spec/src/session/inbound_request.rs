//! The requests that peers have sent to the session, and that it owes an answer.
//!
//! They survive the process and the registration. A session that is stopped, reset or destroyed refuses those that it
//! has not answered, so that no peer waits for an answer that cannot come.

crate::region! {
    /// What a peer is told.
    enum Reply {
        /// The answer.
        Answer,
        /// The session will not answer.
        Refusal,
    }

    /// A peer asks the session.
    input ReceiveRequest { request: RequestId, peer: PeerId }
    /// The session answers.
    input ReplyToRequest { request: RequestId, reply: Reply }
    /// The reply has reached the peer, or nobody will ask for it again.
    input ForgetReply { request: RequestId }

    /// Send the reply to the peer.
    effect SendReply { request: RequestId, peer: PeerId, reply: Reply }

    /// Every request of a peer until its reply is forgotten.
    keyed region inbound_request[RequestId] {
        phases {
            /// The peer waits.
            Received { peer: PeerId },
            /// The peer was told.
            final Replied { reply: Reply },
        }
        select owed = Received { .. };

        on ReceiveRequest { request, peer } create request to Received { peer } {
            require "the session takes input":
                registration.is(Queuing | Attaching | Active) && takes_input(lifecycle.phase);
        }
        on ReplyToRequest { request, reply } at request from Received { peer } to Replied { reply } {
            emit SendReply { request, peer, reply };
        }
        on ForgetReply { request } at request from Replied { .. } remove;

        on Stop | Reset | Destroy each owed from Received { peer } to Replied { reply: Reply::Refusal } {
            emit SendReply { request: self.key, peer, reply: Reply::Refusal };
        }
    }

    invariant "a stopped or destroyed session owes no answer": lifecycle.is(Stopped | Destroyed) => inbound_request.owed.is_empty();
    always "a request is answered once": inbound_request.all(|r| !r.is(Replied)
        || next.inbound_request.get(r.key).is_none_or(|later| later.phase == r.phase));
    always "a request is forgotten only when it was answered":
        inbound_request.all(|r| r.is(Replied) || next.inbound_request.contains_key(r.key));
    reachable "an answer is owed across registrations": registration.is(Absent) && !inbound_request.owed.is_empty();
    possible "every request can be answered": true => inbound_request.owed.is_empty();
}
