use machine_spec::machine;

machine! {
    pub machine Dice;

    number Eyes = 1..=6;
    number Nothing = 3..=3;
    number Wrong = 5..=2;
    const LUCKY: Eyes = 7;

    input Roll { eyes: Eyes, nothing: Nothing, wrong: Wrong }

    region dice {
        phases { initial Idle, Shown { eyes: Eyes } }
        field best: Eyes = 0;

        on Roll { eyes, nothing, wrong } {
            from Idle to Shown { eyes: 8 } { require "it is good": eyes > 6 + 1 || eyes == 9; }
            from Shown { eyes: 0..=3 } to Idle { require "it is lucky": eyes == LUCKY; }
            from Shown { eyes: shown } stay { set best = if eyes > shown { eyes } else { 11 }; }
        }
    }

    invariant "six is the best": dice.best <= 6;
}

fn main() {}
