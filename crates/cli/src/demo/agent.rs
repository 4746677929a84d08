//! The demo's agent: the same agent as `sync`, in a hurry.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use povline_client::Client;
use povline_domain::AppKey;
use povline_store::ledger::SqliteLedger;
use povline_sync::{Agent, AgentConfig, Limits, Progress, Summary, Tier, Tiers, TimetableConfig};
use povline_world::Scenario;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::platform::Platform;
use super::switch::{Switch, Switched};
use crate::clock::SystemClock;
use crate::error::{CliError, CliResult};
use crate::exit::Exit;
use crate::live::{Live, Watched};
use crate::sync::agent_error;
use crate::{random, stores};

/// How long after a row vanished its absence is confirmed: short, so that one who watches sees a
/// cancellation told.
const CONFIRM_AFTER: Duration = Duration::from_secs(2);

/// How long a sweep waits for confirming scans.
const CONFIRM_PATIENCE: Duration = Duration::from_secs(8);

/// How often today's lists are read, and other days'.
const TODAY_EVERY: Duration = Duration::from_secs(2);
const OTHER_DAYS_EVERY: Duration = Duration::from_secs(6);

/// How many calls a second.
const CALLS_PER_SECOND: u32 = 200;

pub(super) struct DemoAgent {
    agent: Arc<Agent<SqliteLedger>>,
    ledger: Arc<SqliteLedger>,
    app_key: AppKey,
    pub(super) switch: Switch,
    pub(super) data: PathBuf,
    _lock: stores::AgentLock,
}

impl DemoAgent {
    pub(super) fn new(
        directory: &Path,
        platform: &Platform,
        scenario: &Scenario,
    ) -> CliResult<Self> {
        let data = directory.join("agent");
        let lock = stores::AgentLock::take(&data)?;
        let ledger = Arc::new(stores::ledger(&data)?);
        let clock = Arc::new(SystemClock);
        let key = platform.app_key.clone();
        let client = Client::builder(&platform.url(), key, platform.secret.clone(), clock.clone());
        let switch = Switch::default();
        let client = client.transport(Arc::new(Switched::new(switch.clone())));
        let client = client.build().map_err(|error| {
            CliError::new(Exit::Failed, "cannot make the agent's client").caused_by(&error)
        })?;
        let config = config(scenario)?;
        let agent = Arc::new(Agent::new(client, Arc::clone(&ledger), config, clock));
        Ok(Self {
            agent,
            ledger,
            app_key: platform.app_key.clone(),
            switch,
            data,
            _lock: lock,
        })
    }

    pub(super) fn ledger(&self) -> &SqliteLedger {
        &self.ledger
    }

    pub(super) fn shared(&self) -> (Arc<SqliteLedger>, Arc<Agent<SqliteLedger>>) {
        (Arc::clone(&self.ledger), Arc::clone(&self.agent))
    }

    pub(super) fn progress(&self) -> watch::Receiver<Progress> {
        self.agent.progress()
    }

    pub(super) fn watched(&self) -> Vec<Watched> {
        vec![(self.app_key.clone(), self.progress())]
    }

    /// Reads every list once, shown as it goes.
    pub(super) async fn sweep(
        &self,
        title: &str,
        line_every: Duration,
        stop: &CancellationToken,
    ) -> CliResult<Summary> {
        let live = Live::start(self.watched(), line_every);
        live.say(&format!("{title} …"));
        let swept = self.agent.sweep(stop.clone()).await;
        live.stop();
        swept.map_err(|error| agent_error(&error))
    }

    /// Reads by the timetable until told to stop.
    pub(super) async fn poll(&self, stop: CancellationToken) -> CliResult<Summary> {
        let polled = self.agent.run(stop).await;
        polled.map_err(|error| agent_error(&error))
    }
}

fn config(scenario: &Scenario) -> CliResult<AgentConfig> {
    let povs = scenario.clinics.iter();
    let defaults = AgentConfig::new(povs.map(|clinic| clinic.out_pov_id.clone()).collect());
    let today = Tier {
        days_ahead: 0..=0,
        hours: 0..24,
        every: TODAY_EVERY,
    };
    Ok(AgentConfig {
        timetable: TimetableConfig {
            first_day: 0,
            last_day: i32::from(scenario.days) - 1,
            tiers: Tiers {
                tiers: vec![today],
                otherwise: OTHER_DAYS_EVERY,
            },
            confirm_after: CONFIRM_AFTER,
            ..defaults.timetable
        },
        limits: Limits {
            calls_per_second: Some(CALLS_PER_SECOND),
            ..defaults.limits
        },
        sweep_confirm_patience: CONFIRM_PATIENCE,
        seed: random::seed()?,
        ..defaults
    })
}
