//! Rows that are there but cannot be taken at their word.

use std::fmt;

use povline_domain::{AppointmentId, Day, OutPovId, UnixMillis};

/// A row that could not be read, or that breaks a rule of its list.
#[derive(Clone, PartialEq, Eq)]
pub struct UnreadRow {
    /// Its appointment, if that much could be read: it is there, whatever else it is.
    pub appointment_id: Option<AppointmentId>,
    /// What is wrong with it, without anything that stands in it.
    pub reason: String,
    /// As it came.
    pub raw: String,
    /// The last window of the certificate that shows it.
    pub window: u16,
}

/// A row in quarantine.
#[derive(Clone, PartialEq, Eq)]
pub struct Quarantined {
    /// Its number, by which it can be dropped.
    pub number: i64,
    /// The list on which it was.
    pub pov: OutPovId,
    /// The list's day.
    pub day: Day,
    /// Its appointment, if that much could be read.
    pub appointment_id: Option<AppointmentId>,
    /// What is wrong with it.
    pub reason: String,
    /// As it came; empty if it was not kept or was dropped.
    pub raw: String,
    /// When the scan began that showed it first.
    pub first_at: UnixMillis,
    /// When the scan began that was read last and showed it.
    pub last_at: UnixMillis,
    /// Whether its list still shows it.
    pub is_there: bool,
}

// A row that could not be read may hold a patient's name anywhere.

impl fmt::Debug for UnreadRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UnreadRow")
            .field("appointment_id", &self.appointment_id)
            .field("reason", &self.reason)
            .field("window", &self.window)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Quarantined {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Quarantined")
            .field("number", &self.number)
            .field("pov", &self.pov)
            .field("day", &self.day)
            .field("appointment_id", &self.appointment_id)
            .field("reason", &self.reason)
            .field("is_there", &self.is_there)
            .finish_non_exhaustive()
    }
}
