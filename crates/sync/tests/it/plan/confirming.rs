//! Confirming scans have a share of the calls, and polls keep the rest.

use std::time::Duration;

use povline_domain::{AppointmentId, Day, OutPovId};
use povline_store::ledger::Suspect;
use povline_sync::TimetableConfig;
use povline_sync::timetable::{Ending, Next, Reason, Timetable};

use super::clinics::*;
use super::support::{HOUR, MIDNIGHT, MINUTE, at};

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
    timetable.confirm(&suspects, &[], eight);
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
    timetable.confirm(&suspects.collect::<Vec<_>>(), &[], eight);
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
        timetable.confirm(std::slice::from_ref(suspect), &[], eight);
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
