//! The headers of an answer that tell what is left of its caller's quotas. They are Povline's own:
//! the SDKs ignore them.

/// How many calls a second may have.
pub const LIMIT_SECOND: &str = "x-ratelimit-limit-second";
/// How many of them are left.
pub const LEFT_SECOND: &str = "x-ratelimit-remaining-second";
/// How many calls a day may have.
pub const LIMIT_DAY: &str = "x-ratelimit-limit-day";
/// How many of them are left.
pub const LEFT_DAY: &str = "x-ratelimit-remaining-day";

/// Every header, in the order in which the documentation names them.
pub const HEADERS: [&str; 4] = [LIMIT_SECOND, LEFT_SECOND, LIMIT_DAY, LEFT_DAY];
