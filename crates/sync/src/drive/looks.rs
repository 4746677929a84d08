//! What a run looks at now and then: ages, calls that are left, and what a person must hear of.

use povline_domain::{Day, UnixMillis};
use povline_store::StoreError;
use povline_store::ledger::{AlarmOf, HoldScope, Ledger};

use super::round::Round;
use crate::alarms::{AlarmKey, AlarmKind, AlarmStep, Alarms, Condition};
use crate::pace::Purpose;

/// How often alarms are judged, in milliseconds.
const LOOK_EVERY_MS: i64 = 10_000;
/// How many alarms of an earlier run are taken over.
const ALARMS_MAX: usize = 10_000;
/// The protocol's code for a timestamp that is too far off.
const INVALID_TIMESTAMP: i64 = 31;
/// What the fleet's hold is called.
const FLEET: &str = "fleet";
/// What alarms about the platform or the quarantine as a whole are about.
const PLATFORM: &str = "platform";
const LEDGER: &str = "ledger";

/// The alarms of a run.
#[derive(Debug, Default)]
pub(super) struct Watch {
    alarms: Alarms,
    look_at: Option<UnixMillis>,
}

/// A refusal that meets every list of the app.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refusal {
    /// The protocol's code.
    pub(super) code: i64,
    /// What the platform says.
    pub(super) cause: String,
}

impl<L: Ledger> Round<'_, L> {
    /// Takes over the alarms that an earlier run has left standing.
    pub(super) async fn take_over_alarms(&mut self) -> Result<(), StoreError> {
        let alarms = self.agent.ledger.alarms(ALARMS_MAX).await?;
        let standing = alarms
            .into_iter()
            .filter(|alarm| alarm.cleared_at.is_none());
        let keys = standing.filter_map(|alarm| {
            let kind = AlarmKind::from_word(&alarm.of.kind)?;
            let is_ours = self.alarm_of(&(kind, alarm.of.subject.clone())) == alarm.of;
            (is_ours && self.concerns(kind, &alarm.of.subject)).then_some((kind, alarm.of.subject))
        });
        self.watch.alarms = Alarms::standing(keys.collect::<Vec<_>>());
        Ok(())
    }

    /// Looks at everything that is looked at now and then, if it is time or the run is at its
    /// `end`.
    pub(super) async fn look_at_alarms(&mut self, end: bool) -> Result<(), StoreError> {
        let now = self.agent.clock.now();
        // A clock that was turned back must not put this off.
        let is_early = |at: &UnixMillis| {
            let since = now.millis_since(*at);
            (0..LOOK_EVERY_MS).contains(&since)
        };
        if !end && self.watch.look_at.as_ref().is_some_and(is_early) {
            return Ok(());
        }
        self.watch.look_at = Some(now);
        let limits = self.agent.config.limits;
        let (app, today) = (&self.agent.app, Day::at(now));
        let taken = self.agent.ledger.calls_taken(app, today).await?;
        self.timetable.reserve_taken(taken.not_polls());
        self.progress.calls_taken = taken.all();
        self.progress.calls_left = limits.left(Purpose::Reserved, taken);
        self.progress.quarantine = self.agent.ledger.quarantined().await?;
        self.progress.surge = self.timetable.surges();
        let conditions = self.conditions().await?;
        for step in self.watch.alarms.judge(now, conditions) {
            self.tell_step(&step, now).await?;
            self.watch.alarms.told(&step);
        }
        self.progress.alarms = self.watch.alarms.iter().cloned().collect();
        Ok(())
    }

    /// Everything that is the case now.
    async fn conditions(&self) -> Result<Vec<Condition>, StoreError> {
        let mut conditions = Vec::new();
        let mut add = |kind, subject: &str, detail: String| {
            conditions.push(Condition {
                kind,
                subject: subject.to_owned(),
                detail,
            });
        };
        let open_days = self.timetable.open_days(self.agent.clock.now());
        // What is held on a day that is over is let be: nothing is cancelled there without a person,
        // and nobody waits for it.
        let is_over = |day: &Day| open_days.first().is_some_and(|first| day < first);
        for (scope, hold) in self.agent.ledger.held().await? {
            if matches!(&scope, HoldScope::List(_, day) if is_over(day)) {
                continue;
            }
            let subject = match &scope {
                HoldScope::Fleet => FLEET.to_owned(),
                HoldScope::List(pov, day) => format!("{pov} {day}"),
            };
            if self.concerns(AlarmKind::Held, &subject) {
                let (lost, known) = (hold.lost, hold.known);
                let detail = format!("{lost} of {known} rows vanished at once; see povline held");
                add(AlarmKind::Held, &subject, detail);
            }
        }
        if self.progress.quarantine > 0 {
            let detail = format!(
                "{} rows cannot be taken at their word; see povline quarantine",
                self.progress.quarantine
            );
            add(AlarmKind::Quarantine, LEDGER, detail);
        }
        if self.is_polling() {
            for (subject, of_today) in [("today", true), ("other days", false)] {
                let tiers = self.progress.tiers.iter();
                let tiers = tiers.filter(|tier| (tier.days_ahead == 0) == of_today);
                let late: usize = tiers.map(|tier| tier.overdue).sum();
                if late > 0 {
                    let detail = format!("{late} lists are older than promised");
                    add(AlarmKind::Overdue, subject, detail);
                }
            }
        }
        if let Some(refusal) = self.health.refusal() {
            let kind = match refusal.code {
                INVALID_TIMESTAMP => AlarmKind::ClockSkew,
                _ => AlarmKind::Refused,
            };
            add(kind, PLATFORM, refusal.cause.clone());
        }
        let says_so = matches!(self.health.refusal(), Some(told) if told.code == INVALID_TIMESTAMP);
        if let Some(skew) = self.agent.reader.skew().filter(|_| !says_so) {
            let way = if skew > 0 { "ahead of" } else { "behind" };
            let detail = format!(
                "this machine's clock is {} s {way} the platform's; keep it in time by NTP",
                skew.abs() / 1_000
            );
            add(AlarmKind::ClockSkew, PLATFORM, detail);
        }
        if self.health.is_down() {
            let detail = "one call after another fails, and none succeeds".to_owned();
            add(AlarmKind::PlatformDown, PLATFORM, detail);
        }
        Ok(conditions)
    }

    /// Whether an alarm about this is for this agent to raise and clear: of a list, whoever reads
    /// its POV; of anything else, everybody.
    fn concerns(&self, kind: AlarmKind, subject: &str) -> bool {
        if kind != AlarmKind::Held || subject == FLEET {
            return true;
        }
        let pov = subject.rsplit_once(' ').map_or(subject, |(pov, _)| pov);
        povline_domain::OutPovId::new(pov).is_ok_and(|pov| self.timetable.has(&pov))
    }

    fn alarm_of(&self, (kind, subject): &AlarmKey) -> AlarmOf {
        let of_the_ledger = subject == FLEET || subject == LEDGER;
        AlarmOf {
            app: (!of_the_ledger).then(|| self.agent.app.clone()),
            kind: kind.word().to_owned(),
            subject: subject.clone(),
        }
    }

    async fn tell_step(&self, step: &AlarmStep, now: UnixMillis) -> Result<(), StoreError> {
        let ledger = &self.agent.ledger;
        match step {
            AlarmStep::Raise(Condition {
                kind,
                subject,
                detail,
            }) => {
                let of = self.alarm_of(&(*kind, subject.clone()));
                if ledger.raise_alarm(&of, detail, now).await? {
                    tracing::error!(alarm = kind.word(), app = %self.agent.app, subject, detail, "alarm raised");
                }
            }
            AlarmStep::Clear(key) => {
                if ledger.clear_alarm(&self.alarm_of(key), now).await? {
                    let (kind, subject) = key;
                    tracing::warn!(alarm = kind.word(), app = %self.agent.app, subject, "alarm cleared");
                }
            }
        }
        Ok(())
    }
}
