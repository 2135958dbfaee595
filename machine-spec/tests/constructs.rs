//! Opaque payloads, bounded numbers and sequences: what each of them promises.

use machine_spec::{Bounds, Domain, Machine, Seq};

/// What the host knows of a parcel, and the machine does not.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub struct Letter {
    /// Whom it is for.
    pub to: String,
}

/// A depot that sends parcels.
pub mod depot {
    use machine_spec::machine;

    use super::Letter;

    machine! {
        /// Parcels wait in a line, are loaded in order, and are never opened.
        #[derive(serde::Serialize, serde::Deserialize)]
        pub machine Depot;

        epoch Parcel;
        id Door;
        /// What is in a parcel.
        opaque Content = Letter;
        opaque Stamp = String;
        /// How full the van is.
        number Load = 0..=3;
        number Shift = -2..=2;

        record Label { content: Content, weight: Load }
        enum Notice { Silent, Spoken { text: Content } }

        const HEAVY: Load = 2;

        fn heavier(one: Load, other: Load) -> Load { if one < other { other } else { one } }
        fn labelled(content: Content, weight: Load) -> Label { Label { content, weight } }

        input Arrive { parcel: Parcel, content: Content, weight: Load }
        input Load { notice: Notice }
        input Hurry { parcel: Parcel }
        input Turn { by: Shift, route: Seq<Door>, door: Door }
        input Doors { open: Set<Door>, stamp: Stamp }
        input Close;
        effect Sent { parcel: Parcel, label: Label, load: Load }
        effect Announced { text: Content, last: Option<Content> }
        effect Stamped { door: Door, stamp: Stamp, open: u64 }
        effect Turned { to: Shift }

        region line {
            field waiting: Seq<Parcel> = Seq::new();
            field labels: Map<Parcel, Label> = Map::new();
            field heaviest: Load = 0;
            field last: Option<Content> = None;
            field contents: Seq<Content> = Seq::new();

            on Arrive { parcel, content, weight } stay {
                require "it is new": !self.waiting.contains(parcel);
                append parcel to waiting;
                insert parcel => labelled(content, weight) into labels;
                append content to contents;
                set heaviest = heavier(weight, self.heaviest);
            }
            on Load { notice } stay {
                require "a parcel is first": let Some(parcel) = self.waiting.first();
                require "it has a label": let Some(label) = self.labels.get(parcel);
                let text = match notice { Notice::Silent => label.content, Notice::Spoken { text } => text };
                take first from waiting;
                take first from contents;
                remove parcel from labels;
                set last = self.contents.first();
                emit Sent { parcel, label, load: label.weight };
                emit Announced { text, last: next.last };
            }
            on Hurry { parcel } stay {
                require "it waits behind another": self.waiting.get(1) == Some(parcel) && self.waiting.last() == Some(parcel);
                take first from waiting;
                append parcel to waiting;
            }
            on Close stay {
                take first from waiting;
                take first from waiting;
            }
        }

        region van {
            phases { initial Parked, Packed { with: Content, load: Load }, Full { with: Content }, final Gone }
            field shift: Shift = 0;

            on Load { notice } {
                from Parked to Packed { with: text, load: 1 } {
                    require "somebody speaks": let Notice::Spoken { text } = notice;
                }
                from Packed { with, load } to Packed { with, load: load + 1 } { require "there is room": load < HEAVY; }
                from Packed { with, load: 2..=3 } to Full { with };
            }
            on Turn { by, route, door } from any stay {
                require "the route is short": route.len() <= 2 && route.count(|other| other == door) < 2;
                set shift = self.shift + by * 2 - 1;
                emit Turned { to: next.shift };
            }
            on Close {
                from Full { with } to Gone { emit Announced { text: with, last: None }; }
                from Packed { load, .. } stay { require "it is heavy": load.max(1) == HEAVY || line.heaviest == Load::GREATEST; }
            }
        }

        keyed region doors[Door] {
            phases { Shut, Open { stamp: Stamp } }
            field turns: Load = 0;
            select open = Open { .. };
            select shut = Shut;

            on Turn { by, route, door } create if let Some(first) = route.first() { first } else { door } to Shut {
                require "by some": by != 0;
            }
            on Doors { open, stamp } each shut {
                let wanted: Set<Door> = if open.is_empty() { doors.shut } else { open };

                from Shut to Open { stamp } {
                    require "it is wanted": wanted.contains(self.key);
                    set turns = self.turns + 1;
                    emit Stamped { door: self.key, stamp, open: open.len() };
                }
                from Shut stay { require "it is not wanted": !wanted.contains(self.key); }
            }
            on Close each open from Open { stamp } to Shut { emit Stamped { door: self.key, stamp, open: 0 }; }
        }

        invariant "nobody waits twice": line.waiting.all(|parcel| line.waiting.count(|other| other == parcel) == 1);
        invariant "an open door was turned": doors.all(|door| !door.is(Open) || door.turns > 0);
        reachable "the van is packed": matches!(van.phase, Packed { load: 1, .. });
        reachable "something follows": line.last.is_some_and(|last| line.heaviest > 1) && line.labels.len() > 0;
        reachable "the shift changed": van.shift != 0 && doors.open.is_empty();
    }
}

use depot::*;

fn letter(to: &str) -> Content {
    Content(Letter { to: to.to_owned() })
}

fn load(number: u8) -> Load {
    Load::from_number(number).expect("in range")
}

fn arrive(depot: &mut DepotMachineAuthority, parcel: u64) {
    let content = letter(&format!("number {parcel}"));
    let parcel = Parcel::from_number(parcel);
    depot.apply(&DepotMachineInput::Arrive { parcel, content, weight: load(2) }, &mut ()).expect("new");
}

fn spoken(text: &str) -> DepotMachineInput {
    DepotMachineInput::Load { notice: Notice::Spoken { text: letter(text) } }
}

#[test]
fn what_is_carried_arrives_as_it_was_sent() {
    let mut depot = DepotMachineAuthority::new();
    arrive(&mut depot, 1);
    arrive(&mut depot, 2);
    let mut effects = Vec::new();
    depot.apply(&spoken("take off"), &mut effects).expect("a parcel waits");
    let label = Label { content: letter("number 1"), weight: load(2) };
    let sent = DepotMachineEffect::Sent { parcel: Parcel::from_number(1), label, load: load(2) };
    let announced = DepotMachineEffect::Announced { text: letter("take off"), last: Some(letter("number 1")) };
    assert_eq!(effects, [sent, announced]);
    assert_eq!(*depot.state().van().phase(), VanPhase::Packed { with: letter("take off"), load: load(1) });
    assert_eq!(depot.state().line().contents().iter().collect::<Vec<_>>(), [&letter("number 2")]);
}

#[test]
fn a_sequence_is_a_line_and_an_empty_one_rejects() {
    let mut depot = DepotMachineAuthority::new();
    arrive(&mut depot, 1);
    arrive(&mut depot, 2);
    depot.apply(&DepotMachineInput::Hurry { parcel: Parcel::from_number(2) }, &mut ()).expect("it is second");
    let waiting: Vec<Parcel> = depot.state().line().waiting().iter().copied().collect();
    assert_eq!(waiting, [2, 2].map(Parcel::from_number), "taken off in front, put to the end");
    depot.apply(&spoken("go"), &mut ()).expect("the second is first now");
    let refused = depot.can_apply(&spoken("go")).expect_err("it is first once more, and its label is gone");
    assert_eq!(refused.to_string(), "LineLoad requires that it has a label");
}

#[test]
fn taking_from_an_empty_sequence_rejects_and_changes_nothing() {
    let mut depot = DepotMachineAuthority::new();
    arrive(&mut depot, 1);
    let before = depot.clone();
    let refused = depot.apply(&DepotMachineInput::Close, &mut ()).expect_err("one is there, two are taken");
    assert_eq!(refused, DepotMachineRejection::Empty { transition: DepotMachineTransition::LineClose });
    assert_eq!(refused.to_string(), "LineClose takes from a sequence that is empty");
    assert_eq!(depot, before);
    assert!(!depot.explain(&DepotMachineInput::Close).candidates[0].accepts());
}

#[test]
fn arithmetic_that_leaves_the_range_of_a_number_rejects() {
    let mut depot = DepotMachineAuthority::new();
    let turn = |by, door| DepotMachineInput::Turn {
        by: Shift::from_number(by).expect("in range"),
        route: [Door::from_number(door)].into_iter().collect(),
        door: Door::from_number(9),
    };
    let refused = depot.apply(&turn(2, 1), &mut ()).expect_err("2 * 2 is more than 2");
    assert_eq!(refused, DepotMachineRejection::Overflow { transition: DepotMachineTransition::VanTurn });
    let mut effects = Vec::new();
    depot.apply(&turn(1, 1), &mut effects).expect("1 * 2 - 1");
    depot.apply(&turn(-1, 2), &mut effects).expect("1 - 2 - 1");
    let turned = [1, -2].map(|to| DepotMachineEffect::Turned { to: Shift::from_number(to).expect("in range") });
    assert_eq!(effects, turned);
    depot.apply(&turn(-1, 3), &mut effects).expect_err("-2 - 2");
    assert_eq!(
        (Shift::LEAST.number(), Shift::from_number(3), Load::try_from(4)),
        (-2, None, Err(machine_spec::Overflow))
    );
}

#[test]
fn an_each_is_lent_the_collections_of_its_input() {
    let mut depot = DepotMachineAuthority::new();
    for door in 1..=3 {
        let route: Seq<Door> = [Door::from_number(door)].into_iter().collect();
        let by = Shift::from_number(if door == 1 { 1 } else { -1 + i8::from(door == 2) }).expect("in range");
        let door = Door::from_number(door);
        let turned = depot.apply(&DepotMachineInput::Turn { by, route, door }, &mut ());
        assert_eq!(turned.is_ok(), door != Door::from_number(2), "a turn by none makes no door, {turned:?}");
    }
    let mut effects = Vec::new();
    let stamp = Stamp(String::from("seen"));
    let open = [Door::from_number(1)].into_iter().collect();
    depot.apply(&DepotMachineInput::Doors { open, stamp: stamp.clone() }, &mut effects).expect("both are shut");
    let door = Door::from_number(1);
    assert_eq!(effects, [DepotMachineEffect::Stamped { door, stamp: stamp.clone(), open: 1 }]);
    assert_eq!(*depot.state().doors().get(door).expect("is there").phase(), DoorsPhase::Open { stamp });
}

#[test]
fn everything_that_is_generated_can_be_stored() {
    let mut depot = DepotMachineAuthority::new();
    arrive(&mut depot, 1);
    arrive(&mut depot, 2);
    let mut effects = Vec::new();
    let inputs = [
        spoken("on"),
        DepotMachineInput::Turn {
            by: Shift::from_number(1).expect("in range"),
            route: [Door::from_number(1)].into_iter().collect(),
            door: Door::from_number(9),
        },
        DepotMachineInput::Doors {
            open: [Door::from_number(1)].into_iter().collect(),
            stamp: Stamp(String::from("s")),
        },
    ];
    for input in &inputs {
        depot.apply(input, &mut effects).expect("accepted");
        let stored = serde_json::to_string(input).expect("serializes");
        assert_eq!(serde_json::from_str::<DepotMachineInput>(&stored).expect("is an input"), *input);
    }
    let stored = serde_json::to_string(&effects).expect("serializes");
    assert_eq!(serde_json::from_str::<Vec<DepotMachineEffect>>(&stored).expect("are effects"), effects);
    let stored = serde_json::to_string(depot.state()).expect("serializes");
    let restored = serde_json::from_str(&stored).map(DepotMachineAuthority::restore).expect("is a state");
    assert_eq!(restored, Ok(depot), "selections are derived anew");
    let forged = stored.replace("\"shift\":1", "\"shift\":3");
    assert_ne!(stored, forged);
    let refused = serde_json::from_str::<DepotMachineState>(&forged).expect_err("is no shift");
    assert!(refused.to_string().starts_with("a value would leave the range of its type"), "{refused}");
}

#[test]
fn a_check_explores_one_opaque_value_and_all_numbers() {
    let bounds = Bounds::default();
    assert_eq!(Content::values(&bounds, "").len(), 1);
    assert_eq!(Shift::values(&bounds, "van.shift").len(), 5, "its range is its bound");
    assert_eq!(Load::values(&bounds.clone().with("Load", 1), "van.phase"), [0, 1].map(load));
    let inputs = Depot::inputs_within(&bounds);
    let arrivals = inputs.iter().filter(|input| matches!(input, DepotMachineInput::Arrive { .. }));
    assert_eq!(arrivals.count(), 3 * 4, "parcels times loads");
}
