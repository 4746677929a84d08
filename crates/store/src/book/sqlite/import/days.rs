//! The POV-days that an import has come across.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use povline_domain::{Day, PovId};
use rusqlite::Connection;

use crate::book::Actor;
use crate::book::sqlite::{appointment, audit};
use crate::sqlite::Fault;

#[derive(Default)]
pub(super) struct Days {
    days: HashMap<(PovId, Day), DayState>,
}

impl Days {
    /// The state of a day, read when it is first needed.
    pub(super) fn get(
        &mut self,
        connection: &Connection,
        pov_day: (PovId, Day),
    ) -> Result<&mut DayState, Fault> {
        match self.days.entry(pov_day) {
            Entry::Occupied(entry) => Ok(entry.into_mut()),
            Entry::Vacant(entry) => {
                let next = appointment::next_sequence(connection, pov_day)?;
                Ok(entry.insert(DayState::new(next)))
            }
        }
    }

    /// Raises the version of each day whose rows were written, and records it.
    pub(super) fn touch(self, connection: &Connection, actor: &Actor) -> Result<(), Fault> {
        let touched = self.days.into_iter().filter(|(_, state)| state.rows > 0);
        let mut touched: Vec<_> = touched.collect();
        touched.sort_unstable_by_key(|(pov_day, _)| *pov_day);
        for (pov_day, state) in touched {
            appointment::touch_day(connection, pov_day, state.next)?;
            audit::record_day(connection, actor, "import", pov_day, "", state.rows)?;
        }
        Ok(())
    }
}

/// What an import knows of a day: its next place, which of the places before it the file has told
/// of, and how many rows were written.
pub(super) struct DayState {
    first_new: i64,
    next: i64,
    rows: u64,
    seen: Vec<u64>,
}

impl DayState {
    fn new(next: i64) -> Self {
        Self {
            first_new: next,
            next,
            rows: 0,
            seen: Vec::new(),
        }
    }

    pub(super) fn next_sequence(&self) -> i64 {
        self.next
    }

    /// A row took the next place.
    pub(super) fn added(&mut self) {
        self.next += 1;
        self.rows += 1;
    }

    /// The next place was given to a row that may yet be refused.
    pub(super) fn reserve(&mut self) -> i64 {
        let reserved = self.next;
        self.next += 1;
        reserved
    }

    /// A row of the day was written, or left it.
    pub(super) fn changed(&mut self) {
        self.rows += 1;
    }

    /// The file told of the row at this place.
    pub(super) fn see(&mut self, sequence: i64) {
        let (word, bit) = position(sequence);
        if self.seen.len() <= word {
            self.seen.resize(word + 1, 0);
        }
        if let Some(word) = self.seen.get_mut(word) {
            *word |= bit;
        }
    }

    /// Whether it told of it before. Whatever came after the import began came from the file.
    pub(super) fn seen(&self, sequence: i64) -> bool {
        let (word, bit) = position(sequence);
        sequence >= self.first_new || self.seen.get(word).is_some_and(|word| word & bit != 0)
    }
}

fn position(sequence: i64) -> (usize, u64) {
    // Places begin at 1, which the database guards.
    let sequence = usize::try_from(sequence).unwrap_or(0);
    (sequence / 64, 1 << (sequence % 64))
}
