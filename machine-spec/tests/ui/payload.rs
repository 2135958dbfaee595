use machine_spec::machine;

machine! {
    pub machine Payload;

    id Person;

    input Resize { size: u8 }
    input Mark { person: Person, other: Person }
    input Unmark { person: Person, other: Person }
    input Wipe { person: Person }
    effect Marked { first: Option<Person> }

    region lamp {
        phases { initial Off, On { size: u8 } }
        field marks: Set<Person> = Set::new();

        on Resize { size } {
            require "it is small": size < 2;

            from Off to On { size };
            from On { size } to Off { require "it is dim": size > 0 && self.marks.is_empty(); }
        }
        on Mark { person, other } from any stay {
            insert person into marks;
            insert other into marks;
            emit Marked { first: next.marks.first() };
        }
        on Unmark | Wipe { person, other } from any stay {
            remove person from marks;
            remove othr from marks;
        }
    }
}

fn main() {}
