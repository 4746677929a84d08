//! A row that could not be read, as it came.

use std::fmt;

/// So much of a row is kept at most: ten times what the longest readable one takes.
pub const RAW_ROW_BYTES_MAX: usize = 4_096;

/// The text of a row. It may hold a patient's name, so no `Debug` text and no log shows it.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct RawRow(String);

impl RawRow {
    /// The first [`RAW_ROW_BYTES_MAX`] bytes of a row's text.
    #[must_use]
    pub fn of(text: &str) -> Self {
        let mut end = text.len().min(RAW_ROW_BYTES_MAX);
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        Self(text[..end].to_owned())
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for RawRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RawRow({} bytes)", self.0.len())
    }
}
