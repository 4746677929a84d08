//! Instants, and who may tell them.

use std::fmt;

use jiff::Timestamp;

/// An instant, in milliseconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct UnixMillis(pub i64);

impl UnixMillis {
    /// This instant as a calendar timestamp, held within the years that can be told.
    #[must_use]
    pub fn timestamp(self) -> Timestamp {
        Timestamp::from_millisecond(self.0).unwrap_or(if self.0 < 0 {
            Timestamp::MIN
        } else {
            Timestamp::MAX
        })
    }

    /// This instant as machines read it: `2021-01-18T00:00:00.000Z` (RFC 3339, UTC).
    #[must_use]
    pub fn utc(self) -> String {
        format!("{:.3}", self.timestamp())
    }

    /// The instant this many milliseconds later (earlier if negative).
    #[must_use]
    pub fn plus_millis(self, millis: i64) -> Self {
        Self(self.0.saturating_add(millis))
    }

    /// Milliseconds from `earlier` to this instant, negative if it is the later one.
    #[must_use]
    pub fn millis_since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }
}

/// The instant as a person in the clinic reads it: `2021-01-18 08:00:00.000` of Asia/Shanghai.
impl fmt::Display for UnixMillis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let local = crate::day::SHANGHAI.to_datetime(self.timestamp());
        write!(
            f,
            "{:04}-{:02}-{:02} {:02}:{:02}:{:02}.{:03}",
            local.year(),
            local.month(),
            local.day(),
            local.hour(),
            local.minute(),
            local.second(),
            local.millisecond(),
        )
    }
}

impl fmt::Debug for UnixMillis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "UnixMillis({self})")
    }
}

/// Who tells the time. The composition root hands in the real clock; tests and the world hand in
/// their own.
pub trait Clock: Send + Sync + 'static {
    /// The present instant.
    fn now(&self) -> UnixMillis;
}
