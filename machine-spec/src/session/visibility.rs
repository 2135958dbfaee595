//! Which tools a run may see: the filter in force, and what waits for the next boundary.

crate::region! {
    /// A tool, by the number that the host's name for it has in this session.
    id ToolId;
    /// One content of the visible tools. Equal revisions mean equal content.
    epoch ToolRevision;

    /// What a filter says of the tools that are not among its exceptions. Of the exceptions it says the opposite.
    enum FilterRule {
        /// They are visible.
        Show,
        /// They are hidden.
        Hide,
    }

    /// The staged filter becomes this rule, without exceptions.
    input StageToolFilter { rule: FilterRule }
    /// The staged filter gets an exception.
    input ExceptTool { tool: ToolId }
    /// What is staged comes into force while no run is current.
    input PublishTools { revision: ToolRevision }

    /// Other tools are visible from now on.
    effect ToolsPublished { revision: ToolRevision }

    /// Which tools a run may see. A change waits until a run starts or comes to a boundary.
    region visibility {
        phases {
            /// What is staged is in force.
            initial Settled,
            /// A newer revision waits for a boundary.
            Staged,
        }
        /// The revision in force.
        field active: ToolRevision = ToolRevision::ZERO;
        /// The latest revision.
        field staged: ToolRevision = ToolRevision::ZERO;
        /// The rule in force.
        field rule: FilterRule = FilterRule::Show;
        /// Its exceptions.
        field exceptions: Set<ToolId> = Set::new();
        /// The staged rule.
        field staged_rule: FilterRule = FilterRule::Show;
        /// Its exceptions.
        field staged_exceptions: Set<ToolId> = Set::new();

        on StageToolFilter { rule } from any to Staged {
            require "the session is not destroyed": !lifecycle.is(Destroyed);
            set staged = self.staged.fresh();
            set staged_rule = rule;
            set staged_exceptions = Set::new();
        }
        on ExceptTool { tool } from any to Staged {
            require "the session is not destroyed": !lifecycle.is(Destroyed);
            require "the tool is no exception yet": !self.staged_exceptions.contains(tool);
            set staged = self.staged.fresh();
            insert tool into staged_exceptions;
        }
        on RequestTool | RetractTool from any to Staged {
            require "the session is not destroyed": !lifecycle.is(Destroyed);
            set staged = self.staged.fresh();
        }

        on StartRun | ReachBoundary {
            from Staged to Settled {
                set active = self.staged;
                set rule = self.staged_rule;
                set exceptions = self.staged_exceptions;
                emit ToolsPublished { revision: self.staged };
            }
            ignore from Settled;
        }
        on PublishTools { revision } from Staged to Settled {
            require "the revision is the latest": revision == self.staged;
            require "no run is current": !lifecycle.is(Running);
            set active = revision;
            set rule = self.staged_rule;
            set exceptions = self.staged_exceptions;
            emit ToolsPublished { revision };
        }
    }

    invariant "a revision waits if and only if it is newer than the one in force":
        visibility.is(Staged) == (visibility.staged > visibility.active);
    invariant "the revision in force was staged": visibility.active <= visibility.staged;
    invariant "what is settled is in force": visibility.is(Settled) =>
        visibility.rule == visibility.staged_rule && visibility.exceptions == visibility.staged_exceptions;
    always "the revision in force never goes back": next.visibility.active >= visibility.active;
    always "equal revisions mean an equal filter": next.visibility.active == visibility.active =>
        next.visibility.rule == visibility.rule && next.visibility.exceptions == visibility.exceptions;
    always "equal revisions mean an equal staged filter": next.visibility.staged == visibility.staged =>
        next.visibility.staged_rule == visibility.staged_rule
        && next.visibility.staged_exceptions == visibility.staged_exceptions;
    reachable "all tools but one are hidden": visibility.rule == FilterRule::Hide && visibility.exceptions.len() == 1;
    possible "what is staged can come into force": visibility.is(Staged) => visibility.is(Settled);
}
