//! The driver: the only part of the agent that waits, calls and writes.
//!
//! One loop owns the timetable. It has lists read by its workers ([`AgentConfig::workers`] of them at
//! most, each a task that stays), gathers what they saw, and settles whatever has gathered in one
//! durable commit while further reads go on. A read holds no state that matters: if it is dropped,
//! nothing is lost but its calls. A list counts as being read until it is settled, so it
//! is never read again on stale knowledge, and trouble with one list touches no other.

mod alarm;
mod forced;
mod gate;
mod gathered;
mod looks;
mod outcome;
mod plan_state;
mod pull;
mod read;
mod round;
mod tell;
mod workers;

pub use forced::{AskedDigest, ForcedRead};
pub use pull::{PullConfig, Pulled, Puller};
pub use tell::Told;

use std::error::Error;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use povline_client::Client;
use povline_domain::{AppKey, Certificate, Clock, Day, OutPovId, UnixMillis};
use povline_store::ledger::{Ledger, Observation, Settled};
use povline_store::{StoreError, StoreErrorKind};
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;

use self::gate::{Gate, LedgerBudget};
use self::read::{Order, Reader, ReaderSettings};
use self::round::Round;
use crate::brake::BrakePolicy;
use crate::habits::Habits;
use crate::pace::{Limits, Purpose};
use crate::plan::PlanConfig;
use crate::progress::{FailedList, Progress, Summary};
use crate::retry::RetryPolicy;
use crate::scan::ScanPolicy;
use crate::settle::{SettlePolicy, settle};
use crate::timetable::{Timetable, TimetableConfig};

/// How an agent works.
#[derive(Debug, Clone)]
pub struct AgentConfig {
    /// Which lists, and how often.
    pub timetable: TimetableConfig,
    /// How much may be called.
    pub limits: Limits,
    /// How many lists are read at once.
    pub workers: usize,
    /// How carefully a list is read.
    pub scan: ScanPolicy,
    /// How much may vanish at once before cancellations are held back.
    pub brake: BrakePolicy,
    /// How patiently a failed call is tried again.
    pub retry: RetryPolicy,
    /// How long a read waits in the midst of its list when the platform bans us. For a longer ban
    /// it is ended, and the list is read anew afterwards.
    pub ban_patience: Duration,
    /// How long a sweep waits for a ban or a new day's budget before it gives lists up.
    pub sweep_patience: Duration,
    /// How often a sweep tries a list.
    pub sweep_attempts: u32,
    /// How long a sweep, once it has read every list, waits for confirming scans to become due.
    pub sweep_confirm_patience: Duration,
    /// Begins the stream of chance from which retry pauses are drawn.
    pub seed: u64,
}

impl AgentConfig {
    /// These POVs with moderate limits: 20 calls a second, no budget for the day, 8 workers.
    #[must_use]
    pub fn new(povs: Vec<OutPovId>) -> Self {
        Self {
            timetable: TimetableConfig::new(povs),
            limits: Limits {
                calls_per_second: Some(20),
                calls_per_day: None,
                reserved_percent: 10,
            },
            workers: 8,
            scan: ScanPolicy::default(),
            brake: BrakePolicy::default(),
            retry: RetryPolicy::default(),
            ban_patience: Duration::from_secs(20),
            sweep_patience: Duration::from_secs(120),
            sweep_attempts: 4,
            sweep_confirm_patience: Duration::ZERO,
            seed: 0,
        }
    }
}

/// Keeps a ledger equal to what a platform shows. Only one agent may work on a ledger at a time.
pub struct Agent<L> {
    ledger: Arc<L>,
    clock: Arc<dyn Clock>,
    app: AppKey,
    config: AgentConfig,
    reader: Arc<Reader<LedgerBudget<L>>>,
    progress: watch::Sender<Progress>,
    demands: (
        mpsc::Sender<Demand>,
        tokio::sync::Mutex<mpsc::Receiver<Demand>>,
    ),
    seeds: AtomicU64,
}

/// A list that somebody asks for while the agent runs.
#[derive(Debug)]
struct Demand {
    pov: OutPovId,
    day: Day,
}

/// How many demands may wait.
const DEMANDS_MAX: usize = 1_000;

/// Why an agent stopped working.
#[derive(Debug)]
pub enum AgentError {
    /// The ledger cannot be read or written.
    Ledger(StoreError),
}

impl fmt::Display for AgentError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ledger(_) => f.write_str("failed to keep the ledger"),
        }
    }
}

impl Error for AgentError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Ledger(error) => Some(error),
        }
    }
}

impl From<StoreError> for AgentError {
    fn from(error: StoreError) -> Self {
        Self::Ledger(error)
    }
}

/// What a pull of one list came to.
#[derive(Debug)]
pub struct PulledOne {
    /// How the list was read, and what that proves.
    pub certificate: Certificate,
    /// What it changed in the ledger.
    pub settled: Settled,
    /// The failure that ended the scan, if one did.
    pub failure: Option<FailedList>,
}

impl<L> fmt::Debug for Agent<L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Agent")
            .field("povs", &self.config.timetable.povs.len())
            .finish_non_exhaustive()
    }
}

impl<L: Ledger> Agent<L> {
    /// An agent that calls with this client and keeps this ledger. The day's budget is counted
    /// there, under the client's app key.
    #[must_use]
    pub fn new(client: Client, ledger: Arc<L>, config: AgentConfig, clock: Arc<dyn Clock>) -> Self {
        let app = client.app_key().clone();
        let budget = LedgerBudget {
            ledger: Arc::clone(&ledger),
            app: app.clone(),
        };
        let gate = Gate::new(
            config.limits,
            config.ban_patience,
            budget,
            Arc::clone(&clock),
        );
        let settings = ReaderSettings {
            scan: config.scan,
            retry: config.retry,
        };
        let reader = Reader::new(client, gate, Arc::clone(&clock), settings);
        let (demand, demanded) = mpsc::channel(DEMANDS_MAX);
        Self {
            ledger,
            clock,
            app,
            reader: Arc::new(reader),
            progress: watch::Sender::new(Progress::default()),
            demands: (demand, tokio::sync::Mutex::new(demanded)),
            seeds: AtomicU64::new(config.seed),
            config,
        }
    }

    /// The POVs whose lists it reads.
    #[must_use]
    pub fn povs(&self) -> &[OutPovId] {
        &self.config.timetable.povs
    }

    /// What the agent is doing, kept up to date while it works.
    #[must_use]
    pub fn progress(&self) -> watch::Receiver<Progress> {
        self.progress.subscribe()
    }

    /// Reads every list by the timetable until `stop` is cancelled. Then reads are dropped, what
    /// has been read is settled, and the summary returns.
    ///
    /// # Errors
    /// [`AgentError`] if the ledger cannot be kept.
    pub async fn run(&self, stop: CancellationToken) -> Result<Summary, AgentError> {
        self.remember().await?;
        let start = self.plan_start().await?;
        let timetable = Timetable::planned(self.config.timetable.clone(), &start, self.clock.now());
        Round::new(self, timetable, None).run(&stop).await
    }

    /// Reads every list once, until each was read whole or has failed for good, and makes the
    /// confirming scans that are due. Returns earlier if `stop` is cancelled.
    ///
    /// # Errors
    /// [`AgentError`] if the ledger cannot be kept.
    pub async fn sweep(&self, stop: CancellationToken) -> Result<Summary, AgentError> {
        self.remember().await?;
        let known = self.ledger.checks_from(self.first_open_day()).await?;
        let known = known.into_iter();
        let now = self.clock.now();
        let timetable = Timetable::sweep(
            self.config.timetable.clone(),
            self.config.sweep_attempts,
            self.config.sweep_confirm_patience,
            known.map(|list| (list.pov, list.day, list.checked_at)),
            now,
        );
        Round::new(self, timetable, Some(self.config.sweep_patience))
            .run(&stop)
            .await
    }

    /// Puts calls of the day that were taken out of the budget and not made back into it. A run and
    /// a sweep do so at their end; whoever calls otherwise does it after the last call. A process
    /// that is killed loses at most 1 % of a day's calls, and 64 at most, of polls and as many of
    /// what must not wait.
    ///
    /// # Errors
    /// [`AgentError`] if the ledger cannot be kept.
    pub async fn put_back_calls(&self) -> Result<(), AgentError> {
        Ok(self.reader.gate().put_back().await?)
    }

    /// Asks a running agent for a list out of turn. False if too many are waiting already.
    pub fn demand(&self, pov: OutPovId, day: Day) -> bool {
        self.demands.0.try_send(Demand { pov, day }).is_ok()
    }

    /// The days whose lists it reads at this instant, earliest first.
    #[must_use]
    pub fn open_days(&self, now: UnixMillis) -> Vec<Day> {
        self.config.timetable.open_days(now)
    }

    /// The key under which it calls.
    #[must_use]
    pub fn app_key(&self) -> &AppKey {
        &self.app
    }

    /// How its polls are planned, if they are.
    #[must_use]
    pub fn plan(&self) -> Option<PlanConfig> {
        let timetable = &self.config.timetable;
        Some(timetable.plan?.config(timetable))
    }

    /// How much it may call.
    #[must_use]
    pub fn limits(&self) -> Limits {
        self.config.limits
    }

    /// Reads one list now and settles it.
    ///
    /// Nothing keeps others from the same list meanwhile, be it this agent's own run or another
    /// process: it is read twice then, and both readings are settled as they come.
    ///
    /// # Errors
    /// [`AgentError`] if the ledger cannot be kept.
    pub async fn pull_one(&self, pov: &OutPovId, day: Day) -> Result<PulledOne, AgentError> {
        let order = Order {
            pov: pov.clone(),
            day,
            open_days: self.config.timetable.open_days(self.clock.now()).into(),
            purpose: Purpose::Reserved,
            seed: self.next_seed(),
        };
        let read = self.reader.read_known(&*self.ledger, order).await?;
        let certificate = read.observation.certificate.clone();
        let settled = settle_one(&*self.ledger, self.settle_policy(), read.observation).await?;
        Ok(PulledOne {
            certificate,
            settled,
            failure: read.stopped.map(|stopped| stopped.failure(pov, day)),
        })
    }

    /// Remembers what was learned about the server.
    async fn remember(&self) -> Result<(), AgentError> {
        let habits = self.ledger.habits().await?;
        let of_app = habits.into_iter().filter(|(app, ..)| *app == self.app);
        let entries: Vec<_> = of_app.map(|(_, name, value)| (name, value)).collect();
        self.reader.remember(Habits::from_entries(&entries));
        Ok(())
    }

    /// Keeps what was learned about the server, if there is news.
    async fn keep_habits(&self) -> Result<(), AgentError> {
        if let Some(habits) = self.reader.take_news() {
            self.ledger.keep_habits(&self.app, habits.entries()).await?;
        }
        Ok(())
    }

    /// The first day whose lists are read: what is known of earlier ones is of no use.
    fn first_open_day(&self) -> Day {
        let open_days = self.open_days(self.clock.now());
        open_days.first().copied().unwrap_or(Day::MAX)
    }

    fn settle_policy(&self) -> SettlePolicy {
        let confirm_after = self.config.timetable.confirm_after.as_millis();
        SettlePolicy {
            confirm_after_ms: i64::try_from(confirm_after).unwrap_or(i64::MAX),
            brake: self.config.brake,
        }
    }

    fn next_seed(&self) -> u64 {
        self.seeds.fetch_add(1, Ordering::Relaxed)
    }
}

async fn settle_one<L: Ledger>(
    ledger: &L,
    policy: SettlePolicy,
    observation: Observation,
) -> Result<Settled, StoreError> {
    let settled = settle_all(ledger, policy, vec![observation]).await?;
    settled.into_iter().next().unwrap_or_else(|| {
        Err(StoreError::new(
            StoreErrorKind::Corrupt,
            "failed to settle: the ledger gave no answer",
        ))
    })
}

async fn settle_all<L: Ledger>(
    ledger: &L,
    policy: SettlePolicy,
    observations: Vec<Observation>,
) -> Result<Vec<Result<Settled, StoreError>>, StoreError> {
    ledger
        .settle(observations, move |observation, view| {
            settle(&policy, observation, view)
        })
        .await
}

fn plus(instant: UnixMillis, duration: Duration) -> UnixMillis {
    instant.plus_millis(i64::try_from(duration.as_millis()).unwrap_or(i64::MAX))
}
