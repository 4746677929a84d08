//! The list of bookings that were made, moved or cancelled since an instant.

use std::collections::HashSet;

use povline_domain::{AppointmentId, Name, PovId, UnixMillis};
use rusqlite::{Connection, Row};

use super::appointment;
use super::sql::write_side as sql;
use crate::book::{BookingNumber, BookingRecord, BookingsQuery};
use crate::sqlite::{Fault, corrupt};

/// The numbers of the bookings on the list, in its order.
pub(super) fn numbers(
    connection: &Connection,
    query: &BookingsQuery,
) -> Result<Vec<BookingNumber>, Fault> {
    let povs: HashSet<i64> = query.povs.iter().map(|pov| pov.0).collect();
    let vaccines: HashSet<&str> = query.vaccines.iter().map(|one| one.as_str()).collect();
    let mut numbers = Vec::new();
    let mut statement = connection.prepare_cached(sql::CHANGED_BOOKINGS)?;
    for vaccine in vaccines {
        let mut rows = statement.query((query.isv.0, vaccine, query.since.0))?;
        while let Some(row) = rows.next()? {
            // A booking whose cancelled row was forgotten has no POV any more.
            let pov: Option<i64> = row.get(1)?;
            if pov.is_some_and(|pov| povs.contains(&pov)) {
                numbers.push(BookingNumber(row.get(0)?));
            }
        }
    }
    numbers.sort_unstable();
    Ok(numbers)
}

/// The bookings with these numbers that are still remembered, in the order asked for.
pub(super) fn records(
    connection: &Connection,
    numbers: &[BookingNumber],
) -> Result<Vec<BookingRecord>, Fault> {
    let mut records = Vec::with_capacity(numbers.len());
    let mut statement = connection.prepare_cached(sql::BOOKING_RECORD)?;
    for number in numbers {
        let mut rows = statement.query([number.0])?;
        if let Some(row) = rows.next()? {
            records.push(record(row)?);
        }
    }
    Ok(records)
}

fn record(row: &Row<'_>) -> Result<BookingRecord, Fault> {
    let id: String = row.get(0)?;
    let name: String = row.get(6)?;
    Ok(BookingRecord {
        appointment_id: AppointmentId::new(id).map_err(|_| corrupt("id of a booking"))?,
        booked_at: UnixMillis(row.get(1)?),
        pov: PovId(row.get(2)?),
        pov_name: row.get(3)?,
        day: appointment::day(row.get(4)?)?,
        period: appointment::period(row.get(5)?)?,
        name: Name::new(name).map_err(|_| corrupt("name of a booking"))?,
        cancelled_at: row.get::<_, Option<i64>>(7)?.map(UnixMillis),
    })
}
