//! Answers that break a promise: what was shown stays true, but nothing is proved absent.

use povline_domain::{Appointment, IncompleteReason, Page};

use super::support::{page_of, picked, readable, row, rows, scan, scan_by};
use povline_sync::scan::ScanPolicy;

#[test]
fn another_page_than_was_asked_for() {
    let list = rows(0..100);
    for (number, size) in [(Some(2), Some(200)), (Some(1), Some(201)), (Some(0), None)] {
        let scanned = scan(None, |_, request| {
            readable(Page {
                number,
                size,
                ..page_of(&list, request)
            })
        });
        assert_eq!(scanned.reason(), Some(IncompleteReason::OtherPage));
        assert_eq!(scanned.rows().len(), 100);
        assert_eq!(scanned.calls, 1);
    }
}

#[test]
fn more_rows_than_were_asked_for() {
    let scanned = scan(None, |_, request| {
        readable(Page {
            rows: rows(0..201),
            ..page_of(&[], request)
        })
    });
    assert_eq!(scanned.reason(), Some(IncompleteReason::TooManyRows));
}

#[test]
fn an_id_twice_in_a_window() {
    let twice = [row(1), row(2), picked(row(1))];
    let scanned = scan(None, |_, request| readable(page_of(&twice, request)));
    let id = row(1).appointment_id;
    assert_eq!(scanned.reason(), Some(IncompleteReason::RepeatedId(id)));
    assert_eq!(scanned.calls, 4, "it may have been the moment");
    let shown: Vec<_> = scanned
        .rows()
        .iter()
        .map(|row| row.appointment.clone())
        .collect();
    assert_eq!(shown, [row(2), picked(row(1))], "each once, as last shown");

    let mended = scan(None, |call, request| match call {
        0 => readable(page_of(&twice, request)),
        _ => readable(page_of(&twice[1..], request)),
    });
    mended.assert_shows(&twice[1..]);
    assert_eq!(mended.certificate().restarts, 1);
    assert_eq!(mended.windows().len(), 1, "the chain that held");
}

#[test]
fn a_failed_call_keeps_what_was_shown() {
    let list = rows(0..1000);
    let scanned = scan(None, |call, request| {
        (call < 3)
            .then(|| readable(page_of(&list, request)))
            .flatten()
    });
    assert_eq!(scanned.reason(), Some(IncompleteReason::CallFailed));
    assert_eq!(scanned.rows().len(), 582);
    let nothing = scan(None, |_, _| None);
    assert_eq!(nothing.reason(), Some(IncompleteReason::CallFailed));
    assert_eq!((nothing.rows().len(), nothing.windows().len()), (0, 0));
}

/// Scans a list that becomes another one after its first page, and tells how the chain that did
/// not hold ended: by what a scan without restarts says.
fn broken_by(list: &[Appointment], changed: &[Appointment]) -> Option<IncompleteReason> {
    let server = |call, request| match call {
        0 => readable(page_of(list, request)),
        _ => readable(page_of(changed, request)),
    };
    let again = scan(None, server);
    let policy = ScanPolicy {
        restarts_max: 0,
        ..ScanPolicy::default()
    };
    let once = scan_by(policy, None, server);
    if once.reason().is_some() {
        assert_eq!(again.certificate().restarts, 1);
        again.assert_shows(changed);
    }
    once.reason()
}

#[test]
fn anchors_in_another_order_prove_nothing() {
    let list = rows(0..500);
    let mut changed = list.clone();
    changed.swap(196, 199);
    let reason = broken_by(&list, &changed);
    assert_eq!(reason, Some(IncompleteReason::OrderChanged));
}

#[test]
fn a_row_shown_again_far_from_the_seam_has_moved() {
    let list = rows(0..500);
    let moved = |from: usize, to: usize| {
        let mut changed = list.clone();
        let row = changed.remove(from);
        changed.insert(to, row);
        broken_by(&list, &changed)
    };
    let id = |number| row(number).appointment_id;
    // From deep in the first window, to deep in the second, and to one after it.
    assert_eq!(moved(20, 198), Some(IncompleteReason::Moved(id(20))));
    assert_eq!(moved(198, 300), Some(IncompleteReason::Moved(id(198))));
    assert_eq!(moved(20, 450), Some(IncompleteReason::Moved(id(20))));
    // One that moved without being seen twice is no matter to the others.
    assert_eq!(moved(300, 20), None);
}

/// The seam slid past its overlap, and the only rows that both windows show are two that moved:
/// they stand at the seam and in order, but strewn among strangers.
#[test]
fn anchors_strewn_among_strangers_prove_nothing() {
    let list = rows(0..500);
    let mut changed = list.clone();
    let (first, second) = (changed.remove(180), changed.remove(189));
    changed.insert(210, first);
    changed.insert(216, second);
    changed.drain(0..12);
    let reason = broken_by(&list, &changed);
    assert_eq!(reason, Some(IncompleteReason::NoAnchor));
}

/// What one careful client alone would not notice: exactly as many rows go from before the seam
/// as the overlap has.
#[test]
fn a_seam_that_slid_past_its_overlap_is_noticed() {
    let list = rows(0..500);
    for gone in 0..=60 {
        let scanned = scan(None, |call, request| match call {
            0 => readable(page_of(&list, request)),
            _ => readable(page_of(&list[gone..], request)),
        });
        let shown = scanned.rows().iter().map(|row| &row.appointment);
        assert_eq!(scanned.reason(), None);
        assert!(
            list[gone..]
                .iter()
                .all(|row| shown.clone().any(|shown| shown == row)),
            "{gone}"
        );
        assert_eq!(
            scanned.certificate().restarts,
            u32::from(gone > 2),
            "{gone}"
        );
    }
}

/// The stated limit: the anchors move together, as one, to where the seam has slid.
#[test]
fn anchors_that_move_along_with_the_seam_deceive() {
    let list = rows(0..500);
    let mut moved = list.clone();
    moved[196..206].rotate_left(4);
    let scanned = scan(None, |call, request| match call {
        0 => readable(page_of(&list, request)),
        _ => readable(page_of(&moved[6..], request)),
    });
    assert_eq!(scanned.reason(), None);
    let shown: Vec<_> = scanned.rows().iter().map(|row| &row.appointment).collect();
    assert!(list[206..].iter().all(|row| shown.contains(&row)));
    assert!(list[200..206].iter().all(|row| !shown.contains(&row)));
}
