use machine_spec::machine;

machine! {
    pub machine Unused;

    id Person;
    id Nobody;
    enum Mood { Calm, Angry, Absent }
    enum Wish { In, Out }

    const OFTEN: u32 = 3;
    pub const SELDOM: u32 = 1;

    fn calm(mood: Mood) -> bool { mood == Mood::Calm }
    fn angry(mood: Mood) -> bool { mood == Mood::Angry }

    input Open { by: Person, wish: Wish }
    input Close;

    region door {
        phases { initial Closed, Opened { by: Person, wish: Wish } }
        field mood: Mood = Mood::Calm;

        on Open { by, wish } from Closed to Opened { by, wish } {
            require "the door is calm": calm(self.mood);
            set mood = if wish == Wish::In { Mood::Angry } else { Mood::Calm };
        }
        on Close from Opened { wish, .. } to Closed { require "somebody came in": wish == Wish::In; }
    }

    keyed region people[Person] {
        phases { Inside, final Gone }
        select inside = Inside;
        select gone = Gone;
        pub select everybody = Inside | Gone;

        on Open { by } create by to Inside;
        on Close each inside from Inside to Gone { require "the door is ours": true || self.is(Inside); }
    }
}

fn main() {}
