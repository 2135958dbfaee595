//! The source of a large machine: halls, each with a desk that does one run at a time and the jobs that wait for it.

/// How many transitions a hall has.
pub(crate) const TRANSITIONS_PER_HALL: usize = 25;

/// What all halls share.
const COMMON: &str = r#"
    /// A factory of many halls.
    pub machine Factory;

    /// One run of a desk.
    epoch Run;
    /// One binding of a worker.
    epoch Fence;
    /// A worker.
    id Worker;

    /// How urgent a job is.
    enum Lane { Normal, Urgent }
    /// How a run ended.
    enum Outcome { Completed, Failed { retry: bool }, Cancelled }
    /// Why a job was given up.
    enum Reason { Withdrawn, Failed, Closed }
    /// What became of a job.
    enum Settlement { Done, GivenUp { reason: Reason } }
    /// What a worker brings along.
    record Badge { worker: Worker, level: u8 }

    const LEVEL: u8 = 2;

    fn admitted(badge: Badge, limit: u8) -> bool { badge.level >= limit }

    /// Every hall closes.
    input CloseAll;
    /// Every hall opens again.
    input OpenAll;
"#;

/// One hall; `#` stands for its number.
const HALL: &str = r#"
    /// A job of hall #.
    epoch Job#;

    /// A worker takes the desk.
    input Bind# { fence: Fence, badge: Badge }
    /// The worker leaves the desk.
    input Leave# { fence: Fence }
    /// A job is handed in.
    input Submit# { job: Job#, lane: Lane }
    /// A job is taken back.
    input Withdraw# { job: Job# }
    /// The next job begins.
    input Begin# { run: Run, job: Job# }
    /// Another job joins the run.
    input Join# { run: Run, job: Job# }
    /// The run is to end early.
    input Cancel# { run: Run }
    /// The run has ended.
    input Finish# { run: Run, outcome: Outcome }
    /// A settled job is forgotten.
    input Forget# { job: Job# }

    /// Work on what was staged.
    effect Work# { run: Run }
    /// Stop working.
    effect Interrupt# { run: Run }
    /// Let the worker go.
    effect Release# { fence: Fence }
    /// Tell who handed the job in.
    effect Settled# { job: Job#, settlement: Settlement }

    /// The desk of hall #.
    region desk_# {
        phases {
            /// Nobody is there.
            initial Empty,
            /// A worker waits for a job.
            Manned { fence: Fence },
            /// A run is current.
            Working { fence: Fence, run: Run, cancelled: bool },
            /// No worker is let in.
            Closed,
        }
        /// The latest binding.
        field fence: Fence = Fence::ZERO;
        /// The latest run.
        field run: Run = Run::ZERO;
        /// Who is there.
        field badge: Option<Badge> = None;
        /// How many runs failed in a row.
        field failures: u32 = 0;

        on Bind# { fence, badge } from Empty to Manned { fence } {
            require "the binding is a new one": fence > self.fence;
            require "the worker is let in": admitted(badge, LEVEL);
            set fence = fence;
            set badge = Some(badge);
        }
        on Leave# { fence } {
            from Manned { fence: bound } to Empty {
                require "the worker is the one who is there": fence == bound;
                set badge = None;
                emit Release# { fence };
            }
            ignore from Empty;
        }
        on Begin# { run } from Manned { fence } to Working { fence, run, cancelled: false } {
            require "the run is a new one": run > self.run;
            set run = run;
            emit Work# { run };
        }
        on Join# { run } from Working { run: current, cancelled: false, .. } stay {
            require "the run is the current one": run == current;
        }
        on Cancel# { run } {
            require "the run is the latest": run == self.run;

            from Working { fence, run: latest, cancelled: false } to Working { fence, run: latest, cancelled: true } {
                emit Interrupt# { run };
            }
            ignore from Working { cancelled: true, .. };
            ignore from Manned { .. };
        }
        on Finish# { run, outcome } {
            from Working { fence, run: current, .. } to Manned { fence } {
                require "the run is the current one": run == current;
                require "the worker may stay": !matches!(outcome, Outcome::Failed { .. }) || self.failures < 2;
                set failures = if matches!(outcome, Outcome::Failed { .. }) { self.failures + 1 } else { 0 };
            }
            from Working { fence, run: current, .. } to Empty {
                require "the run is the current one": run == current;
                require "the worker has failed too often":
                    matches!(outcome, Outcome::Failed { .. }) && self.failures >= 2;
                set failures = 0;
                set badge = None;
                emit Release# { fence };
            }
        }
        on CloseAll {
            from Empty to Closed;
            from Manned { fence } to Closed {
                set badge = None;
                emit Release# { fence };
            }
            ignore from Closed;
        }
        on OpenAll {
            from Closed to Empty;
            ignore from Empty | Manned { .. } | Working { .. };
        }
    }

    /// The jobs of hall #.
    keyed region jobs_#[Job#] {
        phases {
            /// It waits for a run.
            Waiting,
            /// It is part of a run.
            Taken { run: Run },
            /// A run completed with it.
            final Done,
            /// Nothing will run it.
            final GivenUp { reason: Reason },
        }
        /// How urgent it is.
        field lane: Lane;
        /// How often a run began with it.
        field attempts: u32 = 0;

        /// What waits, urgent or not.
        select waiting = Waiting;
        /// What goes first.
        select urgent = Waiting where self.lane == Lane::Urgent;
        /// What the current run has.
        select taken = Taken { .. };

        on Submit# { job, lane } create job to Waiting {
            require "the hall is open": !desk_#.is(Closed);
            require "there is room": jobs_#.waiting.len() < 100;
            set lane = lane;
        }
        on Withdraw# { job } at job {
            from Waiting to GivenUp { reason: Reason::Withdrawn } {
                emit Settled# { job, settlement: Settlement::GivenUp { reason: Reason::Withdrawn } };
            }
            ignore from GivenUp { .. };
        }
        on Begin# { run, job } at job from Waiting to Taken { run } {
            require "urgent jobs go first": jobs_#.urgent.is_empty() || self.lane == Lane::Urgent;
            set attempts = self.attempts + 1;
        }
        on Join# { run, job } at job from Waiting to Taken { run } {
            require "only urgent jobs join": self.lane == Lane::Urgent;
            set attempts = self.attempts + 1;
        }
        on Finish# { run, outcome } each taken {
            let again: bool = matches!(outcome, Outcome::Failed { retry: true });

            from Taken { .. } to Done {
                require "the run has completed": outcome == Outcome::Completed;
                emit Settled# { job: self.key, settlement: Settlement::Done };
            }
            from Taken { .. } to Waiting { require "it is tried again": again && self.attempts < 3; }
            from Taken { .. } to GivenUp { reason: Reason::Failed } {
                require "it is not tried again": outcome != Outcome::Completed && (!again || self.attempts >= 3);
                emit Settled# { job: self.key, settlement: Settlement::GivenUp { reason: Reason::Failed } };
            }
        }
        on Forget# { job } at job from Done | GivenUp { .. } remove;
        on CloseAll each waiting from Waiting to GivenUp { reason: Reason::Closed } {
            emit Settled# { job: self.key, settlement: Settlement::GivenUp { reason: Reason::Closed } };
        }
    }

    invariant "hall #: what is taken belongs to the current run": jobs_#.all(|job| match job.phase {
        Taken { run } => matches!(desk_#.phase, Working { run: current, .. } if current == run),
        _ => true,
    });
    invariant "hall #: whoever is there has a badge": desk_#.is(Manned | Working) == desk_#.badge.is_some();
    invariant "hall #: nothing waits behind closed doors": desk_#.is(Closed) => jobs_#.waiting.is_empty();
    always "hall #: runs and bindings never go back":
        next.desk_#.run >= desk_#.run && next.desk_#.fence >= desk_#.fence;
    always "hall #: what is settled stays settled": jobs_#.all(|job| job.is(Waiting | Taken)
        || next.jobs_#.get(job.key).is_none_or(|later| later.phase == job.phase));
    reachable "hall #: a job is done at its second attempt": jobs_#.any(|job| job.is(Done) && job.attempts == 2);
    possible "hall #: every job can be settled": true => jobs_#.waiting.is_empty() && jobs_#.taken.is_empty();
"#;

/// What stands between the braces of the `machine!`.
pub(crate) fn source(halls: usize) -> String {
    let halls = (1..=halls).map(|hall| HALL.replace('#', &hall.to_string()));
    COMMON.to_owned() + &halls.collect::<String>()
}
