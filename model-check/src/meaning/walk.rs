//! Random walks, made shorter when they find something.

use std::cell::RefCell;
use std::hash::{BuildHasher, RandomState};

use machine_spec::{Bounds, Inspected};
use proptest::collection::vec;
use proptest::test_runner::{Config, RngSeed, TestCaseError, TestError, TestRunner};

use super::compare::{Comparison, Offer};
use super::{Compared, Disagreement};
use crate::random::mixed;

/// How many inputs are tried for one step before a walk stays where it is.
const TRIES: u32 = 48;

/// The inputs for walks, by kind: else the kinds with the most members would crowd out the others.
pub(super) struct Walks<M: Inspected> {
    kinds: Vec<Vec<Offer<M::Input>>>,
}

impl<M: Inspected> Walks<M> {
    pub(super) fn new(bounds: &Bounds) -> Self {
        let mut kinds: Vec<Vec<_>> = M::SPEC.inputs.iter().map(|_| Vec::new()).collect();
        for offer in Offer::all::<M>(bounds) {
            if let machine_spec::Value::Variant(input) = &offer.value {
                kinds[input.position].push(offer);
            }
        }
        kinds.retain(|kind| !kind.is_empty());
        Self { kinds }
    }

    pub(super) fn run(&self, walks: u32, length: usize) -> Result<Compared, Box<Disagreement>> {
        let mut config =
            Config { cases: walks, failure_persistence: None, max_shrink_iters: 5_000, ..Config::default() };
        let seed = match config.rng_seed {
            RngSeed::Fixed(seed) => seed,
            RngSeed::Random => RandomState::new().hash_one(0),
        };
        config.rng_seed = RngSeed::Fixed(seed);
        let total = RefCell::new(Compared::default());
        let result = TestRunner::new(config).run(&vec(proptest::num::u32::ANY, 1..=length), |choices| {
            let mut comparison = Comparison::<M>::new();
            let walked = self.walk(&mut comparison, &choices, &mut Vec::new());
            total.borrow_mut().add(comparison.compared);
            walked.map_err(|disagreement| TestCaseError::fail(disagreement.what))
        });
        match result {
            Ok(()) | Err(TestError::Abort(_)) => Ok(total.into_inner()),
            Err(TestError::Fail(reason, shortest)) => Err(self.told(&shortest, seed, &reason.to_string())),
        }
    }

    /// The disagreement at the end of the shortest walk. If the generated code panics there, it does so again here.
    fn told(&self, shortest: &[u32], seed: u64, reason: &str) -> Box<Disagreement> {
        let mut path = Vec::new();
        let walked = self.walk(&mut Comparison::new(), shortest, &mut path);
        let mut disagreement = walked.err().unwrap_or_else(|| not_again::<M>(reason));
        let steps: String = path.iter().map(|step| format!("\n    {step}")).collect();
        disagreement.found_by =
            Some(format!("on the walk{steps}\nPROPTEST_RNG_SEED={seed} finds it again, and makes it as short as this"));
        disagreement
    }

    /// Every choice stands for some inputs that are offered until one is accepted.
    fn walk(
        &self,
        comparison: &mut Comparison<M>,
        choices: &[u32],
        path: &mut Vec<String>,
    ) -> Result<(), Box<Disagreement>> {
        let mut pair = comparison.initial()?;
        comparison.examine(&pair)?;
        for choice in choices {
            for number in 0..TRIES {
                let offer = self.chosen(u64::from(*choice) << 32 | u64::from(number));
                if let Some(next) = comparison.offer(&pair, offer)? {
                    path.push(offer.value.to_string());
                    comparison.examine(&next)?;
                    pair = next;
                    break;
                }
            }
        }
        Ok(())
    }

    fn chosen(&self, number: u64) -> &Offer<M::Input> {
        let number = mixed(number);
        let kind = &self.kinds[(number >> 32) as usize % self.kinds.len()];
        &kind[(number & u64::from(u32::MAX)) as usize % kind.len()]
    }
}

/// A walk that gives another answer when it is walked again.
fn not_again<M: Inspected>(reason: &str) -> Box<Disagreement> {
    Box::new(Disagreement {
        machine: M::SPEC.name,
        what: "the same walk, walked twice".to_owned(),
        state: Vec::new(),
        input: None,
        generated: reason.to_owned(),
        expected: "the same answer each time".to_owned(),
        found_by: None,
    })
}

impl Compared {
    fn add(&mut self, other: Self) {
        self.states += other.states;
        self.steps += other.steps;
        self.rejections += other.rejections;
    }
}
