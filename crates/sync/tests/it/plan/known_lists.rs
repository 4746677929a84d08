//! How old lists are that were never read.

use std::time::Duration;

use povline_domain::{Day, OutPovId, UnixMillis};
use povline_sync::plan::{Promise, Quota, Weights};
use povline_sync::timetable::{Ending, Next, PlanStart, Timetable};
use povline_sync::{PlanSettings, TierAge, TimetableConfig};

use super::support::*;

fn config(plan: bool) -> TimetableConfig {
    let povs = ["00000", "00001", "00002"].map(|code| OutPovId::new(code).unwrap());
    TimetableConfig {
        first_day: 0,
        last_day: 3,
        plan: plan.then(|| PlanSettings {
            quota: Quota {
                calls_per_second: Some(5.0),
                calls_per_day: Some(5_000),
                reserved_percent: 10.0,
                confirming_percent: 8.0,
            },
            promise: Promise::default(),
            weights: Weights::default(),
        }),
        ..TimetableConfig::new(povs.to_vec())
    }
}

/// Works until then; lists that `fails` names are never read whole.
fn work(
    timetable: &mut Timetable,
    from: UnixMillis,
    until: UnixMillis,
    fails: impl Fn(&OutPovId, Day) -> bool,
) {
    let mut now = from;
    while now < until {
        match timetable.next(now) {
            Next::Run(task) => {
                let ending = match fails(&task.pov, task.day) {
                    true => Ending::Refused,
                    false => Ending::Complete(now),
                };
                timetable.finished(&task, ending, now);
                now = now.plus_millis(200);
            }
            Next::Wait(wait) => now = wait.min(until),
            other => panic!("{other:?}"),
        }
    }
}

fn overdue(timetable: &Timetable, at: UnixMillis) -> Vec<usize> {
    let tiers = timetable.ages(at);
    tiers.iter().map(|tier| tier.overdue).collect()
}

#[test]
fn a_clinic_that_can_never_be_read_grows_older_than_promised() {
    for plan in [true, false] {
        let eight = at(8.0);
        let mut timetable = Timetable::planned(config(plan), &PlanStart::default(), eight);
        let fails = |pov: &OutPovId, _| pov.as_str() == "00001";
        let (early, late) = (at(8.2), at(8.8));
        work(&mut timetable, eight, early, fails);
        assert_eq!(overdue(&timetable, early), [0; 4], "planned: {plan}");
        work(&mut timetable, early, late, fails);
        let never_read: usize = timetable
            .ages(late)
            .iter()
            .map(|tier| tier.never_read)
            .sum();
        assert_eq!(never_read, 4);
        assert_eq!(overdue(&timetable, late)[0], 1, "planned: {plan}");
        let evening = at(20.5);
        work(&mut timetable, late, evening, fails);
        assert_eq!(overdue(&timetable, evening)[1..], [1; 3], "planned: {plan}");
    }
}

/// A promise of today that is shorter than the first reading of everything takes holds from the
/// beginning.
#[test]
fn a_list_of_today_that_was_never_read_is_late_once_its_promise_has_gone_by() {
    let mut config = config(true);
    let settings = config.plan.as_mut().unwrap();
    settings.promise.today = Duration::from_secs(120);
    let nine = at(9.0);
    let mut timetable = Timetable::planned(config, &PlanStart::default(), nine);
    let fails = |pov: &OutPovId, _| pov.as_str() == "00001";
    let after = |seconds: i64| nine.plus_millis(1_000 * seconds);
    work(&mut timetable, nine, after(119), fails);
    assert_eq!(overdue(&timetable, after(119)), [0; 4]);
    work(&mut timetable, after(119), after(122), fails);
    assert_eq!(overdue(&timetable, after(122)), [1, 0, 0, 0]);
}

#[test]
fn a_day_that_comes_at_midnight_has_the_time_in_which_it_is_first_read() {
    for plan in [true, false] {
        let evening = at(22.0);
        let mut timetable = Timetable::planned(config(plan), &PlanStart::default(), evening);
        let midnight = at(24.0);
        let last = Day::at(midnight).plus_days(3).unwrap();
        work(&mut timetable, evening, midnight, |_, _| false);
        let fails = |pov: &OutPovId, day| day == last && pov.as_str() == "00001";
        let mut now = midnight;
        let mut most = TierAge::default();
        while now < at(25.5) {
            let next = now.plus_millis(MINUTE);
            work(&mut timetable, now, next, fails);
            now = next;
            let age = timetable.ages(now).pop().unwrap();
            assert_eq!(
                age.entering,
                age.never_read,
                "{}",
                now.millis_since(midnight)
            );
            assert_eq!(age.overdue, 0);
            most.entering = most.entering.max(age.entering);
        }
        assert!(most.entering >= 2, "planned: {plan}");
        // What could not be read by then is missing, and told once it is older than promised.
        work(&mut timetable, now, at(27.0), fails);
        let age = timetable.ages(at(27.0)).pop().unwrap();
        assert_eq!((age.never_read, age.entering), (1, 0));
        work(&mut timetable, at(27.0), at(36.5), fails);
        let age = timetable.ages(at(36.5)).pop().unwrap();
        assert_eq!((age.never_read, age.overdue), (1, 1), "planned: {plan}");
    }
}
