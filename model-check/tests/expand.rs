//! Expanded code as the compiler prints it, and what is shown of it.

use model_check::{Code, ExpandError};

const EXPANDED: &str = r#"
mod tests {
    #[doc = "The machine."]
    pub mod light_machine {
        #[doc = "`lamp`: `on Toggle` from Off, to On."]
        #[inline]
        fn lamp_toggle_from_off_to_on(this : & LampRegion) -> Change { Change :: On }
        pub enum LightMachineTransition { LampToggleFromOffToOn, LampToggleFromOnToOff }
        #[automatically_derived]
        impl ::core::marker::StructuralPartialEq for LightMachineTransition { }
        #[automatically_derived]
        impl ::core::cmp::PartialEq for LightMachineTransition { fn eq(&self, other: &Self) -> bool { true } }
        #[doc(hidden)]
        const _: () = {
            extern crate serde as _serde;
            #[automatically_derived]
            impl _serde::Serialize for LightMachineTransition { }
        };
    }
    pub mod washing_machine { pub struct Drum; }
}
"#;

#[test]
fn a_machine_is_shown_as_it_could_have_been_written() {
    let expected = "/// The machine.
pub mod light_machine {
    /// `lamp`: `on Toggle` from Off, to On.
    #[inline]
    fn lamp_toggle_from_off_to_on(this: &LampRegion) -> Change {
        Change::On
    }
    #[derive(PartialEq, serde::Serialize)]
    pub enum LightMachineTransition {
        LampToggleFromOffToOn,
        LampToggleFromOnToOff,
    }
}
";
    let code = Code::parse(EXPANDED).expect("it is Rust");
    assert_eq!(code.machine(Some("Light")).expect("it is there"), expected);
    assert_eq!(code.machine(None).expect("there is one"), expected);
}

#[test]
fn a_transition_is_one_function() {
    let expected = "/// `lamp`: `on Toggle` from Off, to On.
#[inline]
fn lamp_toggle_from_off_to_on(this: &LampRegion) -> Change {
    Change::On
}
";
    let code = Code::parse(EXPANDED).expect("it is Rust");
    for name in ["LampToggleFromOffToOn", "lamp_toggle_from_off_to_on"] {
        assert_eq!(code.transition(Some("Light"), name).expect("it is there"), expected);
    }
}

#[test]
fn unknown_names_are_answered_with_the_nearest_known() {
    let code = Code::parse(EXPANDED).expect("it is Rust");
    let machine = code.machine(Some("Ligth")).expect_err("misspelt").to_string();
    assert_eq!(machine, "this target has no machine Ligth; did you mean Light?; it has Light");
    let transition = code.transition(None, "LampToggleFromOfToOn").expect_err("misspelt").to_string();
    assert_eq!(transition, "there is no transition LampToggleFromOfToOn; did you mean LampToggleFromOffToOn?");
}

#[test]
fn what_is_no_machine_is_refused() {
    assert!(matches!(Code::parse("mod washing_machine {}"), Err(ExpandError::NoMachines)));
    assert!(matches!(Code::parse("fn f( {"), Err(ExpandError::Unreadable(_))));
}
