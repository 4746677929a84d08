//! `world agent`: Povline's own agent as one more client of a world.
//!
//! It sweeps, hands in what it believes and what it told, and lets the world's time pass, as every
//! other client does; the agent itself is the one of `sync`.

use std::collections::BTreeSet;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use povline_client::Client;
use povline_domain::{AppKey, Appointment, ChangeKind, Clock, UnixMillis};
use povline_protocol::Secret;
use povline_protocol::rows::{AppointmentRef, write_json_row};
use povline_store::ledger::{EventCursor, Ledger, RowState, SqliteLedger};
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
    let admin = Admin::new(&args.admin);
    let lists = admin.lists().await?;
    let povs: BTreeSet<_> = lists.iter().map(|(pov, _)| pov.clone()).collect();
    let days: BTreeSet<_> = lists.iter().map(|(_, day)| *day).collect();
    let directory = std::env::temp_dir().join(format!("povline-world-{:016x}", random::seed()?));
    let ledger = Arc::new(stores::ledger(&directory)?);
    let clock = Arc::new(FollowedClock::default());
    let key = AppKey::new(args.app_key.as_str())
        .map_err(|error| CliError::new(Exit::Usage, "APP_KEY is no app key").caused_by(&error))?;
    let secret = Secret::new(args.secret.as_str());
    let client = Client::builder(&args.url, key, secret, clock.clone())
        .build()
        .map_err(|error| CliError::new(Exit::Usage, "URL is no gateway").caused_by(&error))?;
    let defaults = AgentConfig::new(povs.into_iter().collect());
    let config = AgentConfig {
        timetable: TimetableConfig {
            first_day: 0,
            last_day: i32::try_from(days.len()).unwrap_or(i32::MAX) - 1,
            ..defaults.timetable
        },
        limits: Limits {
            calls_per_second: args.calls_per_second,
            ..defaults.limits
        },
        workers: usize::from(args.workers),
        // The world's time stands still while the agent waits, so it waits for nothing long.
        ban_patience: Duration::ZERO,
        sweep_patience: Duration::ZERO,
        seed: random::seed()?,
        ..defaults
    };
    let agent = Agent::new(client, Arc::clone(&ledger), config, clock.clone());
    let played = play(&admin, &agent, &ledger, &clock, args.minutes).await;
    drop(agent);
    drop(ledger);
    // What is left behind in a temporary directory is nobody's loss.
    let _ = std::fs::remove_dir_all(&directory);
    played
}

async fn play(
    admin: &Admin,
    agent: &Agent<SqliteLedger>,
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
        for event in &events {
            let change = &event.change;
            let Some(row) = change.after.as_ref().or(change.before.as_ref()) else {
                continue;
            };
            let kind = change.kind.word();
            match change.kind {
                ChangeKind::Cancelled => {
                    let id = row.appointment_id.as_str();
                    let line = serde_json::json!({ "kind": kind, "appointment_id": id });
                    text.push_str(&format!("{line}\n"));
                }
                _ => text.push_str(&format!("{{\"kind\":\"{kind}\",{}\n", &json_row(row)[1..])),
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

/// The world's clock as it was last told, running on by the machine's.
#[derive(Default)]
struct FollowedClock(Mutex<Option<(UnixMillis, Stopwatch)>>);

impl FollowedClock {
    /// It never goes back.
    fn follow(&self, told: UnixMillis) {
        let now = self.now().max(told);
        *self.0.lock() = Some((now, Stopwatch::start()));
    }
}

impl Clock for FollowedClock {
    fn now(&self) -> UnixMillis {
        let told = *self.0.lock();
        told.map_or(UnixMillis(0), |(told, watch)| {
            told.plus_millis(i64::try_from(watch.elapsed().as_millis()).unwrap_or(i64::MAX))
        })
    }
}
