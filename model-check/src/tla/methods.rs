//! The methods of the language.

use machine_spec::meaning::{Expression, IntegerType};

use super::helper::Helper;
use super::scope::{Meant, Scope, Term};
use super::tree::Tree;
use super::types::Type;
use super::{Translated, gap};

const LENGTH: Type = Type::Integer(Some(IntegerType::U64));

impl Scope<'_> {
    pub(super) fn method(
        &mut self,
        receiver: Meant,
        method: &str,
        arguments: &'static [Expression],
    ) -> Translated<Meant> {
        match (&receiver, method, arguments) {
            (_, "copied" | "as_ref", []) => Ok(receiver),
            (Meant::Instance { region, tree, .. }, "is", phases) => self.is_in_phases(*region, tree, phases),
            (Meant::Region { region, primed }, _, _) => self.region_method(*region, *primed, method, arguments),
            (_, "is_some" | "is_none" | "is_some_and" | "is_none_or", _) => {
                let maybe = self.maybe(receiver)?;
                self.option_method(maybe, method, arguments)
            }
            (Meant::Value(term), _, _) => self.value_method(term.clone(), method, arguments),
            _ => gap(format!("the method {method} of {receiver:?}")),
        }
    }

    fn is_in_phases(&mut self, region: usize, tree: &Tree, phases: &'static [Expression]) -> Translated<Meant> {
        let Some(sum) = self.context.sum(&Type::Phase(region)) else { return gap("a region without phases") };
        let mut names = Vec::new();
        phases.iter().for_each(|phase| names_in(phase, &mut names));
        let phase = sum.name_of(tree.clone().member("phase"));
        Ok(Term::bool(Tree::any(names.into_iter().map(|name| phase.clone().equals(Tree::string(name))))).into())
    }

    /// Quantifiers and questions over the instances of a region.
    fn region_method(
        &mut self,
        region: usize,
        primed: bool,
        method: &str,
        arguments: &'static [Expression],
    ) -> Translated<Meant> {
        let instances = self.context.variable(region, primed);
        let keys = instances.clone().domain();
        match (method, arguments) {
            ("any" | "all" | "count", [Expression::Closure([parameter], body)]) => {
                let instance =
                    |key: Tree| Meant::Instance { region, tree: instances.index(key.clone()), key: Some(key) };
                self.quantified(method, parameter, keys, body, |scope, key| scope.bind(parameter, instance(key)))
            }
            ("get", [key]) => {
                let key = self.value(key)?.tree;
                let instance = Meant::Instance { region, tree: instances.index(key.clone()), key: Some(key.clone()) };
                Ok(Meant::Maybe { some: key.element_of(keys), value: Box::new(instance) })
            }
            ("contains_key", [key]) => Ok(Term::bool(self.value(key)?.tree.element_of(keys)).into()),
            ("len", []) => Ok(length(keys)),
            ("is_empty", []) => Ok(Term::bool(keys.equals(Tree::Set(Vec::new()))).into()),
            _ => gap(format!("the method {method} of a region")),
        }
    }

    /// `any`, `all` or `count` over some keys.
    fn quantified(
        &mut self,
        method: &str,
        parameter: &str,
        keys: Tree,
        body: &'static Expression,
        bind: impl FnOnce(&mut Self, Tree),
    ) -> Translated<Meant> {
        let visible = self.visible();
        let key = self.taken.take(if parameter.trim_matches('_').is_empty() { "key" } else { parameter });
        bind(self, Tree::word(key.clone()));
        let (condition, needs) = self.apart(|scope| scope.holds(body))?;
        self.forget(visible);
        if !needs.is_true() {
            return gap("arithmetic that may overflow inside any, all or count");
        }
        Ok(match method {
            "any" => Term::bool(Tree::bound("\\E", &key, keys, condition)).into(),
            "all" => Term::bool(Tree::bound("\\A", &key, keys, condition)).into(),
            _ => length(Tree::filter(&key, keys, condition)),
        })
    }

    fn option_method(&mut self, maybe: Meant, method: &str, arguments: &'static [Expression]) -> Translated<Meant> {
        let Meant::Maybe { some, value } = maybe else { return gap("an option") };
        let tree = match (method, arguments) {
            ("is_some", []) => some,
            ("is_none", []) => some.not(),
            ("is_some_and" | "is_none_or", [Expression::Closure([parameter], body)]) => {
                let visible = self.visible();
                self.bind(parameter, *value);
                let (condition, needs) = self.apart(|scope| scope.holds(body))?;
                self.forget(visible);
                self.need(some.clone().implies(needs));
                if method == "is_some_and" { Tree::all([some, condition]) } else { some.implies(condition) }
            }
            _ => return gap(format!("the method {method} of an option")),
        };
        Ok(Term::bool(tree).into())
    }

    fn value_method(&mut self, receiver: Term, method: &str, arguments: &'static [Expression]) -> Translated<Meant> {
        match (receiver.ty.clone(), method) {
            (Type::Set(key), _) => self.set_method(receiver.tree, *key, method, arguments),
            (Type::Seq(element), _) => self.seq_method(receiver.tree, *element, method, arguments),
            (Type::Map(key, value), _) => self.map_method(receiver.tree, *key, *value, method, arguments),
            (ty @ Type::Declared(_), "fresh") => Ok(Term::new(receiver.tree.binary("+", Tree::number(1)), ty).into()),
            (ty @ (Type::Integer(_) | Type::Declared(_)), "min" | "max") if self.context.sum(&ty).is_none() => {
                let [other] = arguments else { return gap("min or max of one number") };
                let other = self.value(other)?;
                let helper = if method == "min" { Helper::Least } else { Helper::Greatest };
                let ty = ty.joined(other.ty);
                Ok(Term::new(self.context.helped(helper, [receiver.tree, other.tree]), ty).into())
            }
            _ => gap(format!("the method {method} of {receiver:?}")),
        }
    }

    fn set_method(
        &mut self,
        set: Tree,
        key: Type,
        method: &str,
        arguments: &'static [Expression],
    ) -> Translated<Meant> {
        let same = Type::Set(Box::new(key.clone()));
        Ok(match (method, arguments) {
            ("any" | "all" | "count", [Expression::Closure([parameter], body)]) => {
                return self.quantified(method, parameter, set, body, |scope, word| {
                    scope.bind(parameter, Term::new(word, key).into());
                });
            }
            ("contains", [element]) => Term::bool(self.value(element)?.tree.element_of(set)).into(),
            ("len", []) => length(set),
            ("is_empty", []) => Term::bool(set.equals(Tree::Set(Vec::new()))).into(),
            ("first" | "min", []) => {
                let first = Helper::First(self.context.order(&key)?);
                self.one_of(set, first, key)
            }
            ("last" | "max", []) => {
                let last = Helper::Last(self.context.order(&key)?);
                self.one_of(set, last, key)
            }
            ("after", [limit]) => return self.after(set, key, limit),
            ("is_subset", [other]) => Term::bool(set.binary("\\subseteq", self.value(other)?.tree)).into(),
            ("with", [element]) => {
                let element = self.value(element)?;
                let same = same.joined(Type::Set(Box::new(element.ty)));
                Term::new(set.binary("\\cup", Tree::Set(vec![element.tree])), same).into()
            }
            ("without", [element]) => {
                Term::new(set.binary("\\", Tree::Set(vec![self.value(element)?.tree])), same).into()
            }
            _ => return gap(format!("the method {method} of a set")),
        })
    }

    /// The first or last of some keys, if there are any.
    fn one_of(&self, keys: Tree, helper: Helper, key: Type) -> Meant {
        let some = keys.clone().equals(Tree::Set(Vec::new())).not();
        let value = Term::new(self.context.helped(helper, [keys]), key);
        Meant::Maybe { some, value: Box::new(value.into()) }
    }

    fn after(&mut self, set: Tree, key: Type, limit: &'static Expression) -> Translated<Meant> {
        let limit = self.evaluate(limit)?;
        let Meant::Maybe { some, value } = self.maybe(limit)? else { return gap("an option") };
        let order = self.context.order(&key)?;
        let keys = if some.is_false() {
            set
        } else {
            let Meant::Value(limit) = *value else { return gap("a key that is no value") };
            let behind = self.context.helped(Helper::After(order.clone()), [set.clone(), limit.tree]);
            Tree::choice(some, behind, set)
        };
        Ok(self.one_of(keys, Helper::First(order), key))
    }

    fn seq_method(
        &mut self,
        sequence: Tree,
        element: Type,
        method: &str,
        arguments: &'static [Expression],
    ) -> Translated<Meant> {
        let some = sequence.clone().equals(Tree::Tuple(Vec::new())).not();
        let length = Tree::apply("Len", [sequence.clone()]);
        let maybe =
            |some: Tree, value: Tree, ty: Type| Meant::Maybe { some, value: Box::new(Term::new(value, ty).into()) };
        Ok(match (method, arguments) {
            ("any" | "all" | "count", [Expression::Closure([parameter], body)]) => {
                let places = sequence.clone().domain();
                return self.quantified(method, "at", places, body, |scope, at| {
                    scope.bind(parameter, Term::new(sequence.index(at), element).into());
                });
            }
            ("contains", [wanted]) => {
                let wanted = self.value(wanted)?.tree;
                let at = self.taken.clone().take("at");
                let found = sequence.clone().index(Tree::word(at.clone())).equals(wanted);
                Term::bool(Tree::bound("\\E", &at, sequence.domain(), found)).into()
            }
            ("len", []) => Term::new(length, LENGTH).into(),
            ("is_empty", []) => Term::bool(some.not()).into(),
            ("first", []) => maybe(some, Tree::apply("Head", [sequence]), element),
            ("last", []) => maybe(some, sequence.index(length), element),
            ("get", [place]) => {
                let place = self.value(place)?.tree;
                let value = sequence.index(place.clone().binary("+", Tree::number(1)));
                maybe(place.binary("<", length), value, element)
            }
            ("with", [last]) => {
                let last = self.value(last)?;
                let ty = Type::Seq(Box::new(element.joined(last.ty)));
                Term::new(Tree::apply("Append", [sequence, last.tree]), ty).into()
            }
            _ => return gap(format!("the method {method} of a sequence")),
        })
    }

    fn map_method(
        &mut self,
        map: Tree,
        key: Type,
        value: Type,
        method: &str,
        arguments: &'static [Expression],
    ) -> Translated<Meant> {
        let keys = map.clone().domain();
        Ok(match (method, arguments) {
            ("any" | "all" | "count", [Expression::Closure([parameter, entry], body)]) => {
                return self.quantified(method, parameter, keys, body, |scope, word| {
                    scope.bind(parameter, Term::new(word.clone(), key).into());
                    scope.bind(entry, Term::new(map.index(word), value).into());
                });
            }
            ("contains_key", [wanted]) => Term::bool(self.value(wanted)?.tree.element_of(keys)).into(),
            ("get", [wanted]) => {
                let wanted = self.value(wanted)?.tree;
                let entry = Term::new(map.index(wanted.clone()), value);
                Meant::Maybe { some: wanted.element_of(keys), value: Box::new(entry.into()) }
            }
            ("len", []) => length(keys),
            ("is_empty", []) => Term::bool(keys.equals(Tree::Set(Vec::new()))).into(),
            ("keys", []) => Term::new(keys, Type::Set(Box::new(key))).into(),
            ("with", [at, entry]) => {
                let (at, entry) = (self.value(at)?, self.value(entry)?);
                let ty = Type::Map(Box::new(key.joined(at.ty)), Box::new(value.joined(entry.ty)));
                Term::new(self.context.helped(Helper::Put, [map, at.tree, entry.tree]), ty).into()
            }
            _ => return gap(format!("the method {method} of a map")),
        })
    }
}

/// How many elements a set has.
fn length(set: Tree) -> Meant {
    Term::new(Tree::apply("Cardinality", [set]), LENGTH).into()
}

/// The names in `A | B`.
fn names_in(names: &'static Expression, found: &mut Vec<&'static str>) {
    match names {
        Expression::Name(name) => found.push(name),
        Expression::Binary(left, "|", right) => {
            names_in(left, found);
            names_in(right, found);
        }
        _ => {}
    }
}
