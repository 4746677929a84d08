//! Files that an earlier version of the program wrote, opened by this one: nothing is lost.
//!
//! The file of a level is made of the migrations up to it. After each of them come the rows of
//! `tests/fixtures`, so that the next one finds what a file in use would hold.

mod book;
mod ledger;
mod newer;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use rusqlite::Connection;
use rusqlite::types::Value;
use sha2::{Digest, Sha256};

/// A kind of file, by where its migrations and the rows of its levels are.
#[derive(Debug, Clone, Copy)]
struct Kind {
    migrations: &'static str,
    rows: &'static str,
    file_name: &'static str,
    application_id: i32,
}

const BOOK: Kind = Kind {
    migrations: "src/book/sqlite/migrations",
    rows: "tests/fixtures/book",
    file_name: "book.sqlite",
    application_id: 0x506f_7642,
};

const COUNTS: Kind = Kind {
    migrations: "src/book/sqlite/migrations/counts",
    rows: "tests/fixtures/counts",
    file_name: "counts.sqlite",
    application_id: 0x506f_7643,
};

const LEDGER: Kind = Kind {
    migrations: "src/ledger/sqlite/migrations",
    rows: "tests/fixtures/ledger",
    file_name: "ledger.sqlite",
    application_id: 0x5076_4c67,
};

/// A migration's file name, and its text.
type Migration = (String, String);

impl Kind {
    /// The migrations, oldest first.
    fn migrations(self) -> Vec<Migration> {
        let mut found: Vec<Migration> = fs::read_dir(within(self.migrations))
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.extension().is_some_and(|ending| ending == "sql"))
            .map(|path| (name_of(&path), fs::read_to_string(&path).unwrap()))
            .collect();
        found.sort();
        found
    }

    /// How many levels there are: this program's is the last.
    fn levels(self) -> usize {
        self.migrations().len()
    }

    /// Makes in this directory what a program of this level (1 is the first) would have left there.
    fn make(self, directory: &Path, level: usize) -> PathBuf {
        let file = directory.join(self.file_name);
        let connection = Connection::open(&file).unwrap();
        connection
            .pragma_update(None, "application_id", self.application_id)
            .unwrap();
        connection
            .execute_batch(
                "PRAGMA foreign_keys = ON; PRAGMA journal_mode = WAL;
                CREATE TABLE schema_migration (version INTEGER PRIMARY KEY, name TEXT NOT NULL,
                    sha256 TEXT NOT NULL) STRICT",
            )
            .unwrap();
        for (version, (name, sql)) in (1_i64..).zip(self.migrations()).take(level) {
            connection.execute_batch(&sql).unwrap();
            let digest: String = Sha256::digest(&sql)
                .iter()
                .map(|byte| format!("{byte:02x}"))
                .collect();
            let (_, short) = name.trim_end_matches(".sql").split_once('_').unwrap();
            connection
                .execute(
                    "INSERT INTO schema_migration VALUES (?1, ?2, ?3)",
                    (version, short, digest),
                )
                .unwrap();
            let rows = within(self.rows).join(&name);
            let rows = fs::read_to_string(&rows)
                .unwrap_or_else(|error| panic!("rows for {name} in {}: {error}", rows.display()));
            connection.execute_batch(&rows).unwrap();
        }
        file
    }
}

fn within(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

fn name_of(path: &Path) -> String {
    path.file_name().unwrap().to_str().unwrap().to_owned()
}

/// Every row of every table, each table with its columns.
type Contents = BTreeMap<String, (Vec<String>, Vec<Vec<Value>>)>;

fn contents(file: &Path) -> Contents {
    let connection = Connection::open(file).unwrap();
    let mut tables = connection
        .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
        .unwrap();
    let names: Vec<String> = tables
        .query_map((), |row| row.get(0))
        .unwrap()
        .map(Result::unwrap)
        .collect();
    let contents = names.into_iter().map(|table| {
        let columns: Vec<String> = connection
            .prepare(&format!("SELECT * FROM {table}"))
            .unwrap()
            .column_names()
            .map(str::to_owned)
            .collect();
        let rows = rows_of(&connection, &table, &columns);
        (table, (columns, rows))
    });
    contents.collect()
}

fn rows_of(connection: &Connection, table: &str, columns: &[String]) -> Vec<Vec<Value>> {
    let question = format!("SELECT {} FROM {table}", columns.join(", "));
    let mut statement = connection.prepare(&question).unwrap();
    let rows = statement.query_map((), |row| {
        (0..columns.len()).map(|column| row.get(column)).collect()
    });
    rows.unwrap().map(Result::unwrap).collect()
}

/// Every row of before is there, with the values that it had in every column that it had.
fn assert_kept(before: &Contents, file: &Path) {
    let connection = Connection::open(file).unwrap();
    for (table, (columns, rows)) in before {
        let mut left = rows_of(&connection, table, columns);
        for row in rows {
            let place = left.iter().position(|kept| kept == row);
            let place = place.unwrap_or_else(|| panic!("{row:?} of {table} is lost"));
            left.remove(place);
        }
    }
}
