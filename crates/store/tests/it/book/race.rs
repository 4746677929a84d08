//! Many at once.

use povline_store::book::{Book, Write, WriteOutcome};

use super::Engine;
use super::support::{actor, brief, clinic, day, refused, row};

pub async fn ten_bookings_of_one_pick_code_have_one_winner<E: Engine>() {
    let engine = E::new();
    let handles = [engine.open(), engine.open()];
    let pov = clinic(&handles[0]).await.pov;
    for round in 0..10 {
        let code = format!("code{round}");
        let racers: Vec<_> = (0..10)
            .map(|racer| {
                let book = handles[racer % 2].clone();
                let row = row(&format!("P{round}-{racer}"), day(1), &code);
                tokio::spawn(async move {
                    book.write(&actor(), vec![Write::Book(pov, row)])
                        .await
                        .unwrap()
                })
            })
            .collect();
        let mut won = 0;
        for racer in racers {
            match racer.await.unwrap().remove(0) {
                WriteOutcome::Done => won += 1,
                lost => assert_eq!(refused(&lost), "pick_code"),
            }
        }
        assert_eq!(won, 1);
    }
    assert_eq!(brief(&handles[0], pov, day(1)).await.len(), 10);
}

pub async fn writers_of_two_handles_lose_nothing<E: Engine>() {
    let engine = E::new();
    let handles = [engine.open(), engine.open()];
    let pov = clinic(&handles[0]).await.pov;
    let writers: Vec<_> = handles
        .iter()
        .enumerate()
        .map(|(handle, book)| {
            let book = book.clone();
            tokio::spawn(async move {
                for n in 0..40 {
                    let text = format!("P{handle}-{n}");
                    let booking = Write::Book(pov, row(&text, day(1), &text));
                    let outcome = book.write(&actor(), vec![booking]).await.unwrap();
                    assert_eq!(outcome, [WriteOutcome::Done]);
                }
            })
        })
        .collect();
    for writer in writers {
        writer.await.unwrap();
    }
    for book in &handles {
        assert_eq!(brief(book, pov, day(1)).await.len(), 80);
    }
}
