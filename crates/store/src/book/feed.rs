//! Which lists there are, for those who follow many at once.

use std::future::Future;

use povline_domain::{Day, PovId};

use crate::StoreError;

/// The lists of a book, in the order of their keys.
pub trait Feed: Send + Sync + 'static {
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
}
