//! One answer, before it is decided in which coding it goes out.

use bytes::Bytes;

use crate::sheet::PageRows;

/// Head, rows and tail of an answer, or an answer whole.
#[derive(Debug)]
pub(crate) struct Document {
    pub(crate) head: Bytes,
    pub(crate) rows: Option<PageRows>,
    pub(crate) tail: Bytes,
}

impl Document {
    pub(crate) fn page(head: Bytes, rows: PageRows, tail: Bytes) -> Self {
        Self {
            head,
            rows: Some(rows),
            tail,
        }
    }

    pub(crate) fn whole(document: impl Into<Bytes>) -> Self {
        Self {
            head: document.into(),
            rows: None,
            tail: Bytes::new(),
        }
    }

    /// How long it is, not compressed.
    pub(crate) fn len(&self) -> usize {
        self.head.len() + self.rows.as_ref().map_or(0, PageRows::len) + self.tail.len()
    }

    /// The buffers that it is made of. No row is copied.
    pub(crate) fn into_plain(self) -> [Bytes; 3] {
        let rows = self.rows.as_ref().map(PageRows::plain);
        [self.head, rows.unwrap_or_default(), self.tail]
    }
}
