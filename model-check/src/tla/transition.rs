//! One transition as up to three operators: when it accepts, what it makes of its instance, and what it asks for.

use machine_spec::meaning::{
    ArmMeaning, Clause, DestinationMeaning, HandlerMeaning, RegionMeaning, Sources, TargetMeaning,
};
use machine_spec::spec::{RegionSpec, TransitionSpec};

use super::Definition;
use super::context::Context;
use super::helper::Helper;
use super::names::{TAG, member};
use super::scope::{Meant, Scope, Term, typed};
use super::tree::{Spot, Tree};
use super::types::{Sum, Type};
use super::{Gap, Translated, gap};

/// A handler: its parameters, and the instance that it moves.
pub(super) struct Handler<'c> {
    pub(super) context: &'c Context<'c>,
    pub(super) region: usize,
    pub(super) meaning: &'static HandlerMeaning,
    /// The payload under the handler's names, and `self`.
    pub(super) scope: Scope<'c>,
    /// The members of the payload that it takes, by position, with what they are called in TLA+.
    pub(super) payload: Vec<(usize, String)>,
    /// What its operators take: the payload, and in front of it the key where that is no part of it.
    pub(super) parameters: Vec<String>,
    /// The key of the instance that it moves, in the words of its operators.
    pub(super) key: Option<Tree>,
    /// The key as an expression of the payload, where it is a parameter of the operators.
    pub(super) computed_key: Option<Tree>,
    /// What must hold for the payload alone, before any instance is looked at.
    pub(super) needs: Tree,
    /// What stands in front of the arms of an `each`.
    pub(super) shared: Vec<(String, Tree)>,
}

/// The operators of a transition that there are.
pub(super) struct Operators {
    pub(super) transition: usize,
    pub(super) changes: bool,
    pub(super) removes: bool,
    pub(super) has_effects: bool,
}

/// A condition, or a name for what is behind it.
enum Item {
    Condition(Tree),
    Local(String, Tree),
}

impl<'c> Handler<'c> {
    pub(super) fn new(context: &'c Context<'c>, region: usize, meaning: &'static HandlerMeaning) -> Translated<Self> {
        let mut scope = Scope::new(context);
        let input = &context.spec.inputs[meaning.input];
        let form = context.spec.meaning.inputs[meaning.input];
        let mut payload = Vec::new();
        for (bound, name) in meaning.bindings {
            let Some(position) = input.payload.iter().position(|member| member.name == *bound) else {
                return gap(format!("the input has no {bound}"));
            };
            // Handlers may have names of their own for a member, but what calls them has one.
            let local = scope.taken.take(bound);
            scope.bind(name, Term::new(Tree::word(local.clone()), Type::of(form[position])).into());
            payload.push((position, local));
        }
        payload.sort();
        let mut handler = Self {
            context,
            region,
            meaning,
            scope,
            parameters: payload.iter().map(|(_, name)| name.clone()).collect(),
            payload,
            key: None,
            computed_key: None,
            needs: Tree::bool(true),
            shared: Vec::new(),
        };
        handler.find_key()?;
        Ok(handler)
    }

    fn region_spec(&self) -> &'static RegionSpec {
        &self.context.spec.regions[self.region]
    }

    fn region_meaning(&self) -> &'static RegionMeaning {
        &self.context.spec.meaning.regions[self.region]
    }

    fn variable(&self) -> Tree {
        self.context.variable(self.region, false)
    }

    fn find_key(&mut self) -> Translated<()> {
        match &self.meaning.target {
            TargetMeaning::Region => {}
            TargetMeaning::Create(key) | TargetMeaning::At(key) => {
                let key = self.scope.value(key)?.tree;
                self.needs = self.scope.take_needs();
                if matches!(key, Tree::Word(_)) {
                    self.key = Some(key);
                } else {
                    self.computed_key = Some(key);
                    self.take_key();
                }
            }
            TargetMeaning::Each(_) => {
                self.prelude_of_each()?;
                self.take_key();
            }
        }
        if !matches!(self.meaning.target, TargetMeaning::Create(_)) {
            let own = self.own();
            self.scope.bind("self", Meant::Instance { region: self.region, tree: own, key: self.key.clone() });
        }
        Ok(())
    }

    fn take_key(&mut self) {
        let key = self.scope.taken.take("key");
        self.parameters.insert(0, key.clone());
        self.key = Some(Tree::word(key));
    }

    /// The values that all instances of an `each` share.
    fn prelude_of_each(&mut self) -> Translated<()> {
        let mut needs = Vec::new();
        for clause in self.meaning.prelude {
            for item in items(clause, &mut self.scope)? {
                match item {
                    Item::Local(name, value) => self.shared.push((name, value)),
                    Item::Condition(need) if matches!(clause, Clause::Let(..)) => {
                        needs.push(need.with_locals(&self.shared));
                    }
                    Item::Condition(_) => return gap("a guard in front of the arms of an each"),
                }
            }
        }
        self.needs = Tree::all(needs);
        Ok(())
    }

    /// The instance before the step.
    fn own(&self) -> Tree {
        match &self.key {
            Some(key) => self.variable().index(key.clone()),
            None => self.variable(),
        }
    }

    pub(super) fn arguments(&self) -> Vec<Tree> {
        self.parameters.iter().map(Tree::word).collect()
    }

    /// The operators of one of its transitions.
    pub(super) fn arm(&self, arm: &'static ArmMeaning, definitions: &mut Vec<Definition>) -> Translated<Operators> {
        let spec = &self.context.spec.transitions[arm.transition];
        let written = self.written(arm).map_err(|Gap(what)| Gap(format!("{}: {what}", spec.name)))?;
        let name = &self.context.transitions[arm.transition];
        let define = |suffix: &str, about: Vec<String>, body: Tree| Definition {
            about,
            name: format!("{name}{suffix}"),
            parameters: self.parameters.clone(),
            body,
        };
        definitions.push(define("_Accepts", vec![self.about(spec)], written.accepts));
        let removes = matches!(arm.destination, DestinationMeaning::Remove);
        let has_effects = written.effects.is_some();
        let needs_after =
            !removes || written.effects.as_ref().is_some_and(|effects| effects.mentions(&format!("{name}_After")));
        let changes = written.after != self.own();
        if changes && needs_after {
            definitions.push(define("_After", Vec::new(), written.after));
        }
        definitions.extend(written.effects.map(|effects| define("_Effects", Vec::new(), effects)));
        Ok(Operators { transition: arm.transition, changes, removes, has_effects })
    }

    /// What the transition is, in the words of its own documentation.
    fn about(&self, spec: &TransitionSpec) -> String {
        use machine_spec::spec::Destination;
        let input = self.context.spec.inputs[spec.input].name;
        let from =
            if spec.source_pattern.is_empty() { String::new() } else { format!(" from {}", spec.source_pattern) };
        let to = match spec.destination {
            Destination::Stay => ", stays".to_owned(),
            Destination::Ignore => ", ignored".to_owned(),
            Destination::Remove => ", removed".to_owned(),
            Destination::Phase(phase) => format!(" to {phase}"),
        };
        format!("{} on {input}{from}{to} ({})", self.region_spec().name, spec.place)
    }

    fn written(&self, arm: &'static ArmMeaning) -> Translated<Written> {
        let mut scope = self.scope.clone();
        let visible = scope.visible();
        let mut items_of_arm = vec![Item::Condition(self.leaves(arm, &mut scope)?)];
        // What stands in front of the arms does not see the names that an arm's own pattern binds.
        let of_pattern = scope.take_behind(visible);
        let each = matches!(self.meaning.target, TargetMeaning::Each(_));
        for clause in if each { &[] } else { self.meaning.prelude } {
            items_of_arm.extend(items(clause, &mut scope)?);
        }
        of_pattern.into_iter().for_each(|(name, meant)| scope.bind(name, meant));
        for clause in arm.clauses {
            items_of_arm.extend(items(clause, &mut scope)?);
        }
        let after = self.after(arm, &mut scope)?;
        let effects = self.effects(arm, &mut scope, &after)?;
        items_of_arm.push(Item::Condition(scope.take_needs()));
        let mut locals = self.shared.clone();
        locals.extend(items_of_arm.iter().filter_map(|item| match item {
            Item::Local(name, value) => Some((name.clone(), value.clone())),
            Item::Condition(_) => None,
        }));
        Ok(Written {
            accepts: nested(items_of_arm).with_locals(&self.shared),
            after: after.with_locals(&locals),
            effects: effects.map(|effects| effects.with_locals(&locals)),
        })
    }

    fn leaves(&self, arm: &'static ArmMeaning, scope: &mut Scope<'c>) -> Translated<Tree> {
        let phase = || Term::new(self.own().member("phase"), Type::Phase(self.region));
        match &arm.sources {
            Sources::Unwritten => Ok(Tree::bool(true)),
            Sources::Any(except) => {
                let Some(sum) = self.context.sum(&Type::Phase(self.region)) else { return gap("no phases") };
                let phases = self.region_spec().phases.iter();
                let left: Vec<&str> = phases
                    .filter(|phase| !phase.is_final && !except.contains(&phase.name))
                    .map(|phase| phase.name)
                    .collect();
                if left.len() == self.region_spec().phases.len() {
                    return Ok(Tree::bool(true));
                }
                let name = sum.name_of(phase().tree);
                Ok(Tree::any(left.into_iter().map(|phase| name.clone().equals(Tree::string(phase)))))
            }
            Sources::Pattern(pattern) => scope.matches(pattern, &phase().into()),
        }
    }

    /// The instance after the transition.
    fn after(&self, arm: &'static ArmMeaning, scope: &mut Scope<'c>) -> Translated<Tree> {
        let creates = matches!(self.meaning.target, TargetMeaning::Create(_));
        let phase = match &arm.destination {
            DestinationMeaning::Phase(name, data) => {
                let data = scope.given(data)?;
                Some(scope.phase(self.region, name, data)?)
            }
            _ => None,
        };
        let mut fields: Vec<Option<Tree>> = if creates { first_values(self.context, self.region)? } else { Vec::new() };
        fields.resize(self.region_spec().fields.len(), None);
        for clause in arm.clauses {
            self.write(arm, clause, scope, &mut fields)?;
        }
        let names = self.region_spec().fields.iter().map(|field| member(field.name));
        let written = names.zip(fields);
        if creates {
            let fields = written.map(|(name, value)| match value {
                Some(value) => Ok((name, value)),
                None => gap(format!("the field {name} has no value")),
            });
            let phase = phase.map(|phase| Ok(("phase".to_owned(), phase)));
            return Ok(Tree::Record(phase.into_iter().chain(fields).collect::<Translated<_>>()?));
        }
        let phase = phase.map(|phase| (Spot::Member("phase".to_owned()), phase));
        let fields = written.filter_map(|(name, value)| Some((Spot::Member(name), value?)));
        let changes: Vec<(Spot, Tree)> = phase.into_iter().chain(fields).collect();
        Ok(if changes.is_empty() { self.own() } else { self.own().except(changes) })
    }

    fn write(
        &self,
        arm: &'static ArmMeaning,
        clause: &'static Clause,
        scope: &mut Scope<'c>,
        fields: &mut [Option<Tree>],
    ) -> Translated<()> {
        let (Clause::Set(name, _)
        | Clause::Insert { field: name, .. }
        | Clause::Remove { field: name, .. }
        | Clause::Append { field: name, .. }
        | Clause::TakeFirst { field: name }) = clause
        else {
            return Ok(());
        };
        let Some(position) = self.region_spec().fields.iter().position(|field| field.name == *name) else {
            return gap(format!("there is no field {name}"));
        };
        let ty = Type::of(self.region_meaning().fields[position].shape);
        let before = fields[position].take().unwrap_or_else(|| self.own().member(&member(name)));
        fields[position] = Some(match (clause, &ty) {
            (Clause::Set(_, value), _) => typed(scope.value(value)?, ty).tree,
            (Clause::Insert { key, value: None, .. }, Type::Set(_)) => {
                before.binary("\\cup", Tree::Set(vec![scope.value(key)?.tree]))
            }
            (Clause::Insert { key, value: Some(value), .. }, Type::Map(..)) => {
                let (key, value) = (scope.value(key)?.tree, scope.value(value)?.tree);
                self.context.helped(Helper::Put, [before, key, value])
            }
            (Clause::Remove { key, .. }, Type::Set(_)) => before.binary("\\", Tree::Set(vec![scope.value(key)?.tree])),
            (Clause::Remove { key, .. }, Type::Map(..)) => {
                let key = scope.value(key)?.tree;
                self.context.helped(Helper::Drop, [before, key])
            }
            (Clause::Append { value, .. }, Type::Seq(_)) => Tree::apply("Append", [before, scope.value(value)?.tree]),
            (Clause::TakeFirst { .. }, Type::Seq(_)) => {
                // Every `take first` of a transition asks for one more element of what was there before.
                let taken = arm.clauses.iter().take_while(|other| !std::ptr::eq(*other, clause));
                let taken = taken.filter(|other| matches!(other, Clause::TakeFirst { field } if field == name)).count();
                let elements = Tree::apply("Len", [self.own().member(&member(name))]);
                scope.need(elements.binary(">", Tree::number(taken as i128)));
                Tree::apply("Tail", [before])
            }
            _ => return gap(format!("a write that does not fit {name}")),
        });
        Ok(())
    }

    /// The sequence of what it asks for, if it asks for anything.
    fn effects(&self, arm: &'static ArmMeaning, scope: &mut Scope<'c>, after: &Tree) -> Translated<Option<Tree>> {
        let spec = self.context.spec;
        let visible = scope.visible();
        let name = scope.taken.take("after");
        let word = Tree::word(name.clone());
        scope.bind("next", Meant::Instance { region: self.region, tree: word, key: self.key.clone() });
        let mut effects = Vec::new();
        for clause in arm.clauses {
            let Clause::Emit(effect, data) = clause else { continue };
            let Some(position) = spec.effects.iter().position(|declared| declared.name == *effect) else {
                return gap(format!("there is no effect {effect}"));
            };
            let data = scope.given(data)?;
            let data = scope.complete(spec.effects[position].payload, spec.meaning.effects[position], data)?;
            effects.push(Tree::Record(std::iter::once((TAG.to_owned(), Tree::string(effect))).chain(data).collect()));
        }
        scope.forget(visible);
        if effects.is_empty() {
            return Ok(None);
        }
        let is_changed = *after != self.own();
        let operator = format!("{}_After", self.context.transitions[arm.transition]);
        let value = if is_changed { Tree::apply(operator, self.arguments()) } else { self.own() };
        // What an effect needs is asked for in front of the step, where there is no name for what is behind it.
        let needs = scope.take_needs();
        scope.need(needs.with_locals(&[(name.clone(), value.clone())]));
        Ok(Some(Tree::Tuple(effects).with_locals(&[(name, value)])))
    }
}

/// The texts of a transition.
struct Written {
    accepts: Tree,
    after: Tree,
    effects: Option<Tree>,
}

/// A guard or a `let`.
fn items(clause: &'static Clause, scope: &mut Scope<'_>) -> Translated<Vec<Item>> {
    match clause {
        Clause::Require(sentence, condition) => {
            let condition = scope.holds(condition)?;
            let needs = scope.take_needs();
            let condition = Tree::Noted((*sentence).to_owned(), Box::new(condition));
            Ok(vec![Item::Condition(needs), Item::Condition(condition)])
        }
        Clause::Let(pattern, shape, value) => {
            let meant = scope.evaluate(value)?;
            let needs = scope.take_needs();
            let mut local = None;
            let meant = match meant {
                Meant::Value(term) => {
                    let term = match shape {
                        Some(shape) => typed(term, Type::of(*shape)),
                        None => term,
                    };
                    let (term, named) = named(term, pattern, scope);
                    local = named;
                    Meant::Value(term)
                }
                other => other,
            };
            scope.matches(pattern, &meant)?;
            Ok([Item::Condition(needs)].into_iter().chain(local).collect())
        }
        _ => Ok(Vec::new()),
    }
}

/// A name for a value, unless it is a name by itself.
fn named(term: Term, pattern: &machine_spec::meaning::Pattern, scope: &mut Scope<'_>) -> (Term, Option<Item>) {
    use machine_spec::meaning::Pattern;
    if matches!(term.tree, Tree::Word(_)) {
        return (term, None);
    }
    let name = scope.taken.take(if let Pattern::Name(name) = pattern { name } else { "value" });
    let named = Term::new(Tree::word(name.clone()), term.ty);
    (named, Some(Item::Local(name, term.tree)))
}

/// Conditions in their order, each behind the names that it may mention.
fn nested(items: Vec<Item>) -> Tree {
    let mut tree = Tree::bool(true);
    for item in items.into_iter().rev() {
        tree = match item {
            Item::Condition(condition) => Tree::all([condition, tree]),
            Item::Local(name, value) if tree.mentions(&name) => Tree::Let(vec![(name, value)], Box::new(tree)),
            Item::Local(..) => tree,
        };
    }
    tree
}

/// What the fields of a region begin with.
pub(super) fn first_values(context: &Context<'_>, region: usize) -> Translated<Vec<Option<Tree>>> {
    let fields = context.spec.meaning.regions[region].fields.iter();
    let values = fields.map(|field| match &field.initial {
        Some(initial) => Ok(Some(Scope::new(context).value(initial)?.tree)),
        None => Ok(None),
    });
    values.collect()
}

/// The state that a region starts in.
pub(super) fn first_state(context: &Context<'_>, region: usize) -> Translated<Tree> {
    let spec = &context.spec.regions[region];
    if spec.key.is_some() {
        return Ok(Tree::Tuple(Vec::new()));
    }
    let mut members = Vec::new();
    if let Some(initial) = spec.phases.iter().find(|phase| phase.initial) {
        let sum: Option<Sum> = context.sum(&Type::Phase(region));
        members.extend(sum.map(|sum| ("phase".to_owned(), sum.value(initial.name, Vec::new()))));
    }
    for (field, value) in spec.fields.iter().zip(first_values(context, region)?) {
        match value {
            Some(value) => members.push((member(field.name), value)),
            None => return gap(format!("the field {} has no first value", field.name)),
        }
    }
    Ok(Tree::Record(members))
}
