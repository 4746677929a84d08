//! What the agents count, as OpenMetrics. No label holds anything that a server chose: apps and
//! days ahead come from the settings, classes and kinds from our own tables.

use std::fmt;
use std::sync::atomic::AtomicU64;

use povline_domain::{AppKey, ChangeKind, UnixMillis};
use povline_sync::Progress;
use povline_sync::alarms::AlarmKind;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfApp {
    app: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfTier {
    app: String,
    days_ahead: i32,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfKind {
    app: String,
    kind: &'static str,
}

type Number = Gauge<i64>;
type Seconds = Gauge<f64, AtomicU64>;

/// The families that are written, made anew for each reader.
#[derive(Default)]
struct Families {
    lists: Family<OfTier, Number>,
    never_read: Family<OfTier, Number>,
    overdue: Family<OfTier, Number>,
    checked_age: Family<OfTier, Seconds>,
    tried_age: Family<OfTier, Seconds>,
    due: Family<OfApp, Number>,
    held: Family<OfApp, Number>,
    suspects: Family<OfApp, Number>,
    todays_suspects_waiting: Family<OfApp, Number>,
    quarantine: Family<OfApp, Number>,
    calls_taken: Family<OfApp, Number>,
    calls_left: Family<OfApp, Number>,
    surge: Family<OfApp, Number>,
    banned: Family<OfApp, Number>,
    alarms: Family<OfKind, Number>,
    calls: Family<OfApp, Counter>,
    rows: Family<OfApp, Counter>,
    scans: Family<OfKind, Counter>,
    failures: Family<OfKind, Counter>,
    events: Family<OfKind, Counter>,
}

/// The metrics of these agents at this instant.
pub(super) fn render(agents: &[(AppKey, Progress)], now: UnixMillis) -> Result<String, fmt::Error> {
    let families = Families::default();
    for (app, progress) in agents {
        families.fill(app, progress, now);
    }
    let mut text = String::new();
    encode(&mut text, &families.register())?;
    Ok(text)
}

impl Families {
    fn fill(&self, app: &AppKey, progress: &Progress, now: UnixMillis) {
        let app = || app.as_str().to_owned();
        let of_app = OfApp { app: app() };
        for tier in &progress.tiers {
            let of_tier = OfTier {
                app: app(),
                days_ahead: tier.days_ahead,
            };
            self.lists.get_or_create(&of_tier).set(level(tier.lists));
            self.never_read
                .get_or_create(&of_tier)
                .set(level(tier.never_read));
            self.overdue
                .get_or_create(&of_tier)
                .set(level(tier.overdue));
            // Of lists that were never read there is no age, rather than an age of nought.
            if let Some(at) = tier.oldest_checked {
                self.checked_age.get_or_create(&of_tier).set(age(at, now));
            }
            if let Some(at) = tier.oldest_tried {
                self.tried_age.get_or_create(&of_tier).set(age(at, now));
            }
        }
        let numbers = [
            (&self.due, level(progress.lists_left)),
            (&self.held, level(progress.held)),
            (&self.suspects, level(progress.suspects_left)),
            (
                &self.todays_suspects_waiting,
                level(progress.todays_suspects_waiting),
            ),
            (&self.quarantine, count(progress.quarantine)),
            (&self.calls_taken, count(progress.calls_taken)),
            (&self.banned, i64::from(progress.banned_until.is_some())),
        ];
        for (family, number) in numbers {
            family.get_or_create(&of_app).set(number);
        }
        if let Some(left) = progress.calls_left {
            self.calls_left.get_or_create(&of_app).set(count(left));
        }
        if let Some(surge) = progress.surge {
            self.surge.get_or_create(&of_app).set(i64::from(surge));
        }
        for kind in AlarmKind::ALL {
            let standing = progress.alarms.iter().filter(|(raised, _)| *raised == kind);
            let of_kind = OfKind {
                app: app(),
                kind: kind.word(),
            };
            self.alarms
                .get_or_create(&of_kind)
                .set(level(standing.count()));
        }
        self.calls.get_or_create(&of_app).inc_by(progress.calls);
        self.rows.get_or_create(&of_app).inc_by(progress.rows);
        let add = |family: &Family<OfKind, Counter>, kind, number| {
            family
                .get_or_create(&OfKind { app: app(), kind })
                .inc_by(number);
        };
        let read = progress.complete.saturating_sub(progress.unchanged);
        add(&self.scans, "complete", read);
        add(&self.scans, "unchanged", progress.unchanged);
        add(&self.scans, "incomplete", progress.incomplete);
        for (class, number) in &progress.failures {
            add(&self.failures, class, *number);
        }
        for (kind, number) in ChangeKind::ALL.iter().zip(&progress.events) {
            add(&self.events, kind.word(), *number);
        }
    }

    fn register(self) -> Registry {
        let mut registry = Registry::with_prefix("povline_agent");
        let mut tier = |name: &str, help: &str, family| registry.register(name, help, family);
        tier(
            "lists",
            "Lists that are tracked, by days ahead of today",
            self.lists,
        );
        tier(
            "lists_never_read",
            "Lists that were never read whole",
            self.never_read,
        );
        tier(
            "lists_overdue",
            "Lists that are older than promised",
            self.overdue,
        );
        let mut age = |name: &str, help: &str, family| registry.register(name, help, family);
        age(
            "oldest_checked_age_seconds",
            "Since when the rows of the oldest list are not proved any more",
            self.checked_age,
        );
        age(
            "oldest_tried_age_seconds",
            "Since when the list that was not tried for the longest time was not tried",
            self.tried_age,
        );
        let numbers = [
            ("lists_due", "Lists that are due or being read", self.due),
            (
                "held",
                "Lists, and the fleet, of which no cancellation is told",
                self.held,
            ),
            (
                "suspects",
                "Suspected absences that are not settled yet",
                self.suspects,
            ),
            (
                "todays_suspects_waiting",
                "Of these, today's that wait because the share of confirming scans is used up for now",
                self.todays_suspects_waiting,
            ),
            (
                "quarantined_rows",
                "Rows in quarantine that their lists still show",
                self.quarantine,
            ),
            (
                "calls_taken_today",
                "Calls taken of the day's budget",
                self.calls_taken,
            ),
            (
                "calls_left_today",
                "Calls left of the day's budget",
                self.calls_left,
            ),
            (
                "surge",
                "1 while far more is booked everywhere than was foreseen",
                self.surge,
            ),
            (
                "banned",
                "1 while the platform lets nothing through",
                self.banned,
            ),
        ];
        for (name, help, family) in numbers {
            registry.register(name, help, family);
        }
        registry.register("alarms", "Alarms that stand, by kind", self.alarms);
        registry.register("calls", "Calls made, retries included", self.calls);
        registry.register("rows", "Rows read", self.rows);
        let kinds = [
            ("scans", "Scans, by what they came to", self.scans),
            (
                "failures",
                "Failed calls and scans, by class",
                self.failures,
            ),
            ("events", "Events told, by kind", self.events),
        ];
        for (name, help, family) in kinds {
            registry.register(name, help, family);
        }
        registry
    }
}

fn level(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

fn count(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

#[expect(
    clippy::cast_precision_loss,
    reason = "shown to a thousandth of a second"
)]
fn age(at: UnixMillis, now: UnixMillis) -> f64 {
    now.millis_since(at).max(0) as f64 / 1_000.0
}
