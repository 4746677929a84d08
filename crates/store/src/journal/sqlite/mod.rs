//! The request log on embedded SQLite, in a file beside the book.

mod tally;

use std::path::Path;

use povline_domain::{AppKey, UnixMillis};
use rusqlite::{Connection, OptionalExtension};

use super::lines::{read_lines, write_lines};
use super::{CallFilter, CallLine, Found, Journal, JournalLimits, LogCursor, Pending, Tallied};
use crate::StoreError;
use crate::sqlite::{Database, Fault, Migration, Schema};

/// Lines of one block at most.
const LINES_PER_BLOCK: usize = 4096;

/// Bytes of blocks that one search reads at most, before others get their turn.
const BYTES_PER_SEARCH: usize = 8 << 20;

/// What a block takes beside its content.
const BLOCK_OVERHEAD_BYTES: i64 = 48;

const SCHEMA: Schema = Schema {
    name: "request log",
    file_name: SqliteJournal::FILE_NAME,
    application_id: 0x506f_764a, // "PovJ"
    migrations: &[
        Migration {
            name: "journal",
            sql: include_str!("migrations/0001_journal.sql"),
        },
        Migration {
            name: "tally",
            sql: include_str!("migrations/0002_tally.sql"),
        },
    ],
    mapped_bytes: 0,
    writer_cache_kib: 2 << 10,
};

const ADD: &str =
    "INSERT INTO block (first_at, last_at, lost, bytes, content) VALUES (?1, ?2, ?3, ?4, ?5)";
const ADD_KEPT: &str = "UPDATE kept SET bytes = bytes + ?1";
const KEPT: &str = "SELECT bytes FROM kept";
const OLDEST: &str = "SELECT number, last_at, bytes FROM block ORDER BY number LIMIT 1";
const FORGET: &str = "DELETE FROM block WHERE number = ?1";
const AFTER: &str = "SELECT number, lost, content, last_at FROM block
    WHERE number > ?1 AND last_at >= ?2 AND first_at < ?3 ORDER BY number";
const BEFORE: &str = "SELECT number, lost, content, first_at FROM block
    WHERE number < ?1 AND last_at >= ?2 AND first_at < ?3 ORDER BY number DESC";

/// The request log on embedded SQLite. Clones are the same log.
#[derive(Debug, Clone)]
pub struct SqliteJournal {
    database: Database,
    limits: JournalLimits,
}

impl SqliteJournal {
    /// The request log's file within a directory.
    pub const FILE_NAME: &'static str = "requests.sqlite";

    /// Opens the request log in this file, or in [`SqliteJournal::FILE_NAME`] of this directory.
    ///
    /// # Errors
    /// Corrupt if the file is something else or was written by a newer version; unavailable if it
    /// cannot be read and written; busy if another process holds it.
    pub fn open(path: impl AsRef<Path>, limits: JournalLimits) -> Result<Self, StoreError> {
        let database = Database::open(path.as_ref(), &SCHEMA)?;
        Ok(Self { database, limits })
    }
}

impl Journal for SqliteJournal {
    fn append(&self, now: UnixMillis, lines: Vec<CallLine>, lost: u64) -> Pending<'_, ()> {
        let limits = self.limits;
        Box::pin(async move {
            self.database
                .write("write the request log", move |connection| {
                    append(connection, now, &lines, lost)?;
                    tally::count(connection, now, &lines)?;
                    forget(connection, now, limits)
                })
                .await
        })
    }

    fn search(&self, filter: CallFilter, after: LogCursor, lines_max: usize) -> Pending<'_, Found> {
        Box::pin(async move {
            self.database
                .read_long("search the request log", move |connection| {
                    search(connection, &filter, Direction::On(after), lines_max)
                })
                .await
        })
    }

    fn tally(&self, from: UnixMillis, app: Option<AppKey>) -> Pending<'_, Tallied> {
        Box::pin(async move {
            self.database
                .read_long("count the calls of the last hours", move |connection| {
                    tally::sums(connection, from, app.as_ref())
                })
                .await
        })
    }

    fn search_back(
        &self,
        filter: CallFilter,
        before: LogCursor,
        lines_max: usize,
    ) -> Pending<'_, Found> {
        Box::pin(async move {
            self.database
                .read_long("search the request log", move |connection| {
                    search(connection, &filter, Direction::Back(before), lines_max)
                })
                .await
        })
    }
}

fn append(
    connection: &Connection,
    now: UnixMillis,
    lines: &[CallLine],
    lost: u64,
) -> Result<(), Fault> {
    let mut lost = i64::try_from(lost).unwrap_or(i64::MAX);
    let mut blocks: Vec<&[CallLine]> = lines.chunks(LINES_PER_BLOCK).collect();
    if blocks.is_empty() && lost > 0 {
        // Nothing could be logged, which must be told all the same.
        blocks.push(&[]);
    }
    for lines in blocks {
        let content = write_lines(lines);
        let instants = || lines.iter().map(|line| line.at.0);
        let (first, last) = (instants().min(), instants().max());
        let bytes = content.len() as i64 + BLOCK_OVERHEAD_BYTES;
        connection.prepare_cached(ADD)?.execute((
            first.unwrap_or(now.0),
            last.unwrap_or(now.0),
            std::mem::take(&mut lost),
            bytes,
            content,
        ))?;
        connection.prepare_cached(ADD_KEPT)?.execute([bytes])?;
    }
    Ok(())
}

/// Drops the oldest blocks until what is left is neither too old nor too much.
fn forget(connection: &Connection, now: UnixMillis, limits: JournalLimits) -> Result<(), Fault> {
    let bytes_max = i64::try_from(limits.bytes_max).unwrap_or(i64::MAX);
    let age_max = i64::try_from(limits.age_max.as_millis()).unwrap_or(i64::MAX);
    let kept: i64 = connection
        .prepare_cached(KEPT)?
        .query_row((), |row| row.get(0))?;
    let mut forgotten = 0;
    loop {
        let oldest: Option<(i64, i64, i64)> = connection
            .prepare_cached(OLDEST)?
            .query_row((), |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
            .optional()?;
        let Some((number, last_at, bytes)) = oldest else {
            break;
        };
        let too_old = now.millis_since(UnixMillis(last_at)) > age_max;
        if !too_old && kept - forgotten <= bytes_max {
            break;
        }
        connection.prepare_cached(FORGET)?.execute([number])?;
        forgotten += bytes;
    }
    if forgotten > 0 {
        connection.prepare_cached(ADD_KEPT)?.execute([-forgotten])?;
    }
    Ok(())
}

/// Which way a log is searched, and from where.
#[derive(Debug, Clone, Copy)]
enum Direction {
    On(LogCursor),
    Back(LogCursor),
}

/// Reads whole blocks, so that a cursor never points into the midst of one.
fn search(
    connection: &Connection,
    filter: &CallFilter,
    direction: Direction,
    lines_max: usize,
) -> Result<Found, Fault> {
    let (sql, from) = match direction {
        Direction::On(after) => (AFTER, after),
        Direction::Back(before) => (BEFORE, before),
    };
    let mut found = Found {
        lines: Vec::new(),
        places: Vec::new(),
        lost: 0,
        cursor: from,
        reached: None,
    };
    let since = filter.since.map_or(i64::MIN, |since| since.0);
    let until = filter.until.map_or(i64::MAX, |until| until.0);
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query((from.0, since, until))?;
    let mut bytes_read = 0;
    while found.lines.len() < lines_max && bytes_read < BYTES_PER_SEARCH {
        let Some(row) = rows.next()? else { break };
        let content = row.get_ref(2)?.as_blob().map_err(rusqlite::Error::from)?;
        bytes_read += content.len();
        let begun = found.lines.len();
        read_lines(content, |line| {
            if filter.admits(&line) {
                found.lines.push(line);
            }
        })?;
        if matches!(direction, Direction::Back(_)) {
            found.lines[begun..].reverse();
        }
        found.lost += row.get::<_, i64>(1)?.unsigned_abs();
        let block: i64 = row.get(0)?;
        found.cursor = LogCursor(block);
        found
            .places
            .resize(found.lines.len(), LogCursor(block.saturating_add(1)));
        found.reached = Some(UnixMillis(row.get(3)?));
    }
    Ok(found)
}
