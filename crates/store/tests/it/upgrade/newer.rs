//! Files that a newer version of the program wrote are refused, and left as they are.

use std::path::Path;

use povline_store::book::SqliteBook;
use povline_store::journal::{JournalLimits, SqliteJournal};
use povline_store::ledger::SqliteLedger;
use povline_store::{StoreError, StoreErrorKind};
use rusqlite::Connection;

use super::contents;

/// Opens what this program makes, lets a newer one write to it, and opens it again.
fn refused_when_newer(file_name: &str, what: &str, open: impl Fn(&Path) -> Result<(), StoreError>) {
    let directory = tempfile::tempdir().unwrap();
    open(directory.path()).unwrap();
    let file = directory.path().join(file_name);
    Connection::open(&file)
        .unwrap()
        .execute_batch(
            "CREATE TABLE of_tomorrow (one INTEGER) STRICT;
            INSERT INTO schema_migration
                SELECT max(version) + 1, 'of_tomorrow', 'digest' FROM schema_migration",
        )
        .unwrap();
    let before = contents(&file);
    let error = open(directory.path()).unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Corrupt, "{error}");
    assert_eq!(contents(&file), before);
    assert_eq!(
        error.to_string(),
        format!(
            "open the {what} in {}: a newer version of the program wrote it; use that one",
            file.display()
        )
    );
}

#[test]
fn a_newer_book_is_refused() {
    refused_when_newer("book.sqlite", "book", |path| {
        SqliteBook::open(path).map(drop)
    });
    refused_when_newer("counts.sqlite", "counts", |path| {
        SqliteBook::open(path).map(drop)
    });
}

#[test]
fn a_newer_ledger_is_refused() {
    refused_when_newer("ledger.sqlite", "ledger", |path| {
        SqliteLedger::open(path).map(drop)
    });
}

#[test]
fn a_newer_request_log_is_refused() {
    refused_when_newer(SqliteJournal::FILE_NAME, "request log", |path| {
        SqliteJournal::open(path, JournalLimits::default()).map(drop)
    });
}
