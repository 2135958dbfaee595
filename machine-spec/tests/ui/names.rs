use machine_spec::machine;

machine! {
    pub machine Names;

    id Person;
    enum Mood { Calm, Angry }

    input Open { by: Person }
    input Close;
    effect Creak { loud: bool }

    region door {
        phases { initial Closed, Opened { by: Person } }
        field openings: u8 = 0;
        field mood: Mood = Mood::Calm;

        on Opem { by } from Closed to Opened { by };
        on Open { bye } from Closd to Opened { by: bye } {
            require "it was used": opennings > 0;
            require "it was used before": self.opennings > 0;
            require "somebody else is there": dor.is(Closed);
            set opening = 3;
            set mood = Mood::Agry;
            emit Creek { loud: true };
            emit Creak { lowd: true };
        }
        on Close from Opened { .. } to Shut { require "now": door.is(Open | Closed); }
    }

    invariant "it is closed": door.is(Clsed) && next.door.openings > 0;
    reachable "it is used": door.openings.unwrap() > 1 && self.openings > 0 && frobnicate(1);
}

fn main() {}
