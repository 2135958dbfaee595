//! Visits states: judges each, offers it every input, and hands out where the accepted ones lead.

use machine_spec::spec::PropertyKind;
use machine_spec::{Bounds, Machine, ResolvedBounds, Sink, Unpacker};

use super::contest::Contest;
use super::duties::{Duties, Kind};
use super::states::{are_same, widened};
use super::table::{self, SHARDS};
use super::writer::Writer;
use crate::agreement::Agreement;
use crate::fair_inputs::FairInputs;
use crate::record::{Counts, guard_offset};
use crate::renaming::Renaming;
use crate::slice::Slice;
use crate::slots::{Promise, Slots};

/// What all workers share.
pub(super) struct Task<'run, M: Machine> {
    pub(super) inputs: &'run [M::Input],
    pub(super) bounds: ResolvedBounds,
    pub(super) slice: &'run Slice,
    pub(super) renaming: &'run Renaming,
    pub(super) fair: &'run FairInputs<M>,
    pub(super) cross_check: bool,
    pub(super) duties: Duties,
    pub(super) slots: Slots,
    pub(super) agreement: Agreement,
    /// Where the guards of each transition start among all guards.
    pub(super) guard_offsets: Vec<usize>,
    /// By transition: its region belongs to the slice.
    is_inside: Vec<bool>,
}

impl<'run, M: Machine> Task<'run, M> {
    pub(super) fn new(
        (inputs, bounds): (&'run [M::Input], &'run Bounds),
        (slice, renaming): (&'run Slice, &'run Renaming),
        fair: &'run FairInputs<M>,
        cross_check: bool,
    ) -> Self {
        Self {
            inputs,
            bounds: bounds.resolved(M::SPEC),
            slice,
            renaming,
            fair,
            cross_check,
            duties: Duties::new::<M>(slice, inputs),
            slots: Slots::new(M::SPEC),
            agreement: Agreement::new(M::SPEC),
            is_inside: M::SPEC.transitions.iter().map(|one| slice.has_region(one.region)).collect(),
            guard_offsets: (0..M::SPEC.transitions.len()).map(|index| guard_offset(M::SPEC, index)).collect(),
        }
    }
}

/// What was seen to occur somewhere. Flags only go up.
#[derive(Clone)]
pub(super) struct Seen {
    /// By property: its premise held.
    pub(super) premises: Vec<bool>,
    /// By guard: it failed.
    pub(super) failed_guards: Vec<bool>,
    /// By property: a state in which a `reachable` holds.
    pub(super) reached: Vec<bool>,
}

impl Seen {
    pub(super) fn add(&mut self, other: &Self) {
        let pairs = [
            (&mut self.premises, &other.premises),
            (&mut self.failed_guards, &other.failed_guards),
            (&mut self.reached, &other.reached),
        ];
        for (all, more) in pairs {
            all.iter_mut().zip(more).for_each(|(one, more)| *one |= more);
        }
    }
}

/// Where accepted inputs lead, in the order of the states and inputs they come from.
pub(super) struct Steps {
    /// The states behind the steps, `stride` words each.
    words: Vec<u64>,
    stride: usize,
    pub(super) inputs: Vec<u32>,
    /// By visited state: where its steps end.
    pub(super) ends: Vec<u32>,
    /// By table: the hashes that it has to look up, each with its step.
    pub(super) shards: [Vec<(u32, u32)>; SHARDS],
}

impl Steps {
    fn new() -> Self {
        Self { words: Vec::new(), stride: 1, inputs: Vec::new(), ends: Vec::new(), shards: Default::default() }
    }

    fn clear(&mut self) {
        self.words.clear();
        self.inputs.clear();
        self.ends.clear();
        self.shards.iter_mut().for_each(Vec::clear);
    }

    pub(super) fn stride(&self) -> usize {
        self.stride
    }

    /// Makes room for states of so many words.
    pub(super) fn widen(&mut self, stride: usize) {
        if stride > self.stride {
            self.words = widened(&self.words, self.stride, stride);
            self.stride = stride;
        }
    }

    #[inline]
    pub(super) fn words(&self, step: u32) -> &[u64] {
        &self.words[step as usize * self.stride..][..self.stride]
    }

    fn push(&mut self, input: u32, words: &[u64]) {
        self.widen(words.len());
        // Word by word: they are too few to call for a copy.
        words.iter().for_each(|word| self.words.push(*word));
        (words.len()..self.stride).for_each(|_| self.words.push(0));
        let (table, hash) = table::hash(words);
        self.shards[table].push((hash, self.inputs.len() as u32));
        self.inputs.push(input);
    }
}

/// One thread's share of the work: its scratch states, and what it found.
pub(super) struct Worker<'run, M: Machine> {
    state: M::State,
    /// Equal to `state` between two inputs.
    next: M::State,
    /// By region: its phase in `state`, as one bit.
    phases: Vec<u64>,
    /// Where the bits of each region of the slice start in those of `state`, and where the last ones end.
    places: Vec<usize>,
    pub(super) writer: Writer<'run>,
    contest: Contest,
    /// By kind of input: some guard was not seen to fail.
    explains: Vec<bool>,
    pub(super) steps: Steps,
    pub(super) counts: Counts,
    pub(super) seen: Seen,
    /// States and their marks.
    pub(super) marks: Vec<(u32, usize)>,
}

impl<'run, M: Machine> Worker<'run, M> {
    pub(super) fn new(task: &Task<'run, M>, seen: Seen) -> Self {
        let state = M::state(&M::initial()).clone();
        Self {
            next: state.clone(),
            state,
            phases: vec![0; M::SPEC.regions.len()],
            places: Vec::new(),
            writer: Writer::new(task.slice, task.renaming),
            contest: Contest::default(),
            explains: Vec::new(),
            steps: Steps::new(),
            counts: Counts::new(M::SPEC),
            seen,
            marks: Vec::new(),
        }
    }

    /// Forgets what was handed out.
    pub(super) fn clear(&mut self, task: &Task<'_, M>, seen: &Seen) {
        self.steps.clear();
        self.marks.clear();
        self.seen.clone_from(seen);
        let is_open = |kind: &Kind| kind.guards.iter().any(|guard| !seen.failed_guards[*guard]);
        self.explains.clear();
        self.explains.extend(task.duties.kinds.iter().map(|kind| task.cross_check || is_open(kind)));
    }

    /// Visits the state with this number, which was met by this input.
    pub(super) fn visit(&mut self, task: &Task<'_, M>, number: u32, words: &[u64], by: Option<u32>) {
        self.load(task, words);
        self.judge_state(task, number, by.map(|input| task.duties.kind_of(input)));
        for (index, kind) in task.duties.kinds.iter().enumerate() {
            if task.cross_check || kind.may_be_accepted(&self.phases) {
                self.offer(task, (number, words), kind, self.explains[index]);
            }
        }
        self.look_beyond(task, number);
        self.steps.ends.push(self.steps.inputs.len() as u32);
    }

    fn load(&mut self, task: &Task<'_, M>, words: &[u64]) {
        let mut unpacker = Unpacker::new(words);
        self.places.clear();
        for region in &task.slice.regions {
            self.places.push(unpacker.position());
            M::unpack_region(&mut self.state, *region, &mut unpacker);
            M::copy_region(&self.state, &mut self.next, *region);
            self.phases[*region] = 1 << M::phase_index(&self.state, *region).min(63);
        }
        self.places.push(unpacker.position());
        self.writer.start_from::<M>(&self.state);
    }

    fn mark(&mut self, number: u32, slot: usize) {
        self.marks.push((number, slot));
    }

    /// Evaluates the properties that speak about one state, and the others over a step that changes nothing.
    fn judge_state(&mut self, task: &Task<'_, M>, number: u32, kind: Option<&Kind>) {
        for index in kind.map_or(&task.duties.states, |kind| &kind.state_properties) {
            let kind = M::SPEC.properties[*index].kind;
            if kind == PropertyKind::Reachable && self.seen.reached[*index] {
                continue;
            }
            let evaluation = M::evaluate(*index, &self.state, &self.state);
            // Over a step in which nothing happens an `always` does not witness its premise.
            self.seen.premises[*index] |= evaluation.premise && kind != PropertyKind::Always;
            let marked = match kind {
                PropertyKind::Reachable => evaluation.premise && evaluation.claim,
                _ => !evaluation.holds(),
            };
            if marked {
                self.seen.reached[*index] |= kind == PropertyKind::Reachable;
                self.mark(number, task.slots.property(*index));
            }
        }
        for index in &task.duties.graphs {
            let evaluation = M::evaluate(*index, &self.state, &self.state);
            self.seen.premises[*index] |= evaluation.premise;
            let is_possible = M::SPEC.properties[*index].kind == PropertyKind::Possible;
            if evaluation.premise && (is_possible || !evaluation.claim) {
                self.mark(number, task.slots.property(*index));
            }
            if evaluation.claim {
                self.mark(number, task.slots.conclusion(*index));
            }
        }
    }

    /// Evaluates the properties that speak about a step.
    fn judge_step(&mut self, task: &Task<'_, M>, number: u32, kind: &Kind) {
        for index in &task.duties.steps {
            if self.seen.premises[*index] && !kind.step_properties.contains(index) {
                continue;
            }
            let evaluation = M::evaluate(*index, &self.state, &self.next);
            self.seen.premises[*index] |= evaluation.premise;
            if !evaluation.holds() {
                self.mark(number, task.slots.property(*index));
            }
        }
    }

    /// Offers every input of a kind.
    fn offer(&mut self, task: &Task<'_, M>, (number, words): (u32, &[u64]), kind: &Kind, explains: bool) {
        let may_overlap = kind.may_overlap(&self.phases);
        for input_number in kind.inputs.clone() {
            let input = &task.inputs[input_number as usize];
            let mut trail = Trail::new(&mut self.counts, &task.is_inside);
            let accepted = M::step(&mut self.next, input, &mut trail).is_ok();
            let (events, effects) = (trail.events, trail.effects);
            if explains || (may_overlap && accepted) {
                self.examine(task, number, input, accepted);
            }
            if accepted {
                let is_step = self.follow(task, (number, words), input_number, kind);
                self.counts.effects += if is_step { effects } else { 0 };
                for region in &kind.regions {
                    M::copy_region(&self.state, &mut self.next, *region);
                }
            } else if events > 0 || (task.cross_check && self.next != self.state) {
                self.mark(number, task.slots.promise(Promise::RejectionsChangeNothing));
                self.next.clone_from(&self.state);
            }
        }
    }

    /// Tries every transition on an input: notes which guards fail, and marks the state if two transitions accept.
    fn examine(&mut self, task: &Task<'_, M>, number: u32, input: &M::Input, accepted: bool) {
        let mut trials = self.contest.trials(&task.agreement, &task.guard_offsets, &mut self.seen.failed_guards);
        M::examine(&self.state, input, &mut trials);
        let is_doubtful = accepted && self.contest.is_doubtful();
        if !is_doubtful && !task.cross_check {
            return;
        }
        let explanation = M::explain(&self.state, input);
        if is_doubtful && task.agreement.overlap(&explanation).is_some() {
            self.mark(number, task.slots.promise(Promise::Deterministic));
        } else if task.cross_check && task.agreement.accepts(&explanation, M::input_index(input)) != accepted {
            self.mark(number, task.slots.promise(Promise::Explained));
        }
    }

    /// Hands out the state that an accepted input leads to; whether it is within the bounds.
    fn follow(&mut self, task: &Task<'_, M>, (number, words): (u32, &[u64]), input: u32, kind: &Kind) -> bool {
        let assumption = task.fair.assumption_of[input as usize];
        let is_within = |region: &usize| M::is_region_within(&self.next, *region, &task.bounds);
        if !kind.inside.iter().all(is_within) || !self.writer.find::<M>(&self.next) {
            self.counts.clipped += 1;
            if task.duties.need_edges() {
                self.mark(number, task.slots.clipped());
            }
            assumption.into_iter().for_each(|assumption| self.note(task, number, assumption, Change::Unfollowed));
            return false;
        }
        self.counts.steps += 1;
        if !task.duties.steps.is_empty() {
            self.judge_step(task, number, kind);
        }
        let renames = self.writer.renames();
        let next = self.writer.step::<M>(&self.next, &kind.pieces, (words, &self.places));
        // Another state that is called the same is a change, and a step from the state to itself.
        let agrees = |region: &usize| M::agree_on_region(&self.state, &self.next, *region);
        let is_same = if renames { kind.regions.iter().all(agrees) } else { are_same(next, words) };
        if !is_same {
            self.steps.push(input, next);
        }
        let change = if is_same { Change::Nothing } else { Change::Followed };
        assumption.into_iter().for_each(|assumption| self.note(task, number, assumption, change));
        true
    }

    /// Notes that the input of a fairness assumption was accepted, whether it changes something, and whether its step
    /// is followed.
    fn note(&mut self, task: &Task<'_, M>, number: u32, assumption: usize, change: Change) {
        if change != Change::Nothing {
            self.mark(number, task.slots.possible(assumption));
        }
        if change == Change::Unfollowed || (change == Change::Nothing && task.fair.is_shared(assumption)) {
            self.mark(number, task.slots.unseen(assumption));
        }
    }

    /// Offers the inputs of fairness assumptions with payload just beyond the bounds: whether one of them is possible
    /// must not depend on how many values the bounds leave to its payload.
    fn look_beyond(&mut self, task: &Task<'_, M>, number: u32) {
        for (assumption, input) in &task.fair.beyond {
            if M::step(&mut self.next, input, &mut ()).is_ok() {
                let mut regions = task.slice.regions.iter();
                let changes = !regions.all(|region| M::agree_on_region(&self.state, &self.next, *region));
                self.note(task, number, *assumption, if changes { Change::Unfollowed } else { Change::Nothing });
                self.next.clone_from(&self.state);
            }
        }
    }
}

/// What an accepted input comes to.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Change {
    Nothing,
    Followed,
    Unfollowed,
}

/// Counts the transitions of the slice that fire, and the effects that follow each of them.
struct Trail<'worker> {
    counts: &'worker mut Counts,
    /// By transition: its region belongs to the slice.
    is_inside: &'worker [bool],
    counts_effects: bool,
    events: u32,
    /// Those of the slice.
    effects: u64,
}

impl<'worker> Trail<'worker> {
    fn new(counts: &'worker mut Counts, is_inside: &'worker [bool]) -> Self {
        Self { counts, is_inside, counts_effects: false, events: 0, effects: 0 }
    }
}

impl<M: Machine> Sink<M> for Trail<'_> {
    #[inline]
    fn effect(&mut self, effect: M::Effect) {
        self.events += 1;
        if self.counts_effects {
            self.counts.emitted[M::effect_index(&effect)] += 1;
            self.effects += 1;
        }
    }

    #[inline]
    fn fired(&mut self, transition: M::Transition) {
        self.events += 1;
        let index = M::transition_index(transition);
        self.counts_effects = self.is_inside[index];
        if self.counts_effects {
            self.counts.fired[index] += 1;
        }
    }
}
