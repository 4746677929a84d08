//! The append order of a POV-day.

use povline_domain::{Appointment, Name, PickStatus};
use povline_store::book::{Book, DayVersion, Write};

use super::Engine;
use super::support::{
    book_all, brief, clinic, day, done, id, read, reschedule, row, rows, version,
};

pub async fn rows_come_in_append_order_and_keep_their_places<E: Engine>() {
    let engine = E::new();
    let book = engine.open();
    let pov = clinic(&book).await.pov;
    assert_eq!(
        read(&book, pov, day(1)).await,
        (Vec::new(), DayVersion::NONE)
    );
    let booked = ["Z", "A", "M", "B"].map(|id| row(id, day(1), id));
    book_all(&book, pov, &booked).await;
    assert_eq!(rows(&book, pov, day(1)).await, booked);
    // A later period, another status, a cancellation, a move away: nobody else's place changes.
    done(&book, reschedule("Z", day(1), "16:00-16:30", "Z")).await;
    done(&book, Write::SetPickStatus(id("A"), PickStatus::Picked)).await;
    done(&book, Write::Cancel(id("M"))).await;
    done(&book, reschedule("B", day(2), "08:00-08:30", "B2")).await;
    book_all(&book, pov, &[row("C", day(1), "C")]).await;
    assert_eq!(brief(&book, pov, day(1)).await, ["Z:Z", "A:A", "C:C"]);
    // Back again: last, not where it stood before.
    done(&book, reschedule("B", day(1), "08:00-08:30", "B3")).await;
    assert_eq!(
        brief(&book, pov, day(1)).await,
        ["Z:Z", "A:A", "C:C", "B:B3"]
    );
    assert!(rows(&book, pov, day(2)).await.is_empty());
    assert_ne!(version(&book, pov, day(2)).await, DayVersion::NONE);
}

pub async fn a_day_of_any_length_is_read_whole<E: Engine>() {
    let engine = E::new();
    let book = engine.open();
    let pov = clinic(&book).await.pov;
    let name = |n: usize| format!("P{n:05}");
    let mut booked = 0;
    // About the lengths at which a reader may pause.
    for length in [0, 1, 999, 1000, 1001, 2000] {
        let more: Vec<_> = (booked..length)
            .map(|n| row(&name(n), day(1), &name(n)))
            .collect();
        book_all(&book, pov, &more).await;
        booked = length;
        let mut ids = Vec::new();
        book.read_rows(pov, day(1), |row| ids.push(row.appointment_id.to_owned()))
            .await
            .unwrap();
        assert_eq!(ids, (0..length).map(name).collect::<Vec<_>>());
        let (rows, _version) = self::read(&book, pov, day(1)).await;
        assert_eq!(rows.len(), length);
    }
}

pub async fn a_long_day_is_read_whole_and_of_one_instant<E: Engine>() {
    const ROWS: usize = 2500;
    let engine = E::new();
    let book = engine.open();
    let pov = clinic(&book).await.pov;
    let name = |n: usize| format!("P{n:05}");
    let booked: Vec<_> = (0..ROWS).map(|n| row(&name(n), day(1), &name(n))).collect();
    book_all(&book, pov, &booked).await;
    // Cancels from the far end while the day is read, waiting for each to be done.
    let (seen_first, first_seen) = std::sync::mpsc::channel();
    let (tell_done, all_done) = std::sync::mpsc::channel();
    let canceller = tokio::spawn({
        let book = book.clone();
        async move {
            tokio::task::spawn_blocking(move || first_seen.recv())
                .await
                .unwrap()
                .unwrap();
            let cancels = (0..ROWS).rev().map(|n| Write::Cancel(id(&name(n))));
            book.write(&super::support::actor(), cancels.collect())
                .await
                .unwrap();
            tell_done.send(()).unwrap();
        }
    });
    let mut read = Vec::new();
    let reading = &mut read;
    let during = book
        .read_day(pov, day(1), move |row| {
            if reading.is_empty() {
                seen_first.send(()).unwrap();
                tokio::task::block_in_place(|| all_done.recv()).unwrap();
            }
            reading.push(row.appointment_id.to_owned());
        })
        .await
        .unwrap();
    canceller.await.unwrap();
    assert_eq!(read, (0..ROWS).map(name).collect::<Vec<_>>());
    let (after, version) = self::read(&book, pov, day(1)).await;
    assert!(after.is_empty() && version > during);
}

pub async fn texts_and_numbers_come_back_as_they_were<E: Engine>() {
    let engine = E::new();
    let book = engine.open();
    let pov = clinic(&book).await.pov;
    let last_day = povline_domain::Day::MAX;
    let odd: Vec<_> = [
        "𠮷野家",
        "O'Brien",
        "<a href=\"x\">&amp;</a>",
        "👶🏽",
        "阿依古丽·买买提",
    ]
    .iter()
    .enumerate()
    .map(|(n, name)| Appointment {
        name: Name::new(*name).unwrap(),
        period: "00:00-24:00".parse().unwrap(),
        pick_status: PickStatus::Picked,
        ..row(&format!("预约;{n}'--"), last_day, &format!("码{n}"))
    })
    .collect();
    book_all(&book, pov, &odd).await;
    drop(book);
    assert_eq!(rows(&engine.open(), pov, last_day).await, odd);
}
