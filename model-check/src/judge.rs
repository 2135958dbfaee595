//! Verdicts: from the explored graph to one finding per claim.
//!
//! What a verdict means when the run was cut off or steps were clipped:
//!
//! * A trace is a run of the machine whatever was left out. So a violated invariant, `always` or promise stays
//!   violated, and a witnessed `reachable` stays proved. Everything else of a cut-off run is unknown.
//! * Clipping takes steps away and adds none. To a `possible` it can do one thing only: hide a way out that leads
//!   through a state outside of the bounds. That is a false alarm and never a false proof about the states within the
//!   bounds; a violation says when clipped steps are near. The same goes for a `reachable`.
//! * A `leads_to` is about fair runs that stay within the bounds. A run that violates it is one of the machine whatever
//!   was left out, because an input that leads out of the bounds, or has payload just beyond them, counts as possible. A
//!   run that fairness drives out of the bounds may or may not get what it waits for; if there is one, and none that
//!   stays and waits for ever, the verdict is unknown. In a slice the same goes for a fair input that may change nothing
//!   but what is outside of it.

use machine_spec::Machine;
use machine_spec::spec::{FairnessSpec, PropertyKind, PropertySpec, Strength};
use petgraph::graph::EdgeIndex;

use crate::agreement::Agreement;
use crate::display::counted;
use crate::fair_inputs::FairInputs;
use crate::graph::StateGraph;
use crate::liveness::{Arena, Assumption, Lasso, Question, Unseen};
use crate::renaming::Renaming;
use crate::report::{Claim, Counterexample, Finding, Verdict};
use crate::retrace::Retrace;
use crate::slice::Slice;
use crate::slots::{Promise, Slots};

/// Judges one finished run.
pub(crate) struct Judge<'run, M: Machine> {
    pub(crate) graph: &'run StateGraph,
    pub(crate) inputs: &'run [M::Input],
    pub(crate) bounds: &'run machine_spec::Bounds,
    pub(crate) slice: &'run Slice,
    pub(crate) fair: &'run FairInputs<M>,
    pub(crate) renaming: &'run Renaming,
    pub(crate) was_cut_off: bool,
    pub(crate) cross_check: bool,
}

impl<M: Machine> Judge<'_, M> {
    pub(crate) fn findings(&self) -> Vec<Finding> {
        let promises = Promise::ALL.iter().filter(|promise| self.cross_check || !promise.needs_cross_check());
        let promised = promises.map(|promise| Finding {
            claim: Claim::Promised(*promise),
            sentence: promise.sentence(),
            place: M::SPEC.place,
            verdict: self.promise(*promise),
        });
        let properties = self.slice.properties.iter().map(|index| (*index, &M::SPEC.properties[*index]));
        let declared = properties.map(|(index, property)| Finding {
            claim: Claim::Declared(property.kind),
            sentence: property.sentence,
            place: property.place,
            verdict: self.property(index, property),
        });
        promised.chain(declared).collect()
    }

    fn property(&self, index: usize, property: &PropertySpec) -> Verdict {
        match property.kind {
            PropertyKind::Invariant => self.invariant(index, property),
            PropertyKind::Always => self.always(index, property),
            PropertyKind::Reachable => self.reachable(index),
            PropertyKind::Possible => self.possible(index, property),
            PropertyKind::LeadsTo => self.leads_to(index, property),
        }
    }

    fn invariant(&self, index: usize, property: &PropertySpec) -> Verdict {
        let Some(state) = self.graph.nearest(Slots::new(M::SPEC).property(index)) else {
            return self.nothing_found();
        };
        let replay = self.run_to(state).replay;
        Verdict::violated(Counterexample {
            values: replay.values_at(property.reads),
            trace: Some(replay.trace),
            remarks: Vec::new(),
        })
    }

    fn always(&self, index: usize, property: &PropertySpec) -> Verdict {
        let Some(state) = self.graph.nearest(Slots::new(M::SPEC).property(index)) else {
            return self.nothing_found();
        };
        let mut run = self.run_to(state);
        let violating = run.inputs().into_iter().find(|input| {
            let next = run.next(input);
            next.is_some_and(|next| !M::evaluate(index, M::state(&run.replay.authority), M::state(&next)).holds())
        });
        let mut replay = run.replay;
        let remark = match violating {
            Some(input) => {
                replay.offer(&input);
                "the last step violates it"
            }
            None => "a step in which nothing changes violates it, such as one of other regions",
        };
        Verdict::violated(Counterexample {
            values: replay.values_at(property.reads),
            trace: Some(replay.trace),
            remarks: vec![remark.to_owned()],
        })
    }

    fn reachable(&self, index: usize) -> Verdict {
        if let Some(state) = self.graph.nearest(Slots::new(M::SPEC).property(index)) {
            return Verdict::Proved { witness: Some(self.graph.trace_to(state).len()) };
        }
        if self.was_cut_off {
            return Verdict::Unknown;
        }
        let mut remarks = vec![format!("it holds in none of the {} states within the bounds", self.graph.states())];
        let clipped = self.graph.counts.clipped;
        if clipped > 0 {
            remarks.push(format!("{} out of the bounds: it may hold beyond them", counted(clipped, "step")));
        }
        Verdict::violated(Counterexample { remarks, ..Counterexample::default() })
    }

    fn possible(&self, index: usize, property: &PropertySpec) -> Verdict {
        if self.was_cut_off {
            return Verdict::Unknown;
        }
        let slots = Slots::new(M::SPEC);
        let Some(state) = self.graph.nearest_trapped(slots.property(index), slots.conclusion(index)) else {
            return Verdict::proved();
        };
        let (reached, clipped) = self.graph.reach(state, slots.clipped());
        let mut remarks = vec![match reached {
            1 => format!("no step leads out of this state, and it is no state with: {}", property.text),
            _ => format!(
                "{reached} states can be reached from here, itself included, and none is one with: {}",
                property.text
            ),
        }];
        if clipped > 0 {
            remarks.push(format!(
                "a step leaves the bounds from {clipped} of them: there may be a way through states beyond"
            ));
        }
        let replay = self.run_to(state).replay;
        let values = replay.values_at(property.reads);
        Verdict::violated(Counterexample { values, trace: Some(replay.trace), remarks })
    }

    fn leads_to(&self, index: usize, property: &PropertySpec) -> Verdict {
        let slots = Slots::new(M::SPEC);
        let waiting = self.graph.depths_of(slots.property(index));
        let open: Vec<bool> = self.graph.marked(slots.conclusion(index)).into_iter().map(|holds| !holds).collect();
        let (arena, question) = (self.arena(), Question { open: &open, waiting: &waiting });
        if let Some(lasso) = arena.lasso(&question) {
            return Verdict::violated(self.endless(&arena, &lasso, property));
        }
        let is_unsettled = || arena.is_violated(&question, Unseen::Counts);
        if self.was_cut_off || is_unsettled() { Verdict::Unknown } else { Verdict::proved() }
    }

    fn arena(&self) -> Arena<'_> {
        let slots = Slots::new(M::SPEC);
        let assumption = |(number, fairness): (usize, &FairnessSpec)| Assumption {
            strength: fairness.strength,
            possible: self.graph.marked(slots.possible(number)),
            unseen: self.graph.marked(slots.unseen(number)),
        };
        let assumptions = M::SPEC.fairness.iter().enumerate().map(assumption).collect();
        Arena { graph: self.graph.edges(), assumption_of: &self.fair.assumption_of, assumptions }
    }

    /// A run that waits for ever, and why it is fair.
    fn endless(&self, arena: &Arena<'_>, lasso: &Lasso, property: &PropertySpec) -> Counterexample {
        let mut run = self.run_to(lasso.start);
        let waits = run.replay.trace.steps.len();
        let inputs = |edges: &[EdgeIndex]| edges.iter().map(|edge| arena.graph[*edge]).collect::<Vec<u32>>();
        run.follow(inputs(&lasso.lead));
        let values = run.replay.values_at(property.reads);
        let (repeats, is_newer) = run.go_round(&inputs(&lasso.cycle));
        run.replay.trace.repeats = Some(repeats);
        run.replay.trace.renews = is_newer;
        let from = if waits == 0 { "the start".to_owned() } else { format!("step {waits}") };
        let mut remarks = vec![format!("from {from} on it waits for ever for: {}", property.text)];
        if is_newer {
            let epochs = self.renaming.types(M::SPEC).epochs.join(", ");
            remarks.push(format!("what repeats has newer epochs each time ({epochs})"));
        }
        let fair =
            M::SPEC.fairness.iter().enumerate().filter(|(_, fairness)| self.slice.has_input(M::SPEC, fairness.input));
        remarks.extend(fair.map(|(number, fairness)| {
            let (input, strength) = (M::SPEC.inputs[fairness.input].name, fairness.strength);
            let is_taken =
                lasso.cycle.iter().any(|edge| self.fair.assumption_of[arena.graph[*edge] as usize] == Some(number));
            let why = match (is_taken, strength) {
                (true, _) => "is taken again and again",
                (false, Strength::Weak) => "is impossible again and again",
                (false, Strength::Strong) => "is impossible all the time",
            };
            format!("{input} is {strength}, and {why}")
        }));
        Counterexample { trace: Some(run.replay.trace), values, remarks }
    }

    fn promise(&self, promise: Promise) -> Verdict {
        let Some(state) = self.graph.nearest(Slots::new(M::SPEC).promise(promise)) else {
            return self.nothing_found();
        };
        let mut run = self.run_to(state);
        let inputs = run.inputs();
        let mut replay = run.replay;
        let broken = inputs.into_iter().find_map(|input| {
            let remark = breach::<M>(promise, &replay.authority, &input)?;
            Some((input, remark))
        });
        let remarks = broken.map_or_else(Vec::new, |(input, remark)| {
            replay.offer(&input);
            vec![remark]
        });
        Verdict::violated(Counterexample { trace: Some(replay.trace), values: Vec::new(), remarks })
    }

    /// The verdict on a claim of which no state and no step is a counterexample.
    fn nothing_found(&self) -> Verdict {
        if self.was_cut_off { Verdict::Unknown } else { Verdict::proved() }
    }

    fn run_to(&self, state: usize) -> Retrace<'_, M> {
        let mut run = Retrace::new(self.inputs, self.bounds, self.slice, self.renaming);
        run.follow(self.graph.trace_to(state));
        run
    }
}

/// How an input breaks a promise in this state, in words.
pub(crate) fn breach<M: Machine>(promise: Promise, authority: &M::Authority, input: &M::Input) -> Option<String> {
    let mut next = authority.clone();
    let mut effects = Vec::new();
    let accepted = M::apply(&mut next, input, &mut effects).is_ok();
    let (agreement, explanation) = (Agreement::new(M::SPEC), M::explain(M::state(authority), input));
    match promise {
        Promise::Deterministic => {
            let overlap = agreement.overlap(&explanation)?;
            let [first, second] = [overlap.first, overlap.second].map(|index| &M::SPEC.transitions[index]);
            let instance =
                if overlap.instance.is_empty() { String::new() } else { format!(" for {}", overlap.instance) };
            Some(format!(
                "the last input is accepted{instance} by {} ({}) and by {} ({})",
                first.name, first.place, second.name, second.place
            ))
        }
        Promise::Explained => {
            let expected = agreement.accepts(&explanation, M::input_index(input));
            let verb = |accepts: bool| if accepts { "accepts" } else { "rejects" };
            (expected != accepted)
                .then(|| format!("apply {} the last input, explain says that it {} it", verb(accepted), verb(expected)))
        }
        Promise::RejectionsChangeNothing => (!accepted && (next != *authority || !effects.is_empty()))
            .then(|| "the last input is rejected, and yet there is a change or an effect".to_owned()),
    }
}
