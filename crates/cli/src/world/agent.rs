//! `world agent`: Povline's own agent as one more client of a world.
//!
//! It sweeps, hands in what it believes and what it told, and lets the world's time pass, as every
//! other client does; the agent itself is the one of `sync`.

use std::collections::{BTreeSet, HashMap};
use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use parking_lot::Mutex;
use povline_client::{
    Client, HttpAnswer, HttpRequest, HttpSettings, HttpTransport, Transport, TransportError,
    TransportFuture, TrustStore,
};
use povline_domain::{AppKey, Appointment, ChangeKind, Clock, UnixMillis};
use povline_protocol::Secret;
use povline_protocol::rows::{AppointmentRef, write_json_row};
use povline_store::ledger::{EventCursor, Ledger, RowState, SqliteLedger};
use povline_sync::retry::RetryPolicy;
use povline_sync::{Agent, AgentConfig, Limits, TimetableConfig};
use tokio_util::sync::CancellationToken;

use super::admin::Admin;
use crate::args::WorldAgentArgs;
use crate::clock::Stopwatch;
use crate::error::{CliError, CliResult};
use crate::exit::Exit;
use crate::{random, stores, sync};

/// Sweeps after the world has come to rest: to see, to confirm, to look elsewhere.
const LAST_SWEEPS: u32 = 5;

/// How often the world's clock is looked at during a sweep.
const FOLLOW_EVERY: Duration = Duration::from_millis(50);

/// Events read at once.
const EVENTS_PER_READ: usize = 10_000;

pub(super) async fn run(args: &WorldAgentArgs) -> CliResult<()> {
    let admin = Arc::new(Admin::new(&args.admin));
    let lists = admin.lists().await?;
    let povs: BTreeSet<_> = lists.iter().map(|(pov, _)| pov.clone()).collect();
    let days: BTreeSet<_> = lists.iter().map(|(_, day)| *day).collect();
    let directory = std::env::temp_dir().join(format!("povline-world-{:016x}", random::seed()?));
    let ledger = Arc::new(stores::ledger(&directory)?);
    let clock = Arc::new(FollowedClock::default());
    let key = AppKey::new(args.app_key.as_str())
        .map_err(|error| CliError::new(Exit::Usage, "APP_KEY is no app key").caused_by(&error))?;
    let secret = Secret::new(args.secret.as_str());
    let transport = InWorldTime {
        http: HttpTransport::new(HttpSettings::default(), TrustStore::of_the_system()),
        admin: Arc::clone(&admin),
        clock: Arc::clone(&clock),
        calls_per_second: args.calls_per_second.unwrap_or(0),
        sent: AtomicU32::new(0),
    };
    let client = Client::builder(&args.url, key, secret, clock.clone())
        .transport(Arc::new(transport))
        .build()
        .map_err(|error| CliError::new(Exit::Usage, "URL is no gateway").caused_by(&error))?;
    let defaults = AgentConfig::new(povs.into_iter().collect());
    let config = AgentConfig {
        timetable: TimetableConfig {
            first_day: 0,
            last_day: i32::try_from(days.len()).unwrap_or(i32::MAX) - 1,
            ..defaults.timetable
        },
        // The transport keeps to what the world's seconds allow; the machine's do not count.
        limits: Limits {
            calls_per_second: None,
            ..defaults.limits
        },
        workers: usize::from(args.workers),
        // The world's time stands still while the agent waits, so it waits for nothing: what fails
        // is tried again at once a few times, and then in the next sweep.
        ban_patience: Duration::ZERO,
        sweep_patience: Duration::ZERO,
        sweep_attempts: 1,
        retry: RetryPolicy {
            pause_first: Duration::ZERO,
            pause_max: Duration::ZERO,
            ..defaults.retry
        },
        seed: random::seed()?,
        ..defaults
    };
    // How long a ban lasts is counted by the machine's clock, of which a world knows nothing. So
    // each sweep has an agent that knows of none; one that still lasts is met anew.
    let agent = || {
        Agent::new(
            client.clone(),
            Arc::clone(&ledger),
            config.clone(),
            clock.clone(),
        )
    };
    let played = play(&admin, agent, &ledger, &clock, args.minutes).await;
    drop(ledger);
    // What is left behind in a temporary directory is nobody's loss.
    let _ = std::fs::remove_dir_all(&directory);
    played
}

async fn play(
    admin: &Admin,
    agent: impl Fn() -> Agent<SqliteLedger>,
    ledger: &SqliteLedger,
    clock: &FollowedClock,
    minutes: u32,
) -> CliResult<()> {
    let mut cursor = EventCursor(0);
    let mut left = LAST_SWEEPS;
    loop {
        let time = admin.clock().await?;
        clock.follow(time.now);
        if time.at_rest {
            match left.checked_sub(1) {
                Some(fewer) => left = fewer,
                None => return Ok(()),
            }
        }
        let agent = agent();
        let swept = tokio::select! {
            swept = agent.sweep(CancellationToken::new()) => swept,
            never = follow(admin, clock) => match never {},
        };
        swept.map_err(|error| sync::agent_error(&error))?;
        cursor = hand_in_events(admin, ledger, cursor).await?;
        hand_in_rows(admin, ledger).await?;
        let path = format!("/advance?minutes={minutes}");
        admin.post(&path, String::new()).await?;
    }
}

/// Keeps up with the world's clock while calls turn it. A look that fails is made up for by the
/// next one.
async fn follow(admin: &Admin, clock: &FollowedClock) -> Infallible {
    loop {
        tokio::time::sleep(FOLLOW_EVERY).await;
        if let Ok(time) = admin.clock().await {
            clock.follow(time.now);
        }
    }
}

async fn hand_in_events(
    admin: &Admin,
    ledger: &SqliteLedger,
    mut cursor: EventCursor,
) -> CliResult<EventCursor> {
    loop {
        let read = ledger.events_after(cursor, EVENTS_PER_READ).await;
        let events = read.map_err(|error| CliError::store("cannot read the events", &error))?;
        let Some(last) = events.last() else {
            return Ok(cursor);
        };
        cursor = last.cursor;
        let mut text = String::new();
        let mut told_at = HashMap::new();
        for event in &events {
            let change = &event.change;
            // It was told when its scan was settled, which is when that had come to its end.
            let at = match told_at.get(&event.certificate) {
                Some(at) => *at,
                None => {
                    let evidence = ledger.certificate(event.certificate).await;
                    let evidence = evidence
                        .map_err(|error| CliError::store("cannot read the evidence", &error))?;
                    let at = evidence.and_then(|record| record.certificate.ended_at());
                    told_at.insert(event.certificate, at);
                    at
                }
            };
            let at = at.map_or_else(|| "null".to_owned(), |at| at.0.to_string());
            let Some(row) = change.after.as_ref().or(change.before.as_ref()) else {
                continue;
            };
            let kind = change.kind.word();
            match change.kind {
                ChangeKind::Cancelled => {
                    let id = row.appointment_id.as_str();
                    text.push_str(&format!(
                        "{{\"kind\":\"{kind}\",\"at\":{at},\"appointment_id\":\"{id}\"}}\n"
                    ));
                }
                _ => text.push_str(&format!(
                    "{{\"kind\":\"{kind}\",\"at\":{at},{}\n",
                    &json_row(row)[1..]
                )),
            }
        }
        admin.post("/events", text).await?;
    }
}

/// The whole view, what is in doubt included: nobody gave that up yet. Lists that were not proved
/// are said to be incomplete.
async fn hand_in_rows(admin: &Admin, ledger: &SqliteLedger) -> CliResult<()> {
    let failed = |error| CliError::store("cannot read the ledger", &error);
    let lists = admin.lists().await?;
    let known = ledger.days().await.map_err(failed)?;
    let mut text = String::new();
    for (pov, day) in lists {
        let status = known.iter().find(|list| list.pov == pov && list.day == day);
        if status.is_none_or(|list| list.verdict != "complete") {
            let line = serde_json::json!({
                "out_pov_id": pov.as_str(),
                "appointment_time": day.to_string(),
                "complete": false,
            });
            text.push_str(&format!("{line}\n"));
        }
        let rows = ledger.rows(&pov, day).await.map_err(failed)?;
        for row in rows.iter().filter(|row| row.state != RowState::Cancelled) {
            let shown = json_row(&row.appointment);
            match row.state {
                RowState::Suspected => {
                    text.push_str(&format!("{{\"suspected\":true,{}\n", &shown[1..]));
                }
                _ => text.push_str(&format!("{shown}\n")),
            }
        }
    }
    admin.post("/rows", text).await?;
    Ok(())
}

fn json_row(appointment: &Appointment) -> String {
    let mut bytes = Vec::with_capacity(200);
    write_json_row(&mut bytes, &AppointmentRef::from(appointment));
    String::from_utf8(bytes).unwrap_or_default()
}

/// Carries calls so that their instants are the world's: its clock is looked at after each answer,
/// and it is put forward by a second after as many calls as a second allows.
struct InWorldTime {
    http: HttpTransport,
    admin: Arc<Admin>,
    clock: Arc<FollowedClock>,
    /// 0 is no limit.
    calls_per_second: u32,
    sent: AtomicU32,
}

impl InWorldTime {
    async fn send(&self, request: HttpRequest) -> Result<HttpAnswer, TransportError> {
        let sent = self.sent.fetch_add(1, Ordering::Relaxed);
        if self.calls_per_second > 0 && sent.is_multiple_of(self.calls_per_second) {
            // If that fails, so will the call.
            let _ = self.admin.post("/advance?seconds=1", String::new()).await;
        }
        let answer = self.http.send(request).await;
        if let Ok(time) = self.admin.clock().await {
            self.clock.follow(time.now);
        }
        answer
    }
}

impl Transport for InWorldTime {
    fn send(&self, request: HttpRequest) -> TransportFuture<'_> {
        Box::pin(self.send(request))
    }
}

/// The world's clock as it was last told, running on by the machine's.
#[derive(Default)]
struct FollowedClock(Mutex<Option<(UnixMillis, Stopwatch)>>);

impl FollowedClock {
    /// It never goes back.
    fn follow(&self, told: UnixMillis) {
        let mut known = self.0.lock();
        if running_on(*known) < told {
            *known = Some((told, Stopwatch::start()));
        }
    }
}

impl Clock for FollowedClock {
    fn now(&self) -> UnixMillis {
        running_on(*self.0.lock())
    }
}

fn running_on(told: Option<(UnixMillis, Stopwatch)>) -> UnixMillis {
    told.map_or(UnixMillis(0), |(told, watch)| {
        told.plus_millis(i64::try_from(watch.elapsed().as_millis()).unwrap_or(i64::MAX))
    })
}
