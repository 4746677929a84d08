//! A sandbox and how it is put back to where it began.

use povline_store::StoreErrorKind;
use povline_store::book::{Book, BookChange, Sandbox, SqliteBook, Write};

use super::Engine;
use super::support::{
    actor, book_all, brief, changes, clinic, code, day, done, id, kind, row, version,
};

pub async fn a_reset_takes_all_of_one_isv_away_and_nothing_else<E: Engine>() {
    let engine = E::new();
    let book = engine.open_sandbox();
    let clinic = clinic(&book).await;
    let other_isv = book.ensure_isv(&actor(), "other").await.unwrap();
    let other = book
        .ensure_pov(&actor(), other_isv, &code("00001"), None)
        .await
        .unwrap();
    book_all(
        &book,
        clinic.pov,
        &[row("P1", day(1), "A1"), row("P2", day(2), "A2")],
    )
    .await;
    book_all(&book, other, &[row("Q1", day(1), "A1")]).await;
    done(&book, Write::Cancel(id("P2"))).await;
    let (before, cursor) = (
        version(&book, clinic.pov, day(1)).await,
        book.change_cursor().await.unwrap(),
    );

    // An id and a used code of before are free again.
    let writes = vec![
        Write::Book(clinic.pov, row("P1", day(2), "A2")),
        Write::Book(clinic.pov, row("P3", day(3), "A3")),
    ];
    assert_eq!(
        book.reset_isv(&actor(), clinic.isv, writes).await.unwrap(),
        1
    );
    assert!(brief(&book, clinic.pov, day(1)).await.is_empty());
    assert_eq!(brief(&book, clinic.pov, day(2)).await, ["P1:A2"]);
    assert_eq!(brief(&book, clinic.pov, day(3)).await, ["P3:A3"]);
    assert_eq!(brief(&book, other, day(1)).await, ["Q1:A1"]);
    assert!(version(&book, clinic.pov, day(1)).await > before);
    let days = [1, 2, 3].map(|n| BookChange::Day(clinic.pov, day(n)));
    assert_eq!(changes(&book, cursor).await, days);
}

pub async fn a_reset_is_whole_or_not_at_all<E: Engine>() {
    let engine = E::new();
    let book = engine.open_sandbox();
    let clinic = clinic(&book).await;
    book_all(&book, clinic.pov, &[row("P1", day(1), "A1")]).await;
    let twice = row("P2", day(1), "A2");
    let writes = vec![
        Write::Book(clinic.pov, twice.clone()),
        Write::Book(clinic.pov, twice),
    ];
    let refused = book.reset_isv(&actor(), clinic.isv, writes).await;
    assert_eq!(kind(refused), StoreErrorKind::Refused);
    assert_eq!(brief(&book, clinic.pov, day(1)).await, ["P1:A1"]);
}

pub async fn production_is_never_reset<E: Engine>() {
    let engine = E::new();
    let book = engine.open();
    let clinic = clinic(&book).await;
    book_all(&book, clinic.pov, &[row("P1", day(1), "A1")]).await;
    let refused = book.reset_isv(&actor(), clinic.isv, Vec::new()).await;
    assert_eq!(kind(refused), StoreErrorKind::Refused);
    assert_eq!(brief(&book, clinic.pov, day(1)).await, ["P1:A1"]);
}

#[test]
fn a_file_stays_what_it_was_made_as() {
    let directory = tempfile::tempdir().unwrap();
    drop(SqliteBook::open(directory.path()).unwrap());
    assert_eq!(
        kind(SqliteBook::open_sandbox(directory.path())),
        StoreErrorKind::Refused
    );
    drop(SqliteBook::open_either(directory.path()).unwrap());

    let directory = tempfile::tempdir().unwrap();
    drop(SqliteBook::open_sandbox(directory.path()).unwrap());
    let error = SqliteBook::open(directory.path()).unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Refused);
    assert!(
        error.to_string().contains("directory of its own"),
        "{error}"
    );
    drop(SqliteBook::open_either(directory.path()).unwrap());
    drop(SqliteBook::open_sandbox(directory.path()).unwrap());
}
