//! Medians, and ratios to the first of several that were measured in turn.

/// Measurements in rounds: one of each per round.
pub(crate) struct Rounds {
    names: Vec<String>,
    nanoseconds: Vec<Vec<f64>>,
    ratios: Vec<Vec<f64>>,
}

impl Rounds {
    /// Of these; the first is what the others are compared with.
    pub(crate) fn new<N: ToString>(names: &[N]) -> Self {
        let empty = vec![Vec::new(); names.len()];
        Self { names: names.iter().map(ToString::to_string).collect(), nanoseconds: empty.clone(), ratios: empty }
    }

    /// Takes one round in, in the order of the names.
    pub(crate) fn add(&mut self, round: &[f64]) {
        for (index, nanoseconds) in round.iter().enumerate() {
            self.nanoseconds[index].push(*nanoseconds);
            self.ratios[index].push(nanoseconds / round[0]);
        }
    }

    /// Prints a table.
    pub(crate) fn print(&mut self) {
        println!("{:<12} {:>12} {:>24}", "", "ns per step", "ratio (lowest, highest)");
        for (index, name) in self.names.iter().enumerate() {
            let nanoseconds = sorted(&mut self.nanoseconds[index]);
            let ratios = sorted(&mut self.ratios[index]);
            let (lowest, highest) = (ratios[0], ratios[ratios.len() - 1]);
            println!("{name:<12} {:>12.2} {:>7.2} ({lowest:.2}, {highest:.2})", median(nanoseconds), median(ratios));
        }
    }
}

fn sorted(values: &mut [f64]) -> &[f64] {
    values.sort_by(f64::total_cmp);
    values
}

fn median(sorted: &[f64]) -> f64 {
    sorted[sorted.len() / 2]
}
