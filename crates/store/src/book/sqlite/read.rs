//! Reading a POV-day.

use povline_domain::{Day, PovId};
use rusqlite::{Connection, OptionalExtension};

use super::{appointment, sql};
use crate::StoreError;
use crate::book::{DayVersion, RowRef};
use crate::sqlite::{Database, Fault, Reader};

/// Rows read before others get their turn: some 300 µs of work.
const ROWS_AT_ONCE: usize = 1000;

const READING: &str = "read a POV's day";

/// Hands the rows to `visit`, all from one instant, and tells the version that they are.
pub(super) async fn day(
    database: &Database,
    pov: PovId,
    day: Day,
    visit: impl FnMut(RowRef<'_>) + Send,
) -> Result<DayVersion, StoreError> {
    let reader = database.reader(READING)?;
    reader.begin(READING)?;
    let version = reader.read(READING, |connection| version(connection, pov, day))?;
    all_rows(reader, pov, day, visit).await?;
    Ok(version)
}

/// Hands the rows to `visit`, all from one instant.
pub(super) async fn rows(
    database: &Database,
    pov: PovId,
    day: Day,
    visit: impl FnMut(RowRef<'_>) + Send,
) -> Result<(), StoreError> {
    let reader = database.reader(READING)?;
    reader.begin(READING)?;
    all_rows(reader, pov, day, visit).await
}

/// Hands the rows to `visit`, with a pause for others now and then, in which the reader's instant
/// stands still.
async fn all_rows(
    reader: Reader,
    pov: PovId,
    day: Day,
    mut visit: impl FnMut(RowRef<'_>) + Send,
) -> Result<(), StoreError> {
    let mut after = 0;
    loop {
        let next = reader.read(READING, |connection| {
            let rows = rows_after(connection, pov, day, after, &mut visit)?;
            match rows < ROWS_AT_ONCE {
                true => Ok(None),
                false => last_of(connection, pov, day, after),
            }
        })?;
        match next {
            Some(last) => after = last,
            None => return Ok(()),
        }
        tokio::task::yield_now().await;
    }
}

fn version(connection: &Connection, pov: PovId, day: Day) -> Result<DayVersion, Fault> {
    let version = connection
        .prepare_cached(sql::DAY_VERSION)?
        .query_row((pov.0, day.number()), |row| row.get(0))
        .optional()?;
    Ok(version.map_or(DayVersion::NONE, DayVersion))
}

/// Reads on behind a place; how many rows there were.
fn rows_after(
    connection: &Connection,
    pov: PovId,
    day: Day,
    after: i64,
    visit: &mut impl FnMut(RowRef<'_>),
) -> Result<usize, Fault> {
    let mut statement = connection.prepare_cached(sql::ROWS_AFTER)?;
    let mut rows = statement.query((pov.0, day.number(), after, ROWS_AT_ONCE as i64))?;
    let mut count = 0;
    while let Some(row) = rows.next()? {
        count += 1;
        visit(RowRef {
            appointment_id: text(row, 0)?,
            period: appointment::period(row.get(1)?)?,
            pick_code: text(row, 2)?,
            pick_status: appointment::pick_status(row.get(3)?),
            name: text(row, 4)?,
        });
    }
    Ok(count)
}

/// The place of the last row that is read at once behind a place. Few days are that long, so it is
/// looked up, and not read with every row.
fn last_of(
    connection: &Connection,
    pov: PovId,
    day: Day,
    after: i64,
) -> Result<Option<i64>, Fault> {
    let place = connection
        .prepare_cached(sql::PLACE_AFTER)?
        .query_row(
            (pov.0, day.number(), after, ROWS_AT_ONCE as i64 - 1),
            |row| row.get(0),
        )
        .optional()?;
    Ok(place)
}

fn text<'row>(row: &'row rusqlite::Row<'_>, column: usize) -> Result<&'row str, Fault> {
    row.get_ref(column)?
        .as_str()
        .map_err(|_| crate::sqlite::corrupt("text of an appointment"))
}
