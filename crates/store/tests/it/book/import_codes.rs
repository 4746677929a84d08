//! Pick codes within one file, which tells how things stand and not in which order they came so.

use povline_domain::Appointment;
use povline_store::book::{Book, Write};

use super::Engine;
use super::support::{
    ALL_OR_NOTHING, Clinic, KEEP_GOOD, book_all, brief, clinic, day, done, id, import, refusals,
    refused, row, write,
};

async fn with_rows<B: Book>(book: &B, codes: &[&str]) -> Clinic {
    let clinic = clinic(book).await;
    let rows = codes.iter().zip('A'..);
    let rows: Vec<_> = rows
        .map(|(code, id)| row(&id.to_string(), day(1), code))
        .collect();
    book_all(book, clinic.pov, &rows).await;
    clinic
}

fn file(rows: &[(&str, &str)]) -> Vec<Appointment> {
    let rows = rows.iter();
    rows.map(|(id, code)| row(id, day(1), code)).collect()
}

pub async fn rows_may_swap_their_codes<E: Engine>() {
    let engine = E::new();
    let book = engine.open();
    let clinic = with_rows(&book, &["1", "2", "3", "4"]).await;
    // A and B swap, C and D and A's old code go round in a ring of three with D's.
    let swapped = file(&[("A", "2"), ("B", "3"), ("C", "1"), ("D", "4")]);
    let report = import(&book, clinic.isv, &swapped, ALL_OR_NOTHING).await;
    assert_eq!(
        (report.updated, report.unchanged, report.refused),
        (3, 1, 0)
    );
    assert_eq!(
        brief(&book, clinic.pov, day(1)).await,
        ["A:2", "B:3", "C:1", "D:4"]
    );
    let again = import(&book, clinic.isv, &swapped, ALL_OR_NOTHING).await;
    assert_eq!(again.unchanged, 4);
}

pub async fn a_code_may_be_freed_further_down<E: Engine>() {
    for rows in [[("N", "1"), ("A", "9")], [("A", "9"), ("N", "1")]] {
        let engine = E::new();
        let book = engine.open();
        let clinic = with_rows(&book, &["1", "2"]).await;
        let report = import(&book, clinic.isv, &file(&rows), ALL_OR_NOTHING).await;
        assert_eq!((report.added, report.updated, report.refused), (1, 1, 0));
        assert_eq!(
            brief(&book, clinic.pov, day(1)).await,
            ["A:9", "B:2", "N:1"]
        );
    }
}

pub async fn a_code_that_stays_held_is_refused<E: Engine>() {
    let engine = E::new();
    let book = engine.open();
    let clinic = with_rows(&book, &["1", "2"]).await;
    let clash = file(&[("N", "1"), ("A", "1"), ("M", "5"), ("O", "5")]);
    let report = import(&book, clinic.isv, &clash, KEEP_GOOD).await;
    assert_eq!(refusals(&report), [(1, "pick_code"), (4, "pick_code")]);
    assert_eq!((report.added, report.unchanged), (1, 1));
    assert_eq!(
        brief(&book, clinic.pov, day(1)).await,
        ["A:1", "B:2", "M:5"]
    );
}

pub async fn a_refused_swap_gives_every_code_back<E: Engine>() {
    let engine = E::new();
    let book = engine.open();
    let clinic = with_rows(&book, &["1", "2", "3", "4"]).await;
    // A takes B's code, B takes C's, C takes D's; but D keeps it, so none of them can move.
    let chain = file(&[("A", "2"), ("B", "3"), ("C", "4"), ("N", "1")]);
    let before = book.change_cursor().await.unwrap();
    let report = import(&book, clinic.isv, &chain, KEEP_GOOD).await;
    let all = [1, 2, 3, 4].map(|line| (line, "pick_code"));
    assert_eq!(refusals(&report), all);
    assert_eq!((report.added, report.updated), (0, 0));
    assert_eq!(
        brief(&book, clinic.pov, day(1)).await,
        ["A:1", "B:2", "C:3", "D:4"]
    );
    assert!(super::support::changes(&book, before).await.is_empty());
    // Nothing was retired by it: the codes still change hands.
    let ring = file(&[("A", "2"), ("B", "1"), ("D", "7"), ("N", "4")]);
    assert_eq!(
        import(&book, clinic.isv, &ring, ALL_OR_NOTHING)
            .await
            .refused,
        0
    );
}

pub async fn a_retired_code_is_refused_and_a_freed_one_retires<E: Engine>() {
    let engine = E::new();
    let book = engine.open();
    let clinic = with_rows(&book, &["1", "2"]).await;
    done(&book, Write::Cancel(id("A"))).await;
    let report = import(
        &book,
        clinic.isv,
        &file(&[("N", "1"), ("B", "1")]),
        KEEP_GOOD,
    )
    .await;
    assert_eq!(refusals(&report), [(1, "pick_code"), (2, "pick_code")]);
    // B gives up "2" and nobody takes it.
    import(&book, clinic.isv, &file(&[("B", "3")]), ALL_OR_NOTHING).await;
    let reused = import(&book, clinic.isv, &file(&[("N", "2")]), KEEP_GOOD).await;
    assert_eq!(refusals(&reused), [(1, "pick_code")]);
    let booked = write(&book, Write::Book(clinic.pov, row("N", day(1), "2"))).await;
    assert_eq!(refused(&booked), "pick_code");
    assert_eq!(brief(&book, clinic.pov, day(1)).await, ["B:3"]);
}

pub async fn a_moved_row_frees_its_code_for_others<E: Engine>() {
    let engine = E::new();
    let book = engine.open();
    let clinic = with_rows(&book, &["1", "2"]).await;
    book_all(&book, clinic.pov, &[row("Z", day(2), "1")]).await;
    // A and Z change places; each takes the code that the other had there.
    let crossed = [row("A", day(2), "1"), row("Z", day(1), "1")];
    let report = import(&book, clinic.isv, &crossed, ALL_OR_NOTHING).await;
    assert_eq!((report.updated, report.refused), (2, 0));
    assert_eq!(brief(&book, clinic.pov, day(1)).await, ["B:2", "Z:1"]);
    assert_eq!(brief(&book, clinic.pov, day(2)).await, ["A:1"]);
    // Neither code is free now.
    for n in [1, 2] {
        let taken = write(&book, Write::Book(clinic.pov, row("N", day(n), "1"))).await;
        assert_eq!(refused(&taken), "pick_code");
    }
}
