//! Lists that stand still: each is shown whole, exactly, in as few calls as can be.

use povline_domain::Page;
use proptest::prelude::*;

use super::support::{page_of, readable, rows, scan, scan_still};

#[test]
fn every_length_to_a_thousand() {
    let list = rows(0..1000);
    for length in 0..=list.len() {
        let list = &list[..length];
        let scanned = scan_still(list);
        scanned.assert_shows(list);
        let calls_max = match length {
            0..=199 => 1,
            200..=391 => 2,
            // Each window but the last is shorter by the overlap and what rounding takes.
            _ => 2 + (length - 200) / 187,
        };
        assert!(scanned.calls <= calls_max, "{length}: {}", scanned.calls);
        assert_eq!(scanned.decoded, scanned.calls);
    }
}

#[test]
fn the_calls_that_lists_of_note_take() {
    for (length, pages) in [
        (0, vec![(1, 200)]),
        (199, vec![(1, 200)]),
        (200, vec![(1, 200), (2, 101)]),
        (201, vec![(1, 200), (2, 101)]),
        (400, vec![(1, 200), (2, 196), (3, 134)]),
        (
            1000,
            vec![(1, 200), (2, 196), (3, 194), (4, 192), (5, 191), (6, 167)],
        ),
    ] {
        assert_eq!(scan_still(&rows(0..length)).pages(), pages, "{length}");
    }
}

#[test]
fn twelve_thousand_rows() {
    let list = rows(0..12_000);
    let scanned = scan_still(&list);
    scanned.assert_shows(&list);
    assert!(scanned.calls <= 75, "{}", scanned.calls);
}

#[test]
fn the_certificate_names_windows_and_anchors() {
    let list = rows(0..500);
    let scanned = scan_still(&list);
    let certificate = scanned.certificate();
    assert_eq!(scanned.pages(), [(1, 200), (2, 196), (3, 167)]);
    let lengths: Vec<_> = certificate.anchors.iter().map(Vec::len).collect();
    assert_eq!(lengths, [4, 58]);
    assert_eq!(certificate.anchors[0][0], list[196].appointment_id);
    assert_eq!(certificate.restarts, 0);
    let rows: Vec<_> = certificate
        .windows
        .iter()
        .map(|window| window.rows)
        .collect();
    assert_eq!(rows, [200, 196, 166]);
    assert!(
        certificate
            .windows
            .iter()
            .all(|window| window.total == Some(500))
    );
    assert_eq!(certificate.begun_at().unwrap().0, 0);
    assert_eq!(certificate.ended_at().unwrap().0, 25);
    // A row of two windows counts as seen by the later one.
    let window_of = |index: usize| scanned.rows()[index].window;
    assert_eq!((window_of(195), window_of(196), window_of(334)), (0, 1, 2));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// A server may give fewer rows than were asked for, whether it tells or not, if only its
    /// total is right.
    #[test]
    fn servers_that_cap_pages(length in 0_u32..3000, cap in 30_usize..=200, tells in any::<bool>()) {
        let list = rows(0..length);
        let scanned = scan(None, |_, request| {
            let page = page_of(&list, request);
            let size = if tells { page.size.map(|size| size.min(cap as u64)) } else { page.size };
            let rows = page.rows.into_iter().take(cap).collect();
            readable(Page { size, rows, ..page })
        });
        scanned.assert_shows(&list);
    }

    /// A server may echo nothing and tell no total.
    #[test]
    fn servers_of_few_words(length in 0_u32..12_000) {
        let list = rows(0..length);
        let scanned = scan(None, |_, request| {
            let rows = page_of(&list, request).rows;
            readable(Page { number: None, size: None, total: None, rows })
        });
        scanned.assert_shows(&list);
    }

    /// A total that lags is no reason to miss a row nor to doubt the end for ever.
    #[test]
    fn servers_whose_total_is_wrong(length in 5_u32..3000, total in 0_u64..4000) {
        let list = rows(0..length);
        let scanned = scan(None, |_, request| {
            readable(Page { total: Some(total), ..page_of(&list, request) })
        });
        scanned.assert_shows(&list);
        prop_assert!(scanned.calls <= 4 + length as usize / 150);
    }
}
