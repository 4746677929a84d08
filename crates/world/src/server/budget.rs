//! What a client may call, kept as the platform keeps it.

use std::collections::VecDeque;

use povline_domain::{Day, UnixMillis};

use crate::faults::midnight_after;
use crate::scenarios::Budget;

/// What the budget says of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Allowed {
    Yes,
    /// It is one too many; banned until then.
    Overrun(UnixMillis),
    /// It comes during a ban that was told.
    Banned(UnixMillis),
}

#[derive(Debug)]
pub(super) struct BudgetState {
    budget: Budget,
    last_second: VecDeque<UnixMillis>,
    day: Option<Day>,
    calls_of_day: u32,
    banned_until: Option<UnixMillis>,
}

impl BudgetState {
    pub(super) fn new(budget: Budget) -> Self {
        Self {
            budget,
            last_second: VecDeque::new(),
            day: None,
            calls_of_day: 0,
            banned_until: None,
        }
    }

    /// Counts a call and says whether it may be answered.
    pub(super) fn take(&mut self, at: UnixMillis) -> Allowed {
        if let Some(until) = self.banned_until {
            if at < until {
                return Allowed::Banned(until);
            }
            self.banned_until = None;
        }
        let day = Day::at(at);
        if self.day != Some(day) {
            self.day = Some(day);
            self.calls_of_day = 0;
        }
        self.calls_of_day += 1;
        let Budget {
            calls_per_second,
            calls_per_day,
            ban_seconds,
        } = self.budget;
        if calls_per_day > 0 && self.calls_of_day > calls_per_day {
            return self.ban(midnight_after(at));
        }
        if calls_per_second > 0 {
            while self
                .last_second
                .front()
                .is_some_and(|earlier| at.millis_since(*earlier) >= 1_000)
            {
                self.last_second.pop_front();
            }
            if self.last_second.len() >= calls_per_second as usize {
                return self.ban(at.plus_millis(i64::from(ban_seconds.max(1)) * 1_000));
            }
            self.last_second.push_back(at);
        }
        Allowed::Yes
    }

    fn ban(&mut self, until: UnixMillis) -> Allowed {
        self.banned_until = Some(until);
        Allowed::Overrun(until)
    }
}
