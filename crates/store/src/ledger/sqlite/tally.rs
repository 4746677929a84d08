//! The numbers given out last, and how many changes of each kind were ever told. They outlive
//! what is forgotten, so that no cursor and no certificate's number comes twice.

use povline_domain::{ChangeKind, Day};
use rusqlite::Connection;

use super::columns;
use super::sql;
use super::trouble::Outcome;

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Tally {
    pub(super) certificate: i64,
    pub(super) cursor: i64,
    /// How many rows are live in the fleet, on the day `live_from` and on later ones.
    pub(super) live: i64,
    pub(super) live_from: i64,
    /// By kind, in the order of [`ChangeKind::ALL`].
    pub(super) told: [i64; ChangeKind::ALL.len()],
}

impl Tally {
    pub(super) fn read(connection: &Connection) -> Outcome<Self> {
        let mut tally = Self::default();
        let mut statement = connection.prepare_cached(sql::TALLY_READ)?;
        let mut lines = statement.query(())?;
        while let Some(line) = lines.next()? {
            let value = columns::number(line, 1)?;
            match columns::text(line, 0)? {
                "certificate" => tally.certificate = value,
                "cursor" => tally.cursor = value,
                "live" => tally.live = value,
                "live_from" => tally.live_from = value,
                what => {
                    if let Ok(kind) = what.parse::<ChangeKind>() {
                        tally.told[kind as usize] = value;
                    }
                }
            }
        }
        Ok(tally)
    }

    /// Counts the live rows of these days alone from now on. Rows of days that are over are kept for
    /// long, and beside them the loss of everything that is still to come would look small.
    pub(super) fn count_from(&mut self, day: Day, connection: &Connection) -> Outcome<()> {
        let day = i64::from(day.number());
        if self.live_from != day {
            let mut statement = connection.prepare_cached(sql::LIVE_FROM)?;
            self.live = statement.query_row([day], |line| line.get(0))?;
            self.live_from = day;
        }
        Ok(())
    }

    /// Writes what differs from how it was read.
    pub(super) fn write(&self, before: &Self, connection: &Connection) -> Outcome<()> {
        let mut statement = connection.prepare_cached(sql::TALLY_WRITE)?;
        let numbers = [
            ("certificate", self.certificate, before.certificate),
            ("cursor", self.cursor, before.cursor),
            ("live", self.live, before.live),
            ("live_from", self.live_from, before.live_from),
        ];
        let told = ChangeKind::ALL.map(|kind| {
            let index = kind as usize;
            (kind.word(), self.told[index], before.told[index])
        });
        for (what, value, value_before) in numbers.into_iter().chain(told) {
            if value != value_before {
                statement.execute((what, value))?;
            }
        }
        Ok(())
    }
}
