//! The expressions of a machine in TLA+, among the names that are visible where they stand.
//!
//! It goes through an expression as [`interpret`](crate::interpret) does, with text in place of values. What the two
//! languages do not share is that a value may leave the range of its type: the conditions under which none does are
//! gathered beside the text, each under what has to hold before it is asked for.

use machine_spec::meaning::{Expression, MatchArm, Pattern};

use super::arithmetic;
use super::context::Context;
use super::names::{Names, member};
use super::tree::Tree;
use super::types::Type;
use super::{Gap, Translated, gap};

/// A value: its text and its type.
#[derive(Clone, Debug)]
pub(super) struct Term {
    pub(super) tree: Tree,
    pub(super) ty: Type,
}

impl Term {
    pub(super) fn new(tree: Tree, ty: Type) -> Self {
        Self { tree, ty }
    }

    pub(super) fn bool(tree: Tree) -> Self {
        Self::new(tree, Type::Bool)
    }
}

/// What an expression stands for.
#[derive(Clone, Debug)]
pub(super) enum Meant {
    Value(Term),
    /// An option of which it is known when there is something, and what.
    Maybe {
        some: Tree,
        value: Box<Self>,
    },
    /// The state after a step: `next`.
    Next,
    /// A keyed region, before or after a step.
    Region {
        region: usize,
        primed: bool,
    },
    /// An instance, or a region that is not keyed.
    Instance {
        region: usize,
        tree: Tree,
        key: Option<Tree>,
    },
}

impl From<Term> for Meant {
    fn from(term: Term) -> Self {
        Self::Value(term)
    }
}

/// The names that are visible at some place. A later one hides an earlier one.
#[derive(Clone)]
pub(super) struct Scope<'c> {
    pub(super) context: &'c Context<'c>,
    /// The names of TLA+ that are taken here.
    pub(super) taken: Names,
    names: Vec<(&'static str, Meant)>,
    /// What must hold for everything that was translated to have a value.
    needs: Vec<Tree>,
}

impl<'c> Scope<'c> {
    pub(super) fn new(context: &'c Context<'c>) -> Self {
        Self { context, taken: context.names.clone(), names: Vec::new(), needs: Vec::new() }
    }

    pub(super) fn bind(&mut self, name: &'static str, meant: Meant) {
        self.names.push((name, meant));
    }

    /// Binds a parameter of an operator, or the name behind a quantifier; gives what it is called in TLA+.
    pub(super) fn declare(&mut self, name: &'static str, ty: Type) -> String {
        let local = self.taken.take(if name.trim_matches('_').is_empty() { "each" } else { name });
        self.bind(name, Term::new(Tree::word(local.clone()), ty).into());
        local
    }

    pub(super) fn visible(&self) -> usize {
        self.names.len()
    }

    pub(super) fn forget(&mut self, visible: usize) {
        self.names.truncate(visible);
    }

    pub(super) fn take_behind(&mut self, visible: usize) -> Vec<(&'static str, Meant)> {
        self.names.split_off(visible)
    }

    pub(super) fn need(&mut self, condition: Tree) {
        if !condition.is_true() && !self.needs.contains(&condition) {
            self.needs.push(condition);
        }
    }

    /// What was gathered since this was asked last.
    pub(super) fn take_needs(&mut self) -> Tree {
        Tree::all(std::mem::take(&mut self.needs))
    }

    /// Translates a part that is asked for only under some condition.
    pub(super) fn apart<T>(&mut self, translate: impl FnOnce(&mut Self) -> Translated<T>) -> Translated<(T, Tree)> {
        let outer = std::mem::take(&mut self.needs);
        let translated = translate(self);
        let inner = self.take_needs();
        self.needs = outer;
        Ok((translated?, inner))
    }

    /// The value of an expression.
    pub(super) fn value(&mut self, expression: &'static Expression) -> Translated<Term> {
        let meant = self.evaluate(expression)?;
        self.materialized(meant).map_err(|Gap(what)| Gap(format!("{what} in {expression:?}")))
    }

    pub(super) fn materialized(&mut self, meant: Meant) -> Translated<Term> {
        match meant {
            Meant::Value(term) => Ok(term),
            Meant::Maybe { some, value } => {
                let value = self.materialized(*value)?;
                let wrapped = wrapped(&value);
                let ty = Type::Option(Box::new(value.ty));
                Ok(Term::new(Tree::choice(some, wrapped, Tree::word("None")), ty))
            }
            Meant::Next | Meant::Region { .. } | Meant::Instance { .. } => gap("a whole region as a value"),
        }
    }

    /// Whether a condition holds. The names that it binds stay visible.
    pub(super) fn holds(&mut self, expression: &'static Expression) -> Translated<Tree> {
        Ok(self.value(expression)?.tree)
    }

    pub(super) fn evaluate(&mut self, expression: &'static Expression) -> Translated<Meant> {
        Ok(match expression {
            Expression::Bool(value) => Term::bool(Tree::bool(*value)).into(),
            Expression::Integer(number, ty) => {
                Term::new(arithmetic::literal(i128::from(*number))?, Type::Integer(*ty)).into()
            }
            Expression::Name(name) => return self.name(name),
            Expression::Path(words) => self.path(words)?.into(),
            Expression::Member(of, name) => {
                let of = self.evaluate(of)?;
                return self.member(&of, name);
            }
            Expression::Method(receiver, method, arguments) => {
                let receiver = self.evaluate(receiver)?;
                return self.method(receiver, method, arguments);
            }
            Expression::Call(function, arguments) => return self.call(function, arguments),
            Expression::Unary("&" | "*", operand) => return self.evaluate(operand),
            Expression::Unary(sign, operand) => {
                let operand = self.value(operand)?;
                arithmetic::unary(self, sign, operand)?.into()
            }
            Expression::Binary(left, sign @ ("&&" | "||"), right) => {
                let left = self.holds(left)?;
                let (right, needs) = self.apart(|scope| scope.holds(right))?;
                let and = *sign == "&&";
                let reached = if and { left.clone() } else { left.clone().not() };
                self.need(reached.implies(needs));
                Term::bool(if and { Tree::all([left, right]) } else { Tree::any([left, right]) }).into()
            }
            Expression::Binary(left, sign @ ("==" | "!="), right) => {
                let equal = self.equal(left, right)?;
                Term::bool(if *sign == "==" { equal } else { equal.not() }).into()
            }
            Expression::Binary(left, sign, right) => {
                let (left, right) = (self.value(left)?, self.value(right)?);
                arithmetic::binary(self, left, sign, right)?.into()
            }
            Expression::Tuple(elements) => {
                let terms: Vec<Term> = elements.iter().map(|element| self.value(element)).collect::<Translated<_>>()?;
                let types = terms.iter().map(|term| term.ty.clone()).collect();
                Term::new(Tree::Tuple(terms.into_iter().map(|term| term.tree).collect()), Type::Tuple(types)).into()
            }
            Expression::Structure(words, members) => self.structure(words, members)?.into(),
            Expression::Let(pattern, value) => {
                let value = self.evaluate(value)?;
                Term::bool(self.matches(pattern, &value)?).into()
            }
            Expression::Matches(..) | Expression::If(..) | Expression::Match(..) => {
                let visible = self.visible();
                let result = self.choice(expression);
                self.forget(visible);
                return result;
            }
            Expression::Closure(..) | Expression::Unknown(_) => return gap(format!("{expression:?}")),
        })
    }

    /// Options are compared without being put together first.
    fn equal(&mut self, left: &'static Expression, right: &'static Expression) -> Translated<Tree> {
        let (left, right) = (self.evaluate(left)?, self.evaluate(right)?);
        match (left, right) {
            (Meant::Maybe { some, value }, other) | (other, Meant::Maybe { some, value }) => {
                let other = self.maybe(other)?;
                let Meant::Maybe { some: other_some, value: other_value } = other else { return gap("an option") };
                if other_some.is_false() {
                    return Ok(some.not());
                }
                let same = self.materialized(*value)?.tree.equals(self.materialized(*other_value)?.tree);
                if some == other_some || other_some.is_true() {
                    return Ok(Tree::all([some, same]));
                }
                if some.is_true() {
                    return Ok(Tree::all([other_some, same]));
                }
                Ok(Tree::all([some.clone().binary("<=>", other_some), some.implies(same)]))
            }
            (left, right) => Ok(self.materialized(left)?.tree.equals(self.materialized(right)?.tree)),
        }
    }

    /// An option, as when there is something and what.
    pub(super) fn maybe(&mut self, meant: Meant) -> Translated<Meant> {
        match meant {
            Meant::Maybe { .. } => Ok(meant),
            Meant::Value(Term { tree, ty: Type::Option(inner) }) => {
                let some = match &tree {
                    Tree::Word(word) if word == "None" => Tree::bool(false),
                    tree => Tree::word("None").equals(tree.clone()).not(),
                };
                let some = match some {
                    Tree::Binary(none, "#", tree) => Tree::Binary(tree, "#", none),
                    other => other,
                };
                let value = if inner.is_option() { tree.member("some") } else { tree };
                Ok(Meant::Maybe { some, value: Box::new(Term::new(value, *inner).into()) })
            }
            other => gap(format!("an option that is {other:?}")),
        }
    }

    /// The expressions inside which names are visible that are not behind them.
    fn choice(&mut self, expression: &'static Expression) -> Translated<Meant> {
        match expression {
            Expression::Matches(value, pattern, condition) => {
                let value = self.evaluate(value)?;
                let matches = self.matches(pattern, &value)?;
                let Some(condition) = condition else { return Ok(Term::bool(matches).into()) };
                let (condition, needs) = self.apart(|scope| scope.holds(condition))?;
                self.need(matches.clone().implies(needs));
                Ok(Term::bool(Tree::all([matches, condition])).into())
            }
            Expression::If(condition, then, otherwise) => {
                let visible = self.visible();
                let condition = self.holds(condition)?;
                let (then, then_needs) = self.apart(|scope| scope.value(then))?;
                self.forget(visible);
                let (otherwise, otherwise_needs) = self.apart(|scope| scope.value(otherwise))?;
                self.need(Tree::either_holds(condition.clone(), then_needs, otherwise_needs));
                Ok(either(condition, then, otherwise).into())
            }
            Expression::Match(value, arms) => {
                let value = self.evaluate(value)?;
                let ((term, needs), outer) = self.apart(|scope| scope.arms(&value, arms))?;
                self.need(outer);
                self.need(needs);
                Ok(term.into())
            }
            other => gap(format!("{other:?}")),
        }
    }

    /// The value of the first arm that fits, and what it needs. The last one is reached by what fits no other.
    fn arms(&mut self, value: &Meant, arms: &'static [MatchArm]) -> Translated<(Term, Tree)> {
        let Some((arm, rest)) = arms.split_first() else { return gap("a match without arms") };
        let visible = self.visible();
        let matches = self.matches(&arm.pattern, value)?;
        let (condition, condition_needs) = match &arm.condition {
            Some(condition) => self.apart(|scope| scope.holds(condition))?,
            None => (Tree::bool(true), Tree::bool(true)),
        };
        let (term, needs) = self.apart(|scope| scope.value(&arm.value))?;
        self.forget(visible);
        if rest.is_empty() && condition.is_true() {
            return Ok((term, needs));
        }
        let (otherwise, rest_needs) = self.arms(value, rest)?;
        let fits = Tree::all([matches.clone(), condition]);
        let needs = Tree::all([matches.implies(condition_needs), Tree::either_holds(fits.clone(), needs, rest_needs)]);
        Ok((either(fits, term, otherwise), needs))
    }

    fn name(&mut self, name: &'static str) -> Translated<Meant> {
        if let Some((_, meant)) = self.names.iter().rev().find(|(known, _)| *known == name) {
            return Ok(meant.clone());
        }
        if name == "None" {
            return Ok(none().into());
        }
        match self.constant(name) {
            Some(term) => Ok(term.into()),
            None => self.region(name, false),
        }
    }

    /// A constant, if the name is one.
    pub(super) fn constant(&self, name: &str) -> Option<Term> {
        let constants = self.context.spec.meaning.constants;
        let index = constants.iter().position(|constant| constant.name == name)?;
        Some(Term::new(Tree::word(self.context.constants[index].clone()), Type::of(constants[index].shape)))
    }

    fn region(&self, name: &str, primed: bool) -> Translated<Meant> {
        let spec = self.context.spec;
        let Some(region) = spec.regions.iter().position(|region| region.name == name) else {
            return gap(format!("there is no {name} here"));
        };
        Ok(match spec.meaning.regions[region].key {
            Some(_) => Meant::Region { region, primed },
            None => Meant::Instance { region, tree: self.context.variable(region, primed), key: None },
        })
    }

    pub(super) fn member(&self, of: &Meant, name: &str) -> Translated<Meant> {
        match of {
            Meant::Next => self.region(name, true),
            Meant::Instance { region, tree, key } => self.instance_member(*region, tree, key.as_ref(), name),
            Meant::Region { region, primed } => self.selection(*region, *primed, name).map(Meant::from),
            Meant::Value(Term { tree, ty: Type::Tuple(types) }) => {
                let found = name.parse::<usize>().ok().and_then(|at| Some((at, types.get(at)?)));
                let Some((at, ty)) = found else { return gap(format!("there is no element {name}")) };
                Ok(Term::new(tree.clone().index(Tree::number(at as i128 + 1)), ty.clone()).into())
            }
            Meant::Value(Term { tree, ty: Type::Declared(ty) }) => {
                let Some((members, form)) = self.context.record(ty) else { return gap(format!("a member of {ty}")) };
                let Some(position) = members.iter().position(|member| member.name == name) else {
                    return gap(format!("there is no member {name}"));
                };
                Ok(Term::new(tree.clone().member(&member(name)), Type::of(form[position])).into())
            }
            other => gap(format!("{other:?} has no {name}")),
        }
    }

    fn instance_member(&self, region: usize, tree: &Tree, key: Option<&Tree>, name: &str) -> Translated<Meant> {
        let (spec, meaning) = (&self.context.spec.regions[region], &self.context.spec.meaning.regions[region]);
        let term = match (name, key, meaning.key) {
            ("phase", _, _) => Term::new(tree.clone().member("phase"), Type::Phase(region)),
            ("key", Some(key), Some(shape)) => Term::new(key.clone(), Type::of(shape)),
            _ => match spec.fields.iter().position(|field| field.name == name) {
                Some(position) => {
                    Term::new(tree.clone().member(&member(name)), Type::of(meaning.fields[position].shape))
                }
                None => return gap(format!("{} has no {name}", spec.name)),
            },
        };
        Ok(term.into())
    }

    /// The keys of the instances in a selection.
    pub(super) fn selection(&self, region: usize, primed: bool, name: &str) -> Translated<Term> {
        let (spec, meaning) = (&self.context.spec.regions[region], &self.context.spec.meaning.regions[region]);
        let position = spec.selections.iter().position(|selection| selection.name == name);
        let (Some(position), Some(key)) = (position, meaning.key) else {
            return gap(format!("{} has no {name}", spec.name));
        };
        let selection = Tree::word(self.context.selections[region][position].clone());
        let selection = if primed { selection.prime() } else { selection };
        Ok(Term::new(selection, Type::Set(Box::new(Type::of(key)))))
    }

    /// Whether it matches, and binds the names of the pattern.
    pub(super) fn matches(&mut self, pattern: &'static Pattern, subject: &Meant) -> Translated<Tree> {
        super::patterns::matches(self, pattern, subject)
    }
}

pub(super) fn none() -> Term {
    Term::new(Tree::word("None"), Type::Option(Box::new(Type::Unknown)))
}

/// A value inside an option.
fn wrapped(value: &Term) -> Tree {
    if value.ty.is_option() { Tree::Record(vec![("some".to_owned(), value.tree.clone())]) } else { value.tree.clone() }
}

/// One of two values of the same type.
fn either(condition: Tree, then: Term, otherwise: Term) -> Term {
    let ty = then.ty.joined(otherwise.ty);
    if ty == Type::Bool {
        // Both read better as what they are.
        if then.tree.is_true() {
            return Term::bool(Tree::any([condition, otherwise.tree]));
        }
        if otherwise.tree.is_false() {
            return Term::bool(Tree::all([condition, then.tree]));
        }
        if otherwise.tree.is_true() {
            return Term::bool(condition.implies(then.tree));
        }
    }
    Term::new(Tree::choice(condition, then.tree, otherwise.tree), ty)
}

/// A value where a type is declared.
pub(super) fn typed(term: Term, ty: Type) -> Term {
    Term { tree: term.tree, ty: ty.joined(term.ty) }
}
