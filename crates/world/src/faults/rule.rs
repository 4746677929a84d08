//! One rule of faults.

use povline_domain::OutPovId;
use serde::{Deserialize, Serialize};

/// What happens to a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FaultKind {
    /// The answer comes late: `ms` is the median, `sigma_percent` the spread of a lognormal delay.
    Latency,
    /// The answer is made at once and held back for `ms`, so that later answers overtake it.
    Hold,
    /// The connection breaks in the midst of the answer.
    Reset,
    /// Well-formed HTTP whose body is cut off after `percent_kept` of its bytes.
    Truncate,
    /// The body comes in small pieces over `ms`.
    Dribble,
    /// The HTTP status `status`, with a text that is no TOP answer.
    Status,
    /// HTTP 200 with a web page, as a login or a proxy gives.
    Html,
    /// HTTP 200 with nothing.
    EmptyBody,
    /// Code 7 for `seconds`; calls meanwhile get it too.
    Ban,
    /// Code 7 until the day is over in Shanghai.
    BanUntilMidnight,
    /// A good answer with `success=false` and no list.
    NotSuccess,
    /// Code 15 with an `isp.` sub code: the platform's fault, which passes.
    Isp,
    /// Code 15 with an `isv.` sub code: the caller's fault, which does not.
    Isv,
    /// A well-formed list without rows, though there are some.
    EmptyList,
    /// `rows` rows of the page stand in it twice.
    DuplicateRows,
    /// `total` is off by `by`.
    WrongTotal,
    /// The server's clock is off by `seconds`, so that right timestamps are refused (code 31).
    ClockSkew,
    /// The list as it was `seconds` ago.
    Stale,
    /// The last answer of this list once more, whatever was asked.
    Repeat,
    /// The rows of the page in another order.
    Shuffle,
    /// The pick status is left out of the rows.
    NoPickStatus,
}

/// Which pages of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Pages {
    /// Every one.
    #[default]
    Any,
    /// Page 1.
    First,
    /// All but page 1.
    Later,
}

/// A rule.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FaultRule {
    /// What reports call it.
    pub name: String,
    /// What happens.
    pub what: FaultKind,
    /// From which minute of the run on.
    #[serde(default)]
    pub from_minute: u32,
    /// Until which minute of the run; without it, to the end.
    #[serde(default)]
    pub to_minute: Option<u32>,
    /// Which POVs; `*` at its end stands for any ending.
    #[serde(default = "everything")]
    pub pov: String,
    /// Which days ahead; none means every one.
    #[serde(default)]
    pub days_ahead: Vec<u16>,
    /// Which pages.
    #[serde(default)]
    pub pages: Pages,
    /// Only the first so many calls of each list that the rule concerns; 0 is no bound.
    #[serde(default)]
    pub first_n: u32,
    /// The chance of each call, in percent.
    #[serde(default = "always")]
    pub percent: u32,
    /// Milliseconds, where `what` speaks of them.
    #[serde(default)]
    pub ms: u32,
    /// The spread of a lognormal delay, in hundredths of sigma.
    #[serde(default)]
    pub sigma_percent: u32,
    /// The HTTP status.
    #[serde(default = "bad_gateway")]
    pub status: u16,
    /// Seconds, where `what` speaks of them; negative for a clock that is behind.
    #[serde(default)]
    pub seconds: i32,
    /// Rows, where `what` speaks of them.
    #[serde(default)]
    pub rows: u32,
    /// By how much a count is off.
    #[serde(default)]
    pub by: i32,
    /// How much of a truncated body comes, in percent.
    #[serde(default = "half")]
    pub percent_kept: u32,
}

fn everything() -> String {
    "*".to_owned()
}

fn always() -> u32 {
    100
}

fn bad_gateway() -> u16 {
    502
}

fn half() -> u32 {
    50
}

impl FaultRule {
    /// What is wrong with the rule, if anything is.
    pub(crate) fn check(&self) -> Result<(), String> {
        let name = &self.name;
        let needs = |key: &str| Err(format!("{name}: {} needs {key} above 0", self.word()));
        let positive_seconds = self.seconds > 0;
        match self.what {
            FaultKind::Latency | FaultKind::Hold | FaultKind::Dribble if self.ms == 0 => {
                needs("ms")
            }
            FaultKind::Ban | FaultKind::Stale if !positive_seconds => needs("seconds"),
            FaultKind::DuplicateRows if self.rows == 0 => needs("rows"),
            FaultKind::Status if !(400..=599).contains(&self.status) => {
                Err(format!("{name}: status must be between 400 and 599"))
            }
            _ if self.percent == 0 || self.percent > 100 => {
                Err(format!("{name}: percent must be between 1 and 100"))
            }
            _ if self.percent_kept > 99 => {
                Err(format!("{name}: percent_kept must be between 0 and 99"))
            }
            _ if self.ms > 600_000 || self.sigma_percent > 300 => Err(format!(
                "{name}: ms may be 600000 and sigma_percent 300 at most"
            )),
            _ => Ok(()),
        }
    }

    /// The word of `what` in files and reports.
    #[must_use]
    pub fn word(&self) -> &'static str {
        self.what.word()
    }

    /// Whether the rule speaks of this POV.
    pub(crate) fn covers(&self, pov: &OutPovId) -> bool {
        covers(&self.pov, pov.as_str())
    }
}

/// Whether a code is meant by a pattern that may end with `*`.
pub(crate) fn covers(pattern: &str, code: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(beginning) => code.starts_with(beginning),
        None => code == pattern,
    }
}

impl FaultKind {
    /// Every kind.
    pub const ALL: [Self; 21] = [
        Self::Latency,
        Self::Hold,
        Self::Reset,
        Self::Truncate,
        Self::Dribble,
        Self::Status,
        Self::Html,
        Self::EmptyBody,
        Self::Ban,
        Self::BanUntilMidnight,
        Self::NotSuccess,
        Self::Isp,
        Self::Isv,
        Self::EmptyList,
        Self::DuplicateRows,
        Self::WrongTotal,
        Self::ClockSkew,
        Self::Stale,
        Self::Repeat,
        Self::Shuffle,
        Self::NoPickStatus,
    ];

    /// The kind's word in files and reports.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Latency => "latency",
            Self::Hold => "hold",
            Self::Reset => "reset",
            Self::Truncate => "truncate",
            Self::Dribble => "dribble",
            Self::Status => "status",
            Self::Html => "html",
            Self::EmptyBody => "empty-body",
            Self::Ban => "ban",
            Self::BanUntilMidnight => "ban-until-midnight",
            Self::NotSuccess => "not-success",
            Self::Isp => "isp",
            Self::Isv => "isv",
            Self::EmptyList => "empty-list",
            Self::DuplicateRows => "duplicate-rows",
            Self::WrongTotal => "wrong-total",
            Self::ClockSkew => "clock-skew",
            Self::Stale => "stale",
            Self::Repeat => "repeat",
            Self::Shuffle => "shuffle",
            Self::NoPickStatus => "no-pick-status",
        }
    }

    /// Whether a client that reads such an answer gets nothing from it.
    #[must_use]
    pub fn denies(self) -> bool {
        matches!(
            self,
            Self::Reset
                | Self::Truncate
                | Self::Status
                | Self::Html
                | Self::EmptyBody
                | Self::Ban
                | Self::BanUntilMidnight
                | Self::NotSuccess
                | Self::Isp
                | Self::Isv
                | Self::ClockSkew
        )
    }
}
