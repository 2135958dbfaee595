//! The same systems once more, written by hand for Stateright alone: no macro, no generated code, no engine of ours.

use stateright::{Checker, Model, Property};

/// How many distinct states a model has.
pub(crate) fn states<M>(model: M) -> usize
where
    M: Model + Send + Sync + 'static,
    M::State: Clone + PartialEq + std::hash::Hash + Send + Sync,
    M::Action: Clone + PartialEq,
{
    model.checker().threads(2).spawn_bfs().join().unique_state_count()
}

/// How many states a model has if those count once that a function takes for the same.
pub(crate) fn classes<M>(model: M, representative: fn(&M::State) -> M::State) -> usize
where
    M: Model + Send + Sync + 'static,
    M::State: Clone + PartialEq + std::hash::Hash + Send + Sync,
    M::Action: Clone + PartialEq,
{
    model.checker().symmetry_fn(representative).spawn_dfs().join().unique_state_count()
}

/// Two-phase commit as in the TLA+ specification of Gray and Lamport, with so many resource managers.
pub(crate) struct TwoPhase(pub(crate) usize);

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Manager {
    Working,
    Prepared,
    Committed,
    Aborted,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Decision {
    None,
    Commit,
    Abort,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Transaction {
    managers: Vec<Manager>,
    /// The transaction manager knows that a manager is prepared.
    known: Vec<bool>,
    /// The message that a manager is prepared was sent.
    sent: Vec<bool>,
    decision: Decision,
}

impl Transaction {
    /// The same but for which manager is which: they are sorted.
    pub(crate) fn sorted(&self) -> Self {
        let parts = self.managers.iter().zip(&self.known).zip(&self.sent);
        let mut parts: Vec<_> = parts.map(|((manager, known), sent)| (*manager, *known, *sent)).collect();
        parts.sort_by_key(|(manager, known, sent)| (*manager as u8, *known, *sent));
        Self {
            managers: parts.iter().map(|(manager, ..)| *manager).collect(),
            known: parts.iter().map(|(_, known, _)| *known).collect(),
            sent: parts.iter().map(|(.., sent)| *sent).collect(),
            decision: self.decision,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Event {
    Prepare(usize),
    GiveUp(usize),
    HearPrepared(usize),
    HearDecision(usize),
    Decide(Decision),
}

impl Model for TwoPhase {
    type State = Transaction;
    type Action = Event;

    fn init_states(&self) -> Vec<Transaction> {
        let (managers, none) = (vec![Manager::Working; self.0], vec![false; self.0]);
        vec![Transaction { managers, known: none.clone(), sent: none, decision: Decision::None }]
    }

    fn actions(&self, state: &Transaction, events: &mut Vec<Event>) {
        let all = || 0..self.0;
        events.extend(all().filter(|one| state.managers[*one] == Manager::Working).map(Event::Prepare));
        events.extend(all().filter(|one| state.managers[*one] == Manager::Working).map(Event::GiveUp));
        if state.decision == Decision::None {
            events.extend(all().filter(|one| state.sent[*one]).map(Event::HearPrepared));
            events.push(Event::Decide(Decision::Abort));
            events.extend(state.known.iter().all(|known| *known).then_some(Event::Decide(Decision::Commit)));
        } else {
            events.extend(all().map(Event::HearDecision));
        }
    }

    fn next_state(&self, state: &Transaction, event: Event) -> Option<Transaction> {
        let mut next = state.clone();
        match event {
            Event::Prepare(one) => {
                next.managers[one] = Manager::Prepared;
                next.sent[one] = true;
            }
            Event::GiveUp(one) => next.managers[one] = Manager::Aborted,
            Event::HearPrepared(one) => next.known[one] = true,
            Event::HearDecision(one) if state.decision == Decision::Commit => next.managers[one] = Manager::Committed,
            Event::HearDecision(one) => next.managers[one] = Manager::Aborted,
            Event::Decide(decision) => next.decision = decision,
        }
        Some(next)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        vec![Property::always("all agree", |_, state: &Transaction| {
            !(state.managers.contains(&Manager::Committed) && state.managers.contains(&Manager::Aborted))
        })]
    }
}

/// Dining philosophers, of whom the last one may take the forks in the other order.
pub(crate) struct Philosophers {
    pub(crate) seats: usize,
    pub(crate) last_is_different: bool,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Move {
    Take { seat: usize, fork: usize },
    PutDown { seat: usize },
}

impl Philosophers {
    fn forks(&self, seat: usize) -> [usize; 2] {
        let mut forks = [seat, (seat + 1) % self.seats];
        if self.last_is_different && seat + 1 == self.seats {
            forks.reverse();
        }
        forks
    }
}

impl Model for Philosophers {
    type State = Vec<Option<usize>>;
    type Action = Move;

    fn init_states(&self) -> Vec<Self::State> {
        vec![vec![None; self.seats]]
    }

    fn actions(&self, forks: &Self::State, moves: &mut Vec<Move>) {
        for seat in 0..self.seats {
            let [first, second] = self.forks(seat);
            let has = |fork: usize| forks[fork] == Some(seat);
            match (has(first), has(second)) {
                (true, true) => moves.push(Move::PutDown { seat }),
                (true, false) => moves.extend(forks[second].is_none().then_some(Move::Take { seat, fork: second })),
                _ => moves.extend(forks[first].is_none().then_some(Move::Take { seat, fork: first })),
            }
        }
    }

    fn next_state(&self, forks: &Self::State, action: Move) -> Option<Self::State> {
        let mut next = forks.clone();
        match action {
            Move::Take { seat, fork } => next[fork] = Some(seat),
            Move::PutDown { seat } => self.forks(seat).into_iter().for_each(|fork| next[fork] = None),
        }
        Some(next)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        vec![Property::always("the search goes on until every state is visited", |_, _| true)]
    }
}
