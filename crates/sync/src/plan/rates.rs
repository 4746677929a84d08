//! Where the rates come from at which lists change.

use super::clock::LocalSeconds;
use super::list::ListId;

/// How many changes are expected of a list, each a second.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Expected {
    /// Rows that appear.
    pub new: f64,
    /// Rows that vanish.
    pub gone: f64,
    /// Rows whose number is taken.
    pub picked: f64,
}

impl Expected {
    /// All of them.
    #[must_use]
    pub fn sum(self) -> f64 {
        self.new + self.gone + self.picked
    }
}

/// What a list was when it was last read.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sight {
    /// When.
    pub read_at: LocalSeconds,
    /// Its rows.
    pub rows: u32,
    /// Those whose number was not taken.
    pub unpicked: u32,
}

/// A list as a model of rates is shown it.
#[derive(Debug, Clone, Copy)]
pub struct ListView<'a> {
    /// Which list.
    pub id: ListId,
    /// Its place among all lists, below the number of lists; lists that leave the horizon leave
    /// theirs to others.
    pub place: usize,
    /// As it was last seen.
    pub sight: &'a Sight,
}

/// Which lists must be planned anew at once, because more is expected of them now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rekey {
    /// None but the list that was read.
    None,
    /// Those of the same POV.
    Siblings,
    /// All.
    All,
}

/// A model of how fast lists change. It sees what polls show and nothing else.
pub trait Rates {
    /// What is worked out once for a list, whose rates are then asked for many slots.
    type Prepared;

    /// Prepares to tell this list's rates.
    fn prepare(&self, list: ListView<'_>) -> Self::Prepared;

    /// The rates of a list with so many unpicked rows, `ahead` days before its day, in this slot
    /// of the day, which begins (or is entered) at `at`.
    fn expected(
        &self,
        list: &Self::Prepared,
        ahead: i32,
        slot: usize,
        at: LocalSeconds,
        unpicked: f64,
    ) -> Expected;

    /// Learns from a poll: what the list was before, and what the poll showed.
    fn learn(&mut self, before: ListView<'_>, first: bool, reading: &super::Reading) -> Rekey;

    /// A new day of Shanghai has begun. `entered` tells the places of the lists that are new.
    fn turn_day(&mut self, today: i32, entered: &[usize]);
}
