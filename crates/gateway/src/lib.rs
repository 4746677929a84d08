//! The platform: answers TOP calls from a book of appointments.
//!
//! A call passes one way, and each step makes another type: bytes become parameters
//! (`povline-protocol`), parameters whose signature holds, an admitted query, a slice of a day
//! sheet, and bytes again. No call reads the database unless its day is not in memory, and no call
//! encodes a row.
//!
//! What a caller may rely on beyond the contract:
//! * The status is 200 whatever becomes of a TOP call. A verb other than GET and POST is error 9; a
//!   body that is too large, too slow or broken off is error 43.
//! * An unknown POV and one without a grant are one and the same error (50, `isv.pov-not-exist`),
//!   and never an empty list. A disabled app that signs rightly is error 11, `isv.app-disabled`.
//! * When the book fails, or cannot be followed for longer than
//!   [`staleness_max`](GatewayConfig::staleness_max), the answer is `success` false and
//!   `FAIL_BIZ_500`: a wrong list is worse than none.
//! * A write of this process is seen at once after [`Gateway::invalidate`] and a moment later
//!   without it; one of another process within [`follow_every`](GatewayConfig::follow_every) and
//!   the time of a look.
//! * A quota is charged once the signature holds, and given back if the platform itself fails. No
//!   more calls are let through than the quotas say, however many come at once and whenever the
//!   process is killed.
//! * A call that has begun is finished, also when its caller hangs up: it is counted, logged and
//!   audited like any other.
//! * A batch is many calls, each answered as if it had come alone; the batch as a whole is refused
//!   with one error document.
//! * An answer is compressed if its caller names gzip and it is long enough to be worth it.
//! * At a bound on what is under way ([`calls_max`](GatewayConfig::calls_max),
//!   [`build_waiters_max`](GatewayConfig::build_waiters_max),
//!   [`writes_max`](GatewayConfig::writes_max), what of each one app may have, connections) the
//!   answer is error 15, `isp.top-remote-service-unavailable`, at once. So it is for a write with which
//!   the book has not begun within [`write_wait_max`](GatewayConfig::write_wait_max): it is never done.
//! * A call that panics fails alone, by the platform's fault: it is answered, given back and logged.
//! * Calls that read much (the list of bookings, what changed, digests, a sandbox's reset) are read one
//!   after the other for each app; an app that has 32 of them under way is refused in the same way, and
//!   one that has not read all of it within [`read_time_max`](GatewayConfig::read_time_max) gets
//!   `FAIL_BIZ_500`. Nobody's keep the platform from following the book.
//! * A plain forward loop over a list longer than its page sees one instant of it, for
//!   [`pin_time`](GatewayConfig::pin_time) from page 1 on, where memory allows. Any other access
//!   sees the present.
//!
//! What is absent: nothing here knows a database engine, a web framework, or the agent.

mod admin;
mod admit;
#[cfg(test)]
mod admit_tests;
mod answer;
mod batch;
mod begun;
mod body;
mod book;
mod call;
mod call_log;
mod caller;
mod coding;
mod config;
mod directory;
mod document;
mod explain;
mod follow;
mod gateway;
mod gzip;
mod handlers;
mod keep;
mod limit;
mod long_reads;
mod metrics;
mod overload;
mod pins;
#[cfg(test)]
mod pins_tests;
mod readings;
mod record;
mod request_ids;
mod rest;
mod sandbox;
mod sheet;
mod site;
mod state;

pub use book::PlatformBook;
pub use caller::TrustedProxies;
pub use config::{ConfigError, GatewayConfig};
pub use gateway::{Gateway, GatewayError};
pub use limit::LimitDefaults;
pub use sandbox::SandboxSeed;
pub use site::{PlatformLevels, SiteAnswer, WrongSignature};
