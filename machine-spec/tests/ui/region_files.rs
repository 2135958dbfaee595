mod door {
    use machine_spec::region;

    region! {
        region door {
            phases { initial Closed, final Opened }
            field openings: u32 = 0;

            on Open from Closed to Opened {
                require "a number is no condition": self.openings;
                set openings = true;
            }
        }
    }
}

mod names {
    use machine_spec::region;

    region! {
        region window {
            phases { initial Closed, final Opened }

            on Open from Closed to Opened { require "the door is shut": dor.is(Closed); }
        }
    }
}

mod house {
    use machine_spec::machine;

    use crate::door;

    machine! {
        pub machine House;

        input Open;

        use door::door;
    }
}

mod other_house {
    use machine_spec::machine;

    use crate::names;

    machine! {
        pub machine OtherHouse;

        input Open;

        use names::window;
    }
}

fn main() {}
