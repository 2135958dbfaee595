//! What one handler alone decides, and everything that was seen on the way: for whoever asks the same handler again and
//! again, and wants to know of it what a check would find out.

use machine_spec::Value;
use machine_spec::inspect::Variant;
use machine_spec::meaning::{ArmMeaning, Clause, Expression, HandlerMeaning, TargetMeaning};
use machine_spec::spec::MachineSpec;

use super::scope::Scope;
use super::state::{Instance, RegionState, State};
use super::step::{Change, Decided, Decision, Failure, test};
use super::{Fault, Stop};

/// The answer of one handler to one input.
pub(crate) struct Answered {
    /// What becomes of its region, if it accepts.
    pub(crate) accepted: Option<Acceptance>,
    /// The guards that did not hold, of every transition whose sources match: the transition and the sentence.
    pub(crate) failed: Vec<(usize, &'static str)>,
    /// Two transitions that both accept for one instance.
    pub(crate) overlap: Option<(usize, usize)>,
}

/// What an accepting handler does.
pub(crate) struct Acceptance {
    /// Its region afterwards.
    pub(crate) after: RegionState,
    /// The names of the transitions that fired, in order, one per instance.
    pub(crate) fired: Vec<&'static str>,
    /// What was handed out, in order.
    pub(crate) effects: Vec<Value>,
}

/// What a handler decides in a state.
pub(crate) fn decide(
    spec: &'static MachineSpec,
    region: usize,
    handler: &'static HandlerMeaning,
    state: &State,
    input: &Variant,
) -> Result<Answered, Fault> {
    let decision = Decision { spec, region, handler, state, input };
    let mut seen = Seen::default();
    let changes = decision.changes_by(&mut |scope, own, key| decision.tried(scope, own, key, &mut seen));
    let accepted = match changes {
        Ok(changes) if !seen.refused => Some(Acceptance::of(state.regions[region].clone(), changes)),
        Ok(_) | Err(Failure::Refused(_)) => None,
        Err(Failure::Fault(fault)) => return Err(fault),
    };
    Ok(Answered { accepted, failed: seen.failed, overlap: seen.overlap })
}

/// What all instances together show.
#[derive(Default)]
struct Seen {
    refused: bool,
    failed: Vec<(usize, &'static str)>,
    overlap: Option<(usize, usize)>,
}

impl Acceptance {
    fn of(mut after: RegionState, changes: Vec<Change>) -> Self {
        let (mut fired, mut effects) = (Vec::new(), Vec::new());
        for change in changes {
            after.commit(change.key, change.after);
            fired.push(change.transition);
            effects.extend(change.effects);
        }
        Self { after, fired, effects }
    }
}

impl<'s> Decision<'s> {
    /// The change of the first transition that accepts, with all others tried as well. Where none does the refusal is
    /// only noted, so that the instances behind this one are tried, too.
    fn tried(
        &self,
        scope: &Scope<'s>,
        own: Option<&'s Instance>,
        key: Option<Value>,
        seen: &mut Seen,
    ) -> Decided<Change> {
        let mut chosen: Option<(usize, Change)> = None;
        for arm in self.handler.arms {
            match self.arm(arm, scope.clone(), own, key.as_ref()) {
                Ok(Some(change)) => match &chosen {
                    Some((first, _)) => seen.overlap = seen.overlap.or(Some((*first, arm.transition))),
                    None => chosen = Some((arm.transition, change)),
                },
                Ok(None) => {}
                Err(Failure::Refused(_)) => {
                    let failing = self.failing(arm, scope.clone(), own);
                    seen.failed.extend(failing.into_iter().map(|one| (arm.transition, one)));
                }
                Err(failure) => return Err(failure),
            }
        }
        seen.refused |= chosen.is_none();
        let nothing = || Change { transition: "", key, after: None, effects: Vec::new() };
        Ok(chosen.map_or_else(nothing, |(_, change)| change))
    }

    /// The guards of a transition that do not hold. What stands behind a name that could not be bound is not tested.
    fn failing(&self, arm: &'static ArmMeaning, mut scope: Scope<'s>, own: Option<&Instance>) -> Vec<&'static str> {
        let visible = scope.visible();
        if !matches!(self.leaves(arm, &mut scope, own), Ok(true)) {
            return Vec::new();
        }
        let of_pattern = scope.take_behind(visible);
        let each = matches!(self.handler.target, TargetMeaning::Each(_));
        let common = if each { &[] } else { self.handler.prelude };
        let (mut failed, mut names) = (Vec::new(), Some(of_pattern));
        for (number, clause) in common.iter().chain(arm.clauses).enumerate() {
            if number == common.len() {
                names.take().into_iter().flatten().for_each(|(name, meant)| scope.bind(name, meant));
            }
            match (test(clause, &mut scope), clause) {
                (Ok(None), _) => {}
                (Ok(Some(sentence)), _) => failed.push(sentence),
                (Err(Stop::Overflow), Clause::Require(sentence, _)) => failed.push(sentence),
                (Err(_), _) => break,
            }
            if failed.last().is_some_and(|last| is_binding(clause, last)) {
                break;
            }
        }
        failed
    }
}

/// Whether the clause is the guard of this sentence and binds names for those behind it.
fn is_binding(clause: &Clause, sentence: &str) -> bool {
    matches!(clause, Clause::Require(own, condition) if *own == sentence && binds(condition))
}

/// Whether a condition binds names that stay visible behind it.
pub(crate) fn binds(condition: &Expression) -> bool {
    match condition {
        Expression::Let(..) => true,
        Expression::Binary(left, "&&", right) => binds(left) || binds(right),
        _ => false,
    }
}
