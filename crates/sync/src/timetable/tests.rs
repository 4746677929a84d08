//! The timetable on a clock of its own.

use std::collections::HashMap;

use povline_store::ledger::{CallsTaken, Suspect};

use super::*;

/// 2026-11-24 08:00:00 of Shanghai.
const EIGHT: UnixMillis = UnixMillis(1_795_478_400_000);
const MINUTE: i64 = 60_000;

fn povs(count: usize) -> Vec<OutPovId> {
    (0..count)
        .map(|number| OutPovId::new(format!("{number:05}")).unwrap())
        .collect()
}

fn config(count: usize) -> TimetableConfig {
    TimetableConfig::new(povs(count))
}

fn suspect(pov: &OutPovId, day: Day, vanished_at: UnixMillis, confirmed: Option<i64>) -> Suspect {
    Suspect {
        appointment_id: povline_domain::AppointmentId::new("P0001").unwrap(),
        pov: pov.clone(),
        day,
        last_shown: vanished_at.plus_millis(-600_000),
        vanished_at,
        confirmed_at: confirmed.map(UnixMillis),
        accepted: false,
        held: false,
    }
}

/// Runs the timetable for a while with scans that take no time, and tells what was read when.
fn run(timetable: &mut Timetable, from: UnixMillis, to: UnixMillis) -> Vec<(UnixMillis, Task)> {
    let mut now = from;
    let mut reads = Vec::new();
    while now < to {
        match timetable.next(now) {
            Next::Run(task) => {
                timetable.finished(&task, Ending::Complete(now), now);
                reads.push((now, task));
            }
            Next::Wait(until) => {
                assert!(until > now, "the timetable must not spin");
                now = until;
            }
            Next::Idle | Next::Done => break,
        }
    }
    reads
}

#[test]
fn each_list_is_read_by_its_tier() {
    let mut timetable = Timetable::polling(config(3), [], EIGHT);
    let today = Day::at(EIGHT);
    let reads = run(&mut timetable, EIGHT, EIGHT.plus_millis(120 * MINUTE));
    let mut counts: HashMap<(OutPovId, i32), i64> = HashMap::new();
    for (_, task) in &reads {
        let ahead = task.day.number() - today.number();
        *counts.entry((task.pov.clone(), ahead)).or_default() += 1;
    }
    assert_eq!(counts.len(), 3 * 9);
    for ((pov, ahead), count) in counts {
        let expected = match ahead {
            0 => 120,
            1 => 12,
            _ => 2,
        };
        // The first read is at once, and the first tick at least half an interval after it.
        assert!(
            (expected..=expected + 1).contains(&count),
            "{pov} {ahead}: {count}"
        );
    }
}

#[test]
fn starts_are_spread_over_the_interval() {
    let mut timetable = Timetable::polling(config(1_000), [], EIGHT);
    run(&mut timetable, EIGHT, EIGHT.plus_millis(2 * MINUTE));
    let minute = EIGHT.plus_millis(2 * MINUTE);
    let reads = run(&mut timetable, minute, minute.plus_millis(MINUTE));
    let mut by_second = [0_u32; 60];
    for (at, task) in reads {
        if task.day == Day::at(EIGHT) {
            by_second[(at.millis_since(minute) / 1_000) as usize] += 1;
        }
    }
    assert_eq!(by_second.iter().sum::<u32>(), 1_000);
    assert!(by_second.iter().all(|reads| *reads < 50), "{by_second:?}");
}

#[test]
fn missed_ticks_are_not_made_up_for() {
    let mut timetable = Timetable::polling(config(1), [], EIGHT);
    run(&mut timetable, EIGHT, EIGHT.plus_millis(10 * MINUTE));
    let later = EIGHT.plus_millis(130 * MINUTE);
    let today = Day::at(EIGHT);
    let reads = run(&mut timetable, later, later.plus_millis(1));
    let of_today = reads.iter().filter(|(_, task)| task.day == today).count();
    assert_eq!(of_today, 1);
    assert_eq!(reads.len(), 9, "every list was late, and is read once");
}

#[test]
fn a_restart_reads_only_what_is_due() {
    let mut first = Timetable::polling(config(50), [], EIGHT);
    let reads = run(&mut first, EIGHT, EIGHT.plus_millis(MINUTE / 2));
    assert_eq!(reads.len(), 450);
    let known = reads.into_iter().map(|(at, task)| (task.pov, task.day, at));
    let restarted_at = EIGHT.plus_millis(MINUTE / 2);
    let mut second = Timetable::polling(config(50), known, restarted_at);
    let reads = run(&mut second, restarted_at, restarted_at.plus_millis(MINUTE));
    let today = Day::at(EIGHT);
    let others = reads.iter().filter(|(_, task)| task.day != today).count();
    assert!(others < 20, "{others} far lists were read again at once");
}

#[test]
fn at_midnight_of_shanghai_tomorrow_becomes_today() {
    let midnight = Day::at(EIGHT).plus_days(1).unwrap().begins_at();
    let start = midnight.plus_millis(-30 * MINUTE);
    let mut timetable = Timetable::polling(config(2), [], start);
    let before = run(&mut timetable, start, midnight);
    let last = Day::at(start).plus_days(7).unwrap();
    assert!(before.iter().all(|(_, task)| task.day <= last));
    let after = run(&mut timetable, midnight, midnight.plus_millis(61 * MINUTE));
    let days: std::collections::BTreeSet<Day> = after.iter().map(|(_, task)| task.day).collect();
    assert_eq!(
        days.first(),
        Some(&Day::at(start)),
        "which is yesterday now"
    );
    assert_eq!(days.last(), Some(&last.plus_days(1).unwrap()));
}

#[test]
fn today_speeds_up_when_clinics_open() {
    let six = Day::at(EIGHT).begins_at().plus_millis(6 * 60 * MINUTE);
    let start = six.plus_millis(-5 * MINUTE);
    let mut timetable = Timetable::polling(config(20), [], start);
    run(&mut timetable, start, six);
    let reads = run(&mut timetable, six, six.plus_millis(MINUTE));
    let today = Day::at(EIGHT);
    let mut of_today: Vec<_> = reads
        .into_iter()
        .filter(|(_, task)| task.day == today)
        .map(|(_, task)| task.pov)
        .collect();
    of_today.sort();
    of_today.dedup();
    assert_eq!(of_today.len(), 20);
}

#[test]
fn when_the_budget_is_short_every_tier_falls_behind_alike() {
    let mut timetable = Timetable::polling(config(100), [], EIGHT);
    let today = Day::at(EIGHT);
    // One read each 2 s is 1,800 an hour; the tiers would like 6,000 + 600 + 700.
    let mut per_tier = [0_i64; 3];
    let mut now = EIGHT;
    while now < EIGHT.plus_millis(4 * 60 * MINUTE) {
        let Next::Run(task) = timetable.next(now) else {
            panic!("everything is late");
        };
        now = now.plus_millis(2_000);
        timetable.finished(&task, Ending::Complete(now), now);
        match task.day.number() - today.number() {
            0 => per_tier[0] += 1,
            1 => per_tier[1] += 1,
            _ => per_tier[2] += 1,
        }
    }
    // A quarter of what each tier would like: 6,000, 600 and 700 of 24,000, 2,400 and 2,800.
    for (reads, share) in per_tier.into_iter().zip([6_000, 600, 700]) {
        assert!(
            (share * 8 / 10..=share * 12 / 10).contains(&reads),
            "{per_tier:?}"
        );
    }
}

#[test]
fn demands_go_first_and_a_running_list_is_not_read_twice_at_once() {
    let mut timetable = Timetable::polling(config(2), [], EIGHT);
    let today = Day::at(EIGHT);
    let pov = OutPovId::new("00001").unwrap();
    assert!(!timetable.demand(&OutPovId::new("nobody").unwrap(), today));
    assert!(timetable.demand(&pov, today));
    assert!(timetable.demand(&pov, today));
    let Next::Run(first) = timetable.next(EIGHT) else {
        panic!("a demand runs at once");
    };
    assert_eq!((&first.pov, first.reason), (&pov, Reason::Demand));
    assert!(timetable.demand(&pov, today), "again, while it runs");
    let Next::Run(second) = timetable.next(EIGHT) else {
        panic!("other lists are due");
    };
    assert_ne!((&second.pov, second.day), (&pov, today));
    timetable.finished(&first, Ending::Complete(EIGHT), EIGHT);
    let Next::Run(third) = timetable.next(EIGHT) else {
        panic!("the second demand runs now");
    };
    assert_eq!((&third.pov, third.reason), (&pov, Reason::Demand));
}

#[test]
fn a_suspect_gets_its_own_day_first_then_the_others() {
    let mut timetable = Timetable::polling(config(2), [], EIGHT);
    let today = Day::at(EIGHT);
    let pov = OutPovId::new("00000").unwrap();
    run(&mut timetable, EIGHT, EIGHT.plus_millis(1));
    let vanished_at = EIGHT.plus_millis(5_000);
    let start = EIGHT.plus_millis(6_000);
    timetable.confirm(&[suspect(&pov, today, vanished_at, None)], &[], start);
    let reads = run(&mut timetable, start, vanished_at.plus_millis(5 * MINUTE));
    let due = vanished_at.plus_millis(MINUTE);
    let confirming = reads
        .iter()
        .find(|(at, task)| task.pov == pov && task.day == today && *at >= due)
        .expect("today's confirming scan is made within five minutes");
    assert!(confirming.0 <= due.plus_millis(MINUTE));

    let confirmed_at = confirming.0;
    let now = vanished_at.plus_millis(5 * MINUTE);
    timetable.confirm(
        &[suspect(&pov, today, vanished_at, Some(confirmed_at.0))],
        &[],
        now,
    );
    let reads = run(&mut timetable, now, now.plus_millis(1));
    let mut days: Vec<_> = reads
        .iter()
        .filter(|(_, task)| task.reason == Reason::Confirming)
        .map(|(_, task)| task.day)
        .collect();
    days.sort();
    days.dedup();
    let read_since = |day: &Day| {
        // Tomorrow's routine tick may have come between.
        *day == today.plus_days(1).unwrap()
    };
    let expected: Vec<_> = timetable
        .open_days(now)
        .into_iter()
        .filter(|day| *day != today && (days.contains(day) || !read_since(day)))
        .collect();
    assert_eq!(days, expected);
    let again = run(&mut timetable, now, now.plus_millis(1));
    assert_eq!(again, [], "each was wanted once");
}

#[test]
fn a_later_suspect_does_not_put_off_an_earlier_one() {
    let mut timetable = Timetable::sweep(config(1), 3, Duration::from_secs(3_600), [], EIGHT);
    let (today, pov) = (Day::at(EIGHT), OutPovId::new("00000").unwrap());
    run(&mut timetable, EIGHT, EIGHT.plus_millis(1));
    let first = suspect(&pov, today, EIGHT, None);
    let second = suspect(&pov, today, EIGHT.plus_millis(50_000), None);
    timetable.confirm(std::slice::from_ref(&first), &[], EIGHT);
    timetable.confirm(&[first, second], &[], EIGHT.plus_millis(50_000));
    assert_eq!(
        timetable.next(EIGHT.plus_millis(50_000)),
        Next::Wait(EIGHT.plus_millis(MINUTE))
    );
}

#[test]
fn a_failed_confirming_scan_is_tried_again() {
    let mut timetable = Timetable::polling(config(1), [], EIGHT);
    let (today, pov) = (Day::at(EIGHT), OutPovId::new("00000").unwrap());
    run(&mut timetable, EIGHT, EIGHT.plus_millis(1));
    timetable.confirm(&[suspect(&pov, today, EIGHT, None)], &[], EIGHT);
    let due = EIGHT.plus_millis(MINUTE);
    let mut now = due;
    let mut tries = 0;
    while now < due.plus_millis(MINUTE) {
        match timetable.next(now) {
            Next::Run(task) => {
                tries += u32::from(task.day == today);
                timetable.finished(&task, Ending::Failed, now);
            }
            Next::Wait(until) => now = until,
            other => panic!("{other:?}"),
        }
    }
    assert!((2..=5).contains(&tries), "{tries}");
}

#[test]
fn a_sweep_reads_every_list_until_it_is_complete_or_has_failed_for_good() {
    let mut timetable = Timetable::sweep(config(4), 3, Duration::ZERO, [], EIGHT);
    let mut now = EIGHT;
    let mut tries: HashMap<(OutPovId, Day), u32> = HashMap::new();
    loop {
        match timetable.next(now) {
            Next::Run(task) => {
                let tries = tries.entry((task.pov.clone(), task.day)).or_default();
                *tries += 1;
                let ending = match task.pov.as_str() {
                    "00000" => Ending::Failed,
                    "00001" => Ending::Refused,
                    "00002" if *tries < 3 => Ending::Failed,
                    _ => Ending::Complete(now),
                };
                timetable.finished(&task, ending, now);
            }
            Next::Wait(until) => now = until,
            Next::Idle => panic!("nothing runs"),
            Next::Done => break,
        }
    }
    assert_eq!(tries.len(), 4 * 9);
    for ((pov, _), tries) in tries {
        let expected = match pov.as_str() {
            "00000" | "00002" => 3,
            _ => 1,
        };
        assert_eq!(tries, expected, "{pov}");
    }
    assert_eq!(timetable.lists_left(now), 0);
}

#[test]
fn a_hundred_thousand_lists_are_cheap() {
    let mut timetable = Timetable::polling(config(11_112), [], EIGHT);
    let reads = run(&mut timetable, EIGHT, EIGHT.plus_millis(1));
    assert_eq!(reads.len(), 100_008);
    // The time that this takes is not asserted: what would make it too long is a list that costs
    // more than its share, and then this test takes hours.
    let midnight = Day::at(EIGHT).plus_days(1).unwrap().begins_at();
    let reads = run(&mut timetable, midnight, midnight.plus_millis(1));
    assert!(reads.len() >= 88_000, "{}", reads.len());
}

/// A hundred POVs, today and six days ahead, with so many calls a day.
fn planned(calls_per_day: u64) -> TimetableConfig {
    TimetableConfig {
        first_day: 0,
        last_day: 6,
        plan: Some(PlanSettings {
            quota: crate::plan::Quota {
                calls_per_second: Some(20.0),
                calls_per_day: Some(calls_per_day),
                reserved_percent: 10.0,
                confirming_percent: 8.0,
            },
            promise: crate::plan::Promise::default(),
            weights: crate::plan::Weights::default(),
        }),
        ..config(100)
    }
}

const SEEN: Shown = Shown {
    calls: 1,
    new: 1,
    gone: 0,
    picked: 0,
    rows: Some((50, 50)),
};

/// Runs planned polls that show a change each, and tells how many there were for each reason.
fn run_planned(
    timetable: &mut Timetable,
    from: UnixMillis,
    to: UnixMillis,
) -> HashMap<Reason, usize> {
    let mut now = from;
    let mut reads = HashMap::new();
    while now < to {
        match timetable.next(now) {
            Next::Run(task) => {
                timetable.shown(&task, SEEN);
                timetable.finished(&task, Ending::Complete(now), now);
                *reads.entry(task.reason).or_default() += 1;
                now = now.plus_millis(50);
            }
            Next::Wait(until) => {
                assert!(until > now, "the timetable must not spin");
                now = until;
            }
            other => panic!("{other:?}"),
        }
    }
    reads
}

#[test]
fn planned_polls_keep_the_quota_and_the_promises() {
    let midnight = Day::at(EIGHT).begins_at();
    let mut timetable = Timetable::planned(planned(5_000), &PlanStart::default(), midnight);
    let reads = run_planned(&mut timetable, midnight, midnight.plus_millis(86_399_000));
    let polls = reads[&Reason::Routine];
    assert!((4_300..=4_500).contains(&polls), "{polls} of 4,500");
    assert_eq!(never_read(&timetable, midnight.plus_millis(86_399_000)), 0);
    assert!(timetable.plan_to_save(midnight, false).is_none());
    assert!(timetable.plan_to_save(midnight, true).is_some());
}

#[test]
fn planned_polls_take_turns_with_confirming_scans_and_leave_demands_first() {
    let mut timetable = Timetable::planned(planned(50_000), &PlanStart::default(), EIGHT);
    let (today, some) = (Day::at(EIGHT), OutPovId::new("00007").unwrap());
    run_planned(&mut timetable, EIGHT, EIGHT.plus_millis(10 * MINUTE));
    let now = EIGHT.plus_millis(10 * MINUTE);
    let vanished_at = now.plus_millis(-2 * MINUTE);
    timetable.confirm(&[suspect(&some, today, vanished_at, None)], &[], now);
    assert!(timetable.demand(&some, today.plus_days(1).unwrap()));
    let mut reasons = Vec::new();
    for _ in 0..3 {
        if let Next::Run(task) = timetable.next(now) {
            timetable.finished(&task, Ending::Complete(now), now);
            reasons.push(task.reason);
        }
    }
    assert_eq!(reasons[..2], [Reason::Demand, Reason::Confirming]);
    assert_ne!(reasons.get(2), Some(&Reason::Confirming), "wanted once");
}

#[test]
fn a_restart_of_planned_polls_goes_on_within_the_days_quota() {
    let config = planned(5_000);
    let mut first = Timetable::planned(config.clone(), &PlanStart::default(), EIGHT);
    let noon = EIGHT.plus_millis(240 * MINUTE);
    let before = run_planned(&mut first, EIGHT, noon)[&Reason::Routine];
    let known = config.povs.iter().flat_map(|pov| {
        let days = config.open_days(noon).into_iter();
        days.map(|day| KnownList {
            pov: pov.clone(),
            day,
            checked_at: noon.plus_millis(-10 * MINUTE),
            rows: 50,
            picked: 0,
        })
    });
    let start = PlanStart {
        state: first.plan_to_save(noon, true),
        known: known.collect(),
        taken: CallsTaken {
            polls: before as u64,
            ..CallsTaken::default()
        },
    };
    let mut second = Timetable::planned(config.clone(), &start, noon);
    let end = Day::at(EIGHT).plus_days(1).unwrap().begins_at();
    let after = run_planned(&mut second, noon, end.plus_millis(-1))[&Reason::Routine];
    assert!(before + after <= 4_500, "{before} + {after}");
    assert!(before + after > 4_200, "{before} + {after}");
    // A state that cannot be read is gone on without.
    let start = PlanStart {
        state: Some(vec![1, 2, 3]),
        ..PlanStart::default()
    };
    let mut third = Timetable::planned(config, &start, noon);
    assert!(matches!(third.next(noon.plus_millis(HOUR)), Next::Run(_)));
}

const HOUR: i64 = 60 * MINUTE;

#[test]
fn a_parked_planned_poll_waits_for_exactly_that_long() {
    let mut timetable = Timetable::planned(planned(50_000), &PlanStart::default(), EIGHT);
    run_planned(&mut timetable, EIGHT, EIGHT.plus_millis(10 * MINUTE));
    let now = EIGHT.plus_millis(30 * MINUTE);
    let Next::Run(task) = timetable.next(now) else {
        panic!("something is due after twenty minutes");
    };
    let until = now.plus_millis(7 * MINUTE + 3);
    timetable.finished(&task, Ending::Parked(until), now);
    assert_eq!(timetable.next(now.plus_millis(1)), Next::Wait(until));
    assert!(matches!(timetable.next(until), Next::Run(_)));
}

fn never_read(timetable: &Timetable, at: UnixMillis) -> usize {
    let tiers = timetable.ages(at);
    tiers.iter().map(|tier| tier.never_read).sum()
}
