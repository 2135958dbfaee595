//! Puts the module and its configuration together.

use std::fmt;

use machine_spec::Bounds;
use machine_spec::spec::{MachineSpec, PropertyKind, PropertySpec, Strength, TypeKind};

use super::context::Context;
use super::properties::{PropertyNames, define_property, define_types, payload_domains};
use super::reaction::{Reaction, define_input, define_reaction};
use super::scope::{Meant, Scope, typed};
use super::transition::first_state;
use super::tree::Tree;
use super::types::Type;
use super::{Definition, InputNames, TlaModule, Translated};

pub(super) fn write(spec: &'static MachineSpec, bounds: &Bounds) -> Translated<TlaModule> {
    let context = Context::new(spec, bounds);
    let mut body = Sections::default();
    body.add("Types", types(&context)?);
    body.add("Constants and functions", functions(&context)?);
    body.add("State", state(&context)?);
    body.add("Selections", selections(&context)?);
    let inputs = transitions(&context, &mut body)?;
    body.add("The machine", vec![next(&context, &inputs)?]);
    let mut definitions = Vec::new();
    let properties: Vec<PropertyNames> = (0..spec.properties.len())
        .map(|index| define_property(&context, index, &mut definitions))
        .collect::<Translated<_>>()?;
    let behaviour = behaviour(&context, &inputs)?;
    let mut claims = Sections::default();
    claims.add("Properties", definitions);
    let steps = steps(&context, &properties);
    let name = names_of_file(spec.name);
    let text = Module {
        context: &context,
        name: &name,
        body: &body.0,
        behaviour: &behaviour,
        claims: &claims.0,
        steps: &steps,
    };
    Ok(TlaModule {
        text: text.to_string(),
        configuration: configuration(&context, &properties),
        name,
        variables: context.variables.clone(),
        selections: context.selections.clone(),
        inputs,
        properties,
    })
}

/// The name of the module: that of the machine.
fn names_of_file(machine: &str) -> String {
    super::names::Names::of_the_language().take(machine)
}

#[derive(Default)]
struct Sections(String);

impl Sections {
    fn add(&mut self, title: &str, definitions: Vec<Definition>) {
        if definitions.is_empty() {
            return;
        }
        self.title(title);
        definitions.iter().for_each(|definition| self.0 += &format!("{definition}\n"));
    }

    fn title(&mut self, title: &str) {
        self.0 += &format!("{}\n\\* {title}\n\n", "-".repeat(80));
    }
}

impl fmt::Display for Definition {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.about.iter().try_for_each(|line| writeln!(formatter, "\\* {}", line.trim()))?;
        formatter.write_str(&self.name)?;
        if !self.parameters.is_empty() {
            write!(formatter, "({})", self.parameters.join(", "))?;
        }
        let body = match &self.body {
            noted @ Tree::Noted(..) => Tree::All(vec![noted.clone()]),
            other => other.clone(),
        };
        writeln!(formatter, " ==\n    {}", body.laid_out(4))
    }
}

fn constant(name: &str, body: Tree, doc: &str) -> Definition {
    let about = doc.lines().filter(|line| !line.trim().is_empty()).map(str::to_owned).collect();
    Definition { about, name: name.to_owned(), parameters: Vec::new(), body }
}

/// The types that are the same set wherever they are used.
fn types(context: &Context<'_>) -> Translated<Vec<Definition>> {
    let declared = context.spec.types.iter().enumerate();
    let plain = declared.filter(|(_, declared)| !context.has_integers(&Type::Declared(declared.name)));
    plain
        .map(|(index, declared)| {
            let kind = match declared.kind {
                TypeKind::Id => "Ids.",
                TypeKind::Epoch => "Epochs.",
                TypeKind::Opaque(_) => "Carried, and never looked into: one value stands for all.",
                TypeKind::Enum(_) | TypeKind::Record(_) | TypeKind::Number { .. } => "",
            };
            let doc = if declared.doc.is_empty() { kind } else { declared.doc };
            Ok(constant(&context.types[index], context.definition_of_declared(index, "")?, doc))
        })
        .collect()
}

fn functions(context: &Context<'_>) -> Translated<Vec<Definition>> {
    let mut definitions = Vec::new();
    let meaning = &context.spec.meaning;
    for (declared, name) in meaning.constants.iter().zip(&context.constants) {
        let value = Scope::new(context).value(&declared.value)?;
        definitions.push(constant(name, typed(value, Type::of(declared.shape)).tree, ""));
    }
    for (declared, name) in meaning.functions.iter().zip(&context.functions) {
        let mut scope = Scope::new(context);
        let parameters: Vec<String> =
            declared.parameters.iter().map(|(name, shape)| scope.declare(name, Type::of(*shape))).collect();
        let body = scope.value(&declared.body)?.tree;
        let needs = scope.take_needs();
        definitions.push(Definition { about: Vec::new(), name: name.clone(), parameters: parameters.clone(), body });
        if !needs.is_true() {
            let name = format!("{name}_HasValue");
            definitions.push(Definition { about: Vec::new(), name, parameters, body: needs });
            context.partial_functions.borrow_mut().insert(declared.name);
        }
    }
    Ok(definitions)
}

fn state(context: &Context<'_>) -> Translated<Vec<Definition>> {
    let first = (0..context.variables.len())
        .map(|region| Ok(context.variable(region, false).equals(first_state(context, region)?)))
        .collect::<Translated<Vec<_>>>()?;
    let vars = Tree::Tuple(context.variables.iter().map(Tree::word).collect());
    Ok(vec![
        constant("vars", vars, ""),
        define_types(context)?,
        Definition { about: Vec::new(), name: "Init".to_owned(), parameters: Vec::new(), body: Tree::all(first) },
    ])
}

/// The keys of the instances that match.
fn selections(context: &Context<'_>) -> Translated<Vec<Definition>> {
    let mut definitions = Vec::new();
    for (region, spec) in context.spec.regions.iter().enumerate() {
        let written = spec.selections.iter().zip(context.spec.meaning.regions[region].selections);
        for ((selection, meaning), name) in written.zip(&context.selections[region]) {
            let mut scope = Scope::new(context);
            let key = scope.taken.take("key");
            let (variable, word) = (context.variable(region, false), Tree::word(key.clone()));
            let tree = variable.clone().index(word.clone());
            let own = Meant::Instance { region, tree, key: Some(word) };
            let phase = scope.member(&own, "phase")?;
            scope.bind("self", own);
            let matches = scope.matches(&meaning.pattern, &phase)?;
            // The names that the pattern binds are not visible in the condition.
            scope.forget(1);
            let condition = match &meaning.condition {
                Some(condition) => scope.holds(condition)?,
                None => Tree::bool(true),
            };
            let needs = scope.take_needs();
            let keys = Tree::filter(&key, variable.domain(), Tree::all([matches, needs, condition]));
            definitions.push(constant(name, keys, &format!("{}.{}", spec.name, selection.name)));
        }
    }
    Ok(definitions)
}

/// A section per input: the transitions of every region that knows it, and the whole.
fn transitions(context: &Context<'_>, body: &mut Sections) -> Translated<Vec<InputNames>> {
    let mut inputs = Vec::new();
    for (input, spec) in context.spec.inputs.iter().enumerate() {
        let mut definitions = Vec::new();
        let knows = |region: &usize| context.reactions.contains_key(&(*region, input));
        let reactions = (0..context.variables.len())
            .filter(knows)
            .map(|region| define_reaction(context, region, input, &mut definitions))
            .collect::<Translated<Vec<Reaction>>>()?;
        if reactions.is_empty() {
            body.title(&format!("{}: no region knows it, so it is never accepted", spec.name));
            inputs.push(InputNames { action: None, effects: None });
            continue;
        }
        let name = &context.inputs[input];
        let has_effects = define_input(context, input, &reactions, &mut definitions);
        let effects = has_effects.then(|| format!("{name}_Effects"));
        inputs.push(InputNames { action: Some(name.clone()), effects });
        body.add(&format!("Input {}", spec.name), definitions);
    }
    Ok(inputs)
}

fn next(context: &Context<'_>, inputs: &[InputNames]) -> Translated<Definition> {
    let mut steps = Vec::new();
    for (index, names) in inputs.iter().enumerate() {
        let Some(action) = &names.action else { continue };
        steps.push(with_any_payload(context, index, action, Tree::word("TypeOK").prime())?);
    }
    Ok(Definition { about: Vec::new(), name: "Next".to_owned(), parameters: Vec::new(), body: Tree::any(steps) })
}

/// An action with any payload within the bounds, and something more.
fn with_any_payload(context: &Context<'_>, input: usize, action: &str, more: Tree) -> Translated<Tree> {
    let spec = &context.spec.inputs[input];
    let mut taken = context.names.clone();
    let parameters: Vec<String> = spec.payload.iter().map(|member| taken.take(member.name)).collect();
    let step = Tree::all([Tree::apply(action, parameters.iter().map(Tree::word)), more]);
    let domains = payload_domains(context, spec.name, spec.payload, context.spec.meaning.inputs[input])?;
    let names: Vec<(String, Tree)> = parameters.into_iter().zip(domains).collect();
    Ok(if names.is_empty() { step } else { Tree::Bound("\\E", names, Box::new(step)) })
}

/// The behaviours of the machine. What leads out of the bounds counts as possible, so that nobody waits for it in vain.
fn behaviour(context: &Context<'_>, inputs: &[InputNames]) -> Translated<String> {
    let mut text = "Spec ==\n    /\\ Init\n    /\\ [][Next]_vars\n".to_owned();
    for fairness in context.spec.fairness {
        let Some(action) = &inputs[fairness.input].action else { continue };
        let operator = match fairness.strength {
            Strength::Weak => "WF_vars",
            Strength::Strong => "SF_vars",
        };
        let action = with_any_payload(context, fairness.input, action, Tree::bool(true))?;
        text += &format!("    /\\ {operator}({})\n", action.laid_out(8 + operator.len()));
    }
    Ok(text)
}

/// The properties of steps and runs as temporal formulas.
fn steps(context: &Context<'_>, properties: &[PropertyNames]) -> String {
    let formula = |(property, names): (&PropertySpec, &PropertyNames)| match (property.kind, &names.premise) {
        (PropertyKind::Always, _) => format!("{0}_Always ==\n    [][{0}]_vars\n\n", names.claim),
        (PropertyKind::LeadsTo, Some(premise)) => {
            format!("{} ==\n    {premise} ~> {}\n\n", names.formula(property.kind), names.claim)
        }
        _ => String::new(),
    };
    context.spec.properties.iter().zip(properties).map(formula).collect()
}

struct Module<'m> {
    context: &'m Context<'m>,
    name: &'m str,
    body: &'m str,
    behaviour: &'m str,
    claims: &'m str,
    steps: &'m str,
}

impl fmt::Display for Module<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let spec = self.context.spec;
        let title = format!(" MODULE {} ", self.name);
        writeln!(formatter, "{title:-^80}")?;
        spec.doc.lines().try_for_each(|line| writeln!(formatter, "\\* {}", line.trim()))?;
        writeln!(formatter, "\\*\n\\* Exported from {} by `meerkat tla`.", spec.place)?;
        writeln!(formatter, "EXTENDS Integers, Sequences, FiniteSets, TLC\n")?;
        writeln!(formatter, "CONSTANTS")?;
        let bounds = self.context.bound_constants.borrow();
        let names: Vec<&str> = std::iter::once("None").chain(bounds.keys().map(String::as_str)).collect();
        writeln!(formatter, "    {}\n", names.join(",\n    "))?;
        writeln!(formatter, "VARIABLES\n    {}\n", self.context.variables.join(",\n    "))?;
        let helpers = self.context.helpers.borrow();
        // A rank is used by the others.
        helpers
            .iter()
            .filter(|helper| helper.parts().is_empty())
            .try_for_each(|each| writeln!(formatter, "{}\n", each.definition()))?;
        helpers
            .iter()
            .filter(|helper| !helper.parts().is_empty())
            .try_for_each(|each| writeln!(formatter, "{}\n", each.definition()))?;
        writeln!(formatter, "{}{}\n{}{}{}", self.body, self.behaviour, self.claims, self.steps, "=".repeat(80))
    }
}

/// What a checker is told: the bounds, and what to check.
fn configuration(context: &Context<'_>, properties: &[PropertyNames]) -> String {
    let mut text = "SPECIFICATION Spec\n\\* A state in which every input is rejected is no error.\nCHECK_DEADLOCK FALSE\n\nCONSTANTS\n    None = None\n".to_owned();
    for (name, bound) in context.bound_constants.borrow().iter() {
        text += &format!("    {name} = {bound}\n");
    }
    let of_kind = |kind| {
        let properties = context.spec.properties.iter().zip(properties);
        properties.filter(move |(property, _)| property.kind == kind).map(|(_, names)| names)
    };
    text += "\nINVARIANTS\n    TypeOK\n";
    of_kind(PropertyKind::Invariant).for_each(|names| text += &format!("    {}\n", names.claim));
    let formulas = context
        .spec
        .properties
        .iter()
        .zip(properties)
        .filter(|(property, _)| matches!(property.kind, PropertyKind::Always | PropertyKind::LeadsTo));
    let formulas: String =
        formulas.map(|(property, names)| format!("    {}\n", names.formula(property.kind))).collect();
    if !formulas.is_empty() {
        text += &format!("\nPROPERTIES\n{formulas}");
    }
    let refuted: Vec<&String> = of_kind(PropertyKind::Reachable).filter_map(|names| names.refuted.as_ref()).collect();
    if !refuted.is_empty() {
        text += "\n\\* What must be refuted, one at a time; the trace shows how the state is reached.\n";
        refuted.iter().for_each(|name| text += &format!("\\* INVARIANT {name}\n"));
    }
    text
}
