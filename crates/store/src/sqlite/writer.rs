//! The one thread that writes.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread::JoinHandle;

use rusqlite::Connection;
use tokio::sync::{mpsc, oneshot, watch};

use super::Fault;
use super::readers::{join, no_thread, panicked, stopped};
use super::turn::{Patience, Turn};
use crate::{StoreError, StoreErrorKind};

/// Jobs that may wait; whoever hands in another waits for room.
const QUEUED_MAX: usize = 256;

/// Jobs that share one durable commit at most.
const FOLDED_MAX: usize = 64;

/// What a job made, and whether its writes are to stay.
#[derive(Debug)]
pub(crate) enum Verdict<T> {
    /// They stay.
    Keep(T),
    /// They are undone; only the answer remains.
    Discard(T),
}

/// The queue of the writer thread.
pub(super) struct Writer {
    // `None` only while it is dropped.
    queue: Option<mpsc::Sender<Queued>>,
    thread: Option<JoinHandle<()>>,
    commits: watch::Receiver<u64>,
}

/// How a job is done.
#[derive(Debug, Clone, Copy)]
pub(super) struct Kind {
    /// Whether it may share a commit with its neighbours.
    folds: bool,
    /// Whether its commit is told to those who watch.
    told: bool,
}

impl Kind {
    /// Shares commits, and is told.
    pub(super) const LOUD: Self = Self {
        folds: true,
        told: true,
    };
    /// Shares commits, and is not told.
    pub(super) const QUIET: Self = Self {
        folds: true,
        told: false,
    };
    /// In a transaction of its own, and told.
    pub(super) const ALONE: Self = Self {
        folds: false,
        told: true,
    };
}

/// A job in the queue.
struct Queued {
    kind: Kind,
    work: Box<dyn Work>,
}

/// A job without its type.
trait Work: Send {
    /// Whether it was not taken back.
    fn is_wanted(&self) -> bool;
    /// Does it, unless it was taken back, and keeps the result; whether its writes are to stay.
    fn run(&mut self, connection: &Connection) -> bool;
    /// Answers, after the commit. `lost` says why nothing of the transaction was kept.
    fn answer(self: Box<Self>, lost: Option<&Lost>);
}

/// Why a transaction was lost as a whole.
struct Lost {
    kind: StoreErrorKind,
    cause: String,
}

impl From<rusqlite::Error> for Lost {
    fn from(error: rusqlite::Error) -> Self {
        let cause = error.to_string();
        let kind = Fault::from(error).during("").kind();
        Self { kind, cause }
    }
}

impl Writer {
    pub(super) fn start(name: &str, connection: Connection) -> Result<Self, Fault> {
        let (queue, jobs) = mpsc::channel(QUEUED_MAX);
        let (committed, commits) = watch::channel(0);
        let thread = std::thread::Builder::new()
            .name(format!("{name}-writer"))
            .spawn(move || work_off(&connection, jobs, &committed))
            .map_err(no_thread)?;
        Ok(Self {
            queue: Some(queue),
            thread: Some(thread),
            commits,
        })
    }

    pub(super) async fn run<T, F>(
        &self,
        what: &'static str,
        kind: Kind,
        job: F,
    ) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<Verdict<T>, Fault> + Send + 'static,
    {
        self.run_minding_loss(what, kind, job, || ()).await
    }

    pub(super) async fn run_in_turn<T, F>(
        &self,
        what: &'static str,
        kind: Kind,
        patience: Patience,
        job: F,
    ) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<Verdict<T>, Fault> + Send + 'static,
    {
        let turn = Turn::default();
        let done = self.hand_over(what, kind, turn.clone(), job, || ());
        patience.wait(what, turn, done).await
    }

    pub(super) async fn run_minding_loss<T, F, L>(
        &self,
        what: &'static str,
        kind: Kind,
        job: F,
        if_lost: L,
    ) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<Verdict<T>, Fault> + Send + 'static,
        L: FnOnce() + Send + 'static,
    {
        let turn = Turn::default();
        self.hand_over(what, kind, turn, job, if_lost).await
    }

    async fn hand_over<T, F, L>(
        &self,
        what: &'static str,
        kind: Kind,
        turn: Turn,
        job: F,
        if_lost: L,
    ) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<Verdict<T>, Fault> + Send + 'static,
        L: FnOnce() + Send + 'static,
    {
        let (answer, answered) = oneshot::channel();
        let work = Box::new(Job {
            what,
            turn,
            job: Some(job),
            if_lost,
            result: None,
            answer,
        });
        let queue = self.queue.as_ref().ok_or_else(|| stopped(what))?;
        let queued = Queued { kind, work };
        queue.send(queued).await.map_err(|_| stopped(what))?;
        answered.await.map_err(|_| stopped(what))?
    }

    pub(super) fn commits(&self) -> watch::Receiver<u64> {
        let mut commits = self.commits.clone();
        commits.mark_unchanged();
        commits
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.queue = None;
        join(self.thread.take());
    }
}

impl fmt::Debug for Writer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Writer")
    }
}

struct Job<T, F, L> {
    what: &'static str,
    turn: Turn,
    job: Option<F>,
    if_lost: L,
    result: Option<Result<T, StoreError>>,
    answer: oneshot::Sender<Result<T, StoreError>>,
}

impl<T, F, L> Work for Job<T, F, L>
where
    T: Send,
    F: FnOnce(&Connection) -> Result<Verdict<T>, Fault> + Send,
    L: FnOnce() + Send,
{
    fn is_wanted(&self) -> bool {
        self.turn.is_open()
    }

    fn run(&mut self, connection: &Connection) -> bool {
        let Some(job) = self.job.take().filter(|_| self.turn.settle()) else {
            return false;
        };
        // Whatever a panicking job leaves half done is undone.
        let done = catch_unwind(AssertUnwindSafe(|| job(connection)));
        let (result, stays) = match done {
            Ok(Ok(Verdict::Keep(value))) => (Ok(value), true),
            Ok(Ok(Verdict::Discard(value))) => (Ok(value), false),
            Ok(Err(fault)) => (Err(fault.during(self.what)), false),
            Err(_) => (Err(panicked(self.what)), false),
        };
        self.result = Some(result);
        stays
    }

    fn answer(self: Box<Self>, lost: Option<&Lost>) {
        if lost.is_some() {
            (self.if_lost)();
        }
        let result = match (self.result, lost) {
            (Some(result), None) => result,
            (_, Some(lost)) => {
                Err(StoreError::new(lost.kind, self.what).caused_by(lost.cause.clone()))
            }
            (None, None) => Err(stopped(self.what)),
        };
        // Whoever asked may have left; the write stands all the same.
        let _ = self.answer.send(result);
    }
}

/// Works off the queue until every handle is gone.
fn work_off(
    connection: &Connection,
    mut jobs: mpsc::Receiver<Queued>,
    committed: &watch::Sender<u64>,
) {
    let mut next = None;
    while let Some(first) = next.take().or_else(|| jobs.blocking_recv()) {
        if !first.work.is_wanted() {
            // Another process may hold the file, and each transaction waits for it anew.
            continue;
        }
        let changes_before = connection.total_changes();
        let mut done = Vec::new();
        let mut told = first.kind.told;
        let outcome = transact(connection, first, &mut done, || {
            match jobs.try_recv() {
                Ok(job) if job.kind.folds => {
                    told |= job.kind.told;
                    Some(job)
                }
                // It begins the next transaction.
                Ok(job) => {
                    next = Some(job);
                    None
                }
                Err(_) => None,
            }
        });
        if let Ok(true) = outcome
            && told
            && connection.total_changes() != changes_before
        {
            committed.send_modify(|commits| *commits += 1);
        }
        let lost = outcome.err();
        for work in done {
            work.answer(lost.as_ref());
        }
    }
}

/// Runs a job, and those that fold with it, in one transaction; whether anything was committed.
fn transact(
    connection: &Connection,
    first: Queued,
    done: &mut Vec<Box<dyn Work>>,
    mut more: impl FnMut() -> Option<Queued>,
) -> Result<bool, Lost> {
    let Queued { kind, mut work } = first;
    if let Err(error) = execute(connection, "BEGIN IMMEDIATE") {
        done.push(work);
        return Err(error.into());
    }
    let outcome = if kind.folds {
        fold(connection, work, done, &mut more)
    } else {
        let stays = work.run(connection);
        done.push(work);
        Ok(stays)
    };
    let committed = outcome.and_then(|stays| {
        if connection.is_autocommit() {
            // The engine gave the transaction up: the disk is full, or it cannot be written.
            return if stays { Err(given_up()) } else { Ok(false) };
        }
        execute(connection, if stays { "COMMIT" } else { "ROLLBACK" })?;
        Ok(stays)
    });
    if committed.is_err() && !connection.is_autocommit() {
        // If even this fails, the next BEGIN does too, and says so to whoever asked for it.
        let _ = execute(connection, "ROLLBACK");
    }
    committed
}

/// Runs jobs one behind the other; whether any is to stay. The first is alone in the transaction: if
/// it does not stay, nobody joins it, and all is undone. Each of the others is behind a savepoint,
/// which costs a copy of every page that it writes to.
fn fold(
    connection: &Connection,
    mut first: Box<dyn Work>,
    done: &mut Vec<Box<dyn Work>>,
    more: &mut impl FnMut() -> Option<Queued>,
) -> Result<bool, Lost> {
    let stays = first.run(connection);
    done.push(first);
    if !stays {
        return Ok(false);
    }
    if connection.is_autocommit() {
        return Err(given_up());
    }
    while done.len() < FOLDED_MAX
        && let Some(Queued { mut work, .. }) = more()
    {
        let began = execute(connection, "SAVEPOINT job");
        let stays = began.is_ok() && work.run(connection);
        done.push(work);
        began?;
        if connection.is_autocommit() {
            return Err(given_up());
        }
        if !stays {
            execute(connection, "ROLLBACK TO job")?;
        }
        execute(connection, "RELEASE job")?;
    }
    Ok(true)
}

fn execute(connection: &Connection, sql: &str) -> rusqlite::Result<()> {
    connection.prepare_cached(sql)?.execute(()).map(drop)
}

fn given_up() -> Lost {
    Lost {
        kind: StoreErrorKind::Unavailable,
        cause: "the database gave the transaction up; look at the disk's space and health".into(),
    }
}
