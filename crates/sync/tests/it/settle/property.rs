//! Arbitrary scans, settled in arbitrary order.

use std::cell::RefCell;
use std::collections::HashMap;

use povline_domain::{
    Appointment, AppointmentId, ChangeKind, Day, IncompleteReason, UnknownFields, Verdict,
};
use povline_store::ledger::{Observation, Observed, ObservedRow, RowState, TrackedRow};
use proptest::prelude::*;
use proptest::test_runner::{TestCaseError, TestRunner};

use super::memory::MemoryLedger;
use super::support::{T, at_nine, complete, day, picked, row, scan, unchanged, with_open_days};

const IDS: [&str; 4] = ["a", "b", "c", "d"];

/// Scans of three days that say anything at all about four appointments. Time goes on from scan to
/// scan, but some are settled late, so that they overlap, tie, and come in any order.
pub fn any_scans() -> impl Strategy<Value = Vec<Observation>> {
    let late = prop_oneof![4 => Just(0), 1 => 0..2 * T];
    let scan = (0..T / 2, late, 1_i8..=3, 0_u8..4, any::<u32>(), 0_usize..=4);
    prop::collection::vec(scan, 1..60).prop_map(|scans| {
        let mut now = 0;
        let mut observations = Vec::new();
        for (pause, late, on, kind, bits, cut) in scans {
            now += pause;
            let rows = any_rows(day(on), bits);
            let scan = any_scan(day(on), now - late, kind, rows, cut);
            observations.push(with_unknown_fields(scan, bits >> 16));
        }
        observations
    })
}

/// Each row is shown one time in four; then any of its fields may be another.
pub fn any_rows(on: Day, bits: u32) -> Vec<Appointment> {
    let mut rows = Vec::new();
    for (index, id) in IDS.iter().enumerate() {
        let bits = bits >> (index * 4) & 0b1111;
        if bits & 0b11 == 0 {
            let shown = row(id, on);
            let shown = if bits & 0b100 != 0 {
                picked(shown)
            } else {
                shown
            };
            rows.push(if bits & 0b1000 != 0 {
                at_nine(shown)
            } else {
                shown
            });
        }
    }
    rows
}

pub fn any_scan(on: Day, at: i64, kind: u8, mut rows: Vec<Appointment>, cut: usize) -> Observation {
    let second = |rows: &mut Vec<_>| rows.split_off(cut.min(rows.len()));
    let scan = match kind {
        0 => {
            let second = second(&mut rows);
            let verdict = Verdict::Incomplete(IncompleteReason::NoAnchor);
            scan(on, verdict, &[(at, rows), (at + 3, second)])
        }
        1 => {
            let second = second(&mut rows);
            scan(on, Verdict::Complete, &[(at, rows), (at + 3, second)])
        }
        2 => unchanged(complete(on, at, &rows)),
        _ => complete(on, at, &rows),
    };
    with_open_days(scan, &[day(1), day(2), day(3)])
}

/// The same scan, whose rows say something beside, or nothing.
fn with_unknown_fields(mut scan: Observation, bits: u32) -> Observation {
    if let Observed::Rows(rows) = &mut scan.observed {
        for row in rows {
            let index = IDS
                .iter()
                .position(|id| row.appointment.appointment_id.as_str() == *id);
            let dose = bits >> (index.unwrap() * 2) & 0b11;
            let fields = || UnknownFields::new(format!("{{\"dose\":{dose}}}")).unwrap();
            row.unknown = (dose > 1).then(fields);
        }
    }
    scan
}

/// The rows of a scan, each with when its page was requested.
fn sightings(scan: &Observation) -> Vec<(&ObservedRow, i64)> {
    match &scan.observed {
        Observed::Unchanged => Vec::new(),
        Observed::Rows(rows) => rows
            .iter()
            .map(|row| {
                let window = scan.certificate.windows[usize::from(row.window)];
                (row, window.requested_at.0)
            })
            .collect(),
    }
}

/// Settles the scans one by one and checks what must hold after each; returns what was told.
fn check(scans: &[Observation]) -> Result<Vec<ChangeKind>, TestCaseError> {
    let mut ledger = MemoryLedger::default();
    let mut newest: HashMap<AppointmentId, i64> = HashMap::new();
    for scan in scans {
        for (shown, at) in sightings(scan) {
            let id = &shown.appointment.appointment_id;
            let newest = newest.entry(id.clone()).or_insert(at);
            *newest = at.max(*newest);
        }
        let before = ledger.clone();
        let settlement = ledger.settle(scan);

        for change in &settlement.changes {
            if change.kind == ChangeKind::Cancelled {
                // Proved by a scan begun well after any page that showed it.
                let newest = newest[&change.appointment_id];
                prop_assert!(change.observed_at.0 >= newest + T);
            } else if change.kind != ChangeKind::Restored {
                prop_assert_ne!(&change.before, &change.after);
            }
        }
        if !scan.certificate.is_complete() {
            prop_assert!(absent(&ledger).all(|id| absent(&before).any(|other| id == other)));
        }
        if settlement.stands
            && let Observed::Rows(_) = &scan.observed
        {
            let rows = sightings(scan).into_iter().map(|(row, _)| row);
            let mut shown: Vec<_> = rows.map(|row| (&row.appointment, &row.unknown)).collect();
            shown.sort_by_key(|(row, _)| &row.appointment_id);
            let live: Vec<_> = ledger
                .rows
                .values()
                .filter(|row| row.state == RowState::Live && row.appointment.day == scan.day)
                .map(|row| (&row.appointment, &row.unknown))
                .collect();
            prop_assert_eq!(shown, live, "what stands is what was shown");
        }

        let mut again = ledger.clone();
        let repeated = again.settle(scan);
        prop_assert_eq!(&again, &ledger, "the same scan once more changes nothing");
        prop_assert_eq!(repeated.rows.len() + repeated.changes.len(), 0);
    }
    check_replay(&ledger)?;
    Ok(ledger.events.iter().map(|change| change.kind).collect())
}

/// The events, replayed step by step, are what is known. (That versions have no gaps is checked
/// by the ledger in memory.)
fn check_replay(ledger: &MemoryLedger) -> Result<(), TestCaseError> {
    let mut replayed: HashMap<&AppointmentId, Option<&Appointment>> = HashMap::new();
    for change in &ledger.events {
        let before = replayed.insert(&change.appointment_id, change.after.as_ref());
        if change.kind != ChangeKind::Restored {
            prop_assert_eq!(before.flatten(), change.before.as_ref());
        }
    }
    for (id, row) in &ledger.rows {
        let expected = (row.state != RowState::Cancelled).then_some(&row.appointment);
        prop_assert_eq!(replayed[id], expected);
    }
    Ok(())
}

fn absent(ledger: &MemoryLedger) -> impl Iterator<Item = &AppointmentId> {
    let absent = |row: &&TrackedRow| row.state != RowState::Live;
    let rows = ledger.rows.values().filter(absent);
    rows.map(|row| &row.appointment.appointment_id)
}

#[test]
fn whatever_comes_in_whatever_order() {
    let told: RefCell<HashMap<ChangeKind, u32>> = RefCell::default();
    let mut runner = TestRunner::new(ProptestConfig::with_cases(4000));
    runner
        .run(&any_scans(), |scans| {
            for kind in check(&scans)? {
                *told.borrow_mut().entry(kind).or_default() += 1;
            }
            Ok(())
        })
        .unwrap();
    for kind in ChangeKind::ALL {
        let told = told.borrow().get(&kind).copied().unwrap_or_default();
        assert!(
            told > 50,
            "only {told} times {kind}: these scans prove little"
        );
    }
}
