//! The first error of a kind, as the story of it needs it.

use povline_domain::{Day, UnixMillis};

use crate::truth::RowNumber;

/// One error.
#[derive(Debug, Clone)]
pub(super) struct Example {
    /// The appointment, if there ever was one.
    pub(super) row: Option<RowNumber>,
    /// The id as the client wrote it.
    pub(super) id: String,
    /// The list on which it stands in truth, or where the client sees it.
    pub(super) list: Option<(usize, Day)>,
    /// From when on the client's calls matter.
    pub(super) since: UnixMillis,
    /// When the client handed it in.
    pub(super) at: UnixMillis,
    /// What is wrong, in a few words.
    pub(super) what: &'static str,
}
