//! How far a clock certainly is off.

use povline_domain::UnixMillis;
use povline_sync::skew::{SkewWatch, certain_skew};
use proptest::prelude::*;

fn at(millis: i64) -> UnixMillis {
    UnixMillis(1_795_478_400_000 + millis)
}

proptest! {
    /// Whatever the call takes and wherever in it the answer was made, what is said is never more
    /// than what is the case, and no less than what the call leaves open.
    #[test]
    fn what_is_certain_is_true(
        ahead in -1_000_000..1_000_000_i64,
        began in 0..10_000_i64,
        took in 0..20_000_i64,
        part in 0..=100_i64,
    ) {
        let (requested, answered) = (at(began + ahead), at(began + took + ahead));
        let made = began + took * part / 100;
        let named = UnixMillis(at(made).0 / 1_000 * 1_000);
        let told = certain_skew(requested, answered, named);
        prop_assert!(told.abs() <= ahead.abs(), "{told} of {ahead}");
        prop_assert!(told == 0 || (told > 0) == (ahead > 0), "{told} of {ahead}");
        prop_assert!(told.abs() >= ahead.abs() - took - 2_000, "{told} of {ahead}");
    }
}

#[test]
fn one_strange_answer_is_no_alarm() {
    let mut watch = SkewWatch::default();
    let mut note = |off: i64| {
        watch.note(at(0), at(100), at(off));
        watch.told()
    };
    assert_eq!(note(600_000), None);
    assert_eq!(note(600_000), None);
    assert_eq!(note(0), None);
    assert_eq!(note(600_000), None);
    // Here one way and there the other is no clock of ours.
    assert_eq!(note(-600_000), None);
    assert_eq!(note(-600_000), None);
    assert_eq!(note(-300_000), Some(299_000));
    assert_eq!(note(-600_000), Some(299_000), "the least that is certain");
    assert_eq!(note(-30_000), None);
}
