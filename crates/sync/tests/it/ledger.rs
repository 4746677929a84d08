//! The decision and the ledger on SQLite together, against the ledger in memory.

use std::collections::BTreeMap;

use povline_domain::ChangeKind;
use povline_store::ledger::{
    EventCursor, Ledger, Observation, RowState, Seen, SqliteLedger, TrackedRow,
};
use povline_sync::settle::{SettlePolicy, settle};
use proptest::prelude::*;
use proptest::test_runner::{TestCaseError, TestRunner};

use crate::settle::memory::MemoryLedger;
use crate::settle::property::any_scans;
use crate::settle::support::{T, complete, day, id, incomplete, picked, pov, row};

pub fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap()
}

pub async fn settle_all(ledger: &SqliteLedger, scans: &[Observation]) -> Vec<bool> {
    let policy = SettlePolicy {
        confirm_after_ms: T,
        ..SettlePolicy::default()
    };
    let settled = ledger
        .settle(scans.to_vec(), move |scan, view| {
            settle(&policy, scan, view)
        })
        .await
        .unwrap();
    settled
        .into_iter()
        .map(|settled| settled.unwrap().stands)
        .collect()
}

/// Everything that the ledger tells must be what the one in memory knows.
pub async fn check_equal(
    ledger: &SqliteLedger,
    memory: &MemoryLedger,
) -> Result<(), TestCaseError> {
    let events = ledger
        .events_after(EventCursor(0), 1_000_000)
        .await
        .unwrap();
    let cursors: Vec<_> = events.iter().map(|event| event.cursor.0).collect();
    prop_assert_eq!(cursors, (1..=events.len() as i64).collect::<Vec<_>>());
    let mut told = [0; 7];
    for event in &events {
        told[event.change.kind as usize] += 1;
        let evidence = ledger
            .certificate(event.certificate)
            .await
            .unwrap()
            .unwrap();
        prop_assert_eq!((&evidence.pov, evidence.day), (&event.pov, event.day));
    }
    let changes: Vec<_> = events.into_iter().map(|event| event.change).collect();
    prop_assert_eq!(&changes, &memory.events);

    let mut suspects: Vec<_> = memory.suspects().collect();
    suspects.sort_by_key(|suspect| suspect.vanished_at);
    prop_assert_eq!(ledger.suspects().await.unwrap(), suspects);

    let mut expected: BTreeMap<_, (u64, u64, u64)> = BTreeMap::new();
    for status in ledger.days().await.unwrap() {
        let stands = ledger.standing_windows(&pov(), status.day).await.unwrap();
        prop_assert_eq!(stands.is_some(), memory.stands(status.day));
        let known: Vec<TrackedRow> = memory
            .rows
            .values()
            .filter(|row| row.appointment.day == status.day && row.state != RowState::Cancelled)
            .map(|row| TrackedRow {
                seen: match stands {
                    Some(_) => row.seen,
                    None => Seen::At(memory.last_shown(row)),
                },
                ..row.clone()
            })
            .collect();
        let rows = ledger.rows(&pov(), status.day).await.unwrap();
        prop_assert_eq!(&rows, &known);
        let count = |state| known.iter().filter(|row| row.state == state).count() as u64;
        let live_picked = |row: &&TrackedRow| {
            row.state == RowState::Live
                && row.appointment.pick_status == povline_domain::PickStatus::Picked
        };
        prop_assert_eq!(
            (status.live, status.suspected, status.picked),
            (
                count(RowState::Live),
                count(RowState::Suspected),
                known.iter().filter(live_picked).count() as u64
            )
        );
        expected.insert(status.day, (status.live, status.suspected, status.picked));
    }
    let counts = ledger.counts().await.unwrap();
    let sum = |of: fn(&(u64, u64, u64)) -> u64| expected.values().map(of).sum::<u64>();
    prop_assert_eq!(counts.live, sum(|day| day.0));
    prop_assert_eq!(counts.suspected, sum(|day| day.1));
    prop_assert_eq!(counts.events, told);
    for row in memory.rows.values() {
        let id = &row.appointment.appointment_id;
        let history = ledger.history(&pov(), id).await.unwrap();
        let lines: Vec<_> = history.into_iter().map(|line| line.change).collect();
        let told: Vec<_> = changes
            .iter()
            .filter(|change| change.appointment_id == *id)
            .cloned()
            .collect();
        prop_assert_eq!(lines, told);
    }
    Ok(())
}

#[test]
fn it_knows_what_the_ledger_in_memory_knows() {
    let runtime = runtime();
    let mut cancelled = 0;
    let batches = (any_scans(), 1_usize..8);
    // Cancellations are what matters most and comes about least: a run that chance gave few of
    // them goes on.
    for _ in 0..10 {
        let cell = std::cell::RefCell::new(&mut cancelled);
        let mut runner = TestRunner::new(ProptestConfig::with_cases(100));
        runner
            .run(&batches, |(scans, batch)| {
                let directory = tempfile::tempdir().unwrap();
                let ledger = SqliteLedger::open(directory.path()).unwrap();
                let mut memory = MemoryLedger::default();
                runtime.block_on(async {
                    for scans in scans.chunks(batch) {
                        let stands = settle_all(&ledger, scans).await;
                        let told: Vec<_> = scans
                            .iter()
                            .map(|scan| memory.settle(scan).stands)
                            .collect();
                        prop_assert_eq!(stands, told);
                    }
                    check_equal(&ledger, &memory).await
                })?;
                let of_kind =
                    |change: &&povline_domain::Change| change.kind == ChangeKind::Cancelled;
                **cell.borrow_mut() += memory.events.iter().filter(of_kind).count();
                Ok(())
            })
            .unwrap();
        if cancelled > 10 {
            break;
        }
    }
    assert!(
        cancelled > 10,
        "only {cancelled} cancellations prove little"
    );
}

#[test]
fn a_moved_row_leaves_its_old_day_which_must_then_be_parsed() {
    runtime().block_on(async {
        let directory = tempfile::tempdir().unwrap();
        let ledger = SqliteLedger::open(directory.path()).unwrap();
        let first = complete(day(1), 10, &[row("a", day(1)), row("b", day(1))]);
        settle_all(&ledger, std::slice::from_ref(&first)).await;
        let windows = ledger.standing_windows(&pov(), day(1)).await.unwrap();
        assert_eq!(windows, Some(first.certificate.windows.clone()));

        settle_all(
            &ledger,
            &[incomplete(day(2), 20, &[picked(row("a", day(2)))])],
        )
        .await;
        let windows = ledger.standing_windows(&pov(), day(1)).await.unwrap();
        assert_eq!(windows, None);
        let history = ledger.history(&pov(), &id("a")).await.unwrap();
        let kinds: Vec<_> = history.iter().map(|line| line.change.kind).collect();
        use ChangeKind::{Booked, Picked, Rescheduled};
        assert_eq!(kinds, [Booked, Rescheduled, Picked]);
        // Both changes of the move have one certificate as their evidence.
        assert_eq!(history[1].certificate, history[2].certificate);

        // It is all there after the file was closed and opened again.
        drop(ledger);
        let ledger = SqliteLedger::open(directory.path()).unwrap();
        assert_eq!(ledger.rows(&pov(), day(1)).await.unwrap().len(), 1);
        assert_eq!(ledger.rows(&pov(), day(2)).await.unwrap().len(), 1);
    });
}
