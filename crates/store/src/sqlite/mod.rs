//! What the two books share of SQLite: how a file is opened, migrated, written and read.
//!
//! One thread owns the only connection that writes. It may fold queued jobs into one durable
//! commit, each behind its own savepoint, and answers them after the commit. Short reads run where
//! they are asked for, on read-only connections; long ones one after the other on a thread of their
//! own, or apart from all others. Nothing here knows an appointment, and nothing outside this crate
//! sees a type of SQLite.

mod apart;
mod bytes;
mod connection;
mod fault;
mod migrate;
mod readers;
#[cfg(test)]
mod tests;
mod turn;
mod writer;

pub(crate) use bytes::{Put, Take};
pub(crate) use fault::{Fault, corrupt};
pub(crate) use migrate::Migration;
pub(crate) use readers::Reader;
pub(crate) use turn::Patience;
pub(crate) use writer::Verdict;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rusqlite::Connection;
use tokio::sync::watch;

use crate::StoreError;
use readers::{LongReader, Readers};
use writer::{Kind, Writer};

/// What makes a database file one of our books.
#[derive(Debug)]
pub(crate) struct Schema {
    /// What the book is called in messages: `book`, `ledger`.
    pub(crate) name: &'static str,
    /// Its file within a directory.
    pub(crate) file_name: &'static str,
    /// The mark in the file's header by which one kind of book is not taken for the other.
    pub(crate) application_id: i32,
    /// How its tables came to be, oldest first. One that was released is never edited.
    pub(crate) migrations: &'static [Migration],
    /// How much of the file is read through the system's page cache instead of by copying, in
    /// bytes. What was read so counts as the process's memory for as long as the file is open.
    pub(crate) mapped_bytes: i64,
    /// The pages that the writer keeps in memory at most, in KiB. It takes them as it needs them
    /// and gives none back, so where pages are written once and not read, few are enough.
    pub(crate) writer_cache_kib: i64,
}

/// An open database. Clones are the same one; when the last is dropped, the queued jobs are done
/// and the file is closed before the drop returns.
#[derive(Debug, Clone)]
pub(crate) struct Database {
    // The writer is dropped, and with it its connection closed, after all readers.
    long_reader: Arc<LongReader>,
    readers: Arc<Readers>,
    writer: Arc<Writer>,
}

impl Database {
    /// Opens the database in this file, or in the schema's file of this directory; makes it if
    /// there is none, and brings its tables up to date.
    pub(crate) fn open(path: &Path, schema: &Schema) -> Result<Self, StoreError> {
        Self::open_with(path, schema, |_| Ok(()))
    }

    /// The same, and runs `first` once the tables are there and before anything else may.
    pub(crate) fn open_with(
        path: &Path,
        schema: &Schema,
        first: impl FnOnce(&Connection) -> Result<(), Fault>,
    ) -> Result<Self, StoreError> {
        let file = if path.is_dir() {
            path.join(schema.file_name)
        } else {
            path.to_path_buf()
        };
        let opened = || -> Result<Self, Fault> {
            let mut connection = connection::open_writer(&file, schema)?;
            migrate::migrate(&mut connection, schema)?;
            first(&connection)?;
            Ok(Self {
                writer: Arc::new(Writer::start(schema.name, connection)?),
                long_reader: Arc::new(LongReader::start(schema, &file)?),
                readers: Arc::new(Readers::new(file.clone(), schema.mapped_bytes)),
            })
        };
        opened().map_err(|fault| fault.during(&opening(schema, &file)))
    }

    /// Runs a job on the writer thread and answers once it is durable. Jobs that wait together may
    /// share a commit; one that fails leaves no trace.
    ///
    /// A job that was handed over is done even if nobody waits for the answer any longer.
    pub(crate) async fn write<T, F>(&self, what: &'static str, job: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T, Fault> + Send + 'static,
    {
        let job = |connection: &Connection| job(connection).map(Verdict::Keep);
        self.writer.run(what, Kind::LOUD, job).await
    }

    /// The same; calls `if_lost` if the transaction is lost in which the job was done. That is
    /// before the next transaction begins, so what was remembered of this one misleads nobody.
    pub(crate) async fn write_minding_loss<T, F, L>(
        &self,
        what: &'static str,
        job: F,
        if_lost: L,
    ) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T, Fault> + Send + 'static,
        L: FnOnce() + Send + 'static,
    {
        let job = |connection: &Connection| job(connection).map(Verdict::Keep);
        self.writer
            .run_minding_loss(what, Kind::LOUD, job, if_lost)
            .await
    }

    /// The same, without waking those who watch [`Database::commits`]: they have no use for it.
    pub(crate) async fn write_quietly<T, F>(
        &self,
        what: &'static str,
        job: F,
    ) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T, Fault> + Send + 'static,
    {
        let job = |connection: &Connection| job(connection).map(Verdict::Keep);
        self.writer.run(what, Kind::QUIET, job).await
    }

    /// Like [`Database::write`], for a job that may also decide that nothing of it is to stay.
    pub(crate) async fn write_or_discard<T, F>(
        &self,
        what: &'static str,
        job: F,
    ) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<Verdict<T>, Fault> + Send + 'static,
    {
        self.writer.run(what, Kind::LOUD, job).await
    }

    /// The same for a job that waits no longer for its turn than `patience` says. One whose turn
    /// does not come fails as busy and is never done.
    pub(crate) async fn write_in_turn<T, F>(
        &self,
        what: &'static str,
        patience: Patience,
        job: F,
    ) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<Verdict<T>, Fault> + Send + 'static,
    {
        self.writer
            .run_in_turn(what, Kind::LOUD, patience, job)
            .await
    }

    /// The same for a long job in a transaction of its own.
    pub(crate) async fn write_alone_in_turn<T, F>(
        &self,
        what: &'static str,
        patience: Patience,
        job: F,
    ) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<Verdict<T>, Fault> + Send + 'static,
    {
        self.writer
            .run_in_turn(what, Kind::ALONE, patience, job)
            .await
    }

    /// Runs a long job in a transaction of its own, which it may also decide to discard.
    pub(crate) async fn write_alone<T, F>(
        &self,
        what: &'static str,
        job: F,
    ) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<Verdict<T>, Fault> + Send + 'static,
    {
        self.writer.run(what, Kind::ALONE, job).await
    }

    /// Reads something small here and now: at most some 500 µs, because it may be called from
    /// async code and blocks it.
    pub(crate) fn read<T>(
        &self,
        what: &'static str,
        read: impl FnOnce(&Connection) -> Result<T, Fault>,
    ) -> Result<T, StoreError> {
        self.reader(what)?.read(what, read)
    }

    /// A read-only connection to keep for several small reads, if need be of one instant.
    pub(crate) fn reader(&self, what: &'static str) -> Result<Reader, StoreError> {
        Readers::take(&self.readers).map_err(|fault| fault.during(what))
    }

    /// Reads something large on the thread for long reads, all from one instant. It waits for those
    /// that were asked for before, however long they take.
    pub(crate) async fn read_long<T, F>(&self, what: &'static str, read: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T, Fault> + Send + 'static,
    {
        self.long_reader.run(what, read).await
    }

    /// Reads something large, all from one instant, on a thread and a connection that nobody else
    /// uses meanwhile. Who drops the future interrupts the read. Nothing bounds how many there are:
    /// who does this for strangers must.
    pub(crate) async fn read_apart<T, F>(
        &self,
        what: &'static str,
        read: F,
    ) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T, Fault> + Send + 'static,
    {
        apart::run(&self.readers, what, read).await
    }

    /// Sees every commit of this process that changed something.
    pub(crate) fn commits(&self) -> watch::Receiver<u64> {
        self.writer.commits()
    }
}

fn opening(schema: &Schema, file: &Path) -> String {
    format!("open the {} in {}", schema.name, shown(file).display())
}

/// The file as a person looks for it.
fn shown(file: &Path) -> PathBuf {
    std::path::absolute(file).unwrap_or_else(|_| file.to_path_buf())
}
