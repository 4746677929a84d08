//! A server's habits: what is learned from scans, and what it changes in the next one.

use povline_domain::{Appointment, IncompleteReason, PageRequest, PageSize, Verdict};
use povline_sync::habits::{Habits, RowOrder};
use povline_sync::scan::{Manner, Method, Outcome, ScanPolicy};
use proptest::prelude::*;

use crate::scan::support::{Answered, page_of, readable, rows, scan_by};

/// Reads a list with what is known, learns from it, and tells how many calls that took.
fn read(
    habits: &mut Habits,
    server: impl FnMut(usize, PageRequest) -> Answered,
) -> (Outcome, usize) {
    let policy = habits.policy(ScanPolicy::default());
    let scanned = scan_by(policy, None, server);
    habits.learn(&scanned.outcome);
    (scanned.outcome, scanned.calls)
}

/// A page of a server that tells neither the list's length nor what page this is.
fn silent(list: &[Appointment], request: PageRequest, page_most: u32) -> Answered {
    let mut page = page_of(list, request);
    page.rows.truncate(page_most as usize);
    (page.number, page.size, page.total) = (None, None, None);
    readable(page)
}

#[test]
fn a_silent_server_is_looked_behind_until_its_short_pages_are_known() {
    let list = rows(0..60);
    let mut habits = Habits::default();
    for _ in 0..5 {
        assert!(!habits.short_pages_end_lists());
        let (outcome, calls) = read(&mut habits, |_, request| silent(&list, request, 200));
        assert_eq!(outcome.certificate.verdict, Verdict::Complete);
        assert_eq!(calls, 2);
    }
    assert!(habits.short_pages_end_lists());
    let (_, calls) = read(&mut habits, |_, request| silent(&list, request, 200));
    assert_eq!(calls, 1, "now it is believed");
    assert_eq!(habits.page_most(), None);
}

/// Page by page such a server looks as if its lists ended after a hundred rows.
#[test]
fn a_silent_server_with_small_pages_hides_no_row() {
    let list = rows(0..450);
    let mut habits = Habits::default();
    let mut calls = Vec::new();
    for _ in 0..8 {
        let (outcome, cost) = read(&mut habits, |_, request| silent(&list, request, 100));
        assert_eq!(outcome.certificate.verdict, Verdict::Complete);
        let povline_store::ledger::Observed::Rows(shown) = &outcome.observed else {
            panic!("nothing was known before");
        };
        assert_eq!(shown.len(), 450);
        calls.push(cost);
    }
    assert!(!habits.short_pages_end_lists());
    assert_eq!(habits.page_most().map(PageSize::get), Some(100));
    assert!(calls[7] <= calls[0], "{calls:?}");
}

#[test]
fn a_list_that_grew_is_no_small_page() {
    let mut habits = Habits::default();
    for length in [7, 9, 30, 7, 55] {
        let (outcome, _) = read(&mut habits, |call, request| {
            let grown = length + u32::from(call > 0);
            silent(&rows(0..grown), request, 200)
        });
        assert!(outcome.certificate.is_complete());
        assert_eq!(habits.page_most(), None);
    }
}

#[test]
fn a_server_that_tells_its_largest_page_is_asked_for_that() {
    let list = rows(0..300);
    let mut habits = Habits::default();
    let told = |request: PageRequest| {
        let size = PageSize::new(request.size.get().min(50)).unwrap();
        readable(page_of(&list, PageRequest { size, ..request }))
    };
    let (_, first) = read(&mut habits, |_, request| told(request));
    read(&mut habits, |_, request| told(request));
    read(&mut habits, |_, request| told(request));
    assert_eq!(habits.page_most().map(PageSize::get), Some(50));
    let (outcome, calls) = read(&mut habits, |_, request| told(request));
    assert!(outcome.certificate.is_complete());
    assert_eq!((outcome.certificate.restarts, calls), (0, first - 1));
}

/// The order depends on the size of the page: no two windows of a chain can be joined.
fn without_order(list: &[Appointment], request: PageRequest) -> Answered {
    let mut list = list.to_vec();
    let size = request.size.get() as usize;
    let length = list.len();
    if length > 0 {
        list.rotate_left(size * 37 % length);
        list.sort_by_key(|row| row.pick_code.as_str().parse::<usize>().unwrap() * size % 1009);
    }
    readable(page_of(&list, request))
}

#[test]
fn a_server_without_order_is_read_in_two_passes_that_agree() {
    let list = rows(0..450);
    let mut habits = Habits::default();
    let mut tried = 0;
    while habits.row_order() != RowOrder::Unstable {
        let (outcome, _) = read(&mut habits, |_, request| without_order(&list, request));
        assert!(!outcome.certificate.is_complete());
        tried += 1;
        assert!(tried <= 20);
    }
    let (outcome, calls) = read(&mut habits, |_, request| without_order(&list, request));
    assert_eq!(outcome.certificate.verdict, Verdict::Agreed);
    assert!(outcome.certificate.is_complete(), "it is acted on");
    assert_eq!(calls, 6);
    let povline_store::ledger::Observed::Rows(shown) = &outcome.observed else {
        panic!("nothing was known before");
    };
    assert_eq!(shown.len(), 450);
    assert!(
        shown.iter().all(|row| row.window >= 3),
        "as the second pass shows them"
    );
    // One page needs no order.
    let short = rows(0..30);
    let (outcome, calls) = read(&mut habits, |_, request| without_order(&short, request));
    assert_eq!((outcome.certificate.verdict, calls), (Verdict::Complete, 1));
}

fn unordered() -> Habits {
    Habits::from_entries(&[("unjoined".to_owned(), 20)])
}

/// Lists that change faster than they can be read are no sign of a server without order, as long as
/// one in twenty can be.
#[test]
fn a_busy_server_is_not_taken_for_one_without_order() {
    let list = rows(0..450);
    let mut habits = Habits::default();
    for round in 0..100 {
        read(&mut habits, |_, request| match round % 20 {
            19 => readable(page_of(&list, request)),
            _ => without_order(&list, request),
        });
        assert_ne!(habits.row_order(), RowOrder::Unstable);
    }
}

#[test]
fn passes_that_differ_prove_nothing() {
    let mut habits = unordered();
    // Each pass misses another row.
    let (outcome, calls) = read(&mut habits, |call, request| {
        let mut list = rows(0..450);
        list.remove(call / 3);
        without_order(&list, request)
    });
    let reason = Verdict::Incomplete(IncompleteReason::PassesDiffer);
    assert_eq!(outcome.certificate.verdict, reason);
    assert_eq!(calls, 15, "a bounded number of passes");
    // The third agrees with the second.
    let (outcome, calls) = read(&mut habits, |call, request| {
        let mut list = rows(0..450);
        list.remove(usize::from(call >= 3));
        without_order(&list, request)
    });
    assert_eq!((outcome.certificate.verdict, calls), (Verdict::Agreed, 9));
}

#[test]
fn a_pass_that_shows_a_row_twice_agrees_with_none() {
    let mut habits = unordered();
    let (outcome, _) = read(&mut habits, |_, request| {
        // Each page begins with the last row of the one before it.
        let list = rows(0..450);
        let start = (request.start() as usize).saturating_sub(1);
        let end = (start + 200).min(450);
        let mut page = page_of(&list, request);
        page.rows = list[start.min(end)..end].to_vec();
        readable(page)
    });
    let reason = Verdict::Incomplete(IncompleteReason::PassesDiffer);
    assert_eq!(outcome.certificate.verdict, reason);
}

#[test]
fn the_chain_is_tried_again_now_and_then() {
    let list = rows(0..450);
    let mut habits = unordered();
    let mut verdicts = Vec::new();
    for _ in 0..60 {
        // By now the server keeps an order.
        let (outcome, _) = read(&mut habits, |_, request| readable(page_of(&list, request)));
        verdicts.push(outcome.certificate.verdict);
    }
    let agreed = verdicts
        .iter()
        .take_while(|verdict| **verdict == Verdict::Agreed);
    assert_eq!(agreed.count(), 50);
    assert!(
        verdicts[50..]
            .iter()
            .all(|verdict| *verdict == Verdict::Complete)
    );
    assert_eq!(habits.row_order(), RowOrder::Stable);
}

#[test]
fn an_empty_answer_unlike_this_servers_empty_days_is_doubted() {
    let list = rows(0..60);
    let bare = |request: PageRequest| {
        let mut page = page_of(&[], request);
        page.total = None;
        readable(page)
    };
    let mut habits = Habits::default();
    assert!(
        read(&mut habits, |_, request| bare(request))
            .0
            .certificate
            .is_complete()
    );
    let mut habits = Habits::default();
    for _ in 0..20 {
        read(&mut habits, |_, request| readable(page_of(&list, request)));
    }
    read(&mut habits, |_, request| readable(page_of(&[], request)));
    let mut doubted = 0;
    loop {
        let (outcome, _) = read(&mut habits, |_, request| bare(request));
        if outcome.certificate.is_complete() {
            break;
        }
        let reason = Verdict::Incomplete(IncompleteReason::EndInDoubt);
        assert_eq!(outcome.certificate.verdict, reason);
        doubted += 1;
        assert!(doubted < 20);
    }
    assert_eq!(doubted, 10, "then it is this server's way to say so");
}

proptest! {
    #[test]
    fn habits_are_kept_and_come_back(
        scans in prop::collection::vec((any::<[u8; 6]>(), 0_u8..6, prop::option::of(1_u32..=200)), 0..80),
    ) {
        let mut habits = Habits::default();
        for (counts, verdict, most) in scans {
            let [a, b, c, d, e, f] = counts.map(|count| u32::from(count % 3));
            let verdict = match verdict {
                0 | 1 => Verdict::Complete,
                2 => Verdict::Agreed,
                3 => Verdict::Incomplete(IncompleteReason::NoAnchor),
                4 => Verdict::Incomplete(IncompleteReason::PassesDiffer),
                _ => Verdict::Incomplete(IncompleteReason::CallFailed),
            };
            let list = rows(0..300);
            let mut outcome = scan_by(ScanPolicy::default(), None, |_, request| {
                readable(page_of(&list, request))
            })
            .outcome;
            outcome.certificate.verdict = verdict;
            outcome.manner = Manner {
                pages_with_total: a,
                pages_without_total: b / 2,
                empty_with_total: c / 2,
                empty_without_total: d,
                short_ends: e,
                short_pages: f / 2,
                page_most: most.and_then(PageSize::new),
                unknown_fields: vec![format!("field{a}")],
            };
            let before = habits.clone();
            prop_assert_eq!(habits.learn(&outcome), habits != before);
            let kept = Habits::from_entries(&habits.entries());
            prop_assert_eq!(&kept, &habits);
            let policy = habits.policy(ScanPolicy::default());
            // Passes are made of no server whose lists join.
            prop_assert!(policy.method == Method::Chain || habits.row_order() == RowOrder::Unstable);
        }
    }
}
