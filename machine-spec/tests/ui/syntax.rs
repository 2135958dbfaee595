use machine_spec::machine;

machine! {
    pub machine Syntax;

    input Open;
    input Close;

    regio door {
        phases { initial Closed, Opened }
    }

    region window {
        phases { initial Closed, Opened }
        on Open from Closed to Opened { require self.is(Closed); }
    }

    invariant closed: window.is(Closed);
}

fn main() {}
