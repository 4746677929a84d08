//! All or nothing, one by one.

use povline_domain::{Certificate, ChangeKind, IncompleteReason, UnixMillis, Verdict};
use povline_store::StoreErrorKind;
use povline_store::ledger::{
    DayView, EventCursor, Ledger, Observation, Observed, RowState, RowWrite, Seen, Settlement,
    TrackedRow,
};

use super::Engine;
use super::support::*;

/// Settlements that no ledger may write, each after one good write of the same observation.
fn wrong(observation: &Observation) -> Vec<Settlement> {
    let pov = &observation.pov;
    let at = UnixMillis(10);
    let put = |id: &str, day, version, seen| {
        RowWrite::Put(TrackedRow {
            appointment: row(id, pov, day),
            unknown: None,
            state: RowState::Live,
            version,
            seen,
        })
    };
    let here = observation.day;
    let good = put("good", here, 1, Seen::At(at));
    let booked = |id: &str, version| {
        let after = row(id, pov, here);
        change(ChangeKind::Booked, version, None, Some(&after), at)
    };
    let with = |write: Option<RowWrite>, changes: Vec<povline_domain::Change>| Settlement {
        rows: [good.clone()].into_iter().chain(write).collect(),
        changes: [booked("good", 1)].into_iter().chain(changes).collect(),
        ..Settlement::default()
    };
    let elsewhere = put("x", here.plus_days(1).unwrap(), 1, Seen::At(at));
    let by_window = put("x", here, 1, Seen::Window(0));
    let plain = |version| put("x", here, version, Seen::At(at));
    vec![
        // On another day; by a window that does not stand.
        with(Some(elsewhere), vec![booked("x", 1)]),
        with(Some(by_window), vec![booked("x", 1)]),
        // A version without its change, a gap, a change of something else, a change too many.
        with(Some(plain(1)), vec![]),
        with(Some(plain(2)), vec![booked("x", 2)]),
        with(Some(plain(1)), vec![booked("y", 1)]),
        with(None, vec![booked("x", 1)]),
        with(Some(plain(1)), vec![booked("x", 1), booked("x", 2)]),
        // The same row twice.
        with(Some(good.clone()), vec![booked("good", 1)]),
        // What is not there cannot vanish, be confirmed or be cancelled.
        with(Some(RowWrite::Suspect(id("x"), at)), vec![]),
        with(Some(RowWrite::Confirm(id("x"), at)), vec![]),
        with(
            Some(RowWrite::Cancel(id("x"), 1)),
            vec![change(
                ChangeKind::Cancelled,
                1,
                Some(&row("x", pov, here)),
                None,
                at,
            )],
        ),
    ]
}

/// A suspect that was not confirmed cannot be cancelled.
fn unproved(view: &DayView) -> Settlement {
    let (suspect, known) = &view.suspects[0];
    let version = known.version + 1;
    let before = Some(&known.appointment);
    Settlement {
        rows: vec![RowWrite::Cancel(suspect.appointment_id.clone(), version)],
        changes: vec![change(
            ChangeKind::Cancelled,
            version,
            before,
            None,
            UnixMillis(1),
        )],
        ..Settlement::default()
    }
}

pub async fn what_cannot_be_written_leaves_nothing_and_harms_nobody<E: Engine>() {
    let engine = E::new();
    let ledger = engine.open();
    let (good, bad) = (pov("good"), pov("bad"));
    let count = wrong(&scan(&bad, day(1), 10, vec![])).len();
    for wrong_index in 0..count {
        let at = 10 + wrong_index as i64;
        let batch = vec![
            scan(
                &good,
                day(1),
                at,
                vec![row(&format!("g{wrong_index}"), &good, day(1))],
            ),
            scan(&bad, day(1), at, vec![]),
            scan(
                &good,
                day(2),
                at,
                vec![row(&format!("h{wrong_index}"), &good, day(2))],
            ),
        ];
        let results = ledger
            .settle(batch, move |observation, view| {
                if observation.pov.as_str() == "bad" {
                    wrong(observation).swap_remove(wrong_index)
                } else {
                    at_its_word(observation, view)
                }
            })
            .await
            .unwrap();
        assert!(results[0].is_ok() && results[2].is_ok());
        let error = results[1].as_ref().unwrap_err();
        assert_eq!(
            error.kind(),
            StoreErrorKind::Refused,
            "{wrong_index}: {error}"
        );
        assert_eq!(
            ledger.rows(&bad, day(1)).await.unwrap(),
            [],
            "{wrong_index}"
        );
        assert_eq!(ledger.history(&bad, &id("good")).await.unwrap(), []);
    }

    settle(
        &ledger,
        scan(&bad, day(1), 100, vec![row("s", &bad, day(1))]),
    )
    .await;
    settle(&ledger, scan(&bad, day(1), 110, vec![])).await;
    let error = settle_with(&ledger, scan(&bad, day(1), 120, vec![]), |_, view| {
        unproved(view)
    });
    assert_eq!(error.await.unwrap_err().kind(), StoreErrorKind::Refused);
    let suspects = ledger.suspects().await.unwrap();
    let of_bad: Vec<_> = suspects
        .iter()
        .filter(|suspect| suspect.pov == bad)
        .collect();
    assert_eq!(of_bad.len(), 1);
    assert_eq!(of_bad[0].confirmed_at, None);

    // No cursor was lost to what was rolled back.
    let events = ledger.events_after(EventCursor(0), 1000).await.unwrap();
    let cursors: Vec<_> = events.iter().map(|event| event.cursor.0).collect();
    assert_eq!(cursors, (1..=events.len() as i64).collect::<Vec<_>>());
    assert!(
        events
            .iter()
            .all(|event| event.change.appointment_id != id("good"))
    );
}

pub async fn a_panic_leaves_nothing_and_harms_nobody<E: Engine>() {
    let engine = E::new();
    let ledger = engine.open();
    let (good, bad) = (pov("good"), pov("bad"));
    let batch = vec![
        scan(&bad, day(1), 10, vec![row("b", &bad, day(1))]),
        scan(&good, day(1), 10, vec![row("g", &good, day(1))]),
    ];
    let results = ledger
        .settle(batch, |observation, view| {
            assert_ne!(observation.pov.as_str(), "bad");
            at_its_word(observation, view)
        })
        .await
        .unwrap();
    assert!(results[0].is_err());
    assert_eq!(results[1].as_ref().unwrap().changes.len(), 1);
    let days = ledger.days().await.unwrap();
    assert_eq!(days.len(), 1);
    assert_eq!(days[0].pov, good);
    // And the ledger goes on.
    settle(
        &ledger,
        scan(&bad, day(1), 20, vec![row("b", &bad, day(1))]),
    )
    .await;
    assert_eq!(ledger.rows(&bad, day(1)).await.unwrap().len(), 1);
}

/// A scan that never got a page is told as tried, and changes nothing else.
pub async fn a_failed_scan_keeps_what_stood<E: Engine>() {
    let engine = E::new();
    let ledger = engine.open();
    let pov = pov("00001");
    settle(
        &ledger,
        scan(&pov, day(1), 10, vec![row("a", &pov, day(1))]),
    )
    .await;
    let standing = ledger.standing_windows(&pov, day(1)).await.unwrap();
    assert!(standing.is_some());
    let rows = ledger.rows(&pov, day(1)).await.unwrap();

    let failed = |day| Observation {
        tried_at: UnixMillis(99),
        certificate: Certificate {
            windows: vec![],
            anchors: vec![],
            verdict: Verdict::Incomplete(IncompleteReason::CallFailed),
            restarts: 0,
        },
        observed: Observed::Rows(vec![]),
        unread: Vec::new(),
        ..scan(&pov, day, 99, vec![])
    };
    for failed in [failed(day(1)), failed(day(2))] {
        let settled = settle_with(&ledger, failed, |_, _| Settlement::default());
        assert!(!settled.await.unwrap().stands);
    }
    assert_eq!(
        ledger.standing_windows(&pov, day(1)).await.unwrap(),
        standing
    );
    assert_eq!(ledger.rows(&pov, day(1)).await.unwrap(), rows);
    assert_eq!(ledger.counts().await.unwrap().certificates, 1);
    let days = ledger.days().await.unwrap();
    for status in &days {
        assert_eq!(status.tried_at, Some(UnixMillis(99)));
        assert_eq!(status.verdict, "call-failed");
    }
    assert_eq!(days[0].checked_at, Some(UnixMillis(10)));
    assert_eq!(days[1].checked_at, None);
    assert_checks(&ledger, day(1)).await;
}
