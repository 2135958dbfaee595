use machine_spec::machine;

machine! {
    pub machine Twice;

    id Person;
    id Person;

    input Open;

    region door {
        phases { initial Closed, final Opened }
        on Open from Closed to Opened;
    }

    region window {
        phases { Shut, Ajar }
        on Open from Shut to Ajar;
    }

    region gate {
        phases { initial Held { by: Person }, final Free }
        on Open from Held { by } to Free { require "somebody holds it": by == by; }
    }

    keyed region guests[Person] {
        field coat: u8 = 0;
    }
}

mod expressions {
    use machine_spec::machine;

    machine! {
        pub machine Expressions;

        id Person;
        record Basket { count: u8, weight: u8 }
        const LIMIT: u8 = 3 + 4;

        fn early(count: u8) -> bool { late(count) }
        fn late(count: u8) -> bool { count > LIMIT && tank.level > 3 }

        input Fill { person: Person, tank: u8 }
        input Pour { person: Person }
        effect Seen { level: u8, basket: Basket }

        region tank {
            phases { initial Empty, Full }
            field level: u8 = 0;
            field basket: Basket = Basket { count: 0, weight: 0 };

            on Fill { person, tank } {
                from _ to Full { require "it is new": early(self.level) && next.level > 0; }
                from Empty to Full {
                    require "it has room": guests.is(Inside) && self.is(1);
                    let [first, second] = self.basket;
                    set level = if self.level > 3 { 1 };
                    set basket = Basket { count: 1, ..self.basket };
                    emit Seen { level: tank };
                }
            }
            on Pour at 3 from Full to Empty {
                require "it is full": guests.all(|(guest, other)| guest.is(Inside));
                set level = if self.level > 3 { let less = 1; less } else { Person::from_number(1) };
                emit Seen { level: loop {}, basket: other };
            }
        }

        region counter {
            field count: u8 = 0;
            on Pour from any stay { set count = guests.len(); }
        }

        keyed region guests[Person] {
            phases { Inside, final Gone }
            field marks: Set<u8> = Set::new();
            select tired = Inside where self.marks.len() + 1 > 3;

            on Fill { person } create person stay { insert 3 into marks; }
            on Pour { person } each tired {
                let limit = tank.level;
                require "there is one": tank.level > 0;
                from Inside to Gone;
            }
        }

        always "it fills": next.tnk.level >= tank.level && tank == 3;
    }
}

mod files {
    use machine_spec::region;

    region! {
        region door { }
        region window { }
    }
}

fn main() {}
