//! One list read by hand, without a ledger.

use std::sync::Arc;
use std::time::Duration;

use povline_client::Client;
use povline_domain::{Appointment, Certificate, Clock, Day, OutPovId};
use povline_store::ledger::Observed;

use super::gate::{Gate, Uncounted};
use super::read::{Order, Reader, ReaderSettings};
use crate::pace::{Limits, Purpose};
use crate::progress::FailedList;
use crate::retry::RetryPolicy;
use crate::scan::ScanPolicy;

/// How lists are pulled by hand.
#[derive(Debug, Clone, Copy)]
pub struct PullConfig {
    /// How many calls may begin within any one second; `None` for no limit.
    pub calls_per_second: Option<u32>,
    /// How long to wait if the platform bans us.
    pub ban_patience: Duration,
    /// How carefully a list is read.
    pub scan: ScanPolicy,
    /// How patiently a failed call is tried again.
    pub retry: RetryPolicy,
    /// Begins the stream of chance from which retry pauses are drawn.
    pub seed: u64,
}

impl Default for PullConfig {
    fn default() -> Self {
        Self {
            calls_per_second: Some(20),
            ban_patience: Duration::from_secs(60),
            scan: ScanPolicy::default(),
            retry: RetryPolicy::default(),
            seed: 0,
        }
    }
}

/// A list as it was pulled.
#[derive(Debug)]
pub struct Pulled {
    /// How it was read. Only if it is complete may anything be concluded from what is missing.
    pub certificate: Certificate,
    /// The rows, each id once, in the server's order.
    pub rows: Vec<Appointment>,
    /// The failure that ended the scan, if one did.
    pub failure: Option<FailedList>,
}

/// Reads lists by hand, each with a certified scan. What it reads is told, not kept.
pub struct Puller {
    reader: Reader<Uncounted>,
    seed: u64,
}

impl std::fmt::Debug for Puller {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Puller").finish_non_exhaustive()
    }
}

impl Puller {
    /// A puller that calls with this client.
    #[must_use]
    pub fn new(client: Client, config: PullConfig, clock: Arc<dyn Clock>) -> Self {
        let limits = Limits {
            calls_per_second: config.calls_per_second,
            calls_per_day: None,
            reserved_percent: 0,
        };
        let gate = Gate::new(limits, config.ban_patience, Uncounted, Arc::clone(&clock));
        let settings = ReaderSettings {
            scan: config.scan,
            retry: config.retry,
        };
        Self {
            reader: Reader::new(client, gate, clock, settings),
            seed: config.seed,
        }
    }

    /// Reads one list.
    pub async fn pull(&self, pov: &OutPovId, day: Day) -> Pulled {
        let order = Order {
            pov: pov.clone(),
            day,
            open_days: vec![day].into(),
            purpose: Purpose::Reserved,
            seed: self.seed,
        };
        let read = self.reader.read(None, order).await;
        let rows = match read.observation.observed {
            // Nothing was known to begin with.
            Observed::Unchanged => Vec::new(),
            Observed::Rows(rows) => rows.into_iter().map(|row| row.appointment).collect(),
        };
        Pulled {
            certificate: read.observation.certificate,
            rows,
            failure: read.stopped.map(|stopped| stopped.failure(pov, day)),
        }
    }

    /// How many calls were made.
    #[must_use]
    pub fn calls(&self) -> u64 {
        self.reader.gate().calls()
    }
}
