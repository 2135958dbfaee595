//! What a peer's envelope is, and what the session does with it.
//!
//! An envelope is tracked from the step that classifies it until what it asks for was done; only then may it leave the
//! inbox, and until then a second delivery is refused. It survives the process and the registration; stop, reset and
//! destroy drop what waits.

crate::region! {
    /// A message of a peer, as the inbox numbers it.
    id EnvelopeId;

    /// What a peer wants.
    enum PeerIntent {
        /// It says something.
        Message { intent: IntentId },
        /// It asks something.
        Request { intent: IntentId },
        /// It answers, or has failed to.
        Response,
        /// It is still at an answer.
        Progress,
        /// The mob has added a peer.
        PeerAdded,
        /// The mob has retired a peer.
        PeerRetired,
        /// The mob has cut a peer off.
        PeerUnwired,
        /// It supervises the session.
        Supervision,
    }

    /// What the session does with an envelope.
    enum EnvelopeHandling {
        /// It becomes an input, and wakes the session.
        Admit { lane: Lane },
        /// It is kept for the next run, and wakes nobody.
        Record,
        /// It changes which peers are trusted.
        Rewire,
        /// It goes to where supervisors are answered.
        Supervise,
    }

    /// What the session does with a peer's intent: an answer joins the run that waits for it, the rest waits its turn.
    fn handling(intent: PeerIntent, silent: bool) -> EnvelopeHandling {
        match intent {
            PeerIntent::Message { .. } | PeerIntent::Request { .. } if silent => EnvelopeHandling::Record,
            PeerIntent::Message { .. } | PeerIntent::Request { .. } => EnvelopeHandling::Admit { lane: Lane::Queue },
            PeerIntent::Response => EnvelopeHandling::Admit { lane: Lane::Steer },
            PeerIntent::Progress => EnvelopeHandling::Record,
            PeerIntent::PeerAdded | PeerIntent::PeerRetired | PeerIntent::PeerUnwired => EnvelopeHandling::Rewire,
            PeerIntent::Supervision => EnvelopeHandling::Supervise,
        }
    }

    /// An envelope lies in the inbox.
    input ReceiveEnvelope { envelope: EnvelopeId, intent: PeerIntent }
    /// What the envelope asks for was done.
    input SettleEnvelope { envelope: EnvelopeId }

    /// Do with the envelope what its intent asks for.
    effect HandleEnvelope { envelope: EnvelopeId, handling: EnvelopeHandling }

    /// Every envelope until it was handled.
    keyed region peer_envelope[EnvelopeId] {
        phases {
            /// It is being handled.
            Waiting { intent: PeerIntent, treatment: EnvelopeHandling },
        }
        select waiting = Waiting { .. };

        on ReceiveEnvelope { envelope, intent } create envelope {
            let silent = matches!(intent, PeerIntent::Message { intent: meant } | PeerIntent::Request { intent: meant }
                if silent_intents.intents.contains(meant));
            let treatment = handling(intent, silent);

            to Waiting { intent, treatment } {
                require "the session is registered": registration.is(Queuing | Attaching | Active);
                emit HandleEnvelope { envelope, handling: treatment };
            }
        }
        on SettleEnvelope { envelope } at envelope from Waiting { .. } remove;

        on Stop | Reset | Destroy each waiting from Waiting { .. } remove;
    }

    always "a silent intent neither wakes nor runs": next.peer_envelope.all(|e| peer_envelope.contains_key(e.key)
        || match e.phase {
            Waiting { intent: PeerIntent::Message { intent } | PeerIntent::Request { intent }, treatment } =>
                (treatment == EnvelopeHandling::Record) == silent_intents.intents.contains(intent),
            Waiting { treatment, .. } => treatment != EnvelopeHandling::Admit { lane: Lane::Queue },
        });
    always "an envelope is classified once": peer_envelope.all(|e|
        next.peer_envelope.get(e.key).is_none_or(|later| later.phase == e.phase));
    reachable "a silent intent is recorded": peer_envelope.any(|e| matches!(e.phase,
        Waiting { intent: PeerIntent::Request { .. }, treatment: EnvelopeHandling::Record }));
    possible "every envelope can be handled": true => peer_envelope.waiting.is_empty();
}
