//! How far our clock certainly is from the platform's, by the instants that its answers name.
//!
//! Somewhere between the request and the answer it was there what the answer says, in whole
//! seconds. What lies outside that span, however slow the call was, is our clock's or theirs.

use povline_domain::UnixMillis;

/// An instant that is told in whole seconds may be almost one more.
const SECOND_MS: i64 = 1_000;

/// A clock that is so far off makes the instants of all that is told wrong, and its day begin at
/// another time than the platform's; one that is kept in time never is.
const SKEW_MAX_MS: i64 = 60_000;

/// One answer may come from somewhere else on the way; so many, one after the other, do not.
const ANSWERS: u32 = 3;

/// How many milliseconds our clock is ahead of the one that named this instant (behind it, if
/// negative), as far as that is certain.
#[must_use]
pub fn certain_skew(requested_at: UnixMillis, answered_at: UnixMillis, named: UnixMillis) -> i64 {
    let ahead = requested_at.millis_since(named) - SECOND_MS;
    let behind = named.millis_since(answered_at);
    if ahead > 0 {
        ahead
    } else if behind > 0 {
        -behind
    } else {
        0
    }
}

/// What the answers of one platform say of our clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SkewWatch {
    in_a_row: u32,
    /// The least that any of them said.
    least: i64,
}

impl SkewWatch {
    /// An answer named an instant.
    pub fn note(&mut self, requested_at: UnixMillis, answered_at: UnixMillis, named: UnixMillis) {
        let skew = certain_skew(requested_at, answered_at, named);
        let same_way = self.in_a_row == 0 || (skew > 0) == (self.least > 0);
        if skew.abs() < SKEW_MAX_MS {
            *self = Self::default();
        } else if !same_way {
            *self = Self {
                in_a_row: 1,
                least: skew,
            };
        } else {
            self.least = match self.in_a_row {
                0 => skew,
                _ if skew.abs() < self.least.abs() => skew,
                _ => self.least,
            };
            self.in_a_row = self.in_a_row.saturating_add(1);
        }
    }

    /// By how many milliseconds our clock is ahead (behind, if negative), if it is so far off that
    /// a person must hear of it.
    #[must_use]
    pub fn told(&self) -> Option<i64> {
        (self.in_a_row >= ANSWERS).then_some(self.least)
    }
}
