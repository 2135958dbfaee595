//! Tools that become visible only when a run asks for them.

use crate::region;

region! {
    /// Who offers a tool and vouches for it.
    id ToolAuthority;

    /// A tool may be asked for.
    input OfferTool { tool: ToolId, authority: ToolAuthority }
    /// A run asks for an offered tool.
    input RequestTool { tool: ToolId, authority: ToolAuthority }
    /// Who offers a tool takes it back.
    input RetractTool { tool: ToolId, authority: ToolAuthority }

    fn vouches(tool: DeferredToolsPhase, authority: ToolAuthority) -> bool {
        matches!(
            tool,
            DeferredToolsPhase::Offered { authority: other }
                | DeferredToolsPhase::Requested { authority: other }
                | DeferredToolsPhase::Loaded { authority: other }
                if other == authority
        )
    }

    /// The tools that may be asked for. There is none without somebody who vouches for it.
    keyed region deferred_tools[ToolId] {
        phases {
            /// Hidden, until somebody asks for it.
            Offered { authority: ToolAuthority },
            /// Hidden, until the next boundary.
            Requested { authority: ToolAuthority },
            /// Visible.
            Loaded { authority: ToolAuthority },
            /// Visible, until the next boundary.
            Retracted { authority: ToolAuthority },
        }

        /// The tools for which a boundary makes a difference.
        select changing = Requested { .. } | Retracted { .. };
        select visible = Loaded { .. } | Retracted { .. };

        on OfferTool { tool, authority } create tool to Offered { authority } {
            require "the session is not destroyed": !lifecycle.is(Destroyed);
        }
        on RequestTool { tool, authority } at tool from Offered { authority: vouching } to Requested { authority } {
            require "it is asked for as it is offered": authority == vouching;
        }
        on RetractTool { tool, authority } at tool {
            require "it is taken back by who offers it": vouches(self.phase, authority);

            from Offered { .. } | Requested { .. } remove;
            from Loaded { .. } to Retracted { authority };
        }

        on StartRun | ReachBoundary | PublishTools each changing {
            from Requested { authority } to Loaded { authority };
            from Retracted { .. } remove;
        }
    }

    invariant "a deferred tool that changes has a revision of its own":
        !deferred_tools.changing.is_empty() => visibility.is(Staged);
    always "equal revisions mean equal deferred tools": next.visibility.active == visibility.active =>
        next.deferred_tools.visible.is_subset(&deferred_tools.visible)
        && deferred_tools.visible.is_subset(&next.deferred_tools.visible);
    always "a visible tool was asked for": next.deferred_tools.visible.all(|tool|
        deferred_tools.get(tool).is_some_and(|earlier| !earlier.is(Offered)));
    reachable "a deferred tool is visible": deferred_tools.any(|tool| tool.is(Loaded));
    possible "a tool that was taken back can disappear":
        deferred_tools.any(|tool| tool.is(Retracted)) => deferred_tools.all(|tool| !tool.is(Retracted));
}
