//! Forgetting.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use povline_domain::{Day, UnixMillis};
use povline_store::ledger::{Deliveries, EventCursor, Ledger, UnreadRow};

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
        // An event, its certificate, the list and its row.
        assert_eq!(ledger.forget(UnixMillis(i64::MAX)).await.unwrap(), 4);
    }
    let ledger = engine.open();
    assert_eq!(ledger.events_after(EventCursor(0), 10).await.unwrap(), []);
    let rows = vec![row("a", &pov, day(1)), row("b", &pov, day(1))];
    settle(&ledger, scan(&pov, day(1), 20, rows)).await;
    let events = ledger.events_after(EventCursor(0), 10).await.unwrap();
    assert_eq!(events[0].cursor, EventCursor(2));
    assert_eq!(events[0].certificate, 2);
}

/// So long after a day has begun.
fn at(day: Day, millis: i64) -> i64 {
    day.begins_at().0 + millis
}

pub async fn lists_that_are_over_are_forgotten_whole<E: Engine>() {
    let engine = E::new();
    let ledger = engine.open();
    let pov = pov("00001");
    let rows = |day| ["a", "b", "c"].map(|text| row(&format!("{text}{day}"), &pov, day));
    // One is suspected there.
    settle(
        &ledger,
        scan(&pov, day(1), at(day(1), 10), rows(day(1)).to_vec()),
    )
    .await;
    settle(
        &ledger,
        scan(&pov, day(1), at(day(1), 20), rows(day(1))[..2].to_vec()),
    )
    .await;
    // Over as well, but it was read since.
    settle(
        &ledger,
        scan(&pov, day(2), at(day(5), 0), rows(day(2)).to_vec()),
    )
    .await;
    settle(
        &ledger,
        scan(&pov, day(9), at(day(1), 30), rows(day(9)).to_vec()),
    )
    .await;
    assert_eq!(ledger.suspects().await.unwrap().len(), 1);

    ledger.forget(day(4).begins_at()).await.unwrap();
    assert_eq!(ledger.rows(&pov, day(1)).await.unwrap(), []);
    assert_eq!(ledger.suspects().await.unwrap(), []);
    assert_eq!(ledger.rows(&pov, day(2)).await.unwrap().len(), 3);
    assert_eq!(ledger.rows(&pov, day(9)).await.unwrap().len(), 3);
    let lists = ledger.days().await.unwrap();
    let days: Vec<_> = lists.iter().map(|list| list.day).collect();
    assert_eq!(days, [day(2), day(9)]);

    // Read again, it is a list like any other.
    settle(
        &ledger,
        scan(&pov, day(1), at(day(5), 10), rows(day(1))[..1].to_vec()),
    )
    .await;
    assert_eq!(ledger.rows(&pov, day(1)).await.unwrap().len(), 1);
}

pub async fn what_is_over_is_not_counted_in_the_fleet<E: Engine>() {
    let engine = E::new();
    let ledger = engine.open();
    let pov = pov("00001");
    // How many rows the fleet has, as whoever decides about a scan is told.
    let fleet_live = async |day: Day, at: i64, texts: &[&str]| {
        let told = Arc::new(AtomicU64::new(u64::MAX));
        let rows = texts.iter().map(|text| row(text, &pov, day)).collect();
        let tells = Arc::clone(&told);
        let decide = move |observation: &_, view: &povline_store::ledger::DayView| {
            tells.store(view.fleet_live, Ordering::Relaxed);
            at_its_word(observation, view)
        };
        settle_with(&ledger, scan(&pov, day, at, rows), decide)
            .await
            .unwrap();
        told.load(Ordering::Relaxed)
    };
    assert_eq!(
        fleet_live(day(1), at(day(1), 10), &["a", "b", "c"]).await,
        0
    );
    assert_eq!(fleet_live(day(2), at(day(1), 20), &["d", "e"]).await, 3);
    // The day after, yesterday still counts; from the next one on it does not.
    assert_eq!(
        fleet_live(day(2), at(day(2), 10), &["d", "e", "f"]).await,
        5
    );
    assert_eq!(fleet_live(day(3), at(day(3), 10), &["g"]).await, 3);
    // Who comes from a day that is over is one more, and none less.
    assert_eq!(fleet_live(day(3), at(day(3), 20), &["g", "a"]).await, 4);
    assert_eq!(fleet_live(day(4), at(day(3), 30), &["h"]).await, 5);
    // What is suspected is not there.
    assert_eq!(fleet_live(day(4), at(day(3), 40), &[]).await, 6);
    assert_eq!(fleet_live(day(4), at(day(3), 50), &["i"]).await, 5);
}

pub async fn names_that_come_back_are_erased_again<E: Engine>() {
    let engine = E::new();
    let ledger = engine.open();
    let pov = pov("00001");
    let rows = vec![row("a", &pov, day(1))];
    let mut first = scan(&pov, day(1), at(day(1), 10), rows.clone());
    first.unread.push(UnreadRow {
        appointment_id: None,
        reason: "no id".to_owned(),
        raw: r#"{"name":"张三"}"#.to_owned(),
        window: 0,
    });
    settle(&ledger, first).await;
    let name = async || {
        let rows = ledger.rows(&pov, day(1)).await.unwrap();
        rows[0].appointment.name.as_str().to_owned()
    };
    assert_eq!(name().await, "测试");

    ledger.erase_names(day(5).begins_at()).await.unwrap();
    assert_eq!(name().await, "*");
    // Nobody waits for what could not be read any longer, and nothing of it is left.
    let kept = ledger.quarantine(10).await.unwrap();
    assert_eq!((kept[0].raw.as_str(), kept[0].is_there), ("", false));

    // The day is read again long after, as for a repair.
    settle(&ledger, scan(&pov, day(1), at(day(8), 0), rows)).await;
    assert_eq!(name().await, "测试");
    ledger.erase_names(day(5).begins_at()).await.unwrap();
    assert_eq!(name().await, "*");
}
