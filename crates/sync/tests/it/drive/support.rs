//! An agent, a scripted platform and a ledger on disk, on a clock that the runtime turns.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use povline_client::{Client, Secret, Transport};
use povline_domain::{AppKey, Clock, Day, OutPovId, UnixMillis};
use povline_store::ledger::{Ledger, SqliteLedger};
use povline_sync::retry::RetryPolicy;
use povline_sync::{Agent, AgentConfig, Limits};
use tokio::time::Instant;

use super::immediate::Immediate;

pub type TestLedger = Immediate<SqliteLedger>;

/// 2026-11-24 08:00:00 of Shanghai.
pub const EIGHT: UnixMillis = UnixMillis(1_795_478_400_000);

/// The clock of the paused runtime.
pub struct RuntimeClock(pub Instant);

impl Clock for RuntimeClock {
    fn now(&self) -> UnixMillis {
        let elapsed = self.0.elapsed().as_millis();
        EIGHT.plus_millis(i64::try_from(elapsed).unwrap())
    }
}

pub fn clock() -> Arc<dyn Clock> {
    Arc::new(RuntimeClock(Instant::now()))
}

pub fn today() -> Day {
    Day::at(EIGHT)
}

pub fn day_text(ahead: i32) -> String {
    today().plus_days(ahead).unwrap().to_string()
}

pub fn pov(code: &str) -> OutPovId {
    OutPovId::new(code).unwrap()
}

/// `count` ids that begin with this letter.
pub fn ids(letter: char, count: usize) -> impl Iterator<Item = String> {
    (0..count).map(move |number| format!("{letter}{number:05}"))
}

/// Today and tomorrow of these POVs, without limits, patient enough for tests.
pub fn config(povs: &[&str]) -> AgentConfig {
    let mut config = AgentConfig::new(povs.iter().map(|code| pov(code)).collect());
    config.timetable.first_day = 0;
    config.timetable.last_day = 1;
    config.limits = Limits {
        calls_per_second: None,
        calls_per_day: None,
        reserved_percent: 10,
    };
    config.retry = RetryPolicy {
        failures_max: 3,
        pause_first: Duration::from_millis(200),
        pause_max: Duration::from_secs(2),
    };
    config.sweep_attempts = 2;
    config
}

pub fn ledger(directory: &Path) -> Arc<TestLedger> {
    let ledger = SqliteLedger::open(directory.join("ledger.db")).unwrap();
    Arc::new(Immediate(ledger))
}

pub fn agent(
    transport: Arc<dyn Transport>,
    ledger: Arc<TestLedger>,
    config: AgentConfig,
    clock: Arc<dyn Clock>,
) -> Agent<TestLedger> {
    agent_of("12345678", transport, ledger, config, clock)
}

/// The agent of this app.
pub fn agent_of(
    app: &str,
    transport: Arc<dyn Transport>,
    ledger: Arc<TestLedger>,
    config: AgentConfig,
    clock: Arc<dyn Clock>,
) -> Agent<TestLedger> {
    let app = AppKey::new(app).unwrap();
    let client = Client::builder(
        "http://platform.test/router/rest",
        app,
        Secret::new("helloworld"),
        Arc::clone(&clock),
    )
    .transport(transport)
    .build()
    .unwrap();
    Agent::new(client, ledger, config, clock)
}

/// The ids of the ledger's rows of a list.
pub async fn ids_of(ledger: &TestLedger, code: &str, ahead: i32) -> BTreeSet<String> {
    let day = today().plus_days(ahead).unwrap();
    let rows = ledger.rows(&pov(code), day).await.unwrap();
    rows.into_iter()
        .map(|row| row.appointment.appointment_id.as_str().to_owned())
        .collect()
}
