//! Day sheets: the rows of a POV-day, encoded once for a version of the day.

mod build;
mod cache;
#[cfg(test)]
mod cache_tests;

use bytes::Bytes;
use povline_domain::{Day, PageRequest, PovId};
use povline_protocol::{AnswerForm, rows};

#[cfg(test)]
pub(crate) use build::SheetBuilder;
pub(crate) use build::{BuildFailed, build_sheet};
pub(crate) use cache::SheetCache;

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
    rows: Bytes,
    /// Where each row ends, without the separator after it.
    ends: Box<[u32]>,
    separator_bytes: usize,
}

impl DaySheet {
    /// How many rows the day has.
    pub(crate) fn total(&self) -> u64 {
        self.ends.len() as u64
    }

    /// The rows of a page, separators between them; empty past the end.
    pub(crate) fn page(&self, page: PageRequest) -> Bytes {
        let rows = self.ends.len();
        let place = |at: u64| usize::try_from(at).map_or(rows, |at| at.min(rows));
        let (from, to) = (place(page.start()), place(page.reach()));
        if from == to {
            return Bytes::new();
        }
        let begin = match from {
            0 => 0,
            _ => self.ends[from - 1] as usize + self.separator_bytes,
        };
        self.rows.slice(begin..self.ends[to - 1] as usize)
    }

    /// The memory it holds.
    pub(crate) fn bytes(&self) -> usize {
        self.rows.len() + size_of_val(&*self.ends)
    }
}
