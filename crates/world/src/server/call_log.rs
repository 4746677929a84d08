//! Every call that a client made and what it was answered, for the grade and its stories.

use std::collections::HashMap;

use povline_domain::{Day, UnixMillis};

use crate::truth::RowNumber;

/// A call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallRecord {
    /// When it came.
    pub at: UnixMillis,
    /// When its list was looked at.
    pub looked_at: UnixMillis,
    /// When the whole answer was there.
    pub answered_at: UnixMillis,
    /// The clinic, by its place; `None` if the call named none of ours.
    pub clinic: Option<usize>,
    /// The day.
    pub day: Day,
    /// The page number that was asked for.
    pub page: u32,
    /// The page size that was asked for, or the largest that the server gives.
    pub size: u32,
    /// The rules that struck, by their places.
    pub rules: Vec<usize>,
    /// Whether what it shows is the list as it was then: no rule has bent it.
    pub sound: bool,
    /// What became of it.
    pub outcome: Outcome,
}

/// What became of a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// A page.
    Page {
        /// The rows that it shows.
        rows: Vec<RowNumber>,
        /// What it says of the list's length.
        total: Option<u64>,
    },
    /// A fault in its place, or one that leaves nothing readable of it.
    Fault,
    /// An `error_response` with this code, because of what the client did.
    Refused(i64),
    /// Code 7, because the client called too often.
    OverBudget,
    /// Code 7, because the client called although it was told not to yet.
    WithinBan,
}

impl CallRecord {
    /// Whether the client got a page of which it can believe every row.
    #[must_use]
    pub fn is_page(&self) -> bool {
        matches!(self.outcome, Outcome::Page { .. })
    }
}

/// All calls, in the order in which they came.
#[derive(Debug, Default)]
pub struct CallLog {
    calls: Vec<CallRecord>,
    by_list: HashMap<(usize, Day), Vec<u32>>,
}

impl CallLog {
    /// Writes a call down.
    pub fn push(&mut self, call: CallRecord) {
        if let (Some(clinic), Ok(place)) = (call.clinic, u32::try_from(self.calls.len())) {
            self.by_list
                .entry((clinic, call.day))
                .or_default()
                .push(place);
        }
        self.calls.push(call);
    }

    /// Every call.
    #[must_use]
    pub fn all(&self) -> &[CallRecord] {
        &self.calls
    }

    /// The calls of one list.
    pub fn of_list(&self, clinic: usize, day: Day) -> impl DoubleEndedIterator<Item = &CallRecord> {
        self.by_list
            .get(&(clinic, day))
            .into_iter()
            .flatten()
            .filter_map(|place| self.calls.get(*place as usize))
    }

    /// Whether a list was read, in part at least, by a call that came after `after` and was
    /// answered by `until`.
    #[must_use]
    pub fn read_between(
        &self,
        clinic: usize,
        day: Day,
        after: UnixMillis,
        until: UnixMillis,
    ) -> bool {
        self.of_list(clinic, day)
            .rev()
            .skip_while(|call| call.answered_at > until)
            .take_while(|call| call.at >= after)
            .any(CallRecord::is_page)
    }
}
