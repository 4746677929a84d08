//! Ends of lists that are not what `total` says.

use povline_domain::{IncompleteReason, Page};

use super::support::{page_of, readable, rows, scan};

#[test]
fn nothing_where_total_claims_something_is_no_proof() {
    for length in 0..=4 {
        let list = rows(0..length);
        let scanned = scan(None, |_, request| {
            readable(Page {
                total: Some(250),
                ..page_of(&list, request)
            })
        });
        assert_eq!(
            scanned.reason(),
            Some(IncompleteReason::EndInDoubt),
            "{length}"
        );
        assert_eq!(
            scanned.rows().len(),
            length as usize,
            "what was shown is true"
        );
        assert_eq!(scanned.calls, 1);
    }
}

#[test]
fn a_second_end_at_the_same_place_settles_it() {
    let list = rows(0..150);
    let scanned = scan(None, |_, request| {
        readable(Page {
            total: Some(160),
            ..page_of(&list, request)
        })
    });
    scanned.assert_shows(&list);
    assert_eq!(scanned.calls, 2);
}

#[test]
fn a_page_cut_short_once_is_read_on() {
    let list = rows(0..1000);
    for cut_call in 0..6 {
        let scanned = scan(None, |call, request| {
            let mut page = page_of(&list, request);
            if call == cut_call {
                page.rows.truncate(60);
            }
            readable(page)
        });
        scanned.assert_shows(&list);
    }
}

#[test]
fn a_page_beyond_the_end_of_a_list_that_shrank_begins_anew() {
    let long = rows(0..900);
    let scanned = scan(None, |call, request| {
        let length = if call < 3 { 900 } else { 250 };
        readable(page_of(&long[..length], request))
    });
    scanned.assert_shows(&long[..250]);
    assert_eq!(scanned.certificate().restarts, 1);
}

#[test]
fn a_list_without_end_is_given_up() {
    let scanned = scan(None, |_, request| {
        let numbers = request.start() as u32..request.reach() as u32;
        let page = page_of(&[], request);
        readable(Page {
            total: None,
            rows: rows(numbers),
            ..page
        })
    });
    assert_eq!(scanned.reason(), Some(IncompleteReason::TooLong));
    assert_eq!(scanned.calls, 200);
}
