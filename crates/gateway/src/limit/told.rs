//! What a caller is told about its quotas, beside the answer.

use http::HeaderMap;
use http::header::{HeaderName, HeaderValue, RETRY_AFTER};
use povline_protocol::quota;

/// What is left of the quotas that a call fell under: of each kind the one of which least is left.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Left {
    /// The limit of a second, and what is left of it.
    pub(crate) second: Option<(u64, u64)>,
    /// The limit of the day, and what is left of it.
    pub(crate) day: Option<(u64, u64)>,
    /// For a call that was refused: the seconds until it would not be.
    pub(crate) retry_after: Option<u64>,
}

impl Left {
    /// Takes note of another quota.
    pub(crate) fn least(told: &mut Option<(u64, u64)>, limit: u64, left: u64) {
        if told.is_none_or(|(_, least)| left < least) {
            *told = Some((limit, left));
        }
    }

    /// Writes the headers. The SDKs of the platform's protocol ignore them.
    pub(crate) fn write(self, headers: &mut HeaderMap) {
        const LIMIT_SECOND: HeaderName = HeaderName::from_static(quota::LIMIT_SECOND);
        const LEFT_SECOND: HeaderName = HeaderName::from_static(quota::LEFT_SECOND);
        const LIMIT_DAY: HeaderName = HeaderName::from_static(quota::LIMIT_DAY);
        const LEFT_DAY: HeaderName = HeaderName::from_static(quota::LEFT_DAY);
        let mut write = |name, number| {
            headers.insert(name, HeaderValue::from(number));
        };
        if let Some((limit, left)) = self.second {
            write(LIMIT_SECOND, limit);
            write(LEFT_SECOND, left);
        }
        if let Some((limit, left)) = self.day {
            write(LIMIT_DAY, limit);
            write(LEFT_DAY, left);
        }
        if let Some(seconds) = self.retry_after {
            write(RETRY_AFTER, seconds);
        }
    }
}
