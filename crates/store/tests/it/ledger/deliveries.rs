//! Where sinks stand, and their letters.

use povline_domain::UnixMillis;
use povline_store::StoreErrorKind;
use povline_store::ledger::{
    Again, Deliveries, EventCursor, SinkName, SinkStart, SinkStep, WaitingLetter,
};

use super::Engine;
use super::support::*;

fn name(text: &str) -> SinkName {
    SinkName::new(text).unwrap()
}

fn letter(cursor: i64, attempts: u32) -> WaitingLetter {
    WaitingLetter {
        cursor: EventCursor(cursor),
        attempts,
        due_at: UnixMillis(9_000),
        reason: (attempts > 0).then(|| "HTTP 500".to_owned()),
    }
}

async fn with_events<L: povline_store::ledger::Ledger>(ledger: &L, count: usize) {
    let pov = pov("00001");
    let rows = (0..count)
        .map(|n| row(&format!("d{n:02}"), &pov, day(1)))
        .collect();
    settle(ledger, scan(&pov, day(1), 100, rows)).await;
}

pub async fn a_sink_keeps_its_place_and_its_letters<E: Engine>() {
    let engine = E::new();
    let (hook, late) = (name("hook"), name("late"));
    let id = {
        let ledger = engine.open();
        with_events(&ledger, 10).await;
        let begins = ledger.enlist(&hook, "webhook", SinkStart::Oldest).await;
        assert_eq!(begins.unwrap().cursor, EventCursor(0));
        let begins = ledger.enlist(&late, "table", SinkStart::Now).await;
        assert_eq!(begins.unwrap().cursor, EventCursor(10));
        let step = SinkStep {
            cursor: EventCursor(6),
            at: UnixMillis(5_000),
            delivered: 3,
            waiting: vec![letter(2, 1), letter(4, 0)],
            dead: vec![letter(5, 12)],
            failure: Some("HTTP 500".to_owned()),
            ..SinkStep::default()
        };
        ledger.advance(&hook, step).await.unwrap();
        ledger.ledger_id().await.unwrap()
    };
    let ledger = engine.open();
    assert_eq!(
        ledger.ledger_id().await.unwrap(),
        id,
        "it is the same ledger"
    );
    let state = ledger
        .enlist(&hook, "webhook", SinkStart::Now)
        .await
        .unwrap();
    assert_eq!(state.cursor, EventCursor(6));
    assert_eq!(state.waiting, [letter(2, 1), letter(4, 0)]);
    assert_eq!(state.stopped, None);
    let sinks = ledger.sinks().await.unwrap();
    assert_eq!(sinks.len(), 2);
    let status = &sinks[0];
    // Four unread and two that wait.
    assert_eq!((status.behind, status.waiting, status.dead), (6, 2, 1));
    assert_eq!(status.behind_since, Some(UnixMillis(105)));
    assert_eq!(status.delivered_at, Some(UnixMillis(5_000)));
    assert_eq!(
        status.failure,
        Some((UnixMillis(5_000), "HTTP 500".to_owned()))
    );
    assert_eq!((sinks[1].behind, sinks[1].behind_since), (0, None));

    // A step that hands something over and fails nowhere ends the trouble.
    let step = SinkStep {
        cursor: EventCursor(4),
        at: UnixMillis(6_000),
        delivered: 1,
        settled: vec![EventCursor(2)],
        ..SinkStep::default()
    };
    ledger.advance(&hook, step).await.unwrap();
    let status = &ledger.sinks().await.unwrap()[0];
    assert_eq!(status.cursor, EventCursor(6), "a cursor never goes back");
    assert_eq!((status.waiting, &status.failure), (1, &None));

    assert!(ledger.dismiss(&hook).await.unwrap());
    assert!(!ledger.dismiss(&hook).await.unwrap());
    let step = SinkStep::default();
    let error = ledger.advance(&hook, step).await.unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Refused);
    let error = ledger.enlist(&late, "webhook", SinkStart::Now).await;
    assert_eq!(error.unwrap_err().kind(), StoreErrorKind::Refused);
}

pub async fn letters_that_are_asked_for_again_wait_until_they_are_settled<E: Engine>() {
    let engine = E::new();
    let ledger = engine.open();
    with_events(&ledger, 10).await;
    let hook = name("hook");
    ledger
        .enlist(&hook, "webhook", SinkStart::Oldest)
        .await
        .unwrap();
    let step = SinkStep {
        cursor: EventCursor(8),
        waiting: vec![letter(7, 1)],
        dead: vec![letter(3, 12)],
        ..SinkStep::default()
    };
    ledger.advance(&hook, step).await.unwrap();
    let ask = |what| ledger.ask_again(&hook, what);
    // What the cursor has not passed comes by itself, and what waits is coming.
    let events = [3, 7, 9, 99].map(EventCursor).to_vec();
    assert_eq!(ask(Again::Events(events)).await.unwrap(), Some(1));
    assert_eq!(ask(Again::Dead).await.unwrap(), Some(0));
    assert_eq!(ask(Again::Since(EventCursor(6))).await.unwrap(), Some(1));
    assert_eq!(ledger.dead_letters(Some(&hook), 9).await.unwrap(), []);

    // Settling what was handed over before it was asked for again does not swallow the asking.
    let settled = SinkStep {
        cursor: EventCursor(8),
        settled: vec![EventCursor(3)],
        ..SinkStep::default()
    };
    ledger.advance(&hook, settled.clone()).await.unwrap();
    let taken = ledger.take_asked(&hook, 1).await.unwrap();
    assert_eq!(taken.len(), 1);
    assert_eq!(taken[0].event.cursor, EventCursor(3));
    assert_eq!(taken[0].scan.verdict, "complete");
    let taken = ledger.take_asked(&hook, 9).await.unwrap();
    assert_eq!(taken[0].event.cursor, EventCursor(8));
    assert_eq!(ledger.take_asked(&hook, 9).await.unwrap(), []);
    // After a crash they wait like any other letter.
    let state = ledger
        .enlist(&hook, "webhook", SinkStart::Now)
        .await
        .unwrap();
    let cursors: Vec<_> = state.waiting.iter().map(|letter| letter.cursor.0).collect();
    assert_eq!(cursors, [3, 7, 8]);
    ledger.advance(&hook, settled).await.unwrap();
    let state = ledger
        .enlist(&hook, "webhook", SinkStart::Now)
        .await
        .unwrap();
    assert_eq!(state.waiting.len(), 2);
    let none = ledger.ask_again(&name("none"), Again::Dead).await;
    assert_eq!(none.unwrap(), None);
}

pub async fn the_outbox_tells_what_is_kept_and_what_is_not<E: Engine>() {
    let engine = E::new();
    let ledger = engine.open();
    let outbox = ledger.outbox(EventCursor(0), 9).await.unwrap();
    assert_eq!(
        (outbox.first_kept, outbox.last),
        (EventCursor(1), EventCursor(0))
    );
    assert_eq!(outbox.forgotten_after(EventCursor(0)), None);
    with_events(&ledger, 3).await;
    let pov = pov("00001");
    settle(
        &ledger,
        scan(&pov, day(2), 2_000, vec![row("z", &pov, day(2))]),
    )
    .await;
    assert_eq!(
        ledger.cursor_before(UnixMillis(1_000)).await.unwrap(),
        EventCursor(3)
    );
    assert_eq!(
        ledger.cursor_before(UnixMillis(50)).await.unwrap(),
        EventCursor(0)
    );
    let outbox = ledger.outbox(EventCursor(2), 9).await.unwrap();
    assert_eq!(outbox.events.len(), 2);
    let scan = &outbox.events[1].scan;
    assert_eq!((scan.began_at, scan.pages), (Some(UnixMillis(2_000)), 1));
    use povline_store::ledger::Ledger as _;
    ledger.forget(UnixMillis(1_000)).await.unwrap();
    let outbox = ledger.outbox(EventCursor(1), 9).await.unwrap();
    assert_eq!(
        (outbox.first_kept, outbox.last),
        (EventCursor(4), EventCursor(4))
    );
    let gap = (EventCursor(2), EventCursor(3));
    assert_eq!(outbox.forgotten_after(EventCursor(1)), Some(gap));
    assert_eq!(outbox.forgotten_after(EventCursor(3)), None);
    let told = ledger
        .told(vec![EventCursor(2), EventCursor(4)])
        .await
        .unwrap();
    assert_eq!(told.len(), 1);
}
