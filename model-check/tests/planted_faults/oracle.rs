//! A second, plain search: it keeps whole states, and tries out what the checker computes.

use std::collections::{HashMap, HashSet, VecDeque};

use machine_spec::spec::{Destination, PropertyKind, Strength};
use machine_spec::{Bounds, GuardOutcome, Machine, Outcome, Sink};
use model_check::{GapKind, Promise, Trace};

/// A claim that does not hold.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Broken {
    pub(crate) sentence: &'static str,
    /// How many steps lead there at least.
    pub(crate) length: Option<Length>,
}

/// The length of a shortest way to a violation.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Length {
    /// Of a trace.
    Trace(usize),
    /// To a cycle of a run that waits for ever.
    Cycle(usize),
    /// To a state in which a run may wait for ever.
    Rest(usize),
    /// To a cycle, and to a state to rest in, if there is one. Which of the two is shown is a matter of taste.
    CycleOrRest(usize, Option<usize>),
}

impl PartialEq for Length {
    fn eq(&self, other: &Self) -> bool {
        match (*self, *other) {
            (Self::Trace(one), Self::Trace(other)) => one == other,
            (Self::Cycle(one), Self::CycleOrRest(cycle, _)) => one == cycle,
            (Self::Rest(one), Self::CycleOrRest(_, rest)) => Some(one) == rest,
            _ => false,
        }
    }
}

/// What the search saw.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Seen {
    pub(crate) states: usize,
    pub(crate) broken: Vec<Broken>,
    pub(crate) gaps: Vec<(GapKind, String)>,
}

/// The part of a machine within bounds, with every state in full. States are in the order of their distance.
struct Graph<M: Machine> {
    states: Vec<M::Authority>,
    depths: Vec<usize>,
    /// From, to, and the index of the input's kind; self-loops are kept.
    edges: Vec<(usize, usize, usize)>,
    /// By state: the kinds of inputs that would change it, wherever that leads.
    possible: Vec<HashSet<usize>>,
    fired: HashSet<usize>,
    emitted: HashSet<usize>,
    /// Transitions and positions of guards that failed.
    failed: HashSet<(usize, usize)>,
    overlap: Option<usize>,
}

#[derive(Default)]
struct Trail {
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

impl<M: Machine> Graph<M> {
    fn explore(bounds: &Bounds) -> Self {
        let mut graph = Self {
            states: vec![M::initial()],
            depths: vec![0],
            edges: Vec::new(),
            possible: Vec::new(),
            fired: HashSet::new(),
            emitted: HashSet::new(),
            failed: HashSet::new(),
            overlap: None,
        };
        let mut numbers = HashMap::from([(M::initial(), 0)]);
        let (inputs, beyond) = (M::inputs_within(bounds), M::inputs_within(&bounds.widened()));
        let bounds = bounds.resolved(M::SPEC);
        let mut at = 0;
        while at < graph.states.len() {
            let authority = graph.states[at].clone();
            for input in &inputs {
                graph.explain(at, &authority, input);
                let (mut next, mut trail) = (authority.clone(), Trail::default());
                if M::apply(&mut next, input, &mut trail).is_err() {
                    continue;
                }
                graph.fired.extend(trail.fired);
                graph.emitted.extend(trail.emitted);
                if M::is_within(M::state(&next), &bounds) {
                    let number = *numbers.entry(next.clone()).or_insert_with(|| {
                        graph.states.push(next);
                        graph.depths.push(graph.depths[at] + 1);
                        graph.states.len() - 1
                    });
                    graph.edges.push((at, number, M::input_index(input)));
                }
            }
            let changes = |input: &&M::Input| {
                let mut next = authority.clone();
                M::apply(&mut next, input, &mut ()).is_ok() && next != authority
            };
            graph.possible.push(beyond.iter().filter(changes).map(|input| M::input_index(input)).collect());
            at += 1;
        }
        graph
    }

    /// Notes failed guards, and whether two transitions of a region accept for the same instance.
    fn explain(&mut self, at: usize, authority: &M::Authority, input: &M::Input) {
        let candidates = M::explain(M::state(authority), input).candidates;
        let mut accepting = HashSet::new();
        for candidate in &candidates {
            if let Outcome::Tested { guards, .. } = &candidate.outcome {
                let fails = guards.iter().enumerate().filter(|(_, guard)| **guard != GuardOutcome::Holds);
                self.failed.extend(fails.map(|(position, _)| (candidate.transition, position)));
            }
            let region = M::SPEC.transitions[candidate.transition].region;
            if candidate.accepts() && !accepting.insert((region, candidate.instance.clone())) {
                self.overlap = self.overlap.or(Some(self.depths[at] + 1));
            }
        }
    }

    fn states_with(&self, property: usize, of: impl Fn(machine_spec::Evaluation) -> bool) -> Vec<usize> {
        let state = |at: usize| M::state(&self.states[at]);
        (0..self.states.len()).filter(|at| of(M::evaluate(property, state(*at), state(*at)))).collect()
    }

    /// How far the nearest of some states is.
    fn nearest(&self, states: &[usize]) -> Option<usize> {
        states.iter().map(|at| self.depths[*at]).min()
    }

    /// Where one comes from some states along edges that may be taken.
    fn closure(&self, starts: &[usize], may_enter: impl Fn(usize) -> bool) -> HashMap<usize, usize> {
        let mut found: HashMap<usize, usize> = starts.iter().map(|start| (*start, 0)).collect();
        let mut queue: VecDeque<usize> = starts.iter().copied().collect();
        while let Some(at) = queue.pop_front() {
            for (_, to, _) in self.edges.iter().filter(|(from, to, _)| *from == at && may_enter(*to)) {
                if !found.contains_key(to) {
                    found.insert(*to, found[&at] + 1);
                    queue.push_back(*to);
                }
            }
        }
        found
    }

    /// None if the claim holds; otherwise how far away that shows, if anywhere.
    fn judge(&self, property: usize) -> Option<Option<Length>> {
        let trace = |length: usize| Some(Length::Trace(length));
        match M::SPEC.properties[property].kind {
            PropertyKind::Invariant => self.nearest(&self.states_with(property, |said| !said.holds())).map(trace),
            PropertyKind::Always => {
                let state = |at: usize| M::state(&self.states[at]);
                let stutters = (0..self.states.len()).map(|at| (at, at, 0));
                let steps = self.edges.iter().map(|(from, to, _)| (*from, *to, 1)).chain(stutters);
                let broken = steps.filter(|(from, to, _)| !M::evaluate(property, state(*from), state(*to)).holds());
                // The nearest state counts, and there a step more than standing still.
                let broken =
                    broken.map(|(from, _, length)| (self.depths[from], 1 - length, self.depths[from] + length));
                broken.min().map(|(_, _, length)| trace(length))
            }
            PropertyKind::Reachable => {
                self.states_with(property, |said| said.premise && said.claim).is_empty().then_some(None)
            }
            PropertyKind::Possible => {
                let trapped = |at: &usize| {
                    let reached = self.closure(&[*at], |_| true);
                    !self.states_with(property, |said| said.claim).iter().any(|goal| reached.contains_key(goal))
                };
                let from: Vec<usize> = self.states_with(property, |said| said.premise);
                self.nearest(&from.into_iter().filter(trapped).collect::<Vec<_>>()).map(trace)
            }
            PropertyKind::LeadsTo => self.waits_for_ever(property).map(Some),
        }
    }

    /// How far away the nearest set of states is that a fair run can visit again and again without the claim. Every set
    /// is tried.
    fn waits_for_ever(&self, property: usize) -> Option<Length> {
        let open: HashSet<usize> = self.states_with(property, |said| !said.claim).into_iter().collect();
        let waiting = self.states_with(property, |said| said.premise && !said.claim);
        let mut reached: Vec<usize> = self.closure(&waiting, |to| open.contains(&to)).into_keys().collect();
        reached.sort_unstable();
        assert!(reached.len() <= 14, "{} is too large to try every set of its states", M::SPEC.name);
        let sets = (1..1_u32 << reached.len()).map(|bits| -> HashSet<usize> {
            reached.iter().enumerate().filter(|(bit, _)| bits >> bit & 1 == 1).map(|(_, at)| *at).collect()
        });
        let fair: Vec<HashSet<usize>> = sets.filter(|set| self.is_fair(set)).collect();
        let nearest = |is_goal: &dyn Fn(&HashSet<usize>) -> bool| {
            let goals: HashSet<usize> = fair.iter().filter(|set| is_goal(set)).flatten().copied().collect();
            let lengths = waiting.iter().flat_map(|start| {
                let ways = self.closure(&[*start], |to| open.contains(&to));
                let ways = ways.into_iter().filter(|(at, _)| goals.contains(at));
                ways.map(|(_, length)| self.depths[*start] + length).collect::<Vec<_>>()
            });
            lengths.min()
        };
        nearest(&|_| true).map(|cycle| Length::CycleOrRest(cycle, nearest(&|set| set.len() == 1)))
    }

    fn is_fair(&self, set: &HashSet<usize>) -> bool {
        set.iter().all(|at| self.closure(&[*at], |to| set.contains(&to)).len() == set.len())
            && M::SPEC.fairness.iter().all(|fairness| {
                let takes = |(from, to, input): &(usize, usize, usize)| {
                    from != to && *input == fairness.input && set.contains(from) && set.contains(to)
                };
                let is_possible = |at: &usize| self.possible[*at].contains(&fairness.input);
                self.edges.iter().any(takes)
                    || match fairness.strength {
                        Strength::Weak => !set.iter().all(is_possible),
                        Strength::Strong => !set.iter().any(is_possible),
                    }
            })
    }

    fn gaps(&self) -> Vec<(GapKind, String)> {
        let mut gaps = Vec::new();
        let spec = M::SPEC;
        let idle = spec.transitions.iter().enumerate().filter(|(index, _)| !self.fired.contains(index));
        gaps.extend(idle.map(|(_, one)| (GapKind::Transition, one.name.to_owned())));
        let silent = spec.effects.iter().enumerate().filter(|(index, _)| !self.emitted.contains(index));
        gaps.extend(silent.map(|(_, one)| (GapKind::Effect, one.name.to_owned())));
        for (number, region) in spec.regions.iter().enumerate() {
            for phase in region.phases.iter().filter(|phase| !phase.initial) {
                let enters = |index: &usize| {
                    let one = &spec.transitions[*index];
                    one.region == number && one.destination == Destination::Phase(phase.name)
                };
                if !self.fired.iter().any(enters) {
                    gaps.push((GapKind::Phase, format!("{}.{}", region.name, phase.name)));
                }
            }
        }
        let mut told = HashSet::new();
        for (index, one) in spec.transitions.iter().enumerate().filter(|(index, _)| self.fired.contains(index)) {
            for guard in one.guards {
                let failed = spec.transitions.iter().enumerate().any(|(other, transition)| {
                    let same = transition.guards.iter().enumerate().filter(|(_, same)| same.place == guard.place);
                    self.fired.contains(&other)
                        && same.into_iter().any(|(position, _)| self.failed.contains(&(other, position)))
                });
                if told.insert(guard.place) && !failed {
                    gaps.push((GapKind::Guard, format!("\"{}\" of {}", guard.sentence, spec.transitions[index].name)));
                }
            }
        }
        for (index, property) in spec.properties.iter().enumerate().filter(|(_, one)| !one.premise.is_empty()) {
            let state = |at: usize| M::state(&self.states[at]);
            let holds = match property.kind {
                PropertyKind::Always => {
                    self.edges.iter().any(|(from, to, _)| M::evaluate(index, state(*from), state(*to)).premise)
                }
                _ => !self.states_with(index, |said| said.premise).is_empty(),
            };
            if !holds {
                gaps.push((GapKind::Premise, format!("{} \"{}\"", property.kind, property.sentence)));
            }
        }
        gaps
    }
}

/// Searches a machine within bounds.
pub(crate) fn examine<M: Machine>(bounds: &Bounds) -> Seen {
    let graph = Graph::<M>::explore(bounds);
    let overlap = Broken { sentence: Promise::Deterministic.sentence(), length: graph.overlap.map(Length::Trace) };
    let mut broken: Vec<Broken> = graph.overlap.map(|_| overlap).into_iter().collect();
    for (index, property) in M::SPEC.properties.iter().enumerate() {
        broken.extend(graph.judge(index).map(|length| Broken { sentence: property.sentence, length }));
    }
    Seen { states: graph.states.len(), broken, gaps: graph.gaps() }
}

/// Replays a run that should wait for ever: its cycle returns, no state from some waiting one on has the claim, and it
/// keeps every assumption.
pub(crate) fn verify_endless<M: Machine>(bounds: &Bounds, sentence: &str, trace: &Trace) -> Result<(), String> {
    let graph = Graph::<M>::explore(bounds);
    let number_of = |authority: &M::Authority| graph.states.iter().position(|one| one == authority);
    let (inputs, mut authority) = (M::inputs_within(bounds), M::initial());
    let (mut visited, mut kinds) = (vec![0], Vec::new());
    for step in &trace.steps {
        let input = inputs.iter().find(|input| format!("{input:?}") == step.input).ok_or("no such input")?;
        M::apply(&mut authority, input, &mut ()).map_err(|rejection| rejection.to_string())?;
        visited.push(number_of(&authority).ok_or("a step leaves the bounds")?);
        kinds.push(M::input_index(input));
    }
    let property = M::SPEC.properties.iter().position(|one| one.sentence == sentence).ok_or("no such property")?;
    let lead = trace.repeats.ok_or("it does not go on for ever")?;
    let said = |at: usize| M::evaluate(property, M::state(&graph.states[at]), M::state(&graph.states[at]));
    let silent = visited.iter().rev().take_while(|at| !said(**at).claim).count();
    let waits = visited.iter().rev().take(silent).any(|at| said(*at).premise);
    if visited[lead] != visited[visited.len() - 1] || silent <= visited.len() - 1 - lead || !waits {
        return Err(format!("the run {visited:?} does not wait for ever"));
    }
    let cycle = &visited[lead..];
    for fairness in M::SPEC.fairness {
        let is_possible = |at: &usize| graph.possible[*at].contains(&fairness.input);
        let demanded = match fairness.strength {
            Strength::Weak => cycle.iter().all(is_possible),
            Strength::Strong => cycle.iter().any(is_possible),
        };
        if demanded && !kinds[lead..].contains(&fairness.input) {
            return Err(format!("the run is not fair to {}", M::SPEC.inputs[fairness.input].name));
        }
    }
    Ok(())
}
