//! The real clock: the one place that reads it.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use povline_domain::{Clock, UnixMillis};
use povline_store::book::Actor;

/// The machine's clock.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> UnixMillis {
        #[expect(clippy::disallowed_methods, reason = "the composition root's clock")]
        let since = SystemTime::now().duration_since(UNIX_EPOCH);
        UnixMillis(match since {
            Ok(since) => i64::try_from(since.as_millis()).unwrap_or(i64::MAX),
            // A machine whose clock stands before 1970 is told so by every platform.
            Err(_) => 0,
        })
    }
}

/// Measures how long something takes, on a clock that never goes back.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Stopwatch(std::time::Instant);

impl Stopwatch {
    pub(crate) fn start() -> Self {
        #[expect(clippy::disallowed_methods, reason = "the composition root's clock")]
        Self(std::time::Instant::now())
    }

    pub(crate) fn elapsed(self) -> Duration {
        self.0.elapsed()
    }
}

/// This command, now, for the audit.
pub(crate) fn actor(command: &str) -> Actor {
    Actor {
        name: format!("command:{command}"),
        at: SystemClock.now(),
    }
}
