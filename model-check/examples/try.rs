//! Trial.
use machine_spec::{Bounds, session::Meerkat};
use model_check::*;
fn main() {
    let a: Vec<u64> = std::env::args().skip(1).map(|a| a.parse().expect("number")).collect();
    let bounds = Bounds::default()
        .with("Incarnation", a[0])
        .with("Fence", a[1])
        .with("RunId", a[2])
        .with("InputId", a[3])
        .with("Register.attempt_limit", a[4])
        .with("admission.attempt_limit", a[4])
        .with("ingress.attempts", a[4]);
    let report = Check::<Meerkat>::new().bounds(bounds).run().expect("runs");
    println!("{report}");
}
