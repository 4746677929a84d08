//! Rows in quarantine: what they say of an appointment that nothing else shows.

use povline_domain::{Appointment, ChangeKind, Day};
use povline_store::ledger::{
    EventCursor, Ledger, Observation, Quarantined, RowState, SqliteLedger, UnreadRow,
};

use crate::ledger::{runtime, settle_all};
use crate::settle::support::{
    T, complete, day, id, incomplete, picked, pov, row, unchanged, with_open_days,
};

struct Place {
    ledger: SqliteLedger,
    runtime: tokio::runtime::Runtime,
    _directory: tempfile::TempDir,
}

impl Place {
    /// "a" and "b" on day 1 and nothing on days 2 and 3, read long ago.
    fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let place = Self {
            ledger: SqliteLedger::open(directory.path()).unwrap(),
            runtime: runtime(),
            _directory: directory,
        };
        place.settle(complete(
            day(1),
            -5 * T,
            &[row("a", day(1)), row("b", day(1))],
        ));
        place.settle(complete(day(2), -5 * T, &[]));
        place.settle(complete(day(3), -5 * T, &[]));
        place
    }

    fn settle(&self, scan: Observation) -> bool {
        let scan = with_open_days(scan, &[day(1), day(2), day(3)]);
        self.runtime.block_on(settle_all(&self.ledger, &[scan]))[0]
    }

    fn state(&self, on: Day, text: &str) -> Option<RowState> {
        let rows = self.runtime.block_on(self.ledger.rows(&pov(), on)).unwrap();
        let row = rows
            .into_iter()
            .find(|row| row.appointment.appointment_id == id(text));
        row.map(|row| row.state)
    }

    /// What was told since the bookings.
    fn told(&self) -> Vec<ChangeKind> {
        let events = self.ledger.events_after(EventCursor(2), 100);
        let events = self.runtime.block_on(events).unwrap();
        events.iter().map(|event| event.change.kind).collect()
    }

    fn quarantine(&self) -> Vec<Quarantined> {
        self.runtime.block_on(self.ledger.quarantine(100)).unwrap()
    }

    fn drop_rows(&self, number: Option<i64>) -> u64 {
        let dropped = self.ledger.drop_quarantined(number);
        self.runtime.block_on(dropped).unwrap()
    }
}

/// The same scan, which also shows rows with these ids that cannot be read.
fn with_unread(scan: Observation, ids: &[Option<&str>]) -> Observation {
    let unread = ids.iter().map(|text| UnreadRow {
        appointment_id: text.map(id),
        reason: "name is missing".to_owned(),
        raw: format!("raw {text:?}"),
        window: 0,
    });
    Observation {
        unread: unread.collect(),
        ..scan
    }
}

fn b() -> [Appointment; 1] {
    [row("b", day(1))]
}

#[test]
fn a_row_that_becomes_unreadable_does_not_vanish() {
    let place = Place::new();
    let scan = |at| with_unread(complete(day(1), at, &b()), &[Some("a")]);
    assert!(place.settle(scan(0)), "the day stands for it");
    assert_eq!(place.state(day(1), "a"), Some(RowState::Live));
    place.settle(unchanged(complete(day(1), T, &b())));
    place.settle(scan(2 * T));
    let held = place.quarantine();
    assert_eq!(held.len(), 1, "the same row is kept once");
    assert_eq!(held[0].appointment_id, Some(id("a")));
    assert_eq!(
        (held[0].pov.clone(), held[0].day, held[0].is_there),
        (pov(), day(1), true)
    );
    assert_eq!((held[0].first_at.0, held[0].last_at.0), (0, 2 * T));
    assert_eq!(place.told(), []);
    // Readable again.
    place.settle(complete(
        day(1),
        3 * T,
        &[row("a", day(1)), row("b", day(1))],
    ));
    assert!(!place.quarantine()[0].is_there);
    assert_eq!(place.told(), []);
    // And gone: an entry that is not there protects nobody.
    for at in [4 * T, 6 * T] {
        place.settle(complete(day(1), at, &b()));
    }
    for on in [2, 3] {
        place.settle(complete(day(on), 8 * T, &[]));
    }
    assert_eq!(place.told(), [ChangeKind::Cancelled]);
}

#[test]
fn a_suspect_that_is_there_unreadable_is_back() {
    let place = Place::new();
    place.settle(complete(day(1), 0, &b()));
    assert_eq!(place.state(day(1), "a"), Some(RowState::Suspected));
    place.settle(with_unread(incomplete(day(1), T, &b()), &[Some("a")]));
    assert_eq!(place.state(day(1), "a"), Some(RowState::Live));
    assert_eq!(place.told(), []);
}

/// "a" has moved to day 2, where it cannot be read. Day 2 then answers the same again and again, so
/// that no row of it is parsed.
#[test]
fn a_suspect_that_is_unreadable_on_another_list_is_not_cancelled() {
    let place = Place::new();
    place.settle(complete(day(1), 0, &b()));
    place.settle(with_unread(complete(day(2), 10, &[]), &[Some("a")]));
    for at in [2 * T, 4 * T, 6 * T] {
        place.settle(complete(day(1), at, &b()));
        place.settle(unchanged(complete(day(2), at + 10, &[])));
        place.settle(complete(day(3), at + 20, &[]));
    }
    assert_eq!(place.told(), []);
    assert_eq!(place.state(day(1), "a"), Some(RowState::Suspected));
    // An incomplete scan that does not show it does not say that it has gone.
    place.settle(incomplete(day(2), 8 * T, &[]));
    place.settle(complete(day(3), 8 * T + 10, &[]));
    assert_eq!(place.told(), []);
    // Readable at last.
    place.settle(complete(day(2), 9 * T, &[row("a", day(2))]));
    assert_eq!(place.told(), [ChangeKind::Rescheduled]);
    assert!(!place.quarantine()[0].is_there);
}

#[test]
fn once_the_unreadable_row_has_gone_too_it_is_cancelled() {
    let place = Place::new();
    place.settle(complete(day(1), 0, &b()));
    place.settle(with_unread(complete(day(2), 10, &[]), &[Some("a")]));
    place.settle(complete(day(1), 2 * T, &b()));
    place.settle(complete(day(3), 3 * T, &[]));
    assert_eq!(place.told(), []);
    place.settle(complete(day(2), 4 * T, &[]));
    assert_eq!(place.told(), [ChangeKind::Cancelled]);
}

#[test]
fn dropping_takes_what_is_gone_and_of_what_is_there_only_the_text() {
    let place = Place::new();
    let two = [Some("x"), None];
    place.settle(with_unread(incomplete(day(1), 0, &b()), &two));
    place.settle(with_unread(complete(day(2), 0, &[]), &[Some("y")]));
    place.settle(complete(day(2), 10, &[]));
    let numbers: Vec<_> = place
        .quarantine()
        .iter()
        .map(|row| (row.number, row.is_there))
        .collect();
    assert_eq!(numbers, [(3, false), (2, true), (1, true)]);
    assert_eq!(place.drop_rows(Some(1)), 1);
    assert_eq!(place.drop_rows(Some(77)), 0);
    let held = place.quarantine();
    assert_eq!((held.len(), held[2].raw.as_str()), (3, ""));
    assert_eq!(
        held[2].appointment_id,
        Some(id("x")),
        "it still counts as there"
    );
    assert_eq!(held[1].raw, "raw None");
    // What was dropped does not come back as long as its row stays.
    place.settle(with_unread(incomplete(day(1), 20, &b()), &two));
    assert_eq!(place.quarantine()[2].raw, "");
    assert_eq!(place.drop_rows(None), 3);
    assert_eq!(place.quarantine().len(), 2);
}

/// One window of a scan shows a row as it should be, a later one spoils it.
#[test]
fn what_one_window_has_read_is_not_undone_by_another_that_has_not() {
    let place = Place::new();
    let shown = [picked(row("a", day(1))), row("b", day(1))];
    assert!(place.settle(with_unread(complete(day(1), 0, &shown), &[Some("a")])));
    assert_eq!(place.told(), [ChangeKind::Picked]);
    assert!(place.quarantine()[0].is_there, "the later state is unknown");
    let again = complete(day(1), T, &shown);
    assert!(place.settle(again));
    assert_eq!(place.told(), [ChangeKind::Picked]);
    assert!(!place.quarantine()[0].is_there);
}

/// The page that cannot be read is newer, but says nothing: an older one that can be is still news.
#[test]
fn a_row_that_cannot_be_read_is_no_newer_than_it_was_read_last() {
    let place = Place::new();
    let spoiled = complete(day(1), 2 * T, &[row("b", day(1))]);
    assert!(place.settle(with_unread(spoiled.clone(), &[Some("a")])));
    assert_eq!(place.state(day(1), "a"), Some(RowState::Live));
    let older = [picked(row("a", day(1)))];
    place.settle(incomplete(day(1), T, &older));
    assert_eq!(place.told(), [ChangeKind::Picked]);
    // And it is still there.
    place.settle(with_unread(
        complete(day(1), 3 * T, &[row("b", day(1))]),
        &[Some("a")],
    ));
    assert_eq!(place.state(day(1), "a"), Some(RowState::Live));
    assert_eq!(place.told(), [ChangeKind::Picked]);
}
