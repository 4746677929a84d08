//! Connections that only read.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::JoinHandle;

use parking_lot::Mutex;
use rusqlite::Connection;
use tokio::sync::{mpsc, oneshot};

use super::{Fault, Schema, connection};
use crate::{StoreError, StoreErrorKind};

/// Connections kept open while nobody reads; more are opened when more read at once.
const IDLE_MAX: usize = 16;

/// Long reads that may wait.
const QUEUED_MAX: usize = 64;

/// Steps of the engine's machine between two looks at whether a read is still wanted: some 50 µs.
const STEPS_BETWEEN_LOOKS: i32 = 1_000;

/// The connections for short reads, used where they are asked for.
#[derive(Debug)]
pub(super) struct Readers {
    file: PathBuf,
    mapped_bytes: i64,
    idle: Mutex<Vec<Connection>>,
}

impl Readers {
    pub(super) fn new(file: PathBuf, mapped_bytes: i64) -> Self {
        Self {
            file,
            mapped_bytes,
            idle: Mutex::new(Vec::new()),
        }
    }

    /// A connection that nobody else uses until it is dropped.
    pub(super) fn take(readers: &Arc<Self>) -> Result<Reader, Fault> {
        let idle = readers.idle.lock().pop();
        let connection = match idle {
            Some(connection) => connection,
            None => connection::open_reader(&readers.file, readers.mapped_bytes)?,
        };
        Ok(Reader {
            connection: Some(connection),
            readers: Arc::clone(readers),
        })
    }
}

/// A read-only connection for as long as it is held.
#[derive(Debug)]
pub(crate) struct Reader {
    // `None` while it is dropped, and if its state is not known.
    connection: Option<Connection>,
    readers: Arc<Readers>,
}

impl Reader {
    /// Reads with it. Each call stands for itself unless [`Reader::begin`] came before.
    pub(crate) fn read<T>(
        &self,
        what: &str,
        read: impl FnOnce(&Connection) -> Result<T, Fault>,
    ) -> Result<T, StoreError> {
        match &self.connection {
            Some(connection) => read(connection).map_err(|fault| fault.during(what)),
            None => Err(stopped(what)),
        }
    }

    /// The same for as long as `is_wanted`: a statement that runs beyond is interrupted.
    pub(super) fn read_while<T>(
        &mut self,
        what: &'static str,
        is_wanted: impl Fn() -> bool + Send + 'static,
        read: impl FnOnce(&Connection) -> Result<T, Fault>,
    ) -> Result<T, StoreError> {
        let mut connection = self.connection.take().ok_or_else(|| stopped(what))?;
        let interrupt = Some(move || !is_wanted());
        let during = |error| Fault::from(error).during(what);
        connection
            .progress_handler(STEPS_BETWEEN_LOOKS, interrupt)
            .map_err(during)?;
        let result = catch_unwind(AssertUnwindSafe(|| read(&connection)));
        // Whoever has the connection next is not to be interrupted. If this fails it is closed.
        connection
            .progress_handler(0, None::<fn() -> bool>)
            .map_err(during)?;
        self.connection = Some(connection);
        match result {
            Ok(result) => result.map_err(|fault| fault.during(what)),
            Err(_) => Err(panicked(what)),
        }
    }

    /// From here on, everything is read as of one instant, until the reader is dropped.
    pub(crate) fn begin(&self, what: &str) -> Result<(), StoreError> {
        self.read(what, |connection| {
            connection.prepare_cached("BEGIN")?.execute(())?;
            Ok(())
        })
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        let Some(connection) = self.connection.take() else {
            return;
        };
        if !connection.is_autocommit() && end(&connection).is_err() {
            return; // A connection whose state is unknown is closed, not kept.
        }
        let mut idle = self.readers.idle.lock();
        if idle.len() < IDLE_MAX {
            idle.push(connection);
        }
    }
}

fn end(connection: &Connection) -> rusqlite::Result<()> {
    connection.prepare_cached("COMMIT")?.execute(()).map(drop)
}

type LongRead = Box<dyn FnOnce(&Connection) + Send>;

/// The thread for reads that would block async code for too long.
pub(super) struct LongReader {
    // `None` only while it is dropped.
    queue: Option<mpsc::Sender<LongRead>>,
    thread: Option<JoinHandle<()>>,
}

impl LongReader {
    pub(super) fn start(schema: &Schema, file: &Path) -> Result<Self, Fault> {
        let connection = connection::open_reader(file, schema.mapped_bytes)?;
        let (queue, mut reads) = mpsc::channel::<LongRead>(QUEUED_MAX);
        let thread = std::thread::Builder::new()
            .name(format!("{}-reader", schema.name))
            .spawn(move || {
                while let Some(read) = reads.blocking_recv() {
                    read(&connection);
                }
            })
            .map_err(no_thread)?;
        Ok(Self {
            queue: Some(queue),
            thread: Some(thread),
        })
    }

    pub(super) async fn run<T, F>(&self, what: &'static str, read: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T, Fault> + Send + 'static,
    {
        let (answer, answered) = oneshot::channel();
        let long_read: LongRead = Box::new(move |connection| {
            // Nobody waits any longer: not worth reading.
            if !answer.is_closed() {
                let result = catch_unwind(AssertUnwindSafe(|| in_one_instant(connection, read)));
                let result = match result {
                    Ok(result) => result.map_err(|fault| fault.during(what)),
                    Err(_) => Err(panicked(what)),
                };
                // Whoever asked may have left meanwhile; a read leaves nothing to undo.
                let _ = answer.send(result);
            }
        });
        let queue = self.queue.as_ref().ok_or_else(|| stopped(what))?;
        queue.send(long_read).await.map_err(|_| stopped(what))?;
        answered.await.map_err(|_| stopped(what))?
    }
}

/// Runs a read within a transaction that is over when it returns or panics.
fn in_one_instant<T>(
    connection: &Connection,
    read: impl FnOnce(&Connection) -> Result<T, Fault>,
) -> Result<T, Fault> {
    let transaction = connection.unchecked_transaction()?;
    let result = read(&transaction)?;
    transaction.commit()?;
    Ok(result)
}

impl Drop for LongReader {
    fn drop(&mut self) {
        self.queue = None;
        join(self.thread.take());
    }
}

impl fmt::Debug for LongReader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LongReader")
    }
}

/// Waits for a thread of the store, unless it is this one: a job may hold the last handle.
pub(super) fn join(thread: Option<JoinHandle<()>>) {
    if let Some(thread) = thread
        && thread.thread().id() != std::thread::current().id()
    {
        // It catches and tells the panics of its jobs; there is none of its own to pass on.
        let _ = thread.join();
    }
}

pub(super) fn stopped(what: &str) -> StoreError {
    StoreError::new(StoreErrorKind::Unavailable, what)
        .caused_by("the store's thread has stopped; start the program again")
}

/// The error of a job that panicked; the thread lives on.
pub(super) fn panicked(what: &'static str) -> StoreError {
    tracing::error!(what, "a job on the store panicked");
    StoreError::new(StoreErrorKind::Unavailable, what)
        .caused_by("the program has a fault there; its log says where")
}

pub(super) fn no_thread(error: std::io::Error) -> Fault {
    Fault::Store(
        StoreError::new(
            StoreErrorKind::Unavailable,
            "start the threads of the store",
        )
        .caused_by(error),
    )
}
