//! What it costs to ask for the lists from a day on: those lists, and not all that are kept.

use rusqlite::Connection;

use super::{SCHEMA, sql};
use crate::sqlite::Database;

#[test]
fn past_days_are_not_gone_through() {
    let directory = tempfile::tempdir().unwrap();
    drop(Database::open(directory.path(), &SCHEMA).unwrap());
    let connection = Connection::open(directory.path().join(SCHEMA.file_name)).unwrap();
    for statement in [sql::DAY_LIST, sql::DAY_CHECKS_FROM] {
        let plan: Vec<String> = connection
            .prepare(&format!("EXPLAIN QUERY PLAN {statement}"))
            .unwrap()
            .query_map([0], |row| row.get("detail"))
            .unwrap()
            .map(Result::unwrap)
            .collect();
        assert_eq!(
            plan.last().map(String::as_str),
            Some("SEARCH day USING PRIMARY KEY (pov=? AND day>?)"),
            "{plan:?}"
        );
    }
}
