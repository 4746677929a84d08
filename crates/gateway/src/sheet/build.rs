//! Building a sheet from the book's rows.

use std::time::Duration;

use povline_domain::OutPovId;
use povline_protocol::rows::{AppointmentRef, DayRows};
use povline_store::book::Book;
use thiserror::Error;

use super::{DaySheet, Encoding, SheetKey};

/// The room that a sheet begins with, so that an ordinary day does not outgrow its memory again and
/// again while it is built. What is not used is given back.
const ROWS_AT_FIRST: usize = 256;
const BYTES_AT_FIRST: usize = 48 << 10;

/// Why there is no sheet. The cause is logged where it happens; callers are told "busy".
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub(crate) enum BuildFailed {
    /// The book failed.
    #[error("the book could not be read")]
    Book,
    /// The book did not answer in time.
    #[error("the book did not answer in time")]
    TooSlow,
    /// As many calls as may are waiting for the book already.
    #[error("too many calls wait for the book")]
    Crowded,
    /// The rows of the day do not fit into one sheet (4 GiB).
    #[error("the day is too large for a sheet")]
    TooLarge,
}

/// Lays encoded rows end to end.
#[derive(Debug)]
pub(crate) struct SheetBuilder {
    key: SheetKey,
    rows: Vec<u8>,
    ends: Vec<u32>,
    separator: &'static [u8],
    too_large: bool,
}

impl SheetBuilder {
    pub(crate) fn new(key: SheetKey) -> Self {
        Self {
            key,
            rows: Vec::with_capacity(BYTES_AT_FIRST),
            ends: Vec::with_capacity(ROWS_AT_FIRST),
            separator: key.encoding.separator(),
            too_large: false,
        }
    }

    /// Adds the row that `encode` appends.
    pub(crate) fn push(&mut self, encode: impl FnOnce(&mut Vec<u8>)) {
        if !self.ends.is_empty() {
            self.rows.extend_from_slice(self.separator);
        }
        encode(&mut self.rows);
        match u32::try_from(self.rows.len()) {
            Ok(end) => self.ends.push(end),
            Err(_) => self.too_large = true,
        }
    }

    pub(crate) fn finish(mut self) -> Result<DaySheet, BuildFailed> {
        if self.too_large {
            return Err(BuildFailed::TooLarge);
        }
        self.rows.shrink_to_fit();
        Ok(DaySheet::new(self.key, self.rows, self.ends))
    }
}

/// Reads a POV-day from the book and encodes it.
pub(crate) async fn build_sheet<B: Book>(
    book: &B,
    key: SheetKey,
    out_pov_id: &OutPovId,
    time_max: Duration,
) -> Result<DaySheet, BuildFailed> {
    let mut builder = SheetBuilder::new(key);
    let writer = match key.encoding {
        Encoding::Json => DayRows::json(out_pov_id.as_str(), key.day),
        Encoding::Xml => DayRows::xml(out_pov_id.as_str(), key.day),
    };
    let read = book.read_rows(key.pov, key.day, |row| {
        let row = AppointmentRef {
            appointment_id: row.appointment_id,
            out_pov_id: out_pov_id.as_str(),
            day: key.day,
            period: row.period,
            pick_code: row.pick_code,
            pick_status: row.pick_status,
            name: row.name,
        };
        builder.push(|rows| writer.write(rows, &row));
    });
    match tokio::time::timeout(time_max, read).await {
        Ok(Ok(())) => builder.finish(),
        Ok(Err(error)) => {
            tracing::error!(pov = %key.pov, day = %key.day, %error, "cannot read a day");
            Err(BuildFailed::Book)
        }
        Err(_) => {
            tracing::error!(pov = %key.pov, day = %key.day, "reading a day took too long");
            Err(BuildFailed::TooSlow)
        }
    }
}
