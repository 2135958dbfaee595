use machine_spec::machine;

machine! {
    pub machine Light;

    input Switch;

    region lamp {
        phases { initial Off, On }
        field switched: u32 = 0;

        on Switch {
            from Off to On { set switched = self.switched + 1; }
            from On to Off;
        }
    }
}

fn main() {
    let mut light = LightMachineAuthority::new();
    light.state.lamp.switched = 7;
    let state = LightMachineState { lamp: LampRegion { phase: LampPhase::On, switched: 1 } };
    light.state().lamp().phase() = LampPhase::On;
}
