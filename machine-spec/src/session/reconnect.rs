//! How often, and until when, a lost live transport is attached anew.

crate::region! {
    /// A moment on the host's clock, in milliseconds.
    epoch Moment;

    /// Whether a lost live transport is attached anew.
    enum ReconnectPolicy {
        /// It is not.
        Never,
        /// It is tried this often, within the deadline.
        Limited { attempts: u32 },
        /// It is tried until the deadline.
        Unlimited,
    }

    /// From now on this policy holds.
    input SetReconnectPolicy { policy: ReconnectPolicy }
    /// The attempts begin.
    input BeginReconnect { deadline: Moment }
    /// An attempt failed; the next is to be made then, if there may be one.
    input ScheduleReconnect { retry_at: Moment }
    /// It is this moment now.
    input RetryReconnect { now: Moment }
    /// There is to be no further attempt.
    input ExhaustReconnect;
    /// The attempts are over, or are forgotten.
    input ClearReconnect;

    /// Say when it is this moment.
    effect AwaitReconnect { retry_at: Moment }
    /// There is no further attempt.
    effect ReconnectExhausted;

    fn may_retry(policy: ReconnectPolicy, attempts: u32) -> bool {
        match policy {
            ReconnectPolicy::Never => false,
            ReconnectPolicy::Limited { attempts: limit } => attempts < limit,
            ReconnectPolicy::Unlimited => true,
        }
    }

    /// The attempts to attach a lost live transport anew.
    region reconnect {
        phases {
            /// There are none.
            initial Idle,
            /// One is being made.
            Trying { failures: u32, deadline: Moment },
            /// The next is scheduled.
            Waiting { failures: u32, retry_at: Moment, deadline: Moment },
            /// They were in vain.
            Exhausted,
        }
        /// The policy that holds.
        field policy: ReconnectPolicy = ReconnectPolicy::Unlimited;

        on SetReconnectPolicy { policy } from any stay { set policy = policy; }
        on BeginReconnect { deadline } from Idle | Exhausted to Trying { failures: 0, deadline } {
            require "the policy allows it": may_retry(self.policy, 0);
        }
        on ScheduleReconnect { retry_at } {
            from Trying { failures, deadline } to Waiting { failures: failures + 1, retry_at, deadline } {
                require "there may be a further attempt": may_retry(self.policy, failures + 1) && retry_at < deadline;
                emit AwaitReconnect { retry_at };
            }
            from Trying { failures, deadline } to Exhausted {
                require "there may be no further attempt":
                    !may_retry(self.policy, failures + 1) || retry_at >= deadline;
                emit ReconnectExhausted;
            }
        }
        on RetryReconnect { now } {
            from Waiting { failures, retry_at, deadline } to Trying { failures, deadline } {
                require "it is time": now >= retry_at && now < deadline;
            }
            from Waiting { deadline, .. } to Exhausted {
                require "the deadline has passed": now >= deadline;
                emit ReconnectExhausted;
            }
        }
        on ExhaustReconnect from Trying { .. } | Waiting { .. } to Exhausted { emit ReconnectExhausted; }
        on ClearReconnect from Trying { .. } | Waiting { .. } | Exhausted to Idle;
        on PublishRealtimeReady | Detach | Stop | Destroy | FinishUnregister | Recover from any to Idle;
    }

    invariant "an attempt is scheduled before the deadline":
        !matches!(reconnect.phase, Waiting { retry_at, deadline, .. } if retry_at >= deadline);
    always "a further attempt is one that may be made": reconnect.is(Trying) && next.reconnect.is(Waiting) =>
        matches!(next.reconnect.phase, Waiting { failures, .. } if may_retry(reconnect.policy, failures));
    always "an attempt that fails is counted": !matches!(reconnect.phase, Trying { failures, .. }
        if matches!(next.reconnect.phase, Waiting { failures: later, .. } if later <= failures));
    reachable "an attempt is made after one that failed":
        matches!(reconnect.phase, Trying { failures, .. } if failures > 0);
    possible "attempts to attach anew can end": reconnect.is(Trying | Waiting) => reconnect.is(Idle | Exhausted);
}
