//! What is known of one clinic's today and tomorrow, and what of it is to be read again. A day that
//! is due stays so until it was read, whatever fails in between.

use povline_domain::{Day, UnixMillis};
use povline_store::ledger::{DeskList, DeskMark};
use tokio::time::Instant;

/// Today, and tomorrow if somebody wants it.
#[derive(Debug)]
pub(super) struct Known {
    today: Day,
    days: Vec<KnownDay>,
    nothing: DeskList,
    /// Whether anything was read since it was last shown.
    is_news: bool,
    /// After a failure nothing is read until then.
    rests_until: Option<Instant>,
}

#[derive(Debug)]
struct KnownDay {
    day: Day,
    list: DeskList,
    is_due: bool,
}

impl Known {
    /// Nothing is known yet.
    pub(super) fn nothing(today: Day) -> Self {
        Self {
            today,
            days: Vec::new(),
            nothing: DeskList::default(),
            is_news: false,
            rests_until: None,
        }
    }

    /// A look begins. What was done at the desk concerns today, and a new day is drawn anew.
    pub(super) fn begin(&mut self, today: Day, wants_tomorrow: bool, is_touched: bool) {
        let tomorrow = today.plus_days(1).ok().filter(|_| wants_tomorrow);
        let is_due = is_touched || today != self.today;
        self.today = today;
        let mut before = std::mem::take(&mut self.days);
        for day in [Some(today), tomorrow].into_iter().flatten() {
            let known = before.iter().position(|known| known.day == day);
            let mut known = known.map_or_else(
                || KnownDay {
                    day,
                    list: DeskList::default(),
                    is_due: true,
                },
                |at| before.swap_remove(at),
            );
            known.is_due |= is_due && day == today;
            self.days.push(known);
        }
    }

    /// The days that are wanted.
    pub(super) fn days(&self) -> impl Iterator<Item = Day> {
        self.days.iter().map(|known| known.day)
    }

    /// Holds the days against the ledger's marks, which come in the order of [`Known::days`].
    pub(super) fn compare(&mut self, marks: &mut impl Iterator<Item = DeskMark>) {
        for known in &mut self.days {
            let mark = marks.next();
            known.is_due |= mark.is_some_and(|mark| mark != known.list.mark());
        }
    }

    /// A day that is to be read.
    pub(super) fn next_to_read(&self) -> Option<Day> {
        let due = self.days.iter().find(|known| known.is_due);
        due.map(|known| known.day)
    }

    /// A day was read.
    pub(super) fn took(&mut self, day: Day, list: DeskList) {
        if let Some(known) = self.days.iter_mut().find(|known| known.day == day) {
            known.list = list;
            known.is_due = false;
            self.is_news = true;
        }
    }

    /// Whether something was read since this was last asked.
    pub(super) fn take_news(&mut self) -> bool {
        std::mem::take(&mut self.is_news)
    }

    /// Until when nothing is read, because something could not be.
    pub(super) fn rests_until(&self) -> Option<Instant> {
        self.rests_until
    }

    /// Nothing is read until then, or it is at once.
    pub(super) fn rest(&mut self, until: Option<Instant>) {
        self.rests_until = until;
    }

    pub(super) fn today(&self) -> Day {
        self.today
    }

    /// Today's list and tomorrow's.
    pub(super) fn lists(&self) -> [&DeskList; 2] {
        [0, 1].map(|at| self.days.get(at).map_or(&self.nothing, |known| &known.list))
    }

    /// When today's list was last read whole.
    pub(super) fn as_of(&self) -> Option<UnixMillis> {
        let [today, _] = self.lists();
        today.status.as_ref().and_then(|status| status.checked_at)
    }
}

#[cfg(test)]
mod tests {
    use povline_domain::OutPovId;
    use povline_store::ledger::DayStatus;

    use super::*;

    fn day(number: i8) -> Day {
        Day::new(2026, 11, number).unwrap()
    }

    fn list(read_at: i64) -> DeskList {
        DeskList {
            status: Some(DayStatus {
                pov: OutPovId::new("1").unwrap(),
                day: day(24),
                checked_at: Some(UnixMillis(read_at)),
                changed_at: None,
                tried_at: None,
                verdict: String::new(),
                live: 0,
                suspected: 0,
                picked: 0,
            }),
            ..DeskList::default()
        }
    }

    fn marks(read_at: [i64; 2]) -> impl Iterator<Item = DeskMark> {
        read_at.map(|read_at| list(read_at).mark()).into_iter()
    }

    /// Today and tomorrow, both read at 1 and shown.
    fn read_and_shown() -> Known {
        let mut known = Known::nothing(day(24));
        known.begin(day(24), true, true);
        known.compare(&mut marks([1, 1]));
        while let Some(due) = known.next_to_read() {
            known.took(due, list(1));
        }
        assert!(known.take_news() && !known.take_news());
        known
    }

    #[test]
    fn only_what_has_changed_is_read_and_only_that_is_news() {
        let mut known = read_and_shown();
        known.begin(day(24), true, false);
        known.compare(&mut marks([1, 1]));
        assert_eq!(known.next_to_read(), None);
        known.begin(day(24), true, false);
        known.compare(&mut marks([1, 2]));
        assert_eq!(known.next_to_read(), Some(day(25)));
        known.took(day(25), list(2));
        assert!(known.next_to_read().is_none() && known.take_news());
    }

    #[test]
    fn what_could_not_be_read_is_due_until_it_was() {
        let mut known = read_and_shown();
        known.begin(day(24), true, true);
        // The marks could not be read, and then neither could the list.
        for _ in 0..2 {
            known.begin(day(24), true, false);
            assert_eq!(known.next_to_read(), Some(day(24)));
        }
        known.compare(&mut marks([1, 2]));
        known.took(day(24), list(1));
        // Tomorrow's fails: what was read of today is shown all the same once it is there.
        known.begin(day(24), true, false);
        known.compare(&mut marks([1, 2]));
        assert_eq!(known.next_to_read(), Some(day(25)));
        known.took(day(25), list(2));
        assert!(known.take_news());
    }

    #[test]
    fn what_was_tomorrow_is_drawn_as_today_when_it_has_come() {
        let mut known = read_and_shown();
        known.begin(day(25), true, false);
        assert_eq!(known.days().collect::<Vec<_>>(), [day(25), day(26)]);
        known.compare(&mut marks([1, 1]));
        assert_eq!(known.next_to_read(), Some(day(25)));
        // A screen alone wants no tomorrow.
        known.begin(day(25), false, false);
        assert_eq!(known.days().collect::<Vec<_>>(), [day(25)]);
    }
}
