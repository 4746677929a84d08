//! Two passes over a list that has no order.

use std::collections::HashSet;

use povline_domain::AppointmentId;

use super::chain::Chain;

/// The passes of one scan so far.
#[derive(Debug, Default)]
pub(super) struct Passes {
    /// What the last pass showed; `None` if there was none, or if it showed a row twice.
    last: Option<HashSet<AppointmentId>>,
    made: u32,
}

impl Passes {
    /// Takes a pass. True if it shows what the one before it showed.
    pub(super) fn agree(&mut self, pass: &Chain) -> bool {
        self.made += 1;
        let ids = pass.ids();
        let agree = ids.is_some() && ids == self.last;
        self.last = ids;
        agree
    }

    /// How many passes were made.
    pub(super) fn made(&self) -> u32 {
        self.made
    }
}
