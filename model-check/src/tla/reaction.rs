//! What a region does with an input, and what an input does to the machine.

use std::collections::BTreeMap;

use machine_spec::meaning::TargetMeaning;

use super::Definition;
use super::context::Context;
use super::helper::Helper;
use super::transition::{Handler, Operators};
use super::tree::{Spot, Tree};
use super::types::Type;
use super::{Translated, gap};

/// A region's answer to an input.
pub(super) struct Reaction {
    pub(super) region: usize,
    pub(super) name: String,
    /// The members of the payload that it takes, by position.
    pub(super) takes: Vec<usize>,
    pub(super) has_effects: bool,
}

/// One handler, ready to be put together with the others of its region.
struct Answer<'c> {
    handler: Handler<'c>,
    arms: Vec<Operators>,
}

impl Answer<'_> {
    fn operator(&self, arm: &Operators, suffix: &str) -> Tree {
        let name = format!("{}{suffix}", self.handler.context.transitions[arm.transition]);
        Tree::apply(name, self.handler.arguments())
    }

    /// Something of the first transition that accepts, when one does.
    fn of_first_accepting(&self, of: impl Fn(&Operators) -> Tree) -> Tree {
        let Some((last, others)) = self.arms.split_last() else { return Tree::bool(false) };
        others.iter().rev().fold(of(last), |rest, arm| Tree::choice(self.operator(arm, "_Accepts"), of(arm), rest))
    }

    fn some_accepts(&self) -> Tree {
        Tree::any(self.arms.iter().map(|arm| self.operator(arm, "_Accepts")))
    }

    fn chosen(&self) -> Translated<Tree> {
        let TargetMeaning::Each(selection) = self.handler.meaning.target else { return gap("no selection") };
        Ok(self.handler.scope.selection(self.handler.region, false, selection)?.tree)
    }

    fn key(&self) -> Translated<Tree> {
        self.handler.key.clone().map_or_else(|| gap("no key"), Ok)
    }

    /// Names the key where it is no part of the payload.
    fn with_key(&self, tree: Tree) -> Tree {
        match (&self.handler.computed_key, &self.handler.key) {
            (Some(computed), Some(Tree::Word(name))) => tree.with_locals(&[(name.clone(), computed.clone())]),
            _ => tree,
        }
    }

    /// Whether the region accepts.
    fn accepts(&self) -> Translated<Tree> {
        let instances = self.handler.context.variable(self.handler.region, false);
        let by_arms = self.some_accepts();
        let tree = match self.handler.meaning.target {
            TargetMeaning::Region => by_arms,
            TargetMeaning::Create(_) => Tree::all([self.key()?.element_of(instances.domain()).not(), by_arms]),
            TargetMeaning::At(_) => Tree::all([self.key()?.element_of(instances.domain()), by_arms]),
            TargetMeaning::Each(_) => {
                let Tree::Word(key) = self.key()? else { return gap("a key without a name") };
                Tree::bound("\\A", &key, self.chosen()?, by_arms)
            }
        };
        Ok(Tree::all([self.handler.needs.clone(), self.with_key(tree)]))
    }

    /// The region after the step, made from what the handlers in front of this one made of it.
    fn after(&self, before: Tree) -> Translated<Tree> {
        let own = |otherwise: Tree| {
            self.of_first_accepting(|arm| if arm.changes { self.operator(arm, "_After") } else { otherwise.clone() })
        };
        let removes = || self.of_first_accepting(|arm| Tree::bool(arm.removes));
        let context = self.handler.context;
        let instances = context.variable(self.handler.region, false);
        Ok(match self.handler.meaning.target {
            TargetMeaning::Region => own(before),
            TargetMeaning::Create(_) => {
                let put = context.helped(Helper::Put, [before.clone(), self.key()?, own(before)]);
                self.with_key(put)
            }
            TargetMeaning::At(_) => {
                let key = self.key()?;
                let unchanged = instances.clone().index(key.clone());
                let value = own(unchanged.clone());
                let moved = if value == unchanged {
                    before.clone()
                } else if before == instances {
                    before.clone().except(vec![(Spot::Key(key.clone()), value)])
                } else {
                    context.helped(Helper::Put, [before.clone(), key.clone(), value])
                };
                let removed = || context.helped(Helper::Drop, [before.clone(), key.clone()]);
                let removes = removes();
                let after = if removes.is_false() { moved } else { Tree::choice(removes, removed(), moved) };
                self.with_key(after)
            }
            TargetMeaning::Each(_) if before != instances => {
                return gap("an each behind another handler of the same region and input");
            }
            TargetMeaning::Each(_) => self.after_each(before, own, removes())?,
        })
    }

    fn after_each(&self, before: Tree, own: impl Fn(Tree) -> Tree, removes: Tree) -> Translated<Tree> {
        let Tree::Word(key) = self.key()? else { return gap("a key without a name") };
        let unchanged = before.clone().index(Tree::word(key.clone()));
        let value = own(unchanged.clone());
        let moved = Tree::choice(Tree::word(key.clone()).element_of(self.chosen()?), value, unchanged);
        let mut keys = before.clone().domain();
        if !removes.is_false() {
            let removed = Tree::filter(&key, self.chosen()?, removes);
            keys = keys.binary("\\", removed);
        } else if moved == before.clone().index(Tree::word(key.clone())) {
            return Ok(before);
        }
        Ok(Tree::function(&key, keys, moved))
    }

    /// What it asks for, if anything.
    fn effects(&self) -> Translated<Option<Tree>> {
        if !self.arms.iter().any(|arm| arm.has_effects) {
            return Ok(None);
        }
        let of_one = self.of_first_accepting(|arm| {
            if arm.has_effects { self.operator(arm, "_Effects") } else { Tree::Tuple(Vec::new()) }
        });
        if !matches!(self.handler.meaning.target, TargetMeaning::Each(_)) {
            return Ok(Some(self.with_key(of_one)));
        }
        let (context, region) = (self.handler.context, self.handler.region);
        let Some(key_shape) = context.spec.meaning.regions[region].key else { return gap("no key") };
        let Tree::Word(key) = self.key()? else { return gap("a key without a name") };
        let order = context.order(&Type::of(key_shape))?;
        let mut taken = self.handler.scope.taken.clone();
        let (keys, place) = (taken.take("keys"), taken.take("place"));
        let in_order = context.helped(Helper::InOrder(order), [self.chosen()?]);
        let one = of_one.with_locals(&[(key, Tree::word(keys.clone()).index(Tree::word(place.clone())))]);
        let places = Tree::number(1).binary("..", Tree::apply("Len", [Tree::word(keys.clone())]));
        let each = context.helped(Helper::Flatten, [Tree::function(&place, places, one)]);
        Ok(Some(each.with_locals(&[(keys, in_order)])))
    }
}

/// The operators of everything that a region does with an input.
pub(super) fn define_reaction(
    context: &Context<'_>,
    region: usize,
    input: usize,
    definitions: &mut Vec<Definition>,
) -> Translated<Reaction> {
    let mut answers = Vec::new();
    for meaning in context.spec.meaning.regions[region].handlers.iter().filter(|handler| handler.input == input) {
        let handler = Handler::new(context, region, meaning)?;
        let mut arms = Vec::new();
        for arm in meaning.arms {
            arms.push(handler.arm(arm, definitions)?);
        }
        answers.push(Answer { handler, arms });
    }
    combined(context, region, input, &answers, definitions)
}

/// One action of the region, whichever handlers it is made of.
fn combined(
    context: &Context<'_>,
    region: usize,
    input: usize,
    answers: &[Answer<'_>],
    definitions: &mut Vec<Definition>,
) -> Translated<Reaction> {
    let name = context.reactions[&(region, input)].clone();
    let variable = context.variable(region, false);
    let (mut accepts, mut after, mut effects) = (Vec::new(), variable.clone(), Vec::new());
    let mut payload = BTreeMap::new();
    for answer in answers {
        payload.extend(answer.handler.payload.iter().cloned());
        accepts.push(answer.accepts()?);
        after = answer.after(after)?;
        effects.extend(answer.effects()?);
    }
    let next = if after == variable { unchanged(&[variable]) } else { variable.prime().equals(after) };
    let (takes, parameters): (Vec<usize>, Vec<String>) = payload.into_iter().unzip();
    let about = format!("{} on {}.", context.spec.regions[region].name, context.spec.inputs[input].name);
    definitions.push(Definition {
        about: vec![about],
        name: name.clone(),
        parameters: parameters.clone(),
        body: Tree::all(accepts.into_iter().chain([next])),
    });
    let has_effects = !effects.is_empty();
    if let Some(body) = effects.into_iter().reduce(|one, other| one.binary("\\o", other)) {
        definitions.push(Definition { about: Vec::new(), name: format!("{name}_Effects"), parameters, body });
    }
    Ok(Reaction { region, name, takes, has_effects })
}

pub(super) fn unchanged(variables: &[Tree]) -> Tree {
    match variables {
        [] => Tree::bool(true),
        [variable] => variable.clone().prefix("UNCHANGED"),
        several => Tree::Tuple(several.to_vec()).prefix("UNCHANGED"),
    }
}

/// The action of an input: every region that knows it, and no other.
pub(super) fn define_input(
    context: &Context<'_>,
    input: usize,
    reactions: &[Reaction],
    definitions: &mut Vec<Definition>,
) -> bool {
    let spec = &context.spec.inputs[input];
    let mut taken = context.names.clone();
    let parameters: Vec<String> = spec.payload.iter().map(|member| taken.take(member.name)).collect();
    let call = |reaction: &Reaction, suffix: &str| {
        let arguments = reaction.takes.iter().map(|position| Tree::word(parameters[*position].clone()));
        Tree::apply(format!("{}{suffix}", reaction.name), arguments)
    };
    let others: Vec<Tree> = (0..context.variables.len())
        .filter(|region| !reactions.iter().any(|reaction| reaction.region == *region))
        .map(|region| context.variable(region, false))
        .collect();
    let together = reactions.iter().map(|reaction| call(reaction, ""));
    let about = if spec.doc.is_empty() {
        vec![format!("{}.", spec.name)]
    } else {
        spec.doc.lines().map(str::to_owned).collect()
    };
    let name = context.inputs[input].clone();
    definitions.push(Definition {
        about,
        name: name.clone(),
        parameters: parameters.clone(),
        body: Tree::all(together.chain([unchanged(&others)])),
    });
    let effects = reactions.iter().filter(|reaction| reaction.has_effects).map(|reaction| call(reaction, "_Effects"));
    match effects.reduce(|one, other| one.binary("\\o", other)) {
        None => false,
        Some(body) => {
            definitions.push(Definition { about: Vec::new(), name: format!("{name}_Effects"), parameters, body });
            true
        }
    }
}
