//! Lists that answer as they did: recognised unread, and read from the first difference on.

use povline_domain::{IncompleteReason, UnixMillis};
use povline_store::ledger::Observed;

use super::support::{page_of, picked, readable, rows, scan, scan_still};

#[test]
fn an_unchanged_list_is_not_decoded() {
    for length in [0, 7, 200, 1000] {
        let list = rows(0..length);
        let first = scan_still(&list);
        let mut windows = first.windows();
        for window in &mut windows {
            window.requested_at = UnixMillis(-1000);
            window.answered_at = UnixMillis(-995);
        }
        let again = scan(Some(windows), |_, request| {
            readable(page_of(&list, request))
        });
        assert!(matches!(again.outcome.observed, Observed::Unchanged));
        assert_eq!(again.reason(), None);
        assert_eq!((again.calls, again.decoded), (first.calls, 0));
        // The same windows, with their own instants.
        assert_eq!(again.windows(), first.windows());
    }
}

#[test]
fn one_changed_row_anywhere_makes_the_whole_list_news() {
    let list = rows(0..1000);
    let standing = scan_still(&list).windows();
    for changed in [0, 199, 200, 500, 999] {
        let mut list = list.clone();
        list[changed] = picked(list[changed].clone());
        let again = scan(Some(standing.clone()), |_, request| {
            readable(page_of(&list, request))
        });
        again.assert_shows(&list);
        assert_eq!((again.calls, again.decoded), (6, 6));
    }
}

#[test]
fn a_list_that_grew_or_shrank_is_read_to_its_new_end() {
    let long = rows(0..900);
    for (before, now) in [
        (900, 3),
        (3, 900),
        (500, 900),
        (900, 500),
        (200, 199),
        (199, 200),
        (400, 0),
    ] {
        let standing = scan_still(&long[..before]).windows();
        let list = &long[..now];
        let again = scan(Some(standing), |_, request| {
            readable(page_of(list, request))
        });
        again.assert_shows(list);
        assert!(
            again.calls <= 1 + scan_still(list).calls,
            "{before} to {now}: {}",
            again.calls
        );
    }
}

#[test]
fn a_failure_among_unchanged_pages_shows_nothing_new() {
    let list = rows(0..1000);
    let standing = scan_still(&list).windows();
    let again = scan(Some(standing), |call, request| {
        (call < 3)
            .then(|| readable(page_of(&list, request)))
            .flatten()
    });
    assert_eq!(again.reason(), Some(IncompleteReason::CallFailed));
    assert_eq!(again.rows(), []);
    assert_eq!(again.decoded, 0);
}
