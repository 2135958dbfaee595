//! The mutants of handlers.

use machine_spec::meaning::{
    ArmMeaning, Clause, DestinationMeaning, Expression, HandlerMeaning, Pattern, Sources, TargetMeaning,
};
use machine_spec::spec::{MachineSpec, Place, RegionSpec, TransitionSpec};

use super::changes::{bound_names, changes, changes_of_part, negated, without_case};
use super::expression::{constant, constants};
use super::kind::MutationKind as Kind;
use super::mutant::{Change, Mutant};
use super::words;
use crate::interpret::decide::binds;

/// Makes the mutants of one handler.
struct Maker<'m> {
    spec: &'static MachineSpec,
    region: usize,
    number: usize,
    handler: &'static HandlerMeaning,
    made: &'m mut Vec<Mutant>,
}

/// Where a clause stands: in front of the arms, or in one of them; and its position there.
#[derive(Clone, Copy)]
struct At {
    arm: Option<usize>,
    clause: usize,
}

/// All mutants of all handlers.
pub(super) fn mutants(spec: &'static MachineSpec, made: &mut Vec<Mutant>) {
    for (region, meaning) in spec.meaning.regions.iter().enumerate() {
        for (number, handler) in meaning.handlers.iter().enumerate() {
            Maker { spec, region, number, handler, made }.make();
        }
    }
}

impl Maker<'_> {
    fn make(&mut self) {
        self.targets();
        for clause in 0..self.handler.prelude.len() {
            self.clause(At { arm: None, clause });
        }
        for arm in 0..self.handler.arms.len() {
            self.sources(arm);
            self.destination(arm);
            for clause in 0..self.handler.arms[arm].clauses.len() {
                self.clause(At { arm: Some(arm), clause });
            }
        }
    }

    fn region(&self) -> &'static RegionSpec {
        &self.spec.regions[self.region]
    }

    fn transition(&self, arm: Option<usize>) -> &'static TransitionSpec {
        let arm = &self.handler.arms[arm.unwrap_or(0)];
        &self.spec.transitions[arm.transition]
    }

    fn push(&mut self, kind: Kind, place: Place, texts: (String, String), meaning: HandlerMeaning) {
        let input = self.spec.inputs[self.handler.input].name;
        let (region, (before, after)) = (self.region().name, texts);
        let change = Change::Handler { region: self.region, handler: self.number, meaning: constant(meaning) };
        let within = format!("{region} on {input}");
        self.made.push(Mutant { kind, place, region: Some(region), within, before, after, change });
    }

    fn with_arm(&self, number: usize, arm: ArmMeaning) -> HandlerMeaning {
        let mut arms = self.handler.arms.to_vec();
        arms[number] = arm;
        HandlerMeaning { arms: constants(arms), ..*self.handler }
    }

    /// The handler with other clauses in the place of one.
    fn with_clauses(&self, at: At, clauses: &[Clause]) -> HandlerMeaning {
        let spliced = |old: &[Clause]| {
            let mut new = old.to_vec();
            new.splice(at.clause..=at.clause, clauses.iter().copied());
            constants(new)
        };
        match at.arm {
            None => HandlerMeaning { prelude: spliced(self.handler.prelude), ..*self.handler },
            Some(number) => {
                let arm = self.handler.arms[number];
                self.with_arm(number, ArmMeaning { clauses: spliced(arm.clauses), ..arm })
            }
        }
    }

    fn targets(&mut self) {
        let place = self.transition(None).place;
        let with = |target| HandlerMeaning { target, ..*self.handler };
        let texts = |target: &TargetMeaning| (words::target(&self.handler.target), words::target(target));
        let mut found = Vec::new();
        match self.handler.target {
            TargetMeaning::Region => {}
            TargetMeaning::Create(key) => {
                let keys = changes(self.spec, &key).into_iter();
                found.extend(keys.map(|(kind, key)| (kind, TargetMeaning::Create(key))));
            }
            TargetMeaning::At(key) => {
                let keys = changes(self.spec, &key).into_iter();
                found.extend(keys.map(|(kind, key)| (kind, TargetMeaning::At(key))));
            }
            TargetMeaning::Each(selection) => {
                let others = self.region().selections.iter().map(|other| other.name);
                let others = others.filter(|other| *other != selection);
                found.extend(others.map(|other| (Kind::SelectionSwapped, TargetMeaning::Each(other))));
            }
        }
        let found: Vec<_> = found.into_iter().map(|(kind, target)| (kind, texts(&target), with(target))).collect();
        found.into_iter().for_each(|(kind, texts, meaning)| self.push(kind, place, texts, meaning));
    }

    fn sources(&mut self, number: usize) {
        let arm = self.handler.arms[number];
        let mut found: Vec<(Kind, Sources)> = Vec::new();
        match arm.sources {
            Sources::Unwritten => {}
            Sources::Any(except) => {
                let open = self.region().phases.iter().filter(|phase| !phase.is_final).map(|phase| phase.name);
                for phase in open {
                    let (kind, names): (_, Vec<_>) = match except.contains(&phase) {
                        true => (Kind::SourceAdded, except.iter().filter(|name| **name != phase).copied().collect()),
                        false => (Kind::SourceDropped, except.iter().copied().chain([phase]).collect()),
                    };
                    found.push((kind, Sources::Any(constants(names))));
                }
            }
            Sources::Pattern(pattern) => {
                let cases = if let Pattern::Either(cases) = pattern { cases } else { &[] };
                let dropped = (0..cases.len()).map(|case| (Kind::SourceDropped, without_case(cases, case)));
                let added = self.added_sources(&arm, &pattern).into_iter().map(|one| (Kind::SourceAdded, one));
                found.extend(dropped.chain(added).map(|(kind, pattern)| (kind, Sources::Pattern(pattern))));
            }
        }
        for (kind, sources) in found {
            let changed = ArmMeaning { sources, ..arm };
            let texts = (words::way(&arm), words::way(&changed));
            self.push(kind, self.transition(Some(number)).place, texts, self.with_arm(number, changed));
        }
    }

    /// The sources with one more phase, which has to carry the names that they bind.
    fn added_sources(&self, arm: &ArmMeaning, pattern: &Pattern) -> Vec<Pattern> {
        let left = self.spec.transitions[arm.transition].sources;
        let names = bound_names(pattern);
        let phases = self.region().phases.iter().filter(|phase| !phase.is_final && !left.contains(&phase.name));
        let fitting = phases.filter(|phase| names.iter().all(|name| phase.data.iter().any(|one| one.name == *name)));
        fitting
            .map(|phase| {
                let parts: Vec<_> = names.iter().map(|name| (*name, Pattern::Name(name))).collect();
                let path = constants(vec![phase.name]);
                let case = if phase.data.is_empty() {
                    Pattern::Name(phase.name)
                } else {
                    Pattern::Structure(path, constants(parts))
                };
                let mut cases = if let Pattern::Either(cases) = pattern { cases.to_vec() } else { vec![*pattern] };
                cases.push(case);
                Pattern::Either(constants(cases))
            })
            .collect()
    }

    fn destination(&mut self, number: usize) {
        let arm = self.handler.arms[number];
        let mut found: Vec<(Kind, DestinationMeaning)> = Vec::new();
        match arm.destination {
            DestinationMeaning::Stay | DestinationMeaning::Ignore => {}
            DestinationMeaning::Remove => found.push((Kind::InstanceKept, DestinationMeaning::Stay)),
            DestinationMeaning::Phase(phase, data) => {
                found.extend(self.other_destinations(phase, data));
                for (position, (_, value)) in data.iter().enumerate() {
                    for (kind, value) in changes(self.spec, value) {
                        let mut data = data.to_vec();
                        data[position].1 = value;
                        found.push((kind, DestinationMeaning::Phase(phase, constants(data))));
                    }
                }
            }
        }
        for (kind, destination) in found {
            let changed = ArmMeaning { destination, ..arm };
            let texts = (words::way(&arm), words::way(&changed));
            self.push(kind, self.transition(Some(number)).place, texts, self.with_arm(number, changed));
        }
        // What is taken out again before anybody sees it was never created.
        if let TargetMeaning::Create(_) = self.handler.target {
            let changed = ArmMeaning { destination: DestinationMeaning::Remove, ..arm };
            let texts = (format!("{} {}", words::target(&self.handler.target), words::way(&arm)), String::new());
            let place = self.transition(Some(number)).place;
            self.push(Kind::InstanceDropped, place, texts, self.with_arm(number, changed));
        }
    }

    /// Other phases whose data are among those that are given.
    fn other_destinations(
        &self,
        phase: &str,
        data: &'static [(&'static str, Expression)],
    ) -> Vec<(Kind, DestinationMeaning)> {
        let (phases, forms) = (self.region().phases, self.spec.meaning.regions[self.region].phases);
        let shape = |phase: usize, name: &str| {
            let position = phases[phase].data.iter().position(|member| member.name == name);
            position.map(|position| forms[phase][position])
        };
        let Some(own) = phases.iter().position(|one| one.name == phase) else { return Vec::new() };
        let others = (0..phases.len()).filter(|other| *other != own);
        let fitting = others.filter(|other| {
            let mut members = phases[*other].data.iter();
            members
                .all(|member| shape(own, member.name).is_some_and(|of_own| shape(*other, member.name) == Some(of_own)))
        });
        fitting
            .map(|other| {
                let wanted = |name: &str| phases[other].data.iter().any(|member| member.name == name);
                let data = data.iter().filter(|(name, _)| wanted(name)).copied().collect();
                (Kind::DestinationSwapped, DestinationMeaning::Phase(phases[other].name, constants(data)))
            })
            .collect()
    }

    fn clause(&mut self, at: At) {
        let clauses = at.arm.map_or(self.handler.prelude, |arm| self.handler.arms[arm].clauses);
        let clause = clauses[at.clause];
        let place = self.place(at, clauses, &clause);
        let mut found: Vec<(Kind, Vec<Clause>)> = Vec::new();
        match clause {
            Clause::Require(sentence, condition) => {
                let guards = self.guards(&condition).into_iter();
                found.extend(guards.map(|(kind, condition)| {
                    (kind, condition.map(|condition| Clause::Require(sentence, condition)).into_iter().collect())
                }));
            }
            Clause::Emit(effect, data) => {
                found.push((Kind::EffectDropped, Vec::new()));
                found.push((Kind::EffectDuplicated, vec![clause, clause]));
                for (position, (_, value)) in data.iter().enumerate() {
                    for (_, value) in changes(self.spec, value) {
                        let mut data = data.to_vec();
                        data[position].1 = value;
                        found.push((Kind::EffectChanged, vec![Clause::Emit(effect, constants(data))]));
                    }
                }
            }
            Clause::Let(pattern, shape, value) => {
                let values = changes(self.spec, &value).into_iter();
                found.extend(values.map(|(kind, value)| (kind, vec![Clause::Let(pattern, shape, value)])));
            }
            write => {
                if self.may_be_left_out(&write) {
                    found.push((Kind::UpdateDropped, Vec::new()));
                }
                found.extend(self.writes(&write).into_iter().map(|(kind, write)| (kind, vec![write])));
            }
        }
        for (kind, changed) in found {
            let after = changed.iter().map(words::clause).collect::<Vec<_>>().join("; ");
            self.push(kind, place, (words::clause(&clause), after), self.with_clauses(at, &changed));
        }
    }

    /// A guard with one mistake; none if it is left out.
    fn guards(&self, condition: &Expression) -> Vec<(Kind, Option<Expression>)> {
        let mut parts = Vec::new();
        conjuncts(condition, &mut parts);
        let mut found = Vec::new();
        for (number, part) in parts.iter().enumerate() {
            let with = |part: Option<Expression>| {
                let (front, back) = (parts[..number].iter(), parts[number + 1..].iter());
                conjunction(front.copied().chain(part).chain(back.copied()))
            };
            if !binds(part) {
                found.push((Kind::GuardDropped, with(None)));
                found.push((Kind::GuardNegated, with(Some(negated(part)))));
            }
            found.extend(changes_of_part(self.spec, part).into_iter().map(|(kind, part)| (kind, with(Some(part)))));
        }
        found
    }

    /// A new instance needs a value for each of its fields.
    fn may_be_left_out(&self, write: &Clause) -> bool {
        let fields = self.region().fields.iter().zip(self.spec.meaning.regions[self.region].fields);
        let creates = matches!(self.handler.target, TargetMeaning::Create(_));
        let Clause::Set(name, _) = write else { return true };
        !creates || fields.into_iter().any(|(field, meant)| field.name == *name && meant.initial.is_some())
    }

    fn writes(&self, write: &Clause) -> Vec<(Kind, Clause)> {
        let changed = |value: &Expression| changes(self.spec, value).into_iter();
        match *write {
            Clause::Set(field, value) => {
                changed(&value).map(|(kind, value)| (kind, Clause::Set(field, value))).collect()
            }
            Clause::Insert { field, key, value } => {
                let keys = changed(&key).map(|(kind, key)| (kind, Clause::Insert { field, key, value }));
                let values = value.into_iter().flat_map(|value| changes(self.spec, &value));
                let values = values.map(|(kind, value)| (kind, Clause::Insert { field, key, value: Some(value) }));
                keys.chain(values).collect()
            }
            Clause::Remove { field, key } => {
                changed(&key).map(|(kind, key)| (kind, Clause::Remove { field, key })).collect()
            }
            Clause::Append { field, value } => {
                changed(&value).map(|(kind, value)| (kind, Clause::Append { field, value })).collect()
            }
            _ => Vec::new(),
        }
    }

    /// Where a clause is written, as far as constant data say so.
    fn place(&self, at: At, clauses: &[Clause], clause: &Clause) -> Place {
        let transition = self.transition(at.arm);
        let found = match clause {
            Clause::Require(sentence, _) => {
                transition.guards.iter().find(|guard| guard.sentence == *sentence).map(|guard| guard.place)
            }
            Clause::Let(..) => None,
            Clause::Emit(..) => {
                let earlier = clauses[..at.clause].iter().filter(|other| matches!(other, Clause::Emit(..))).count();
                transition.effects.get(earlier).map(|emission| emission.place)
            }
            _ => {
                let is_write =
                    |clause: &&Clause| !matches!(clause, Clause::Require(..) | Clause::Let(..) | Clause::Emit(..));
                let earlier = clauses[..at.clause].iter().filter(is_write).count();
                transition.updates.get(earlier).map(|update| update.place)
            }
        };
        found.unwrap_or(transition.place)
    }
}

/// The parts of a condition that stand between `&&`.
fn conjuncts(condition: &Expression, parts: &mut Vec<Expression>) {
    match condition {
        Expression::Binary(left, "&&", right) => {
            conjuncts(left, parts);
            conjuncts(right, parts);
        }
        part => parts.push(*part),
    }
}

fn conjunction(parts: impl Iterator<Item = Expression>) -> Option<Expression> {
    parts.reduce(|left, right| Expression::Binary(constant(left), "&&", constant(right)))
}
