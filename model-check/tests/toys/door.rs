//! A door that is opened, closed and locked, and one broken door per thing that a check finds.

use super::*;

const CLOSED: &str = "Closed";
const OPEN: &str = "Open";
const LOCKED: &str = "Locked";
const OPENED: usize = 0;

const INPUTS: &[MessageSpec] = &[message("Push", 10), message("Pull", 11), message("Turn", 12)];
const PUSH: usize = 0;
const PULL: usize = 1;
const TURN: usize = 2;

const CREAK: &[EmissionSpec] = &[EmissionSpec { effect: "Creak", text: "", place: place(21) }];
const CLICK: &[EmissionSpec] = &[EmissionSpec { effect: "Click", text: "", place: place(23) }];
const WAS_OPENED: &[GuardSpec] =
    &[GuardSpec { sentence: "the door was opened before", text: "self.opened > 0", place: place(24) }];

const OPENING: TransitionSpec =
    TransitionSpec { effects: CREAK, ..transition("Opening", PUSH, &[CLOSED], Destination::Phase(OPEN), 20) };
const CLOSING: TransitionSpec = transition("Closing", PULL, &[OPEN], Destination::Phase(CLOSED), 22);
const LOCKING: TransitionSpec = TransitionSpec {
    effects: CLICK,
    guards: WAS_OPENED,
    ..transition("Locking", TURN, &[CLOSED], Destination::Phase(LOCKED), 23)
};
const UNLOCKING: TransitionSpec = transition("Unlocking", TURN, &[LOCKED], Destination::Phase(CLOSED), 25);

const INVARIANT: PropertySpec = PropertySpec {
    reads: &["door.phase", "door.opened"],
    ..property(PropertyKind::Invariant, "a locked door was opened before", "door.is(Locked)", 30)
};
const ALWAYS: PropertySpec = property(PropertyKind::Always, "openings are never forgotten", "", 31);
const REACHABLE: PropertySpec = property(PropertyKind::Reachable, "the door is locked", "", 32);
const POSSIBLE: PropertySpec = PropertySpec {
    text: "door.is(Closed)",
    ..property(PropertyKind::Possible, "a locked door can be unlocked", "door.is(Locked)", 33)
};

const SPEC: MachineSpec = MachineSpec {
    name: "Door",
    doc: "",
    place: place(1),
    types: &[],
    inputs: INPUTS,
    effects: &[message("Creak", 13), message("Click", 14)],
    regions: &[RegionSpec {
        name: "door",
        doc: "",
        key: None,
        phases: &[phase(CLOSED, true, 16), phase(OPEN, false, 17), phase(LOCKED, false, 18)],
        fields: &[field("opened", 19)],
        selections: &[],
        place: place(15),
    }],
    transitions: &[OPENING, CLOSING, LOCKING, UNLOCKING],
    handlers: &[],
    properties: &[INVARIANT, ALWAYS, REACHABLE, POSSIBLE],
    fairness: &[],
    meaning: Meaning::UNTOLD,
};

fn was_opened(state: &State) -> bool {
    state.fields[OPENED] > 0
}

fn guards(transition: usize) -> Guards {
    const GUARDS: Guards = &[was_opened];
    if transition == 2 { GUARDS } else { &[] }
}

fn update(transition: usize, fields: &mut [u8; FIELDS]) {
    if transition == 0 {
        fields[OPENED] += 1;
    }
}

fn evaluate(property: usize, before: &State, after: &State) -> Evaluation {
    let (premise, claim) = match property {
        0 => (before.is(LOCKED), was_opened(before)),
        1 => (true, after.fields[OPENED] >= before.fields[OPENED]),
        2 => (true, before.is(LOCKED)),
        _ => (before.is(LOCKED), before.is(CLOSED)),
    };
    Evaluation { premise, claim }
}

/// A door: the correct one, unless something is given.
pub(crate) trait Door: Sized + 'static {
    const SPEC: &'static MachineSpec = &SPEC;
    const GUARDS: fn(usize) -> Guards = guards;
    const UPDATE: fn(usize, &mut [u8; FIELDS]) = update;
    const EVALUATE: fn(usize, &State, &State) -> Evaluation = evaluate;
    const EXPLAIN_LIES_ABOUT: Option<usize> = None;
    const REJECTION_WRITES_ON: Option<usize> = None;
}

impl<D: Door> Toy for D {
    const SPEC: &'static MachineSpec = D::SPEC;
    const EXPLAIN_LIES_ABOUT: Option<usize> = D::EXPLAIN_LIES_ABOUT;
    const REJECTION_WRITES_ON: Option<usize> = D::REJECTION_WRITES_ON;

    fn guards(transition: usize) -> Guards {
        D::GUARDS(transition)
    }
    fn update(transition: usize, fields: &mut [u8; FIELDS]) {
        D::UPDATE(transition, fields);
    }
    fn evaluate(property: usize, before: &State, after: &State) -> Evaluation {
        D::EVALUATE(property, before, after)
    }
}

/// Nothing is wrong with it.
pub(crate) struct Sound;
impl Door for Sound {}

/// Its lock works before it was ever opened: a guard is missing.
pub(crate) struct Unguarded;
impl Door for Unguarded {
    const SPEC: &'static MachineSpec =
        &MachineSpec { transitions: &[OPENING, CLOSING, TransitionSpec { guards: &[], ..LOCKING }, UNLOCKING], ..SPEC };
    const GUARDS: fn(usize) -> Guards = |_| &[];
}

/// Unlocking it sets the count of openings back.
pub(crate) struct Forgetful;
impl Door for Forgetful {
    const UPDATE: fn(usize, &mut [u8; FIELDS]) = |transition, fields| match transition {
        3 => fields[OPENED] = 0,
        _ => update(transition, fields),
    };
}

/// Its lock never turns.
pub(crate) struct Jammed;
impl Door for Jammed {
    const GUARDS: fn(usize) -> Guards = |transition| {
        const NEVER: Guards = &[|_| false];
        if transition == 2 { NEVER } else { &[] }
    };
}

/// Its lock never turns back.
pub(crate) struct Trap;
impl Door for Trap {
    const SPEC: &'static MachineSpec = &MachineSpec { transitions: &[OPENING, CLOSING, LOCKING], ..SPEC };
}

/// Claims that a closed door can be opened again, which the bound on the count does not allow.
pub(crate) struct Counting;
impl Door for Counting {
    const SPEC: &'static MachineSpec = &MachineSpec {
        properties: &[PropertySpec {
            text: "door.is(Open)",
            ..property(PropertyKind::Possible, "the door can be opened", "", 34)
        }],
        ..SPEC
    };
    const EVALUATE: fn(usize, &State, &State) -> Evaluation =
        |_, state, _| Evaluation { premise: true, claim: state.is(OPEN) };
}

/// Two transitions accept a push once it was opened.
pub(crate) struct Ambiguous;
impl Door for Ambiguous {
    const SPEC: &'static MachineSpec = &MachineSpec {
        transitions: &[
            OPENING,
            CLOSING,
            LOCKING,
            UNLOCKING,
            TransitionSpec { guards: WAS_OPENED, ..transition("Knocking", PUSH, &[CLOSED], Destination::Ignore, 26) },
        ],
        ..SPEC
    };
    const GUARDS: fn(usize) -> Guards = |transition| if transition == 4 { guards(2) } else { guards(transition) };
}

/// One thing of each kind never occurs.
pub(crate) struct Idle;
impl Door for Idle {
    const SPEC: &'static MachineSpec = &MachineSpec {
        effects: &[message("Creak", 13), message("Click", 14), message("Bang", 40)],
        regions: &[RegionSpec {
            phases: &[
                phase(CLOSED, true, 16),
                phase(OPEN, false, 17),
                phase(LOCKED, false, 18),
                phase("Broken", false, 41),
            ],
            ..SPEC.regions[0]
        }],
        transitions: &[
            OPENING,
            TransitionSpec {
                guards: &[GuardSpec { sentence: "the sky is up", text: "true", place: place(42) }],
                ..CLOSING
            },
            LOCKING,
            UNLOCKING,
            transition("Repairing", PULL, &["Broken"], Destination::Phase(CLOSED), 43),
        ],
        properties: &[property(PropertyKind::Invariant, "a broken door stays calm", "door.is(Broken)", 44)],
        ..SPEC
    };
    const GUARDS: fn(usize) -> Guards = |transition| {
        const ALWAYS: Guards = &[|_| true];
        if transition == 1 { ALWAYS } else { guards(transition) }
    };
    const EVALUATE: fn(usize, &State, &State) -> Evaluation =
        |_, state, _| Evaluation { premise: state.is("Broken"), claim: true };
}

/// Its `explain` denies that a locked door can be unlocked.
pub(crate) struct Liar;
impl Door for Liar {
    const EXPLAIN_LIES_ABOUT: Option<usize> = Some(TURN);
}

/// A pull that it rejects is counted all the same.
pub(crate) struct Leaky;
impl Door for Leaky {
    const REJECTION_WRITES_ON: Option<usize> = Some(PULL);
}
