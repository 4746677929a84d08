//! When a client last read a list whole.

use povline_domain::{Day, UnixMillis};

use crate::server::{CallLog, CallRecord, Outcome};

/// So many calls of a list are looked back at.
const CALLS_MAX: usize = 400;

/// A whole reading of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Pass {
    /// When the first of its calls came.
    pub(super) begun_at: UnixMillis,
    /// When the list was looked at last.
    pub(super) ended_at: UnixMillis,
}

/// The last whole reading that was answered by `until`: the latest calls whose pages cover the
/// list from its first place to a page that ends it, in whatever order they were made.
pub(super) fn last_whole(
    log: &CallLog,
    (clinic, day): (usize, Day),
    until: UnixMillis,
) -> Option<Pass> {
    let mut cover = Cover::default();
    let mut pass: Option<Pass> = None;
    let calls = log.of_list(clinic, day).rev();
    for call in calls
        .skip_while(|call| call.answered_at > until)
        .take(CALLS_MAX)
        .filter(|call| call.sound)
    {
        let Outcome::Page { rows, total } = &call.outcome else {
            continue;
        };
        let seen = pass.get_or_insert(Pass {
            begun_at: call.at,
            ended_at: call.looked_at,
        });
        seen.begun_at = seen.begun_at.min(call.at);
        cover.add(call, rows.len() as u64, *total);
        if cover.is_whole() {
            return pass;
        }
    }
    None
}

/// Which places of a list were read.
#[derive(Debug, Default)]
struct Cover {
    ranges: Vec<(u64, u64)>,
    end: Option<u64>,
}

impl Cover {
    fn add(&mut self, call: &CallRecord, rows: u64, total: Option<u64>) {
        let start = u64::from(call.page.saturating_sub(1)) * u64::from(call.size);
        let end = start + rows;
        let ends = rows < u64::from(call.size) || total == Some(end);
        if ends && self.end.is_none_or(|known| end < known) {
            self.end = Some(end);
        }
        self.ranges.push((start, end));
    }

    fn is_whole(&mut self) -> bool {
        let Some(end) = self.end else {
            return false;
        };
        self.ranges.sort_unstable();
        let mut reached = 0;
        for (start, stop) in &self.ranges {
            if *start > reached {
                break;
            }
            reached = reached.max(*stop);
        }
        reached >= end
    }
}
