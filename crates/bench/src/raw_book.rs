//! The anchor of a cold read: rows clustered on the POV-day, read and encoded by hand, and
//! nothing else.

use std::path::Path;

use anyhow::Result;
use povline_domain::{Appointment, Day, PickStatus};
use rusqlite::{Connection, params};

const SCHEMA: &str = "CREATE TABLE appointment (
    pov INTEGER NOT NULL,
    day INTEGER NOT NULL,
    place INTEGER NOT NULL,
    appointment_id TEXT NOT NULL,
    period INTEGER NOT NULL,
    pick_code TEXT NOT NULL,
    picked INTEGER NOT NULL,
    name TEXT NOT NULL,
    PRIMARY KEY (pov, day, place)
) STRICT, WITHOUT ROWID";

/// The rows in a file of their own.
pub(crate) struct RawBook(Connection);

impl RawBook {
    pub(crate) fn create(file: &Path) -> Result<Self> {
        let connection = Connection::open(file)?;
        connection.pragma_update(None, "journal_mode", "wal")?;
        connection.pragma_update(None, "mmap_size", 256 << 20)?;
        connection.execute(SCHEMA, [])?;
        Ok(Self(connection))
    }

    /// Puts a POV's day in, in this order.
    pub(crate) fn fill(&mut self, pov: usize, rows: &[Appointment]) -> Result<()> {
        let transaction = self.0.transaction()?;
        for (place, row) in rows.iter().enumerate() {
            transaction
                .prepare_cached("INSERT INTO appointment VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)")?
                .execute(params![
                    pov as i64,
                    row.day.number(),
                    place as i64,
                    row.appointment_id.as_str(),
                    row.period.number(),
                    row.pick_code.as_str(),
                    row.pick_status == PickStatus::Picked,
                    row.name.as_str(),
                ])?;
        }
        transaction.commit()?;
        Ok(())
    }

    /// Reads a POV's day and encodes its rows as an answer's, end to end.
    pub(crate) fn rows_json(&self, pov: usize, out_pov_id: &str, day: Day) -> Result<Vec<u8>> {
        let mut json = Vec::new();
        let day_text = day.to_string();
        let mut statement = self.0.prepare_cached(
            "SELECT appointment_id, period, pick_code, picked, name FROM appointment
             WHERE pov = ?1 AND day = ?2 ORDER BY place",
        )?;
        let mut rows = statement.query(params![pov as i64, day.number()])?;
        while let Some(row) = rows.next()? {
            if !json.is_empty() {
                json.push(b',');
            }
            let period: u32 = row.get(1)?;
            json.extend_from_slice(b"{\"pick_code\":\"");
            escaped(&mut json, row.get_ref(2)?.as_bytes()?);
            json.extend_from_slice(b"\",\"out_pov_id\":\"");
            escaped(&mut json, out_pov_id.as_bytes());
            json.extend_from_slice(b"\",\"pick_status\":");
            json.push(if row.get(3)? { b'0' } else { b'1' });
            json.extend_from_slice(b",\"appointment_period\":\"");
            period_text(&mut json, period);
            json.extend_from_slice(b"\",\"appointment_time\":\"");
            json.extend_from_slice(day_text.as_bytes());
            json.extend_from_slice(b"\",\"appointment_id\":\"");
            escaped(&mut json, row.get_ref(0)?.as_bytes()?);
            json.extend_from_slice(b"\",\"name\":\"");
            escaped(&mut json, row.get_ref(4)?.as_bytes()?);
            json.extend_from_slice(b"\"}");
        }
        Ok(json)
    }
}

/// Text between JSON's quotes.
fn escaped(json: &mut Vec<u8>, text: &[u8]) {
    for &byte in text {
        if byte == b'"' || byte == b'\\' {
            json.push(b'\\');
        }
        json.push(byte);
    }
}

/// `HH:mm-HH:mm` of a stored period.
fn period_text(json: &mut Vec<u8>, number: u32) {
    for (minute, after) in [(number >> 16, Some(b'-')), (number & 0xffff, None)] {
        let (hour, minute) = (minute / 60, minute % 60);
        json.extend([hour / 10, hour % 10].map(|digit| b'0' + digit as u8));
        json.push(b':');
        json.extend([minute / 10, minute % 10].map(|digit| b'0' + digit as u8));
        json.extend(after);
    }
}
