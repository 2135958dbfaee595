use machine_spec::machine;

machine! {
    pub machine Types;

    id Person;
    id Room;

    input Enter { person: Person, other: Person, room: Room }

    region door {
        phases { initial Open, final Taken { by: Person } }
        field count: u32 = 0;

        on Enter { person, other, room } from Open to Taken { by: room } {
            require "an id has no order": person < other;
            require "ids of two kinds differ": person == room;
            require "a number is no condition": self.count;
            set count = true;
        }
    }

    invariant "a claim is a condition": door.count;
}

fn main() {}
