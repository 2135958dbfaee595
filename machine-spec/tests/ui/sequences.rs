use machine_spec::machine;

machine! {
    pub machine Line;

    id Person;

    input Join { person: Person }
    input Leave { person: Person, all: Seq<Person> }
    effect Next { person: Option<Person> }

    region line {
        phases { initial Open, Closed { of: Seq<Person> } }
        field waiting: Seq<Person> = Seq::new();
        field known: Set<Person> = Set::new();

        on Join { person } from any stay {
            append person to known;
            insert person into waiting;
        }
        on Leave { person, all } {
            from Open to Closed { of: all } {
                take first from known;
                take first from wating;
                take first from waiting;
                emit Next { person: next.waiting.first() };
            }
            from Closed { .. } to Open { require "it waits": self.waiting.front() == Some(person); }
        }
    }

    invariant "all are known": line.waiting.all(|person| line.known.contains(person));
}

fn main() {}
