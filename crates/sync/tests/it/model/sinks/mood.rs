//! How those behave to whom events are handed.

use std::time::Duration;

/// The mood of one delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mood {
    /// They take everything and say so.
    Well,
    /// Now and then they refuse, answer late, hang up, or their answer is lost.
    Moody,
    /// They are not there, or take nothing.
    Away,
}

impl Mood {
    /// How long they are waited for: an answer that is lost not for long, and one that comes on a
    /// slow machine for as long as it takes.
    pub fn patience(self) -> Duration {
        match self {
            Self::Well => Duration::from_secs(60),
            Self::Moody | Self::Away => Duration::from_millis(100),
        }
    }
}
