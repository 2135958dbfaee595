//! The model that the session runs with, what it can do, and what is to take its place.
//!
//! There is one current identity at any time, and it changes in two ways: the host declares it while no executor is
//! bound, or a [reconfiguration](super::reconfiguration) commits. Both are one step, so that a crash leaves the old or
//! the new identity. The current identity survives everything; what is proposed ends with the reconfiguration.

crate::region! {
    /// A model. The host knows what is behind it.
    id ModelId;

    /// What a model can do.
    record Capability {
        /// It can hold a realtime attachment.
        realtime: bool,
        /// It understands images.
        vision: bool,
        /// It understands images in the results of tools.
        image_tool_results: bool,
    }

    /// A model together with what it can do.
    record Identity { model: ModelId, capability: Capability }

    /// What is to take the place of the current identity.
    enum Proposal {
        /// Nothing.
        Nothing,
        /// A model of which it is not known yet what it can do.
        Model { model: ModelId },
        /// A model and what it can do.
        Resolved { identity: Identity },
    }

    /// The proposal once it is known what its model can do.
    fn resolved(proposal: Proposal, capability: Capability) -> Proposal {
        if let Proposal::Model { model } = proposal {
            Proposal::Resolved { identity: Identity { model, capability } }
        } else {
            proposal
        }
    }

    /// The identity once the proposal is committed.
    fn committed(current: Option<Identity>, proposal: Proposal) -> Option<Identity> {
        if let Proposal::Resolved { identity } = proposal { Some(identity) } else { current }
    }

    /// The host says with which model the next executor is bound.
    input DeclareIdentity { declared: Identity }

    /// The model that the session runs with, and what is to take its place.
    region identity {
        /// The model that the session runs with, once the host has said which; until then the host takes care of it.
        field current: Option<Identity> = None;
        /// What is to take its place.
        field proposal: Proposal = Proposal::Nothing;

        on DeclareIdentity { declared } stay {
            require "no executor is bound": registration.is(Queuing);
            set current = Some(declared);
        }
        on BeginReconfiguration { model } stay { set proposal = Proposal::Model { model }; }
        on FinishResolution { capability } stay { set proposal = resolved(self.proposal, capability); }
        on FinishHostStep { step } stay {
            set current = if step == HostStep::Visibility { committed(self.current, self.proposal) } else { self.current };
            set proposal = if step == HostStep::Identity { self.proposal } else { Proposal::Nothing };
        }
        on FailHostStep | FailResolution | AbandonReconfiguration stay { set proposal = Proposal::Nothing; }
        on Detach | Stop | Destroy | Unregister | Recover stay { set proposal = Proposal::Nothing; }
    }

    invariant "a model is proposed while it is resolved, and a whole identity from then on": match reconfiguration.phase {
        Resolving => matches!(identity.proposal, Proposal::Model { .. }),
        Ready | Applying { step: HostStep::Identity | HostStep::Visibility } =>
            matches!(identity.proposal, Proposal::Resolved { .. }),
        _ => identity.proposal == Proposal::Nothing,
    };
    always "an identity that is known stays known": identity.current.is_some() => next.identity.current.is_some();
    always "a bound executor changes its identity only when the host holds all of the new one":
        registration.is(Active) && next.identity.current != identity.current =>
        matches!(reconfiguration.phase, Applying { step: HostStep::Visibility }) && next.reconfiguration.is(Settled);
    always "the new identity is the proposed one": !registration.is(Queuing) && next.identity.current != identity.current =>
        matches!(identity.proposal, Proposal::Resolved { identity: new } if next.identity.current == Some(new));
}
