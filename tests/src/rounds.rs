//! Medians, and ratios to the first of several that were measured in turn.

/// Measurements in rounds: one of each per round.
#[derive(Clone, Debug)]
pub struct Rounds {
    names: Vec<String>,
    values: Vec<Vec<f64>>,
    ratios: Vec<Vec<f64>>,
}

impl Rounds {
    /// Of these; the first is what the others are compared with.
    #[must_use]
    pub fn new<N: ToString>(names: &[N]) -> Self {
        let empty = vec![Vec::new(); names.len()];
        Self { names: names.iter().map(ToString::to_string).collect(), values: empty.clone(), ratios: empty }
    }

    /// Takes one round in, in the order of the names.
    pub fn add(&mut self, round: &[f64]) {
        for (index, value) in round.iter().enumerate() {
            self.values[index].push(*value);
            self.ratios[index].push(value / round[0]);
        }
    }

    /// Prints a table of the medians.
    pub fn print(&mut self, unit: &str) {
        let width = self.names.iter().map(|name| name.chars().count()).max().unwrap_or(0);
        println!("{:<width$} {unit:>12} {:>24}", "", "ratio (lowest, highest)");
        for (index, name) in self.names.iter().enumerate() {
            let values = sorted(&mut self.values[index]);
            let ratios = sorted(&mut self.ratios[index]);
            let (lowest, highest) = (ratios[0], ratios[ratios.len() - 1]);
            println!("{name:<width$} {:>12.2} {:>7.2} ({lowest:.2}, {highest:.2})", median(values), median(ratios));
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
