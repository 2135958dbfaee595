use machine_spec::machine;

mod fair {
    use super::machine;

    machine! {
        pub machine Trusted;
        input Ring;
        input Answer;
        region bell {
            phases { initial Quiet, Rung }
            on Ring from Quiet to Rung;
            on Answer from Rung to Quiet;
        }
        fair Answr;
        fair Answer, Ring;
        strongly fair Answer;
        leads_to "it is answered": bell.is(Rung) => bell.is(Quiet);
        leads_to "it is louder": bell.is(Rung) => next.bell.is(Quiet);
    }
}

mod unused {
    use super::machine;

    machine! {
        pub machine Unused;
        input Ring;
        region bell {
            phases { initial Quiet, Rung }
            on Ring { from Quiet to Rung; from Rung to Quiet; }
        }
        fair Ring;
    }
}

fn main() {}
