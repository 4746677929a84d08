//! The book on embedded SQLite: one file, one node.

mod access;
mod appointment;
mod audit;
mod bookings;
#[cfg(test)]
mod chain_tests;
mod counts;
mod feed;
#[cfg(test)]
mod guards;
mod import;
mod kind;
mod limits;
mod listing;
#[cfg(test)]
mod listing_tests;
mod memory;
mod newcomers;
mod pick_codes;
mod read;
mod register;
mod reset;
mod rules;
mod schedules;
mod sql;
mod trail;
mod users;
mod visits;
mod write;
mod write_side;

use std::future::Future;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use povline_domain::{AppKey, Day, IsvId, OutPovId, PovId};

use super::{
    Access, Actor, AppStatus, AuditRecord, Book, BookChange, BookKind, ChangeCursor, DayVersion,
    Grant, ImportLine, ImportMode, ImportReport, NewApp, RowRef, SecretText, Write, WriteOutcome,
};
use crate::StoreError;
use crate::sqlite::{Database, Migration, Patience, Schema};

/// The book on embedded SQLite. Clones are the same book.
///
/// Several processes may open one file; they take turns in writing.
#[derive(Debug, Clone)]
pub struct SqliteBook {
    database: Database,
    /// How often was called. An import holds the book for as long as its file takes, and calls must
    /// not wait for it.
    counts: Database,
    /// How long what is written for callers waits for its turn.
    patience: Patience,
}

const SCHEMA: Schema = Schema {
    name: "book",
    file_name: SqliteBook::FILE_NAME,
    application_id: 0x506f_7642, // "PovB"
    migrations: &[
        Migration {
            name: "book",
            sql: include_str!("migrations/0001_book.sql"),
        },
        Migration {
            name: "limits",
            sql: include_str!("migrations/0002_limits.sql"),
        },
        Migration {
            name: "schedule",
            sql: include_str!("migrations/0003_schedule.sql"),
        },
        Migration {
            name: "audit_chain",
            sql: include_str!("migrations/0004_audit_chain.sql"),
        },
        Migration {
            name: "users",
            sql: include_str!("migrations/0005_users.sql"),
        },
        Migration {
            name: "booking_lists",
            sql: include_str!("migrations/0006_booking_lists.sql"),
        },
        Migration {
            name: "audit_chain_begin",
            sql: include_str!("migrations/0007_audit_chain_begin.sql"),
        },
    ],
    mapped_bytes: 256 << 20,
    writer_cache_kib: 64 << 10,
};

const COUNTS_SCHEMA: Schema = Schema {
    name: "counts",
    file_name: "counts.sqlite",
    application_id: 0x506f_7643, // "PovC"
    migrations: &[
        Migration {
            name: "counts",
            sql: include_str!("migrations/counts/0001_counts.sql"),
        },
        Migration {
            name: "letting_through",
            sql: include_str!("migrations/counts/0002_letting_through.sql"),
        },
    ],
    mapped_bytes: 0,
    writer_cache_kib: 1 << 10,
};

/// The file of counts that belongs to a book.
fn counts_file(path: &Path) -> PathBuf {
    if path.is_dir() {
        return path.join(COUNTS_SCHEMA.file_name);
    }
    let mut name = path.as_os_str().to_owned();
    name.push("-counts");
    PathBuf::from(name)
}

impl SqliteBook {
    /// The book's file within a directory.
    pub const FILE_NAME: &'static str = "book.sqlite";

    /// Opens the production book in this file, or in [`SqliteBook::FILE_NAME`] of this directory,
    /// which must be there, and beside it the file that counts calls. A file that is missing is
    /// made; one of an older version is brought up to date.
    ///
    /// # Errors
    /// Corrupt if the file is something else or was written by a newer version; unavailable if it
    /// cannot be read and written; busy if another process holds it; refused if it is a sandbox.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, StoreError> {
        Self::open_as(
            path.as_ref(),
            BookKind::Production,
            Some(BookKind::Production),
        )
    }

    /// The same for a sandbox's book: a file that is missing becomes a sandbox for good.
    ///
    /// # Errors
    /// As [`SqliteBook::open`]; refused if it is a production book.
    pub fn open_sandbox(path: impl AsRef<Path>) -> Result<Self, StoreError> {
        Self::open_as(path.as_ref(), BookKind::Sandbox, Some(BookKind::Sandbox))
    }

    /// Opens a book whatever it is for; a file that is missing becomes a production book.
    ///
    /// # Errors
    /// As [`SqliteBook::open`], but nothing is refused.
    pub fn open_either(path: impl AsRef<Path>) -> Result<Self, StoreError> {
        Self::open_as(path.as_ref(), BookKind::Production, None)
    }

    fn open_as(path: &Path, new: BookKind, wanted: Option<BookKind>) -> Result<Self, StoreError> {
        let database = Database::open_with(path, &SCHEMA, |connection| {
            kind::settle(connection, new, wanted)
        })?;
        let counts = Database::open(&counts_file(path), &COUNTS_SCHEMA)?;
        Ok(Self {
            database,
            counts,
            patience: Patience::default(),
        })
    }
}

impl Book for SqliteBook {
    fn waiting_at_most(self: &Arc<Self>, wait_max: Duration) -> Arc<Self> {
        Arc::new(Self {
            patience: Patience::at_most(wait_max),
            ..Self::clone(self)
        })
    }

    async fn access(&self) -> Result<Access, StoreError> {
        self.database
            .read_long("read the apps and POVs", access::all)
            .await
    }

    async fn read_day(
        &self,
        pov: PovId,
        day: Day,
        visit: impl FnMut(RowRef<'_>) + Send,
    ) -> Result<DayVersion, StoreError> {
        read::day(&self.database, pov, day, visit).await
    }

    async fn read_rows(
        &self,
        pov: PovId,
        day: Day,
        visit: impl FnMut(RowRef<'_>) + Send,
    ) -> Result<(), StoreError> {
        read::rows(&self.database, pov, day, visit).await
    }

    async fn changes_after(
        &self,
        cursor: ChangeCursor,
        changes_max: usize,
    ) -> Result<(Vec<BookChange>, ChangeCursor), StoreError> {
        self.database
            .read_apart("read the changes", move |connection| {
                audit::changes_after(connection, cursor, changes_max)
            })
            .await
    }

    async fn change_cursor(&self) -> Result<ChangeCursor, StoreError> {
        self.database.read("read the change cursor", audit::cursor)
    }

    fn written(&self) -> impl Future<Output = ()> + Send {
        let mut commits = self.database.commits();
        async move {
            if commits.changed().await.is_err() {
                // The writer is gone: there will be no more writes to tell.
                std::future::pending::<()>().await;
            }
        }
    }

    async fn ensure_isv(&self, actor: &Actor, name: &str) -> Result<IsvId, StoreError> {
        let (actor, name) = (actor.clone(), name.to_owned());
        self.database
            .write("make an ISV", move |connection| {
                access::ensure_isv(connection, &actor, &name)
            })
            .await
    }

    async fn create_app(&self, actor: &Actor, app: NewApp) -> Result<(), StoreError> {
        let actor = actor.clone();
        self.database
            .write("make an app", move |connection| {
                access::create_app(connection, &actor, &app)
            })
            .await
    }

    async fn rotate_secret(
        &self,
        actor: &Actor,
        app: &AppKey,
        secret: SecretText,
        retire_old: bool,
    ) -> Result<(), StoreError> {
        let (actor, app) = (actor.clone(), app.clone());
        self.database
            .write("rotate an app's secret", move |connection| {
                access::rotate_secret(connection, &actor, &app, &secret, retire_old)
            })
            .await
    }

    async fn set_app_status(
        &self,
        actor: &Actor,
        app: &AppKey,
        status: AppStatus,
    ) -> Result<(), StoreError> {
        let (actor, app) = (actor.clone(), app.clone());
        self.database
            .write("set an app's status", move |connection| {
                access::set_app_status(connection, &actor, &app, status)
            })
            .await
    }

    async fn grant(&self, actor: &Actor, app: &AppKey, grant: &Grant) -> Result<(), StoreError> {
        let (actor, app, grant) = (actor.clone(), app.clone(), grant.clone());
        self.database
            .write("grant a POV", move |connection| {
                access::grant(connection, &actor, &app, &grant)
            })
            .await
    }

    async fn revoke(&self, actor: &Actor, app: &AppKey, grant: &Grant) -> Result<bool, StoreError> {
        let (actor, app, grant) = (actor.clone(), app.clone(), grant.clone());
        self.database
            .write("revoke a grant", move |connection| {
                access::revoke(connection, &actor, &app, &grant)
            })
            .await
    }

    async fn ensure_pov(
        &self,
        actor: &Actor,
        isv: IsvId,
        out_pov_id: &OutPovId,
        name: Option<&str>,
    ) -> Result<PovId, StoreError> {
        let (actor, out_pov_id) = (actor.clone(), out_pov_id.clone());
        let name = name.map(str::to_owned);
        self.database
            .write("make a POV", move |connection| {
                access::ensure_pov(connection, &actor, isv, &out_pov_id, name.as_deref())
            })
            .await
    }

    async fn write(
        &self,
        actor: &Actor,
        writes: Vec<Write>,
    ) -> Result<Vec<WriteOutcome>, StoreError> {
        let actor = actor.clone();
        self.database
            .write("write appointments", move |connection| {
                writes
                    .iter()
                    .map(|write| write::apply(connection, &actor, write))
                    .collect()
            })
            .await
    }

    async fn import(
        &self,
        actor: &Actor,
        isv: IsvId,
        lines: impl Iterator<Item = ImportLine> + Send + 'static,
        mode: ImportMode,
        progress: impl FnMut(u64) + Send + 'static,
    ) -> Result<ImportReport, StoreError> {
        let actor = actor.clone();
        self.database
            .write_alone("import appointments", move |connection| {
                import::run(connection, &actor, isv, lines, mode, progress)
            })
            .await
    }

    async fn audit(&self, after: i64, records_max: usize) -> Result<Vec<AuditRecord>, StoreError> {
        self.database
            .read_long("read the audit", move |connection| {
                audit::records_after(connection, after, records_max)
            })
            .await
    }
}
