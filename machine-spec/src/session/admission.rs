//! The numbers of inputs, and how often each may be tried.

crate::region! {
    /// Numbers the inputs.
    region admission {
        /// The latest input taken in.
        field last_input: InputId = InputId::ZERO;
        /// How often an input may be staged for a run.
        field attempt_limit: u32 = 1;
        /// How many inputs may wait before no more are taken in.
        field waiting_limit: u64 = 1;

        on Register { attempt_limit, waiting_limit } stay {
            require "an input has at least one attempt": attempt_limit > 0;
            require "at least one input may wait": waiting_limit > 0;
            set attempt_limit = attempt_limit;
            set waiting_limit = waiting_limit;
        }
        on Admit { input } stay {
            require "the input is newer than every earlier one": input > self.last_input;
            require "there is room for one more to wait": ingress.waiting.len() < self.waiting_limit;
            set last_input = input;
        }
    }

    invariant "an input has at least one attempt": admission.attempt_limit > 0;
    always "an input is taken in only while there is room": next.admission.last_input != admission.last_input =>
        ingress.waiting.len() < admission.waiting_limit;
    always "input numbers never go back": next.admission.last_input >= admission.last_input;
}
