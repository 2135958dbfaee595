//! A walk through machine Shop, written by the command `meerkat`.

use machine_spec::Machine;
use crate::machines::shop_machine::*;

/// What the machine is after 4 steps.
#[test]
fn the_walk_ends_here() {
    let mut authority = ShopMachineAuthority::new();
    // 1. by DoorClose
    accept(&mut authority, &ShopMachineInput::Close);
    // 2. by BellRingFromQuietToLoud
    accept(&mut authority, &ShopMachineInput::Ring);
    // 3. by DoorWall
    accept(&mut authority, &ShopMachineInput::Wall);
    // 4. by BellRingFromLoudToQuiet
    accept(&mut authority, &ShopMachineInput::Ring);
    let expected = [
        "door.phase = Walled",
        "lamp.phase = Off",
        "bell.phase = Quiet",
        "shelf.levels = {}",
        "shelf.sizes = {}",
        "shelf.line = []",
    ];
    assert_eq!(values(&authority), expected);
}

#[track_caller]
fn accept(authority: &mut ShopMachineAuthority, input: &ShopMachineInput) {
    if let Err(rejection) = authority.apply(input, &mut Vec::new()) {
        panic!("{input:?} is not accepted any more: {rejection}");
    }
}

fn values(authority: &ShopMachineAuthority) -> Vec<String> {
    let mut values = Vec::new();
    Shop::describe(authority.state(), &mut |path, value| values.push(format!("{path} = {value}")));
    values
}
