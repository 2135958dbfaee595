//! Tools that become visible only when a run asks for them.

crate::region! {
    /// Who offers a tool and vouches for it.
    id ToolAuthority;

    /// A tool may be asked for.
    input OfferTool { tool: ToolId, authority: ToolAuthority }
    /// A run asks for an offered tool.
    input RequestTool { tool: ToolId, authority: ToolAuthority }
    /// Who offers a tool takes it back.
    input RetractTool { tool: ToolId, authority: ToolAuthority }

    /// The tools that may be asked for. There is none without somebody who vouches for it.
    keyed region deferred_tools[ToolId] {
        phases {
            /// Hidden, until somebody asks for it.
            Offered,
            /// Hidden, until the next boundary.
            Requested,
            /// Visible.
            Loaded,
            /// Visible, until the next boundary.
            Retracted,
        }

        /// Who vouches for it.
        field authority: ToolAuthority;

        /// The tools for which a boundary makes a difference.
        select changing = Requested | Retracted;
        select visible = Loaded | Retracted;

        on OfferTool { tool, authority } create tool to Offered {
            require "the session is not destroyed": !lifecycle.is(Destroyed);
            set authority = authority;
        }
        on RequestTool { tool, authority } at tool from Offered to Requested {
            require "it is asked for as it is offered": authority == self.authority;
        }
        on RetractTool { tool, authority } at tool {
            require "it is taken back by who offers it": authority == self.authority;

            from Offered | Requested remove;
            from Loaded to Retracted;
        }

        on StartRun | ReachBoundary | PublishTools each changing {
            from Requested to Loaded;
            from Retracted remove;
        }
    }

    invariant "a deferred tool that changes has a revision of its own":
        !deferred_tools.changing.is_empty() => visibility.is(Staged);
    always "equal revisions mean equal deferred tools": next.visibility.active == visibility.active =>
        next.deferred_tools.visible.is_subset(&deferred_tools.visible)
        && deferred_tools.visible.is_subset(&next.deferred_tools.visible);
    always "a visible tool was asked for": next.deferred_tools.visible.all(|tool|
        deferred_tools.get(tool).is_some_and(|earlier| !earlier.is(Offered)));
    always "who vouches for a tool does so until it is gone": deferred_tools.all(|tool|
        next.deferred_tools.get(tool.key).is_none_or(|later| later.authority == tool.authority));
    reachable "a deferred tool is visible": deferred_tools.any(|tool| tool.is(Loaded));
    possible "a tool that was taken back can disappear":
        deferred_tools.any(|tool| tool.is(Retracted)) => deferred_tools.all(|tool| !tool.is(Retracted));
}
