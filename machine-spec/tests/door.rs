//! A machine of one's own, small enough to see all of it.

use machine_spec::{Bounds, Machine, machine};

machine! {
    /// A door with a lock and a counter of openings.
    pub machine Door;

    id Person;

    input Open { by: Person }
    input Close;
    input Lock;
    input Unlock;

    effect Creak { count: u8 }

    region door {
        phases { initial Closed, Opened { by: Person }, Locked }
        field openings: u8 = 0;

        on Open { by } from Closed to Opened { by } {
            set openings = self.openings + 1;
            emit Creak { count: next.openings };
        }
        on Close from Opened { .. } to Closed;
        on Lock from Closed to Locked { require "the door was used": self.openings > 0; }
        on Unlock {
            from Locked to Closed;
            ignore from Closed;
        }
    }

    invariant "a locked door was used": door.is(Locked) => door.openings > 0;
    always "an open door stays with who opened it":
        door.is(Opened) && next.door.is(Opened) => next.door.phase == door.phase;
    reachable "the door is locked": door.is(Locked);
}

#[test]
fn it_opens() {
    let mut door = DoorMachineAuthority::new();
    let mut effects = Vec::new();
    let by = Person::from_number(1);
    let refused = door.apply(&DoorMachineInput::Lock, &mut effects).expect_err("never used");
    assert_eq!(refused.to_string(), "DoorLock requires that the door was used");
    door.apply(&DoorMachineInput::Open { by }, &mut effects).expect("opens");
    assert_eq!(effects, [DoorMachineEffect::Creak { count: 1 }]);
    let refused = door.apply(&DoorMachineInput::Open { by }, &mut effects).expect_err("is open");
    assert_eq!(refused.to_string(), "Open is not accepted while door is Opened");
    assert_eq!(Door::inputs_within(&Bounds::default()).len(), 5);
    for t in Door::SPEC.transitions {
        println!("{t:?}");
    }
    println!("{:?}", door.explain(&DoorMachineInput::Lock));
}

#[test]
fn a_counter_never_wraps() {
    let mut door = DoorMachineAuthority::new();
    for _ in 0..255 {
        door.apply(&DoorMachineInput::Open { by: Person::from_number(1) }, &mut ()).expect("opens");
        door.apply(&DoorMachineInput::Close, &mut ()).expect("closes");
    }
    let before = door.clone();
    let refused = door.apply(&DoorMachineInput::Open { by: Person::from_number(1) }, &mut ()).expect_err("full");
    assert_eq!(refused, DoorMachineRejection::Overflow { transition: DoorMachineTransition::DoorOpen });
    assert_eq!(door, before);
}
