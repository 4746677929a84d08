//! Whoever can write to the file can drop its triggers; the chain tells all the same.

use std::cell::Cell;

use povline_store::audit::{AuditHead, AuditTrail, Broken, ChainFault, verify};
use povline_store::book::{Book, SqliteBook, Write};
use rusqlite::Connection;

use super::trail::reading;
use crate::book::support::{actor, clinic, day, done, row};

/// A book of some ten records, and its head.
async fn book(directory: &std::path::Path) -> (SqliteBook, AuditHead) {
    let book = SqliteBook::open(directory).unwrap();
    let clinic = clinic(&book).await;
    for n in 1..=6 {
        let text = format!("P{n}");
        done(&book, Write::Book(clinic.pov, row(&text, day(n), &text))).await;
    }
    let readings = vec![reading("12345678", 1, 1, 3)];
    book.record_readings(actor().at, readings).await.unwrap();
    book.ensure_isv(&actor(), "another").await.unwrap();
    let head = book.audit_head().await.unwrap();
    (book, head)
}

/// What verification says after somebody did this to the file.
async fn after(sql: &str, with_head: bool) -> Option<Broken> {
    let directory = tempfile::tempdir().unwrap();
    let (book, head) = book(directory.path()).await;
    assert_eq!(head.sequence, 10);
    let file = directory.path().join(SqliteBook::FILE_NAME);
    Connection::open(file)
        .unwrap()
        .execute_batch(&format!(
            "DROP TRIGGER audit_kept; DROP TRIGGER audit_fixed; DROP TRIGGER audit_chained; {sql}"
        ))
        .unwrap();
    let told = Cell::new(0);
    let verdict = verify(&book, with_head.then_some(head), |read| told.set(read))
        .await
        .unwrap();
    if verdict.broken.is_none() {
        assert_eq!(told.get(), verdict.records);
    }
    verdict.broken
}

fn broken(sequence: i64, fault: ChainFault) -> Option<Broken> {
    Some(Broken { sequence, fault })
}

#[tokio::test]
async fn an_untouched_chain_holds() {
    assert_eq!(after("", true).await, None);
}

#[tokio::test]
async fn a_removed_record_is_noticed() {
    let missing = |sequence| {
        broken(
            sequence,
            ChainFault::Missing {
                found: sequence + 1,
            },
        )
    };
    assert_eq!(
        after("DELETE FROM audit WHERE sequence = 1", false).await,
        missing(1)
    );
    assert_eq!(
        after("DELETE FROM audit WHERE sequence = 5", false).await,
        missing(5)
    );
    // Whoever closes the gap breaks the hashes behind it.
    let closed = "DELETE FROM audit WHERE sequence = 5;
        UPDATE audit SET sequence = sequence - 1 WHERE sequence > 5";
    assert_eq!(after(closed, false).await, broken(5, ChainFault::Altered));
}

#[tokio::test]
async fn a_tail_that_was_cut_off_is_noticed_by_a_head_that_was_kept() {
    let cut = "DELETE FROM audit WHERE sequence > 7";
    assert_eq!(after(cut, false).await, None);
    assert_eq!(after(cut, true).await, broken(10, ChainFault::CutOff));
    assert_eq!(
        after("DELETE FROM audit", true).await,
        broken(10, ChainFault::CutOff)
    );
}

#[tokio::test]
async fn every_altered_field_is_noticed() {
    for change in [
        "at = at + 1",
        "actor = 'somebody else'",
        "action = 'cancel'",
        "pov_id = pov_id + 1",
        "day = day + 1",
        "access = 1 - access",
        "object = 'P9'",
        "rows = rows + 1",
        "hash = zeroblob(32)",
        "readings = x'00'",
        "pov_id = NULL, day = NULL",
        "actor = CAST(x'ff' AS TEXT)",
    ] {
        let sql = format!("UPDATE audit SET {change} WHERE sequence = 4");
        assert_eq!(
            after(&sql, false).await,
            broken(4, ChainFault::Altered),
            "{change}"
        );
    }
    let readings = "UPDATE audit SET readings = substr(readings, 2) WHERE sequence = 9";
    assert_eq!(after(readings, false).await, broken(9, ChainFault::Altered));
    let no_hash = "UPDATE audit SET hash = NULL WHERE sequence = 4";
    assert_eq!(after(no_hash, false).await, broken(4, ChainFault::NoHash));
}

#[tokio::test]
async fn hashes_that_are_gone_are_noticed_be_it_all_of_them() {
    let first = broken(1, ChainFault::NoHash);
    let all = "UPDATE audit SET hash = NULL";
    assert_eq!(after(all, false).await, first);
    assert_eq!(after(all, true).await, first);
    // The records at the beginning are no older than the chain.
    let begin = "UPDATE audit SET hash = NULL WHERE sequence <= 5";
    assert_eq!(after(begin, false).await, first);
    // Nor does it help to forget where the chain begins.
    let forgotten =
        format!("DROP TRIGGER audit_chain_begin_kept; DELETE FROM audit_chain_begin; {all}");
    assert_eq!(after(&forgotten, false).await, first);
    // Where it begins is put further back, but the hashes before tell.
    let put_back = "DROP TRIGGER audit_chain_begin_fixed;
        UPDATE audit_chain_begin SET sequence = 9;
        UPDATE audit SET hash = NULL WHERE sequence IN (7, 8)";
    assert_eq!(after(put_back, false).await, broken(7, ChainFault::NoHash));
}

#[tokio::test]
async fn where_the_chain_begins_is_said_once() {
    let directory = tempfile::tempdir().unwrap();
    let (book, _) = book(directory.path()).await;
    assert_eq!(book.chained_from().await.unwrap(), 1);
    let file = Connection::open(directory.path().join(SqliteBook::FILE_NAME)).unwrap();
    for change in [
        "UPDATE audit_chain_begin SET sequence = 11",
        "DELETE FROM audit_chain_begin",
    ] {
        file.execute_batch(change).unwrap_err();
    }
}

#[tokio::test]
async fn records_that_change_places_are_noticed() {
    let swapped = "UPDATE audit SET sequence = -1 WHERE sequence = 4;
        UPDATE audit SET sequence = 4 WHERE sequence = 5;
        UPDATE audit SET sequence = 5 WHERE sequence = -1;";
    assert_eq!(after(swapped, false).await, broken(4, ChainFault::Altered));
}

#[tokio::test]
async fn another_history_of_the_same_length_is_noticed_by_a_head_that_was_kept() {
    let (one, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (_, kept) = book(one.path()).await;
    let forged = SqliteBook::open(other.path()).unwrap();
    for n in 0..12 {
        let name = format!("forged {n}");
        forged.ensure_isv(&actor(), &name).await.unwrap();
    }
    let verdict = verify(&forged, Some(kept), |_| {}).await.unwrap();
    assert_eq!(verdict.broken, broken(kept.sequence, ChainFault::OtherHead));
}
