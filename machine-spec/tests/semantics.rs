//! What the language promises, each promise with the smallest machine that could break it.

use machine_spec::{GuardOutcome, Outcome, machine};

/// Two regions that swap.
pub mod exchange {
    use machine_spec::machine;

    machine! {
        /// Two regions that swap their values: right only if both read the state before the step.
        pub machine Exchange;

        input Swap;
        input Shift { by: u8 }
        effect Was { left: u8, right: u8 }
        effect Is { left: u8 }

        region left {
            field value: u8 = 1;
            field spare: u8 = 10;

            on Swap stay {
                set value = right.value;
                set spare = self.value;
                emit Was { left: self.value, right: right.value };
                emit Is { left: next.value };
            }
            on Shift { by } stay { set value = self.value + by; }
        }

        region right {
            field value: u8 = 2;

            on Swap stay { set value = left.value; }
            on Shift { by } stay { set value = self.value - by; }
        }

        always "what is spare was left before": next.left.spare == left.spare || next.left.spare == left.value;
    }
}

#[test]
fn updates_and_effects_read_the_state_before_the_step() {
    use exchange::*;
    let mut authority = ExchangeMachineAuthority::new();
    let mut effects = Vec::new();
    authority.apply(&ExchangeMachineInput::Swap, &mut effects).expect("always accepted");
    let state = authority.state();
    assert_eq!((state.left().value(), state.left().spare(), state.right().value()), (2, 1, 1));
    assert_eq!(effects, [ExchangeMachineEffect::Was { left: 1, right: 2 }, ExchangeMachineEffect::Is { left: 2 }]);
}

#[test]
fn an_overflow_in_a_later_region_leaves_the_earlier_ones_alone() {
    use exchange::*;
    let mut authority = ExchangeMachineAuthority::new();
    let before = authority.clone();
    let mut effects = Vec::new();
    let refused = authority.apply(&ExchangeMachineInput::Shift { by: 3 }, &mut effects).expect_err("2 - 3 has no u8");
    assert_eq!(refused, ExchangeMachineRejection::Overflow { transition: ExchangeMachineTransition::RightShift });
    assert_eq!((authority, effects), (before, vec![]));
}

/// A house with guests.
pub mod guests {
    use machine_spec::machine;

    machine! {
        /// A house with guests: instances, selections, sets and maps.
        #[derive(serde::Serialize, serde::Deserialize)]
        pub machine Guests;

        epoch Guest;
        enum Coat { Wool, Fur }

        input Arrive { guest: Guest, coat: Coat }
        input Dance { guest: Guest, with: Guest }
        input Music { patience: u8 }
        input Leave { guest: Guest }
        effect Bow { guest: Guest, tired: u8 }

        region house {
            field hooks: Map<Guest, Coat> = Map::new();
            field dancing: Set<Guest> = Set::new();

            on Arrive { guest, coat } stay { insert guest => coat into hooks; }
            on Dance { guest, with } stay {
                require "it takes two": guest != with;
                insert guest into dancing;
            }
            on Leave { guest } stay {
                require "the coat is here": let Some(coat) = self.hooks.get(guest).copied();
                require "nobody leaves in wool": coat != Coat::Wool;
                remove guest from hooks;
                remove guest from dancing;
            }
        }

        keyed region guests[Guest] {
            phases { Sitting, Dancing { with: Guest }, final Gone }
            field tired: u8 = 0;

            pub select seated = Sitting;
            select floor = Dancing { .. };
            pub select fresh_dancers = Dancing { .. } where self.tired == 0;

            on Arrive { guest } create guest to Sitting;
            on Dance { guest, with } at guest from Sitting to Dancing { with } {
                require "the partner sits": guests.get(with).is_some_and(|partner| partner.is(Sitting));
            }
            on Music { patience } each floor {
                let limit: u8 = patience;
                from Dancing { with } to Dancing { with } {
                    require "it goes on": self.tired < limit;
                    set tired = self.tired + 1;
                    emit Bow { guest: self.key, tired: next.tired };
                }
                from Dancing { .. } to Sitting { require "it is enough": self.tired >= limit && self.tired < 3; }
            }
            on Leave { guest } at guest from Sitting to Gone;
        }

        invariant "who dances is known": guests.all(|guest| !guest.is(Dancing) || house.dancing.contains(guest.key));
    }
}

use guests::*;

fn guest(number: u64) -> Guest {
    Guest::from_number(number)
}

fn house(guests: u64) -> GuestsMachineAuthority {
    let mut house = GuestsMachineAuthority::new();
    for number in 1..=guests {
        house.apply(&GuestsMachineInput::Arrive { guest: guest(number), coat: Coat::Fur }, &mut ()).expect("new guest");
    }
    house
}

#[test]
fn an_instance_is_created_once() {
    let mut house = house(1);
    let again = GuestsMachineInput::Arrive { guest: guest(1), coat: Coat::Wool };
    let refused = house.apply(&again, &mut ()).expect_err("is here");
    let input = GuestsMachineInputKind::Arrive;
    assert_eq!(refused, GuestsMachineRejection::InstanceExists { region: GuestsMachineRegion::Guests, input });
    assert_eq!(house.state().house().hooks().get(guest(1)), Some(&Coat::Fur), "the region in front kept its value");
    let refused = house.can_apply(&GuestsMachineInput::Dance { guest: guest(9), with: guest(1) }).expect_err("unknown");
    assert_eq!(refused.to_string(), "Dance names no instance of guests");
}

#[test]
fn each_moves_every_selected_instance_in_order_or_none() {
    let mut house = house(3);
    for number in [1, 2] {
        let dance = GuestsMachineInput::Dance { guest: guest(number), with: guest(3) };
        house.apply(&dance, &mut ()).expect("both sit");
    }
    let mut effects = Vec::new();
    house.apply(&GuestsMachineInput::Music { patience: 2 }, &mut effects).expect("they dance");
    let bow = |number| GuestsMachineEffect::Bow { guest: guest(number), tired: 1 };
    assert_eq!(effects, [bow(1), bow(2)]);
    assert_eq!((house.state().guests().floor().len(), house.state().guests().fresh_dancers().len()), (2, 0));
    house.apply(&GuestsMachineInput::Music { patience: 0 }, &mut ()).expect("they sit down");
    assert_eq!((house.state().guests().floor().len(), house.state().guests().seated().len()), (0, 3));
    // One dancer too tired for either transition keeps the other from moving.
    house.apply(&GuestsMachineInput::Dance { guest: guest(1), with: guest(3) }, &mut ()).expect("both sit");
    for _ in 0..2 {
        house.apply(&GuestsMachineInput::Music { patience: 9 }, &mut ()).expect("one dances");
    }
    house.apply(&GuestsMachineInput::Dance { guest: guest(2), with: guest(3) }, &mut ()).expect("both sit");
    let before = house.clone();
    house.apply(&GuestsMachineInput::Music { patience: 0 }, &mut ()).expect_err("the first is too tired");
    assert_eq!(house, before);
}

#[test]
fn a_pattern_guard_binds_for_the_clauses_behind_it() {
    let mut house = GuestsMachineAuthority::new();
    house.apply(&GuestsMachineInput::Arrive { guest: guest(1), coat: Coat::Wool }, &mut ()).expect("new guest");
    let leave = GuestsMachineInput::Leave { guest: guest(1) };
    assert_eq!(
        house.can_apply(&leave).expect_err("wool").to_string(),
        "HouseLeave requires that nobody leaves in wool"
    );
    let explained = house.explain(&leave);
    let guards = vec![GuardOutcome::Holds, GuardOutcome::Fails];
    assert_eq!(explained.candidates[0].outcome, Outcome::Tested { guards, overflows: false });
    assert!(explained.candidates[1].accepts(), "the other region would accept");
}

#[test]
fn a_stored_state_enters_through_the_invariants() {
    let mut house = house(3);
    house.apply(&GuestsMachineInput::Dance { guest: guest(1), with: guest(2) }, &mut ()).expect("both sit");
    let stored = serde_json::to_string(house.state()).expect("serializes");
    let restored = serde_json::from_str(&stored).map(GuestsMachineAuthority::restore).expect("is a state");
    assert_eq!(restored, Ok(house), "selections are derived anew");
    let forged = stored.replace("\"dancing\":[1]", "\"dancing\":[]");
    let refused = serde_json::from_str(&forged).map(GuestsMachineAuthority::restore).expect("is a state");
    let refused = refused.expect_err("violates the invariant");
    assert_eq!(refused.to_string(), "the stored state violates the invariant \"who dances is known\"");
}

machine! {
    /// `from any` leaves final phases alone, and `except` the named ones.
    pub machine Siren;

    input Alarm;
    input Rest;

    region siren {
        phases { initial Quiet, Loud, Tested, final Broken }
        on Alarm {
            from any except Loud to Loud;
            from Loud to Broken;
        }
        on Rest {
            from Loud to Tested;
            ignore from Broken | Quiet;
        }
    }
}

#[test]
fn the_spec_is_constant_data_that_tells_the_machine() {
    const SPEC: &machine_spec::spec::MachineSpec = Siren::SPEC;
    let sources: Vec<&[&str]> = SPEC.transitions.iter().map(|transition| transition.sources).collect();
    assert_eq!(sources, [&["Quiet", "Tested"][..], &["Loud"], &["Loud"], &["Broken", "Quiet"]]);
    let guests = Guests::SPEC;
    let dance = guests.transitions.iter().find(|transition| transition.name == "GuestsDance").expect("is declared");
    assert_eq!(dance.guards[0].text, "guests.get(with).is_some_and(|partner| partner.is(Sitting))");
    assert_eq!(dance.writes, ["guests.phase"]);
    let place = dance.guards[0].place;
    let line = include_str!("semantics.rs").lines().nth(place.line as usize - 1).expect("the line exists");
    assert!(line.contains("the partner sits"), "{place} is {line:?}");
    assert!(place.file.ends_with("semantics.rs"));
}

#[test]
fn a_settled_phase_ignores_what_it_says_it_ignores() {
    let mut siren = SirenMachineAuthority::new();
    for input in [SirenMachineInput::Alarm, SirenMachineInput::Alarm, SirenMachineInput::Rest] {
        siren.apply(&input, &mut ()).expect("accepted");
    }
    assert_eq!(siren.state().siren().phase(), SirenPhase::Broken);
    let refused = siren.apply(&SirenMachineInput::Alarm, &mut ()).expect_err("is final");
    assert_eq!(refused.to_string(), "Alarm is not accepted while siren is Broken");
}

/// One handler for several inputs.
pub mod switchboard {
    use machine_spec::machine;

    machine! {
        /// Two inputs with the same handler, each bound under the handler's names.
        pub machine Switchboard;

        input Connect { line: u8 }
        input Replace { line: u8, old: u8 }
        input HangUp;
        effect Dial { line: u8 }

        region board {
            phases { initial Free, Busy { line: u8 } }

            on Connect | Replace { line } {
                require "the line exists": line < 3;

                from Free to Busy { line } { emit Dial { line }; }
                from Busy { line: current } to Busy { line } {
                    require "it is another line": line != current;
                    emit Dial { line };
                }
            }
            on HangUp from Busy { .. } to Free;
        }
    }
}

#[test]
fn one_handler_answers_each_of_its_inputs_with_transitions_of_their_own() {
    use switchboard::*;
    let mut board = SwitchboardMachineAuthority::new();
    let mut effects = Vec::new();
    board.apply(&SwitchboardMachineInput::Connect { line: 1 }, &mut effects).expect("free");
    board.apply(&SwitchboardMachineInput::Replace { old: 1, line: 2 }, &mut effects).expect("another line");
    assert_eq!(effects, [SwitchboardMachineEffect::Dial { line: 1 }, SwitchboardMachineEffect::Dial { line: 2 }]);
    let refused = board.can_apply(&SwitchboardMachineInput::Connect { line: 2 }).expect_err("is connected");
    assert_eq!(refused.to_string(), "BoardConnectFromBusyToBusy requires that it is another line");
    let refused = board.can_apply(&SwitchboardMachineInput::Replace { old: 2, line: 7 }).expect_err("no such line");
    assert_eq!(refused.to_string(), "BoardReplaceFromBusyToBusy requires that the line exists");
}

/// Constants and functions.
pub mod constants {
    use machine_spec::machine;

    machine! {
        /// Constants, functions, and a claim about both.
        pub machine Tank;

        const FULL: u8 = 200;
        const EMPTY: u8 = 0;

        /// What is in the tank after a pour.
        fn poured(level: u8, by: u8) -> u8 { level + by }
        fn is_full(level: u8) -> bool { level == FULL }
        fn overflows(level: u8, by: u8) -> bool { poured(level, by) > FULL }

        input Pour { by: u8 }

        region tank {
            field level: u8 = EMPTY;

            on Pour { by } stay {
                require "the tank is not full": !is_full(self.level);
                require "there is room": !overflows(self.level, by);
                set level = poured(self.level, by);
            }
        }

        invariant "the tank holds what fits": tank.level <= FULL;
    }
}

#[test]
fn a_function_that_overflows_rejects_the_input() {
    use constants::*;
    let mut tank = TankMachineAuthority::new();
    tank.apply(&TankMachineInput::Pour { by: 150 }, &mut ()).expect("fits");
    let refused = tank.can_apply(&TankMachineInput::Pour { by: 60 }).expect_err("is too much");
    assert_eq!(refused.to_string(), "TankPour requires that there is room");
    let refused = tank.can_apply(&TankMachineInput::Pour { by: 250 }).expect_err("is no u8");
    assert_eq!(refused, TankMachineRejection::Overflow { transition: TankMachineTransition::TankPour });
    tank.apply(&TankMachineInput::Pour { by: 50 }, &mut ()).expect("fits");
    let refused = tank.can_apply(&TankMachineInput::Pour { by: 0 }).expect_err("is full");
    assert_eq!(refused.to_string(), "TankPour requires that the tank is not full");
}

mod depth {
    use machine_spec::machine;

    machine! {
        /// A minus that has no result, and an effect that tells the phase after the step.
        pub machine Depth;

        input Mirror;
        input Dive { to: i8 }
        effect Was { below: bool }
        effect Is { below: bool }

        region diver {
            phases { initial Above, Below { level: i8 } }
            field level: i8 = 0;

            on Dive { to } from any to Below { level: to } {
                set level = to;
                emit Was { below: matches!(self.phase, Below { .. }) };
                emit Is { below: matches!(next.phase, DiverPhase::Below { .. }) };
            }
            on Mirror from Below { level: depth } to Above {
                require "it is there": depth == self.level;
                set level = -self.level;
            }
        }
    }
}

#[test]
fn a_minus_that_leaves_the_range_rejects_the_input() {
    use depth::*;
    let mut diver = DepthMachineAuthority::new();
    let mut effects = Vec::new();
    diver.apply(&DepthMachineInput::Dive { to: -128 }, &mut effects).expect("accepted");
    assert_eq!(effects, [DepthMachineEffect::Was { below: false }, DepthMachineEffect::Is { below: true }]);
    let refused = diver.apply(&DepthMachineInput::Mirror, &mut ()).expect_err("there is no 128");
    assert_eq!(refused, DepthMachineRejection::Overflow { transition: DepthMachineTransition::DiverMirror });
}

mod alternatives {
    use machine_spec::machine;

    machine! {
        /// A shutter that tells which frame it closes over: phases that share a transition, and the names in it.
        pub machine Shutter;

        epoch Frame;

        input Open { at: Frame }
        input Hold;
        input Close;
        effect Exposed { frame: Frame }

        region shutter {
            phases { initial Closed, Open { frame: Frame, held: bool }, Jammed { frame: Frame } }

            on Open { at } from Closed to Open { frame: at, held: false };
            on Hold {
                from Open { frame, held: true } to Jammed { frame };
                from Open { frame, held: false } to Open { frame, held: true };
                ignore from Jammed { .. };
                ignore from Closed;
            }
            on Close {
                from Open { frame, held: _ } | Jammed { frame } to Closed { emit Exposed { frame }; }
                ignore from Closed;
            }
        }
    }
}

#[test]
fn alternatives_bind_the_same_names() {
    use alternatives::*;
    let mut shutter = ShutterMachineAuthority::new();
    let mut effects = Vec::new();
    let at = [Frame::from_number(3), Frame::from_number(4)];
    shutter.apply(&ShutterMachineInput::Open { at: at[0] }, &mut effects).expect("closed");
    shutter.apply(&ShutterMachineInput::Close, &mut effects).expect("open");
    shutter.apply(&ShutterMachineInput::Open { at: at[1] }, &mut effects).expect("closed");
    shutter.apply(&ShutterMachineInput::Hold, &mut effects).expect("open");
    shutter.apply(&ShutterMachineInput::Hold, &mut effects).expect("held");
    shutter.apply(&ShutterMachineInput::Close, &mut effects).expect("jammed");
    assert_eq!(effects, at.map(|frame| ShutterMachineEffect::Exposed { frame }));
}

#[test]
fn who_binds_data_follows_and_who_tests_it_may_refuse() {
    let spec = alternatives::Shutter::SPEC;
    let may_refuse: Vec<_> = spec.handlers.iter().map(|on| (spec.inputs[on.input].name, on.may_refuse)).collect();
    assert_eq!(may_refuse, [("Open", true), ("Hold", true), ("Close", false)]);
}

mod names {
    use machine_spec::machine;

    machine! {
        /// Payload that is called what generated code might call its own.
        pub machine Names;

        input Offer { outcome: u8, said: u8, holds: u8, found: u8, trial: u8, trials: u8, overflows: u8, state: u8, sink: u8 }

        region sums {
            field sum: u8 = 0;

            on Offer { outcome, said, holds, found, trial, trials, overflows, state, sink } stay {
                require "the first are small": outcome + said + holds < 30;
                require "the others are small": found + trial + trials + overflows < 40;
                require "the last are small": state + sink < 20;
                set sum = self.sum + outcome + said + holds + found + trial + trials + overflows + state + sink;
            }
        }
    }
}

#[test]
fn payload_may_be_called_what_generated_code_calls_its_own() {
    use names::*;
    let mut sums = NamesMachineAuthority::new();
    let offer = |outcome| NamesMachineInput::Offer {
        outcome,
        said: 2,
        holds: 3,
        found: 4,
        trial: 5,
        trials: 6,
        overflows: 7,
        state: 8,
        sink: 9,
    };
    let failed = |outcome| sums.explain(&offer(outcome)).candidates.iter().filter(|one| !one.accepts()).count();
    assert_eq!((failed(1), failed(29), failed(255)), (0, 1, 1));
    sums.apply(&offer(1), &mut Vec::new()).expect("all are small");
    assert_eq!(sums.state().sums().sum(), 45);
}
