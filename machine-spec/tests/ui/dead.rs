use machine_spec::machine;

machine! {
    pub machine Dead;

    input Open;
    input Close { hard: bool }
    input Knock;
    input Paint;

    region door {
        phases { initial Closed, Opened, Stuck }
        field openings: u32 = 0;
        field colour: u8 = 0;

        on Open from Closed to Opened { set openings = self.openings + 1; }
        on Close { hard } {
            from Opened to Closed { require "it is gentle": !hard; }
            from Opened to Stuck;
        }
        on Knock {
            from any stay { require "somebody knocks": true; }
            ignore from Stuck { require "it is itself": self.openings == self.openings; }
        }
        on Paint {
            from Closed stay { require "it is dry": self.openings > 3; set colour = 1; }
            from Closed stay { require "it is dry": self.openings > 3; set colour = 2; }
        }
    }
}

fn main() {}
