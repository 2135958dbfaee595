//! The numbers of inputs, and how often each may be tried.

use crate::region;

region! {
    /// Numbers the inputs.
    region admission {
        /// The latest input taken in.
        field last_input: InputId = InputId::ZERO;
        /// How often an input may be staged for a run.
        field attempt_limit: u32 = 1;

        on Register { attempt_limit } stay {
            require "an input has at least one attempt": attempt_limit > 0;
            set attempt_limit = attempt_limit;
        }
        on Admit { input } stay {
            require "the input is newer than every earlier one": input > self.last_input;
            set last_input = input;
        }
    }
    invariant "an input has at least one attempt": admission.attempt_limit > 0;
}
