//! Rates learned from what polls show.
//!
//! The rate at which rows appear in a list is a product: the size of the POV, times how busy its
//! day is, times what the last hours were like, times the POV's own clock, times a table shared by
//! all POVs by days ahead and quarter of an hour. Rows vanish by a shared rate for each row, and
//! are picked by a shared rate for each row not picked yet. Every factor is Gamma.

mod learn;
mod seed;
mod state;
mod surge;
mod tables;

use std::collections::VecDeque;

use super::clock::{LocalSeconds, SLOTS};
use super::config::PlanConfig;
use super::gamma::{Fading, Gamma, left};
use super::rates::{Expected, ListView, Rates, Rekey};
use surge::{Excess, Surge};
use tables::Tables;

/// How readily rates are learned. The defaults were found by simulation, and little depends on
/// them, but for `overdispersion`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Parameters {
    /// How many counts the prior of each factor weighs.
    pub kappa_size: f64,
    /// Of how busy a list is.
    pub kappa_list: f64,
    /// Of what the last hours were like.
    pub kappa_fast: f64,
    /// Of a cell of a POV's own clock for the furthest day.
    pub kappa_release_shape: f64,
    /// Of a cell of its clock for other bookings.
    pub kappa_book_shape: f64,
    /// Of a cell of its clock for picks.
    pub kappa_pick_shape: f64,
    /// How fast what the last hours were like is forgotten: its half-life in seconds.
    pub fast_half_life: f64,
    /// By how much counts vary beyond Poisson: the square of the part. One poll that shows
    /// hundreds of rows is not hundreds of independent facts.
    pub overdispersion: f64,
    /// Of how much of one day's exposure the shared tables' priors are worth.
    pub table_prior: f64,
    /// By how many standard deviations a count must surprise to be a sign of a surge.
    pub surge_deviations: f64,
    /// The part of the POVs that must surprise for a surge to begin; it ends below 0.4 of it.
    pub surge_part: f64,
    /// Whether surges are looked for at all.
    pub surges: bool,
}

impl Default for Parameters {
    fn default() -> Self {
        Self {
            kappa_size: 2.0,
            kappa_list: 3.0,
            kappa_fast: 10.0,
            kappa_release_shape: 4.0,
            kappa_book_shape: 15.0,
            kappa_pick_shape: 12.0,
            fast_half_life: 5_400.0,
            overdispersion: 0.05,
            table_prior: 0.2,
            surge_deviations: 6.0,
            surge_part: 0.25,
            surges: true,
        }
    }
}

/// A POV's own clock: cells of one or two hours.
const RELEASE_CELLS: usize = 24;
const SHAPE_CELLS: usize = 12;

/// What was learned of a POV.
#[derive(Debug, Clone, Default)]
struct PovModel {
    size: Gamma,
    /// Rows that its lists had when they were first read, and the part of a POV's daily rows that
    /// lists of those days have.
    first_rows: f32,
    first_part: f32,
    leave: Gamma,
    book: Fading,
    pick: Fading,
    /// Rows of today that appeared or were picked, and the seconds in which they did.
    recent: Fading,
    release_shape: [Gamma; RELEASE_CELLS],
    book_shape: [Gamma; SHAPE_CELLS],
    pick_shape: [Gamma; SHAPE_CELLS],
    excess: Excess,
}

/// What was learned of a list.
#[derive(Debug, Clone, Copy, Default)]
struct ListModel {
    busy: Gamma,
    /// The prior of `busy` from how many rows the list had when it was first read, against what
    /// its POV's size would have; 0 if that is not known.
    first_part: f32,
    first_rows: f32,
    excess: Excess,
}

/// Rates as they were learned from polls.
#[derive(Debug, Clone)]
pub struct Learned {
    parameters: Parameters,
    first_day: i32,
    horizon: usize,
    tables: Tables,
    povs: Vec<PovModel>,
    lists: Vec<ListModel>,
    surge: Surge,
    /// The mean size of POVs, for those that nothing is known of.
    mean_size: Gamma,
    scratch: Vec<learn::Part>,
    recent: VecDeque<surge::Polled>,
}

/// What is worked out once for a list.
#[derive(Debug, Clone, Copy)]
pub struct PreparedList {
    pov: usize,
    scale: f64,
    rows: f64,
    leave: f64,
    excess: f64,
    excess_at: LocalSeconds,
    /// What today's list is known to go on with, whatever the clock says, and as of when.
    recent: f64,
    recent_at: LocalSeconds,
}

impl Learned {
    /// Nothing learned yet, but for what is true of clinics in general.
    #[must_use]
    pub fn new(config: &PlanConfig, parameters: Parameters) -> Self {
        let horizon = config.horizon();
        let povs = config.povs.len();
        Self {
            parameters,
            first_day: config.first_day,
            horizon,
            tables: Tables::new(config.first_day, horizon, povs, parameters.table_prior),
            povs: vec![PovModel::default(); povs],
            lists: vec![ListModel::default(); config.lists()],
            surge: Surge::default(),
            mean_size: Gamma::default(),
            scratch: Vec::new(),
            recent: VecDeque::new(),
        }
    }

    /// Nothing learned yet of clinics that are known to have so many rows a day.
    #[must_use]
    pub fn of_size(config: &PlanConfig, parameters: Parameters, rows_a_day: f64) -> Self {
        /// The size is known as well as from this many days.
        const DAYS: f64 = 1_000.0;
        let mut learned = Self::new(config, parameters);
        learned.mean_size.add(rows_a_day * DAYS, DAYS);
        learned
    }

    /// The part of a day's rows that a list so many days ahead has when the day begins.
    #[must_use]
    pub fn part_booked(&self, ahead: i32) -> f64 {
        self.row(ahead)
            .map_or(0.0, |row| self.tables.booked_before(row, 0.0))
    }

    /// Whether far more is being booked everywhere than was foreseen.
    #[must_use]
    pub fn is_surging(&self) -> bool {
        self.surge.is_on()
    }

    /// The place of this many days ahead in the tables, if it is within the horizon.
    fn row(&self, ahead: i32) -> Option<usize> {
        let row = usize::try_from(ahead - self.first_day).ok()?;
        (row < self.horizon).then_some(row)
    }

    fn is_furthest(&self, ahead: i32) -> bool {
        ahead - self.first_day == self.horizon as i32 - 1 && ahead > 0
    }

    /// The POV's own clock for bookings.
    fn book_shape(&self, pov: &PovModel, ahead: i32, slot: usize) -> f64 {
        let parameters = &self.parameters;
        if self.is_furthest(ahead) {
            pov.release_shape[slot * RELEASE_CELLS / SLOTS].factor(parameters.kappa_release_shape)
        } else {
            pov.book_shape[slot * SHAPE_CELLS / SLOTS].factor(parameters.kappa_book_shape)
        }
    }

    fn pick_shape(&self, pov: &PovModel, slot: usize) -> f64 {
        pov.pick_shape[slot * SHAPE_CELLS / SLOTS].factor(self.parameters.kappa_pick_shape)
    }

    /// Changes a second that go on in today's list of a POV which does not follow the shared clock.
    /// Where that has next to nothing, no factor helps: a clinic that stays open late would be
    /// taken to be closed. 0 of a POV that does follow it.
    fn recent_rate(&self, pov: usize, busy: f64) -> f64 {
        let model = &self.povs[pov];
        let at = model.recent.at;
        let booking = busy * self.fast(&model.book, at);
        if booking < UNUSUAL_BOOKING && self.fast(&model.pick, at) < UNUSUAL_PICKING {
            return 0.0;
        }
        let Gamma { counts, exposure } = model.recent.gamma;
        f64::from(counts) / (f64::from(exposure) + RECENT_PRIOR_SECONDS)
    }

    fn fast(&self, fading: &Fading, at: LocalSeconds) -> f64 {
        let parameters = &self.parameters;
        fading.factor(parameters.kappa_fast, at, parameters.fast_half_life)
    }
}

impl Rates for Learned {
    type Prepared = PreparedList;

    fn prepare(&self, list: ListView<'_>) -> PreparedList {
        let pov = list.id.pov as usize;
        let (excess, excess_at) = self.excess(pov, list.place, list.sight.read_at);
        let busy = self.busy(pov, list.place);
        PreparedList {
            pov,
            scale: self.size(pov) * busy,
            rows: f64::from(list.sight.rows),
            leave: self.povs[pov].leave.factor(LEAVE_KAPPA),
            excess,
            excess_at,
            recent: self.recent_rate(pov, busy),
            recent_at: self.povs[pov].recent.at,
        }
    }

    fn expected(
        &self,
        list: &PreparedList,
        ahead: i32,
        slot: usize,
        at: LocalSeconds,
        unpicked: f64,
    ) -> Expected {
        let Some(row) = self.row(ahead) else {
            return Expected::default();
        };
        let pov = &self.povs[list.pov];
        let mut new = list.scale
            * self.book_shape(pov, ahead, slot)
            * self.fast(&pov.book, at)
            * self.tables.book(row, slot);
        if list.excess > 0.0 && ahead > 0 {
            new += list.excess * surge::left_of(at - list.excess_at);
        }
        let gone = list.rows * list.leave * self.tables.leave(row, slot);
        let picked = if ahead == 0 {
            let own = self.pick_shape(pov, slot) * self.fast(&pov.pick, at);
            unpicked * own * self.tables.pick(slot)
        } else {
            0.0
        };
        if list.recent > 0.0 && ahead == 0 {
            let goes_on = list.recent * left(at - list.recent_at, RECENT_HALF_LIFE);
            new = new.max(goes_on - picked);
        }
        Expected { new, gone, picked }
    }

    fn learn(&mut self, before: ListView<'_>, first: bool, reading: &super::Reading) -> Rekey {
        if first {
            self.learn_first(before, reading);
            return Rekey::None;
        }
        self.learn_poll(before, reading)
    }

    fn turn_day(&mut self, _today: i32, entered: &[usize]) {
        self.tables.fade(0.85);
        for pov in &mut self.povs {
            pov.size.fade(0.8);
            pov.leave.fade(0.8);
            let shapes = [&mut pov.book_shape[..], &mut pov.pick_shape[..]];
            let shapes = shapes.into_iter().flatten();
            for cell in shapes.chain(&mut pov.release_shape) {
                cell.fade(0.9);
            }
        }
        self.mean_size.fade(0.8);
        for list in &mut self.lists {
            list.busy.fade(0.7);
        }
        for place in entered {
            self.lists[*place] = ListModel::default();
        }
    }
}

/// How fast what today's list went on with is forgotten, in seconds.
const RECENT_HALF_LIFE: f64 = 2_700.0;
/// Seconds without a change that are taken to have been seen.
const RECENT_PRIOR_SECONDS: f64 = 900.0;
/// A POV at which this many times as many rows appear as its clock has, or are picked, does not
/// follow it.
const UNUSUAL_BOOKING: f64 = 4.0;
const UNUSUAL_PICKING: f64 = 2.5;

/// How many counts the prior of a POV's own rate of vanishing rows weighs.
const LEAVE_KAPPA: f64 = 10.0;
