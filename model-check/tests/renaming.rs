//! Checks up to renaming against checks that tell every name: as many states as there are classes of states, the same
//! verdicts, traces as short that run on the generated code, and no reduction where names matter.
//!
//! The classes are counted here by renaming values, with nothing of what the checker does.

use std::collections::{BTreeSet, HashSet, VecDeque};

use machine_spec::inspect::Number;
use machine_spec::{Inspect, Inspected, Value, machine};
use model_check::{Bounds, Check, Counterexample, Engine, Report, Verdict};

machine! {
    /// Workers take jobs; ids of both are compared for equality only.
    pub machine Crew;

    id Worker;
    id Job;

    input Hire { worker: Worker }
    input Befriend { worker: Worker, friend: Worker }
    input Take { worker: Worker, job: Job }
    input Finish { worker: Worker, job: Job }
    input Leave { worker: Worker }

    effect Paid { worker: Worker, job: Job }

    region board {
        field taken: Set<Job> = Set::new();

        on Take { job } stay {
            require "nobody has the job": !self.taken.contains(job);
            insert job into taken;
        }
        on Finish { job } stay { remove job from taken; }
    }

    keyed region crew[Worker] {
        phases { Idle, Busy }
        field friend: Option<Worker> = None;
        field job: Option<Job> = None;

        select busy = Busy;

        on Hire { worker } create worker to Idle;
        on Befriend { worker, friend } at worker from any stay {
            require "it is another": worker != friend && crew.contains_key(friend);
            set friend = Some(friend);
        }
        on Take { worker, job } at worker from Idle to Busy { set job = Some(job); }
        on Finish { worker, job } at worker from Busy to Idle {
            require "the worker has the job": self.job == Some(job);
            set job = None;
            emit Paid { worker, job };
        }
        on Leave { worker } at worker from Idle remove;
    }

    fair Finish;

    invariant "what is taken is somebody's": board.taken.len() == crew.busy.len();
    invariant "not all are busy with two jobs": board.taken.len() < 2;
    always "a friend is kept": crew.all(|w| w.friend.is_none()
        || matches!(next.crew.get(w.key), Some(later) if later.friend.is_some()));
    reachable "friends of each other": crew.any(|w| w.friend.is_some_and(|friend|
        matches!(crew.get(friend), Some(other) if other.friend == Some(w.key))));
    possible "everybody can leave": crew.is_empty();
    leads_to "nobody is busy": !crew.busy.is_empty() => crew.busy.is_empty();
}

machine! {
    /// Tickets that arrive with ever higher numbers, and a fence that is counted up.
    pub machine Desk;

    epoch Ticket;
    epoch Fence;

    input Grant { ticket: Ticket }
    input Serve { ticket: Ticket }
    input Renew;
    input Attach { fence: Fence }
    input Release { fence: Fence }

    region tickets {
        field last: Ticket = Ticket::ZERO;
        field held: Set<Ticket> = Set::new();

        on Grant { ticket } stay {
            require "it is newer": ticket > self.last;
            require "there is room": self.held.len() < 2;
            set last = ticket;
            insert ticket into held;
        }
        on Serve { ticket } stay {
            require "it is the first": self.held.first() == Some(ticket);
            remove ticket from held;
        }
    }

    region desk {
        field latest: Fence = Fence::ZERO;
        field holder: Option<Fence> = None;

        on Renew stay { set latest = self.latest.fresh(); }
        on Attach { fence } stay {
            require "it is the latest": fence == self.latest;
            set holder = Some(fence);
        }
        on Release { fence } stay {
            require "it is the holder": self.holder == Some(fence);
            set holder = None;
        }
    }

    fair Serve;

    invariant "nobody holds the future": desk.holder.is_none_or(|holder| holder <= desk.latest);
    always "the fence grows": desk.latest <= next.desk.latest;
    reachable "two are waiting": tickets.held.len() == 2;
    possible "nobody waits": tickets.held.is_empty();
    possible "the holder is the latest": desk.holder == Some(desk.latest);
    leads_to "the line is empty at times": tickets.held.is_empty();
    leads_to "the fence rests": desk.holder == Some(desk.latest);
}

machine! {
    /// Uses the order of its ids, and stores epochs as they come.
    pub machine Ledger;

    id Page;
    epoch Mark;

    input Open { page: Page }
    input Turn;
    input Put { mark: Mark }

    region pages {
        field open: Set<Page> = Set::new();
        field low: Mark = Mark::ZERO;
        field high: Mark = Mark::ZERO;

        on Open { page } stay { insert page into open; }
        on Turn stay { set open = match self.open.first() { Some(page) => self.open.without(page), None => Set::new() }; }
        on Put { mark } stay {
            set high = if mark > self.high { mark } else { self.high };
            set low = if mark > self.high { self.low } else { mark };
        }
    }

    invariant "the marks are in order": pages.low <= pages.high;
}

machine! {
    /// Tells how far apart two epochs are, by what it is given.
    pub machine Gauge;

    epoch Mark;

    input Move { mark: Mark }
    input Between { mark: Mark }
    input Amid { mark: Mark }

    region gauge {
        field low: Mark = Mark::ZERO;
        field high: Mark = Mark::ZERO;
        field between: bool = false;
        field amid: bool = false;

        on Move { mark } stay {
            require "it is newer": mark > self.high;
            set low = self.high;
            set high = mark;
        }
        on Between { mark } stay {
            require "it lies between": self.low < mark && mark < self.high;
            set between = true;
        }
        on Amid { mark } stay {
            require "it lies between, and touches neither": self.low.fresh() < mark && mark.fresh() < self.high;
            set amid = true;
        }
    }

    reachable "something lies between": gauge.between;
    reachable "something lies amid": gauge.amid;
    reachable "they are neighbours": gauge.low.fresh() == gauge.high && gauge.amid;
}

machine! {
    /// Asks for the first of what it is given, under a local name.
    pub machine Drawer;

    id Sheet;

    input Strike { sheets: Set<Sheet> }

    region drawer {
        field top: Option<Sheet> = None;

        on Strike { sheets } stay { set top = sheets.first(); }
    }

    invariant "only one sheet lies on top": drawer.top.is_none() || drawer.top.is_some();
}

/// The types whose names do not matter, with the distances of epochs that are kept.
struct Names {
    ids: &'static [(&'static str, u64)],
    epochs: &'static [(&'static str, u64)],
}

/// A value with every number renamed.
fn renamed(value: &Value, rename: &dyn Fn(Number) -> Number) -> Value {
    let inner = |value: &Value| renamed(value, rename);
    match value {
        Value::Number(number) => Value::Number(rename(*number)),
        Value::Record(members) => Value::Record(members.iter().map(|(name, value)| (*name, inner(value))).collect()),
        Value::Option(value) => Value::Option(value.as_ref().map(|value| Box::new(inner(value)))),
        Value::Set(keys) => Value::Set(keys.iter().map(inner).collect()),
        Value::Map(entries) => Value::Map(entries.iter().map(|(key, value)| (inner(key), inner(value))).collect()),
        Value::Seq(elements) => Value::Seq(elements.iter().map(inner).collect()),
        Value::Tuple(elements) => Value::Tuple(elements.iter().map(inner).collect()),
        Value::Variant(variant) => {
            let mut variant = variant.clone();
            variant.members = variant.members.iter().map(|(name, value)| (*name, inner(value))).collect();
            Value::Variant(variant)
        }
        Value::Bool(_) | Value::Integer(_) | Value::Opaque(_) => value.clone(),
    }
}

fn orders(count: u64) -> Vec<Vec<u64>> {
    match count {
        0 => vec![Vec::new()],
        _ => orders(count - 1)
            .into_iter()
            .flat_map(|order| {
                (0..=order.len()).map(move |place| {
                    let mut longer = order.clone();
                    longer.insert(place, count);
                    longer
                })
            })
            .collect(),
    }
}

/// The least of all values that differ from this one in names only.
fn class(value: &Value, names: &Names) -> Value {
    let mut value = value.clone();
    for (name, distance) in names.epochs {
        let met = std::cell::RefCell::new(BTreeSet::from([0]));
        renamed(&value, &|number| {
            if number.ty == *name {
                met.borrow_mut().insert(number.number);
            }
            number
        });
        let met: Vec<u64> = met.into_inner().into_iter().collect();
        let cut = |number: u64| -> u64 {
            met.windows(2).filter(|pair| pair[1] <= number).map(|pair| (pair[1] - pair[0]).min(*distance)).sum()
        };
        value = renamed(&value, &|number| match number.ty == *name {
            true => Number { number: cut(number.number), ..number },
            false => number,
        });
    }
    let mut all = vec![value];
    for (name, count) in names.ids {
        let orders = orders(*count);
        all = all
            .iter()
            .flat_map(|value| {
                orders.iter().map(|order| {
                    renamed(value, &|number| match number.ty == *name {
                        true => Number { number: order[number.number as usize - 1], ..number },
                        false => number,
                    })
                })
            })
            .collect();
    }
    all.into_iter().min().expect("a value")
}

/// How many classes of states there are within bounds, by a search that tells every name.
fn classes<M: Inspected>(bounds: &Bounds, names: &Names) -> usize {
    let initial = M::state(&M::initial()).clone();
    let inputs = M::inputs_within(bounds);
    let (mut known, mut queue) = (HashSet::from([initial.clone()]), VecDeque::from([initial]));
    while let Some(state) = queue.pop_front() {
        for input in &inputs {
            let mut next = state.clone();
            if M::step(&mut next, input, &mut ()).is_ok() && M::is_within(&next, bounds) && known.insert(next.clone()) {
                queue.push_back(next);
            }
        }
    }
    known.iter().map(|state| class(&state.inspect(), names)).collect::<HashSet<_>>().len()
}

fn check<M: Inspected>(bounds: &Bounds, engine: Engine, up_to_renaming: bool) -> Report {
    let check = Check::<M>::new().bounds(bounds.clone()).engine(engine).allow_vacuous(true);
    check.up_to_renaming(up_to_renaming).run().expect("a report")
}

/// Runs the trace of a counterexample on the generated code.
fn replay<M: Inspected>(found: &Counterexample, bounds: &Bounds) -> Vec<M::State> {
    let trace = found.trace.as_ref().expect("a trace");
    let inputs = M::inputs_within(&trace.bounds(bounds));
    let mut states = vec![M::state(&M::initial()).clone()];
    for step in &trace.steps {
        let input = inputs.iter().find(|input| format!("{input:?}") == step.input).expect("an input within the bounds");
        let mut next = states.last().expect("a state").clone();
        M::step(&mut next, input, &mut ()).expect("a step of the machine");
        states.push(next);
    }
    states
}

/// Of two counterexamples of one property the one up to renaming is a run that is as short, and that leads back if it says
/// so. A lasso may be another one.
fn assert_same_trace<M: Inspected>(plain: &Counterexample, renamed: &Counterexample, bounds: &Bounds) {
    let (Some(one), Some(other)) = (&plain.trace, &renamed.trace) else {
        return assert_eq!(plain.trace, renamed.trace);
    };
    let states = replay::<M>(renamed, bounds);
    match other.repeats {
        None => assert_eq!(one.steps.len(), other.steps.len(), "{one}\n{other}"),
        Some(repeats) if !other.renews => assert_eq!(states[repeats], states[other.steps.len()], "{other}"),
        Some(_) => assert!(one.repeats.is_some()),
    }
}

/// Compares what both checks say, and that the traces of the one up to renaming are runs, as short as the other's.
fn assert_same_verdicts<M: Inspected>(bounds: &Bounds, engine: Engine) -> Report {
    let [plain, renamed] = [false, true].map(|up_to_renaming| check::<M>(bounds, engine, up_to_renaming));
    for (one, other) in plain.findings.iter().zip(&renamed.findings) {
        match (&one.verdict, &other.verdict) {
            (Verdict::Violated(one), Verdict::Violated(other)) => assert_same_trace::<M>(one, other, bounds),
            (one_verdict, other_verdict) => {
                assert_eq!(one_verdict, other_verdict, "{}\n{plain}\n{renamed}", one.sentence)
            }
        }
    }
    assert_eq!(plain.coverage.gaps, renamed.coverage.gaps);
    assert_eq!(plain.findings.len(), renamed.findings.len());
    renamed
}

#[test]
fn ids_that_are_never_ordered_are_interchanged() {
    for ids in 1..=3 {
        let bounds = Bounds::default().with_ids(ids);
        let names = Names { ids: &[], epochs: &[] };
        let all = classes::<Crew>(&bounds, &names);
        assert_eq!(check::<Crew>(&bounds, Engine::Packed, false).size.states, all);
        let renamed = check::<Crew>(&bounds, Engine::Packed, true);
        let names = [&[("Worker", 1), ("Job", 1)], &[("Worker", 2), ("Job", 2)], &[("Worker", 3), ("Job", 3)]];
        let names = Names { ids: names[ids as usize - 1], epochs: &[] };
        assert_eq!(renamed.size.states, classes::<Crew>(&bounds, &names));
        assert_eq!(renamed.renamed.ids, if ids == 1 { vec![] } else { vec!["Worker", "Job"] });
    }
}

#[test]
fn verdicts_stay_and_traces_are_runs() {
    for engine in [Engine::Packed, Engine::Stateright] {
        for ids in 1..=3 {
            let report = assert_same_verdicts::<Crew>(&Bounds::default().with_ids(ids), engine);
            assert_eq!(report.violations() > 1, ids > 1, "{report}");
        }
    }
}

#[test]
fn both_engines_find_the_same_states() {
    let crew = Bounds::default().with_ids(3);
    let desk = Bounds::default().with_epochs(6);
    let sizes = |engine| [check::<Crew>(&crew, engine, true).size, check::<Desk>(&desk, engine, true).size];
    assert_eq!(sizes(Engine::Packed), sizes(Engine::Stateright));
}

#[test]
fn of_epochs_the_order_is_enough() {
    let names = Names { ids: &[], epochs: &[("Ticket", 2), ("Fence", 2)] };
    let wide = Bounds::default().with("Ticket", 9).with("Fence", 6);
    let report = check::<Desk>(&wide, Engine::Packed, true);
    assert_eq!(report.renamed.epochs, ["Ticket", "Fence"]);
    // Within wide bounds the machine that counts up for ever has been through every class.
    assert_eq!(report.size.states, classes::<Desk>(&wide, &names));
    // Still wider ones add nothing.
    let wider = Bounds::default().with("Ticket", 12).with("Fence", 9);
    assert_eq!(check::<Desk>(&wider, Engine::Packed, true).size.states, report.size.states);
}

#[test]
fn distances_are_kept_as_far_as_the_machine_can_tell_them() {
    let bounds = Bounds::default().with_epochs(14);
    let report = assert_same_verdicts::<Gauge>(&bounds, Engine::Packed);
    assert_eq!(report.renamed.epochs, ["Mark"]);
    assert_eq!(report.violations(), 0, "{report}");
    let names = Names { ids: &[], epochs: &[("Mark", 6)] };
    assert_eq!(report.size.states, classes::<Gauge>(&bounds, &names));
}

#[test]
fn a_run_may_count_up_for_ever() {
    let bounds = Bounds::default().with_epochs(6);
    // With every epoch told from the others the bounds end each run; up to renaming it goes on.
    let verdict = |report: &Report, sentence: &str| report.finding(sentence).expect("a finding").verdict.clone();
    let report = check::<Desk>(&bounds, Engine::Packed, true);
    let Verdict::Violated(found) = verdict(&report, "the line is empty at times") else { panic!("{report}") };
    let trace = found.trace.as_ref().expect("a trace");
    assert!(trace.renews && trace.repeats.is_some_and(|repeats| repeats < trace.steps.len()), "{report}");
    let states = replay::<Desk>(&found, &bounds);
    assert!(states[trace.repeats.expect("a lasso")..].iter().all(|state| !state.tickets().held().is_empty()));
    assert!(verdict(&report, "nobody waits").is_proved());
}

#[test]
fn names_that_matter_are_told_apart() {
    let bounds = Bounds::default().with_ids(3).with_epochs(3);
    let [plain, renamed] = [false, true].map(|renaming| check::<Ledger>(&bounds, Engine::Packed, renaming));
    assert!(renamed.renamed.is_empty(), "{renamed}");
    assert_eq!(plain.size, renamed.size);
    assert_same_verdicts::<Ledger>(&bounds, Engine::Stateright);
    let doubtful = check::<Drawer>(&bounds, Engine::Packed, true);
    assert!(doubtful.renamed.is_empty(), "{doubtful}");
}
