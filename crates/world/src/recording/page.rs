//! A page as a window of the list.

use super::call::{RecordedCall, RecordedOutcome, RecordedPage};

/// A page with the place at which it begins.
#[derive(Debug, Clone, Copy)]
pub(super) struct Window<'a> {
    pub(super) begun_ms: i64,
    pub(super) ended_ms: i64,
    /// How many rows of the list stand before it.
    pub(super) start: u64,
    pub(super) page: &'a RecordedPage,
    /// Whether the list ends in it.
    pub(super) is_last: bool,
}

impl<'a> Window<'a> {
    /// The window that a call got. `size_max` is the largest page that the server ever gave.
    pub(super) fn of(call: &'a RecordedCall, size_max: u64) -> Option<Self> {
        let RecordedOutcome::Page(page) = &call.outcome else {
            return None;
        };
        let asked = u64::from(call.size).min(size_max);
        let size = page.size.filter(|size| *size > 0).unwrap_or(asked);
        let start = u64::from(call.page - 1) * size;
        let rows = (page.rows.len() + page.unread) as u64;
        Some(Self {
            begun_ms: call.at_ms,
            ended_ms: call.at_ms + i64::from(call.took_ms),
            start,
            page,
            is_last: rows < size,
        })
    }

    /// The place after its last row.
    pub(super) fn reach(&self) -> u64 {
        self.start + (self.page.rows.len() + self.page.unread) as u64
    }
}
