//! The list of bookings that were made, moved or cancelled since an instant.

use std::collections::HashSet;

use povline_domain::{AppointmentId, Name, PovId, UnixMillis};
use rusqlite::{Connection, Row};

use super::appointment;
use super::sql::write_side as sql;
use crate::book::{BookingRecord, BookingsPage, BookingsQuery};
use crate::sqlite::{Fault, corrupt};

/// One page, and how many there are in all. Within one transaction.
pub(super) fn page(connection: &Connection, query: &BookingsQuery) -> Result<BookingsPage, Fault> {
    let numbers = numbers(connection, query)?;
    let size = query.page.size.get() as usize;
    let begin = (query.page.number.get() as usize - 1).saturating_mul(size);
    let mut bookings = Vec::new();
    let mut statement = connection.prepare_cached(sql::BOOKING_RECORD)?;
    for number in numbers.iter().skip(begin).take(size) {
        let mut rows = statement.query([number])?;
        if let Some(row) = rows.next()? {
            bookings.push(record(row)?);
        }
    }
    Ok(BookingsPage {
        total: numbers.len() as u64,
        bookings,
    })
}

/// The numbers of the bookings on the list, in its order.
fn numbers(connection: &Connection, query: &BookingsQuery) -> Result<Vec<i64>, Fault> {
    let povs: HashSet<i64> = query.povs.iter().map(|pov| pov.0).collect();
    let vaccines: HashSet<&str> = query.vaccines.iter().map(|one| one.as_str()).collect();
    let mut numbers = Vec::new();
    let mut statement = connection.prepare_cached(sql::CHANGED_BOOKINGS)?;
    let mut rows = statement.query([query.since.0])?;
    while let Some(row) = rows.next()? {
        let vaccine = row.get_ref(1)?.as_str().map_err(|_| corrupt("vaccine"))?;
        // A booking whose cancelled row was forgotten has no POV any more.
        let pov: Option<i64> = row.get(2)?;
        if vaccines.contains(vaccine) && pov.is_some_and(|pov| povs.contains(&pov)) {
            numbers.push(row.get(0)?);
        }
    }
    numbers.sort_unstable();
    Ok(numbers)
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
