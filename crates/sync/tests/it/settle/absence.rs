//! Rows that are not shown.

use povline_domain::{Appointment, Change, ChangeKind, UnixMillis, Verdict};
use povline_store::ledger::RowState::{Cancelled as Gone, Live, Suspected};

use super::memory::MemoryLedger;
use super::support::*;

/// When the rows of these tests were last shown: longer ago than any answer may be stale.
const LONG_AGO: i64 = -2 * T;

/// A POV with "a" and "b" on day 1, both days read whole long ago.
fn two_rows() -> MemoryLedger {
    two_rows_shown_at(LONG_AGO)
}

fn two_rows_shown_at(at: i64) -> MemoryLedger {
    let mut ledger = MemoryLedger::default();
    ledger.settle(&complete(day(1), at, &[row("a", day(1)), row("b", day(1))]));
    ledger.settle(&complete(day(2), at + 1, &[]));
    ledger.events.clear();
    ledger
}

fn without_a(at: i64) -> povline_store::ledger::Observation {
    complete(day(1), at, &[row("b", day(1))])
}

fn told(ledger: &MemoryLedger) -> Vec<ChangeKind> {
    ledger.events.iter().map(|change| change.kind).collect()
}

#[test]
fn a_vanished_row_is_suspected_and_nobody_is_told() {
    let mut ledger = two_rows();
    let settlement = ledger.settle(&without_a(20));
    assert!(settlement.stands);
    assert_eq!(told(&ledger), []);
    assert_eq!(ledger.state_of("a"), Some((day(1), Suspected, 1)));
    assert_eq!(ledger.state_of("b"), Some((day(1), Live, 1)));
    assert_eq!(ledger.suspects[&id("a")].vanished_at, UnixMillis(20));
}

#[test]
fn rows_of_the_scan_itself_and_rows_shown_since_it_began_never_vanish() {
    let mut ledger = two_rows();
    // A page of 30 shows "c"; then a scan that began at 25 is settled, which does not.
    ledger.settle(&incomplete(day(1), 30, &[row("c", day(1))]));
    let settlement = ledger.settle(&complete(day(1), 25, &[row("a", day(1)), row("b", day(1))]));
    assert_eq!(ledger.state_of("c"), Some((day(1), Live, 1)));
    assert!(!settlement.stands, "its rows are not the day's");
    // Shown by the very page that began the scan: not before it.
    let settlement = ledger.settle(&complete(day(1), 30, &[row("a", day(1)), row("b", day(1))]));
    assert_eq!(ledger.state_of("c"), Some((day(1), Live, 1)));
    assert!(!settlement.stands);
    ledger.settle(&complete(day(1), 31, &[row("a", day(1)), row("b", day(1))]));
    assert_eq!(ledger.state_of("c"), Some((day(1), Suspected, 1)));
}

#[test]
fn cancelled_after_its_own_day_and_then_every_other() {
    let mut ledger = two_rows();
    ledger.settle(&without_a(20));
    ledger.settle(&complete(day(2), 120, &[]));
    // Before the delay is over, its own day proves nothing new.
    ledger.settle(&without_a(119));
    assert_eq!(ledger.suspects[&id("a")].confirmed_at, None);
    ledger.settle(&without_a(120));
    assert_eq!(
        ledger.suspects[&id("a")].confirmed_at,
        Some(UnixMillis(120))
    );
    // Day 2 was last read at 120, which is not after the confirmation.
    assert_eq!(told(&ledger), []);
    ledger.settle(&complete(day(2), 121, &[]));
    assert_eq!(
        ledger.events,
        [Change {
            kind: Cancelled,
            appointment_id: id("a"),
            version: 2,
            before: Some(row("a", day(1))),
            after: None,
            observed_at: UnixMillis(120),
        }]
    );
    assert_eq!(ledger.state_of("a"), Some((day(1), Gone, 2)));
    assert!(ledger.suspects.is_empty());
    assert!(ledger.stands(day(1)) && ledger.stands(day(2)));
}

/// A server whose answers are never as old as the confirming delay, and one move: "a" was booked
/// just before 10 and shown; the scan of 20 is answered from before the booking and misses it; at
/// 119 it moves to day 2; the scan of 120 is right not to show it, and the scan of day 2 at 121 is
/// answered from before the move.
#[test]
fn a_stale_answer_and_one_move_do_not_make_a_cancellation() {
    let mut ledger = two_rows_shown_at(10);
    ledger.settle(&without_a(20));
    ledger.settle(&without_a(120));
    assert_eq!(
        ledger.suspects[&id("a")].confirmed_at,
        Some(UnixMillis(120))
    );
    ledger.settle(&complete(day(2), 121, &[]));
    ledger.settle(&complete(day(2), 219, &[]));
    assert_eq!(told(&ledger), []);
    ledger.settle(&complete(day(2), 220, &[row("a", day(2))]));
    assert_eq!(told(&ledger), [Rescheduled]);
}

#[test]
fn one_that_vanished_soon_is_cancelled_by_scans_that_no_stale_answer_reaches() {
    let mut ledger = two_rows_shown_at(10);
    ledger.settle(&without_a(20));
    ledger.settle(&without_a(120));
    ledger.settle(&complete(day(2), 219, &[]));
    assert_eq!(told(&ledger), []);
    ledger.settle(&complete(day(2), 220, &[]));
    assert_eq!(told(&ledger), [Cancelled]);
    // The delay is counted from when it was last shown to when it vanished, to the millisecond.
    for (shown_at, second) in [(-80, 121), (-79, 220)] {
        let mut ledger = two_rows_shown_at(shown_at);
        ledger.settle(&without_a(20));
        ledger.settle(&without_a(120));
        ledger.settle(&complete(day(2), second - 1, &[]));
        assert_eq!(told(&ledger), [], "shown at {shown_at}");
        ledger.settle(&complete(day(2), second, &[]));
        assert_eq!(told(&ledger), [Cancelled], "shown at {shown_at}");
    }
}

#[test]
fn a_later_scan_of_another_day_that_was_settled_first_counts() {
    let mut ledger = two_rows();
    ledger.settle(&without_a(20));
    ledger.settle(&complete(day(2), 130, &[]));
    ledger.settle(&without_a(125));
    assert_eq!(told(&ledger), [Cancelled]);
}

#[test]
fn unchanged_answers_confirm_and_cancel_too() {
    let mut ledger = two_rows();
    ledger.settle(&without_a(20));
    ledger.settle(&unchanged(without_a(130)));
    assert_eq!(
        ledger.suspects[&id("a")].confirmed_at,
        Some(UnixMillis(130))
    );
    let settlement = ledger.settle(&unchanged(complete(day(2), 140, &[])));
    assert!(settlement.stands);
    assert_eq!(told(&ledger), [Cancelled]);
}

#[test]
fn one_that_was_overtaken_does_not() {
    let mut ledger = two_rows();
    ledger.settle(&without_a(20));
    // Day 1 no longer stands for anything, because "b" was moved away from it.
    ledger.settle(&complete(day(2), 30, &[row("b", day(2))]));
    ledger.settle(&unchanged(without_a(130)));
    assert_eq!(ledger.suspects[&id("a")].confirmed_at, None);
}

#[test]
fn incomplete_scans_neither_miss_nor_confirm_nor_cancel() {
    let mut ledger = two_rows();
    ledger.settle(&incomplete(day(1), 20, &[]));
    assert_eq!(ledger.state_of("a"), Some((day(1), Live, 1)));
    ledger.settle(&without_a(30));
    ledger.settle(&incomplete(day(1), 200, &[row("b", day(1))]));
    assert_eq!(ledger.suspects[&id("a")].confirmed_at, None);
    ledger.settle(&without_a(300));
    ledger.settle(&incomplete(day(2), 400, &[]));
    assert_eq!(told(&ledger), []);
    ledger.settle(&complete(day(2), 500, &[]));
    assert_eq!(told(&ledger), [Cancelled]);
}

#[test]
fn with_one_open_day_its_own_confirmation_is_enough() {
    let mut ledger = MemoryLedger::default();
    let open = [day(1)];
    let both = complete(day(1), LONG_AGO, &[row("a", day(1)), row("b", day(1))]);
    ledger.settle(&with_open_days(both, &open));
    ledger.events.clear();
    ledger.settle(&with_open_days(without_a(20), &open));
    ledger.settle(&with_open_days(without_a(119), &open));
    assert_eq!(told(&ledger), []);
    ledger.settle(&with_open_days(without_a(120), &open));
    assert_eq!(told(&ledger), [Cancelled]);
}

#[test]
fn with_three_open_days_all_of_them_must_be_read() {
    let mut ledger = two_rows();
    let open = [day(1), day(2), day(3)];
    ledger.settle(&without_a(20));
    for scan in [
        without_a(130),
        complete(day(2), 140, &[]),
        complete(day(2), 150, &[]),
    ] {
        ledger.settle(&with_open_days(scan, &open));
        assert_eq!(told(&ledger), []);
    }
    ledger.settle(&with_open_days(complete(day(3), 160, &[]), &open));
    assert_eq!(told(&ledger), [Cancelled]);
}

#[test]
fn a_day_to_come_that_only_an_earlier_run_has_read_must_be_read_too() {
    let mut ledger = two_rows();
    let open = [day(1)];
    for at in [20, 130, 300] {
        ledger.settle(&with_open_days(without_a(at), &open));
        assert_eq!(told(&ledger), []);
    }
    let moved = complete(day(2), 310, &[row("a", day(2))]);
    ledger.settle(&with_open_days(moved, &open));
    assert_eq!(told(&ledger), [Rescheduled]);
}

#[test]
fn the_scan_that_missed_it_cannot_confirm_itself() {
    let mut ledger = two_rows();
    let first = with_open_days(without_a(20), &[day(1)]);
    ledger.settle(&first);
    let no_delay = povline_sync::settle::SettlePolicy {
        confirm_after_ms: 0,
        ..povline_sync::settle::SettlePolicy::default()
    };
    let view = povline_store::ledger::DayView {
        suspects: vec![(
            ledger.suspects[&id("a")].clone(),
            ledger.rows[&id("a")].clone(),
        )],
        ..Default::default()
    };
    let settlement = povline_sync::settle::settle(&no_delay, &first, &view);
    assert!(
        settlement
            .changes
            .iter()
            .all(|change| change.kind == Booked),
        "{settlement:?}"
    );
}

#[test]
fn seen_again_while_suspected_it_is_back_without_a_word() {
    let mut ledger = two_rows();
    ledger.settle(&without_a(20));
    let both = complete(day(1), 30, &[row("a", day(1)), row("b", day(1))]);
    let settlement = ledger.settle(&both);
    assert!(settlement.stands);
    assert_eq!(told(&ledger), []);
    assert_eq!(ledger.state_of("a"), Some((day(1), Live, 1)));
    assert!(ledger.suspects.is_empty());

    // What changed meanwhile is told.
    ledger.settle(&without_a(40));
    ledger.settle(&incomplete(day(1), 50, &[picked(row("a", day(1)))]));
    assert_eq!(told(&ledger), [Picked]);
}

#[test]
fn only_a_page_newer_than_its_last_brings_it_back() {
    let mut ledger = two_rows();
    ledger.settle(&without_a(20));
    let settlement = ledger.settle(&incomplete(day(1), LONG_AGO, &[row("a", day(1))]));
    assert_eq!(settlement.stale, 1);
    assert_eq!(ledger.state_of("a"), Some((day(1), Suspected, 1)));
    // Older than the scan that missed it, and yet proof that it lived on: the clock starts anew.
    ledger.settle(&incomplete(day(1), 15, &[row("a", day(1))]));
    assert_eq!(ledger.state_of("a"), Some((day(1), Live, 1)));
}

#[test]
fn a_suspect_that_moved_is_rescheduled_even_after_its_confirmation() {
    let mut ledger = two_rows();
    ledger.settle(&without_a(20));
    ledger.settle(&without_a(130));
    ledger.settle(&complete(day(2), 140, &[row("a", day(2))]));
    assert_eq!(told(&ledger), [Rescheduled]);
    ledger.settle(&without_a(150));
    ledger.settle(&without_a(260));
    assert_eq!(told(&ledger), [Rescheduled]);
}

#[test]
fn a_row_that_vanishes_and_returns_unchanged_is_cancelled_and_restored() {
    let mut ledger = two_rows();
    ledger.settle(&without_a(20));
    ledger.settle(&without_a(130));
    ledger.settle(&complete(day(2), 140, &[]));
    // A late page from before its absence was confirmed says nothing.
    ledger.settle(&incomplete(day(1), 130, &[row("a", day(1))]));
    assert_eq!(told(&ledger), [Cancelled]);
    ledger.settle(&complete(
        day(1),
        150,
        &[row("a", day(1)), row("b", day(1))],
    ));
    assert_eq!(told(&ledger), [Cancelled, Restored]);
    assert_eq!(ledger.events[1].version, 3);
    assert_eq!(ledger.events[1].before, Some(row("a", day(1))));
    assert_eq!(ledger.state_of("a"), Some((day(1), Live, 3)));
}

#[test]
fn it_may_return_on_another_day_with_another_status() {
    let mut ledger = two_rows();
    ledger.settle(&without_a(20));
    ledger.settle(&without_a(130));
    ledger.settle(&complete(day(2), 140, &[]));
    ledger.settle(&incomplete(day(2), 150, &[picked(row("a", day(2)))]));
    assert_eq!(told(&ledger), [Cancelled, Restored, Picked]);
    assert_eq!(ledger.state_of("a"), Some((day(2), Live, 4)));
}

#[test]
fn a_row_that_moves_between_the_pages_of_two_concurrent_scans_is_not_given_up() {
    // Day 1 is read from 20 to 40, day 2 at 30; "a" moves from day 1 to day 2 at 25.
    let mut ledger = two_rows();
    let pages = [(20, vec![row("b", day(1))]), (40, vec![])];
    ledger.settle(&complete(day(2), 30, &[row("a", day(2))]));
    ledger.settle(&scan(day(1), Verdict::Complete, &pages));
    assert_eq!(told(&ledger), [Rescheduled]);
    assert_eq!(ledger.state_of("a"), Some((day(2), Live, 2)));
}

#[test]
fn two_povs_do_not_share_suspects_but_share_what_is_known_of_an_id() {
    let other = povline_domain::OutPovId::new("00002").unwrap();
    let known = Appointment {
        out_pov_id: other,
        ..row("a", day(1))
    };
    let tracked = |state| {
        (
            povline_store::ledger::TrackedRow {
                appointment: known.clone(),
                unknown: None,
                state,
                version: 4,
                seen: povline_store::ledger::Seen::At(UnixMillis(10)),
            },
            UnixMillis(10),
        )
    };
    for (state, kind) in [(Gone, Restored), (Suspected, Rescheduled)] {
        let view = povline_store::ledger::DayView {
            elsewhere: vec![tracked(state)],
            ..Default::default()
        };
        let policy = povline_sync::settle::SettlePolicy::default();
        let settlement = povline_sync::settle::settle(
            &policy,
            &complete(day(1), 20, &[row("a", day(1))]),
            &view,
        );
        let changes: Vec<_> = settlement
            .changes
            .iter()
            .map(|change| (change.kind, change.version))
            .collect();
        assert_eq!(changes, [(kind, 5)]);
    }
}
