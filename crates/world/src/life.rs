//! What happens in the world after it began.

use povline_domain::PickStatus;
use povline_store::book::Write;
use rand::RngExt as _;

use crate::World;
use crate::clinic_day;

/// What one person does. The shares are of 100 people.
#[derive(Debug, Clone, Copy)]
enum Deed {
    Book,
    Cancel,
    MoveToOtherDay,
    MoveWithinDay,
    Pick,
    Unpick,
}

impl World {
    /// The next changes, about this many. `minute` is the minute of the first day: people take
    /// their numbers around their period, most of them in the morning.
    pub fn life(&mut self, changes: usize, minute: u16) -> Vec<Write> {
        if self.clinics.is_empty() || self.open_days.is_empty() {
            return Vec::new();
        }
        (0..changes)
            .filter_map(|_| {
                let deed = self.deed(minute);
                self.happen(deed, minute)
            })
            .collect()
    }

    fn deed(&mut self, minute: u16) -> Deed {
        let picks: u32 = match minute {
            450..690 => 45,
            810..990 => 25,
            _ => 0,
        };
        match self.chance.random_range(0..55 + picks) {
            0..24 => Deed::Book,
            24..37 => Deed::Cancel,
            37..46 => Deed::MoveToOtherDay,
            46..54 => Deed::MoveWithinDay,
            54 => Deed::Unpick,
            _ => Deed::Pick,
        }
    }

    fn happen(&mut self, deed: Deed, minute: u16) -> Option<Write> {
        let clinic = self.some_clinic();
        let day = self.some_day();
        match deed {
            Deed::Book => self.book(clinic, day),
            Deed::Cancel => self.cancel(clinic, day),
            Deed::MoveToOtherDay => self.move_to_other_day(clinic, day),
            Deed::MoveWithinDay => self.move_within_day(clinic, day),
            Deed::Pick => self.pick(clinic, minute),
            Deed::Unpick => self.unpick(clinic),
        }
    }

    /// A clinic, by how busy it is.
    fn some_clinic(&mut self) -> usize {
        let weights = |world: &Self, place: usize| world.clinics[place].0.size.rows_per_day();
        let sum = (0..self.clinics.len())
            .map(|place| weights(self, place))
            .sum();
        let mut place = self.chance.random_range(0..sum);
        for clinic in 0..self.clinics.len() {
            match place.checked_sub(weights(self, clinic)) {
                Some(rest) => place = rest,
                None => return clinic,
            }
        }
        0
    }

    /// A day, the nearer the likelier.
    fn some_day(&mut self) -> usize {
        let days = self.open_days.len();
        let (one, other) = (
            self.chance.random_range(0..days),
            self.chance.random_range(0..days),
        );
        one.min(other)
    }

    /// The place of some row that has not been picked: who was there neither moves nor cancels.
    fn some_waiting(&mut self, clinic: usize, day: usize) -> Option<usize> {
        let rows = self.lists[clinic][day].rows.len();
        if rows == 0 {
            return None;
        }
        let place = self.chance.random_range(0..rows);
        let row = &self.lists[clinic][day].rows[place];
        (row.pick_status == PickStatus::NotPicked).then_some(place)
    }

    fn cancel(&mut self, clinic: usize, day: usize) -> Option<Write> {
        let place = self.some_waiting(clinic, day)?;
        let row = self.lists[clinic][day].rows.remove(place);
        Some(Write::Cancel(row.appointment_id))
    }

    fn move_to_other_day(&mut self, clinic: usize, from: usize) -> Option<Write> {
        let to = self.chance.random_range(0..self.open_days.len());
        if to == from {
            return None;
        }
        let place = self.some_waiting(clinic, from)?;
        let period = clinic_day::period(&mut self.chance)?;
        let pick_code = self.lists[clinic][to].pick_code(&mut self.chance)?;
        let mut row = self.lists[clinic][from].rows.remove(place);
        row.day = self.open_days[to];
        row.period = period;
        row.pick_code = pick_code.clone();
        let appointment_id = row.appointment_id.clone();
        let day = row.day;
        self.lists[clinic][to].rows.push(row);
        Some(Write::Reschedule {
            appointment_id,
            day,
            period,
            pick_code,
        })
    }

    fn move_within_day(&mut self, clinic: usize, day: usize) -> Option<Write> {
        let place = self.some_waiting(clinic, day)?;
        let period = clinic_day::period(&mut self.chance)?;
        let row = &mut self.lists[clinic][day].rows[place];
        if row.period == period {
            return None;
        }
        row.period = period;
        Some(Write::Reschedule {
            appointment_id: row.appointment_id.clone(),
            day: row.day,
            period,
            pick_code: row.pick_code.clone(),
        })
    }

    /// Somebody of the first day takes a number, from half an hour before the period begins.
    fn pick(&mut self, clinic: usize, minute: u16) -> Option<Write> {
        let place = self.some_waiting(clinic, 0)?;
        let row = &mut self.lists[clinic][0].rows[place];
        if row.period.begin_minute() > minute + 30 {
            return None;
        }
        row.pick_status = PickStatus::Picked;
        Some(Write::SetPickStatus(
            row.appointment_id.clone(),
            PickStatus::Picked,
        ))
    }

    /// A number taken by mistake is given back.
    fn unpick(&mut self, clinic: usize) -> Option<Write> {
        let rows = &mut self.lists[clinic][0].rows;
        let row = rows
            .iter_mut()
            .rev()
            .find(|row| row.pick_status == PickStatus::Picked)?;
        row.pick_status = PickStatus::NotPicked;
        Some(Write::SetPickStatus(
            row.appointment_id.clone(),
            PickStatus::NotPicked,
        ))
    }
}
