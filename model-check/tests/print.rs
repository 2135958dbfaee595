//! p
mod toys;
use model_check::Check;
use toys::{Of, door};

macro_rules! show { ($($d:ident)*) => { $(println!("{}\n=========", Check::<Of<door::$d>>::new().threads(1).run().unwrap());)* } }
#[test]
fn show() {
    show!(Sound Unguarded Forgetful Jammed Trap Counting Ambiguous Idle Liar Leaky);
    println!("{}\n=========", Check::<Of<door::Sound>>::new().budget(3).run().unwrap());
}
#[test]
fn speed() {
    for (threads, cross) in [(1, true), (2, true), (1, false), (2, false)] {
        println!(
            "{}",
            Check::<Of<toys::counters::Counters>>::new()
                .bounds(
                    model_check::Bounds::default().with_integers(std::env::var("N").map_or(4, |n| n.parse().unwrap()))
                )
                .threads(threads)
                .cross_check(cross)
                .run()
                .unwrap()
        );
    }
}
