//! What the platform counts. No label holds anything that a caller chose: methods are the known
//! ones or `other`, outcomes come from our own tables.

use std::sync::atomic::AtomicU64;

use std::fmt::Write as _;

use povline_protocol::methods::appointment_query;
use prometheus_client::encoding::text::encode;
use prometheus_client::encoding::{EncodeLabelSet, EncodeLabelValue, LabelValueEncoder};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::Registry;

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RequestLabels {
    /// A method of ours; all else is `other`, because a caller may name what it likes.
    method: &'static str,
    outcome: Outcome,
}

/// What became of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Outcome {
    /// It got what it asked for.
    Answered,
    /// It got an error with this code of the protocol's table.
    Refused(i64),
    /// It was told in a good answer that the service failed.
    Failed,
    /// It was told in a good answer that what it asks for cannot be done.
    Declined,
}

impl EncodeLabelValue for Outcome {
    fn encode(&self, encoder: &mut LabelValueEncoder<'_>) -> Result<(), std::fmt::Error> {
        match self {
            Self::Answered => encoder.write_str("ok"),
            Self::Refused(code) => code.encode(encoder),
            Self::Failed => encoder.write_str("failed"),
            Self::Declined => encoder.write_str("declined"),
        }
    }
}

/// The counters and gauges of one gateway.
#[derive(Debug)]
pub(crate) struct Metrics {
    registry: Registry,
    requests: Family<RequestLabels, Counter>,
    /// By far the commonest outcome, kept at hand.
    answered: Counter,
    /// From the arrival of the head to the answer's being ready to write.
    pub(crate) durations: Histogram,
    pub(crate) sheet_hits: Counter,
    pub(crate) sheet_builds: Counter,
    pub(crate) sheet_failures: Counter,
    pub(crate) pinned_pages: Counter,
    pub(crate) audit: AuditCounters,
    gauges: Gauges,
}

/// What became of what calls leave behind.
#[derive(Debug, Default)]
pub(crate) struct AuditCounters {
    /// Times that readings could not be written; they are kept for the next time.
    pub(crate) failures: Counter,
    /// Reads of which only the POV was noted.
    pub(crate) days_merged: Counter,
    /// Calls that could not be logged.
    pub(crate) lines_lost: Counter,
}

impl AuditCounters {
    fn register(&self, registry: &mut Registry) {
        let counters = [
            (
                "audit_failures",
                "Times that reads could not be audited and were kept for the next time",
                &self.failures,
            ),
            (
                "audit_days_merged",
                "Reads audited with their POV alone, because there were too many days",
                &self.days_merged,
            ),
            (
                "log_lines_lost",
                "Calls that could not be logged",
                &self.lines_lost,
            ),
        ];
        for (name, help, counter) in counters {
            registry.register(name, help, counter.clone());
        }
    }
}

#[derive(Debug, Default)]
struct Gauges {
    readings: Gauge,
    sheet_entries: Gauge,
    sheet_bytes: Gauge,
    pins: Gauge,
    pinned_bytes: Gauge,
    connections: Gauge,
    calls: Gauge,
    writes: Gauge,
    lag_seconds: Gauge<f64, AtomicU64>,
}

/// What is looked up when somebody asks for the metrics.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Levels {
    pub(crate) sheet_entries: usize,
    pub(crate) sheet_bytes: usize,
    pub(crate) pins: usize,
    pub(crate) pinned_bytes: usize,
    pub(crate) connections: usize,
    pub(crate) calls: usize,
    pub(crate) writes: usize,
    pub(crate) readings: usize,
    pub(crate) lag_seconds: f64,
}

impl Metrics {
    pub(crate) fn new() -> Self {
        let requests = Family::<RequestLabels, Counter>::default();
        let answered = requests.get_or_create_owned(&RequestLabels {
            method: appointment_query::METHOD,
            outcome: Outcome::Answered,
        });
        let mut metrics = Self {
            registry: Registry::with_prefix("povline"),
            requests,
            answered,
            durations: Histogram::new(exponential_buckets(0.000_01, 2.5, 14)),
            sheet_hits: Counter::default(),
            sheet_builds: Counter::default(),
            sheet_failures: Counter::default(),
            pinned_pages: Counter::default(),
            audit: AuditCounters::default(),
            gauges: Gauges::default(),
        };
        metrics.register();
        metrics
    }

    fn register(&mut self) {
        let registry = &mut self.registry;
        let counters = [
            (
                "sheet_hits",
                "Pages from a sheet in memory",
                &self.sheet_hits,
            ),
            (
                "sheet_builds",
                "Day sheets built from the book",
                &self.sheet_builds,
            ),
            (
                "sheet_failures",
                "Day sheets that could not be built",
                &self.sheet_failures,
            ),
            (
                "pinned_pages",
                "Pages from a pinned sheet",
                &self.pinned_pages,
            ),
        ];
        for (name, help, counter) in counters {
            registry.register(name, help, counter.clone());
        }
        self.audit.register(registry);
        registry.register(
            "requests",
            "TOP calls by method and outcome",
            self.requests.clone(),
        );
        registry.register(
            "request_seconds",
            "From a call's head to its answer",
            self.durations.clone(),
        );
        let gauges = &self.gauges;
        let levels = [
            (
                "sheet_entries",
                "Day sheets in memory",
                &gauges.sheet_entries,
            ),
            (
                "sheet_bytes",
                "Bytes of day sheets in memory",
                &gauges.sheet_bytes,
            ),
            ("pins", "Lists pinned for forward paging", &gauges.pins),
            (
                "pinned_bytes",
                "Bytes of pinned sheets",
                &gauges.pinned_bytes,
            ),
            ("connections", "Open connections", &gauges.connections),
            ("calls", "Calls at work", &gauges.calls),
            ("writes", "Calls that write or wait to", &gauges.writes),
            (
                "audit_waiting",
                "Entries of reads that are not audited yet",
                &gauges.readings,
            ),
        ];
        for (name, help, gauge) in levels {
            registry.register(name, help, gauge.clone());
        }
        registry.register(
            "follower_lag_seconds",
            "Age of the last good look at the book's changes",
            gauges.lag_seconds.clone(),
        );
    }

    /// Counts one call, of a method of ours or of none.
    pub(crate) fn count(&self, method: Option<&'static str>, outcome: Outcome) {
        let method = method.unwrap_or("other");
        if (method, outcome) == (appointment_query::METHOD, Outcome::Answered) {
            self.answered.inc();
        } else {
            self.requests
                .get_or_create(&RequestLabels { method, outcome })
                .inc();
        }
    }

    /// Everything in Prometheus' text form.
    pub(crate) fn render(&self, levels: Levels) -> Result<String, std::fmt::Error> {
        let level = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
        let gauges = &self.gauges;
        gauges.sheet_entries.set(level(levels.sheet_entries));
        gauges.sheet_bytes.set(level(levels.sheet_bytes));
        gauges.pins.set(level(levels.pins));
        gauges.pinned_bytes.set(level(levels.pinned_bytes));
        gauges.connections.set(level(levels.connections));
        gauges.calls.set(level(levels.calls));
        gauges.writes.set(level(levels.writes));
        gauges.readings.set(level(levels.readings));
        gauges.lag_seconds.set(levels.lag_seconds);
        let mut text = String::new();
        encode(&mut text, &self.registry)?;
        Ok(text)
    }
}
