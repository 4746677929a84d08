//! A release that nobody announced: far more is booked everywhere than was foreseen.
//!
//! One list that surprises is chance, or its clinic's own affair. When a quarter of the POVs do
//! within a quarter of an hour, something has happened to all of them, and lists that were not
//! polled yet will have it too. While a surge lasts, an excess rate is added to every list ahead:
//! its own as far as it is known, else its POV's, else that of all. What the surge brings is kept
//! out of everything that is learned for good.

use super::super::clock::LocalSeconds;
use super::super::gamma::left;
use super::super::rates::Rekey;
use super::Learned;

/// How long a poll counts for whether there is a surge.
const WINDOW_SECONDS: f64 = 900.0;
/// At least so many POVs must surprise.
const POVS_MIN: u32 = 4;
/// A surge ends below this part of the share that begins it.
const END_PART: f64 = 0.4;
/// A surplus is taken to be no older than this: after a gap of three hours it is not three hours
/// old.
pub(super) const AGE_SECONDS_MAX: f64 = 900.0;
/// How fast a surge is expected to fade, and its evidence to be forgotten.
const HALF_LIFE_SECONDS: f64 = 900.0;
/// Seconds of a list's exposure by which an excess is drawn to that of its POV, and a POV's to
/// that of all.
const SHRINK_SECONDS: f64 = 900.0;
/// All lists are planned anew when the excess of all differs by this factor.
const REKEY_FACTOR: f64 = 1.5;

/// Rows beyond what was foreseen, and the seconds of lists in which they came.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Excess {
    rows: f64,
    seconds: f64,
    at: LocalSeconds,
}

impl Excess {
    fn at(&self, at: LocalSeconds) -> (f64, f64) {
        let left = left(at - self.at, HALF_LIFE_SECONDS);
        (self.rows * left, self.seconds * left)
    }

    fn add(&mut self, rows: f64, seconds: f64, at: LocalSeconds) {
        let (had, over) = self.at(at);
        (self.rows, self.seconds) = (had + rows, over + seconds);
        self.at = self.at.max(at);
    }

    /// Rows a second, drawn to `towards`.
    fn rate(&self, towards: f64, at: LocalSeconds) -> f64 {
        let (rows, seconds) = self.at(at);
        (rows + towards * SHRINK_SECONDS) / (seconds + SHRINK_SECONDS)
    }
}

/// What is left of a surge's rate after so many seconds.
pub(super) fn left_of(seconds: f64) -> f64 {
    left(seconds, HALF_LIFE_SECONDS)
}

/// One poll of a list ahead.
#[derive(Debug, Clone, Copy)]
pub(super) struct Polled {
    at: LocalSeconds,
    pov: u32,
    surprised: bool,
}

/// Whether there is a surge.
#[derive(Debug, Clone, Default)]
pub(super) struct Surge {
    on: bool,
    /// Polls and surprises of each POV within the window.
    of_pov: Vec<(u32, u32)>,
    povs_polled: u32,
    povs_surprised: u32,
    all: Excess,
    /// The excess of all by which lists were last planned.
    planned_rate: f64,
    /// The latest poll: excess rates are told as of then.
    now: LocalSeconds,
}

impl Surge {
    pub(super) fn is_on(&self) -> bool {
        self.on
    }

    fn count(&mut self, polled: Polled) {
        let pov = polled.pov as usize;
        if self.of_pov.len() <= pov {
            self.of_pov.resize(pov + 1, (0, 0));
        }
        let (polls, surprises) = &mut self.of_pov[pov];
        self.povs_polled += u32::from(*polls == 0);
        *polls += 1;
        if polled.surprised {
            self.povs_surprised += u32::from(*surprises == 0);
            *surprises += 1;
        }
    }

    fn uncount(&mut self, polled: Polled) {
        let (polls, surprises) = &mut self.of_pov[polled.pov as usize];
        *polls -= 1;
        self.povs_polled -= u32::from(*polls == 0);
        if polled.surprised {
            *surprises -= 1;
            self.povs_surprised -= u32::from(*surprises == 0);
        }
    }
}

impl Learned {
    /// Whether so many new rows are a sign of something that was not foreseen.
    pub(super) fn surprises(&self, new: f64, expected: f64) -> bool {
        let deviation = self.parameters.surge_deviations * (expected + 1.0).sqrt();
        new > expected + deviation + 2.0 + 0.5 * expected
    }

    /// The excess rate of a list, and the instant for which it is told.
    pub(super) fn excess(
        &self,
        pov: usize,
        place: usize,
        read_at: LocalSeconds,
    ) -> (f64, LocalSeconds) {
        if !self.surge.on {
            return (0.0, 0.0);
        }
        // Before this instant, the surge had not begun as far as is known.
        let at = self.surge.now.max(read_at);
        let all = self.surge.all.rate(0.0, at);
        let of_pov = self.povs[pov].excess.rate(all, at);
        (self.lists[place].excess.rate(of_pov, at), at)
    }

    /// Takes note of a poll of a list ahead, and says who must be planned anew.
    pub(super) fn note_poll(
        &mut self,
        at: LocalSeconds,
        pov: u32,
        place: usize,
        (new, expected, gap): (f64, f64, f64),
    ) -> Rekey {
        if !self.parameters.surges {
            return Rekey::None;
        }
        let surprised = self.surprises(new, expected);
        let polled = Polled { at, pov, surprised };
        self.surge.now = self.surge.now.max(at);
        self.surge.count(polled);
        self.recent.push_back(polled);
        while let Some(oldest) = self.recent.front().copied() {
            if at - oldest.at <= WINDOW_SECONDS {
                break;
            }
            self.recent.pop_front();
            self.surge.uncount(oldest);
        }
        let share = f64::from(self.surge.povs_surprised) / f64::from(self.surge.povs_polled);
        let begins = share >= self.parameters.surge_part && self.surge.povs_surprised >= POVS_MIN;
        let was_on = self.surge.on;
        self.surge.on = begins || (was_on && share >= END_PART * self.parameters.surge_part);
        if surprised || self.surge.on {
            let seconds = gap.min(AGE_SECONDS_MAX);
            let rows = (new - expected).max(0.0);
            self.surge.all.add(rows, seconds, at);
            self.povs[pov as usize].excess.add(rows, seconds, at);
            self.lists[place].excess.add(rows, seconds, at);
        }
        match (was_on, self.surge.on) {
            (false, false) => Rekey::None,
            (true, true) => {
                let rate = self.surge.all.rate(0.0, at);
                let planned = self.surge.planned_rate;
                if rate > planned * REKEY_FACTOR || rate * REKEY_FACTOR < planned {
                    self.surge.planned_rate = rate;
                    Rekey::All
                } else if surprised {
                    Rekey::Siblings
                } else {
                    Rekey::None
                }
            }
            _ => {
                self.surge.planned_rate = self.surge.all.rate(0.0, at);
                Rekey::All
            }
        }
    }
}
