//! Which tools a run may see: the filter in force, and what waits for the next boundary.

use crate::region;

region! {
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
            Staged { revision: ToolRevision },
        }
        /// The revision in force.
        field active: ToolRevision = ToolRevision::ZERO;
        /// The rule in force.
        field rule: FilterRule = FilterRule::Show;
        /// Its exceptions.
        field exceptions: Set<ToolId> = Set::new();
        /// The staged rule.
        field staged_rule: FilterRule = FilterRule::Show;
        /// Its exceptions.
        field staged_exceptions: Set<ToolId> = Set::new();

        on StageToolFilter { rule } {
            require "the session is not destroyed": !lifecycle.is(Destroyed);

            from Settled to Staged { revision: self.active.fresh() } {
                set staged_rule = rule;
                set staged_exceptions = Set::new();
            }
            from Staged { revision } to Staged { revision: revision.fresh() } {
                set staged_rule = rule;
                set staged_exceptions = Set::new();
            }
        }
        on ExceptTool { tool } {
            require "the session is not destroyed": !lifecycle.is(Destroyed);
            require "the tool is no exception yet": !self.staged_exceptions.contains(tool);

            from Settled to Staged { revision: self.active.fresh() } { insert tool into staged_exceptions; }
            from Staged { revision } to Staged { revision: revision.fresh() } { insert tool into staged_exceptions; }
        }
        on RequestTool | RetractTool {
            require "the session is not destroyed": !lifecycle.is(Destroyed);

            from Settled to Staged { revision: self.active.fresh() };
            from Staged { revision } to Staged { revision: revision.fresh() };
        }

        on StartRun | ReachBoundary {
            from Staged { revision } to Settled {
                set active = revision;
                set rule = self.staged_rule;
                set exceptions = self.staged_exceptions;
                emit ToolsPublished { revision };
            }
            ignore from Settled;
        }
        on PublishTools { revision: expected } from Staged { revision } to Settled {
            require "the revision is the staged one": expected == revision;
            require "no run is current": !lifecycle.is(Running);
            set active = revision;
            set rule = self.staged_rule;
            set exceptions = self.staged_exceptions;
            emit ToolsPublished { revision };
        }
    }

    invariant "a staged revision is newer than the one in force": match visibility.phase {
        Staged { revision } => revision > visibility.active,
        Settled => true,
    };
    invariant "what is settled is in force": visibility.is(Settled) =>
        visibility.rule == visibility.staged_rule && visibility.exceptions == visibility.staged_exceptions;
    always "the revision in force never goes back": next.visibility.active >= visibility.active;
    always "equal revisions mean an equal filter": next.visibility.active == visibility.active =>
        next.visibility.rule == visibility.rule && next.visibility.exceptions == visibility.exceptions;
    always "a revision in force was staged": next.visibility.active != visibility.active =>
        matches!(visibility.phase, Staged { revision } if revision == next.visibility.active);
    reachable "all tools but one are hidden": visibility.rule == FilterRule::Hide && visibility.exceptions.len() == 1;
    possible "what is staged can come into force": visibility.is(Staged) => visibility.is(Settled);
}
