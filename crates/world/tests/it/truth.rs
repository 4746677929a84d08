//! The same seed is the same truth, byte for byte, however the time is advanced.

use std::collections::{BTreeMap, HashSet};

use povline_domain::{Day, PickStatus, UnixMillis};
use povline_world::scenarios::{ScenarioFile, shipped, shipped_named};
use povline_world::truth::{StateChange, Truth};
use proptest::prelude::*;

fn scenario(name: &str) -> ScenarioFile {
    shipped_named(name).unwrap().read().unwrap()
}

fn lived(scenario: &ScenarioFile) -> Truth {
    let mut truth = Truth::begin(scenario);
    truth.advance(truth.ends_at());
    truth
}

/// Whoever changes what a seed means breaks every recorded comparison: these digests say so.
const DIGESTS: [(&str, u128); 3] = [
    ("town", 0x42048a39778a0b063c9800eb024727ce),
    ("midnight", 0x3dc3b8dc3476028c86ee992b1d3479ba),
    ("closures", 0xfe7896d7681fa6dfdb6aa32a11c38029),
];

#[test]
fn a_seed_is_one_truth_on_every_machine() {
    let told = DIGESTS.map(|(name, _)| (name, lived(&scenario(name)).digest()));
    assert_eq!(told, DIGESTS, "{told:x?}");
}

#[test]
fn another_seed_is_another_truth() {
    let mut other = scenario("village");
    other.seed += 1;
    assert_ne!(lived(&other).digest(), lived(&scenario("village")).digest());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]
    #[test]
    fn steps_change_nothing(steps in prop::collection::vec(1_i64..2_000_000, 1..60)) {
        let scenario = scenario("storm");
        let mut truth = Truth::begin(&scenario);
        for step in steps {
            truth.advance(truth.now().plus_millis(step));
        }
        truth.advance(truth.ends_at());
        prop_assert_eq!(truth.digest(), lived(&scenario).digest());
    }
}

#[test]
fn nothing_happens_after_the_end() {
    let scenario = scenario("village");
    let mut truth = lived(&scenario);
    let changes = truth.changes();
    truth.advance(truth.ends_at().plus_millis(3_600_000));
    assert_eq!(truth.changes(), changes);
    assert!(changes > 100, "{changes}");
}

/// Every list at every tenth minute obeys the field's rules.
#[test]
fn the_rules_of_the_field_hold_at_any_instant() {
    for shipped in shipped() {
        let truth = lived(&shipped.read().unwrap());
        let mut at = truth.begins_at();
        while at <= truth.ends_at() {
            let mut ids = HashSet::new();
            for clinic in 0..truth.clinics().len() {
                for day in truth.open_days(at) {
                    let mut codes = HashSet::new();
                    for (biography, state) in truth.rows_at(clinic, day, at) {
                        assert_eq!(state.day, day);
                        assert!(ids.insert(&biography.id), "stands on two days");
                        assert!(codes.insert(&state.pick_code), "a pick code twice");
                        assert!(state.from <= at);
                        let future = day > Day::at(at);
                        assert!(!(future && state.pick_status == PickStatus::Picked));
                    }
                }
            }
            at = at.plus_millis(600_000);
        }
    }
}

#[test]
fn everything_that_can_happen_happens() {
    let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
    for name in ["town", "midnight", "closures"] {
        let truth = lived(&scenario(name));
        for biography in truth.biographies() {
            for state in &biography.states {
                *counts.entry(state.change.word()).or_default() += 1;
            }
            *counts.entry("cancelled").or_default() += u64::from(!biography.is_live());
        }
    }
    for kind in [
        "booked",
        "moved",
        "shifted",
        "corrected",
        "picked",
        "unpicked",
        "cancelled",
    ] {
        assert!(counts[kind] > 2, "{counts:?}");
    }
}

#[test]
fn most_numbers_are_taken_in_the_morning_and_some_never() {
    let truth = lived(&scenario("town"));
    let today = truth.scenario().first_day;
    let picked = |hour: i64| {
        let from = today.begins_at().plus_millis(hour * 3_600_000);
        let until = from.plus_millis(3_600_000);
        let states = truth.biographies().iter().flat_map(|row| &row.states);
        states
            .filter(|state| state.change == StateChange::Picked)
            .filter(|state| from <= state.from && state.from < until)
            .count()
    };
    assert!(
        picked(9) > picked(8) / 2 && picked(9) > 100,
        "{} {}",
        picked(8),
        picked(9)
    );
    let at = today.begins_at().plus_millis(11 * 3_600_000);
    let waiting = (0..truth.clinics().len())
        .flat_map(|clinic| truth.rows_at(clinic, today, at))
        .filter(|(_, state)| {
            state.pick_status == PickStatus::NotPicked && state.period.end_minute() < 600
        })
        .count();
    assert!(waiting > 5, "nobody stayed away");
}

#[test]
fn a_release_is_a_burst() {
    let truth = lived(&scenario("release"));
    let nine = truth
        .scenario()
        .first_day
        .begins_at()
        .plus_millis(9 * 3_600_000);
    let booked = |from: UnixMillis, minutes: i64| {
        let until = from.plus_millis(minutes * 60_000);
        let booked = truth.biographies().iter().map(|row| row.states[0].from);
        booked.filter(|at| from <= *at && *at < until).count()
    };
    let (first, last) = (booked(nine, 3), booked(nine.plus_millis(420_000), 3));
    assert!(first > 1_500 && first > 3 * last, "{first} {last}");
}

#[test]
fn a_closed_day_is_empty() {
    let truth = lived(&scenario("closures"));
    let tomorrow = truth.scenario().first_day.plus_days(1).unwrap();
    let rows = |at: UnixMillis| truth.rows_at(0, tomorrow, at).count();
    let before = rows(truth.begins_at());
    let decided = truth
        .scenario()
        .first_day
        .begins_at()
        .plus_millis(9 * 3_600_000);
    let after = rows(decided.plus_millis(31 * 60_000));
    assert!(before > 150 && after < before / 4, "{before} {after}");
}
