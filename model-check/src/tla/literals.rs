//! What is written out in an expression: variants, phases, records, and calls.

use machine_spec::meaning::{Expression, Form};
use machine_spec::spec::{MemberSpec, TypeKind};

use super::arithmetic;
use super::names::member;
use super::scope::{Meant, Scope, Term, none, typed};
use super::tree::Tree;
use super::types::{Sum, Type};
use super::{Translated, gap};

impl Scope<'_> {
    /// `Type::Variant`, `Epoch::ZERO`, `u8::MAX` and the like.
    pub(super) fn path(&mut self, words: &[&'static str]) -> Translated<Term> {
        let [.., of, name] = words else { return gap(format!("{words:?}")) };
        if let Some(ty) = arithmetic::integer_type(of) {
            let (least, greatest) = arithmetic::range(ty);
            let number = match *name {
                "MAX" => greatest,
                "MIN" => least,
                _ => return gap(format!("{of}::{name}")),
            };
            return Ok(Term::new(arithmetic::literal(number)?, Type::Integer(Some(ty))));
        }
        if (*of, *name) == ("Option", "None") {
            return Ok(none());
        }
        let declared = self.context.spec.types.iter().find(|declared| declared.name == *of);
        match declared.map(|declared| (declared.name, declared.kind)) {
            Some((ty, TypeKind::Number { least, greatest })) => match *name {
                "LEAST" => Ok(Term::new(arithmetic::literal(least.into())?, Type::Declared(ty))),
                "GREATEST" => Ok(Term::new(arithmetic::literal(greatest.into())?, Type::Declared(ty))),
                _ => gap(format!("{of}::{name}")),
            },
            Some((ty, TypeKind::Epoch)) if *name == "ZERO" => Ok(Term::new(Tree::number(0), Type::Declared(ty))),
            _ => self.variant(of, name, Vec::new()),
        }
    }

    /// A variant of an enumeration, or a phase by the name of its generated type.
    fn variant(&mut self, of: &str, name: &str, given: Vec<(&'static str, Term)>) -> Translated<Term> {
        let spec = self.context.spec;
        let declared =
            spec.types.iter().find(|declared| declared.name == of).map(|declared| Type::Declared(declared.name));
        let phases = || self.context.phases_of(of).map(Type::Phase);
        let ty = declared.filter(|ty| self.context.sum(ty).is_some()).or_else(phases);
        match ty.as_ref().and_then(|ty| self.context.sum(ty)) {
            Some(sum) => Ok(Term::new(self.case(sum, name, given)?, ty.unwrap_or(Type::Unknown))),
            None => gap(format!("there is no {of}::{name}")),
        }
    }

    /// A phase of a region with its data.
    pub(super) fn phase(&mut self, region: usize, name: &str, given: Vec<(&'static str, Term)>) -> Translated<Tree> {
        match self.context.sum(&Type::Phase(region)) {
            Some(sum) => self.case(sum, name, given),
            None => gap("a region without phases"),
        }
    }

    fn case(&mut self, sum: Sum, name: &str, given: Vec<(&'static str, Term)>) -> Translated<Tree> {
        let case = sum.case(name)?;
        let data = self.complete(case.members, case.form, given)?;
        Ok(sum.value(case.name, data))
    }

    /// The members of a type in the order of declaration.
    pub(super) fn complete(
        &mut self,
        members: &'static [MemberSpec],
        form: Form,
        given: Vec<(&'static str, Term)>,
    ) -> Translated<Vec<(String, Tree)>> {
        let values =
            members.iter().zip(form).map(|(spec, shape)| match given.iter().find(|(name, _)| *name == spec.name) {
                Some((_, term)) => Ok((member(spec.name), typed(term.clone(), Type::of(*shape)).tree)),
                None => gap(format!("the member {} is not given", spec.name)),
            });
        values.collect()
    }

    /// The values of members that are given by name.
    pub(super) fn given(
        &mut self,
        members: &'static [(&'static str, Expression)],
    ) -> Translated<Vec<(&'static str, Term)>> {
        members.iter().map(|(name, value)| Ok((*name, self.value(value)?))).collect()
    }

    pub(super) fn structure(
        &mut self,
        words: &[&'static str],
        members: &'static [(&'static str, Expression)],
    ) -> Translated<Term> {
        let given = self.given(members)?;
        match words {
            [name] => match self.context.record(name) {
                Some((members, form)) => {
                    Ok(Term::new(Tree::Record(self.complete(members, form, given)?), Type::Declared(name)))
                }
                None => gap(format!("there is no record {name}")),
            },
            [.., of, name] => self.variant(of, name, given),
            [] => gap("a literal without a name"),
        }
    }

    pub(super) fn call(
        &mut self,
        function: &'static Expression,
        arguments: &'static [Expression],
    ) -> Translated<Meant> {
        match (function, arguments) {
            (Expression::Name("Some") | Expression::Path(["Option", "Some"]), [value]) => {
                let value = self.value(value)?.into();
                Ok(Meant::Maybe { some: Tree::bool(true), value: Box::new(value) })
            }
            (Expression::Path(["Set", "new"]), []) => {
                Ok(Term::new(Tree::Set(Vec::new()), Type::Set(Box::new(Type::Unknown))).into())
            }
            (Expression::Path(["Seq", "new"]), []) => {
                Ok(Term::new(Tree::Tuple(Vec::new()), Type::Seq(Box::new(Type::Unknown))).into())
            }
            (Expression::Path(["Map", "new"]), []) => {
                let ty = Type::Map(Box::new(Type::Unknown), Box::new(Type::Unknown));
                Ok(Term::new(Tree::Tuple(Vec::new()), ty).into())
            }
            (Expression::Name(name), _) => self.function(name, arguments).map(Meant::from),
            _ => gap(format!("a call of {function:?}")),
        }
    }

    fn function(&mut self, name: &str, arguments: &'static [Expression]) -> Translated<Term> {
        let functions = self.context.spec.meaning.functions;
        let Some(index) = functions.iter().position(|function| function.name == name) else {
            return gap(format!("there is no function {name}"));
        };
        let arguments: Vec<Tree> =
            arguments.iter().map(|argument| Ok(self.value(argument)?.tree)).collect::<Translated<_>>()?;
        let operator = &self.context.functions[index];
        if self.context.partial_functions.borrow().contains(functions[index].name) {
            self.need(Tree::apply(format!("{operator}_HasValue"), arguments.clone()));
        }
        Ok(Term::new(Tree::apply(operator.clone(), arguments), Type::of(functions[index].shape)))
    }
}
