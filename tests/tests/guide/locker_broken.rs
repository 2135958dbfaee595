//! A parcel locker.

use machine_spec::machine;

machine! {
    /// A parcel locker with one box.
    pub machine Locker;

    /// What a recipient has to type in.
    id Code;

    input Deposit { code: Code }
    input Collect { code: Code }
    effect Unlock;

    region compartment {
        phases { initial Empty, Filled { code: Code } }

        on Deposit { code } from any to Filled { code };
        on Collect { code } from Filled { code: right } to Empty {
            require "the code is right": code == right;
            emit Unlock;
        }
    }

    always "a parcel stays until it is collected":
        compartment.is(Filled) => next.compartment.phase == compartment.phase || next.compartment.is(Empty);
    possible "the box can be emptied": compartment.is(Filled) => compartment.is(Empty);
}
