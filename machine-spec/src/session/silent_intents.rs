//! What peers may say without waking the session. It survives everything.

crate::region! {
    /// What a peer wants, where the host alone knows what that means.
    id IntentId;

    /// Who says this neither wakes the session nor starts a run.
    input SilenceIntent { intent: IntentId }
    /// Who says this is heard again.
    input UnsilenceIntent { intent: IntentId }

    /// What peers may say without waking the session.
    region silent_intents {
        /// The intents that are recorded and no more.
        field intents: Set<IntentId> = Set::new();

        on SilenceIntent { intent } stay {
            require "the session is registered": registration.is(Queuing | Attaching | Active);
            require "the intent is heard": !self.intents.contains(intent);
            insert intent into intents;
        }
        on UnsilenceIntent { intent } stay {
            require "the session is registered": registration.is(Queuing | Attaching | Active);
            require "the intent is silent": self.intents.contains(intent);
            remove intent from intents;
        }
    }
}
