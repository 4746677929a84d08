//! What holds cancellations back when more rows vanish at once than people cancel.

use std::fmt;
use std::str::FromStr;

use povline_domain::{Day, OutPovId, UnixMillis};

/// Losses are counted over an hour.
pub const LOSS_WINDOW_MS: i64 = 3_600_000;

/// Cancellations are held back since so much was lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hold {
    /// When the scan began that showed the loss.
    pub held_at: UnixMillis,
    /// Rows that vanished at or after this instant count as lost.
    pub counted_from: UnixMillis,
    /// How many rows were known when the loss began.
    pub known: u64,
    /// How many of them are lost, as the last complete scan left it.
    pub lost: u64,
    /// When the scan began that, long enough after the hold, still showed the loss. Since then it
    /// waits for a person.
    pub persists_since: Option<UnixMillis>,
    /// When a person said that the loss is the server's fault. Nothing is cancelled then until the
    /// rows are back, or a person says otherwise.
    pub rejected_at: Option<UnixMillis>,
}

/// What decides about the brake of a POV-day or of the fleet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Brake {
    /// The hold, if there is one.
    pub hold: Option<Hold>,
    /// Rows that are suspected or were told cancelled, and that vanished within
    /// [`LOSS_WINDOW_MS`] before the scan, or since the hold's [`Hold::counted_from`]. Those that
    /// a person has accepted are not among them, and neither is what this scan does.
    pub lost: u64,
}

/// What a scan does to a brake.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BrakeStep {
    /// Cancellations are held back from now on.
    Hold(Hold),
    /// They still are.
    Keep(Hold),
    /// They no longer are: the rows are back.
    Lift,
}

/// What is held.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum HoldScope {
    /// Every list: the fleet as a whole has lost too much.
    Fleet,
    /// One POV-day.
    List(OutPovId, Day),
}

/// What a decision names of the loss that was shown to whoever decides. A list's differs if other
/// rows are lost, or somebody has rejected them meanwhile. The fleet's also goes on standing for what
/// was lost when it was shown, so that it can be decided about while somebody somewhere cancels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct HoldMark(pub u64);

/// Sixteen hexadecimal digits.
impl fmt::Display for HoldMark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

/// A text that is no mark.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("is no mark of a hold: it has sixteen hexadecimal digits")]
pub struct HoldMarkError;

impl FromStr for HoldMark {
    type Err = HoldMarkError;

    fn from_str(text: &str) -> Result<Self, HoldMarkError> {
        let is_mark = text.len() == 16 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        let number = is_mark
            .then(|| u64::from_str_radix(text, 16).ok())
            .flatten();
        number.map(Self).ok_or(HoldMarkError)
    }
}

/// A hold, and the mark of what is lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MarkedHold {
    /// The hold.
    pub hold: Hold,
    /// Its mark.
    pub mark: HoldMark,
}

/// A hold and where it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldPlace {
    /// What is held.
    pub scope: HoldScope,
    /// The hold.
    pub hold: Hold,
    /// The mark of what is lost.
    pub mark: HoldMark,
}

/// What came of a decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HoldAnswer {
    /// It was taken down, about this hold.
    Decided(Hold),
    /// Nothing was: what is lost is not what was shown, or, of the fleet, nothing of that is.
    Changed,
    /// Nothing was: nothing is held there.
    NotHeld,
}

/// What a person says of a hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HoldDecision {
    /// Whether the loss is real: the rows lost so far may be told cancelled, once each one's
    /// absence is proved. If not, it is the server's fault, and they stay in doubt.
    pub accepted: bool,
    /// Who says so.
    pub by: String,
    /// When.
    pub at: UnixMillis,
}

/// A decision that was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DecidedHold {
    /// About what.
    pub scope: HoldScope,
    /// How many rows were known when the loss began.
    pub known: u64,
    /// How many of them were lost.
    pub lost: u64,
    /// What was decided, by whom and when.
    pub decision: HoldDecision,
}
