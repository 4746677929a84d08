//! The stream of changes that followers read.

use std::pin::pin;
use std::time::Duration;

use povline_domain::PickStatus;
use povline_store::book::{Book, BookChange, ChangeCursor, Write};

use super::Engine;
use super::support::{ALL_OR_NOTHING, brief};
use super::support::{actor, book_all, changes, clinic, code, day, done, id, import, row};

pub async fn followers_see_each_day_once_and_all_of_them<E: Engine>() {
    let engine = E::new();
    let book = engine.open();
    let clinic = clinic(&book).await;
    let pov = clinic.pov;
    assert_eq!(
        changes(&book, ChangeCursor::START).await,
        [BookChange::Access]
    );
    let start = book.change_cursor().await.unwrap();
    assert!(changes(&book, start).await.is_empty());
    for n in 1..=3 {
        let rows = ["A", "B"].map(|text| row(&format!("{text}{n}"), day(n), text));
        book_all(&book, pov, &rows).await;
    }
    done(&book, Write::SetPickStatus(id("A1"), PickStatus::Picked)).await;
    let days: Vec<_> = (1..=3).map(|n| BookChange::Day(pov, day(n))).collect();
    assert_eq!(changes(&book, start).await, days);
    // Read in bites, each tells something new, and fewer than asked for are the last.
    for bite in 1..=4 {
        let (mut cursor, mut told) = (start, Vec::new());
        loop {
            let (some, next) = book.changes_after(cursor, bite).await.unwrap();
            assert!(some.len() <= bite && next >= cursor);
            cursor = next;
            told.extend_from_slice(&some);
            if some.len() < bite {
                break;
            }
        }
        told.sort_unstable();
        told.dedup();
        assert_eq!(told, days, "in bites of {bite}");
        assert_eq!(cursor, book.change_cursor().await.unwrap());
    }
    let present = book.change_cursor().await.unwrap();
    book.ensure_pov(&actor(), clinic.isv, &code("00002"), None)
        .await
        .unwrap();
    assert_eq!(changes(&book, present).await, [BookChange::Access]);
}

pub async fn another_handle_on_the_same_book_sees_every_write<E: Engine>() {
    let engine = E::new();
    let (writer, follower) = (engine.open(), engine.open());
    let clinic = clinic(&writer).await;
    let mut cursor = ChangeCursor::START;
    let (first, next) = follower.changes_after(cursor, 100).await.unwrap();
    assert_eq!(first, [BookChange::Access]);
    cursor = next;
    for n in 1..=5 {
        let text = format!("P{n}");
        let one = row(&text, day(n), &text);
        if n % 2 == 0 {
            import(&writer, clinic.isv, &[one], ALL_OR_NOTHING).await;
        } else {
            book_all(&writer, clinic.pov, &[one]).await;
        }
        let (told, next) = follower.changes_after(cursor, 100).await.unwrap();
        assert_eq!(told, [BookChange::Day(clinic.pov, day(n))]);
        assert_eq!(
            brief(&follower, clinic.pov, day(n)).await,
            [format!("P{n}:P{n}")]
        );
        cursor = next;
    }
    let (none, last) = follower.changes_after(cursor, 100).await.unwrap();
    assert_eq!((none, last), (Vec::new(), cursor));
}

pub async fn a_write_after_the_call_wakes_whoever_waits<E: Engine>() {
    const LONG: Duration = Duration::from_secs(20);
    let engine = E::new();
    let book = engine.open();
    let pov = clinic(&book).await.pov;
    for n in 0..20 {
        // Called before the write, polled only after it: it must be ready all the same.
        let mut written = pin!(book.written());
        let text = format!("P{n}");
        book_all(&book, pov, &[row(&text, day(1), &text)]).await;
        tokio::time::timeout(LONG, &mut written).await.unwrap();
    }
    // What was written before the call does not count.
    let mut written = pin!(book.written());
    let polled = std::future::poll_fn(|context| {
        std::task::Poll::Ready(written.as_mut().poll(context).is_ready())
    });
    assert!(!polled.await);
}
