//! Faults that violate nothing: something never occurs.

use model_check::GapKind;

use crate::fault::{Expected, Fault};

twins! {
    oven ($ready:literal)
    wrong { 3 }
    right { 2 }

    /// An oven that bakes once it is hot.
    pub machine Oven;

    const HOTTEST: u8 = 2;
    const READY: u8 = $ready;

    input Heat;
    input Bake;

    region oven {
        field degrees: u8 = 0;

        on Heat stay { require "it can be hotter": self.degrees < HOTTEST; set degrees = self.degrees + 1; }
        on Bake stay { require "it is hot": self.degrees >= READY; set degrees = 0; }
    }

    invariant "it does not burn": oven.degrees <= HOTTEST;
}

twins! {
    alarm ($loud:literal)
    wrong { 3 }
    right { 2 }

    /// An alarm with a scale whose last mark means that nothing was heard.
    pub machine Alarm;

    number Level = 0..=3;
    const LOUD: Level = $loud;

    input Measure { level: Level }
    input Compare;
    effect Siren;

    region alarm {
        field heard: Level = 0;

        on Measure { level } stay { require "something was heard": level < Level::GREATEST; set heard = level; }
        on Compare stay { require "it is loud": self.heard >= LOUD; set heard = 0; emit Siren; }
    }

    reachable "something is heard": alarm.heard > 0;
}

twins! {
    safe ($($guard:tt)*)
    wrong { require "the alarm is armed": alarm.is(Armed); }
    right { }

    /// A door that is locked for the night, and an alarm that is armed.
    pub machine Safe;

    input Lock;
    input Arm;

    region door {
        phases { initial Shut, final Locked }

        on Lock from Shut to Locked { $($guard)* }
    }
    region alarm {
        phases { initial Off, final Armed }

        on Arm from Off to Armed { require "the door is locked": door.is(Locked); }
    }

    invariant "an armed alarm is behind a locked door": !(alarm.is(Armed) && door.is(Shut));
}

twins! {
    coin ($($order:tt)*)
    wrong { >= }
    right { > }

    /// A gate that lets one person through per coin.
    pub machine Gate;

    input Insert;
    input Push;

    region gate {
        field coins: u8 = 0;

        on Insert stay { set coins = self.coins + 1; }
        on Push stay { require "a coin is there": self.coins $($order)* 0; set coins = self.coins - 1; }
    }

    possible "the coins can be used": gate.coins == 0;
}

twins! {
    premise ($($more:tt)*)
    wrong { && lamp.is(Dark) }
    right { }

    /// A gate and the lamp above it.
    pub machine Gate;

    input Push;

    region gate {
        phases { initial Shut, Open }
        on Push { from Shut to Open; from Open to Shut; }
    }
    region lamp {
        phases { initial Dark, Bright }
        on Push { from Dark to Bright; from Bright to Dark; }
    }

    invariant "an open gate is lit": gate.is(Open) $($more)* => lamp.is(Bright);
}

pub(crate) fn faults() -> Vec<Fault> {
    use Expected::Gaps;
    vec![
        fault!(
            oven::Oven,
            "a transition that never fires, constants",
            "a constant that is never reached",
            Gaps(&[(GapKind::Transition, "OvenBake")])
        ),
        fault!(
            alarm::Alarm,
            "an effect that is never emitted",
            "a level is compared with the mark that means nothing",
            Gaps(&[(GapKind::Transition, "AlarmCompare"), (GapKind::Effect, "Siren")])
        ),
        fault!(
            safe::Safe,
            "phases that are never entered",
            "two steps wait for each other",
            Gaps(&[
                (GapKind::Transition, "DoorLock"),
                (GapKind::Transition, "AlarmArm"),
                (GapKind::Phase, "door.Locked"),
                (GapKind::Phase, "alarm.Armed"),
            ])
        ),
        fault!(
            coin::Gate,
            "a guard that is never false",
            "`>=` in place of `>`",
            Gaps(&[(GapKind::Guard, "\"a coin is there\" of GatePush")])
        ),
        fault!(
            premise::Gate,
            "a premise that never holds",
            "the premise says too much",
            Gaps(&[(GapKind::Premise, "invariant \"an open gate is lit\"")])
        ),
    ]
}
