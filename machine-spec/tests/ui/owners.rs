use machine_spec::machine;

machine! {
    pub machine Owners;

    input Push { by: u23 }
    effect Pushed { by: Strnig }

    region left {
        field pushes: u32 = 0;

        on Push stay {
            set pushes = self.pushes + 1;
            set pulls = 0;
        }
    }

    region right {
        field pulls: u32 = 0;

        on Push { by } stay { emit Pushed { by }; }
    }

    invariant "they balance": left.pushes == right.pulls;
}

fn main() {}
