//! Which lists there are, for those who follow many at once.

use std::future::Future;

use povline_domain::{Day, PovId};

use super::ChangeCursor;
use crate::StoreError;

/// Lists that changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListChanges {
    /// The lists, each once, in the order in which they first changed. Beside each stands a cursor:
    /// what had changed up to there are this list and those before it.
    pub lists: Vec<((PovId, Day), ChangeCursor)>,
    /// The cursor behind all that was looked through.
    pub cursor: ChangeCursor,
    /// Whether there is more to look through behind it.
    pub has_more: bool,
}

/// The lists of a book, for those who follow some of them. None of these reads waits for another,
/// and each ends soon after its future is dropped; nothing here bounds how many there are.
pub trait Feed: Send + Sync + 'static {
    /// Records of the book that one look at what changed goes through at most.
    const RECORDS_MAX: u32 = 10_000;

    /// The days of these POVs to which something was ever written, by POV and day, behind `after`
    /// and from `first_day` on, at most `days_max` of them. Fewer are all that are left. `povs` are
    /// ascending.
    fn days_after(
        &self,
        povs: Vec<PovId>,
        after: Option<(PovId, Day)>,
        first_day: Day,
        days_max: usize,
    ) -> impl Future<Output = Result<Vec<(PovId, Day)>, StoreError>> + Send;

    /// Which lists of these POVs, from `first_day` on, changed after `after`; at most `lists_max` of
    /// them. One look goes through [`Feed::RECORDS_MAX`] records of the book, whoever made them, so
    /// that it costs no more the further `after` lies back: fewer lists are not all that there are
    /// unless it says so.
    fn lists_changed(
        &self,
        povs: Vec<PovId>,
        first_day: Day,
        after: ChangeCursor,
        lists_max: usize,
    ) -> impl Future<Output = Result<ListChanges, StoreError>> + Send;
}
