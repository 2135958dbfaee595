//! Random walks, for bounds within which nobody can visit every state.
//!
//! A walk takes accepted inputs from the initial state on. Walks go where they have not been, by three habits:
//!
//! * of some inputs that are accepted a walk prefers the one whose transitions fired least so far;
//! * half of the walks set out from where an earlier one met a transition for the first time;
//! * most walks do without some kinds of inputs, as long as others are accepted: what fills a queue is not always undone
//!   by what empties it (Groce and others: Swarm testing, 2012).
//!
//! Every state and every step is judged, as
//! in a check: invariants, `always` properties, and what every machine promises. Bounds say which inputs are offered;
//! nothing else is held back, so counters go as high as a walk takes them.
//!
//! A walk that finds nothing proves nothing. What it finds is a violation whatever the bounds.

mod judge;
mod report;
mod shorten;

use std::collections::HashSet;
use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher, RandomState};
use std::marker::PhantomData;
use std::time::Instant;

use machine_spec::{Bounds, Machine, Sink};

use self::judge::{Broken, Judge};
pub use self::report::WalksReport;
use self::shorten::shortened;
use crate::bound_names;
use crate::check::CheckError;
use crate::coverage::Coverage;
use crate::random::Random;
use crate::slice::Slice;
use crate::slots::Promise;

/// How many inputs are drawn for one step before all of them are tried in turn.
const DRAWS: usize = 64;

/// Of how many accepted inputs a walk takes the rarest.
const CHOICES: usize = 8;

/// Random walks to be walked. The defaults: [`Bounds::default`], 100 walks of at most 200 steps, a seed that is drawn.
///
/// ```no_run
/// # fn walk<Light: machine_spec::Machine>() -> Result<(), model_check::CheckError> {
/// use model_check::Walks;
/// Walks::<Light>::new().with_bound("LampId", 50).steps(1_000).run()?.assert_holds();
/// # Ok(())
/// # }
/// ```
#[must_use = "nothing is walked until it is run"]
pub struct Walks<M: Machine> {
    bounds: Bounds,
    walks: usize,
    steps: usize,
    seed: Option<u64>,
    machine: PhantomData<fn() -> M>,
}

impl<M: Machine> Default for Walks<M> {
    fn default() -> Self {
        Self::new()
    }
}

impl<M: Machine> Walks<M> {
    /// Walks with the defaults.
    pub fn new() -> Self {
        Self { bounds: Bounds::default(), walks: 100, steps: 200, seed: None, machine: PhantomData }
    }

    /// Sets all bounds of what inputs are offered.
    pub fn bounds(self, bounds: Bounds) -> Self {
        Self { bounds, ..self }
    }

    /// Sets one bound by name, see [`Bounds::with`].
    pub fn with_bound(self, name: impl Into<String>, bound: u64) -> Self {
        Self { bounds: self.bounds.with(name, bound), ..self }
    }

    /// Sets how many walks there are.
    pub fn walks(self, walks: usize) -> Self {
        Self { walks, ..self }
    }

    /// Sets how many steps a walk takes at most from where it sets out. It takes fewer if it comes to a state in which no
    /// input is accepted.
    pub fn steps(self, steps: usize) -> Self {
        Self { steps, ..self }
    }

    /// Sets the seed. The same seed, bounds and numbers give the same walks.
    pub fn seed(self, seed: u64) -> Self {
        Self { seed: Some(seed), ..self }
    }

    /// Walks until something is violated, or all walks are over.
    ///
    /// # Errors
    /// [`CheckError::UnknownBound`] if a bound has a name that the machine does not have.
    pub fn run(self) -> Result<WalksReport, CheckError> {
        bound_names::verify(M::SPEC, &self.bounds)?;
        let start = Instant::now();
        let seed = self.seed.unwrap_or_else(|| RandomState::new().hash_one(0));
        let mut walker = Walker::<M>::new(&self.bounds, seed);
        let mut walked = 0;
        let mut broken = None;
        while broken.is_none() && walked < self.walks {
            broken = walker.walk(self.steps);
            walked += 1;
        }
        let slice = Slice::whole(M::SPEC);
        Ok(WalksReport {
            machine: M::SPEC.name,
            place: M::SPEC.place,
            bounds: self.bounds,
            seed,
            walks: walked,
            length: self.steps,
            steps: walker.steps,
            ended_early: walker.ended_early,
            states: walker.visited.len(),
            witnessed: walker.judge.witnessed(),
            unwitnessed: walker.judge.unwitnessed(),
            coverage: Coverage::measure(M::SPEC, &slice, &walker.judge.observed),
            violation: broken.map(|(broken, path)| judge::finding::<M>(broken, &shortened::<M>(broken, path))),
            elapsed: start.elapsed(),
        })
    }
}

/// Walks, and remembers what was met on the way.
struct Walker<M: Machine> {
    /// By kind: else the kinds with the most payloads would crowd out the others.
    kinds: Vec<Vec<M::Input>>,
    random: Random,
    judge: Judge<M>,
    visited: HashSet<u64>,
    /// The kinds of inputs that this walk draws from.
    drawn: Vec<usize>,
    /// Ways to where a transition fired for the first time.
    outposts: Vec<Vec<M::Input>>,
    steps: u64,
    ended_early: usize,
}

/// An accepted input, what it comes to, and how often the rarest of its transitions fired before.
struct Step<M: Machine> {
    input: M::Input,
    next: M::Authority,
    trail: Trail,
    fired_before: u64,
}

/// What a step did, by index.
#[derive(Default)]
pub(crate) struct Trail {
    fired: Vec<usize>,
    emitted: Vec<usize>,
}

impl<M: Machine> Sink<M> for Trail {
    fn effect(&mut self, effect: M::Effect) {
        self.emitted.push(M::effect_index(&effect));
    }

    fn fired(&mut self, transition: M::Transition) {
        self.fired.push(M::transition_index(transition));
    }
}

/// What is broken, and the inputs up to there.
type Violation<M> = (Broken, Vec<<M as Machine>::Input>);

/// The step of an input, if it is accepted; or the promise that it breaks.
type Offered<M> = Result<Option<Step<M>>, (Broken, <M as Machine>::Input)>;

impl<M: Machine> Walker<M> {
    fn new(bounds: &Bounds, seed: u64) -> Self {
        let mut kinds: Vec<Vec<_>> = M::SPEC.inputs.iter().map(|_| Vec::new()).collect();
        M::inputs_within(bounds).into_iter().for_each(|input| kinds[M::input_index(&input)].push(input));
        kinds.retain(|kind| !kind.is_empty());
        let (random, judge) = (Random::new(seed), Judge::new());
        Self {
            kinds,
            random,
            judge,
            visited: HashSet::new(),
            drawn: Vec::new(),
            outposts: Vec::new(),
            steps: 0,
            ended_early: 0,
        }
    }

    /// One walk. Gives what it breaks, with the inputs up to there.
    fn walk(&mut self, steps: usize) -> Option<Violation<M>> {
        let (mut authority, mut path) = self.set_out();
        if let Some(broken) = self.arrive(&authority) {
            return Some((broken, path));
        }
        for _ in 0..steps {
            let step = match self.choose(&authority) {
                Ok(Some(step)) => step,
                Ok(None) => {
                    self.ended_early += 1;
                    break;
                }
                Err((broken, input)) => {
                    path.push(input);
                    return Some((broken, path));
                }
            };
            path.push(step.input);
            if step.fired_before == 0 {
                self.outposts.push(path.clone());
            }
            self.steps += 1;
            self.judge.note(&step.trail);
            let broken = self.judge.step(M::state(&authority), M::state(&step.next));
            authority = step.next;
            if let Some(broken) = broken.or_else(|| self.arrive(&authority)) {
                return Some((broken, path));
            }
        }
        None
    }

    /// Where a walk begins, and the way there.
    fn set_out(&mut self) -> (M::Authority, Vec<M::Input>) {
        let (mut authority, mut path) = (M::initial(), Vec::new());
        // All kinds, three quarters of them, half of them or a quarter.
        let kept = 1 + self.random.below(4);
        self.drawn = (0..self.kinds.len()).filter(|_| self.random.below(4) < kept).collect();
        if !self.outposts.is_empty() && self.random.below(2) == 0 {
            path.clone_from(&self.outposts[self.random.below(self.outposts.len())]);
        }
        // These steps were accepted and judged before. If the machine answers otherwise now, the way ends there.
        let refused = path.iter().position(|input| M::apply(&mut authority, input, &mut ()).is_err());
        path.truncate(refused.unwrap_or(path.len()));
        (authority, path)
    }

    fn arrive(&mut self, authority: &M::Authority) -> Option<Broken> {
        self.visited.insert(BuildHasherDefault::<DefaultHasher>::default().hash_one(authority));
        self.judge.state(M::state(authority))
    }

    /// The rarest of some inputs that are accepted here; none if no input is. The error is a broken promise.
    fn choose(&mut self, authority: &M::Authority) -> Offered<M> {
        // A rejected input leaves the copy as it was, so that the next one can be offered to it as well.
        let mut copy = authority.clone();
        let mut chosen: Option<Step<M>> = None;
        let mut accepted = 0;
        for _ in 0..DRAWS {
            if self.drawn.is_empty() || accepted == CHOICES {
                break;
            }
            let kind = self.drawn[self.random.below(self.drawn.len())];
            let position = self.random.below(self.kinds[kind].len());
            let Some(step) = self.offer(authority, &mut copy, (kind, position))? else { continue };
            accepted += 1;
            if chosen.as_ref().is_none_or(|best| step.fired_before < best.fired_before) {
                chosen = Some(step);
            }
        }
        if chosen.is_some() { Ok(chosen) } else { self.any(authority, &mut copy) }
    }

    /// An input that is accepted here, where few are: all are tried, from a random one on.
    fn any(&mut self, authority: &M::Authority, copy: &mut M::Authority) -> Offered<M> {
        let of_kind = |(kind, inputs): (usize, &Vec<M::Input>)| (0..inputs.len()).map(move |position| (kind, position));
        let mut all: Vec<(usize, usize)> = self.kinds.iter().enumerate().flat_map(of_kind).collect();
        if !all.is_empty() {
            let first = self.random.below(all.len());
            all.rotate_left(first);
        }
        for which in all {
            if let Some(step) = self.offer(authority, copy, which)? {
                return Ok(Some(step));
            }
        }
        Ok(None)
    }

    /// Offers an input by its kind and its position to a copy of the state, which is one afterwards as well.
    fn offer(&mut self, authority: &M::Authority, copy: &mut M::Authority, which: (usize, usize)) -> Offered<M> {
        let input = &self.kinds[which.0][which.1];
        let mut trail = Trail::default();
        let accepted = M::apply(copy, input, &mut trail).is_ok();
        if let Some(broken) = self.judge.answer(authority, input, accepted) {
            return Err((broken, input.clone()));
        }
        if !accepted {
            let is_untouched = copy == authority && trail.emitted.is_empty() && trail.fired.is_empty();
            let broken = Broken::Promise(Promise::RejectionsChangeNothing);
            return if is_untouched { Ok(None) } else { Err((broken, input.clone())) };
        }
        let fired_before = trail.fired.iter().map(|transition| self.judge.fired(*transition)).min().unwrap_or(0);
        let next = std::mem::replace(copy, authority.clone());
        Ok(Some(Step { input: input.clone(), next, trail, fired_before }))
    }
}
