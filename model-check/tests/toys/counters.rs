//! Counters that go up and down on their own: many states, each with many ways to it.

use super::*;

const INPUTS: &[MessageSpec] = &[
    message("Up0", 1),
    message("Up1", 1),
    message("Up2", 1),
    message("Up3", 1),
    message("Up4", 1),
    message("Up5", 1),
    message("Down0", 1),
    message("Down1", 1),
    message("Down2", 1),
    message("Down3", 1),
    message("Down4", 1),
    message("Down5", 1),
];

const fn down(name: &'static str, input: usize) -> TransitionSpec {
    const GUARDS: &[GuardSpec] = &[GuardSpec { sentence: "the counter is above zero", text: "", place: place(4) }];
    TransitionSpec { guards: GUARDS, ..up(name, input) }
}

const fn up(name: &'static str, input: usize) -> TransitionSpec {
    transition(name, input, &["On"], Destination::Stay, 2)
}

pub(crate) const COUNT: usize = 6;

pub(crate) struct Counters;

impl Toy for Counters {
    const SPEC: &'static MachineSpec = &MachineSpec {
        name: "Counters",
        doc: "",
        place: place(1),
        types: &[],
        inputs: INPUTS,
        effects: &[],
        regions: &[RegionSpec {
            name: "counters",
            doc: "",
            key: None,
            phases: &[phase("On", true, 1)],
            fields: &[field("c0", 1), field("c1", 1), field("c2", 1), field("c3", 1), field("c4", 1), field("c5", 1)],
            selections: &[],
            place: place(1),
        }],
        transitions: &[
            up("Up0", 0),
            up("Up1", 1),
            up("Up2", 2),
            up("Up3", 3),
            up("Up4", 4),
            up("Up5", 5),
            down("Down0", 6),
            down("Down1", 7),
            down("Down2", 8),
            down("Down3", 9),
            down("Down4", 10),
            down("Down5", 11),
        ],
        handlers: &[],
        properties: &[property(PropertyKind::Possible, "the counters can be set back", "", 3)],
        fairness: &[],
        meaning: Meaning::UNTOLD,
    };

    fn guards(transition: usize) -> Guards {
        const ABOVE_ZERO: [Guards; COUNT] = [
            &[|state| state.fields[0] > 0],
            &[|state| state.fields[1] > 0],
            &[|state| state.fields[2] > 0],
            &[|state| state.fields[3] > 0],
            &[|state| state.fields[4] > 0],
            &[|state| state.fields[5] > 0],
        ];
        if transition < COUNT { &[] } else { ABOVE_ZERO[transition - COUNT] }
    }

    fn update(transition: usize, fields: &mut [u8; FIELDS]) {
        if transition < COUNT {
            fields[transition] += 1;
        } else {
            fields[transition - COUNT] -= 1;
        }
    }

    fn evaluate(_property: usize, before: &State, _after: &State) -> Evaluation {
        Evaluation { premise: true, claim: before.fields == [0; FIELDS] }
    }
}
