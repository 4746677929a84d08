//! A server of one POV: it answers pages of the truth, in its own manner, while the truth goes on.

use std::collections::VecDeque;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::rc::Rc;

use povline_domain::{Appointment, Digest, Page, PageRequest, UnixMillis};
use povline_sync::chance::Chance;

use super::churn::Churn;
use super::truth::{DayNumber, Order, RowNumber, Truth, one_in, pick};

/// How a server behaves.
#[derive(Debug, Clone, Copy)]
pub struct Manner {
    pub order: Order,
    pub churn: Churn,
    /// Whether all churn strikes the day that is being read.
    pub focused: bool,
    pub total: Total,
    /// No page is longer.
    pub page_rows_max: usize,
    /// Whether page number and size are echoed.
    pub echoes: bool,
    /// Answers may be this old.
    pub stale_ms: i64,
    /// One call in so many fails; 0 for none.
    pub fails_one_in: u64,
    /// Before one page in so many, anchors are made to move along with the seam; 0 for none.
    pub slides_one_in: u64,
    /// Whether the order of a list depends on the size of the page that is asked for, as where a
    /// database is not told any order.
    pub order_by_size: bool,
    /// Before one list in so many is read, the server begins to say of that day, for up to ten minutes,
    /// that there is nothing; 0 for never.
    pub darkens_one_in: u64,
    /// After one reading in so many the agent is killed; 0 for never.
    pub kills_one_in: u64,
    /// One round in so many is a run of fewer days than the others, and knows nothing of theirs; 0
    /// for none.
    pub narrows_one_in: u64,
    /// How long a call takes, and the pause before the next one; in it the churn of one gap falls.
    pub gap_ms: i64,
}

impl Manner {
    pub const fn plain(order: Order, churn: Churn) -> Self {
        Self {
            order,
            churn,
            focused: false,
            total: Total::Exact,
            page_rows_max: 200,
            echoes: true,
            stale_ms: 0,
            fails_one_in: 0,
            slides_one_in: 0,
            order_by_size: false,
            darkens_one_in: 0,
            kills_one_in: 0,
            narrows_one_in: 0,
            gap_ms: 200,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Total {
    Exact,
    /// Counted some time ago.
    Lagging,
    Missing,
}

/// An answer as it stands on the wire.
#[derive(Debug, Clone)]
pub struct Served {
    pub requested_at: UnixMillis,
    pub answered_at: UnixMillis,
    pub number: u64,
    pub size: u64,
    pub total: Option<u64>,
    pub rows: Vec<(RowNumber, Rc<Appointment>)>,
    pub digest: Digest,
}

pub struct Server {
    pub truth: Truth,
    pub chance: Chance,
    pub manner: Manner,
    pub calls: u64,
    /// What happened while pages were asked for, not between scans.
    pub changes_in_scans: u64,
    counted: Vec<u64>,
    /// Until when the server says of each day that there is nothing.
    dark_until: Vec<i64>,
    /// What each day looked like, of late.
    copies: VecDeque<Copy>,
}

/// All days of a POV as they were.
struct Copy {
    at: i64,
    lists: Vec<Vec<(RowNumber, Rc<Appointment>, u32)>>,
}

impl Server {
    pub fn new(manner: Manner, lengths: &[usize], mut chance: Chance) -> Self {
        let truth = Truth::new(manner.order, lengths, &mut chance);
        let counted = truth.lists.iter().map(|list| list.len() as u64).collect();
        Self {
            truth,
            chance,
            manner,
            calls: 0,
            changes_in_scans: 0,
            counted,
            dark_until: vec![0; lengths.len()],
            copies: VecDeque::new(),
        }
    }

    /// Whether the server has been saying of late that there is nothing on this day.
    pub fn is_dark(&self, day: DayNumber) -> bool {
        // A scan may have begun in the dark and ended after it.
        self.dark_until[day] + 60_000 > self.truth.now
    }

    /// Lets time go by between scans.
    pub fn wait(&mut self, millis: i64) {
        let mut left = millis;
        while left > 0 {
            let step = left.min(self.manner.stale_ms.max(1000) / 2 + 500);
            left -= step;
            self.pass(step, None);
        }
    }

    /// Answers one page; `None` if the call fails.
    pub fn serve(&mut self, day: DayNumber, request: PageRequest) -> Option<Served> {
        self.calls += 1;
        let before = self.truth.changes;
        let focus = self.manner.focused.then_some(day);
        let gap = self.manner.gap_ms;
        let [pause, way, back] =
            [gap, gap / 2, gap / 2].map(|millis| self.chance.below(millis as u64));
        self.pass(1 + pause as i64, focus);
        let requested_at = self.truth.instant();
        self.pass(way as i64, focus);
        let slides = self.manner.slides_one_in;
        if request.start() > 0 && slides > 0 && one_in(&mut self.chance, slides) {
            self.truth.slide_seam(day, request.start() as usize);
        }
        let darkens = self.manner.darkens_one_in;
        if darkens > 0 && request.start() == 0 && one_in(&mut self.chance, darkens) {
            self.dark_until[day] = self.truth.now + self.chance.below(600_000) as i64;
        }
        let served = self.page(day, request, requested_at);
        self.pass(back as i64, focus);
        self.changes_in_scans += self.truth.changes - before;
        let fails = self.manner.fails_one_in;
        (fails == 0 || !one_in(&mut self.chance, fails)).then(|| Served {
            answered_at: self.truth.instant(),
            ..served
        })
    }

    fn pass(&mut self, millis: i64, focus: Option<DayNumber>) {
        // Two steps, so that not everything happens at one instant.
        for step in [millis / 2, millis - millis / 2] {
            self.truth.now += step;
            let gaps = step as f64 / self.manner.gap_ms as f64;
            self.manner
                .churn
                .strike(&mut self.truth, &mut self.chance, gaps, focus);
        }
        self.keep_copy();
    }

    fn keep_copy(&mut self) {
        let stale_ms = self.manner.stale_ms;
        let last = self.copies.back().map_or(0, |copy| copy.at);
        if stale_ms == 0 || self.truth.now - last < stale_ms / 4 {
            return;
        }
        let of = |row: &RowNumber| {
            let known = &self.truth.rows[*row];
            (*row, Rc::clone(&known.shown), known.version)
        };
        let lists = self.truth.lists.iter();
        self.copies.push_back(Copy {
            at: self.truth.now,
            lists: lists.map(|list| list.iter().map(of).collect()).collect(),
        });
        let oldest = self.truth.now - stale_ms;
        while self.copies.front().is_some_and(|copy| copy.at < oldest) {
            self.copies.pop_front();
        }
    }

    fn page(&mut self, day: DayNumber, request: PageRequest, requested_at: UnixMillis) -> Served {
        let oldest = self.truth.now - self.manner.stale_ms;
        while self.copies.front().is_some_and(|copy| copy.at < oldest) {
            self.copies.pop_front();
        }
        let stale = !self.copies.is_empty() && one_in(&mut self.chance, 2);
        let copy = stale.then(|| &self.copies[pick(&mut self.chance, self.copies.len())]);
        let mut length = copy.map_or(self.truth.lists[day].len(), |copy| copy.lists[day].len());
        if self.dark_until[day] > self.truth.now {
            length = 0;
        }
        let size = request.size.get();
        let start = (request.start() as usize).min(length);
        let end = (request.reach() as usize).min(length);
        let end = end.min(start + self.manner.page_rows_max);
        let mut hasher = DefaultHasher::new();
        let mut rows = Vec::with_capacity(end - start);
        let mut order: Vec<usize> = (0..length).collect();
        if self.manner.order_by_size {
            let list = &self.truth.lists[day];
            order.sort_by_key(|index| mixed(list[*index] as u64 ^ u64::from(size) << 32));
        }
        for index in order[start..end].iter().copied() {
            let (row, shown, version) = match copy {
                Some(copy) => copy.lists[day][index].clone(),
                None => {
                    let row = self.truth.lists[day][index];
                    let known = &self.truth.rows[row];
                    (row, Rc::clone(&known.shown), known.version)
                }
            };
            (row, version).hash(&mut hasher);
            rows.push((row, shown));
        }
        if one_in(&mut self.chance, 5) {
            self.counted[day] = length as u64;
        }
        let total = match self.manner.total {
            Total::Exact => Some(length as u64),
            Total::Lagging => Some(self.counted[day]),
            Total::Missing => None,
        };
        (total, request).hash(&mut hasher);
        Served {
            requested_at,
            answered_at: requested_at,
            number: u64::from(request.number.get()),
            size: u64::from(request.size.get()),
            total,
            rows,
            digest: Digest(u128::from(hasher.finish())),
        }
    }

    /// Everything comes to rest: nothing changes any more, and every answer is exact and fresh.
    pub fn rest(&mut self) {
        let Manner {
            page_rows_max,
            echoes,
            total,
            order_by_size,
            ..
        } = self.manner;
        let total = match total {
            Total::Missing => Total::Missing,
            Total::Exact | Total::Lagging => Total::Exact,
        };
        const STILL: Churn = Churn {
            name: "still",
            books: 0.0,
            cancels: 0.0,
            reschedules: 0.0,
            shifts: 0.0,
            picks: 0.0,
            restores: 0.0,
            bursts: 0.0,
        };
        self.manner = Manner {
            page_rows_max,
            echoes,
            total,
            order_by_size,
            ..Manner::plain(self.manner.order, STILL)
        };
        self.copies.clear();
        self.dark_until.fill(0);
    }
}

/// A number as good as random for each number.
fn mixed(number: u64) -> u64 {
    let mut hasher = DefaultHasher::new();
    number.hash(&mut hasher);
    hasher.finish()
}

impl Served {
    pub fn page(&self, echoes: bool) -> Page {
        Page {
            number: echoes.then_some(self.number),
            size: echoes.then_some(self.size),
            total: self.total,
            rows: self.rows.iter().map(|(_, row)| (**row).clone()).collect(),
        }
    }
}
