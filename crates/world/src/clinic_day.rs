//! One clinic's day: its rows in append order, and the pick codes that were ever used on it.

use std::collections::HashSet;

use povline_domain::{Appointment, Period, PickCode};
use rand::RngExt as _;
use rand_chacha::ChaCha8Rng;

/// 08:00–11:30 and 14:00–16:30.
const FIRST_MINUTES: [u16; 12] = [480, 510, 540, 570, 600, 630, 660, 840, 870, 900, 930, 960];

/// How many of 100 people book each of them: most come between 09:00 and 10:30.
const SHARES: [u32; 12] = [8, 12, 16, 16, 13, 8, 4, 6, 6, 5, 4, 2];

#[derive(Debug, Clone, Default)]
pub(crate) struct ClinicDay {
    pub(crate) rows: Vec<Appointment>,
    pick_codes: HashSet<u32>,
}

impl ClinicDay {
    /// A pick code of six digits that was never used on this day.
    pub(crate) fn pick_code(&mut self, chance: &mut ChaCha8Rng) -> Option<PickCode> {
        // A day has far fewer appointments than there are codes, so a free one is soon found.
        let code = (0..10_000)
            .map(|_| chance.random_range(100_000..1_000_000))
            .find(|code| self.pick_codes.insert(*code))?;
        PickCode::new(code.to_string()).ok()
    }
}

/// A period, by how many people book it.
pub(crate) fn period(chance: &mut ChaCha8Rng) -> Option<Period> {
    let mut place = chance.random_range(0..SHARES.iter().sum());
    for (begin, share) in FIRST_MINUTES.into_iter().zip(SHARES) {
        if place < share {
            return Period::new(begin, begin + 30).ok();
        }
        place -= share;
    }
    None
}
