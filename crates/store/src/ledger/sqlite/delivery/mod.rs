//! Delivery on SQLite.

mod erase;
mod letters;
mod outbox;
mod sinks;
mod sql;
mod table;

use povline_domain::UnixMillis;
use rusqlite::Connection;
use tokio::sync::watch;

use super::SqliteLedger;
use crate::StoreError;
use crate::ledger::{
    Again, DeadLetter, Deliveries, EventCursor, Outbox, SinkName, SinkStart, SinkState, SinkStatus,
    SinkStep, TableLine, ToldEvent,
};

impl Deliveries for SqliteLedger {
    async fn ledger_id(&self) -> Result<String, StoreError> {
        self.database.read("read the ledger's id", outbox::identity)
    }

    async fn outbox(&self, cursor: EventCursor, events_max: usize) -> Result<Outbox, StoreError> {
        let read = move |connection: &Connection| outbox::after(connection, cursor, events_max);
        self.database.read_long("read the outbox", read).await
    }

    async fn told(&self, cursors: Vec<EventCursor>) -> Result<Vec<ToldEvent>, StoreError> {
        let read = move |connection: &Connection| outbox::told(connection, &cursors);
        self.database.read_long("read events", read).await
    }

    async fn cursor_before(&self, at: UnixMillis) -> Result<EventCursor, StoreError> {
        let read = move |connection: &Connection| outbox::cursor_before(connection, at);
        self.database.read_long("look for an event", read).await
    }

    async fn enlist(
        &self,
        name: &SinkName,
        kind: &'static str,
        start: SinkStart,
    ) -> Result<SinkState, StoreError> {
        let name = name.clone();
        let enlist = move |connection: &Connection| sinks::enlist(connection, &name, kind, start);
        self.database.write_quietly("enlist a sink", enlist).await
    }

    async fn advance(&self, name: &SinkName, step: SinkStep) -> Result<(), StoreError> {
        let name = name.clone();
        let advance = move |connection: &Connection| sinks::advance(connection, &name, &step);
        self.database.write_quietly("advance a sink", advance).await
    }

    async fn fill_table(
        &self,
        name: &SinkName,
        lines: Vec<TableLine>,
        step: SinkStep,
    ) -> Result<(), StoreError> {
        let name = name.clone();
        let fill = move |connection: &Connection| {
            table::fill(connection, &lines)?;
            sinks::advance(connection, &name, &step)
        };
        self.database.write_quietly("fill the table", fill).await
    }

    async fn ask_again(&self, name: &SinkName, what: Again) -> Result<Option<u64>, StoreError> {
        let name = name.clone();
        let ask = move |connection: &Connection| letters::ask_again(connection, &name, &what);
        self.database.write("ask for letters again", ask).await
    }

    async fn take_asked(
        &self,
        name: &SinkName,
        letters_max: usize,
    ) -> Result<Vec<ToldEvent>, StoreError> {
        // Looked for often and found seldom: the writer is left alone until there is something.
        let asked = self.database.read("look for letters", |connection| {
            letters::asked(connection, name, letters_max)
        })?;
        if asked.is_empty() {
            return Ok(Vec::new());
        }
        let name = name.clone();
        let take = move |connection: &Connection| letters::take(connection, &name, &asked);
        self.database.write_quietly("take up letters", take).await
    }

    async fn dead_letters(
        &self,
        name: Option<&SinkName>,
        letters_max: usize,
    ) -> Result<Vec<DeadLetter>, StoreError> {
        let name = name.cloned();
        let read =
            move |connection: &Connection| letters::dead(connection, name.as_ref(), letters_max);
        self.database.read_long("read dead letters", read).await
    }

    async fn resume(&self, name: &SinkName) -> Result<bool, StoreError> {
        let name = name.clone();
        let resume = move |connection: &Connection| sinks::resume(connection, &name);
        self.database.write("resume a sink", resume).await
    }

    async fn stopped(&self, name: &SinkName) -> Result<Option<String>, StoreError> {
        self.database.read("look at a sink", |connection| {
            Ok(sinks::find(connection, name)?.and_then(|sink| sink.stopped))
        })
    }

    async fn sinks(&self) -> Result<Vec<SinkStatus>, StoreError> {
        self.database.read_long("list the sinks", sinks::list).await
    }

    async fn dismiss(&self, name: &SinkName) -> Result<bool, StoreError> {
        let name = name.clone();
        let dismiss = move |connection: &Connection| sinks::dismiss(connection, &name);
        self.database.write("forget a sink", dismiss).await
    }

    async fn tidy_deliveries(&self, dead_max: u64) -> Result<u64, StoreError> {
        let tidy = move |connection: &Connection| letters::tidy(connection, dead_max);
        self.database.write_quietly("tidy letters", tidy).await
    }

    async fn bound_of_events(&self, events_max: u64) -> Result<Option<UnixMillis>, StoreError> {
        let read = move |connection: &Connection| outbox::bound(connection, events_max);
        self.database.read_long("count events", read).await
    }

    async fn erase_names(&self, before: UnixMillis) -> Result<u64, StoreError> {
        erase::erase_names(&self.database, before).await
    }

    fn commits(&self) -> watch::Receiver<u64> {
        self.database.commits()
    }
}
