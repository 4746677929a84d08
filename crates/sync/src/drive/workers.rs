//! The workers: tasks that read lists, each of them one after another.
//!
//! A worker stays for the whole run. To begin a task for every list costs as much as to look
//! through an unchanged answer does.

use std::sync::Arc;

use povline_store::StoreError;
use povline_store::ledger::Ledger;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinSet;

use super::gate::LedgerBudget;
use super::read::{Order, Read, Reader};
use crate::timetable::Task;

/// How many reads that have ended are taken back at once.
const TOGETHER_MAX: usize = 64;

/// The workers of one run. Who drops it without stopping them has them end at their next step.
pub(super) struct Workers<L> {
    reader: Arc<Reader<LedgerBudget<L>>>,
    ledger: Arc<L>,
    workers: usize,
    workers_max: usize,
    /// Where those wait for an order who read nothing, the one that has done so last at the end.
    free: Vec<Desk>,
    ended: mpsc::UnboundedReceiver<Ended>,
    end: mpsc::UnboundedSender<Ended>,
    tasks: JoinSet<()>,
}

/// Takes one order.
type Desk = oneshot::Sender<(Task, Order)>;

/// A list was read, or was not.
#[derive(Debug)]
pub(super) struct Ended {
    task: Task,
    read: Result<Box<Read>, Unread>,
    /// Where whoever read it waits for the next order; none, if that worker is no more.
    desk: Option<Desk>,
}

/// Why nothing came of a read.
#[derive(Debug)]
pub(super) enum Unread {
    /// The ledger did not say what it knows of the list, which was not even tried.
    Ledger(StoreError),
    /// Reading has panicked.
    Panicked,
}

impl<L: Ledger> Workers<L> {
    /// At most so many workers; the first of them begins when there is something to read.
    pub(super) fn new(
        reader: Arc<Reader<LedgerBudget<L>>>,
        ledger: Arc<L>,
        workers_max: usize,
    ) -> Self {
        let (end, ended) = mpsc::unbounded_channel();
        Self {
            reader,
            ledger,
            workers: 0,
            workers_max: workers_max.max(1),
            free: Vec::new(),
            ended,
            end,
            tasks: JoinSet::new(),
        }
    }

    /// Whether each of them is reading.
    pub(super) fn are_busy(&self) -> bool {
        self.free.is_empty() && self.workers >= self.workers_max
    }

    /// Whether any of them is reading.
    pub(super) fn is_any_busy(&self) -> bool {
        self.free.len() < self.workers
    }

    /// Has a list read by whoever is free, and by a new one if nobody is.
    pub(super) fn read(&mut self, task: Task, order: Order) {
        let desk = self.free.pop().unwrap_or_else(|| self.hire());
        if let Err((task, _)) = desk.send((task, order)) {
            // A worker ends when this does. Of one that has ended all the same it is told as of one
            // that panicked.
            drop(Report::new(&self.end, task));
        }
    }

    /// Waits until lists have been read, and brings them. Each is to be taken [`Workers::back`].
    pub(super) async fn ended(&mut self, ended: &mut Vec<Ended>) -> usize {
        self.ended.recv_many(ended, TOGETHER_MAX).await
    }

    /// Whoever has read a list is free again.
    pub(super) fn back(&mut self, ended: Ended) -> (Task, Result<Box<Read>, Unread>) {
        match ended.desk {
            Some(desk) => self.free.push(desk),
            None => self.workers = self.workers.saturating_sub(1),
        }
        (ended.task, ended.read)
    }

    /// Drops what is being read. When this returns, no worker does anything any more.
    pub(super) async fn stop(&mut self) {
        self.tasks.shutdown().await;
        self.free.clear();
        self.workers = 0;
    }

    fn hire(&mut self) -> Desk {
        self.workers += 1;
        let (desk, mut order) = oneshot::channel();
        let (reader, ledger) = (Arc::clone(&self.reader), Arc::clone(&self.ledger));
        let end = self.end.clone();
        self.tasks.spawn(async move {
            while let Ok((task, ordered)) = order.await {
                let report = Report::new(&end, task);
                let read = reader.read_known(&*ledger, ordered).await;
                let (desk, next) = oneshot::channel();
                order = next;
                report.read(read.map_err(Unread::Ledger), desk);
            }
        });
        desk
    }
}

/// Tells how a read ended, even if it has panicked: its list would count as being read for ever.
struct Report<'a> {
    end: &'a mpsc::UnboundedSender<Ended>,
    task: Option<Task>,
}

impl<'a> Report<'a> {
    fn new(end: &'a mpsc::UnboundedSender<Ended>, task: Task) -> Self {
        let task = Some(task);
        Self { end, task }
    }

    fn read(mut self, read: Result<Box<Read>, Unread>, desk: Desk) {
        self.tell(read, Some(desk));
    }

    fn tell(&mut self, read: Result<Box<Read>, Unread>, desk: Option<Desk>) {
        if let Some(task) = self.task.take() {
            // Nobody listens any more when the run is over.
            let _ = self.end.send(Ended { task, read, desk });
        }
    }
}

impl Drop for Report<'_> {
    fn drop(&mut self) {
        self.tell(Err(Unread::Panicked), None);
    }
}
