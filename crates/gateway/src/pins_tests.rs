//! Pins by the rule that they keep: page n from the pin only if page n−1 came from it, and none once
//! the present was served.

use std::sync::Arc;
use std::time::Duration;

use povline_domain::{AppKey, Day, PageNumber, PageRequest, PageSize, PovId, UnixMillis};
use proptest::prelude::*;

use crate::pins::PinLimits;
use crate::sheet::{DaySheet, Encoding, SheetBuilder, SheetKey};

type PinKey = crate::pins::PinKey<SheetKey>;
type Pins = crate::pins::Pins<SheetKey, DaySheet>;

const LIMITS: PinLimits = PinLimits {
    time: Duration::from_secs(30),
    app_bytes_max: 10_000,
    bytes_max: 16_000,
};

fn sheet(rows: usize) -> Arc<DaySheet> {
    let mut builder = SheetBuilder::new(key("a", 1, 1).list);
    for _ in 0..rows {
        builder.push(|buffer| buffer.extend_from_slice(&[b'x'; 100]));
    }
    Arc::new(builder.finish().unwrap())
}

fn key(app: &str, pov: i64, size: u32) -> PinKey {
    PinKey {
        app: Arc::new(AppKey::new(app).unwrap()),
        list: SheetKey {
            pov: PovId(pov),
            day: Day::new(2021, 1, 18).unwrap(),
            encoding: Encoding::Json,
        },
        size: PageSize::new(size).unwrap(),
    }
}

fn follow(pins: &Pins, key: &PinKey, number: u32, now: i64) -> Option<Arc<DaySheet>> {
    let page = PageRequest {
        number: PageNumber::new(number).unwrap(),
        size: key.size,
    };
    pins.follow(key, page, UnixMillis(now))
}

#[test]
fn a_forward_loop_sees_one_instant() {
    let pins = Pins::new(LIMITS);
    let (key, sheet) = (key("a", 1, 10), sheet(35));
    pins.begin(key.clone(), &sheet, UnixMillis(0));
    for number in [2, 3, 3, 4, 5, 2] {
        let from = follow(&pins, &key, number, 29_999).unwrap();
        assert!(Arc::ptr_eq(&from, &sheet), "page {number}");
    }
}

#[test]
fn any_other_access_sees_the_present() {
    let pins = Pins::new(LIMITS);
    let mine = key("a", 1, 10);
    pins.begin(mine.clone(), &sheet(35), UnixMillis(0));
    assert!(
        follow(&pins, &mine, 1, 0).is_none(),
        "page 1 is the present"
    );
    assert!(
        follow(&pins, &key("b", 1, 10), 2, 0).is_none(),
        "another app"
    );
    assert!(
        follow(&pins, &key("a", 2, 10), 2, 0).is_none(),
        "another POV"
    );
    assert!(
        follow(&pins, &key("a", 1, 11), 2, 0).is_none(),
        "another size"
    );
    assert!(follow(&pins, &mine, 2, 30_000).is_none(), "too late");
}

#[test]
fn a_page_of_the_present_ends_the_pin() {
    let pins = Pins::new(LIMITS);
    let key = key("a", 1, 10);
    pins.begin(key.clone(), &sheet(35), UnixMillis(0));
    assert!(follow(&pins, &key, 3, 0).is_none(), "page 2 was not read");
    assert_eq!((pins.count(), pins.bytes()), (0, 0));
    assert!(follow(&pins, &key, 2, 0).is_none(), "page 3 was of later");
}

#[test]
fn a_loop_that_was_overtaken_does_not_end_the_pin_of_the_later_one() {
    let pins = Pins::new(LIMITS);
    let key = key("a", 1, 10);
    pins.begin(key.clone(), &sheet(35), UnixMillis(0));
    assert!(follow(&pins, &key, 2, 0).is_some());
    let later = sheet(34);
    pins.begin(key.clone(), &later, UnixMillis(0));
    for number in [3, 2, 4, 3, 4] {
        let from = follow(&pins, &key, number, 0).unwrap();
        assert!(Arc::ptr_eq(&from, &later), "page {number}");
    }
    // The end was read: whoever begins again and jumps gets the present.
    pins.begin(key.clone(), &later, UnixMillis(0));
    assert!(follow(&pins, &key, 4, 0).is_none());
}

#[test]
fn a_list_that_fits_its_page_is_not_pinned_and_ends_an_older_pin() {
    let pins = Pins::new(LIMITS);
    let key = key("a", 1, 10);
    pins.begin(key.clone(), &sheet(10), UnixMillis(0));
    assert_eq!(pins.count(), 0);
    pins.begin(key.clone(), &sheet(11), UnixMillis(0));
    assert_eq!(pins.count(), 1);
    pins.begin(key, &sheet(10), UnixMillis(0));
    assert_eq!((pins.count(), pins.bytes()), (0, 0));
}

#[test]
fn a_first_page_asked_for_again_begins_the_time_anew() {
    let pins = Pins::new(LIMITS);
    let (key, sheet) = (key("a", 1, 10), sheet(35));
    for now in [0, 20_000, 40_000] {
        pins.begin(key.clone(), &sheet, UnixMillis(now));
        assert!(follow(&pins, &key, 2, now).is_some());
        pins.sweep(UnixMillis(now));
        assert_eq!(pins.count(), 1);
    }
    pins.sweep(UnixMillis(69_999));
    assert!(follow(&pins, &key, 2, 69_999).is_some());
    pins.sweep(UnixMillis(70_000));
    assert_eq!((pins.count(), pins.bytes()), (0, 0));
}

#[test]
fn what_expires_is_swept() {
    let pins = Pins::new(LIMITS);
    pins.begin(key("a", 1, 10), &sheet(11), UnixMillis(0));
    pins.begin(key("a", 2, 10), &sheet(11), UnixMillis(1));
    pins.sweep(UnixMillis(30_000));
    assert_eq!(pins.count(), 1);
    pins.sweep(UnixMillis(30_001));
    assert_eq!((pins.count(), pins.bytes()), (0, 0));
}

proptest! {
    #[test]
    fn no_app_and_not_all_of_them_pin_more_than_they_may(
        steps in prop::collection::vec((0_usize..3, 0_i64..6, 0_usize..40, 0_i64..20_000), 1..200),
    ) {
        let pins = Pins::new(LIMITS);
        let mut now = 0;
        for (app, pov, rows, later) in steps {
            now += later;
            let app = ["a", "b", "c"][app];
            pins.begin(key(app, pov, 5), &sheet(rows), UnixMillis(now));
            prop_assert!(pins.bytes() <= LIMITS.bytes_max);
            // Ask for what every app still holds: counted by what can be followed.
            let held = |app: &str| -> usize {
                (0..6)
                    .filter_map(|pov| follow(&pins, &key(app, pov, 5), 2, now))
                    .map(|sheet| sheet.bytes_max())
                    .sum()
            };
            for app in ["a", "b", "c"] {
                prop_assert!(held(app) <= LIMITS.app_bytes_max);
            }
        }
        pins.sweep(UnixMillis(now + 30_000));
        prop_assert_eq!((pins.count(), pins.bytes()), (0, 0));
    }
}
