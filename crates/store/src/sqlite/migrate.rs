//! Brings a database's tables up to date.
//!
//! The migrations of a schema are numbered from 1 in the order of its list. What was applied is
//! recorded with the digest of its text, so that an edited migration and a database of a newer
//! program are noticed instead of being written to.

use rusqlite::{Connection, TransactionBehavior};
use sha2::{Digest, Sha256};

use super::{Fault, Schema};

/// One step in the life of a schema.
#[derive(Debug)]
pub(crate) struct Migration {
    /// The name of its file, without the number and the ending.
    pub(crate) name: &'static str,
    /// Its statements.
    pub(crate) sql: &'static str,
}

/// Applies to the database what its schema's list has and it has not.
pub(super) fn migrate(connection: &mut Connection, schema: &Schema) -> Result<(), Fault> {
    // Two processes that open the same new file wait for each other here.
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    claim(&transaction, schema)?;
    transaction.execute_batch(
        "CREATE TABLE IF NOT EXISTS schema_migration (
            version INTEGER PRIMARY KEY,
            name TEXT NOT NULL,
            sha256 TEXT NOT NULL
        ) STRICT",
    )?;
    let applied = applied(&transaction)?;
    if applied.len() > schema.migrations.len() {
        return Err(Fault::NotOurs(
            "a newer version of the program wrote it; use that one".to_owned(),
        ));
    }
    for (index, migration) in schema.migrations.iter().enumerate() {
        let version = index as i64 + 1;
        let digest = hex(&Sha256::digest(migration.sql));
        match applied.get(index) {
            Some((number, recorded)) if *number == version && *recorded == digest => {}
            Some(_) => {
                return Err(Fault::NotOurs(format!(
                    "its migration {version} is not this program's {}; use the program that \
                     wrote it",
                    migration.name
                )));
            }
            None => {
                transaction.execute_batch(migration.sql)?;
                transaction.execute(
                    "INSERT INTO schema_migration (version, name, sha256) VALUES (?1, ?2, ?3)",
                    (version, migration.name, digest),
                )?;
            }
        }
    }
    transaction.commit()?;
    Ok(())
}

/// Marks a new file as a book of this kind, and refuses one that is something else.
fn claim(connection: &Connection, schema: &Schema) -> Result<(), Fault> {
    let mark: i32 = connection.pragma_query_value(None, "application_id", |row| row.get(0))?;
    if mark == schema.application_id {
        return Ok(());
    }
    let tables: i64 =
        connection.query_row("SELECT count(*) FROM sqlite_schema", (), |row| row.get(0))?;
    if mark != 0 || tables != 0 {
        return Err(Fault::NotOurs("it is another database".to_owned()));
    }
    connection.pragma_update(None, "application_id", schema.application_id)?;
    Ok(())
}

fn applied(connection: &Connection) -> Result<Vec<(i64, String)>, Fault> {
    let mut statement =
        connection.prepare("SELECT version, sha256 FROM schema_migration ORDER BY version")?;
    let rows = statement.query_map((), |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
