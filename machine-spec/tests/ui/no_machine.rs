use machine_spec::machine;

machine! {
    region door { }
}

fn main() {}
