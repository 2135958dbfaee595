//! The jugs of "Die Hard 3": measure four gallons with a jug of three and one of five. Lamport's first TLA+ example.

use machine_spec::machine;

machine! {
    /// Two jugs without marks.
    pub machine DieHard;

    const SMALL: u8 = 3;
    const LARGE: u8 = 5;

    enum Jug { Small, Large }

    fn room_in_small(small: u8) -> u8 { SMALL - small }
    fn room_in_large(large: u8) -> u8 { LARGE - large }

    input Fill { jug: Jug }
    input Empty { jug: Jug }
    /// Pour from this jug into the other until one of them is full or empty.
    input Pour { jug: Jug }

    region jugs {
        field small: u8 = 0;
        field large: u8 = 0;

        on Fill { jug } {
            stay { require "it is the small one": jug == Jug::Small; set small = SMALL; }
            stay { require "it is the large one": jug == Jug::Large; set large = LARGE; }
        }
        on Empty { jug } {
            stay { require "it is the small one": jug == Jug::Small; set small = 0; }
            stay { require "it is the large one": jug == Jug::Large; set large = 0; }
        }
        on Pour { jug } {
            stay {
                require "it is the small one": jug == Jug::Small;
                let poured = self.small.min(room_in_large(self.large));
                set small = self.small - poured;
                set large = self.large + poured;
            }
            stay {
                require "it is the large one": jug == Jug::Large;
                let poured = self.large.min(room_in_small(self.small));
                set small = self.small + poured;
                set large = self.large - poured;
            }
        }
    }

    invariant "no jug holds more than fits": jugs.small <= SMALL && jugs.large <= LARGE;
    reachable "four gallons are measured": jugs.large == 4;
    possible "the jugs can be emptied": jugs.small == 0 && jugs.large == 0;
}
