//! What was known once.

use povline_domain::{Appointment, ChangeKind, PickStatus, UnixMillis};
use povline_store::ledger::{FindingKind, Ledger, RowState};

use super::Engine;
use super::support::*;

/// "a" and "b" are booked at 10; "a" is picked at 20; "b" is missed at 30 and back at 40; "a" moves
/// to day 2 at 50; "b" is cancelled at 60 and 70. Each page is answered 5 later.
async fn a_busy_day(ledger: &impl Ledger) -> [Appointment; 2] {
    let pov = pov("00001");
    let [a, b] = ["a", "b"].map(|name| row(name, &pov, day(1)));
    let picked = Appointment {
        pick_status: PickStatus::Picked,
        ..a.clone()
    };
    let moved = Appointment {
        day: day(2),
        ..picked.clone()
    };
    for (on, at, rows) in [
        (1, 10, vec![a.clone(), b.clone()]),
        (1, 20, vec![picked.clone(), b.clone()]),
        (1, 30, vec![picked.clone()]),
        (1, 40, vec![picked.clone(), b.clone()]),
        (2, 50, vec![moved]),
        (1, 60, vec![]),
        (1, 70, vec![]),
    ] {
        settle(ledger, scan(&pov, day(on), at, rows)).await;
    }
    [a, picked]
}

pub async fn a_day_is_told_as_it_was_known<E: Engine>() {
    let engine = E::new();
    let ledger = engine.open();
    let [a, picked] = a_busy_day(&ledger).await;
    let pov = pov("00001");
    let known = async |on, at| {
        let known = ledger
            .day_as_of(&pov, day(on), UnixMillis(at))
            .await
            .unwrap();
        assert_eq!(known.history_from, Some(UnixMillis(15)));
        let evidence = known.evidence_at.map(|at| at.0);
        let rows: Vec<_> = known
            .rows
            .into_iter()
            .map(|row| {
                let id = row.appointment.appointment_id.as_str().to_owned();
                (id, row.state, row.version)
            })
            .collect();
        (rows, evidence)
    };
    let live = |id: &str, version| (id.to_owned(), RowState::Live, version);
    let in_doubt = |id: &str| (id.to_owned(), RowState::Suspected, 1);
    assert_eq!(known(1, 14).await, (vec![], None), "not answered yet");
    assert_eq!(
        known(1, 15).await,
        (vec![live("a", 1), live("b", 1)], Some(10))
    );
    assert_eq!(
        known(1, 25).await,
        (vec![live("a", 2), live("b", 1)], Some(20))
    );
    assert_eq!(
        known(1, 35).await,
        (vec![live("a", 2), in_doubt("b")], Some(30))
    );
    assert_eq!(
        known(1, 45).await,
        (vec![live("a", 2), live("b", 1)], Some(40))
    );
    assert_eq!(known(1, 55).await, (vec![live("b", 1)], Some(40)));
    assert_eq!(known(2, 54).await, (vec![], None));
    assert_eq!(known(2, 55).await, (vec![live("a", 3)], Some(50)));
    assert_eq!(known(1, 65).await, (vec![in_doubt("b")], Some(60)));
    assert_eq!(known(1, 1_000).await, (vec![], Some(70)));
    let first = ledger
        .day_as_of(&pov, day(1), UnixMillis(15))
        .await
        .unwrap();
    assert_eq!(first.rows[0].appointment, a);
    let second = ledger
        .day_as_of(&pov, day(1), UnixMillis(25))
        .await
        .unwrap();
    assert_eq!(second.rows[0].appointment, picked);
    let unknown = ledger
        .day_as_of(&super::support::pov("2"), day(1), UnixMillis(99))
        .await;
    assert_eq!(unknown.unwrap().rows, []);

    // What was told before the history begins is not forgotten where it still holds.
    ledger.forget(UnixMillis(40)).await.unwrap();
    let later = ledger
        .day_as_of(&pov, day(1), UnixMillis(45))
        .await
        .unwrap();
    assert_eq!(later.history_from, Some(UnixMillis(45)));
    let ids: Vec<_> = later
        .rows
        .iter()
        .map(|row| row.appointment.appointment_id.as_str())
        .collect();
    assert_eq!(ids, ["a", "b"]);
    assert_eq!(later.rows[0].appointment, picked);
}

pub async fn the_story_of_an_appointment_has_its_evidence<E: Engine>() {
    let engine = E::new();
    let ledger = engine.open();
    a_busy_day(&ledger).await;
    let stories = ledger.stories(&id("b")).await.unwrap();
    assert_eq!(stories.len(), 1);
    let story = &stories[0];
    assert_eq!(story.pov, pov("00001"));
    let told: Vec<_> = story
        .history
        .iter()
        .map(|entry| entry.change.kind)
        .collect();
    assert_eq!(told, [ChangeKind::Booked, ChangeKind::Cancelled]);
    // The cancellation names every day on which it was looked for, other scans none.
    let mut looked_at = Vec::new();
    for entry in &story.history {
        let record = ledger.certificate(entry.certificate).await.unwrap();
        let days = record.unwrap().looked_at.into_iter();
        looked_at.push(
            days.map(|one| (one.day, one.begun_at.0))
                .collect::<Vec<_>>(),
        );
    }
    assert_eq!(looked_at, [vec![], vec![(day(1), 70), (day(2), 50)]]);
    let found: Vec<_> = story
        .findings
        .iter()
        .map(|finding| {
            (
                finding.kind,
                finding.record.certificate.begun_at().unwrap().0,
            )
        })
        .collect();
    use FindingKind::{Confirmed, Returned, Suspected};
    assert_eq!(
        found,
        [
            (Suspected, 30),
            (Returned, 40),
            (Suspected, 60),
            (Confirmed, 70)
        ]
    );
    assert_eq!(story.row.as_ref().unwrap().state, RowState::Cancelled);
    assert_eq!(story.suspect, None);
    let a = ledger.stories(&id("a")).await.unwrap();
    assert_eq!(a[0].row.as_ref().unwrap().state, RowState::Live);
    assert_eq!(a[0].row.as_ref().unwrap().appointment.day, day(2));
    assert_eq!(ledger.stories(&id("c")).await.unwrap(), []);

    // The row outlives what is told of it, and is found without it.
    ledger.forget(UnixMillis(1_000)).await.unwrap();
    let a = ledger.stories(&id("a")).await.unwrap();
    assert_eq!((a.len(), a[0].history.len()), (1, 0));
    assert_eq!(a[0].row.as_ref().unwrap().appointment.day, day(2));
}
