//! The platform is gone for an hour of the morning, with bans before and after.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use povline_domain::{AppointmentId, Day, OutPovId, UnixMillis};
use povline_store::ledger::Ledger;
use povline_sync::PlanSettings;
use povline_sync::plan::{Promise, Quota, Weights};
use povline_world::scenarios::ScenarioFile;
use povline_world::server::{CallRecord, Outcome, Stage};

use super::real::{Sight, play_watched};

const CALLS_PER_SECOND: u32 = 8;
const CALLS_PER_DAY: u64 = 5_000;

/// Minutes of the run, which begins at 07:30.
const GONE: std::ops::Range<i64> = 30..90;
/// The ban after that lasts this long at most.
const BANNED_UNTIL: i64 = 94;
/// So long after it every list of today has been read again.
const RECOVERED: i64 = BANNED_UNTIL + 10;

const SCENARIO: &str = r#"
name = "outage"
title = { zh = "早高峰平台中断一小时", en = "The platform is gone for the morning's hour" }
seed = 20261127
first_day = "2026-03-02"
begins_at = "07:30"
runs_minutes = 180
days = 4

[[clinics]]
count = 6
name = "测试接种门诊"
rows_per_day = 240

[server]
kind = "foreign"
order = "append"
latency_ms = 150

[budget]
calls_per_second = 10
calls_per_day = 6000
ban_seconds = 20

[[faults]]
name = "a ban before"
what = "ban"
seconds = 180
from_minute = 26
to_minute = 27

[[faults]]
name = "gone"
what = "reset"
from_minute = 30
to_minute = 90

[[faults]]
name = "a ban after"
what = "ban"
seconds = 180
from_minute = 90
to_minute = 91
"#;

/// What is seen of a run, look after look.
#[derive(Default)]
struct Seen {
    begins_at: Option<UnixMillis>,
    versions: HashMap<(OutPovId, AppointmentId), u32>,
    /// Calls that were made when the platform went, when it had been gone for five minutes, and at
    /// its return.
    calls: [Option<usize>; 3],
    recovered: bool,
    /// The ages of today's lists were told while it was gone.
    ages_while_gone: HashSet<UnixMillis>,
}

impl Seen {
    async fn look(&mut self, sight: Sight<'_>) {
        let Sight {
            stage,
            ledger,
            now,
            events,
        } = sight;
        let begins_at = *self
            .begins_at
            .get_or_insert_with(|| stage.lock().read_truth().begins_at());
        let minute = now.millis_since(begins_at) / 60_000;
        for event in events {
            let change = &event.change;
            let key = (event.pov.clone(), change.appointment_id.clone());
            let version = self.versions.entry(key).or_default();
            assert_eq!(change.version, *version + 1, "each change once, in order");
            *version = change.version;
        }
        let days = ledger.days().await.unwrap();
        let stage = stage.lock();
        assert_eq!(called_although_told(&stage), 0);
        let calls = stage.log().all().len();
        let marks = [GONE.start, GONE.start + 5, GONE.end];
        for (place, from) in marks.into_iter().enumerate() {
            if minute >= from {
                self.calls[place].get_or_insert(calls);
            }
        }
        for list in &days {
            let Some(valid) = list.checked_at else {
                continue;
            };
            assert!(valid <= now);
            let shown = last_page(&stage, &list.pov, list.day, now);
            assert!(
                Some(valid) <= shown,
                "{} {}: true as of {valid}",
                list.pov,
                list.day
            );
            if GONE.contains(&minute) && list.day == Day::at(now) {
                self.ages_while_gone.insert(valid);
            }
        }
        if minute == RECOVERED {
            let today = days.iter().filter(|list| list.day == Day::at(now));
            let back_at = begins_at.plus_millis(GONE.end * 60_000);
            assert_eq!(today.clone().count(), 6);
            for list in today {
                assert!(
                    list.checked_at > Some(back_at),
                    "{} is not read again",
                    list.pov
                );
            }
            self.recovered = true;
        }
    }
}

/// Calls that were made after the answer was there that told of a ban. (One that is under way
/// together with the first call of a ban is refused as well, and could not know.)
fn called_although_told(stage: &Stage) -> usize {
    let calls = stage.log().all();
    let within_bans = calls
        .iter()
        .filter(|call| call.outcome == Outcome::WithinBan);
    let told_before = |late: &&CallRecord| {
        let of_ban = calls.iter().filter(|call| call.rules == late.rules);
        let first = of_ban.map(|call| call.answered_at).min();
        first.is_some_and(|told_at| told_at <= late.at)
    };
    within_bans.filter(told_before).count()
}

/// When the last call came that was answered with a page of this list.
fn last_page(stage: &Stage, pov: &OutPovId, day: Day, now: UnixMillis) -> Option<UnixMillis> {
    let clinic = stage.read_truth().clinic_of(pov)?;
    let mut calls = stage.log().of_list(clinic, day).rev();
    let page = calls.find(|call| call.is_page() && call.answered_at <= now)?;
    Some(page.at)
}

#[tokio::test(start_paused = true)]
async fn an_hour_without_the_platform_costs_freshness_and_nothing_else() {
    let scenario = ScenarioFile::parse(SCENARIO).unwrap();
    let mut seen = Seen::default();
    let set_up = |config: &mut povline_sync::AgentConfig| {
        config.limits.calls_per_second = Some(CALLS_PER_SECOND);
        config.limits.calls_per_day = Some(CALLS_PER_DAY);
        config.timetable.plan = Some(PlanSettings {
            quota: Quota {
                calls_per_second: Some(f64::from(CALLS_PER_SECOND)),
                calls_per_day: Some(CALLS_PER_DAY),
                reserved_percent: 10.0,
                confirming_percent: 8.0,
            },
            promise: Promise {
                today: Duration::from_secs(600),
                others: Duration::from_secs(7_200),
                ..Promise::default()
            },
            weights: Weights {
                today: 5.0,
                others: 1.0,
            },
        });
    };
    let look = async |sight: Sight<'_>| seen.look(sight).await;
    let (report, summary) = play_watched(&scenario, set_up, look).await;

    assert!(report.is_clean(), "{:#?}", report.stories);
    assert!(seen.recovered, "it was never looked");
    assert_eq!(report.calls.bans_provoked, 0, "{:?}", report.calls);
    assert!(report.calls.made <= CALLS_PER_DAY, "{:?}", report.calls);
    let [Some(went), Some(gone), Some(back)] = seen.calls else {
        panic!("it was never gone")
    };
    let (noticing, probing) = (gone - went, back - gone);
    println!(
        "{} calls, {noticing} and {probing} while it was gone",
        report.calls.made
    );
    // It is noticed after forty calls, and those that are under way then.
    assert!(noticing <= 80, "{noticing} calls in vain");
    assert!(probing <= 80, "{probing} calls in vain");
    // While nothing could be read, no list was told to be younger than it was.
    assert!(
        seen.ages_while_gone.len() <= 2 * 6,
        "{:?}",
        seen.ages_while_gone
    );
    assert_eq!(summary.progress.alarms, [], "every alarm was cleared");
    assert!(report.events > 500, "{}", report.events);
}
