//! The digest of a list: one text that two sides compare instead of their rows.
//!
//! It is made of what the rows say and not of how an answer writes them, so that any client can
//! make it from rows in any order: the rows are sorted by `appointment_id` in byte order; of each,
//! `appointment_id`, `appointment_period`, `pick_code`, `pick_status` (`0` picked, `1` not) and
//! `name` are written, each followed by U+001F, and U+001E after the row; the digest is the SHA-256
//! of that text in lower-case hexadecimal. A list without rows has the digest of the empty text.

use povline_domain::{Period, PickStatus};
use sha2::{Digest as _, Sha256};

/// Ends a field. No text of an appointment holds a control character.
const FIELD_END: u8 = 0x1f;
/// Ends a row.
const ROW_END: u8 = 0x1e;

/// Collects the rows of one list.
#[derive(Default)]
pub struct ListDigest {
    /// Each row's text, and where its id ends in it.
    rows: Vec<(usize, Vec<u8>)>,
}

/// Names stay out of logs.
impl std::fmt::Debug for ListDigest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ListDigest({} rows)", self.rows.len())
    }
}

impl ListDigest {
    /// A list without rows.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a row; the order does not matter.
    pub fn push(
        &mut self,
        appointment_id: &str,
        period: Period,
        pick_code: &str,
        pick_status: PickStatus,
        name: &str,
    ) {
        let period = period.to_string();
        let status = match pick_status {
            PickStatus::Picked => "0",
            PickStatus::NotPicked => "1",
        };
        let mut row = Vec::with_capacity(64);
        for field in [appointment_id, &period, pick_code, status, name] {
            row.extend_from_slice(field.as_bytes());
            row.push(FIELD_END);
        }
        row.push(ROW_END);
        self.rows.push((appointment_id.len(), row));
    }

    /// How many rows there are.
    #[must_use]
    pub fn total(&self) -> usize {
        self.rows.len()
    }

    /// The digest, 64 characters of lower-case hexadecimal.
    #[must_use]
    pub fn finish(mut self) -> String {
        self.rows
            .sort_unstable_by(|(a, left), (b, right)| left.get(..*a).cmp(&right.get(..*b)));
        let mut hash = Sha256::new();
        for (_, row) in &self.rows {
            hash.update(row);
        }
        let mut text = String::with_capacity(64);
        for byte in hash.finalize() {
            for nibble in [byte >> 4, byte & 15] {
                text.extend(char::from_digit(u32::from(nibble), 16));
            }
        }
        text
    }
}
