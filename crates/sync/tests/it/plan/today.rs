//! Cancellations of today are told within minutes as long as the share of confirming scans reaches,
//! and sensibly late when it does not.

use povline_domain::{AppointmentId, Day, OutPovId, UnixMillis};
use povline_store::ledger::{CallsTaken, Suspect};
use povline_sync::plan::arithmetic;
use povline_sync::timetable::{Ending, Next, PlanStart, Reason, Timetable};

use super::clinics::*;
use super::support::{HOUR, MIDNIGHT, MINUTE, at};

/// From missing one of today's rows to telling that it is cancelled.
const TOLD_WITHIN: i64 = 5 * MINUTE;

fn planned(taken: u64, now: UnixMillis) -> Timetable {
    let config = config();
    let start = PlanStart {
        taken: CallsTaken {
            reserve: taken,
            ..CallsTaken::default()
        },
        ..start(&config, now)
    };
    Timetable::planned(config, &start, now)
}

fn suspect(pov: &OutPovId, day: Day, vanished_at: UnixMillis) -> Suspect {
    Suspect {
        appointment_id: AppointmentId::new("A1").unwrap(),
        pov: pov.clone(),
        day,
        last_shown: vanished_at.plus_millis(-HOUR),
        vanished_at,
        confirmed_at: None,
        accepted: false,
        held: false,
    }
}

/// The lists that are read to confirm, in scans that take no time.
fn confirming(timetable: &mut Timetable, from: UnixMillis, to: UnixMillis) -> Vec<(OutPovId, Day)> {
    let (mut now, mut lists) = (from, Vec::new());
    while now < to {
        match timetable.next(now) {
            Next::Run(task) => {
                timetable.finished(&task, Ending::Complete(now), now);
                if task.reason == Reason::Confirming {
                    lists.push((task.pov, task.day));
                }
                now = now.plus_millis(CALL_MILLIS);
            }
            Next::Wait(until) => now = until,
            other => panic!("{other:?}"),
        }
    }
    lists
}

#[test]
fn while_the_share_reaches_todays_are_told_within_minutes_whatever_others_want() {
    // Every other clinic has a cancellation of today, and all have many of other days.
    let vanishing = cancellations(&config(), 1, 30).into_iter();
    let today = Day::at(MIDNIGHT);
    let vanishing = vanishing.filter(|(at, (_, day))| *day != today || at.0 / MINUTE % 2 == 0);
    let mut clinics = Clinics::new(vanishing.collect());
    let mut timetable = planned(0, MIDNIGHT);
    let end = MIDNIGHT.plus_millis(24 * HOUR - 1);
    assert_eq!(clinics.work(&mut timetable, MIDNIGHT, end), 0, "overdue");
    let told = &clinics.today_told;
    assert!(told.len() >= 40, "{}", told.len());
    let longest = told.iter().map(|(_, took)| *took).max().unwrap();
    assert!(longest <= TOLD_WITHIN, "{} s", longest / 1_000);
    assert!(clinics.calls_for(Reason::Confirming) <= SHARE);
}

#[test]
fn as_many_as_the_arithmetic_says_are_told_within_minutes() {
    let (of_agent, today) = (config(), Day::at(MIDNIGHT));
    let quota = of_agent.plan.as_ref().unwrap().quota;
    let sum = arithmetic(&super::support::config(POVS, quota), 1.0)[0];
    let reached = sum.cancellations_reached();
    let told = format!("for {reached} cancellations of today x 7.0 calls");
    assert!(sum.to_string().contains(&told), "{sum}");
    // Spread over the open hours.
    let vanishing = (0..reached as usize).map(|number| {
        let hours = 7.5 + 10.0 * number as f64 / reached;
        (at(hours), (of_agent.povs[number % POVS].clone(), today))
    });
    let mut clinics = Clinics::new(vanishing.collect());
    let mut timetable = planned(0, MIDNIGHT);
    let end = MIDNIGHT.plus_millis(24 * HOUR - 1);
    clinics.work(&mut timetable, MIDNIGHT, end);
    assert_eq!(clinics.today_told.len(), reached as usize);
    let longest = clinics.today_told.iter().map(|(_, took)| *took).max();
    assert!(longest <= Some(TOLD_WITHIN), "{longest:?}");
}

#[test]
fn where_the_share_does_not_reach_the_first_are_told_at_once_and_the_others_by_polls() {
    let mut clinics = Clinics::new(cancellations(&config(), 4, 30));
    let mut timetable = planned(0, MIDNIGHT);
    let end = MIDNIGHT.plus_millis(24 * HOUR - 1);
    clinics.work(&mut timetable, MIDNIGHT, end);
    let is_early = |missed_at: UnixMillis| missed_at < at(9.0);
    let (early, later): (Vec<_>, Vec<_>) = clinics
        .today_told
        .iter()
        .partition(|(missed_at, _)| is_early(*missed_at));
    assert!(early.len() >= 30, "{}", early.len());
    assert!(early.iter().all(|(_, took)| *took <= TOLD_WITHIN));
    let mut took: Vec<i64> = later.iter().map(|(_, took)| *took).collect();
    took.sort_unstable();
    assert!(took.len() >= 350, "{}", took.len());
    assert!(took[took.len() / 2] < 2 * HOUR, "{}", took[took.len() / 2]);
    assert!(took.last() < Some(&(3 * HOUR)), "{took:?}");
    assert!(clinics.calls_for(Reason::Confirming) <= SHARE);
}

#[test]
fn looks_elsewhere_never_starve_confirmations_of_todays_own_day() {
    // More looks elsewhere are wanted from eight on than the share has calls.
    let eight = at(8.0);
    let (config, today) = (config(), Day::at(MIDNIGHT));
    let mut timetable = planned(0, eight);
    let mut suspects: Vec<Suspect> = Vec::new();
    for pov in &config.povs {
        suspects.push(Suspect {
            confirmed_at: Some(eight),
            ..suspect(pov, today, eight.plus_millis(-2 * MINUTE))
        });
    }
    timetable.confirm(&suspects, &[], eight);
    let before = confirming(&mut timetable, eight, at(9.0));
    assert!(before.iter().all(|(_, day)| *day != today), "{before:?}");
    // In every hour that is left forty more of today's vanish: a twentieth of the share.
    let mut own = 0;
    for hour in 9..17 {
        let now = at(f64::from(hour));
        let from = hour as usize % 2 * 40;
        let of_hour = config.povs[from..from + 40].iter();
        let of_hour: Vec<Suspect> = of_hour.map(|pov| suspect(pov, today, now)).collect();
        suspects.extend(of_hour.iter().cloned());
        timetable.confirm(&suspects, &[], now);
        let lists = confirming(&mut timetable, now, now.plus_millis(TOLD_WITHIN));
        own += lists.iter().filter(|(_, day)| *day == today).count();
        suspects.retain(|suspect| suspect.confirmed_at.is_some());
        timetable.confirm(&suspects, &[], now.plus_millis(TOLD_WITHIN));
        confirming(
            &mut timetable,
            now.plus_millis(TOLD_WITHIN),
            now.plus_millis(HOUR),
        );
    }
    // A poll of the list confirms as well.
    assert!(own >= 8 * 36, "{own} of 320");
}

#[test]
fn a_restart_gives_no_more_and_midnight_gives_a_new_share() {
    let mut clinics = Clinics::new(cancellations(&config(), 4, 30));
    let noon = at(12.0);
    let mut first = planned(0, MIDNIGHT);
    clinics.work(&mut first, MIDNIGHT, noon);
    let taken = clinics.calls_for(Reason::Confirming);
    let mut second = planned(taken.into(), noon);
    clinics.suspects_differ();
    let midnight = at(24.0);
    clinics.work(&mut second, noon, midnight.plus_millis(-1));
    let of_day = clinics.calls_for(Reason::Confirming);
    assert!((SHARE - 50..=SHARE).contains(&of_day), "{of_day}");

    // Of yesterday's calls, which are told once more, none counts for today's.
    let config = config();
    second.reserve_taken(of_day.into());
    let today = Day::at(midnight);
    let now = midnight.plus_millis(MINUTE);
    second.confirm(&[suspect(&config.povs[3], today, midnight)], &[], now);
    let lists = confirming(&mut second, now, now.plus_millis(MINUTE));
    assert!(
        lists.contains(&(config.povs[3].clone(), today)),
        "{lists:?}"
    );
    let mut used_up = planned(SHARE.into(), noon);
    used_up.confirm(
        &[suspect(&config.povs[3], Day::at(noon), at(11.9))],
        &[],
        noon,
    );
    assert_eq!(used_up.todays_suspects_waiting(noon), 1);
    assert_eq!(confirming(&mut used_up, noon, at(12.5)), []);
    used_up.confirm(&[suspect(&config.povs[3], today, midnight)], &[], now);
    assert_eq!(used_up.todays_suspects_waiting(now), 0);
    let lists = confirming(&mut used_up, now, now.plus_millis(MINUTE));
    assert!(!lists.is_empty());
}

#[test]
fn a_list_too_long_for_what_is_left_keeps_no_shorter_one_waiting() {
    let eight = at(8.0);
    let (config, today) = (config(), Day::at(MIDNIGHT));
    let mut start = start(&config, eight);
    let site = config.povs[5].clone();
    for list in start.known.iter_mut().filter(|list| list.pov == site) {
        // Fifty calls.
        list.rows = 10_000;
    }
    start.taken.reserve = u64::from(SHARE) - 20;
    let mut timetable = Timetable::planned(config.clone(), &start, eight);
    let of_site = suspect(&site, today, eight.plus_millis(-10 * MINUTE));
    let of_another = suspect(&config.povs[7], today, eight.plus_millis(-2 * MINUTE));
    timetable.confirm(&[of_site, of_another], &[], eight);
    let lists = confirming(&mut timetable, eight, eight.plus_millis(MINUTE));
    assert_eq!(lists, [(config.povs[7].clone(), today)]);
}
