//! Where an id that is new to a day is known to be.

use povline_domain::UnixMillis;
use povline_store::ledger::{DayView, Ledger, Observation, RowState, Settlement};

use super::Engine;
use super::support::*;

/// Few new ids are looked up one by one, many by reading through the POV: whichever it is, the
/// rows are found, with the instant at which they were last shown, and leave their old day.
pub async fn a_new_id_is_found_on_another_day_by_either_way<E: Engine>() {
    for (moved, staying) in [(1, 400), (300, 5)] {
        let engine = E::new();
        let ledger = engine.open();
        let pov = pov("00001");
        let name = |n: usize| format!("id{n:04}");
        let rows = |range: std::ops::Range<usize>, on| {
            range.map(|n| row(&name(n), &pov, on)).collect::<Vec<_>>()
        };
        settle(
            &ledger,
            scan(&pov, day(1), 10, rows(0..moved + staying, day(1))),
        )
        .await;
        settle(&ledger, scan(&pov, day(3), 11, rows(5000..5003, day(3)))).await;
        let settled = settle_with(
            &ledger,
            scan(&pov, day(2), 20, rows(0..moved, day(2))),
            move |observation, view| {
                assert_eq!(view.elsewhere.len(), moved);
                for (row, last_shown) in &view.elsewhere {
                    assert_eq!((row.appointment.day, *last_shown), (day(1), UnixMillis(15)));
                    assert_eq!(row.state, RowState::Live);
                }
                at_its_word(observation, view)
            },
        );
        assert_eq!(settled.await.unwrap().changes.len(), moved);
        let live: Vec<_> = ledger
            .days()
            .await
            .unwrap()
            .iter()
            .map(|day| day.live)
            .collect();
        assert_eq!(live, [staying as u64, moved as u64, 3]);
        assert_eq!(ledger.rows(&pov, day(1)).await.unwrap().len(), staying);
        assert_eq!(ledger.standing_windows(&pov, day(1)).await.unwrap(), None);
        assert!(
            ledger
                .standing_windows(&pov, day(3))
                .await
                .unwrap()
                .is_some()
        );
    }
}

fn sees_elsewhere(
    state: RowState,
    at: i64,
) -> impl Fn(&Observation, &DayView) -> Settlement + Send + Sync + 'static {
    move |observation, view| {
        assert_eq!(view.elsewhere.len(), 1);
        let (row, last_shown) = &view.elsewhere[0];
        assert_eq!((row.state, *last_shown), (state, UnixMillis(at)));
        assert_eq!(row.appointment.out_pov_id.as_str(), "old");
        at_its_word(observation, view)
    }
}

pub async fn a_new_id_is_found_among_the_absent_of_any_pov<E: Engine>() {
    let engine = E::new();
    let ledger = engine.open();
    let (old, new) = (pov("old"), pov("new"));
    settle(
        &ledger,
        scan(
            &old,
            day(1),
            10,
            vec![row("a", &old, day(1)), row("b", &old, day(1))],
        ),
    )
    .await;
    settle(
        &ledger,
        scan(&old, day(1), 20, vec![row("b", &old, day(1))]),
    )
    .await;

    // "a" is suspected at the old POV; nobody's suspects but its own are shown to the new one.
    let seen = scan(&new, day(1), 30, vec![row("a", &new, day(1))]);
    settle_with(&ledger, seen, |observation, view| {
        assert!(view.suspects.is_empty());
        sees_elsewhere(RowState::Suspected, 15)(observation, view)
    })
    .await
    .unwrap();
    assert_eq!(ledger.suspects().await.unwrap(), []);
    let days = ledger.days().await.unwrap();
    assert_eq!(
        (days[1].pov.as_str(), days[1].live, days[1].suspected),
        ("old", 1, 0)
    );

    // "b" is cancelled there; a page must be newer than the confirmation to bring it back.
    settle(&ledger, scan(&old, day(1), 40, vec![])).await;
    settle(&ledger, scan(&old, day(1), 50, vec![])).await;
    assert_eq!(ledger.counts().await.unwrap().cancelled, 1);
    let seen = scan(&new, day(2), 60, vec![row("b", &new, day(2))]);
    settle_with(&ledger, seen, sees_elsewhere(RowState::Cancelled, 50))
        .await
        .unwrap();
    assert_eq!(ledger.counts().await.unwrap().cancelled, 0);
    let told = ledger.history(&new, &id("b")).await.unwrap();
    assert_eq!(told[0].change.version, 3);
    assert_eq!(told[0].change.before, Some(row("b", &old, day(1))));
}

pub async fn two_povs_may_have_the_same_id_suspected<E: Engine>() {
    let engine = E::new();
    let ledger = engine.open();
    let (one, two) = (pov("one"), pov("two"));
    for pov in [&one, &two] {
        settle(&ledger, scan(pov, day(1), 10, vec![row("a", pov, day(1))])).await;
    }
    for pov in [&one, &two] {
        settle(&ledger, scan(pov, day(1), 20, vec![])).await;
    }
    assert_eq!(ledger.suspects().await.unwrap().len(), 2);
    settle(&ledger, scan(&one, day(1), 30, vec![])).await;
    assert_eq!(ledger.suspects().await.unwrap()[0].pov, two);
    settle(
        &ledger,
        scan(&two, day(1), 30, vec![row("a", &two, day(1))]),
    )
    .await;
    assert_eq!(ledger.suspects().await.unwrap(), []);
    assert_eq!(ledger.rows(&two, day(1)).await.unwrap()[0].version, 1);
}

/// It is seen back at its first POV before it was missed at the second: its versions go on there,
/// although nothing but its history tells of it.
pub async fn a_row_may_go_to_another_pov_and_come_back<E: Engine>() {
    let engine = E::new();
    let ledger = engine.open();
    let (one, two) = (pov("one"), pov("two"));
    settle(
        &ledger,
        scan(&one, day(1), 10, vec![row("a", &one, day(1))]),
    )
    .await;
    settle(&ledger, scan(&one, day(1), 20, vec![])).await;
    settle(
        &ledger,
        scan(&two, day(1), 30, vec![row("a", &two, day(1))]),
    )
    .await;
    let settled = settle(
        &ledger,
        scan(&one, day(2), 40, vec![row("a", &one, day(2))]),
    )
    .await;
    assert_eq!(settled.changes[0].version, 2);
    assert_eq!(settled.changes[0].before, Some(row("a", &one, day(1))));
    settle(&ledger, scan(&two, day(1), 50, vec![])).await;
    settle(&ledger, scan(&two, day(1), 60, vec![])).await;
    let live: Vec<_> = ledger
        .days()
        .await
        .unwrap()
        .iter()
        .map(|day| day.live)
        .collect();
    assert_eq!(live, [0, 1, 0]);
}
