//! The rows of one page, where they lie.

use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use povline_domain::PageRequest;

use super::{Compressed, DaySheet, SheetCache};

/// The rows of a page: a part of a sheet that is kept alive by it.
#[derive(Debug, Clone)]
pub(crate) struct PageRows {
    sheet: Arc<DaySheet>,
    range: Range<usize>,
}

impl PageRows {
    pub(crate) fn of(sheet: &Arc<DaySheet>, page: PageRequest) -> Self {
        Self {
            sheet: Arc::clone(sheet),
            range: sheet.range(page),
        }
    }

    /// How long they are, not compressed.
    pub(crate) fn len(&self) -> usize {
        self.range.len()
    }

    /// The rows as they are encoded.
    pub(crate) fn plain(&self) -> Bytes {
        self.sheet.rows.slice(self.range.clone())
    }

    /// The rows compressed: once for as long as the sheet has room for them. What this adds to the
    /// sheet is counted in the cache that holds it, of whose bound `others_bytes` are in use
    /// elsewhere.
    pub(crate) fn compressed(&self, cache: &SheetCache, others_bytes: usize) -> Compressed {
        let sheet = &self.sheet;
        let rows = &sheet.rows[self.range.clone()];
        let (compressed, grown) = sheet.compressed.get_or_make(self.range.clone(), rows);
        if grown {
            cache.recount(sheet.key, sheet, others_bytes);
        }
        compressed
    }
}
