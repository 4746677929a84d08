//! One story, and what must come back as it went in.

use povline_domain::{
    Appointment, Certificate, ChangeKind, Digest, IncompleteReason, Name, PageNumber, PageRequest,
    PageSize, PickCode, PickStatus, UnixMillis, Verdict, Window,
};
use povline_store::ledger::{
    CertificateRecord, EventCursor, Ledger, Observation, Observed, RowState, Seen, Settlement,
    Suspect,
};

use super::Engine;
use super::support::*;

/// A week at a small clinic.
pub async fn one_story_through_every_method<E: Engine>() {
    let engine = E::new();
    let ledger = engine.open();
    let pov = pov("00001");
    assert_eq!(ledger.days().await.unwrap(), []);
    assert_eq!(ledger.counts().await.unwrap(), Default::default());
    assert_eq!(ledger.standing_windows(&pov, day(1)).await.unwrap(), None);
    assert_eq!(ledger.certificate(1).await.unwrap(), None);

    // Two bookings; one is picked; it moves; it vanishes; it is cancelled; it is back.
    let (a, b) = (row("a", &pov, day(1)), row("b", &pov, day(1)));
    let settled = settle(&ledger, scan(&pov, day(1), 10, vec![b.clone(), a.clone()])).await;
    assert_eq!((settled.changes.len(), settled.stands), (2, true));
    let a_picked = Appointment {
        pick_status: PickStatus::Picked,
        ..a.clone()
    };
    settle(
        &ledger,
        scan(&pov, day(1), 20, vec![a_picked.clone(), b.clone()]),
    )
    .await;
    let a_moved = Appointment {
        day: day(2),
        ..a_picked.clone()
    };
    settle(&ledger, scan(&pov, day(2), 30, vec![a_moved.clone()])).await;
    let settled = settle(&ledger, scan(&pov, day(2), 40, vec![])).await;
    assert_eq!((settled.suspected, settled.suspects_left), (1, 1));
    let suspect = Suspect {
        appointment_id: id("a"),
        pov: pov.clone(),
        day: day(2),
        last_shown: UnixMillis(35),
        vanished_at: UnixMillis(40),
        confirmed_at: None,
        accepted: false,
        held: false,
    };
    assert_eq!(ledger.suspects().await.unwrap(), [suspect]);
    let rows = ledger.rows(&pov, day(2)).await.unwrap();
    assert_eq!(rows[0].state, RowState::Suspected);
    assert_eq!(rows[0].seen, Seen::At(UnixMillis(35)));
    let settled = settle(&ledger, scan(&pov, day(2), 50, vec![])).await;
    assert_eq!((settled.suspected, settled.suspects_left), (0, 0));
    assert_eq!(ledger.rows(&pov, day(2)).await.unwrap(), []);
    settle(&ledger, scan(&pov, day(1), 60, vec![a.clone(), b.clone()])).await;

    drop(ledger);
    let ledger = engine.open();
    use ChangeKind::{Booked, Cancelled, Changed, Rescheduled, Restored};
    let told = [
        change(Booked, 1, None, Some(&a), UnixMillis(10)),
        change(Changed, 2, Some(&a), Some(&a_picked), UnixMillis(20)),
        change(
            Rescheduled,
            3,
            Some(&a_picked),
            Some(&a_moved),
            UnixMillis(30),
        ),
        change(Cancelled, 4, Some(&a_moved), None, UnixMillis(50)),
        change(Restored, 5, Some(&a_moved), Some(&a), UnixMillis(60)),
    ];
    let history = ledger.history(&pov, &id("a")).await.unwrap();
    let lines: Vec<_> = history.iter().map(|line| line.change.clone()).collect();
    assert_eq!(lines, told);

    // Events come in pages, and those of "a" are its history.
    let first = ledger.events_after(EventCursor(0), 4).await.unwrap();
    let last = first.last().unwrap().cursor;
    let rest = ledger.events_after(last, 100).await.unwrap();
    assert_eq!((first.len(), rest.len()), (4, 2));
    let events: Vec<_> = first.into_iter().chain(rest).collect();
    let cursors: Vec<_> = events.iter().map(|event| event.cursor.0).collect();
    assert_eq!(cursors, [1, 2, 3, 4, 5, 6]);
    let of_a: Vec<_> = events
        .iter()
        .filter(|event| event.change.appointment_id == id("a"))
        .map(|event| event.change.clone())
        .collect();
    assert_eq!(of_a, told);
    let days: Vec<_> = events.iter().map(|event| event.day).collect();
    assert_eq!(days, [1, 1, 1, 2, 2, 1].map(day));

    let status = ledger.days().await.unwrap();
    assert_eq!(status.len(), 2);
    assert_eq!(
        (status[0].live, status[0].suspected, status[0].picked),
        (2, 0, 0)
    );
    assert_eq!(
        (status[1].live, status[1].suspected, status[1].picked),
        (0, 0, 0)
    );
    assert_eq!(status[0].checked_at, Some(UnixMillis(60)));
    assert_eq!(status[0].changed_at, Some(UnixMillis(60)));
    assert_eq!(status[1].checked_at, Some(UnixMillis(50)));
    assert_eq!(status[1].tried_at, Some(UnixMillis(49)));
    assert_eq!(status[1].verdict, "complete");
    for (first, from) in [(1, 0), (2, 1), (3, 2)] {
        let days = ledger.days_from(day(first)).await.unwrap();
        assert_eq!(days, status[from..]);
        assert_checks(&ledger, day(first)).await;
    }
    let counts = ledger.counts().await.unwrap();
    assert_eq!((counts.days, counts.live, counts.cancelled), (2, 2, 0));
    assert_eq!(counts.events, [2, 0, 0, 1, 1, 1, 1]);
    assert_eq!(counts.oldest_check, Some(UnixMillis(50)));
    assert_eq!(counts.certificates, 6);
}

/// What an unchanged answer costs is one line: no certificate, no row, no event.
pub async fn an_unchanged_answer_moves_instants_and_nothing_else<E: Engine>() {
    let engine = E::new();
    let ledger = engine.open();
    let pov = pov("00001");
    let first = scan(&pov, day(1), 10, vec![row("a", &pov, day(1))]);
    settle(&ledger, first.clone()).await;
    let before = ledger.counts().await.unwrap();

    let again = Observation {
        observed: Observed::Unchanged,
        ..scan(&pov, day(1), 70, vec![row("a", &pov, day(1))])
    };
    let windows = again.certificate.windows.clone();
    let settled = settle_with(&ledger, again, |_, view| {
        assert_eq!(
            view.standing.as_ref().unwrap()[0].requested_at,
            UnixMillis(10)
        );
        assert!(view.rows.is_empty(), "nobody needs them");
        Settlement {
            stands: true,
            ..Settlement::default()
        }
    });
    assert!(settled.await.unwrap().stands);
    let standing = ledger.standing_windows(&pov, day(1)).await.unwrap();
    assert_eq!(standing, Some(windows));
    let status = &ledger.days().await.unwrap()[0];
    assert_eq!(status.checked_at, Some(UnixMillis(70)));
    assert_eq!(status.changed_at, Some(UnixMillis(10)));
    let after = ledger.counts().await.unwrap();
    assert_eq!(
        (after.certificates, after.events),
        (before.certificates, before.events)
    );
    // The row was last shown by the new window.
    settle_with(
        &ledger,
        scan(&pov, day(2), 80, vec![row("a", &pov, day(2))]),
        |_, view| {
            assert_eq!(view.elsewhere[0].1, UnixMillis(75));
            Settlement::default()
        },
    )
    .await
    .unwrap();
}

pub async fn texts_and_numbers_come_back_as_they_were<E: Engine>() {
    let engine = E::new();
    let ledger = engine.open();
    let pov = pov("诊所 \"1\" 'α'");
    let long = "九".repeat(21);
    let odd = Appointment {
        appointment_id: id("𠮷&<'\">😀"),
        pick_code: PickCode::new("A 17\\").unwrap(),
        name: Name::new("阿依古丽·买买提 𠮷😀 %_;--").unwrap(),
        period: "00:00-24:00".parse().unwrap(),
        ..row("x", &pov, day(1))
    };
    let longest = row("x", &pov, day(1));
    let longest = Appointment {
        appointment_id: id(&long),
        name: Name::new("欧".repeat(85)).unwrap(),
        ..longest
    };
    let far = |request: PageRequest, total, at| Window {
        request,
        rows: u32::MAX,
        total,
        digest: Digest(u128::MAX),
        requested_at: UnixMillis(at),
        answered_at: UnixMillis(at),
    };
    let last_page = PageRequest {
        number: PageNumber::new(u32::MAX).unwrap(),
        size: PageSize::new(1).unwrap(),
    };
    let certificate = Certificate {
        windows: vec![
            far(PageRequest::FIRST, Some(u64::MAX), -1),
            far(last_page, None, 4_000_000_000_000),
        ],
        anchors: vec![vec![id(&long), odd.appointment_id.clone()]],
        verdict: Verdict::Incomplete(IncompleteReason::Moved(id(&long))),
        restarts: 7,
    };
    let mut observation = scan(&pov, day(1), 10, vec![odd.clone(), longest.clone()]);
    observation.certificate = certificate.clone();
    settle(&ledger, observation).await;

    drop(ledger);
    let ledger = engine.open();
    let rows = ledger.rows(&pov, day(1)).await.unwrap();
    let mut expected = [odd.clone(), longest];
    expected.sort_by(|left, right| left.appointment_id.cmp(&right.appointment_id));
    assert_eq!(rows.len(), 2);
    for (row, expected) in rows.iter().zip(&expected) {
        assert_eq!(row.appointment, *expected);
        assert_eq!(row.seen, Seen::At(UnixMillis(-1)));
    }
    let line = &ledger.history(&pov, &odd.appointment_id).await.unwrap()[0];
    assert_eq!(line.change.after, Some(odd));
    let record = ledger.certificate(line.certificate).await.unwrap().unwrap();
    let expected = CertificateRecord {
        pov: pov.clone(),
        day: day(1),
        certificate,
        suspected: vec![],
        confirmed: vec![],
        returned: vec![],
        looked_at: vec![],
    };
    assert_eq!(record, expected);
    assert_eq!(ledger.days().await.unwrap()[0].verdict, "moved");
    assert_eq!(ledger.standing_windows(&pov, day(1)).await.unwrap(), None);
}
