//! The truth: which appointments there are, on which day, in which order, and what became of each.

use std::rc::Rc;

use povline_domain::{
    Appointment, AppointmentId, Day, Name, Period, PickCode, PickStatus, UnixMillis,
};
use povline_sync::chance::Chance;

use crate::settle::support::{day as day_number, pov};

/// In which order a server keeps a day's list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// In the order in which rows joined the day; no change moves a row within it.
    Append,
    /// By period, so that rows land in the middle, and a row whose period changes moves.
    Middle,
}

/// The number of an appointment.
pub type RowNumber = usize;

/// The number of a day, from 0.
pub type DayNumber = usize;

#[derive(Debug)]
pub struct Row {
    /// As any page shows it now.
    pub shown: Rc<Appointment>,
    /// Counts what can be seen of it.
    pub version: u32,
    /// Where it stands; `None` once cancelled.
    pub place: Option<DayNumber>,
    key: u64,
    /// Every time at which it joined, left or changed its place, oldest first.
    pub past: Vec<Happening>,
}

#[derive(Debug, Clone, Copy)]
pub struct Happening {
    pub at: i64,
    pub what: What,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    Joined,
    Cancelled,
    MovedTo(DayNumber),
    MovedWithin,
}

#[derive(Debug)]
pub struct Truth {
    pub order: Order,
    pub now: i64,
    pub rows: Vec<Row>,
    /// The rows of each day, in the server's order.
    pub lists: Vec<Vec<RowNumber>>,
    /// How much has changed.
    pub changes: u64,
    /// How long each list was at first: the longer, the more rows join it later.
    lengths: Vec<usize>,
    cancelled: Vec<RowNumber>,
    joined: u64,
}

impl Truth {
    pub fn new(order: Order, lengths: &[usize], chance: &mut Chance) -> Self {
        let mut truth = Self {
            order,
            now: 1_600_000_000_000,
            rows: Vec::new(),
            lists: vec![Vec::new(); lengths.len()],
            changes: 0,
            lengths: lengths.iter().map(|length| length + 5).collect(),
            cancelled: Vec::new(),
            joined: 0,
        };
        for (day, length) in lengths.iter().enumerate() {
            for _ in 0..*length {
                truth.book(day, any_period(chance));
            }
        }
        truth.now += 1000;
        truth.changes = 0;
        truth
    }

    pub fn instant(&self) -> UnixMillis {
        UnixMillis(self.now)
    }

    pub fn day(day: DayNumber) -> Day {
        day_number(day as i8 + 1)
    }

    /// The row with this id.
    pub fn row_of(&self, id: &AppointmentId) -> RowNumber {
        id.as_str()[1..].parse().unwrap()
    }

    /// What a whole list of the day shows, by appointment id.
    pub fn shown_on(&self, day: DayNumber) -> Vec<Appointment> {
        let rows = self.lists[day].iter();
        let mut shown: Vec<Appointment> =
            rows.map(|row| (*self.rows[*row].shown).clone()).collect();
        shown.sort_by(|left, right| left.appointment_id.cmp(&right.appointment_id));
        shown
    }

    /// When a row last joined, left or changed its place.
    pub fn touched_at(&self, row: RowNumber) -> i64 {
        self.rows[row].past.last().unwrap().at
    }

    /// A day, one with a long list rather than one with a short one.
    pub fn any_day(&self, chance: &mut Chance) -> DayNumber {
        let mut place = pick(chance, self.lengths.iter().sum());
        let mut lengths = self.lengths.iter();
        let holds = |length: &usize| {
            let here = place < *length;
            place = place.wrapping_sub(*length);
            here
        };
        lengths.position(holds).unwrap()
    }

    pub fn book(&mut self, day: DayNumber, period: Period) {
        let row = self.rows.len();
        let shown = Appointment {
            appointment_id: AppointmentId::new(format!("P{row:06}")).unwrap(),
            out_pov_id: pov(),
            day: Self::day(day),
            period,
            pick_code: PickCode::new(format!("{row}")).unwrap(),
            pick_status: PickStatus::NotPicked,
            name: Name::new("测试").unwrap(),
        };
        self.rows.push(Row {
            shown: Rc::new(shown),
            version: 0,
            place: None,
            key: 0,
            past: Vec::new(),
        });
        self.join(row, day, What::Joined);
    }

    pub fn cancel(&mut self, row: RowNumber) {
        self.leave(row);
        self.rows[row].place = None;
        self.cancelled.push(row);
        self.note(row, What::Cancelled);
    }

    /// A cancelled appointment is made again under its old id.
    pub fn restore(&mut self, day: DayNumber, chance: &mut Chance) {
        if self.cancelled.is_empty() {
            return;
        }
        let index = pick(chance, self.cancelled.len());
        let row = self.cancelled.swap_remove(index);
        self.show(row, |shown| shown.day = Self::day(day));
        self.join(row, day, What::Joined);
    }

    pub fn reschedule(&mut self, row: RowNumber, day: DayNumber, period: Period) {
        self.leave(row);
        self.show(row, |shown| {
            shown.day = Self::day(day);
            shown.period = period;
        });
        self.join(row, day, What::MovedTo(day));
    }

    /// The row gets another period of its day, which moves it if the list is kept by period.
    pub fn shift(&mut self, row: RowNumber, period: Period) {
        let Some(day) = self.rows[row].place else {
            return;
        };
        match self.order {
            Order::Append => {
                self.show(row, |shown| shown.period = period);
                self.changes += 1;
            }
            Order::Middle => {
                self.leave(row);
                self.show(row, |shown| shown.period = period);
                self.join(row, day, What::MovedWithin);
            }
        }
    }

    /// The four rows from `start` on go past the next six, and six before them are cancelled: so
    /// they stand from `start` on again.
    pub fn slide_seam(&mut self, day: DayNumber, start: usize) {
        let list = &self.lists[day];
        if start < 6 || list.len() < start + 11 {
            return;
        }
        let key_at = |index: usize| self.rows[list[index]].key;
        let after = key_at(start + 9);
        if key_at(start + 10) - after <= 4 {
            return;
        }
        let anchors = list[start..start + 4].to_vec();
        let gone = list[..6].to_vec();
        for (row, key) in anchors.into_iter().zip(after + 1..) {
            self.leave(row);
            let list = &mut self.lists[day];
            let index = list.partition_point(|other| self.rows[*other].key < key);
            list.insert(index, row);
            self.rows[row].key = key;
            self.note(row, What::MovedWithin);
        }
        for row in gone {
            self.cancel(row);
        }
    }

    /// The row's number is taken, or given back.
    pub fn toggle_pick(&mut self, row: RowNumber) {
        self.show(row, |shown| {
            shown.pick_status = match shown.pick_status {
                PickStatus::Picked => PickStatus::NotPicked,
                PickStatus::NotPicked => PickStatus::Picked,
            }
        });
        self.changes += 1;
    }

    /// Where a listed row stands in its list.
    pub fn index_of(&self, row: RowNumber, day: DayNumber) -> usize {
        let key = self.rows[row].key;
        let found = self.lists[day].binary_search_by_key(&key, |other| self.rows[*other].key);
        found.unwrap()
    }

    fn show(&mut self, row: RowNumber, change: impl FnOnce(&mut Appointment)) {
        let row = &mut self.rows[row];
        change(Rc::make_mut(&mut row.shown));
        row.version += 1;
    }

    fn leave(&mut self, row: RowNumber) {
        let day = self.rows[row].place.unwrap();
        let index = self.index_of(row, day);
        self.lists[day].remove(index);
    }

    fn join(&mut self, row: RowNumber, day: DayNumber, what: What) {
        self.joined += 1;
        let key = match self.order {
            Order::Append => self.joined << 8,
            Order::Middle => {
                u64::from(self.rows[row].shown.period.begin_minute()) << 40 | (row as u64) << 8
            }
        };
        self.rows[row].key = key;
        self.rows[row].place = Some(day);
        let index = self.lists[day].partition_point(|other| self.rows[*other].key < key);
        self.lists[day].insert(index, row);
        self.note(row, what);
    }

    fn note(&mut self, row: RowNumber, what: What) {
        self.changes += 1;
        let at = self.now;
        self.rows[row].past.push(Happening { at, what });
    }
}

/// A number in `0..end`.
pub fn pick(chance: &mut Chance, end: usize) -> usize {
    chance.below(end as u64) as usize
}

/// One time in so many.
pub fn one_in(chance: &mut Chance, times: u64) -> bool {
    chance.below(times) == 0
}

/// A quarter of an hour between 08:00 and 17:00.
pub fn any_period(chance: &mut Chance) -> Period {
    let begin = 8 * 60 + chance.below(36) as u16 * 15;
    Period::new(begin, begin + 15).unwrap()
}
