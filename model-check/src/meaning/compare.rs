//! One state or one step, by the generated code and by the interpreter.

use std::marker::PhantomData;

use machine_spec::spec::PropertyKind;
use machine_spec::{Bounds, Evaluation, Inspect, Inspected, Sink, Value};

use super::Compared;
use super::difference::{Disagreement, of_answers, of_events, of_values};
use crate::interpret::{Answer, Event, Fault, Interpreter, State};

/// A state of the generated code and what should be the same.
#[derive(Clone)]
pub(super) struct Pair<M: Inspected> {
    pub(super) authority: M::Authority,
    state: State,
}

/// An input of the generated code and the same as a value.
pub(super) struct Offer<I> {
    pub(super) input: I,
    pub(super) value: Value,
}

impl<I: Inspect> Offer<I> {
    /// Every input within bounds.
    pub(super) fn all<M: Inspected<Input = I>>(bounds: &Bounds) -> Vec<Self> {
        M::inputs_within(bounds).into_iter().map(|input| Self { value: input.inspect(), input }).collect()
    }
}

pub(super) struct Comparison<M> {
    interpreter: Interpreter,
    pub(super) compared: Compared,
    machine: PhantomData<fn() -> M>,
}

type Compare<T> = Result<T, Box<Disagreement>>;

impl<M: Inspected> Comparison<M> {
    pub(super) fn new() -> Self {
        Self { interpreter: Interpreter::of::<M>(), compared: Compared::default(), machine: PhantomData }
    }

    /// The initial state.
    pub(super) fn initial(&self) -> Compare<Pair<M>> {
        let state = self.interpreter.initial().map_err(|fault| unread::<M>(None, None, &fault))?;
        let pair = Pair { authority: M::initial(), state };
        self.same_state(&pair, None, None)?;
        Ok(pair)
    }

    /// Compares what is said of a state: its properties, and whether it may be restored.
    pub(super) fn examine(&mut self, pair: &Pair<M>) -> Compare<()> {
        self.compared.states += 1;
        let state = M::state(&pair.authority);
        let mut violated = None;
        for (index, property) in M::SPEC.properties.iter().enumerate() {
            let evaluation = self.same_evaluation(index, pair, pair, None)?;
            if property.kind == PropertyKind::Invariant && !evaluation.holds() {
                violated = violated.or(Some(index));
            }
        }
        let restored = M::restore(state.clone());
        let agree = match (&restored, violated) {
            (Ok(authority), None) => *authority == pair.authority,
            (Err(error), Some(index)) => error.property == index,
            _ => false,
        };
        if agree {
            return Ok(());
        }
        let sentence = |index: usize| format!("refused for \"{}\"", M::SPEC.properties[index].sentence);
        let generated = restored.map_or_else(|error| sentence(error.property), |other| format!("{other:?}"));
        let expected = violated.map_or_else(|| format!("{:?}", pair.authority), sentence);
        Err(disagreement::<M>("the stored state, restored", Some(state), None, generated, expected))
    }

    /// Offers an input to both; gives the successor if they accept.
    pub(super) fn offer(&mut self, pair: &Pair<M>, offer: &Offer<M::Input>) -> Compare<Option<Pair<M>>> {
        let mut authority = pair.authority.clone();
        let mut trail = Trail::default();
        let before = M::state(&pair.authority);
        let applied = M::apply(&mut authority, &offer.input, &mut trail);
        let answer = self.interpreter.offer(&pair.state, &offer.value);
        let answer = answer.map_err(|fault| unread::<M>(Some(before), Some(&offer.value), &fault))?;
        let differs = |(what, generated, expected): (String, String, String)| {
            disagreement::<M>(&what, Some(before), Some(&offer.value), generated, expected)
        };
        match (applied, answer) {
            (Ok(()), Answer::Accepted(step)) => {
                of_events(&trail.0, &step.events).map_or(Ok(()), |found| Err(differs(found)))?;
                let next = Pair { authority, state: step.state };
                self.same_step(pair, &next, &offer.value)?;
                self.compared.steps += 1;
                Ok(Some(next))
            }
            (Err(rejection), Answer::Refused(expected)) if M::refusal(rejection) == expected => {
                if authority != pair.authority || !trail.0.is_empty() {
                    let what = ("what a rejection leaves".to_owned(), format!("{authority:?}"), "nothing".to_owned());
                    return Err(differs(what));
                }
                self.compared.rejections += 1;
                Ok(None)
            }
            (applied, answer) => Err(differs(of_answers(applied.map_err(M::refusal), &answer))),
        }
    }

    fn same_step(&self, before: &Pair<M>, after: &Pair<M>, input: &Value) -> Compare<()> {
        self.same_state(after, Some(M::state(&before.authority)), Some(input))?;
        for (index, property) in M::SPEC.properties.iter().enumerate() {
            if property.kind == PropertyKind::Always {
                self.same_evaluation(index, before, after, Some(input))?;
            }
        }
        Ok(())
    }

    fn same_state(&self, pair: &Pair<M>, before: Option<&M::State>, input: Option<&Value>) -> Compare<()> {
        let generated = M::state(&pair.authority).inspect();
        let expected = self.interpreter.inspect(&pair.state).map_err(|fault| unread::<M>(before, input, &fault))?;
        match of_values(&generated, &expected) {
            None => Ok(()),
            Some((path, generated, expected)) => {
                Err(disagreement::<M>(&format!("afterwards {path}"), before, input, generated, expected))
            }
        }
    }

    fn same_evaluation(
        &self,
        property: usize,
        before: &Pair<M>,
        after: &Pair<M>,
        input: Option<&Value>,
    ) -> Compare<Evaluation> {
        let state = M::state(&before.authority);
        let generated = M::evaluate(property, state, M::state(&after.authority));
        let expected = self.interpreter.evaluate(property, &before.state, &after.state);
        let expected = expected.map_err(|fault| unread::<M>(Some(state), input, &fault))?;
        if generated == expected {
            return Ok(generated);
        }
        let what = format!("the property \"{}\"", M::SPEC.properties[property].sentence);
        Err(disagreement::<M>(&what, Some(state), input, format!("{generated:?}"), format!("{expected:?}")))
    }
}

fn disagreement<M: Inspected>(
    what: &str,
    before: Option<&M::State>,
    input: Option<&Value>,
    generated: String,
    expected: String,
) -> Box<Disagreement> {
    let mut state = Vec::new();
    if let Some(before) = before {
        M::describe(before, &mut |path, value| state.push((path, value)));
    }
    Box::new(Disagreement {
        machine: M::SPEC.name,
        what: what.to_owned(),
        state,
        input: input.map(ToString::to_string),
        generated,
        expected,
        found_by: None,
    })
}

fn unread<M: Inspected>(before: Option<&M::State>, input: Option<&Value>, fault: &Fault) -> Box<Disagreement> {
    disagreement::<M>("the machine file", before, input, "was compiled".to_owned(), fault.to_string())
}

/// What the generated code hands out.
#[derive(Default)]
struct Trail(Vec<Event>);

impl<M: Inspected> Sink<M> for Trail {
    fn effect(&mut self, effect: M::Effect) {
        self.0.push(Event::Effect(effect.inspect()));
    }

    fn fired(&mut self, transition: M::Transition) {
        self.0.push(Event::Fired(M::SPEC.transitions[M::transition_index(transition)].name));
    }
}
