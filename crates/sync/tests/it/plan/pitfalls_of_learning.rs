//! What a learner may learn wrong.

use povline_sync::plan::{
    Expected, Learned, ListId, ListView, Parameters, PlanConfig, Planner, Rates as _, Reading,
    Sight,
};

use super::support::*;

const POVS: usize = 40;

/// A model and what it was last shown of one list of each POV.
struct Lesson {
    model: Learned,
    days: usize,
}

impl Lesson {
    fn new(config: &PlanConfig) -> Self {
        Self {
            model: Learned::new(config, Parameters::default()),
            days: config.horizon(),
        }
    }

    fn place(&self, list: ListId) -> usize {
        list.pov as usize * self.days + list.day.rem_euclid(self.days as i32) as usize
    }

    /// Shows a poll after so many seconds.
    fn show(&mut self, list: ListId, until: povline_domain::UnixMillis, gap: i64, new: u32) {
        let read_at = until.plus_millis(-gap);
        let sight = sight(read_at, 50);
        let view = ListView {
            id: list,
            place: self.place(list),
            sight: &sight,
        };
        let shown: Reading = reading(until, new, 0, 50);
        self.model.learn(view, false, &shown);
    }

    /// New rows an hour that are expected of a list at this time.
    fn expected(&self, list: ListId, now: povline_domain::UnixMillis) -> f64 {
        let sight = sight(now, 50);
        let view = ListView {
            id: list,
            place: self.place(list),
            sight: &sight,
        };
        let local = now.plus_millis(8 * HOUR).0 as f64 / 1_000.0;
        let slot = (local.rem_euclid(86_400.0) / 900.0) as usize;
        let ahead = list.day - (local / 86_400.0) as i32;
        let prepared = self.model.prepare(view);
        let Expected { new, .. } = self.model.expected(&prepared, ahead, slot, local, 0.0);
        new * 3_600.0
    }
}

fn sight(at: povline_domain::UnixMillis, rows: u32) -> Sight {
    Sight {
        read_at: at.plus_millis(8 * HOUR).0 as f64 / 1_000.0,
        rows,
        unpicked: rows,
    }
}

fn tomorrow(pov: u32) -> ListId {
    ListId {
        pov,
        day: TODAY + 1,
    }
}

#[test]
fn rising_surprise_a_surplus_after_a_long_gap_is_taken_to_be_young() {
    let mut lesson = Lesson::new(&config(POVS, quota(Some(9_000), None)));
    let now = at(11.35);
    for pov in 0..12 {
        // Three hours since it was read, and 90 rows where a handful were expected.
        lesson.show(tomorrow(pov), now, 3 * HOUR, 90);
    }
    assert!(lesson.model.is_surging());
    // If they came within a quarter of an hour, hundreds an hour are still coming.
    let rate = lesson.expected(tomorrow(3), now);
    assert!(rate > 100.0, "{rate}");
    let unread = lesson.expected(tomorrow(30), now);
    assert!(unread > 100.0, "siblings of all POVs too: {unread}");
}

#[test]
fn one_clinics_own_affair_is_no_surge() {
    let mut lesson = Lesson::new(&config(POVS, quota(Some(9_000), None)));
    for step in 0..40_i64 {
        let now = at(11.0).plus_millis(step * MINUTE / 2);
        let pov = (step % 20) as u32;
        lesson.show(tomorrow(pov), now, HOUR / 2, if pov < 3 { 60 } else { 1 });
    }
    assert!(!lesson.model.is_surging());
}

#[test]
fn factor_towers_do_not_overshoot() {
    let mut lesson = Lesson::new(&config(POVS, quota(Some(9_000), None)));
    let list = tomorrow(0);
    // 40 rows an hour, of which a tenth was foreseen, in quiet company.
    let mut highest = 0.0_f64;
    for step in 1..60 {
        let now = at(9.0).plus_millis(step * 10 * MINUTE);
        lesson.show(list, now, 10 * MINUTE, 7);
        highest = highest.max(lesson.expected(list, now));
    }
    assert!(highest < 42.0 * 1.35, "{highest}");
    let settled = lesson.expected(list, at(18.9));
    assert!((30.0..52.0).contains(&settled), "{settled}");
}

#[test]
fn self_fulfilling_clock_long_gaps_of_a_mass_site_do_not_hold_out_against_short_ones() {
    // A mass site is read thrice a day, and its counts are spread by the clock that they then
    // confirm; what happens at night is seen by short gaps alone.
    let night = |overdispersion: f64| {
        let parameters = Parameters {
            overdispersion,
            ..Parameters::default()
        };
        let config = config(POVS, quota(Some(9_000), None));
        let mut lesson = Lesson {
            model: Learned::new(&config, parameters),
            days: config.horizon(),
        };
        for day in -2..0 {
            for hour in [8.0, 16.0, 24.0] {
                let now = at(24.0 * f64::from(day) + hour);
                let list = ListId {
                    pov: 0,
                    day: TODAY + 1 + day,
                };
                lesson.show(list, now, 8 * HOUR, 3_000);
            }
        }
        for pov in 0..30 {
            for step in 1..8 {
                let now = at(3.0).plus_millis(step * 15 * MINUTE);
                lesson.show(tomorrow(pov), now, 15 * MINUTE, 2);
            }
        }
        lesson.expected(tomorrow(35), at(4.0)) / lesson.expected(tomorrow(35), at(10.0))
    };
    let (bounded, unbounded) = (night(0.05), night(0.0));
    assert!(bounded > 1.3 * unbounded, "{bounded} {unbounded}");
}

#[test]
fn surge_pollution_what_a_burst_brings_is_not_learned_for_good() {
    let mut lesson = Lesson::new(&config(POVS, quota(Some(9_000), None)));
    for step in 0..120 {
        let pov = step % POVS as u32;
        let now = at(9.0).plus_millis(i64::from(step) * MINUTE / 2);
        lesson.show(tomorrow(pov), now, 20 * MINUTE, 1);
    }
    let before = lesson.expected(tomorrow(35), at(11.0));
    for step in 0..160 {
        let pov = step % POVS as u32;
        let now = at(11.34).plus_millis(i64::from(step) * MINUTE / 8);
        lesson.show(tomorrow(pov), now, 20 * MINUTE, 80);
    }
    assert!(lesson.model.is_surging());
    assert!(lesson.expected(tomorrow(35), at(11.7)) > 20.0 * before);
    // It ends with the polls that find nothing any more.
    for step in 0..200 {
        let pov = step % POVS as u32;
        let now = at(12.5).plus_millis(i64::from(step) * MINUTE / 4);
        lesson.show(tomorrow(pov), now, 20 * MINUTE, 1);
    }
    assert!(!lesson.model.is_surging());
    let after = lesson.expected(tomorrow(35), at(13.4));
    assert!(after < 2.5 * before, "{before} {after}");
}

#[test]
fn quota_at_midnight_a_monday_after_a_weekend_holds_calls_back() {
    let saturday = MIDNIGHT.plus_millis(-3 * 24 * HOUR);
    let monday = saturday.plus_millis(48 * HOUR);
    let left_at = |held: f64, hour: i64| {
        let mut config = config(30, quota(Some(4_000), Some(5.0)));
        config.held_back_percent = held;
        let mut planner: Planner<Learned> = planner(config, saturday);
        let end = monday.plus_millis(hour * HOUR);
        run(&mut planner, saturday, end, 5.0, steady(10.0));
        4_000 - planner.calls_used(0)
    };
    let held = left_at(12.0, 10);
    let not_held = left_at(0.0, 10);
    assert!(held > not_held + 100, "{held} {not_held}");
    assert!(left_at(12.0, 24) < 250, "in the end they are used");
}
