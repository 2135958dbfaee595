//! What an input comes to: every region that knows it decides on the state before, and then all of them change.

use machine_spec::inspect::Variant;
use machine_spec::meaning::{
    ArmMeaning, Clause, DestinationMeaning, Expression, HandlerMeaning, RegionMeaning, Sources, TargetMeaning,
};
use machine_spec::spec::{MachineSpec, RegionSpec};
use machine_spec::{Refusal, Value};

use super::scope::{Meant, Scope, complete};
use super::state::{Instance, RegionState, State, selected};
use super::{Answer, Evaluated, Event, Fault, Step, Stop, arithmetic, fault};

/// Why there is no change.
pub(super) enum Failure {
    Refused(Refusal),
    Fault(Fault),
}

pub(super) type Decided<T> = Result<T, Failure>;

/// How the change of one instance is chosen, among the names that are visible in front of the arms.
type Choice<'c, 's> = &'c mut dyn FnMut(&Scope<'s>, Option<&'s Instance>, Option<Value>) -> Decided<Change>;

/// What one transition does to one instance.
pub(super) struct Change {
    pub(super) transition: &'static str,
    pub(super) key: Option<Value>,
    /// The instance afterwards; none if it is taken out.
    pub(super) after: Option<Instance>,
    pub(super) effects: Vec<Value>,
}

pub(super) fn offer(spec: &'static MachineSpec, state: &State, input: &Value) -> Result<Answer, Fault> {
    let Value::Variant(input) = input else { return Err(Fault(format!("{input} is no input"))) };
    let mut changes = Vec::new();
    for (region, meaning) in spec.meaning.regions.iter().enumerate() {
        for handler in meaning.handlers.iter().filter(|handler| handler.input == input.position) {
            match (Decision { spec, region, handler, state, input }).changes() {
                Ok(decided) => changes.push((region, decided)),
                Err(Failure::Refused(refusal)) => return Ok(Answer::Refused(refusal)),
                Err(Failure::Fault(fault)) => return Err(fault),
            }
        }
    }
    let mut step = Step { state: state.clone(), events: Vec::new() };
    for (region, decided) in changes {
        decided.into_iter().for_each(|change| step.commit(region, change));
    }
    Ok(Answer::Accepted(step))
}

impl RegionState {
    /// Puts what became of an instance in its place.
    pub(super) fn commit(&mut self, key: Option<Value>, after: Option<Instance>) {
        match (self, key, after) {
            (Self::Plain(instance), _, Some(after)) => *instance = after,
            (Self::Keyed(instances), Some(key), Some(after)) => {
                instances.insert(key, after);
            }
            (Self::Keyed(instances), Some(key), None) => {
                instances.remove(&key);
            }
            _ => {}
        }
    }
}

impl Step {
    fn commit(&mut self, region: usize, change: Change) {
        self.state.regions[region].commit(change.key, change.after);
        self.events.push(Event::Fired(change.transition));
        self.events.extend(change.effects.into_iter().map(Event::Effect));
    }
}

/// What one region does with an input.
#[derive(Clone, Copy)]
pub(super) struct Decision<'s> {
    pub(super) spec: &'static MachineSpec,
    pub(super) region: usize,
    pub(super) handler: &'static HandlerMeaning,
    pub(super) state: &'s State,
    pub(super) input: &'s Variant,
}

impl<'s> Decision<'s> {
    fn region_spec(&self) -> &'static RegionSpec {
        &self.spec.regions[self.region]
    }

    fn meaning(&self) -> &'static RegionMeaning {
        &self.spec.meaning.regions[self.region]
    }

    fn input_name(&self) -> &'static str {
        self.spec.inputs[self.handler.input].name
    }

    /// A value outside of all arms: if it overflows, the first of them is to blame.
    fn common<T>(&self, evaluated: Evaluated<T>) -> Decided<T> {
        let first = self.handler.arms.first().map_or(0, |arm| arm.transition);
        evaluated.map_err(|stop| self.failure(first, stop))
    }

    fn failure(&self, transition: usize, stop: Stop) -> Failure {
        match stop {
            Stop::Overflow => {
                Failure::Refused(Refusal::Overflow { transition: self.spec.transitions[transition].name })
            }
            Stop::Fault(fault) => Failure::Fault(fault),
        }
    }

    /// The payload under the handler's names.
    fn payload(&self) -> Evaluated<Scope<'s>> {
        let mut scope = Scope::new(self.spec, self.state);
        for (member, name) in self.handler.bindings {
            match self.input.members.iter().find(|(known, _)| known == member) {
                Some((_, value)) => scope.bind(name, Meant::Value(value.clone())),
                None => return fault(format!("the input has no {member}")),
            }
        }
        Ok(scope)
    }

    fn changes(&self) -> Decided<Vec<Change>> {
        self.changes_by(&mut |scope, own, key| self.first_accepting(scope, own, key))
    }

    /// The changes of all instances that the handler moves, each of them chosen by `choice`.
    pub(super) fn changes_by(&self, choice: Choice<'_, 's>) -> Decided<Vec<Change>> {
        let (region, input) = (self.region_spec().name, self.input_name());
        let mut scope = self.common(self.payload())?;
        match (&self.handler.target, &self.state.regions[self.region]) {
            (TargetMeaning::Region, RegionState::Plain(instance)) => {
                scope.bind("self", Meant::Instance(self.region, instance));
                Ok(vec![choice(&scope, Some(instance), None)?])
            }
            (TargetMeaning::Create(key), RegionState::Keyed(instances)) => {
                let key = self.key(&mut scope, key)?;
                if instances.contains_key(&key) {
                    return Err(Failure::Refused(Refusal::InstanceExists { region, input }));
                }
                Ok(vec![choice(&scope, None, Some(key))?])
            }
            (TargetMeaning::At(key), RegionState::Keyed(instances)) => {
                let key = self.key(&mut scope, key)?;
                let Some(instance) = instances.get(&key) else {
                    return Err(Failure::Refused(Refusal::NoInstance { region, input }));
                };
                scope.bind("self", Meant::Instance(self.region, instance));
                Ok(vec![choice(&scope, Some(instance), Some(key))?])
            }
            (TargetMeaning::Each(selection), RegionState::Keyed(instances)) => {
                self.common(self.prelude(&mut scope))?;
                let keys = self.common(selected(self.spec, self.state, self.region, instances, selection))?;
                let chosen = keys.into_iter().filter_map(|key| instances.get(&key).map(|instance| (key, instance)));
                let changes = chosen.map(|(key, instance)| {
                    let mut scope = scope.clone();
                    scope.bind("self", Meant::Instance(self.region, instance));
                    choice(&scope, Some(instance), Some(key))
                });
                changes.collect()
            }
            _ => Err(Failure::Fault(Fault(format!("the target of {input} does not fit {region}")))),
        }
    }

    fn key(&self, scope: &mut Scope<'s>, key: &'static Expression) -> Decided<Value> {
        let shape = self.meaning().key;
        self.common(scope.value(key).and_then(|value| match shape {
            Some(shape) => arithmetic::typed(self.spec, value, shape),
            None => fault("a key for a region without instances"),
        }))
    }

    /// The values that all instances of an `each` share.
    fn prelude(&self, scope: &mut Scope<'s>) -> Evaluated<()> {
        for clause in self.handler.prelude {
            if let Some(sentence) = test(clause, scope)? {
                return fault(format!("the guard \"{sentence}\" in front of the arms of an each"));
            }
        }
        Ok(())
    }

    /// The change of the first transition that accepts; if none does, the reason of the first whose phase fits.
    fn first_accepting(&self, scope: &Scope<'s>, own: Option<&'s Instance>, key: Option<Value>) -> Decided<Change> {
        let mut reason = None;
        for arm in self.handler.arms {
            match self.arm(arm, scope.clone(), own, key.as_ref()) {
                Ok(Some(change)) => return Ok(change),
                Ok(None) => {}
                Err(Failure::Refused(refusal)) => reason = reason.or(Some(refusal)),
                Err(failure) => return Err(failure),
            }
        }
        let phase = match own.and_then(|instance| instance.phase.as_ref()) {
            Some(Value::Variant(phase)) => phase.name,
            _ => "",
        };
        let in_phase = Refusal::Phase { region: self.region_spec().name, phase, input: self.input_name() };
        Err(Failure::Refused(reason.unwrap_or(in_phase)))
    }

    /// What a transition does, or nothing if it does not leave this phase.
    pub(super) fn arm(
        &self,
        arm: &'static ArmMeaning,
        mut scope: Scope<'s>,
        own: Option<&'s Instance>,
        key: Option<&Value>,
    ) -> Decided<Option<Change>> {
        let failure = |stop| self.failure(arm.transition, stop);
        let visible = scope.visible();
        if !self.leaves(arm, &mut scope, own).map_err(failure)? {
            return Ok(None);
        }
        // What stands in front of the arms does not see the names that an arm's own pattern binds.
        let of_pattern = scope.take_behind(visible);
        let each = matches!(self.handler.target, TargetMeaning::Each(_));
        let common = if each { &[] } else { self.handler.prelude };
        self.tested(arm, common, &mut scope)?;
        of_pattern.into_iter().for_each(|(name, meant)| scope.bind(name, meant));
        self.tested(arm, arm.clauses, &mut scope)?;
        let Some(after) = self.after(arm, &mut scope, own, key).map_err(failure)? else {
            let transition = self.spec.transitions[arm.transition].name;
            return Err(Failure::Refused(Refusal::Empty { transition }));
        };
        let effects = self.effects(arm, &scope, &after).map_err(failure)?;
        let removed = matches!(arm.destination, DestinationMeaning::Remove);
        Ok(Some(Change {
            transition: self.spec.transitions[arm.transition].name,
            key: key.cloned(),
            after: (!removed).then_some(after),
            effects,
        }))
    }

    pub(super) fn leaves(
        &self,
        arm: &'static ArmMeaning,
        scope: &mut Scope<'s>,
        own: Option<&Instance>,
    ) -> Evaluated<bool> {
        let phase = own.and_then(|instance| instance.phase.as_ref());
        match (&arm.sources, phase) {
            (Sources::Unwritten, _) => Ok(true),
            (Sources::Any(except), Some(Value::Variant(phase))) => {
                let is_final = self.region_spec().phases[phase.position].is_final;
                Ok(!is_final && !except.contains(&phase.name))
            }
            (Sources::Pattern(pattern), Some(phase)) => scope.matches(pattern, &Meant::Value(phase.clone())),
            _ => fault("sources where there is no phase"),
        }
    }

    /// Tests guards and binds local names, in the order written.
    fn tested(&self, arm: &ArmMeaning, clauses: &'static [Clause], scope: &mut Scope<'s>) -> Decided<()> {
        let transition = self.spec.transitions[arm.transition].name;
        for clause in clauses {
            match test(clause, scope) {
                Ok(None) => {}
                Ok(Some(sentence)) => return Err(Failure::Refused(Refusal::Guard { transition, sentence })),
                Err(stop) => return Err(self.failure(arm.transition, stop)),
            }
        }
        Ok(())
    }

    /// The instance after the transition; none if it takes from an empty sequence. Every value is computed before the
    /// first is written.
    fn after(
        &self,
        arm: &'static ArmMeaning,
        scope: &mut Scope<'s>,
        own: Option<&Instance>,
        key: Option<&Value>,
    ) -> Evaluated<Option<Instance>> {
        let phase = match &arm.destination {
            DestinationMeaning::Phase(name, data) => {
                let data = scope.given(data)?;
                Some(scope.phase(self.region, name, data)?)
            }
            _ => own.and_then(|instance| instance.phase.clone()),
        };
        let mut writes = Vec::new();
        for clause in arm.clauses {
            if let Clause::TakeFirst { field } = clause
                && !self.has_another(own, field, &writes)
            {
                return Ok(None);
            }
            writes.extend(write(clause, scope)?);
        }
        let before = match own {
            Some(instance) => instance.fields.iter().cloned().map(Some).collect(),
            None => self.first_values()?,
        };
        let mut fields: Vec<Option<Value>> = before;
        for (name, write) in writes {
            let position = self.region_spec().fields.iter().position(|field| field.name == name);
            let Some(position) = position else { return fault(format!("there is no field {name}")) };
            let value = write.applied(fields[position].take())?;
            fields[position] = Some(arithmetic::typed(self.spec, value, self.meaning().fields[position].shape)?);
        }
        let complete = fields.into_iter().map(|field| field.map_or_else(|| fault("a field without a value"), Ok));
        Ok(Some(Instance { key: key.cloned(), phase, fields: complete.collect::<Evaluated<_>>()? }))
    }

    /// Whether a sequence has one more element than these writes take from it.
    fn has_another(&self, own: Option<&Instance>, field: &str, writes: &[(&str, Write)]) -> bool {
        let taken = writes.iter().filter(|(other, write)| *other == field && matches!(write, Write::TakeFirst)).count();
        let position = self.region_spec().fields.iter().position(|known| known.name == field);
        let before = own.zip(position).map(|(instance, position)| &instance.fields[position]);
        matches!(before, Some(Value::Seq(elements)) if elements.len() > taken)
    }

    /// What the fields of a new instance begin with.
    fn first_values(&self) -> Evaluated<Vec<Option<Value>>> {
        let values = self.meaning().fields.iter().map(|field| match &field.initial {
            Some(initial) => {
                arithmetic::typed(self.spec, Scope::new(self.spec, self.state).value(initial)?, field.shape).map(Some)
            }
            None => Ok(None),
        });
        values.collect()
    }

    fn effects(&self, arm: &'static ArmMeaning, scope: &Scope<'s>, after: &Instance) -> Evaluated<Vec<Value>> {
        let mut effects = Vec::new();
        for clause in arm.clauses {
            let Clause::Emit(name, data) = clause else { continue };
            let Some(position) = self.spec.effects.iter().position(|effect| effect.name == *name) else {
                return fault(format!("there is no effect {name}"));
            };
            let mut scope: Scope<'_> = scope.clone();
            scope.bind("next", Meant::Instance(self.region, after));
            let (effect, form) = (&self.spec.effects[position], self.spec.meaning.effects[position]);
            let members = complete(self.spec, effect.payload, form, scope.given(data)?)?;
            effects.push(Value::Variant(Variant { position, name: effect.name, members }));
        }
        Ok(effects)
    }
}

/// Carries out a guard or a `let`; gives the sentence of a guard that does not hold.
pub(super) fn test(clause: &'static Clause, scope: &mut Scope<'_>) -> Evaluated<Option<&'static str>> {
    match clause {
        Clause::Require(sentence, condition) => Ok(if scope.holds(condition)? { None } else { Some(sentence) }),
        Clause::Let(pattern, shape, value) => {
            let mut value = scope.evaluate(value)?;
            if let (Meant::Value(untyped), Some(shape)) = (&value, shape) {
                value = Meant::Value(arithmetic::typed(scope.spec, untyped.clone(), *shape)?);
            }
            if scope.matches(pattern, &value)? { Ok(None) } else { fault("a let that does not match") }
        }
        _ => Ok(None),
    }
}

/// A write with its values.
enum Write {
    Set(Value),
    Insert(Value, Option<Value>),
    Remove(Value),
    Append(Value),
    TakeFirst,
}

fn write(clause: &'static Clause, scope: &mut Scope<'_>) -> Evaluated<Option<(&'static str, Write)>> {
    Ok(match clause {
        Clause::Set(field, value) => Some((field, Write::Set(scope.value(value)?))),
        Clause::Insert { field, key, value } => {
            let key = scope.value(key)?;
            let value = value.as_ref().map(|value| scope.value(value)).transpose()?;
            Some((field, Write::Insert(key, value)))
        }
        Clause::Remove { field, key } => Some((field, Write::Remove(scope.value(key)?))),
        Clause::Append { field, value } => Some((field, Write::Append(scope.value(value)?))),
        Clause::TakeFirst { field } => Some((field, Write::TakeFirst)),
        Clause::Require(..) | Clause::Let(..) | Clause::Emit(..) => None,
    })
}

impl Write {
    fn applied(self, before: Option<Value>) -> Evaluated<Value> {
        match (self, before) {
            (Self::Set(value), _) => Ok(value),
            (Self::Insert(key, None), Some(Value::Set(mut keys))) => {
                keys.insert(key);
                Ok(Value::Set(keys))
            }
            (Self::Insert(key, Some(value)), Some(Value::Map(mut entries))) => {
                entries.insert(key, value);
                Ok(Value::Map(entries))
            }
            (Self::Remove(key), Some(Value::Set(mut keys))) => {
                keys.remove(&key);
                Ok(Value::Set(keys))
            }
            (Self::Remove(key), Some(Value::Map(mut entries))) => {
                entries.remove(&key);
                Ok(Value::Map(entries))
            }
            (Self::Append(element), Some(Value::Seq(mut elements))) => {
                elements.push(element);
                Ok(Value::Seq(elements))
            }
            (Self::TakeFirst, Some(Value::Seq(elements))) => Ok(Value::Seq(elements.into_iter().skip(1).collect())),
            _ => fault("a write that does not fit its field"),
        }
    }
}
