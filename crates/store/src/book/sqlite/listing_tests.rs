//! What it costs to list bookings: an ISV's own, and no more than are asked for.

use rusqlite::{Connection, StatementStatus};

use super::SCHEMA;
use super::sql::LISTS_CHANGED;
use super::sql::write_side::{BOOKING_RECORD, CHANGED_BOOKINGS};
use crate::sqlite::Database;

/// Of each of two ISVs 5,000 bookings of two vaccines, one made every millisecond, half cancelled.
fn busy_book() -> (tempfile::TempDir, Connection) {
    let directory = tempfile::tempdir().unwrap();
    drop(Database::open(directory.path(), &SCHEMA).unwrap());
    let connection = Connection::open(directory.path().join(SCHEMA.file_name)).unwrap();
    connection
        .execute_batch(
            "PRAGMA foreign_keys = ON;
            INSERT INTO isv VALUES (1, 'one'), (2, 'two');
            INSERT INTO pov VALUES (1, 1, '00001', NULL), (2, 2, '00001', NULL);
            CREATE TEMP TABLE made AS WITH RECURSIVE made (n) AS (
                SELECT 1 UNION ALL SELECT n + 1 FROM made WHERE n < 10000) SELECT n FROM made;
            INSERT INTO appointment SELECT 1 + n % 2, 18000, n, 'P' || n, 31457790, 'c' || n, 0, '测试'
                FROM made WHERE n % 4 < 2;
            INSERT INTO cancelled_appointment SELECT 'P' || n, 1 + n % 2, 18000, 31457790, '测试', n
                FROM made WHERE n % 4 >= 2;
            INSERT INTO booking SELECT n, 'P' || n, 'V' || (n % 3 % 2), n, n, 1 + n % 2 FROM made;",
        )
        .unwrap();
    (directory, connection)
}

/// How many rows a statement gives, and how many steps of the engine's machine they took.
fn cost(connection: &Connection, sql: &str, values: impl rusqlite::Params) -> (i32, i32) {
    let mut statement = connection.prepare(sql).unwrap();
    let mut rows = statement.query(values).unwrap();
    let mut count = 0;
    while rows.next().unwrap().is_some() {
        count += 1;
    }
    drop(rows);
    let scanned = statement.get_status(StatementStatus::FullscanStep);
    assert_eq!(scanned, 0, "no table is gone through");
    (count, statement.get_status(StatementStatus::VmStep))
}

#[test]
fn a_list_costs_what_is_on_it_whatever_others_have() {
    let (_directory, connection) = busy_book();
    for since in [9_900, 9_000, 1] {
        let (rows, steps) = cost(&connection, CHANGED_BOOKINGS, (1, "V1", since));
        assert!(rows >= 10, "{rows} since {since}");
        assert!(steps <= 40 * rows, "{rows} rows took {steps} steps");
    }
    let (rows, steps) = cost(&connection, CHANGED_BOOKINGS, (1, "V7", 1));
    assert!(rows == 0 && steps < 100, "{rows} rows took {steps} steps");
}

#[test]
fn a_booking_is_read_alone() {
    let (_directory, connection) = busy_book();
    for number in [2, 4, 9_998, 10_000] {
        let (rows, steps) = cost(&connection, BOOKING_RECORD, [number]);
        assert!(rows == 1 && steps < 100, "{rows} rows took {steps} steps");
    }
}

#[test]
fn every_table_is_searched_by_an_index() {
    let (_directory, connection) = busy_book();
    let plan: Vec<String> = connection
        .prepare(&format!("EXPLAIN QUERY PLAN {CHANGED_BOOKINGS}"))
        .unwrap()
        .query_map((1, "V1", 1), |row| row.get("detail"))
        .unwrap()
        .map(Result::unwrap)
        .collect();
    assert_eq!(
        plan[0],
        "SEARCH booking USING INDEX booking_listed (isv_id=? AND vaccine_id=? AND changed_at>?)"
    );
    assert!(
        plan.iter().all(|step| step.starts_with("SEARCH ")),
        "{plan:?}"
    );
}

#[test]
fn a_look_at_what_changed_reads_the_records_behind_its_cursor() {
    let (_directory, connection) = busy_book();
    let plan: String = connection
        .prepare(&format!("EXPLAIN QUERY PLAN {LISTS_CHANGED}"))
        .unwrap()
        .query_row((1, 10_001, 0), |row| row.get("detail"))
        .unwrap();
    assert_eq!(
        plan,
        "SEARCH audit USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)"
    );
}
