//! The agent's ledger on SQLite.

mod alarm;
mod at_rest;
mod brake;
mod budget;
mod columns;
mod delivery;
mod desk;
mod elsewhere;
mod encode;
mod forget;
mod habits;
mod moved;
mod past;
mod plan;
mod quarantine;
mod read;
#[cfg(test)]
mod read_tests;
mod record;
mod settle;
mod sql;
mod tally;
mod trouble;
mod view;
mod write;

use std::ops::RangeInclusive;
use std::path::Path;
use std::sync::Arc;

use povline_domain::{AppKey, AppointmentId, Day, OutPovId, UnixMillis, Window};

use self::at_rest::AtRest;
use super::{
    AlarmOf, AlarmRecord, CallsTaken, CallsWanted, CertificateRecord, CheckedDay, Counts, DayAsOf,
    DayStatus, DayView, DecidedHold, Event, EventCursor, HeldPlace, HistoryEntry, Hold, HoldAnswer,
    HoldDecision, HoldMark, HoldScope, Ledger, Observation, Quarantined, SavedPlan, Settled,
    Settlement, Story, Suspect, TrackedRow,
};
use crate::StoreError;
use crate::sqlite::{Database, Migration, Schema};

const SCHEMA: Schema = Schema {
    name: "ledger",
    file_name: "ledger.sqlite",
    // "PvLg"
    application_id: 0x5076_4c67,
    migrations: &[
        Migration {
            name: "ledger",
            sql: include_str!("migrations/0001_ledger.sql"),
        },
        Migration {
            name: "brakes",
            sql: include_str!("migrations/0002_brakes.sql"),
        },
        Migration {
            name: "plan",
            sql: include_str!("migrations/0004_plan.sql"),
        },
        Migration {
            name: "delivery",
            sql: include_str!("migrations/0005_delivery.sql"),
        },
        Migration {
            name: "alarms",
            sql: include_str!("migrations/0006_alarms.sql"),
        },
        Migration {
            name: "clinic",
            sql: include_str!("migrations/0007_clinic.sql"),
        },
        Migration {
            name: "lost",
            sql: include_str!("migrations/0008_lost.sql"),
        },
        Migration {
            name: "budget",
            sql: include_str!("migrations/0009_budget.sql"),
        },
        Migration {
            name: "unknown fields",
            sql: include_str!("migrations/0010_unknown_fields.sql"),
        },
    ],
    mapped_bytes: 0,
    writer_cache_kib: 64 << 10,
};

/// The agent's ledger in one SQLite file. Clones are the same ledger.
#[derive(Debug, Clone)]
pub struct SqliteLedger {
    database: Database,
    at_rest: Arc<AtRest>,
}

impl SqliteLedger {
    /// Its file within a directory.
    pub const FILE_NAME: &str = SCHEMA.file_name;

    /// Opens the ledger in this file, or in `ledger.sqlite` of this directory; makes it if there
    /// is none.
    ///
    /// # Errors
    /// [`StoreError`] if the file cannot be opened, or is not a ledger that this program can use.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, StoreError> {
        let database = Database::open(path.as_ref(), &SCHEMA)?;
        Ok(Self {
            database,
            at_rest: Arc::default(),
        })
    }

    /// Whether there is a ledger for [`SqliteLedger::open`] to open, so that it would make none.
    #[must_use]
    pub fn is_at(path: impl AsRef<Path>) -> bool {
        let path = path.as_ref();
        path.is_file() || path.join(SCHEMA.file_name).is_file()
    }

    /// Looks through the file for damage, as SQLite's `quick_check` does, and tells what it finds;
    /// nothing if all is well. Takes a second for some hundred megabytes.
    ///
    /// # Errors
    /// [`StoreError`] if the file cannot be read.
    pub async fn damage(&self) -> Result<Vec<String>, StoreError> {
        self.database
            .read_long("look for damage", read::damage)
            .await
    }
}

impl Ledger for SqliteLedger {
    async fn settle<D>(
        &self,
        observations: Vec<Observation>,
        decide: D,
    ) -> Result<Vec<Result<Settled, StoreError>>, StoreError>
    where
        D: Fn(&Observation, &DayView) -> Settlement + Send + Sync + 'static,
    {
        let at_rest = Arc::clone(&self.at_rest);
        let settle = move |connection: &rusqlite::Connection| {
            settle::settle(connection, &observations, &decide, &at_rest)
        };
        let at_rest = Arc::clone(&self.at_rest);
        let if_lost = move || at_rest.clear();
        self.database
            .write_minding_loss("settle scans", settle, if_lost)
            .await
    }

    async fn standing_windows(
        &self,
        pov: &OutPovId,
        day: Day,
    ) -> Result<Option<Vec<Window>>, StoreError> {
        if let Some(windows) = self.at_rest.windows(pov, day) {
            return Ok(Some(windows));
        }
        self.database
            .read("read a day's certificate", |connection| {
                read::standing_windows(connection, pov, day)
            })
    }

    async fn rows(&self, pov: &OutPovId, day: Day) -> Result<Vec<TrackedRow>, StoreError> {
        let pov = pov.clone();
        let read = move |connection: &rusqlite::Connection| read::rows(connection, &pov, day);
        self.database.read_long("read a day's rows", read).await
    }

    async fn days_from(&self, first: Day) -> Result<Vec<DayStatus>, StoreError> {
        let read = move |connection: &rusqlite::Connection| read::days_from(connection, first);
        self.database.read_long("list days", read).await
    }

    async fn checks_from(&self, first: Day) -> Result<Vec<CheckedDay>, StoreError> {
        let read = move |connection: &rusqlite::Connection| read::checks_from(connection, first);
        self.database.read_long("list checks", read).await
    }

    async fn suspects(&self) -> Result<Vec<Suspect>, StoreError> {
        self.database
            .read_long("list the suspects", read::suspects)
            .await
    }

    async fn days_beyond(
        &self,
        open_days: RangeInclusive<Day>,
        first: Day,
    ) -> Result<Vec<CheckedDay>, StoreError> {
        let read = move |connection: &rusqlite::Connection| {
            read::days_beyond(connection, &open_days, first)
        };
        self.database.read_long("list days beyond", read).await
    }

    async fn held(&self) -> Result<Vec<(HoldScope, Hold)>, StoreError> {
        self.database
            .read_long("list what is held", brake::held)
            .await
    }

    async fn holds(&self) -> Result<Vec<HeldPlace>, StoreError> {
        self.database
            .read_long("list what is held, with its marks", brake::holds)
            .await
    }

    async fn decide_hold(
        &self,
        scope: HoldScope,
        shown: HoldMark,
        decision: HoldDecision,
    ) -> Result<HoldAnswer, StoreError> {
        let decide = move |connection: &rusqlite::Connection| {
            brake::decide(connection, &scope, shown, &decision)
        };
        self.database.write("decide about a hold", decide).await
    }

    async fn hold_decisions(&self, decisions_max: usize) -> Result<Vec<DecidedHold>, StoreError> {
        self.database.read("list decisions", |connection| {
            brake::decisions(connection, decisions_max)
        })
    }

    async fn quarantine(&self, rows_max: usize) -> Result<Vec<Quarantined>, StoreError> {
        let list = move |connection: &rusqlite::Connection| quarantine::list(connection, rows_max);
        self.database.read_long("list the quarantine", list).await
    }

    async fn quarantined(&self) -> Result<u64, StoreError> {
        self.database
            .read_long("count the quarantine", quarantine::count)
            .await
    }

    async fn drop_quarantined(&self, number: Option<i64>) -> Result<u64, StoreError> {
        let drop_rows =
            move |connection: &rusqlite::Connection| quarantine::drop_rows(connection, number);
        self.database.write("drop from quarantine", drop_rows).await
    }

    async fn habits(&self) -> Result<Vec<(AppKey, String, i64)>, StoreError> {
        self.database.read("read habits", habits::list)
    }

    async fn keep_habits(
        &self,
        app: &AppKey,
        learned: Vec<(String, i64)>,
    ) -> Result<(), StoreError> {
        let app = app.clone();
        let keep =
            move |connection: &rusqlite::Connection| habits::keep(connection, &app, &learned);
        self.database.write("keep habits", keep).await
    }

    async fn events_after(
        &self,
        cursor: EventCursor,
        events_max: usize,
    ) -> Result<Vec<Event>, StoreError> {
        let read = move |connection: &rusqlite::Connection| {
            read::events_after(connection, cursor, events_max)
        };
        self.database.read_long("read events", read).await
    }

    async fn history(
        &self,
        pov: &OutPovId,
        id: &AppointmentId,
    ) -> Result<Vec<HistoryEntry>, StoreError> {
        self.database
            .read("read an appointment's history", |connection| {
                read::history(connection, pov, id)
            })
    }

    async fn stories(&self, id: &AppointmentId) -> Result<Vec<Story>, StoreError> {
        let id = id.clone();
        let read = move |connection: &rusqlite::Connection| past::stories(connection, &id);
        self.database
            .read_long("read an appointment's story", read)
            .await
    }

    async fn day_as_of(
        &self,
        pov: &OutPovId,
        day: Day,
        at: UnixMillis,
    ) -> Result<DayAsOf, StoreError> {
        let pov = pov.clone();
        let read =
            move |connection: &rusqlite::Connection| past::day_as_of(connection, &pov, day, at);
        self.database
            .read_long("read a day as it was known", read)
            .await
    }

    async fn certificate(&self, number: i64) -> Result<Option<CertificateRecord>, StoreError> {
        self.database.read("read a certificate", |connection| {
            read::certificate(connection, number)
        })
    }

    async fn counts(&self) -> Result<Counts, StoreError> {
        self.database.read_long("count", read::counts).await
    }

    async fn reserve_calls(
        &self,
        app: &AppKey,
        day: Day,
        wanted: CallsWanted,
    ) -> Result<u64, StoreError> {
        let app = app.clone();
        let reserve = move |connection: &rusqlite::Connection| {
            budget::reserve_calls(connection, &app, day, wanted)
        };
        self.database.write("reserve calls", reserve).await
    }

    async fn return_calls(
        &self,
        app: &AppKey,
        day: Day,
        unused: CallsTaken,
    ) -> Result<(), StoreError> {
        let app = app.clone();
        let put_back = move |connection: &rusqlite::Connection| {
            budget::return_calls(connection, &app, day, unused)
        };
        self.database.write("return calls", put_back).await
    }

    async fn calls_taken(&self, app: &AppKey, day: Day) -> Result<CallsTaken, StoreError> {
        self.database.read("count calls", |connection| {
            budget::calls_taken(connection, app, day)
        })
    }

    async fn save_plan(&self, plan: SavedPlan) -> Result<(), StoreError> {
        let save = move |connection: &rusqlite::Connection| plan::save(connection, &plan);
        self.database.write("save the plan", save).await
    }

    async fn plans(&self) -> Result<Vec<SavedPlan>, StoreError> {
        self.database.read_long("read the plans", plan::all).await
    }

    async fn raise_alarm(
        &self,
        of: &AlarmOf,
        detail: &str,
        at: UnixMillis,
    ) -> Result<bool, StoreError> {
        let (of, detail) = (of.clone(), detail.to_owned());
        let raise =
            move |connection: &rusqlite::Connection| alarm::raise(connection, &of, &detail, at);
        self.database.write("raise an alarm", raise).await
    }

    async fn clear_alarm(&self, of: &AlarmOf, at: UnixMillis) -> Result<bool, StoreError> {
        let of = of.clone();
        let clear = move |connection: &rusqlite::Connection| alarm::clear(connection, &of, at);
        self.database.write("clear an alarm", clear).await
    }

    async fn alarms(&self, alarms_max: usize) -> Result<Vec<AlarmRecord>, StoreError> {
        self.database.read("list alarms", |connection| {
            alarm::list(connection, alarms_max)
        })
    }

    async fn forget(&self, before: UnixMillis) -> Result<u64, StoreError> {
        forget::forget(&self.database, before).await
    }
}
