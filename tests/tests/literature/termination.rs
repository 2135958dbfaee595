//! Detecting that a ring of nodes has terminated, after Dijkstra, Feijen and van Gasteren, "Derivation of a termination
//! detection algorithm for distributed computations" (1983; EWD 840), with three nodes.

use machine_spec::machine;

machine! {
    /// Nodes 0, 1 and 2 in a ring. A token travels from node 0 downwards; a node that activated a higher one is black.
    pub machine Termination;

    const LAST: u8 = 2;

    enum Colour { White, Black }

    /// Node 0 starts a probe.
    input Probe;
    /// The node with the token hands it on when it is idle.
    input Pass { node: u8 }
    /// An active node activates another.
    input Send { from_node: u8, to_node: u8 }
    /// An active node becomes idle.
    input Rest { node: u8 }
    /// Node 0 says that all is over.
    input Announce;

    region nodes {
        /// All work at first.
        field idle: Set<u8> = Set::new();
        field black: Set<u8> = Set::new();

        on Send { from_node, to_node } {
            require "both are in the ring": from_node <= LAST && to_node <= LAST && from_node != to_node;
            require "the sender is active": !self.idle.contains(from_node);

            stay {
                require "it goes up": to_node > from_node;
                remove to_node from idle;
                insert from_node into black;
            }
            stay {
                require "it goes down": to_node < from_node;
                remove to_node from idle;
            }
        }
        on Rest { node } stay {
            require "it is in the ring": node <= LAST;
            insert node into idle;
        }
        on Probe stay { remove 0 from black; }
        on Pass { node } stay {
            require "it is idle": self.idle.contains(node);
            remove node from black;
        }
    }

    region token {
        phases { initial Unset, At { node: u8, colour: Colour }, final Announced }

        on Send from any stay;
        on Probe from Unset | At { node: 0, .. } to At { node: LAST, colour: Colour::White };
        on Pass { node } from At { node: holder, colour } to At {
            node: holder - 1,
            colour: if nodes.black.contains(node) { Colour::Black } else { colour },
        } {
            require "it holds the token": node == holder;
            require "it is not node 0": holder > 0;
        }
        on Announce from At { node: 0, colour: Colour::White } to Announced {
            require "node 0 is idle": nodes.idle.contains(0);
            require "node 0 is white": !nodes.black.contains(0);
        }
    }

    invariant "nobody works when termination is announced": token.is(Announced) => nodes.idle.len() == 3;
    possible "termination is announced": token.is(Announced);

    // A new probe may always come before the announcement, so that has to be trusted more than the rest.
    fair Probe, Pass;
    strongly fair Announce;
    leads_to "termination is announced once it is there": nodes.idle.len() == 3 => token.is(Announced);
}
