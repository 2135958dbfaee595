//! What is trusted to happen, and what follows from it.

/// Declares a machine with its fairness.
macro_rules! courier {
    ($module:ident: $($fairness:tt)*) => {
        pub(crate) mod $module {
            machine_spec::machine! {
                /// A courier on a road where letters are lost.
                pub machine Courier;

                input Send { urgent: bool }
                input Lose;
                input Deliver;

                region road {
                    phases { initial Empty, Taken { urgent: bool } }
                    on Send { urgent } from Empty to Taken { urgent };
                    on Lose from Taken { urgent: false } to Empty;
                    on Deliver from Taken { .. } to Empty;
                }
                region letter {
                    phases { initial Waiting, final Arrived }
                    on Deliver { from Waiting to Arrived; ignore from Arrived; }
                }

                $($fairness)*
                leads_to "a letter arrives": letter.is(Waiting) => letter.is(Arrived);
                leads_to "an urgent letter is delivered": matches!(road.phase, Taken { urgent: true }) => road.is(Empty);
            }
        }
    };
}

courier!(untrusted: );
courier!(sending: fair Send;);
courier!(weak: fair Send, Deliver;);
courier!(strong: fair Send; strongly fair Deliver;);
