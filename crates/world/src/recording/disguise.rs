//! Other names for everybody.

use std::collections::{HashMap, HashSet};

use povline_domain::{Appointment, AppointmentId, Day, OutPovId};

use super::call::RecordedRow;
use crate::names;
use crate::truth::Chance;

/// Gives everybody another name, the same one whenever they come. What it gives is drawn by chance
/// or counted, never reckoned from what it stands for.
pub(super) struct Disguise {
    chance: Chance,
    povs: HashMap<OutPovId, usize>,
    appointments: HashMap<AppointmentId, u32>,
    names: HashMap<String, String>,
    codes: HashMap<(usize, Day), Codes>,
}

/// The pick codes of one list.
#[derive(Default)]
struct Codes {
    given: HashMap<String, String>,
    taken: HashSet<u64>,
}

impl Disguise {
    pub(super) fn new(seed: u64) -> Self {
        Self {
            chance: Chance::new(seed, 4),
            povs: HashMap::new(),
            appointments: HashMap::new(),
            names: HashMap::new(),
            codes: HashMap::new(),
        }
    }

    pub(super) fn pov(&mut self, pov: &OutPovId) -> usize {
        let next = self.povs.len();
        *self.povs.entry(pov.clone()).or_insert(next)
    }

    pub(super) fn row(&mut self, pov: usize, row: &Appointment) -> Option<RecordedRow> {
        let next = u32::try_from(self.appointments.len()).ok()?;
        let number = *self
            .appointments
            .entry(row.appointment_id.clone())
            .or_insert(next);
        Some(RecordedRow {
            number,
            day: row.day,
            period: row.period,
            pick_code: self.pick_code((pov, row.day), row.pick_code.as_str()),
            pick_status: row.pick_status,
            name: self.name(row.name.as_str())?,
        })
    }

    fn name(&mut self, name: &str) -> Option<String> {
        if let Some(given) = self.names.get(name) {
            return Some(given.clone());
        }
        let given = names::name(&mut self.chance.0)?.as_str().to_owned();
        self.names.insert(name.to_owned(), given.clone());
        Some(given)
    }

    fn pick_code(&mut self, list: (usize, Day), code: &str) -> String {
        let codes = self.codes.entry(list).or_default();
        if let Some(given) = codes.given.get(code) {
            return given.clone();
        }
        let mut number = self.chance.below(900_000);
        // A list that used up a million codes goes on with repeated ones.
        for _ in 0..900_000 {
            if codes.taken.insert(number) {
                break;
            }
            number = (number + 1) % 900_000;
        }
        let given = (100_000 + number).to_string();
        codes.given.insert(code.to_owned(), given.clone());
        given
    }
}
