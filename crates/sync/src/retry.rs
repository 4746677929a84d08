//! What to do about a failed call.
//!
//! Pure: the error, how often the call has failed and a number of chance come in, a decision comes
//! out. Whatever it says, every further attempt goes through the gate like the first.

use std::time::Duration;

use povline_client::{Advice, Ban, CallError};

use crate::chance::Chance;

/// How patiently a call is tried again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetryPolicy {
    /// How often one call may fail before it is given up.
    pub failures_max: u32,
    /// The pause after the first failure, at most; doubled with every further one.
    pub pause_first: Duration,
    /// No pause is longer.
    pub pause_max: Duration,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self {
            failures_max: 5,
            pause_first: Duration::from_millis(400),
            pause_max: Duration::from_secs(20),
        }
    }
}

/// What to do about a failed call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// Try again after this pause.
    Retry {
        /// The pause.
        after: Duration,
    },
    /// Let nothing of the ban's scope through until it is over, then try again. It does not count
    /// as a failure.
    Park(Ban),
    /// Give the call up: another try would fail alike, or there have been enough.
    Stop,
}

/// Decides what to do after the `failures`th failure of a call (counted from 1, bans left out).
pub fn decide(
    policy: &RetryPolicy,
    error: &CallError,
    failures: u32,
    chance: &mut Chance,
) -> Decision {
    match error.advice() {
        Advice::WaitFor(ban) => Decision::Park(ban),
        Advice::Stop => Decision::Stop,
        _ if failures >= policy.failures_max => Decision::Stop,
        Advice::RetryNow if failures == 1 => Decision::Retry {
            after: Duration::ZERO,
        },
        Advice::RetryNow | Advice::RetryLater => Decision::Retry {
            after: pause(policy, failures, chance),
        },
    }
}

/// Between half and all of a pause that doubles: many workers that failed together must not try
/// again together.
fn pause(policy: &RetryPolicy, failures: u32, chance: &mut Chance) -> Duration {
    let doublings = failures.saturating_sub(1).min(16);
    let longest = policy
        .pause_first
        .saturating_mul(1 << doublings)
        .min(policy.pause_max);
    let half = longest / 2;
    let more = u64::try_from(half.as_nanos()).map_or(0, |nanos| chance.below(nanos + 1));
    half + Duration::from_nanos(more)
}

#[cfg(test)]
mod tests {
    use povline_client::BanScope;
    use povline_protocol::{BusinessFailure, CallLimit, PlatformError};

    use super::*;

    fn busy() -> CallError {
        CallError::Business {
            failure: BusinessFailure::busy(),
            request_id: None,
        }
    }

    #[test]
    fn pauses_double_with_jitter_and_end() {
        let policy = RetryPolicy {
            failures_max: 8,
            pause_first: Duration::from_millis(100),
            pause_max: Duration::from_millis(1_000),
        };
        for seed in 0..200 {
            let mut chance = Chance::new(seed);
            for (failures, longest) in (1..8).zip([100, 200, 400, 800, 1_000, 1_000, 1_000]) {
                let decision = decide(&policy, &busy(), failures, &mut chance);
                let Decision::Retry { after } = decision else {
                    panic!("{decision:?}");
                };
                let longest = Duration::from_millis(longest);
                assert!(
                    (longest / 2..=longest).contains(&after),
                    "{failures}: {after:?}"
                );
            }
            assert_eq!(decide(&policy, &busy(), 8, &mut chance), Decision::Stop);
        }
    }

    #[test]
    fn a_ban_is_no_failure_and_a_refusal_is_final() {
        let policy = RetryPolicy::default();
        let mut chance = Chance::new(0);
        let platform = |error| CallError::Platform {
            error,
            request_id: None,
        };
        let limited = platform(PlatformError::app_call_limited(CallLimit::App, 31_062));
        let park = Decision::Park(Ban {
            scope: BanScope::App,
            lasts: Duration::from_secs(31_063),
        });
        assert_eq!(decide(&policy, &limited, 1_000, &mut chance), park);
        let refused = platform(PlatformError::invalid_parameter("day"));
        assert_eq!(decide(&policy, &refused, 1, &mut chance), Decision::Stop);
    }
}
