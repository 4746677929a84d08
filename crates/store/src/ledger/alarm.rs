//! Alarms: what a person must hear of, kept until somebody has.

use povline_domain::{AppKey, UnixMillis};

/// What an alarm is about. Two that are equal are one alarm.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AlarmOf {
    /// The app whose alarm it is; `None` if it is one of the whole ledger.
    pub app: Option<AppKey>,
    /// Its kind, in a word whose meaning is that of whoever raises it.
    pub kind: String,
    /// What it is about among those of its kind, such as a list.
    pub subject: String,
}

/// An alarm that was raised, and cleared or not yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlarmRecord {
    /// What it is about.
    pub of: AlarmOf,
    /// What a person should know, without names and secrets.
    pub detail: String,
    /// When it was raised.
    pub raised_at: UnixMillis,
    /// When its cause had gone; `None` while it has not.
    pub cleared_at: Option<UnixMillis>,
}
