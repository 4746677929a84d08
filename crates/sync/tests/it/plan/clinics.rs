//! Clinics whose patients cancel, and an agent's timetable that reads them; calls take a fifth of a
//! second.

use std::collections::HashMap;

use povline_domain::{AppointmentId, Day, OutPovId, UnixMillis};
use povline_store::ledger::Suspect;
use povline_sync::plan::{Promise, Quota, Weights};
use povline_sync::settle::SettlePolicy;
use povline_sync::timetable::{Ending, KnownList, Next, PlanStart, Reason, Shown, Task, Timetable};
use povline_sync::{PlanSettings, TimetableConfig};

use super::support::*;

pub const POVS: usize = 100;
pub const CALLS_PER_DAY: u64 = 10_000;
/// 8 % of them.
pub const SHARE: u32 = 800;
/// A call takes a fifth of a second.
pub const CALL_MILLIS: i64 = 200;

pub fn config() -> TimetableConfig {
    let povs = (0..POVS).map(|number| OutPovId::new(format!("{number:05}")).unwrap());
    TimetableConfig {
        first_day: 0,
        last_day: 6,
        plan: Some(PlanSettings {
            quota: Quota {
                calls_per_second: Some(5.0),
                calls_per_day: Some(CALLS_PER_DAY),
                reserved_percent: 10.0,
                confirming_percent: 8.0,
            },
            promise: Promise::default(),
            weights: Weights::default(),
        }),
        ..TimetableConfig::new(povs.collect())
    }
}

/// Everything was read in the hour before.
pub fn start(config: &TimetableConfig, now: UnixMillis) -> PlanStart {
    let lists = config.povs.iter().flat_map(|pov| {
        let days = config.open_days(now).into_iter();
        days.map(move |day| (pov.clone(), day))
    });
    let known = lists.enumerate().map(|(number, (pov, day))| KnownList {
        pov,
        day,
        checked_at: now.plus_millis(-(number as i64 * 7_919 % HOUR)),
        rows: 100,
        picked: 0,
    });
    PlanStart {
        known: known.collect(),
        ..PlanStart::default()
    }
}

pub type List = (OutPovId, Day);

/// Clinics whose patients cancel, and what an agent makes of it.
pub struct Clinics {
    /// Rows that will vanish from lists, the first one last.
    vanishing: Vec<(UnixMillis, List)>,
    /// Rows that have vanished and were not missed yet.
    gone: HashMap<List, u32>,
    read_at: HashMap<List, UnixMillis>,
    pub suspects: Vec<Suspect>,
    /// How long after they were missed today's were confirmed on their day.
    pub today_took: Vec<i64>,
    /// Of today's suspects that were settled: when they were missed, and how long it took.
    pub today_told: Vec<(UnixMillis, i64)>,
    pub settled: usize,
    calls: HashMap<Reason, u32>,
    suspects_differ: bool,
}

impl Clinics {
    pub fn new(mut vanishing: Vec<(UnixMillis, List)>) -> Self {
        vanishing.sort();
        vanishing.reverse();
        Self {
            vanishing,
            gone: HashMap::new(),
            read_at: HashMap::new(),
            suspects: Vec::new(),
            today_took: Vec::new(),
            today_told: Vec::new(),
            settled: 0,
            calls: HashMap::new(),
            suspects_differ: true,
        }
    }

    fn read(&mut self, task: &Task, now: UnixMillis, open_days: &[Day]) -> Shown {
        while let Some((_, list)) = self.vanishing.pop_if(|(at, _)| *at <= now) {
            *self.gone.entry(list).or_default() += 1;
        }
        *self.calls.entry(task.reason).or_default() += 1;
        let list = (task.pov.clone(), task.day);
        for suspect in &mut self.suspects {
            let waited = now.millis_since(suspect.vanished_at);
            let here = suspect.pov == task.pov && suspect.day == task.day;
            if here && suspect.confirmed_at.is_none() && waited >= MINUTE {
                suspect.confirmed_at = Some(now);
                self.suspects_differ = true;
                if task.day == Day::at(now) {
                    self.today_took.push(waited);
                }
            }
        }
        let last_shown = self.read_at.insert(list.clone(), now);
        let policy = SettlePolicy::default();
        let before = self.suspects.len();
        let read_at = &self.read_at;
        self.suspects.retain(|suspect| {
            if suspect.pov != task.pov {
                return true;
            }
            let Some(confirmed_at) = suspect.confirmed_at else {
                return true;
            };
            let from = policy.elsewhere_from(suspect, confirmed_at);
            let mut others = open_days.iter().filter(|day| **day != suspect.day);
            let is_told = others.all(|day| read_at.get(&(task.pov.clone(), *day)) >= Some(&from));
            if is_told && suspect.day == Day::at(now) {
                let took = now.millis_since(suspect.vanished_at);
                self.today_told.push((suspect.vanished_at, took));
            }
            !is_told
        });
        self.settled += before - self.suspects.len();
        self.suspects_differ |= self.suspects.len() < before;
        let gone = self.gone.remove(&list).unwrap_or(0);
        for number in 0..gone {
            self.suspects_differ = true;
            self.suspects.push(Suspect {
                appointment_id: AppointmentId::new(format!("A{}{number}", now.0)).unwrap(),
                pov: task.pov.clone(),
                day: task.day,
                last_shown: last_shown.unwrap_or(now.plus_millis(-HOUR)),
                vanished_at: now,
                confirmed_at: None,
                accepted: false,
                held: false,
            });
        }
        Shown {
            calls: 1,
            new: gone,
            gone,
            picked: 0,
            rows: Some((100, 100)),
        }
    }

    /// Works from `now` to `until`, and counts the lists that were found older than promised.
    pub fn work(
        &mut self,
        timetable: &mut Timetable,
        mut now: UnixMillis,
        until: UnixMillis,
    ) -> usize {
        let (mut confirm_at, mut look_at, mut overdue) = (now, now, 0);
        while now < until {
            if self.suspects_differ && now >= confirm_at {
                timetable.confirm(&self.suspects, &[], now);
                self.suspects_differ = false;
                confirm_at = now.plus_millis(1_000);
            }
            if now >= look_at {
                let tiers = timetable.ages(now);
                overdue += tiers.iter().map(|tier| tier.overdue).sum::<usize>();
                look_at = now.plus_millis(5 * MINUTE);
            }
            match timetable.next(now) {
                Next::Run(task) => {
                    let shown = self.read(&task, now, &timetable.open_days(now));
                    timetable.shown(&task, shown);
                    timetable.finished(&task, Ending::Complete(now), now);
                    now = now.plus_millis(CALL_MILLIS);
                }
                Next::Wait(wait) => {
                    assert!(wait > now, "the timetable must not spin");
                    let look = if self.suspects_differ {
                        confirm_at
                    } else {
                        look_at
                    };
                    now = wait.min(look.max(now.plus_millis(1)));
                }
                other => panic!("{other:?}"),
            }
        }
        overdue
    }

    /// Another timetable has not been told of any suspect.
    pub fn suspects_differ(&mut self) {
        self.suspects_differ = true;
    }

    pub fn calls_for(&self, reason: Reason) -> u32 {
        self.calls.get(&reason).copied().unwrap_or(0)
    }
}

/// Cancellations of a day: of today's lists while clinics are open, of the others at all hours.
pub fn cancellations(
    config: &TimetableConfig,
    of_today: i64,
    of_others: i64,
) -> Vec<(UnixMillis, List)> {
    let days = config.open_days(MIDNIGHT);
    let mut vanishing = Vec::new();
    for (number, pov) in (0_i64..).zip(&config.povs) {
        for nth in 0..of_today {
            let minute = 480 + (number * 137 + nth * 193) % 540;
            vanishing.push((
                MIDNIGHT.plus_millis(minute * MINUTE),
                (pov.clone(), days[0]),
            ));
        }
        for nth in 0..of_others {
            let minute = (number * 61 + nth * 47) % 1_440;
            let day = days[1 + ((number + nth) % 6) as usize];
            vanishing.push((MIDNIGHT.plus_millis(minute * MINUTE), (pov.clone(), day)));
        }
    }
    vanishing
}
