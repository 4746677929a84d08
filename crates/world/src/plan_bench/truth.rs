//! The rates of the world itself, for policies that are told them.

use std::sync::Arc;

use povline_sync::plan::{Expected, ListView, LocalSeconds, Rates, Reading, Rekey, SLOT_SECONDS};

use super::clinic::SLOTS;
use super::events::BenchWorld;

/// Every list's true rates.
#[derive(Debug, Clone)]
pub(super) struct TrueRates {
    pub(super) world: Arc<BenchWorld>,
}

/// A list, and what was last seen of it.
#[derive(Debug, Clone, Copy)]
pub(super) struct TrueList {
    pov: usize,
    day: i32,
    rows: f64,
}

impl Rates for TrueRates {
    type Prepared = TrueList;

    fn prepare(&self, list: ListView<'_>) -> TrueList {
        TrueList {
            pov: list.id.pov as usize,
            day: list.id.day - self.world.ways.scenario.first_day(),
            rows: f64::from(list.sight.rows),
        }
    }

    fn expected(
        &self,
        list: &TrueList,
        ahead: i32,
        slot: usize,
        _at: LocalSeconds,
        unpicked: f64,
    ) -> Expected {
        let (world, clinic) = (&self.world, &self.world.clinics[list.pov]);
        let Some(date) = usize::try_from(list.day)
            .ok()
            .filter(|date| *date < world.dates)
        else {
            return Expected::default();
        };
        let day = list.day - ahead;
        let new = world.ways.bookings(clinic, date, day, slot) / SLOT_SECONDS;
        let leaving = if ahead == 0 { unpicked } else { list.rows };
        let gone = leaving * clinic.leave_a_day * clinic.leave[slot] / SLOT_SECONDS;
        let picked = match ahead {
            0 => unpicked * world.ways.pick(clinic, day, slot) / SLOT_SECONDS,
            _ => 0.0,
        };
        Expected { new, gone, picked }
    }

    fn learn(&mut self, _: ListView<'_>, _: bool, _: &Reading) -> Rekey {
        Rekey::None
    }

    fn turn_day(&mut self, _: i32, _: &[usize]) {}
}

/// The true rates, averaged over all POVs: the best that any table of tiers could know.
#[derive(Debug, Clone)]
pub(super) struct ClassRates {
    first_day: i32,
    days: usize,
    /// Changes a second by day of the world, days ahead, slot.
    rates: Vec<f64>,
}

impl ClassRates {
    pub(super) fn of(world: &BenchWorld) -> Self {
        let scenario = &world.ways.scenario;
        let (days, full) = (scenario.days, scenario.full_days() + 1);
        let mut rates = vec![0.0; full * days * SLOTS];
        let share = 1.0 / (world.clinics.len() as f64 * SLOT_SECONDS);
        for (_, date, event) in world.each() {
            let slot = event.at as usize / (SLOT_SECONDS as usize * 1_000);
            let (day, slot) = (slot / SLOTS, slot % SLOTS);
            if day < full && (day..day + days).contains(&date) {
                rates[(day * days + date - day) * SLOTS + slot] += share;
            }
        }
        Self {
            first_day: scenario.first_day(),
            days,
            rates,
        }
    }
}

impl Rates for ClassRates {
    /// The list's day in the world.
    type Prepared = i32;

    fn prepare(&self, list: ListView<'_>) -> i32 {
        list.id.day - self.first_day
    }

    fn expected(
        &self,
        list: &i32,
        ahead: i32,
        slot: usize,
        _at: LocalSeconds,
        _unpicked: f64,
    ) -> Expected {
        let day = usize::try_from(list - ahead).unwrap_or(usize::MAX);
        let ahead = usize::try_from(ahead).unwrap_or(usize::MAX);
        let row = day.saturating_mul(self.days).saturating_add(ahead);
        let cell = row.saturating_mul(SLOTS).saturating_add(slot);
        let known = ahead < self.days;
        let new = self.rates.get(cell).copied().filter(|_| known);
        Expected {
            new: new.unwrap_or(0.0),
            ..Expected::default()
        }
    }

    fn learn(&mut self, _: ListView<'_>, _: bool, _: &Reading) -> Rekey {
        Rekey::None
    }

    fn turn_day(&mut self, _: i32, _: &[usize]) {}
}
