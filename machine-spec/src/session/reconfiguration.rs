//! How far a change of the model is.
//!
//! The host is asked for one step after the other: to resolve what the model can do, to give the executor the new
//! identity, to show it the tools of that identity. The machine step that accepts the last answer commits: the journal
//! makes it durable, so there is no moment at which the host holds one identity and the store another. Steps that touch
//! the executor happen between runs only: no run starts meanwhile, and a change that finds a run waits for its end.
//! What fails is undone; as long as that fails too the executor runs nothing. Whenever the executor goes, the change
//! goes with it: the next executor is bound with the current identity. Nothing of a change survives the process, and a
//! reset leaves it alone.

crate::region! {
    /// One change of the model.
    epoch ReconfigurationId;

    /// What the host does to a bound executor.
    enum HostStep {
        /// It gives it the proposed identity.
        Identity,
        /// It shows it the tools of the proposed identity.
        Visibility,
        /// It gives it the current identity back, with its tools.
        Restore,
    }

    /// How a change of the model ended.
    enum ReconfigurationOutcome {
        /// The proposed identity is the current one.
        Committed,
        /// The host does not know what the model can do. The executor was not touched.
        Unresolved,
        /// A step failed, and the executor has the current identity back.
        RolledBack,
        /// It was given up, or the executor went away.
        Abandoned,
    }

    /// The model is to change.
    input BeginReconfiguration { change: ReconfigurationId, model: ModelId }
    /// The host knows what the model can do.
    input FinishResolution { change: ReconfigurationId, capability: Capability }
    /// The host does not know what the model can do.
    input FailResolution { change: ReconfigurationId }
    /// The host did what it was asked for.
    input FinishHostStep { change: ReconfigurationId, step: HostStep }
    /// The host could not do what it was asked for, or not all of it, or did not answer in time.
    input FailHostStep { change: ReconfigurationId, step: HostStep }
    /// An executor whose identity could not be restored gets another try.
    input RetryRestore { change: ReconfigurationId }
    /// A change is given up before it has touched the executor.
    input AbandonReconfiguration { change: ReconfigurationId }

    /// Ask the host what the model can do.
    effect ResolveCapability { change: ReconfigurationId, model: ModelId }
    /// Ask the host to do this to the executor; the identities are those of the region `identity`.
    effect TakeHostStep { change: ReconfigurationId, step: HostStep }
    /// Tell whoever asked for the change.
    effect ReconfigurationEnded { change: ReconfigurationId, outcome: ReconfigurationOutcome }

    /// How far a change of the model is.
    region reconfiguration {
        phases {
            /// The executor, if one is bound, has the current identity.
            initial Settled,
            /// The host looks up what the model can do.
            Resolving,
            /// The change waits for the end of the run.
            Ready,
            /// The host changes the executor.
            Applying { step: HostStep },
            /// The executor could not be given the current identity back.
            Astray,
        }
        /// The latest change; in every phase but the first it is the current one.
        field last_change: ReconfigurationId = ReconfigurationId::ZERO;

        on BeginReconfiguration { change, model } from Settled to Resolving {
            require "the change is newer than every earlier one": change > self.last_change;
            require "an executor is bound": registration.is(Active);
            require "the session goes on": !ends(lifecycle.phase);
            set last_change = change;
            emit ResolveCapability { change, model };
        }
        on FinishResolution { change } {
            require "the change is the current one": change == self.last_change;

            from Resolving to Ready { require "a run is current": lifecycle.is(Running); }
            from Resolving to Applying { step: HostStep::Identity } {
                require "no run is current": !lifecycle.is(Running);
                emit TakeHostStep { change, step: HostStep::Identity };
            }
        }
        on FailResolution { change } from Resolving to Settled {
            require "the change is the current one": change == self.last_change;
            emit ReconfigurationEnded { change, outcome: ReconfigurationOutcome::Unresolved };
        }
        on AbandonReconfiguration { change } from Resolving | Ready to Settled {
            require "the change is the current one": change == self.last_change;
            emit ReconfigurationEnded { change, outcome: ReconfigurationOutcome::Abandoned };
        }

        on StartRun from Settled | Resolving stay;
        on FinishRun {
            from Ready to Applying { step: HostStep::Identity } {
                emit TakeHostStep { change: self.last_change, step: HostStep::Identity };
            }
            ignore from any except Ready;
        }

        on FinishHostStep { change, step } {
            require "the host was asked for this": change == self.last_change
                && matches!(self.phase, Applying { step: asked } if asked == step);

            from Applying { step: HostStep::Identity } to Applying { step: HostStep::Visibility } {
                emit TakeHostStep { change, step: HostStep::Visibility };
            }
            from Applying { step: HostStep::Visibility } to Settled {
                emit ReconfigurationEnded { change, outcome: ReconfigurationOutcome::Committed };
            }
            from Applying { step: HostStep::Restore } to Settled {
                emit ReconfigurationEnded { change, outcome: ReconfigurationOutcome::RolledBack };
            }
        }
        on FailHostStep { change, step } {
            require "the host was asked for this": change == self.last_change
                && matches!(self.phase, Applying { step: asked } if asked == step);

            from Applying { step: HostStep::Identity | HostStep::Visibility } to Applying { step: HostStep::Restore } {
                emit TakeHostStep { change, step: HostStep::Restore };
            }
            from Applying { step: HostStep::Restore } to Astray;
        }
        on RetryRestore { change } from Astray to Applying { step: HostStep::Restore } {
            require "the change is the current one": change == self.last_change;
            emit TakeHostStep { change, step: HostStep::Restore };
        }

        on Detach | Stop | Destroy | Unregister | Recover {
            from any except Settled to Settled {
                emit ReconfigurationEnded { change: self.last_change, outcome: ReconfigurationOutcome::Abandoned };
            }
            ignore from Settled;
        }
    }

    invariant "a change of the model has an executor to change":
        !reconfiguration.is(Settled) => registration.is(Active);
    invariant "the executor is not touched while a run is current":
        reconfiguration.is(Applying | Astray) => !lifecycle.is(Running);
    invariant "a change that is ready waits for a run": reconfiguration.is(Ready) => lifecycle.is(Running);
    always "changes of the model never go back": next.reconfiguration.last_change >= reconfiguration.last_change;
    always "a change that touched the executor is committed or undone": registration.is(Active)
        && next.registration.is(Active) && reconfiguration.is(Applying | Astray) && next.reconfiguration.is(Settled) =>
        matches!(reconfiguration.phase, Applying { step: HostStep::Visibility | HostStep::Restore });
    possible "a change of the model can end": !reconfiguration.is(Settled) => reconfiguration.is(Settled);
}
