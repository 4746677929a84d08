//! Forgetting.

use povline_domain::UnixMillis;
use povline_store::ledger::{EventCursor, Ledger};

use super::Engine;
use super::support::*;

pub async fn what_is_old_is_forgotten_and_the_rest_stays<E: Engine>() {
    let engine = E::new();
    let ledger = engine.open();
    let pov = pov("00001");
    // More than one batch of old events: 3,000 bookings; one is suspected, one cancelled.
    let many: Vec<_> = (0..3000)
        .map(|n| row(&format!("m{n:04}"), &pov, day(1)))
        .collect();
    settle(&ledger, scan(&pov, day(1), 10, many.clone())).await;
    settle(&ledger, scan(&pov, day(1), 20, many[1..].to_vec())).await;
    settle(&ledger, scan(&pov, day(1), 30, many[2..].to_vec())).await;
    assert_eq!(ledger.counts().await.unwrap().cancelled, 1);
    // After that, one booking on another day.
    let young = scan(&pov, day(2), 1000, vec![row("y", &pov, day(2))]);
    settle(&ledger, young).await;

    let live_before = ledger.rows(&pov, day(1)).await.unwrap();
    // 3,000 booked and one cancelled, three certificates, one cancelled row.
    assert_eq!(ledger.forget(UnixMillis(500)).await.unwrap(), 3001 + 3 + 1);
    assert_eq!(ledger.forget(UnixMillis(500)).await.unwrap(), 0);

    assert_eq!(ledger.rows(&pov, day(1)).await.unwrap(), live_before);
    assert_eq!(ledger.suspects().await.unwrap().len(), 1);
    let counts = ledger.counts().await.unwrap();
    assert_eq!((counts.certificates, counts.cancelled), (1, 0));
    assert_eq!(counts.events[0], 3001, "what was told stays told");
    assert_eq!(ledger.history(&pov, &id("m0005")).await.unwrap(), []);
    let events = ledger.events_after(EventCursor(0), 10).await.unwrap();
    assert_eq!(events.len(), 1);
    assert_eq!(events[0].change.appointment_id, id("y"));
    // A reader of the stream sees from the first cursor that it has missed some.
    assert_eq!(events[0].cursor, EventCursor(3002));

    // Versions go on from where they were.
    let mut changed = many[2..].to_vec();
    changed[0].name = povline_domain::Name::new("改名").unwrap();
    let settled = settle(&ledger, scan(&pov, day(1), 2000, changed)).await;
    let versions: Vec<_> = settled
        .changes
        .iter()
        .map(|change| change.version)
        .collect();
    assert_eq!(
        versions,
        [2, 2],
        "the renamed row, and the suspect that was missed again"
    );
}

pub async fn numbers_go_on_after_everything_was_forgotten<E: Engine>() {
    let engine = E::new();
    let pov = pov("00001");
    {
        let ledger = engine.open();
        settle(
            &ledger,
            scan(&pov, day(1), 10, vec![row("a", &pov, day(1))]),
        )
        .await;
        assert_eq!(ledger.forget(UnixMillis(i64::MAX)).await.unwrap(), 2);
    }
    let ledger = engine.open();
    assert_eq!(ledger.events_after(EventCursor(0), 10).await.unwrap(), []);
    let rows = vec![row("a", &pov, day(1)), row("b", &pov, day(1))];
    settle(&ledger, scan(&pov, day(1), 20, rows)).await;
    let events = ledger.events_after(EventCursor(0), 10).await.unwrap();
    assert_eq!(events[0].cursor, EventCursor(2));
    assert_eq!(events[0].certificate, 2);
}
