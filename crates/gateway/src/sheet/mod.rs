//! Day sheets: the rows of a POV-day, encoded once for a version of the day.

mod build;
mod cache;
#[cfg(test)]
mod cache_tests;
mod compressed;
mod page;

use std::ops::Range;

use bytes::Bytes;
use povline_domain::{Day, PageRequest, PovId};
use povline_protocol::{AnswerForm, rows};

use compressed::CompressedPages;

#[cfg(test)]
pub(crate) use build::SheetBuilder;
pub(crate) use build::{BuildFailed, build_sheet};
pub(crate) use cache::SheetCache;
pub(crate) use compressed::{Compressed, deflate};
pub(crate) use page::PageRows;

/// In which form the rows of a sheet are encoded. The simplified JSON has the same rows as the
/// plain one, so two encodings do for three formats.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Encoding {
    Json,
    Xml,
}

impl Encoding {
    /// The encoding of the rows of an answer in this form.
    pub(crate) fn of(form: AnswerForm) -> Self {
        match form {
            AnswerForm::Json | AnswerForm::SimplifiedJson => Self::Json,
            AnswerForm::Xml => Self::Xml,
        }
    }

    /// What stands between two rows.
    fn separator(self) -> &'static [u8] {
        match self {
            Self::Json => rows::JSON_SEPARATOR,
            Self::Xml => b"",
        }
    }
}

/// Which sheet: a POV-day in one encoding. A POV belongs to one ISV, whose own code for it stands
/// in the rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct SheetKey {
    pub(crate) pov: PovId,
    pub(crate) day: Day,
    pub(crate) encoding: Encoding,
}

/// The rows of a POV-day at one instant, encoded end to end with a separator between any two, so
/// that every page of every size is one slice.
#[derive(Debug)]
pub(crate) struct DaySheet {
    key: SheetKey,
    rows: Bytes,
    /// Where each row ends, without the separator after it.
    ends: Box<[u32]>,
    separator_bytes: usize,
    /// The pages that somebody has asked for compressed.
    compressed: CompressedPages,
}

impl DaySheet {
    fn new(key: SheetKey, rows: Vec<u8>, ends: Vec<u32>) -> Self {
        Self {
            key,
            compressed: CompressedPages::new(rows.len()),
            rows: Bytes::from(rows),
            ends: ends.into_boxed_slice(),
            separator_bytes: key.encoding.separator().len(),
        }
    }

    /// How many rows the day has.
    pub(crate) fn total(&self) -> u64 {
        self.ends.len() as u64
    }

    /// Where the rows of a page lie, separators between them; an empty range past the end.
    fn range(&self, page: PageRequest) -> Range<usize> {
        let rows = self.ends.len();
        let place = |at: u64| usize::try_from(at).map_or(rows, |at| at.min(rows));
        let (from, to) = (place(page.start()), place(page.reach()));
        if from == to {
            return 0..0;
        }
        let begin = match from {
            0 => 0,
            _ => self.ends[from - 1] as usize + self.separator_bytes,
        };
        begin..self.ends[to - 1] as usize
    }

    /// The memory it holds now, compressed pages included.
    pub(crate) fn bytes(&self) -> usize {
        self.encoded_bytes() + self.compressed.bytes()
    }

    /// The memory it may come to hold.
    pub(crate) fn bytes_max(&self) -> usize {
        self.encoded_bytes() + self.compressed.bytes_max()
    }

    fn encoded_bytes(&self) -> usize {
        self.rows.len() + size_of_val(&*self.ends)
    }
}
