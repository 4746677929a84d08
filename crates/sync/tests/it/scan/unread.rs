//! Rows that cannot be taken at their word.

use povline_domain::{
    Appointment, AppointmentId, Day, IncompleteReason, OutPovId, PageRequest, UnknownFields,
};
use povline_store::ledger::UnreadRow;
use povline_sync::scan::{DecodedPage, UnreadableRow};

use super::support::{Answered, day, page_of, picked, pov, readable, row, rows, scan};

fn foreign(number: u32) -> Appointment {
    Appointment {
        out_pov_id: OutPovId::new("00002").unwrap(),
        ..row(number)
    }
}

/// A page of which the rows with these numbers cannot be read; `ids` says whether their ids can.
fn with_bad(list: &[Appointment], request: PageRequest, bad: &[u32], ids: bool) -> Answered {
    let mut page = page_of(list, request);
    let is_bad = |row: &Appointment| {
        bad.iter()
            .any(|n| super::support::row(*n).appointment_id == row.appointment_id)
    };
    let unreadable = page.rows.iter().enumerate().filter(|(_, row)| is_bad(row));
    let unreadable = unreadable.map(|(position, row)| UnreadableRow {
        position,
        appointment_id: ids.then(|| row.appointment_id.clone()),
        reason: "name is unreadable".to_owned(),
        raw: format!("raw {}", row.appointment_id),
    });
    let unreadable = unreadable.collect();
    page.rows.retain(|row| !is_bad(row));
    Some(DecodedPage {
        page,
        unreadable,
        unknown_fields: Vec::new(),
        unknown_of_rows: Vec::new(),
    })
}

#[test]
fn a_bad_row_with_an_id_spoils_no_list() {
    let list = rows(0..450);
    // One within a window, and every anchor of a seam.
    for bad in [vec![7], vec![196, 197, 198, 199], vec![0, 449]] {
        let scanned = scan(None, |_, request| with_bad(&list, request, &bad, true));
        assert_eq!(scanned.reason(), None, "{bad:?}");
        assert_eq!(scanned.rows().len(), 450 - bad.len());
        let mut ids: Vec<_> = scanned.outcome.unread.iter().collect();
        ids.sort_by(|left, right| left.appointment_id.cmp(&right.appointment_id));
        let named: Vec<_> = ids.iter().map(|row| row.appointment_id.clone()).collect();
        let expected: Vec<_> = bad.iter().map(|n| Some(row(*n).appointment_id)).collect();
        assert_eq!(named, expected, "each once, although two windows show it");
        assert_eq!(ids[0].raw, format!("raw P{:05}", bad[0]));
        assert_eq!(ids[0].reason, "name is unreadable");
        assert!(!format!("{ids:?}").contains("raw P"), "no log shows it");
    }
}

#[test]
fn a_bad_row_without_an_id_proves_no_absence() {
    let list = rows(0..450);
    let scanned = scan(None, |_, request| with_bad(&list, request, &[7], false));
    assert_eq!(scanned.reason(), Some(IncompleteReason::UnreadableRow));
    assert_eq!(scanned.rows().len(), 449, "the rest goes on");
    assert_eq!(scanned.outcome.unread.len(), 1);
    assert_eq!(scanned.windows()[0].rows, 200);
}

#[test]
fn a_row_of_another_list_is_put_aside() {
    let tomorrow = Appointment {
        day: Day::new(2021, 1, 19).unwrap(),
        ..row(8)
    };
    assert_ne!(day(), tomorrow.day);
    assert_ne!(pov(), foreign(7).out_pov_id);
    for bad in [foreign(7), tomorrow] {
        let mut list = rows(100..400);
        list.insert(3, bad.clone());
        let scanned = scan(None, |_, request| readable(page_of(&list, request)));
        assert_eq!(scanned.reason(), None);
        assert_eq!((scanned.rows().len(), scanned.calls), (300, 2));
        let unread = &scanned.outcome.unread;
        assert_eq!(unread.len(), 1);
        assert_eq!(unread[0].appointment_id, Some(bad.appointment_id));
        assert!(unread[0].raw.contains("appointment_time=2021-01-1"));
    }
}

/// A list that is all of another POV, or in another form, must not empty ours.
#[test]
fn a_list_of_bad_rows_proves_nothing() {
    let all_foreign: Vec<_> = (0..5).map(foreign).collect();
    let scanned = scan(None, |_, request| readable(page_of(&all_foreign, request)));
    assert_eq!(scanned.reason(), Some(IncompleteReason::UnreadableRow));
    let list = rows(0..100);
    for (count, complete) in [(20, true), (21, false)] {
        let bad: Vec<u32> = (0..count).collect();
        let scanned = scan(None, |_, request| with_bad(&list, request, &bad, true));
        assert_eq!(scanned.reason().is_none(), complete, "{count}");
        assert_eq!(scanned.outcome.unread.len(), count as usize);
    }
}

/// Rows 196 to 199 stand in the first window and in the second.
#[test]
fn a_row_that_one_window_spoils_and_another_shows_is_taken_from_that_one() {
    let before = rows(0..300);
    let mut after = before.clone();
    after[197] = picked(row(197));
    for spoiled in [0, 1] {
        let scanned = scan(None, |call, request| {
            let list = if call == 0 { &before } else { &after };
            match call == spoiled {
                true => with_bad(list, request, &[197], true),
                false => readable(page_of(list, request)),
            }
        });
        assert_eq!(scanned.reason(), None);
        let shown = scanned
            .rows()
            .iter()
            .find(|shown| shown.appointment.appointment_id == row(197).appointment_id)
            .unwrap();
        let unread = &scanned.outcome.unread;
        if spoiled == 0 {
            assert_eq!(shown.appointment, picked(row(197)));
            assert_eq!(unread.len(), 0, "a later window has read it");
        } else {
            // The later page may show more than the earlier one: what it shows is not known.
            assert_eq!((&shown.appointment, shown.window), (&row(197), 0));
            assert_eq!((unread.len(), unread[0].window), (1, 1));
        }
    }
}

/// What rows say beside the contract's fields goes with the row that says it, wherever it stands
/// among bad ones, as the window shows it that was asked for last.
#[test]
fn what_a_row_says_beside_goes_with_it() {
    let mut list = rows(0..300);
    list[3] = foreign(3);
    let dose = |call, number| UnknownFields::new(format!("{{\"dose\":{number}{call}}}")).unwrap();
    let scanned = scan(None, |call, request| {
        let mut decoded = with_bad(&list, request, &[7], true)?;
        let rows = decoded.page.rows.iter().enumerate();
        // Every third of the good ones says something, and the foreign one.
        let number = |row: &Appointment| row.appointment_id.as_str()[1..].parse::<u32>().unwrap();
        let says = rows.filter(|(_, row)| number(row).is_multiple_of(3));
        let says = says.map(|(index, row)| (index, dose(call, number(row))));
        decoded.unknown_of_rows = says.collect();
        Some(decoded)
    });
    assert_eq!((scanned.reason(), scanned.calls), (None, 2));
    assert_eq!(scanned.rows().len(), 298);
    for shown in scanned.rows() {
        let number: u32 = shown.appointment.appointment_id.as_str()[1..]
            .parse()
            .unwrap();
        let expected = number.is_multiple_of(3);
        let expected = expected.then(|| dose(shown.window.into(), number));
        assert_eq!(shown.unknown, expected, "{number}");
    }
    let raw = |id: &AppointmentId| {
        let unread = scanned.outcome.unread.iter();
        let of_id = |row: &&UnreadRow| row.appointment_id.as_ref() == Some(id);
        unread.filter(of_id).map(|row| row.raw.clone()).next()
    };
    let raw = raw(&foreign(3).appointment_id).unwrap();
    assert!(raw.ends_with("{\"dose\":30}"), "{raw}");
}
