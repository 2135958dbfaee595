use machine_spec::machine;

/// Lacks a default.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Tally(u8);

machine! {
    pub machine Carried;

    opaque Counter = Tally;

    input Count { counter: Counter }

    region counters {
        field last: Option<Counter> = None;

        on Count { counter } stay {
            require "it is the first": self.last.is_none();
            set last = Some(counter);
        }
    }
}

fn main() {}
