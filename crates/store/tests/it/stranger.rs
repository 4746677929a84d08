//! A stranger's database is asked and not changed.

use povline_store::{StoreErrorKind, query_rows};
use rusqlite::Connection;

#[test]
fn rows_come_with_the_names_of_the_query() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("theirs.db");
    let theirs = Connection::open(&path).unwrap();
    theirs
        .execute_batch("create table t (id text, status integer, note text); insert into t values ('A1', 0, null);")
        .unwrap();
    let rows = query_rows(
        &path,
        "select id as appointment_id, status as pick_status, note from t",
    );
    let told = |name: &str, value: Option<&str>| (name.to_owned(), value.map(str::to_owned));
    assert_eq!(
        rows.unwrap(),
        [[
            told("appointment_id", Some("A1")),
            told("pick_status", Some("0")),
            told("note", None)
        ]]
    );
    let refused = query_rows(&path, "delete from t").unwrap_err();
    assert_eq!(refused.kind(), StoreErrorKind::Refused);
    let rows: i64 = theirs
        .query_row("select count(*) from t", [], |row| row.get(0))
        .unwrap();
    assert_eq!(rows, 1);
    let absent = query_rows(&directory.path().join("absent.db"), "select 1").unwrap_err();
    assert_eq!(absent.kind(), StoreErrorKind::Unavailable);
}
