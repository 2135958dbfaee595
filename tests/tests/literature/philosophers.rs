//! The dining philosophers, after Dijkstra, "Hierarchical ordering of sequential processes" (1971), with forks in place of
//! his semaphores: as they starve, and as they do not, because one of them takes the forks in the other order.

/// Declares the machine for a number of philosophers, whose last one takes first the fork to the given side.
macro_rules! philosophers {
    ($module:ident, $last:literal, $first:ident, $second:ident) => {
        pub(crate) mod $module {
            machine_spec::machine! {
                /// Philosophers at a round table, with a fork between each two of them.
                pub machine Philosophers;

                const LAST: u8 = $last;

                fn left(seat: u8) -> u8 { seat }
                fn right(seat: u8) -> u8 { if seat == LAST { 0 } else { seat + 1 } }
                fn first(seat: u8) -> u8 { if seat == LAST { $first(seat) } else { left(seat) } }
                fn second(seat: u8) -> u8 { if seat == LAST { $second(seat) } else { right(seat) } }

                input TakeFirst { seat: u8 }
                input TakeSecond { seat: u8 }
                input PutDown { seat: u8 }

                region table {
                    /// Who has each fork that is not on the table.
                    field forks: Map<u8, u8> = Map::new();
                    field eating: Set<u8> = Set::new();

                    on TakeFirst { seat } stay {
                        require "it is a seat": seat <= LAST;
                        require "the fork is there": !self.forks.contains_key(first(seat));
                        insert first(seat) => seat into forks;
                    }
                    on TakeSecond { seat } stay {
                        require "the first fork was taken": self.forks.get(first(seat)).copied() == Some(seat);
                        require "the fork is there": !self.forks.contains_key(second(seat));
                        insert second(seat) => seat into forks;
                        insert seat into eating;
                    }
                    on PutDown { seat } stay {
                        require "it eats": self.eating.contains(seat);
                        remove first(seat) from forks;
                        remove second(seat) from forks;
                        remove seat from eating;
                    }
                }

                invariant "who eats has two forks":
                    table.eating.all(|seat| table.forks.count(|_, holder| holder == seat) == 2);
                invariant "nobody else has more than one": table.forks.all(|_, seat|
                    table.eating.contains(seat) || table.forks.count(|_, holder| holder == seat) == 1);
                possible "somebody can eat": true => !table.eating.is_empty();
                fair TakeFirst, TakeSecond;
                leads_to "somebody eats": !table.eating.is_empty();
            }
        }
    };
}

philosophers!(starving_three, 2, left, right);
philosophers!(starving_four, 3, left, right);
philosophers!(three, 2, right, left);
philosophers!(four, 3, right, left);
philosophers!(five, 4, right, left);
