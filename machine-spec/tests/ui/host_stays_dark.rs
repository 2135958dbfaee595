use machine_spec::machine;

machine! {
    pub machine Light;

    id Lamp;
    input Switch { lamp: Lamp }
    effect Flash;

    region switch {
        phases { initial Off, On }
        field times: u32 = 0;

        on Switch {
            from Off to On { set times = self.times + 1; emit Flash; }
            from On to Of;
        }
    }

    keyed region lamps[Lamp] {
        phases { Dark, final Lit }
        select dark = Dark where self.brightnes == 0;

        on Switch { lamp } create lamp to Dark;
    }

    invariant "it is switched": switch.time > 0;
}

// A host of the machine, without a mistake.
fn host(light: &mut LightMachineAuthority) -> Result<Vec<LightMachineEffect>, LightMachineRejection> {
    let mut effects = Vec::new();
    light.apply(&LightMachineInput::Switch { lamp: Lamp::from_number(1) }, &mut effects)?;
    if light.state().switch().phase() == SwitchPhase::On && light.state().lamps().dark().is_empty() {
        println!("{}", light.state().switch().times());
    }
    Ok(effects)
}

// Nor has a test that takes any machine.
fn inspected<M: machine_spec::Inspected>() {}

fn main() {
    inspected::<Light>();
    let _ = host(&mut LightMachineAuthority::new());
}
