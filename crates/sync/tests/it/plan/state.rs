//! What was learned survives a restart.

use povline_sync::plan::{Learned, ListId, Parameters, Planner};
use proptest::prelude::*;

use super::support::*;

fn taught() -> Planner<Learned> {
    let mut planner = planner(config(20, quota(Some(4_000), Some(5.0))), MIDNIGHT);
    run(&mut planner, MIDNIGHT, at(34.0), 5.0, steady(15.0));
    planner
}

fn restored(bytes: &[u8], hour: f64) -> Planner<Learned> {
    let config = config(20, quota(Some(4_000), Some(5.0)));
    Planner::restore(config, Parameters::default(), &codes(20), bytes, at(hour)).unwrap()
}

#[test]
fn a_restart_goes_on_with_what_was_learned() {
    let before = taught();
    let after = restored(&before.snapshot(&codes(20)), 34.0);
    let mut assumed = after;
    for pov in 0..20 {
        for day in TODAY + 1..TODAY + 8 {
            assumed.assume(ListId { pov, day }, at(33.9), 50, 50);
        }
    }
    assumed.assume_used(0, before.calls_used(0));
    assumed.next(0, at(34.0));
    let ratio = assumed.price(0) / before.price(0);
    assert!((0.5..2.0).contains(&ratio), "{ratio}");
    let polls = run(&mut assumed, at(34.0), at(47.9), 5.0, steady(15.0));
    assert!(assumed.calls_used(0) <= 4_000);
    assert!(polls.len() > 1_000, "{}", polls.len());
    assert_eq!(before.snapshot(&codes(20)), before.snapshot(&codes(20)));
}

#[test]
fn povs_are_known_by_their_codes() {
    let before = taught();
    let bytes = before.snapshot(&codes(20));
    // Half of the clinics have gone, the others stand in another order, and one is new.
    let mut codes: Vec<_> = codes(20).into_iter().skip(10).rev().collect();
    codes.push(povline_domain::OutPovId::new("new").unwrap());
    let config = config(11, quota(Some(4_000), Some(5.0)));
    let after = Planner::restore(config, Parameters::default(), &codes, &bytes, at(34.0)).unwrap();
    let foreseen = after.forecast(at(34.0));
    assert_eq!(foreseen.len(), 77);
}

#[test]
fn days_that_went_by_fade_what_was_learned() {
    let bytes = taught().snapshot(&codes(20));
    for days in [1.0, 5.0, 400.0] {
        let mut planner = restored(&bytes, 34.0 + 24.0 * days);
        let from = at(34.0 + 24.0 * days);
        let polls = run(
            &mut planner,
            from,
            from.plus_millis(HOUR),
            5.0,
            steady(15.0),
        );
        assert!(!polls.is_empty());
    }
}

#[test]
fn another_horizon_or_version_is_refused() {
    let bytes = taught().snapshot(&codes(20));
    let other = povline_sync::plan::PlanConfig {
        last_day: 8,
        ..config(20, quota(None, None))
    };
    let parameters = Parameters::default();
    assert!(Planner::restore(other, parameters, &codes(20), &bytes, at(34.0)).is_err());
    let mut newer = bytes;
    newer[4] += 1;
    let same = config(20, quota(None, None));
    assert!(Planner::restore(same, parameters, &codes(20), &newer, at(34.0)).is_err());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn damaged_bytes_never_panic(place in any::<prop::sample::Index>(), byte: u8, cut in any::<prop::sample::Index>()) {
        static BYTES: std::sync::OnceLock<Vec<u8>> = std::sync::OnceLock::new();
        let whole = BYTES.get_or_init(|| taught().snapshot(&codes(20)));
        let mut bytes = whole.clone();
        let place = place.index(bytes.len());
        bytes[place] = byte;
        let shorter = bytes[..cut.index(bytes.len())].to_vec();
        let restore = |bytes: &[u8]| {
            let config = config(20, quota(Some(4_000), Some(5.0)));
            Planner::restore(config, Parameters::default(), &codes(20), bytes, at(34.0))
        };
        prop_assert!(restore(&shorter).is_err());
        if let Ok(mut planner) = restore(&bytes) {
            planner.next(0, at(34.0));
        }
    }
}
