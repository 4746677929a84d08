//! A list read anew, whatever is known of it, to be held against the copy and settled on request.

use povline_client::ToldDigest;
use povline_domain::{Appointment, Certificate, Day, OutPovId};
use povline_store::ledger::{Ledger, Observation, Observed, Settled};

use super::read::Order;
use super::{Agent, AgentError, settle_one};
use crate::pace::Purpose;
use crate::progress::FailedList;

/// A list as it was read anew, not settled yet.
#[derive(Debug)]
pub struct ForcedRead {
    observation: Observation,
    /// The failure that ended the scan, if one did.
    pub failure: Option<FailedList>,
}

impl ForcedRead {
    /// How the list was read, and what that proves.
    #[must_use]
    pub fn certificate(&self) -> &Certificate {
        &self.observation.certificate
    }

    /// The rows that the server shows.
    #[must_use]
    pub fn rows(&self) -> Vec<Appointment> {
        match &self.observation.observed {
            // Nothing was known to begin with.
            Observed::Unchanged => Vec::new(),
            Observed::Rows(rows) => rows.iter().map(|row| row.appointment.clone()).collect(),
        }
    }
}

/// What came of asking for a list's digest.
#[derive(Debug)]
pub enum AskedDigest {
    /// The platform told it.
    Told(ToldDigest),
    /// The platform offers no digests, or not to this app.
    NotOffered,
    /// It was not told this time.
    Failed(FailedList),
}

/// The protocol's codes for a method that does not exist, or that the app may not call.
const NOT_OFFERED: [i64; 4] = [11, 12, 13, 22];

impl<L: Ledger> Agent<L> {
    /// Asks for the digest of a list, in one call for this purpose.
    pub async fn ask_digest(&self, pov: &OutPovId, day: Day, purpose: Purpose) -> AskedDigest {
        match self.reader.digest(pov, day, purpose).await {
            Ok(told) => AskedDigest::Told(told),
            Err(stopped)
                if stopped
                    .platform_error()
                    .is_some_and(|error| NOT_OFFERED.contains(&error.code)) =>
            {
                AskedDigest::NotOffered
            }
            Err(stopped) => AskedDigest::Failed(stopped.failure(pov, day)),
        }
    }

    /// Reads every row of a list for this purpose, even if its answers are known, and settles
    /// nothing.
    ///
    /// # Errors
    /// [`AgentError`] if the ledger cannot be read.
    pub async fn read_forced(
        &self,
        pov: &OutPovId,
        day: Day,
        purpose: Purpose,
    ) -> Result<ForcedRead, AgentError> {
        self.remember().await?;
        let order = Order {
            pov: pov.clone(),
            day,
            open_days: self.config.timetable.open_days(self.clock.now()).into(),
            purpose,
            seed: self.next_seed(),
        };
        let read = self.reader.read(None, order).await;
        Ok(ForcedRead {
            observation: read.observation,
            failure: read.stopped.map(|stopped| stopped.failure(pov, day)),
        })
    }

    /// How many calls were made so far.
    #[must_use]
    pub fn calls(&self) -> u64 {
        self.reader.gate().calls()
    }

    /// Settles a list that was read anew: what it shows is taken, and what it misses is in doubt
    /// until it is confirmed.
    ///
    /// # Errors
    /// [`AgentError`] if the ledger cannot be kept.
    pub async fn repair(&self, read: ForcedRead) -> Result<Settled, AgentError> {
        let settled = settle_one(&*self.ledger, self.settle_policy(), read.observation).await?;
        Ok(settled)
    }
}
