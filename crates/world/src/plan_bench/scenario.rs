//! A benchmark's world as data.

use std::fmt;
use std::time::Duration;

use povline_sync::plan;
use serde::Deserialize;

/// A world in which polling policies are compared, and what they may call in it.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlanScenario {
    /// Its name.
    pub name: String,
    /// What it is for, in a sentence.
    pub about: String,
    /// POVs.
    pub povs: usize,
    /// Days that are open for booking, today included.
    pub days: usize,
    /// The weekday of the first day, 0 being Monday.
    pub first_weekday: u32,
    /// Days before the one that is graded, from which policies learn.
    pub warmup_days: usize,
    /// Hours after that day in which changes of it may still be found.
    pub flush_hours: f64,
    /// Calls of a day, if limited.
    pub calls_per_day: Option<u64>,
    /// Calls of a second, if limited.
    pub calls_per_second: Option<f64>,
    /// How old today's lists may be while clinics are open, in minutes.
    pub today_minutes: f64,
    /// How old any list may be, in minutes.
    pub other_minutes: f64,
    /// How many times as much a change of today's lists weighs.
    pub today_weight: f64,
    /// What clinics are like.
    pub clinics: Clinics,
    /// An unannounced release on the graded day.
    pub release: Option<Release>,
    /// Clinics that change on the graded day.
    pub change: Option<Change>,
    /// What goes wrong on the graded day.
    pub faults: Option<Faults>,
}

/// What clinics are like.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Clinics {
    /// The part of them that has 200 to 600 rows a day; ordinary ones have 50 to 200.
    pub busy_part: f64,
    /// The part that has 5,000 to 10,000.
    pub mass_part: f64,
    /// The part of a day's rows that is booked in a burst when its day is opened.
    pub burst_part: f64,
    /// How fast that burst fades, in minutes.
    pub burst_minutes: f64,
    /// How much one date differs from another at the same clinic (coefficient of variation).
    pub date_variation: f64,
    /// How much one day of booking differs from another.
    pub day_variation: f64,
    /// The part of weekdays that a clinic is closed.
    pub closed_weekdays: f64,
    /// The part of days of the weekend.
    pub closed_weekends: f64,
    /// The part of closed dates that are opened after all, at some time.
    pub woken_part: f64,
    /// The part of rows that is cancelled in a day: between these, by clinic.
    pub cancelled_a_day: [f64; 2],
    /// The part of rows that is moved to another day, in a day.
    pub moved_a_day: f64,
    /// The part of rows whose number is taken on their day.
    pub picked_part: f64,
}

/// Days released all at once, unannounced.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Release {
    /// At which hour.
    pub hour: f64,
    /// The part of the bookings of every open date that comes then.
    pub part: f64,
    /// How fast it fades, in minutes.
    pub minutes: f64,
}

/// Clinics that change in the midst of a day.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Change {
    /// From which hour.
    pub hour: f64,
    /// The part of the clinics.
    pub part: f64,
    /// Times as many bookings of later days.
    pub ahead_factor: f64,
    /// People who come without an appointment, an hour.
    pub walk_ins_an_hour: f64,
    /// Until which hour they come and numbers are taken.
    pub until_hour: f64,
}

/// What goes wrong.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Faults {
    /// The part of the calls that fails.
    pub failed_part: f64,
    /// The hour at which the platform bans the app.
    pub ban_from_hour: f64,
    /// The hour until which it does.
    pub ban_until_hour: f64,
}

/// A scenario that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScenarioError(String);

impl fmt::Display for ScenarioError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for ScenarioError {}

/// The scenarios that are shipped, by name.
pub const SCENARIOS: [(&str, &str); 7] = [
    ("S1", include_str!("scenarios/s1.toml")),
    ("S2", include_str!("scenarios/s2.toml")),
    ("S3", include_str!("scenarios/s3.toml")),
    ("S4", include_str!("scenarios/s4.toml")),
    ("S5", include_str!("scenarios/s5.toml")),
    ("S6", include_str!("scenarios/s6.toml")),
    ("S7", include_str!("scenarios/s7.toml")),
];

impl PlanScenario {
    /// The shipped scenario of this name.
    ///
    /// # Errors
    /// [`ScenarioError`] if there is none, with the names of those there are.
    pub fn named(name: &str) -> Result<Self, ScenarioError> {
        let of_name = SCENARIOS
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name));
        match of_name {
            Some((_, text)) => Self::parse(text),
            None => Err(ScenarioError(format!(
                "there is no scenario {name:?}: there are {}, or name a TOML file",
                SCENARIOS.map(|(known, _)| known).join(", ")
            ))),
        }
    }

    /// The scenario that this TOML text describes.
    ///
    /// # Errors
    /// [`ScenarioError`] that names the setting and what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, ScenarioError> {
        let scenario: Self =
            toml::from_str(text).map_err(|error| ScenarioError(error.to_string()))?;
        scenario.check()?;
        Ok(scenario)
    }

    fn check(&self) -> Result<(), ScenarioError> {
        let fault = |what: &str| Err(ScenarioError(what.to_owned()));
        if !(1..=20_000).contains(&self.povs) {
            return fault("povs must be 1 to 20,000");
        }
        if !(2..=60).contains(&self.days) {
            return fault("days must be 2 to 60");
        }
        if self.warmup_days > 30 || !(0.0..=24.0).contains(&self.flush_hours) {
            return fault("warmup_days must be at most 30 and flush_hours 0 to 24");
        }
        if self.first_weekday > 6 {
            return fault("first_weekday must be 0 (Monday) to 6 (Sunday)");
        }
        if self.calls_per_day.is_none() && self.calls_per_second.is_none() {
            return fault("calls_per_day or calls_per_second must be given");
        }
        if self
            .calls_per_second
            .is_some_and(|rate| !(0.001..=100_000.0).contains(&rate))
        {
            return fault("calls_per_second must be 0.001 to 100,000");
        }
        let minutes = 0.1..=10_080.0;
        if !minutes.contains(&self.today_minutes) || !minutes.contains(&self.other_minutes) {
            return fault("today_minutes and other_minutes must be 0.1 to 10,080");
        }
        let clinics = &self.clinics;
        let parts = [
            clinics.busy_part,
            clinics.mass_part,
            clinics.burst_part,
            clinics.closed_weekdays,
            clinics.closed_weekends,
            clinics.woken_part,
            clinics.picked_part,
        ];
        if parts.iter().any(|part| !(0.0..=1.0).contains(part)) {
            return fault("every part of [clinics] must be 0 to 1");
        }
        if clinics.date_variation >= 1.0 || clinics.day_variation >= 1.0 {
            return fault("clinics.date_variation and clinics.day_variation must be below 1");
        }
        Ok(())
    }

    /// The same world with this part of its POVs and calls.
    #[must_use]
    pub fn scaled(mut self, scale: f64) -> Self {
        self.povs = ((self.povs as f64 * scale).round() as usize).max(1);
        self.calls_per_day = self
            .calls_per_day
            .map(|calls| ((calls as f64 * scale).round() as u64).max(1));
        self.calls_per_second = self.calls_per_second.map(|rate| rate * scale);
        if scale != 1.0 {
            // What it is for speaks of the whole of it.
            let percent = (scale * 1_000.0).round() / 10.0;
            self.about = format!("{}; here {percent} % of it 此处为其{percent}%", self.about);
        }
        self
    }

    /// The days that are simulated in full.
    pub(super) fn full_days(&self) -> usize {
        self.warmup_days + 1
    }

    /// Calls of a day by whatever limit there is.
    pub(super) fn budget(&self) -> f64 {
        let by_second = self.calls_per_second.map(|rate| rate * 86_400.0);
        let by_day = self.calls_per_day.map(|calls| calls as f64);
        by_day.or(by_second).unwrap_or(f64::INFINITY)
    }

    pub(super) fn promise(&self) -> plan::Promise {
        plan::Promise {
            today: Duration::from_secs_f64(self.today_minutes * 60.0),
            others: Duration::from_secs_f64(self.other_minutes * 60.0),
            ..plan::Promise::default()
        }
    }

    /// The first day, in days since 1970-01-01.
    pub(super) fn first_day(&self) -> i32 {
        /// A Monday.
        const MONDAY: i32 = 20_507;
        MONDAY + self.first_weekday as i32
    }

    pub(super) fn plan_config(&self, seed: u64, reserved_percent: f64) -> plan::PlanConfig {
        let quota = plan::Quota {
            calls_per_second: self.calls_per_second,
            calls_per_day: self.calls_per_day,
            reserved_percent,
            confirming_percent: 0.0,
        };
        plan::PlanConfig {
            weights: plan::Weights {
                today: self.today_weight,
                others: 1.0,
            },
            seed,
            ..plan::PlanConfig::one_app(self.povs, self.days as i32 - 1, quota, self.promise())
        }
    }
}
