//! Policies that are compared. None but the index with true rates ever sees the world's rates.

use povline_domain::UnixMillis;
use povline_sync::plan::{Choice, ListId, Planner, Rates, Reading};

use super::lists::Shown;

/// What a policy does next. Times are milliseconds since the world began.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Step {
    /// Read the list of a POV and a date, in at most so many calls.
    Poll {
        pov: usize,
        date: usize,
        calls_max: u64,
    },
    /// Nothing before then.
    Wait(u32),
}

/// A polling policy on a clock that is handed to it.
pub(super) trait Policy {
    fn next(&mut self, now: u32) -> Step;
    /// The poll that [`Policy::next`] asked for, and what it showed.
    fn shown(&mut self, pov: usize, date: usize, now: u32, calls: u32, shown: &Shown);
    /// It failed, and took so many calls.
    fn failed(&mut self, pov: usize, date: usize, now: u32, calls: u32);
    /// The platform lets nothing through before `until`.
    fn banned(&mut self, pov: usize, date: usize, now: u32, until: u32);
    /// The price of a call, of policies that have one.
    fn price(&self) -> Option<f64> {
        None
    }
}

/// The planner, with whatever rates.
#[derive(Debug)]
pub(super) struct Index<R> {
    planner: Planner<R>,
    first_day: i32,
    begins: UnixMillis,
}

impl<R: Rates> Index<R> {
    pub(super) fn new(planner: Planner<R>, first_day: i32) -> Self {
        Self {
            planner,
            first_day,
            begins: begins(first_day),
        }
    }

    fn list(&self, pov: usize, date: usize) -> ListId {
        ListId {
            pov: pov as u32,
            day: self.first_day + date as i32,
        }
    }

    fn at(&self, now: u32) -> UnixMillis {
        self.begins.plus_millis(i64::from(now))
    }
}

/// When this day of Shanghai begins.
pub(super) fn begins(day: i32) -> UnixMillis {
    UnixMillis((i64::from(day) * 24 - 8) * 3_600_000)
}

impl<R: Rates> Policy for Index<R> {
    fn next(&mut self, now: u32) -> Step {
        match self.planner.next(0, self.at(now)) {
            Choice::Poll {
                list, calls_max, ..
            } => Step::Poll {
                pov: list.pov as usize,
                date: usize::try_from(list.day - self.first_day).unwrap_or(0),
                calls_max: calls_max.unwrap_or(u64::MAX),
            },
            Choice::Wait(until) => {
                let until = until.millis_since(self.begins);
                Step::Wait(u32::try_from(until).unwrap_or(u32::MAX))
            }
        }
    }

    fn shown(&mut self, pov: usize, date: usize, now: u32, calls: u32, shown: &Shown) {
        let reading = Reading {
            begun_at: self.at(now),
            calls,
            new: shown.new,
            gone: shown.gone,
            picked: shown.picked,
            rows: shown.rows,
            unpicked: shown.unpicked,
        };
        let list = self.list(pov, date);
        self.planner.observe(list, reading, true, self.at(now));
    }

    fn failed(&mut self, pov: usize, date: usize, now: u32, calls: u32) {
        let list = self.list(pov, date);
        self.planner.failed(list, calls, true, self.at(now));
    }

    fn banned(&mut self, pov: usize, date: usize, now: u32, until: u32) {
        self.planner.parked(0, self.at(until));
        let list = self.list(pov, date);
        self.planner.put_back(list, 1, true, self.at(now));
    }

    fn price(&self) -> Option<f64> {
        Some(self.planner.price(0))
    }
}
