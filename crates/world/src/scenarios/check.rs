//! Reading a scenario file, and what makes it refused.

use std::ops::RangeInclusive;

use povline_domain::Day;
use thiserror::Error;

use super::file::{Clinics, ScenarioFile};
use super::script;

/// Why a text is no scenario.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ScenarioError {
    /// It is not TOML, or a key does not exist or has the wrong type.
    #[error("the scenario cannot be read: {0}")]
    Toml(String),
    /// A number cannot be.
    #[error("{key} {reason}")]
    Value {
        /// The key.
        key: String,
        /// What is wrong and what to do.
        reason: String,
    },
}

/// The most clinics of a scenario.
const CLINICS_MAX: u32 = 5_000;
/// The most rows of a day of a clinic.
const ROWS_MAX: u32 = 50_000;
/// The longest run: a fortnight.
const MINUTES_MAX: u32 = 14 * 24 * 60;

impl ScenarioFile {
    /// Reads a scenario and checks that it can be played.
    ///
    /// # Errors
    /// [`ScenarioError`] names the key at fault.
    pub fn parse(text: &str) -> Result<Self, ScenarioError> {
        let file: Self =
            toml::from_str(text).map_err(|error| ScenarioError::Toml(error.to_string()))?;
        file.check()?;
        Ok(file)
    }

    fn check(&self) -> Result<(), ScenarioError> {
        let count: u32 = self
            .clinics
            .iter()
            .map(|group| u32::from(group.count))
            .sum();
        within("clinics.count, all together,", count, 1, CLINICS_MAX)?;
        within("runs_minutes", self.runs_minutes, 0, MINUTES_MAX)?;
        within("days", u32::from(self.days), 1, 60)?;
        within("days_beyond", u32::from(self.days_beyond), 0, 60)?;
        self.clinics.iter().try_for_each(Clinics::check)?;
        self.check_booking()?;
        let server = &self.server;
        within("server.page_size_max", server.page_size_max, 1, 200)?;
        let most = server.page_size_max;
        within(
            "server.page_size_default",
            server.page_size_default,
            1,
            most,
        )?;
        within("server.latency_ms", server.latency_ms, 0, 60_000)?;
        within(
            "server.total_lag_seconds",
            server.total_lag_seconds,
            0,
            86_400,
        )?;
        within("server.linger_seconds", server.linger_seconds, 0, 86_400)?;
        for step in &server.latency_steps_ms {
            within("server.latency_steps_ms", *step, 0, 60_000)?;
        }
        if !server.latency_steps_ms.is_sorted() {
            return Err(wrong("server.latency_steps_ms", "must not descend"));
        }
        script::check(&self.script, count as usize, self.all_days()).map_err(|reason| {
            ScenarioError::Value {
                key: "script".to_owned(),
                reason,
            }
        })?;
        self.faults.iter().try_for_each(|rule| {
            rule.check().map_err(|reason| ScenarioError::Value {
                key: "faults".to_owned(),
                reason,
            })
        })
    }

    /// The days on which appointments may stand, from the first to the last.
    fn all_days(&self) -> RangeInclusive<Day> {
        let minutes = u32::from(self.begins_at.minute()) + self.runs_minutes;
        let ahead = minutes / (24 * 60) + u32::from(self.days) + u32::from(self.days_beyond) - 1;
        let last = self.first_day.plus_days(ahead.cast_signed());
        self.first_day..=last.unwrap_or(self.first_day)
    }

    fn check_booking(&self) -> Result<(), ScenarioError> {
        let booking = &self.booking;
        if booking.full_percent.is_empty() {
            return Err(wrong(
                "booking.full_percent",
                "must have one number at least",
            ));
        }
        for percent in &booking.full_percent {
            within("booking.full_percent", *percent, 0, 400)?;
        }
        for (key, rate) in [
            ("booking.books_per_hour", booking.books_per_hour),
            ("booking.cancels_per_hour", booking.cancels_per_hour),
            ("booking.moves_per_hour", booking.moves_per_hour),
            ("booking.shifts_per_hour", booking.shifts_per_hour),
            ("booking.corrections_per_hour", booking.corrections_per_hour),
        ] {
            within(key, rate, 0, 1_000_000)?;
        }
        within("booking.beyond_percent", booking.beyond_percent, 0, 100)?;
        within("booking.no_show_percent", booking.no_show_percent, 0, 100)?;
        within(
            "booking.unpicks_permille",
            booking.unpicks_permille,
            0,
            1_000,
        )?;
        if booking.beyond_percent > 0 && self.days_beyond == 0 {
            return Err(wrong(
                "booking.beyond_percent",
                "needs days_beyond of 1 at least",
            ));
        }
        for release in &self.releases {
            within("releases.within_minutes", release.within_minutes, 1, 1_440)?;
            within("releases.rows_percent", release.rows_percent, 0, 400)?;
        }
        for closure in &self.closures {
            within("closures.within_minutes", closure.within_minutes, 1, 1_440)?;
            within("closures.moved_percent", closure.moved_percent, 0, 100)?;
        }
        for storm in &self.storms {
            within("storms.minutes", storm.minutes, 1, 1_440)?;
            within("storms.moves", storm.moves, 0, 1_000_000)?;
            within("storms.same_day_percent", storm.same_day_percent, 0, 100)?;
        }
        Ok(())
    }
}

impl Clinics {
    fn check(&self) -> Result<(), ScenarioError> {
        within("clinics.rows_per_day", self.rows_per_day, 1, ROWS_MAX)?;
        if self.periods.is_empty() {
            return Err(wrong("clinics.periods", "must have one period at least"));
        }
        if !self.shares.is_empty() && self.shares.len() != self.periods.len() {
            return Err(wrong(
                "clinics.shares",
                "must have as many numbers as clinics.periods, or none",
            ));
        }
        if !self.shares.is_empty() && self.shares.iter().sum::<u32>() == 0 {
            return Err(wrong("clinics.shares", "must not all be 0"));
        }
        Ok(())
    }
}

fn within(key: &str, value: u32, least: u32, most: u32) -> Result<(), ScenarioError> {
    match (least..=most).contains(&value) {
        true => Ok(()),
        false => Err(wrong(
            key,
            &format!("is {value}, and must be between {least} and {most}"),
        )),
    }
}

fn wrong(key: &str, reason: &str) -> ScenarioError {
    ScenarioError::Value {
        key: key.to_owned(),
        reason: reason.to_owned(),
    }
}
