//! Each place of each region has bounds of its own, in generated code as by name.

use machine_spec::{Bounds, Machine, machine};

machine! {
    /// A yard with a gate and some cars, in which every kind of value is kept.
    pub machine Yard;

    epoch Shift;
    id Car;
    number Load = 0..=7;

    input Open { times: u8, shift: Shift }
    input Park { car: Car, load: Load, age: u16, weighed: Load }
    input Leave { car: Car }

    region gate {
        field times: u8 = 0;
        field opened: Seq<u8> = Seq::new();
        field shift: Shift = Shift::ZERO;

        on Open { times, shift } stay {
            require "it is opened another time": times != self.times;
            set times = times;
            set shift = shift;
            append times to opened;
        }
    }

    keyed region cars[Car] {
        phases { final Empty, Loaded { load: Load } }
        field age: u16;
        field weighed: Load;

        on Park { car, load, age, weighed } create car to Loaded { load } { set age = age; set weighed = weighed; }
        on Leave { car } at car from Loaded { .. } to Empty { require "nothing is old": self.age < 9; }
    }

    invariant "what is heavy was weighed": cars.all(|car| match car.phase {
        Loaded { load } => load < 7 || car.weighed > 0,
        Empty => true,
    });
    always "shifts do not go back": next.gate.shift >= gate.shift || gate.opened.len() < next.gate.opened.len();
}

const GATE: usize = 0;
const CARS: usize = 1;

fn state() -> YardMachineAuthority {
    let mut yard = Yard::initial();
    let inputs = [
        YardMachineInput::Open { times: 1, shift: Shift::ZERO },
        YardMachineInput::Open { times: 4, shift: Shift::from_number(3) },
        YardMachineInput::Park { car: Car::from_number(6), load: load(5), age: 3, weighed: load(4) },
    ];
    inputs.iter().for_each(|input| yard.apply(input, &mut ()).expect("it is accepted"));
    yard
}

fn load(load: i64) -> Load {
    machine_spec::Bounded::from_integer(load).expect("it is in range")
}

/// Whether the gate and the cars lie within some bounds.
fn is_within(bounds: &Bounds) -> [bool; 2] {
    let bounds = bounds.resolved(Yard::SPEC);
    [GATE, CARS].map(|region| Yard::is_region_within(state().state(), region, &bounds))
}

#[test]
fn a_bound_is_of_its_own_place_or_type() {
    let wide = Bounds::default().with_ids(9).with_epochs(9).with_integers(9).with_lengths(9);
    assert_eq!(is_within(&wide), [true, true]);
    // A name, the least bound that the state keeps, and the region where that is.
    let cases = [
        ("gate.times", 4, GATE),
        ("gate.opened", 4, GATE),
        ("gate.opened.len", 2, GATE),
        ("Shift", 3, GATE),
        ("Car", 6, CARS),
        ("Load", 5, CARS),
        ("cars.phase", 5, CARS),
        ("cars.age", 3, CARS),
        ("cars.weighed", 4, CARS),
    ];
    for (name, bound, region) in cases {
        assert_eq!(is_within(&wide.clone().with(name, bound)), [true, true], "{name}");
        let broken = is_within(&wide.clone().with(name, bound - 1));
        assert_eq!(broken, [region != GATE, region != CARS], "{name}");
    }
}

#[test]
fn the_bound_of_a_place_goes_before_that_of_its_type() {
    let bounds = |named: &[(&str, u64)]| {
        let wide = Bounds::default().with_ids(9).with_epochs(9).with_integers(9).with_lengths(9);
        named.iter().fold(wide, |bounds, (name, bound)| bounds.with(*name, *bound))
    };
    assert_eq!(is_within(&bounds(&[("Load", 4), ("cars.phase", 5)])), [true, true]);
    assert_eq!(is_within(&bounds(&[("Load", 3), ("cars.phase", 5)])), [true, false], "the weight has no other");
    assert_eq!(is_within(&bounds(&[("cars.phase", 99)])), [true, true], "a type's range ends before");
}
