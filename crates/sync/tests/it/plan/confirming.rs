//! Confirming scans have a share of the calls, and polls keep the rest.

use std::collections::HashMap;
use std::time::Duration;

use povline_domain::{AppointmentId, Day, OutPovId, UnixMillis};
use povline_store::ledger::Suspect;
use povline_sync::plan::{Promise, Quota, Weights};
use povline_sync::settle::SettlePolicy;
use povline_sync::timetable::{Ending, KnownList, Next, PlanStart, Reason, Shown, Task, Timetable};
use povline_sync::{PlanSettings, TimetableConfig};

use super::support::*;

const POVS: usize = 100;
const CALLS_PER_DAY: u64 = 10_000;
/// 8 % of them.
const SHARE: u32 = 800;
/// A call takes a fifth of a second.
const CALL_MILLIS: i64 = 200;

fn config() -> TimetableConfig {
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
fn start(config: &TimetableConfig, now: UnixMillis) -> PlanStart {
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

type List = (OutPovId, Day);

/// Clinics whose patients cancel, and what an agent makes of it.
struct Clinics {
    /// Rows that will vanish from lists, the first one last.
    vanishing: Vec<(UnixMillis, List)>,
    /// Rows that have vanished and were not missed yet.
    gone: HashMap<List, u32>,
    read_at: HashMap<List, UnixMillis>,
    suspects: Vec<Suspect>,
    /// How long after they were missed today's were confirmed on their day.
    today_took: Vec<i64>,
    settled: usize,
    calls: HashMap<Reason, u32>,
    suspects_differ: bool,
}

impl Clinics {
    fn new(mut vanishing: Vec<(UnixMillis, List)>) -> Self {
        vanishing.sort();
        vanishing.reverse();
        Self {
            vanishing,
            gone: HashMap::new(),
            read_at: HashMap::new(),
            suspects: Vec::new(),
            today_took: Vec::new(),
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
            !others.all(|day| read_at.get(&(task.pov.clone(), *day)) >= Some(&from))
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
    fn work(&mut self, timetable: &mut Timetable, mut now: UnixMillis, until: UnixMillis) -> usize {
        let (mut confirm_at, mut look_at, mut overdue) = (now, now, 0);
        while now < until {
            if self.suspects_differ && now >= confirm_at {
                timetable.confirm(&self.suspects, now);
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

    fn calls_for(&self, reason: Reason) -> u32 {
        self.calls.get(&reason).copied().unwrap_or(0)
    }
}

/// Cancellations of a day: of today's lists while clinics are open, of the others at all hours.
fn cancellations(
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

#[test]
fn polls_keep_their_promises_however_much_is_cancelled() {
    let config = config();
    let mut timetable = Timetable::planned(config.clone(), &start(&config, MIDNIGHT), MIDNIGHT);
    let mut clinics = Clinics::new(cancellations(&config, 4, 30));
    let end = MIDNIGHT.plus_millis(24 * HOUR - 1);
    let overdue = clinics.work(&mut timetable, MIDNIGHT, end);
    assert_eq!(overdue, 0, "lists older than promised");
    let polls = clinics.calls_for(Reason::Routine);
    assert!((8_500..=9_000).contains(&polls), "{polls} of 9,000");
    let confirming = clinics.calls_for(Reason::Confirming);
    assert!(
        (400..=SHARE).contains(&confirming),
        "{confirming} of {SHARE}"
    );
    let waiting = clinics.suspects.len();
    assert!(clinics.settled > 2_000, "{} settled", clinics.settled);
    assert!(
        waiting > 100,
        "there is more to confirm than the share: {waiting}"
    );
    let took = &clinics.today_took;
    assert!(took.len() > 350, "{} of 400", took.len());
    let longest = took.iter().max().unwrap() / 1_000;
    assert!(longest <= 300, "{longest} s");
}

#[test]
fn todays_suspects_do_not_wait_behind_many_others() {
    let config = config();
    let eight = at(8.0);
    let mut timetable = Timetable::planned(config.clone(), &start(&config, eight), eight);
    // All other lists have lost something an hour ago, and one of today's just now.
    let suspect = |pov: &OutPovId, day, minutes: i64| Suspect {
        appointment_id: AppointmentId::new("A1").unwrap(),
        pov: pov.clone(),
        day,
        last_shown: eight.plus_millis(-2 * HOUR),
        vanished_at: eight.plus_millis(-minutes * MINUTE),
        confirmed_at: None,
        accepted: false,
        held: false,
    };
    let days = config.open_days(eight);
    let mut suspects = Vec::new();
    for pov in &config.povs {
        suspects.extend(days[1..].iter().map(|day| suspect(pov, *day, 60)));
    }
    suspects.push(suspect(&config.povs[7], days[0], 2));
    timetable.confirm(&suspects, eight);
    let (mut now, mut confirming) = (eight, Vec::new());
    while now < eight.plus_millis(30 * MINUTE) {
        match timetable.next(now) {
            Next::Run(task) => {
                timetable.finished(&task, Ending::Complete(now), now);
                if task.reason == Reason::Confirming {
                    confirming.push((now, task));
                }
                now = now.plus_millis(CALL_MILLIS);
            }
            Next::Wait(until) => now = until,
            other => panic!("{other:?}"),
        }
    }
    let (first_at, first) = &confirming[0];
    assert_eq!((&first.pov, first.day), (&config.povs[7], days[0]));
    assert!(first_at.millis_since(eight) < 5_000);
    // Three hundred and twenty calls a day come evenly: some seven in half an hour.
    let others = confirming.len() - 1;
    assert!((5..=8).contains(&others), "{others}");
}

#[test]
fn by_fixed_tiers_too_todays_suspects_go_first() {
    let mut config = TimetableConfig {
        plan: None,
        ..config()
    };
    config.tiers.tiers.clear();
    config.tiers.otherwise = Duration::from_secs(86_400);
    let eight = at(8.0);
    let known = start(&config, eight).known.into_iter();
    let known: Vec<_> = known
        .map(|list| (list.pov, list.day, list.checked_at))
        .collect();
    let mut timetable = Timetable::polling(config.clone(), known, eight);
    let days = config.open_days(eight);
    let suspects = days.iter().rev().enumerate().map(|(older, day)| Suspect {
        appointment_id: AppointmentId::new("A1").unwrap(),
        pov: config.povs[3].clone(),
        day: *day,
        last_shown: at(5.0),
        vanished_at: at(7.0).plus_millis(older as i64 * MINUTE),
        confirmed_at: None,
        accepted: false,
        held: false,
    });
    timetable.confirm(&suspects.collect::<Vec<_>>(), eight);
    let mut now = eight;
    let first = loop {
        match timetable.next(now) {
            Next::Run(task) if task.reason == Reason::Confirming => break task,
            Next::Run(task) => {
                timetable.finished(&task, Ending::Complete(now), now);
            }
            Next::Wait(until) => now = until,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(first.day, days[0]);
}

/// What is held on a day that is over is let be; what a person lets go is confirmed.
#[test]
fn what_is_held_on_a_day_that_is_over_is_not_read_again() {
    let config = config();
    let eight = at(8.0);
    let days = config.open_days(eight);
    let of = |day: Day, accepted| Suspect {
        appointment_id: AppointmentId::new("A1").unwrap(),
        pov: config.povs[3].clone(),
        day,
        last_shown: at(-30.0),
        vanished_at: at(-28.0),
        confirmed_at: None,
        accepted,
        held: true,
    };
    let is_read = |suspect: &Suspect| {
        let mut timetable = Timetable::planned(config.clone(), &start(&config, eight), eight);
        timetable.confirm(std::slice::from_ref(suspect), eight);
        let mut now = eight;
        let mut reads = 0;
        while now < eight.plus_millis(20 * MINUTE) {
            match timetable.next(now) {
                Next::Run(task) => {
                    timetable.finished(&task, Ending::Complete(now), now);
                    let confirms = task.reason == Reason::Confirming;
                    reads += usize::from(confirms && task.day == suspect.day);
                    now = now.plus_millis(CALL_MILLIS);
                }
                Next::Wait(until) => now = until,
                other => panic!("{other:?}"),
            }
        }
        reads
    };
    let over = days[0].plus_days(-1).unwrap();
    assert_eq!(is_read(&of(over, false)), 0);
    assert_eq!(is_read(&of(over, true)), 1);
    assert!(is_read(&of(days[1], false)) >= 1, "now and then");
}
