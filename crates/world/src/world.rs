//! The truth: every appointment that stands, and how the world begins.

use std::collections::BTreeMap;

use povline_domain::{Appointment, AppointmentId, Day, OutPovId, PickStatus, PovId};
use povline_store::book::Write;
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

use crate::clinic_day::{self, ClinicDay};
use crate::{Clinic, Scenario, names};

/// A world: what it decides next depends on its seed and on how often it was asked, on nothing
/// else.
#[derive(Debug, Clone)]
pub struct World {
    pub(crate) chance: ChaCha8Rng,
    pub(crate) clinics: Vec<(Clinic, PovId)>,
    pub(crate) open_days: Vec<Day>,
    /// By clinic (as in `clinics`) and day (as in `open_days`).
    pub(crate) lists: Vec<Vec<ClinicDay>>,
    next_id: u64,
}

impl World {
    /// An empty world. `povs` are the platform's numbers of the scenario's clinics, in their
    /// order.
    #[must_use]
    pub fn new(scenario: &Scenario, povs: impl IntoIterator<Item = PovId>) -> Self {
        let clinics: Vec<_> = scenario.clinics.iter().cloned().zip(povs).collect();
        let open_days = scenario.days();
        Self {
            chance: ChaCha8Rng::seed_from_u64(scenario.seed),
            lists: vec![vec![ClinicDay::default(); open_days.len()]; clinics.len()],
            clinics,
            open_days,
            next_id: 1,
        }
    }

    /// The bookings with which the world begins. The first day is full, later ones are less and
    /// less so.
    pub fn populate(&mut self) -> Vec<Write> {
        let mut writes = Vec::new();
        for clinic in 0..self.clinics.len() {
            let full = self.clinics[clinic].0.size.rows_per_day();
            for day in 0..self.open_days.len() {
                let ahead = u32::try_from(day).unwrap_or(u32::MAX).min(10);
                let expected = full * (20 - ahead) / 20;
                let spread = (expected / 8).max(1);
                let rows = expected + self.chance.random_range(0..spread);
                writes.extend((0..rows).filter_map(|_| self.book(clinic, day)));
            }
        }
        writes
    }

    /// What must stand on the platform: by clinic and day the rows in append order. Days without
    /// rows are told too.
    pub fn truth(&self) -> impl Iterator<Item = (&OutPovId, Day, &[Appointment])> {
        self.clinics
            .iter()
            .zip(&self.lists)
            .flat_map(move |((clinic, _), days)| {
                self.open_days
                    .iter()
                    .zip(days)
                    .map(move |(day, list)| (&clinic.out_pov_id, *day, list.rows.as_slice()))
            })
    }

    /// The clinics with the platform's numbers for them.
    #[must_use]
    pub fn clinics(&self) -> &[(Clinic, PovId)] {
        &self.clinics
    }

    /// The days on which appointments stand.
    #[must_use]
    pub fn open_days(&self) -> &[Day] {
        &self.open_days
    }

    /// How many appointments stand.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.truth().map(|(_, _, rows)| rows.len()).sum()
    }

    /// Every appointment that stands, by id.
    #[must_use]
    pub fn appointments(&self) -> BTreeMap<&AppointmentId, &Appointment> {
        self.truth()
            .flat_map(|(_, _, rows)| rows)
            .map(|row| (&row.appointment_id, row))
            .collect()
    }

    /// Books somebody new.
    pub(crate) fn book(&mut self, clinic: usize, day: usize) -> Option<Write> {
        let list = &mut self.lists[clinic][day];
        let (owner, pov) = &self.clinics[clinic];
        let appointment = Appointment {
            appointment_id: AppointmentId::new(format!("A{:012}", self.next_id)).ok()?,
            out_pov_id: owner.out_pov_id.clone(),
            day: self.open_days[day],
            period: clinic_day::period(&mut self.chance)?,
            pick_code: list.pick_code(&mut self.chance)?,
            pick_status: PickStatus::NotPicked,
            name: names::name(&mut self.chance)?,
        };
        self.next_id += 1;
        list.rows.push(appointment.clone());
        Some(Write::Book(*pov, appointment))
    }
}
