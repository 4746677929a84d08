//! What stands in a scenario file. Every number has a default that suits an ordinary clinic.

use povline_domain::{Day, Period};
use serde::Deserialize;

use super::script::{self, ScriptLine};
use super::text::{self, TimeOfDay};
use crate::faults::FaultRule;

/// One scenario.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScenarioFile {
    /// What commands call it.
    pub name: String,
    /// What it shows, for people.
    pub title: Title,
    /// Decides everything that chance decides.
    pub seed: u64,
    /// The day on which it begins.
    #[serde(deserialize_with = "text::day")]
    pub first_day: Day,
    /// The time of the first day at which it begins.
    pub begins_at: TimeOfDay,
    /// For how many minutes things change; then the world is at rest.
    pub runs_minutes: u32,
    /// How many days, from today on, a client is expected to poll.
    pub days: u16,
    /// How many days after those may hold appointments too: the platform shows them to whoever
    /// asks, and nobody is expected to.
    #[serde(default)]
    pub days_beyond: u16,
    /// The clinics, in groups that are alike.
    pub clinics: Vec<Clinics>,
    /// What people do.
    #[serde(default)]
    pub booking: Booking,
    /// What happens, where nothing is left to chance: nobody is on a list or does anything but as
    /// the script says, and `booking` does not count.
    #[serde(default, deserialize_with = "script::script")]
    pub script: Vec<ScriptLine>,
    /// Days that are opened for booking at an hour that everybody knows.
    #[serde(default)]
    pub releases: Vec<Release>,
    /// Clinics that close.
    #[serde(default)]
    pub closures: Vec<Closure>,
    /// Many rows moved to other days or periods within minutes.
    #[serde(default)]
    pub storms: Vec<Storm>,
    /// Who answers.
    #[serde(default)]
    pub server: ServerHabits,
    /// What a client may call.
    #[serde(default)]
    pub budget: Budget,
    /// What goes wrong on purpose.
    #[serde(default)]
    pub faults: Vec<FaultRule>,
}

/// A title in both languages.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Title {
    /// Chinese.
    pub zh: String,
    /// English.
    pub en: String,
}

/// A group of clinics that are alike.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Clinics {
    /// How many.
    pub count: u16,
    /// What people call them; a number is put behind it.
    #[serde(default = "Clinics::any_name")]
    pub name: String,
    /// How many people a full day has.
    pub rows_per_day: u32,
    /// The periods that can be booked.
    #[serde(default = "Clinics::half_hours", deserialize_with = "text::periods")]
    pub periods: Vec<Period>,
    /// How many of 100 people book each period; as many numbers as periods.
    #[serde(default)]
    pub shares: Vec<u32>,
}

impl Clinics {
    fn any_name() -> String {
        "测试接种门诊".to_owned()
    }

    /// 08:00–11:30 and 14:00–16:30.
    fn half_hours() -> Vec<Period> {
        const FIRST_MINUTES: [u16; 12] =
            [480, 510, 540, 570, 600, 630, 660, 840, 870, 900, 930, 960];
        FIRST_MINUTES
            .into_iter()
            .filter_map(|begin| Period::new(begin, begin + 30).ok())
            .collect()
    }
}

/// What people do. Rates are in thousandths of a clinic's `rows_per_day`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Booking {
    /// How full each day is when the world begins, in percent, by days ahead; the last number
    /// counts for all later days.
    pub full_percent: Vec<u32>,
    /// New bookings in an hour of daylight.
    pub books_per_hour: u32,
    /// Cancellations in an hour of daylight.
    pub cancels_per_hour: u32,
    /// Moves to another day in an hour of daylight.
    pub moves_per_hour: u32,
    /// Moves to another period of the same day in an hour of daylight.
    pub shifts_per_hour: u32,
    /// Names that are corrected in an hour of daylight.
    pub corrections_per_hour: u32,
    /// Of 100 moves, how many go beyond the polled days.
    pub beyond_percent: u32,
    /// Of 100 people of a day, how many never come.
    pub no_show_percent: u32,
    /// Of 1,000 numbers taken, how many are given back and taken again later.
    pub unpicks_permille: u32,
    /// The time at which the last polled day is opened for booking, every day.
    pub opens_at: TimeOfDay,
}

impl Default for Booking {
    fn default() -> Self {
        Self {
            full_percent: vec![95, 85, 75, 65, 55, 45, 35],
            books_per_hour: 60,
            cancels_per_hour: 25,
            moves_per_hour: 15,
            shifts_per_hour: 10,
            corrections_per_hour: 2,
            beyond_percent: 0,
            no_show_percent: 8,
            unpicks_permille: 10,
            opens_at: TimeOfDay::EIGHT,
        }
    }
}

/// A burst of bookings.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Release {
    /// On which day of the run, from 0.
    #[serde(default)]
    pub on_day: u16,
    /// At what time.
    pub at: TimeOfDay,
    /// Within how many minutes most of it is over.
    pub within_minutes: u32,
    /// For which days ahead.
    pub days_ahead: Vec<u16>,
    /// How many people book each of those days, in percent of `rows_per_day`.
    pub rows_percent: u32,
}

/// A clinic that closes: who waits for it is moved to another day or cancelled.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Closure {
    /// Which clinics, by code; `*` at its end stands for any ending.
    pub pov: String,
    /// On which day of the run it is decided, from 0.
    #[serde(default)]
    pub on_day: u16,
    /// At what time it is decided.
    pub at: TimeOfDay,
    /// Within how many minutes everybody is told.
    pub within_minutes: u32,
    /// Which day ahead is closed.
    pub day_ahead: u16,
    /// From which time of that day on.
    pub from: TimeOfDay,
    /// Of 100 people, how many are moved to another day; the others are cancelled.
    pub moved_percent: u32,
}

/// Many moves at once.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Storm {
    /// Which clinics, by code; `*` at its end stands for any ending.
    pub pov: String,
    /// On which day of the run, from 0.
    #[serde(default)]
    pub on_day: u16,
    /// At what time.
    pub at: TimeOfDay,
    /// For how many minutes.
    pub minutes: u32,
    /// How many rows of each clinic move in all.
    pub moves: u32,
    /// Of 100 moves, how many stay within their day.
    #[serde(default)]
    pub same_day_percent: u32,
}

/// Who answers, and how.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ServerHabits {
    /// The real gateway, or another server.
    pub kind: ServerKind,
    /// The order of the rows of a list (foreign).
    pub order: Order,
    /// The page size where a call names none (foreign).
    pub page_size_default: u32,
    /// The most rows of a page; who asks for more gets this many and is told so (foreign).
    pub page_size_max: u32,
    /// What `total` says (foreign).
    pub total: TotalHabit,
    /// How far behind a lagging `total` is (foreign).
    pub total_lag_seconds: u32,
    /// Whether `page_num` and `page_size` come back (foreign).
    pub echoes: bool,
    /// What becomes of cancelled rows (foreign).
    pub cancelled_rows: CancelledRows,
    /// How long a cancelled row lingers if it does (foreign).
    pub linger_seconds: u32,
    /// How long an ordinary answer takes, in milliseconds: the median.
    pub latency_ms: u32,
    /// How long answers take, in milliseconds, from the quickest to the slowest in steps of equal
    /// chance. If there are any, `latency_ms` does not count.
    pub latency_steps_ms: Vec<u32>,
}

impl Default for ServerHabits {
    fn default() -> Self {
        Self {
            kind: ServerKind::Gateway,
            order: Order::Append,
            page_size_default: 200,
            page_size_max: 200,
            total: TotalHabit::Exact,
            total_lag_seconds: 30,
            echoes: true,
            cancelled_rows: CancelledRows::Gone,
            linger_seconds: 0,
            latency_ms: 250,
            latency_steps_ms: Vec::new(),
        }
    }
}

/// Which server answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ServerKind {
    /// Povline's own gateway, with its order and its pins.
    Gateway,
    /// Another TOP server, without pins.
    Foreign,
}

/// In which order a list is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Order {
    /// As rows joined the day; new ones come last.
    Append,
    /// By period: rows land in the middle, and move when their period changes.
    Period,
    /// Newest first: every new row pushes all others.
    Newest,
    /// By pick status and then by period: a row moves when its number is taken.
    Status,
    /// Another order with every answer, as of a query without an order.
    Unstable,
}

/// What `total` says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TotalHabit {
    /// The truth.
    Exact,
    /// The truth of a while ago.
    Lagging,
    /// Nothing.
    Missing,
}

/// What becomes of a cancelled row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CancelledRows {
    /// It is gone at once.
    Gone,
    /// It stays on the list for a while.
    Linger,
}

/// What a client may call. 0 is no limit.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Budget {
    /// Calls in any one second.
    pub calls_per_second: u32,
    /// Calls in a day of Shanghai.
    pub calls_per_day: u32,
    /// How long the ban lasts that an overrun second brings; an overrun day lasts until midnight.
    pub ban_seconds: u32,
}
