//! The brakes: when more rows vanish at once than people cancel, nothing is told as cancelled
//! until the rows are back or a person has said that they are gone.
//!
//! A server that answers, well-formed and for hours, that a clinic has no appointments passes every
//! proof of absence. What gives it away is the amount. So each POV-day, and the fleet as a whole,
//! has a brake: when more than [`BrakePolicy::lost_percent_max`] of its rows and more than
//! [`BrakePolicy::lost_rows_max`] vanish within an hour, cancellations are held back. The rows stay
//! in the copy, in doubt. Rows that were found on another day are not lost.

use povline_domain::UnixMillis;
use povline_store::ledger::{Brake, BrakeStep, Hold, LOSS_WINDOW_MS};

/// How much may vanish within an hour before it is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BrakePolicy {
    /// So many rows never are too many.
    pub lost_rows_max: u64,
    /// Nor is so much of what was known, in percent.
    pub lost_percent_max: u64,
}

impl Default for BrakePolicy {
    fn default() -> Self {
        Self {
            lost_rows_max: 20,
            lost_percent_max: 30,
        }
    }
}

impl BrakePolicy {
    /// Whether losing so many of so many rows is more than people cancel.
    #[must_use]
    pub fn is_too_much(&self, lost: u64, known: u64) -> bool {
        let lost_parts = u128::from(lost) * 100;
        lost > self.lost_rows_max
            && lost_parts > u128::from(known) * u128::from(self.lost_percent_max)
    }
}

/// What a complete scan found of one POV-day, or, by then, of the fleet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Found {
    /// When the scan began.
    pub begun_at: UnixMillis,
    /// How many rows were live before it.
    pub live_before: u64,
    /// How many of them it proves to have vanished.
    pub vanished: u64,
    /// How many rows that had vanished, and counted as lost, it shows again.
    pub returned: u64,
}

/// Decides what a complete scan does to a brake; `persists_after_ms` is how long after it was put
/// on a loss that is still there waits for a person. `None` if there is nothing to be done.
#[must_use]
pub fn judge(
    policy: &BrakePolicy,
    brake: &Brake,
    found: Found,
    persists_after_ms: i64,
) -> Option<BrakeStep> {
    let lost = (brake.lost + found.vanished).saturating_sub(found.returned);
    match brake.hold {
        None => {
            let known = found.live_before + brake.lost;
            // Only what vanishes now puts a brake on: what a person has let go stays let go.
            let trips = found.vanished > 0 && policy.is_too_much(lost, known);
            trips.then(|| {
                BrakeStep::Hold(Hold {
                    held_at: found.begun_at,
                    counted_from: found.begun_at.plus_millis(-LOSS_WINDOW_MS),
                    known,
                    lost,
                    persists_since: None,
                    rejected_at: None,
                })
            })
        }
        // More than was known cannot be lost: what came since and went counts as known too.
        Some(hold) if policy.is_too_much(lost, hold.known.max(lost)) => {
            let waited = found.begun_at.millis_since(hold.held_at) >= persists_after_ms.max(1);
            let now = waited.then_some(found.begun_at);
            Some(BrakeStep::Keep(Hold {
                lost,
                persists_since: hold.persists_since.or(now),
                ..hold
            }))
        }
        Some(_) => Some(BrakeStep::Lift),
    }
}
