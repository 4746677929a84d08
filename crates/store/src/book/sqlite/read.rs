//! Reading a POV-day.

use povline_domain::{Day, PovId};
use rusqlite::{Connection, OptionalExtension};

use super::{appointment, sql};
use crate::StoreError;
use crate::book::{DayVersion, RowRef};
use crate::sqlite::{Database, Fault};

/// Rows read before others get their turn: some 300 µs of work.
const ROWS_AT_ONCE: usize = 1000;

const READING: &str = "read a POV's day";

/// Hands the rows to `visit`, all from one instant, and tells the version that they are.
pub(super) async fn day(
    database: &Database,
    pov: PovId,
    day: Day,
    mut visit: impl FnMut(RowRef<'_>) + Send,
) -> Result<DayVersion, StoreError> {
    let reader = database.reader(READING)?;
    reader.begin(READING)?;
    let version = reader.read(READING, |connection| version(connection, pov, day))?;
    let mut after = 0;
    loop {
        let (rows, last) = reader.read(READING, |connection| {
            rows_after(connection, pov, day, after, &mut visit)
        })?;
        if rows < ROWS_AT_ONCE {
            return Ok(version);
        }
        after = last;
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

/// Reads on behind a place; how many rows there were, and the last one's place.
fn rows_after(
    connection: &Connection,
    pov: PovId,
    day: Day,
    after: i64,
    visit: &mut impl FnMut(RowRef<'_>),
) -> Result<(usize, i64), Fault> {
    let mut statement = connection.prepare_cached(sql::ROWS_AFTER)?;
    let mut rows = statement.query((pov.0, day.number(), after, ROWS_AT_ONCE as i64))?;
    let (mut count, mut last) = (0, after);
    while let Some(row) = rows.next()? {
        last = row.get(0)?;
        count += 1;
        visit(RowRef {
            sequence: last,
            appointment_id: text(row, 1)?,
            period: appointment::period(row.get(2)?)?,
            pick_code: text(row, 3)?,
            pick_status: appointment::pick_status(row.get(4)?),
            name: text(row, 5)?,
        });
    }
    Ok((count, last))
}

fn text<'row>(row: &'row rusqlite::Row<'_>, column: usize) -> Result<&'row str, Fault> {
    row.get_ref(column)?
        .as_str()
        .map_err(|_| crate::sqlite::corrupt("text of an appointment"))
}
