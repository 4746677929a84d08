//! Pages of a POV-day's list.

use std::num::NonZeroU32;

use crate::Appointment;

/// Which page, counted from 1 (contract: 第几页，从1开始).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PageNumber(NonZeroU32);

impl PageNumber {
    /// The first page, which is also the default where a request names none.
    pub const FIRST: Self = Self(NonZeroU32::MIN);

    /// The page with this number; `None` for 0.
    #[must_use]
    pub fn new(number: u32) -> Option<Self> {
        NonZeroU32::new(number).map(Self)
    }

    /// The number, at least 1.
    #[must_use]
    pub fn get(self) -> u32 {
        self.0.get()
    }
}

/// How many rows a page holds: 1 to 200 (contract: 每页返回数据，最大200条).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PageSize(u8);

impl PageSize {
    /// The largest page, 200 rows: one answer is atomic, so it is also the best to ask for and
    /// the default where a request names none.
    pub const MAX: Self = Self(200);

    /// The page size with this many rows; `None` outside 1..=200.
    #[must_use]
    pub fn new(rows: u32) -> Option<Self> {
        u8::try_from(rows)
            .ok()
            .filter(|rows| (1..=Self::MAX.0).contains(rows))
            .map(Self)
    }

    /// The number of rows, 1 to 200.
    #[must_use]
    pub const fn get(self) -> u32 {
        self.0 as u32
    }
}

/// The page of a list that a caller asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PageRequest {
    /// Which page.
    pub number: PageNumber,
    /// Of how many rows.
    pub size: PageSize,
}

impl PageRequest {
    /// The first page of 200 rows: the whole list, for most POV-days.
    pub const FIRST: Self = Self {
        number: PageNumber::FIRST,
        size: PageSize::MAX,
    };

    /// How many rows of the list stand before this page.
    #[must_use]
    pub fn start(self) -> u64 {
        u64::from(self.number.get() - 1) * u64::from(self.size.get())
    }

    /// The place just after the page's last row, were it full.
    #[must_use]
    pub fn reach(self) -> u64 {
        self.start() + u64::from(self.size.get())
    }
}

/// One page as a server answered it. What the server echoes may differ from what was asked, or be
/// missing: that is for the reader to judge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// The page number that the answer names.
    pub number: Option<u64>,
    /// The page size that the answer names.
    pub size: Option<u64>,
    /// How many rows the answer says the whole list has: a hint, which may lag.
    pub total: Option<u64>,
    /// The rows, in the server's order.
    pub rows: Vec<Appointment>,
}
