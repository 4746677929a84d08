//! Rows that are shown.

use povline_domain::{Change, ChangeKind, Name, PickCode, UnixMillis, UnknownFields, Verdict};
use povline_store::ledger::RowState::{Live, Suspected};
use povline_store::ledger::{Observed, Seen, Settlement};

use super::memory::MemoryLedger;
use super::support::*;

fn kinds(settlement: &Settlement) -> Vec<ChangeKind> {
    settlement
        .changes
        .iter()
        .map(|change| change.kind)
        .collect()
}

#[test]
fn a_new_row_is_booked() {
    let mut ledger = MemoryLedger::default();
    let told = ledger.settle(&complete(day(1), 10, &[picked(row("a", day(1)))]));
    assert_eq!(
        told.changes,
        [Change {
            kind: Booked,
            appointment_id: id("a"),
            version: 1,
            before: None,
            after: Some(picked(row("a", day(1)))),
            observed_at: UnixMillis(10),
        }]
    );
    assert!(told.stands);
    assert_eq!(ledger.state_of("a"), Some((day(1), Live, 1)));
}

#[test]
fn the_same_scan_again_and_the_same_rows_later_tell_and_write_nothing() {
    let mut ledger = MemoryLedger::default();
    let rows = [row("a", day(1)), row("b", day(1))];
    let first = complete(day(1), 10, &rows);
    ledger.settle(&first);
    for again in [first, complete(day(1), 20, &rows)] {
        let told = ledger.settle(&again);
        assert_eq!((told.rows.len(), told.changes.len()), (0, 0));
        assert!(told.stands);
    }
}

#[test]
fn picked_and_unpicked_are_told_apart_from_other_changes() {
    let mut ledger = MemoryLedger::default();
    let plain = row("a", day(1));
    ledger.settle(&complete(day(1), 10, std::slice::from_ref(&plain)));
    let told = ledger.settle(&complete(day(1), 20, &[picked(plain.clone())]));
    assert_eq!(kinds(&told), [Picked]);
    let told = ledger.settle(&complete(day(1), 30, std::slice::from_ref(&plain)));
    assert_eq!(kinds(&told), [Unpicked]);
    assert_eq!(told.changes[0].version, 3);
    for detail in [
        at_nine(plain.clone()),
        povline_domain::Appointment {
            pick_code: PickCode::new("A17").unwrap(),
            ..at_nine(plain.clone())
        },
        povline_domain::Appointment {
            pick_code: PickCode::new("A17").unwrap(),
            name: Name::new("试测").unwrap(),
            ..at_nine(plain)
        },
    ] {
        let version = ledger.state_of("a").unwrap().2;
        let told = ledger.settle(&complete(day(1), 30 + i64::from(version), &[detail]));
        assert_eq!(kinds(&told), [Changed]);
        assert_eq!(told.changes[0].version, version + 1);
    }
}

#[test]
fn changes_of_one_page_are_steps_from_state_to_state() {
    let mut ledger = MemoryLedger::default();
    let before = row("a", day(1));
    let after = picked(at_nine(before.clone()));
    ledger.settle(&complete(day(1), 10, std::slice::from_ref(&before)));
    let told = ledger.settle(&complete(day(1), 20, std::slice::from_ref(&after)));
    let between = at_nine(before.clone());
    let steps: Vec<_> = told
        .changes
        .into_iter()
        .map(|step| (step.kind, step.version, step.before, step.after))
        .collect();
    assert_eq!(
        steps,
        [
            (Changed, 2, Some(before), Some(between.clone())),
            (Picked, 3, Some(between), Some(after)),
        ]
    );
}

#[test]
fn day_period_and_pick_change_all_together() {
    let mut ledger = MemoryLedger::default();
    let before = row("a", day(1));
    let after = picked(at_nine(row("a", day(2))));
    ledger.settle(&complete(day(1), 10, std::slice::from_ref(&before)));
    let told = ledger.settle(&complete(day(2), 20, std::slice::from_ref(&after)));
    assert_eq!(kinds(&told), [Rescheduled, Picked]);
    assert_eq!(told.changes[0].before, Some(before));
    assert_eq!(told.changes[1].after, Some(after));
    assert_eq!(ledger.state_of("a"), Some((day(2), Live, 3)));
    assert!(ledger.stands(day(2)) && !ledger.stands(day(1)));

    let told = ledger.settle(&complete(day(1), 30, &[row("a", day(1))]));
    assert_eq!(kinds(&told), [Rescheduled, Unpicked]);
}

#[test]
fn a_move_is_one_reschedule_whichever_day_is_read_first() {
    // The new day first: the row is still believed on the old one.
    let mut ledger = MemoryLedger::default();
    ledger.settle(&complete(day(1), 10, &[row("a", day(1))]));
    let told = ledger.settle(&complete(day(2), 20, &[row("a", day(2))]));
    assert_eq!(kinds(&told), [Rescheduled]);
    let told = ledger.settle(&complete(day(1), 30, &[]));
    assert_eq!((kinds(&told), told.rows.len()), (vec![], 0));

    // The old day first: it is suspected there.
    let mut ledger = MemoryLedger::default();
    ledger.settle(&complete(day(1), 10, &[row("a", day(1))]));
    let told = ledger.settle(&complete(day(1), 20, &[]));
    assert_eq!(kinds(&told), []);
    assert_eq!(ledger.state_of("a"), Some((day(1), Suspected, 1)));
    let told = ledger.settle(&complete(day(2), 30, &[row("a", day(2))]));
    assert_eq!(kinds(&told), [Rescheduled]);
    assert!(ledger.suspects.is_empty());
    // The old day's answer had not shown it, so that certificate still stands.
    assert!(ledger.stands(day(1)));

    // The new day's page was older than the scan that missed the row, but settled after it.
    let mut ledger = MemoryLedger::default();
    ledger.settle(&complete(day(1), 10, &[row("a", day(1))]));
    ledger.settle(&complete(day(1), 20, &[]));
    let told = ledger.settle(&complete(day(2), 19, &[row("a", day(2))]));
    assert_eq!(kinds(&told), [Rescheduled]);
}

#[test]
fn an_older_page_never_overwrites_a_newer_one() {
    let mut ledger = MemoryLedger::default();
    let old = row("a", day(1));
    let new = picked(old.clone());
    ledger.settle(&complete(day(1), 20, std::slice::from_ref(&new)));
    for stale in [
        complete(day(1), 10, std::slice::from_ref(&old)),
        incomplete(day(1), 10, std::slice::from_ref(&old)),
        // Requested in the same instant, and different: nobody can say which is newer.
        complete(day(1), 20, std::slice::from_ref(&old)),
        // On another day.
        complete(day(2), 20, &[row("a", day(2))]),
    ] {
        let told = ledger.settle(&stale);
        assert_eq!(kinds(&told), []);
        assert_eq!((told.rows.len(), told.stale, told.stands), (0, 1, false));
    }
    assert_eq!(ledger.rows[&id("a")].appointment, new);
    assert!(
        ledger.stands(day(1)),
        "nothing was written, so it stands as before"
    );
    assert!(!ledger.stands(day(2)));
}

#[test]
fn a_day_with_a_stale_row_does_not_stand_for_the_certificate() {
    let mut ledger = MemoryLedger::default();
    ledger.settle(&complete(day(1), 20, &[row("a", day(1))]));
    // Day 2 was read from instant 15 on, and shows "a" on a page that is older than day 1's.
    let told = ledger.settle(&complete(day(2), 15, &[row("a", day(2)), row("b", day(2))]));
    assert_eq!(kinds(&told), [Booked]);
    assert_eq!((told.stale, told.stands), (1, false));
    // The same answer, later: now it is news, because nobody recognised it by its digest.
    let told = ledger.settle(&complete(day(2), 25, &[row("a", day(2)), row("b", day(2))]));
    assert_eq!(kinds(&told), [Rescheduled]);
    assert!(told.stands);
}

#[test]
fn a_row_counts_from_its_own_page_not_from_the_scan() {
    let mut ledger = MemoryLedger::default();
    let pages = [(10, vec![row("a", day(1))]), (30, vec![row("b", day(1))])];
    ledger.settle(&scan(day(1), Verdict::Complete, &pages));
    let told = ledger.settle(&incomplete(
        day(1),
        20,
        &[picked(row("a", day(1))), picked(row("b", day(1)))],
    ));
    assert_eq!(kinds(&told), [Picked]);
    assert_eq!(told.changes[0].appointment_id, id("a"));
    assert_eq!(told.stale, 1);
}

#[test]
fn an_incomplete_scan_adds_and_updates_and_removes_nothing() {
    let mut ledger = MemoryLedger::default();
    ledger.settle(&complete(day(1), 10, &[row("a", day(1)), row("b", day(1))]));
    let told = ledger.settle(&incomplete(
        day(1),
        20,
        &[picked(row("b", day(1))), row("c", day(1))],
    ));
    assert_eq!(kinds(&told), [Picked, Booked]);
    assert!(!told.stands && !ledger.stands(day(1)));
    assert_eq!(ledger.state_of("a"), Some((day(1), Live, 1)));

    // A scan that failed before its first page leaves all as it was.
    let mut before = ledger.clone();
    let told = ledger.settle(&scan(
        day(1),
        Verdict::Incomplete(povline_domain::IncompleteReason::CallFailed),
        &[],
    ));
    assert_eq!((told.rows.len(), told.changes.len()), (0, 0));
    before.settle(&complete(day(1), 30, &[]));
    ledger.settle(&complete(day(1), 30, &[]));
    assert_eq!(before, ledger);
}

#[test]
fn what_is_seen_is_kept_by_window_only_while_the_day_stands() {
    let mut ledger = MemoryLedger::default();
    ledger.settle(&complete(day(1), 10, &[row("a", day(1))]));
    assert_eq!(ledger.rows[&id("a")].seen, Seen::Window(0));
    ledger.settle(&incomplete(day(1), 20, &[row("a", day(1))]));
    assert_eq!(ledger.rows[&id("a")].seen, Seen::At(UnixMillis(20)));
    ledger.settle(&complete(day(1), 30, &[row("a", day(1))]));
    assert_eq!(ledger.rows[&id("a")].seen, Seen::Window(0));
}

#[test]
fn a_late_page_that_shows_a_row_for_the_first_time_is_believed() {
    let mut ledger = MemoryLedger::default();
    ledger.settle(&complete(day(1), 20, &[]));
    let told = ledger.settle(&incomplete(day(1), 10, &[row("a", day(1))]));
    assert_eq!(kinds(&told), [Booked]);
    // It was gone at 20, but that takes a scan that knows of it to find out.
    ledger.settle(&complete(day(1), 30, &[]));
    assert_eq!(ledger.state_of("a"), Some((day(1), Suspected, 1)));
}

#[test]
fn a_row_of_another_list_is_left() {
    let mut ledger = MemoryLedger::default();
    let told = ledger.settle(&incomplete(
        day(1),
        10,
        &[row("a", day(2)), row("b", day(1))],
    ));
    assert_eq!(kinds(&told), [Booked]);
    assert_eq!(told.changes[0].appointment_id, id("b"));
}

#[test]
fn an_unchanged_answer_moves_the_days_instants_on() {
    let mut ledger = MemoryLedger::default();
    let first = complete(day(1), 10, &[row("a", day(1))]);
    ledger.settle(&first);
    let told = ledger.settle(&unchanged(complete(day(1), 50, &[row("a", day(1))])));
    assert!(told.stands);
    assert_eq!((told.rows.len(), told.changes.len()), (0, 0));
    assert_eq!(ledger.last_shown(&ledger.rows[&id("a")]), UnixMillis(50));
    // An older equal answer does not turn them back.
    let told = ledger.settle(&unchanged(first));
    assert!(!told.stands);
    assert_eq!(ledger.last_shown(&ledger.rows[&id("a")]), UnixMillis(50));
}

#[test]
fn an_unchanged_answer_that_was_overtaken_proves_nothing() {
    let mut ledger = MemoryLedger::default();
    ledger.settle(&complete(day(1), 10, &[row("a", day(1))]));
    // The row has moved to day 2 since the certificate was looked up.
    ledger.settle(&complete(day(2), 20, &[row("a", day(2))]));
    let told = ledger.settle(&unchanged(complete(day(1), 30, &[row("a", day(1))])));
    assert!(!told.stands);
    assert_eq!((told.rows.len(), told.changes.len()), (0, 0));
    assert_eq!(ledger.state_of("a"), Some((day(2), Live, 2)));

    // Nor does one whose digest is another.
    let told = ledger.settle(&unchanged(complete(day(2), 40, &[row("b", day(2))])));
    assert!(!told.stands);
}

/// Two lists of a POV are read at once, and an appointment moves between them meanwhile.
#[test]
fn of_two_pages_under_way_at_once_none_is_newer() {
    // The new day's page is requested first and answered last: it shows the move.
    let moved = || answered_after(complete(day(2), 100, &[row("a", day(2))]), 30);
    let before_the_move = || answered_after(complete(day(1), 110, &[row("a", day(1))]), 5);
    let known = || {
        let mut ledger = MemoryLedger::default();
        ledger.settle(&complete(day(1), 10, &[row("a", day(1))]));
        ledger
    };

    let mut ledger = known();
    assert_eq!(kinds(&ledger.settle(&moved())), [Rescheduled]);
    let told = ledger.settle(&before_the_move());
    assert_eq!(kinds(&told), [], "an older state is never told");
    assert_eq!((told.stale, told.stands), (1, false));
    assert_eq!(ledger.state_of("a"), Some((day(2), Live, 2)));

    // Settled the other way round, the move waits for the next reading of its day.
    let mut ledger = known();
    assert_eq!(kinds(&ledger.settle(&before_the_move())), []);
    let told = ledger.settle(&moved());
    assert_eq!((kinds(&told), told.stale), (vec![], 1));
    let told = ledger.settle(&complete(day(2), 140, &[row("a", day(2))]));
    assert_eq!(kinds(&told), [Rescheduled]);

    // A page that shows what is known contradicts nothing, however long it was under way.
    let mut ledger = known();
    ledger.settle(&answered_after(
        complete(day(1), 100, &[row("a", day(1))]),
        30,
    ));
    let told = ledger.settle(&answered_after(
        complete(day(1), 110, &[row("a", day(1))]),
        30,
    ));
    assert_eq!((kinds(&told), told.stale, told.stands), (vec![], 0, true));
}

/// What a row says beside the contract's fields may be older too.
#[test]
fn what_a_row_says_beside_is_taken_from_a_newer_page_alone() {
    let says = |at, json: &str| {
        let mut scan = answered_after(complete(day(1), at, &[row("a", day(1))]), 30);
        if let Observed::Rows(rows) = &mut scan.observed {
            rows[0].unknown = Some(UnknownFields::new(json).unwrap());
        }
        scan
    };
    let mut ledger = MemoryLedger::default();
    ledger.settle(&says(100, "{}"));
    let told = ledger.settle(&says(110, r#"{"dose":1}"#));
    assert_eq!((told.stale, told.stands), (1, false));
    let kept = |ledger: &MemoryLedger| {
        let unknown = ledger.rows[&id("a")].unknown.as_ref();
        unknown.map(|fields| fields.as_json().to_owned())
    };
    assert_eq!(kept(&ledger).unwrap(), "{}");
    let told = ledger.settle(&says(140, r#"{"dose":1}"#));
    assert_eq!((kinds(&told), told.stale, told.stands), (vec![], 0, true));
    assert_eq!(kept(&ledger).unwrap(), r#"{"dose":1}"#);
}

#[test]
fn a_page_asked_for_in_the_very_millisecond_of_the_last_answer_of_its_list_is_newer() {
    let mut ledger = MemoryLedger::default();
    let plain = row("a", day(1));
    let first = answered_after(complete(day(1), 10, std::slice::from_ref(&plain)), 5);
    ledger.settle(&first);
    let at_once = answered_after(complete(day(1), 15, &[at_nine(plain.clone())]), 5);
    let told = ledger.settle(&at_once);
    assert_eq!(
        (kinds(&told), told.stale, told.stands),
        (vec![Changed], 0, true)
    );
    // The one before it, settled once more, is not; nor is a page that took no time at all.
    for older in [first, complete(day(1), 20, &[plain])] {
        let told = ledger.settle(&older);
        assert_eq!((kinds(&told), told.stale), (vec![], 1));
    }
    // Of two lists' pages, the one may have been answered before the other was asked for, or not.
    let elsewhere = answered_after(complete(day(2), 20, &[row("a", day(2))]), 5);
    let told = ledger.settle(&elsewhere);
    assert_eq!((kinds(&told), told.stale), (vec![], 1));
}
