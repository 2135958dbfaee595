//! Numbers that look random and are the same for the same seed.

/// SplitMix64 (Steele, Lea, Flood: Fast splittable pseudorandom number generators, 2014).
#[derive(Clone, Debug)]
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// A number below this one, which is not zero.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        let number = mixed(self.0);
        self.0 = self.0.wrapping_add(GAP);
        // The upper half of the product is as even as the number is.
        ((u128::from(number) * end as u128) >> 64) as usize
    }
}

const GAP: u64 = 0x9e37_79b9_7f4a_7c15;

/// The step and the finalizer of SplitMix64: neighbours in, strangers out.
pub(crate) fn mixed(number: u64) -> u64 {
    let number = number.wrapping_add(GAP);
    let number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ (number >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_below_the_end_comes_up_as_often() {
        let mut random = Random::new(7);
        let mut counts = [0_u32; 6];
        (0..6_000).for_each(|_| counts[random.below(6)] += 1);
        assert!(counts.iter().all(|count| (850..1_150).contains(count)), "{counts:?}");
    }

    #[test]
    fn the_numbers_are_those_of_the_paper() {
        // The first numbers of the reference implementation for the seed 0.
        assert_eq!([mixed(0), mixed(GAP)], [0xe220_a839_7b1d_cdaf, 0x6e78_9e6a_a1b9_65f4]);
    }
}
