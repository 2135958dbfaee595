//! The steps of a host, taken from its `tracing` events.

use std::fmt;

use machine_spec::Machine;
use serde::de::DeserializeOwned;
use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;

use super::Conformance;

/// The target of the events that tell a step. Their fields: `session`, `incarnation` (a number) and `input` (as JSON).
/// `meerkat-runtime` has these events at the level `TRACE`.
pub const STEP_TARGET: &str = "meerkat::step";

/// The target of the events that tell with which state a session was brought back. Their fields: `session` and `state`
/// (as JSON).
pub const RECOVERY_TARGET: &str = "meerkat::recovery";

/// A layer of a `tracing` subscriber that follows a host. Where other layers of the same subscriber should not see the
/// level `TRACE` of everything, filter them, and let this one have the two targets.
pub struct ConformanceLayer<M: Machine> {
    conformance: Conformance<M>,
}

impl<M: Machine> ConformanceLayer<M> {
    pub(super) fn new(conformance: Conformance<M>) -> Self {
        Self { conformance }
    }
}

impl<M, S> Layer<S> for ConformanceLayer<M>
where
    M: Machine,
    M::Input: DeserializeOwned,
    M::State: DeserializeOwned,
    S: Subscriber,
{
    fn on_event(&self, event: &Event<'_>, _context: Context<'_, S>) {
        let target = event.metadata().target();
        if target != STEP_TARGET && target != RECOVERY_TARGET {
            return;
        }
        let mut told = Told::default();
        event.record(&mut told);
        match target {
            STEP_TARGET => self.conformance.step(&told.session, told.incarnation, &told.input),
            _ => self.conformance.recovery(&told.session, &told.state),
        }
    }
}

/// The fields of an event.
#[derive(Default)]
struct Told {
    session: String,
    incarnation: u64,
    input: String,
    state: String,
}

impl Told {
    fn text(&mut self, field: &Field, text: String) {
        match field.name() {
            "session" => self.session = text,
            "input" => self.input = text,
            "state" => self.state = text,
            _ => {}
        }
    }
}

impl Visit for Told {
    fn record_u64(&mut self, field: &Field, value: u64) {
        if field.name() == "incarnation" {
            self.incarnation = value;
        }
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.text(field, value.to_owned());
    }

    /// A field that is given as `%value` arrives here, with a `Debug` that is the `Display` of the value.
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.text(field, format!("{value:?}"));
    }
}
