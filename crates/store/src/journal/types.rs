//! What the request log is told and what it tells.

use std::borrow::Cow;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use povline_domain::{AppKey, Day, OutPovId, UnixMillis};

/// What came of a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CallOutcome {
    /// It got what it asked for.
    Answered,
    /// It got an `error_response`.
    Refused {
        /// The error's code.
        code: i64,
        /// Its sub code, if it has one.
        sub_code: Option<Cow<'static, str>>,
    },
    /// It was told in a good answer that the service failed.
    Failed {
        /// The failure's code.
        msg_code: Cow<'static, str>,
    },
}

impl CallOutcome {
    /// The outcome in one word.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Self::Answered => "answered",
            Self::Refused { .. } => "refused",
            Self::Failed { .. } => "failed",
        }
    }

    /// The error's code, if it is an error.
    #[must_use]
    pub fn code(&self) -> Option<i64> {
        match self {
            Self::Refused { code, .. } => Some(*code),
            Self::Answered | Self::Failed { .. } => None,
        }
    }

    /// The sub code of an error or the code of a failure.
    #[must_use]
    pub fn sub_code(&self) -> Option<&str> {
        match self {
            Self::Answered => None,
            Self::Refused { sub_code, .. } => sub_code.as_deref(),
            Self::Failed { msg_code } => Some(msg_code),
        }
    }
}

/// One call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallLine {
    /// When it was answered.
    pub at: UnixMillis,
    /// The id that ends its answer.
    pub request_id: Cow<'static, str>,
    /// The app that it said it came from, if there is such an app. Only where the signature held
    /// (not with code 25, for instance) is it sure that it did.
    pub app: Option<Arc<AppKey>>,
    /// The method, if it is one of the platform's.
    pub method: Option<Cow<'static, str>>,
    /// What came of it.
    pub outcome: CallOutcome,
    /// From its head to its answer's being ready to write, in microseconds.
    pub micros: u64,
    /// The POV that was asked for, if the app may read it.
    pub pov: Option<OutPovId>,
    /// The day that was asked for.
    pub day: Option<Day>,
    /// The length of the answer before it was compressed.
    pub bytes: u64,
    /// Where the call came from.
    pub address: IpAddr,
}

/// Which lines are asked for. What is not set excludes nothing.
#[derive(Debug, Clone, Default)]
pub struct CallFilter {
    /// Not those before.
    pub since: Option<UnixMillis>,
    /// Not those at this instant or later.
    pub until: Option<UnixMillis>,
    /// Those of this app.
    pub app: Option<AppKey>,
    /// Those of this method.
    pub method: Option<String>,
    /// Those with this error code; 0 stands for the answered.
    pub code: Option<i64>,
    /// Those with this sub code, or with this one and what follows it after a colon; or with this
    /// code of a failure.
    pub sub_code: Option<String>,
    /// The one with this request id.
    pub request_id: Option<String>,
    /// Those for this POV.
    pub pov: Option<OutPovId>,
    /// Those for this day.
    pub day: Option<Day>,
    /// Those from this address.
    pub address: Option<IpAddr>,
}

impl CallFilter {
    /// Whether a line is asked for.
    #[must_use]
    pub fn admits(&self, line: &CallLine) -> bool {
        let of_code = |code: i64| match &line.outcome {
            CallOutcome::Answered => code == 0,
            outcome => outcome.code() == Some(code),
        };
        self.since.is_none_or(|since| line.at >= since)
            && self.until.is_none_or(|until| line.at < until)
            && (self.app.as_ref()).is_none_or(|app| line.app.as_deref() == Some(app))
            && (self.method.as_ref())
                .is_none_or(|method| line.method.as_deref() == Some(method.as_str()))
            && self.code.is_none_or(of_code)
            && (self.sub_code.as_ref()).is_none_or(|code| {
                line.outcome
                    .sub_code()
                    .is_some_and(|is| begins_with(is, code))
            })
            && (self.request_id.as_ref()).is_none_or(|id| *id == line.request_id)
            && (self.pov.as_ref()).is_none_or(|pov| line.pov.as_ref() == Some(pov))
            && self.day.is_none_or(|day| line.day == Some(day))
            && self.address.is_none_or(|address| line.address == address)
    }
}

/// Whether a sub code is this one, whatever it tells of behind a colon.
fn begins_with(sub_code: &str, code: &str) -> bool {
    let rest = sub_code.strip_prefix(code);
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(':'))
}

/// A place in the request log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct LogCursor(pub i64);

impl LogCursor {
    /// Before everything that is kept.
    pub const START: Self = Self(0);

    /// After everything.
    pub const END: Self = Self(i64::MAX);
}

/// What a search found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The lines, oldest first; of a search back, newest first.
    pub lines: Vec<CallLine>,
    /// Of each line, the cursor from which a search back finds it among the first.
    pub places: Vec<LogCursor>,
    /// How many calls of this part of the log could not be logged.
    pub lost: u64,
    /// Where to go on; where the search began if there is nothing more.
    pub cursor: LogCursor,
    /// The instant to which was searched, if anything was read.
    pub reached: Option<UnixMillis>,
}

/// Calls of an hour that came to the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tally {
    /// When the hour began.
    pub hour: UnixMillis,
    /// What they came to. A sub code is told to its colon.
    pub outcome: CallOutcome,
    /// How many there were.
    pub calls: u64,
}

/// Calls counted by hour and outcome.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tallied {
    /// The hour first, then the outcome.
    pub tallies: Vec<Tally>,
    /// From when on every call is counted; earlier ones are not.
    pub since: UnixMillis,
}

/// How much a request log keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct JournalLimits {
    /// The most bytes of lines as they are stored. The file may be some larger.
    pub bytes_max: u64,
    /// The greatest age.
    pub age_max: Duration,
}

impl Default for JournalLimits {
    fn default() -> Self {
        Self {
            bytes_max: 256 << 20,
            age_max: Duration::from_secs(30 * 24 * 3600),
        }
    }
}
