//! A book that was written before its audit was a chain.

use povline_domain::UnixMillis;
use rusqlite::Connection;

use super::{SCHEMA, SqliteBook};
use crate::audit::{ChainFault, Verdict, verify};
use crate::book::{Actor, Book};
use crate::sqlite::{Database, Schema};

fn actor() -> Actor {
    Actor {
        name: "command:test".to_owned(),
        at: UnixMillis(1_600_000_000_000),
    }
}

async fn verdict(book: &SqliteBook) -> Verdict {
    verify(book, None, |_| {}).await.unwrap()
}

#[tokio::test]
async fn records_that_are_older_than_the_chain_are_covered_by_its_first_hash() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join(SCHEMA.file_name);
    let before = Schema {
        migrations: &SCHEMA.migrations[..1],
        ..SCHEMA
    };
    drop(Database::open(directory.path(), &before).unwrap());
    let old = Connection::open(&file).unwrap();
    old.execute_batch(
        "INSERT INTO audit VALUES (1, 7, 'old', 'isv', NULL, NULL, 1, 'one', 0);
        INSERT INTO audit VALUES (2, 8, 'old', 'isv', NULL, NULL, 1, 'two', 0);",
    )
    .unwrap();

    let book = SqliteBook::open(directory.path()).unwrap();
    let old_alone = verdict(&book).await;
    assert_eq!((old_alone.records, old_alone.older), (2, 2));
    book.ensure_isv(&actor(), "three").await.unwrap();
    book.ensure_isv(&actor(), "four").await.unwrap();
    let whole = verdict(&book).await;
    assert_eq!((whole.records, whole.older, whole.broken), (4, 2, None));

    old.execute_batch(
        "DROP TRIGGER audit_fixed; UPDATE audit SET actor = 'new' WHERE sequence = 1",
    )
    .unwrap();
    let broken = verdict(&book).await.broken.unwrap();
    assert_eq!((broken.sequence, broken.fault), (3, ChainFault::Altered));
}
