//! What happens to a POV's appointments while nobody looks.

use povline_sync::chance::Chance;

use super::truth::{DayNumber, Truth, any_period, one_in, pick};

/// How often things happen, in changes expected during one gap between two pages.
#[derive(Debug, Clone, Copy)]
pub struct Churn {
    pub name: &'static str,
    pub books: f64,
    pub cancels: f64,
    pub reschedules: f64,
    pub shifts: f64,
    pub picks: f64,
    pub restores: f64,
    /// A session is closed: of up to 40 rows that stand together, some are cancelled and the
    /// others moved, together, elsewhere.
    pub bursts: f64,
}

/// Rows come and go far more often than in any clinic, in order to rank methods.
pub const HEAVY: Churn = Churn {
    name: "heavy",
    books: 0.6,
    cancels: 0.6,
    reschedules: 0.0,
    shifts: 0.0,
    picks: 0.2,
    restores: 0.0,
    bursts: 0.0,
};

/// A tenth of that.
pub const LIGHT: Churn = Churn {
    name: "light",
    books: 0.06,
    cancels: 0.06,
    picks: 0.02,
    ..HEAVY
};

/// Rows also move to other days and within theirs.
pub const MOVING: Churn = Churn {
    name: "moving",
    books: 0.5,
    cancels: 0.5,
    reschedules: 0.2,
    shifts: 0.2,
    picks: 0.3,
    restores: 0.02,
    bursts: 0.0,
};

/// Whole sessions are closed, so that rows that stand together go together.
pub const BURSTS: Churn = Churn {
    name: "bursts",
    bursts: 0.05,
    ..MOVING
};

/// Rows move so often that they may outrun whoever looks for them.
pub const RESTLESS: Churn = Churn {
    name: "restless",
    reschedules: 12.0,
    ..LIGHT
};

/// Sessions are closed all the time: no day in any clinic is like this.
pub const STORM: Churn = Churn {
    name: "storm",
    bursts: 1.0,
    ..MOVING
};

impl Churn {
    /// Lets a gap, or several, go by. If `focus` names a day, that is where rows come and go.
    pub fn strike(
        &self,
        truth: &mut Truth,
        chance: &mut Chance,
        gaps: f64,
        focus: Option<DayNumber>,
    ) {
        let mut times = |rate: f64| poisson(chance, rate * gaps);
        let [books, cancels, reschedules, shifts, picks, restores, bursts] = [
            self.books,
            self.cancels,
            self.reschedules,
            self.shifts,
            self.picks,
            self.restores,
            self.bursts,
        ]
        .map(&mut times);
        for _ in 0..books {
            let day = focus.unwrap_or_else(|| truth.any_day(chance));
            truth.book(day, any_period(chance));
        }
        for _ in 0..cancels {
            if let Some(row) = any_row(truth, chance, focus) {
                truth.cancel(row);
            }
        }
        for _ in 0..reschedules {
            if let Some(row) = any_row(truth, chance, focus) {
                reschedule(truth, row, chance);
            }
        }
        for _ in 0..shifts {
            if let Some(row) = any_row(truth, chance, focus) {
                truth.shift(row, any_period(chance));
            }
        }
        for _ in 0..picks {
            if let Some(row) = any_row(truth, chance, focus) {
                truth.toggle_pick(row);
            }
        }
        for _ in 0..restores {
            let day = focus.unwrap_or_else(|| truth.any_day(chance));
            truth.restore(day, chance);
        }
        for _ in 0..bursts {
            let day = focus.unwrap_or_else(|| truth.any_day(chance));
            close_session(truth, day, chance);
        }
    }
}

/// A row of any list, longer lists more often.
fn any_row(truth: &Truth, chance: &mut Chance, focus: Option<DayNumber>) -> Option<usize> {
    let lists = match focus {
        Some(day) => &truth.lists[day..=day],
        None => &truth.lists[..],
    };
    let mut index = pick(chance, lists.iter().map(Vec::len).sum());
    for list in lists {
        match list.get(index) {
            Some(row) => return Some(*row),
            None => index -= list.len(),
        }
    }
    None
}

fn reschedule(truth: &mut Truth, row: usize, chance: &mut Chance) {
    let to = truth.any_day(chance);
    if truth.rows[row].place != Some(to) {
        truth.reschedule(row, to, any_period(chance));
    }
}

fn close_session(truth: &mut Truth, day: DayNumber, chance: &mut Chance) {
    let list = &truth.lists[day];
    let length = (3 + pick(chance, 38)).min(list.len());
    if length == 0 {
        return;
    }
    let first = pick(chance, list.len() - length + 1);
    let rows = list[first..first + length].to_vec();
    let period = any_period(chance);
    let other_day = one_in(chance, 3);
    for row in rows {
        if one_in(chance, 2) {
            truth.cancel(row);
            // What is freed is taken, so that lists keep their lengths.
            let day = truth.any_day(chance);
            truth.book(day, any_period(chance));
        } else if other_day {
            reschedule(truth, row, chance);
        } else {
            truth.shift(row, period);
        }
    }
}

/// How often something happens that is expected so many times.
fn poisson(chance: &mut Chance, expected: f64) -> u32 {
    let mut left = expected;
    let mut times = 0;
    loop {
        // The time to the next happening, in units of the mean one.
        let uniform = (chance.next_u64() >> 11) as f64 / (1_u64 << 53) as f64;
        left += (1.0 - uniform).ln();
        if left < 0.0 {
            return times;
        }
        times += 1;
    }
}
