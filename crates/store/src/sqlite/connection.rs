//! How a database file is opened.

use std::fs::OpenOptions;
use std::path::Path;
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};

use super::{Fault, Schema};
use crate::{StoreError, StoreErrorKind};

/// How long a process waits for another one that writes to the same file.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// A long log is cut back to this after it was written into the database.
const LOG_BYTES_KEPT: i64 = 64 << 20;

/// More statements than either book has.
const STATEMENTS_CACHED: usize = 128;

/// Opens the one connection of a process that writes, and makes the file if there is none.
pub(super) fn open_writer(file: &Path, schema: &Schema) -> Result<Connection, Fault> {
    create_private(file)?;
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(file, flags)?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    connection
        .pragma_update_and_check(None, "journal_mode", "WAL", |row| row.get::<_, String>(0))?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.pragma_update_and_check(None, "journal_size_limit", LOG_BYTES_KEPT, |_| Ok(()))?;
    // What a savepoint may have to undo stays in memory, and so do the pages of a large
    // transaction until its commit, instead of going through files first.
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    connection.pragma_update(None, "cache_size", -schema.writer_cache_kib)?;
    // What is deleted holds patients' names: it is overwritten where that costs no further page.
    connection.pragma_update_and_check(None, "secure_delete", "FAST", |_| Ok(()))?;
    configure(&connection, schema.mapped_bytes)?;
    Ok(connection)
}

/// Opens a connection that can only read a database which [`open_writer`] made.
pub(super) fn open_reader(file: &Path, mapped_bytes: i64) -> Result<Connection, Fault> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(file, flags)?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    configure(&connection, mapped_bytes)?;
    Ok(connection)
}

/// What every connection has in common: nothing in a file is trusted to be more than data, and a
/// statement keeps the plan that it was prepared with. Without that, SQLite plans a statement anew
/// whenever a value is bound to its `LIMIT`, which costs more than reading a day.
fn configure(connection: &Connection, mapped_bytes: i64) -> Result<(), Fault> {
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DQS_DML, false)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DQS_DDL, false)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    connection.pragma_update_and_check(None, "mmap_size", mapped_bytes, |_| Ok(()))?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS_CACHED);
    Ok(())
}

/// Makes the file readable for its owner alone before anything is in it: it will hold names and
/// secrets. SQLite gives its log the same rights.
fn create_private(file: &Path) -> Result<(), Fault> {
    let mut options = OpenOptions::new();
    options.create(true).append(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(file).map(drop).map_err(|error| {
        let what = format!("create or write {}", super::shown(file).display());
        Fault::Store(StoreError::new(StoreErrorKind::Unavailable, what).caused_by(error))
    })
}
