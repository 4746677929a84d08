//! `sync`: the agent, once or until it is told to stop.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use povline_clinic::Agents;
use povline_domain::{AppKey, Clock as _};
use povline_store::ledger::{Desk, Ledger};
use povline_sync::{Agent, AgentConfig, AgentError, Limits, Summary, Tiers, TimetableConfig};
use tokio_util::sync::CancellationToken;

use crate::call_error::remedies;
use crate::clock::SystemClock;
use crate::config::{AppConfig, RESERVED_PERCENT, SyncConfig};
use crate::error::{CliError, CliResult};
use crate::exit::Exit;
use crate::live::{self, Live, Watched};
use crate::pull::exit_of;
use crate::{agent_admin, clinic, delivery, plan, random, shutdown};

/// How often a line is written where there is no terminal.
const LINE_EVERY: Duration = Duration::from_secs(10);

/// How many failed lists are named one by one.
const FAILED_TOLD_MAX: usize = 10;

/// Keeps the ledger until Ctrl-C or SIGTERM, or sweeps once.
pub(crate) async fn run<L: Desk>(ledger: L, config: &SyncConfig, once: bool) -> CliResult<()> {
    let ledger = Arc::new(ledger);
    let agents = agents(&ledger, config)?;
    for (_, agent) in &agents {
        if let Some(plan) = agent.plan() {
            plan::warn_of_long_lists(&*ledger, &plan, agent.povs()).await?;
        }
    }
    let desk = match &config.clinic {
        Some(clinic) if !once => {
            let each = agents.iter().map(|(_, agent)| Arc::clone(agent));
            let povs = config.apps.iter().map(|app| app.povs.clone());
            let platform: Arc<Agents<L>> = Arc::new(each.zip(povs).collect());
            Some(clinic::serve(&ledger, platform, clinic, &config.apps).await?)
        }
        _ => None,
    };
    let stop = CancellationToken::new();
    tokio::spawn({
        let stop = stop.clone();
        async move {
            shutdown::requested().await;
            stop.cancel();
        }
    });
    let watched: Vec<Watched> = agents
        .iter()
        .map(|(app, agent)| (app.clone(), agent.progress()))
        .collect();
    let admin = match config.admin {
        Some(address) => Some(agent_admin::open(address, watched.clone(), stop.clone()).await?),
        None => None,
    };
    let forgetting = (!once).then(|| {
        let clock = Arc::new(SystemClock);
        tokio::spawn(delivery::keep(Arc::clone(&ledger), config.retention, clock))
    });
    // Swept once, everything is handed over at the end.
    let beside = match once {
        true => Vec::new(),
        false => config.sinks.clone(),
    };
    let sinks = delivery::Sinks::start(Arc::clone(&ledger), beside)?;
    let live = Live::start(watched, LINE_EVERY);
    let running = agents.iter().map(|(_, agent)| async {
        let ended = match once {
            true => agent.sweep(stop.clone()).await,
            false => agent.run(stop.clone()).await,
        };
        if ended.is_err() {
            // They keep one ledger: what one cannot write, none can.
            stop.cancel();
        }
        ended
    });
    let ended = join_all(running).await;
    live.stop();
    sinks.end().await;
    match forgetting {
        Some(forgetting) => forgetting.abort(),
        // Who sweeps by a timer of his own has no hour in which it would come about.
        None => delivery::forget(&*ledger, config.retention, SystemClock.now()).await,
    }
    if let Some(desk) = desk {
        desk.stop().await;
        for (_, agent) in &agents {
            // Numbers were told to the platform after the last list was read, too.
            let put_back = agent.put_back_calls().await;
            put_back.map_err(|error| agent_error(&error))?;
        }
    }
    if let Some(admin) = admin {
        admin.abort();
    }
    let mut summaries = Vec::with_capacity(ended.len());
    for ended in ended {
        summaries.push(ended.map_err(|error| agent_error(&error))?);
    }
    let several = summaries.len() > 1;
    for ((app, _), summary) in agents.iter().zip(&summaries) {
        tell(several.then_some(app), summary);
    }
    if once {
        delivery::catch_up(ledger, config.sinks.clone(), &stop).await?;
    }
    match summaries.iter().find_map(|summary| summary.failed.first()) {
        Some(failure) => Err(CliError::silent(exit_of(failure))),
        None if once && stop.is_cancelled() => Err(CliError::silent(Exit::Incomplete)),
        None => Ok(()),
    }
}

/// An agent for each app.
fn agents<L: Ledger>(
    ledger: &Arc<L>,
    config: &SyncConfig,
) -> CliResult<Vec<(AppKey, Arc<Agent<L>>)>> {
    let mut agents = Vec::with_capacity(config.apps.len());
    for app in &config.apps {
        let client = app.caller.client()?;
        let settings = agent_config(config, app)?;
        let agent = Agent::new(client, Arc::clone(ledger), settings, Arc::new(SystemClock));
        agents.push((app.caller.app_key.clone(), Arc::new(agent)));
    }
    Ok(agents)
}

/// An agent that could not keep its ledger.
pub(crate) fn agent_error(error: &AgentError) -> CliError {
    match error {
        AgentError::Ledger(error) => CliError::store("the agent cannot keep its ledger", error),
    }
}

#[expect(clippy::print_stderr, reason = "the summary goes to standard error")]
fn tell(app: Option<&AppKey>, summary: &Summary) {
    for line in live::labelled(app, &summary.progress) {
        eprintln!("{line}");
    }
    for failed in summary.failed.iter().take(FAILED_TOLD_MAX) {
        eprintln!(
            "failed 失败: {} {}: {} ({})",
            failed.pov, failed.day, failed.cause, failed.class
        );
    }
    let more = summary.progress.failed.saturating_sub(FAILED_TOLD_MAX);
    if more > 0 {
        eprintln!("… and {more} more");
    }
    for remedy in remedies(&summary.failed) {
        eprintln!("remedy 办法: {remedy}");
    }
}

/// Refuses promises that a quota cannot keep. It asks for nothing but settings, so it comes before
/// anything is made.
pub(crate) fn refuse_what_cannot_be_kept(config: &SyncConfig) -> CliResult<()> {
    for app in &config.apps {
        if let Some(settings) = &app.plan {
            // One call for a list: what is known before any was read.
            plan::refuse_what_cannot_be_kept(&settings.config(&timetable(config, app)), 1.0)?;
        }
    }
    Ok(())
}

/// The agent of an app, as the settings describe it.
pub(crate) fn agent_config(config: &SyncConfig, app: &AppConfig) -> CliResult<AgentConfig> {
    Ok(AgentConfig {
        timetable: timetable(config, app),
        limits: limits(app),
        workers: config.workers,
        seed: random::seed()?,
        ..AgentConfig::new(app.povs.clone())
    })
}

/// Which lists of an app are read, and how often.
pub(crate) fn timetable(config: &SyncConfig, app: &AppConfig) -> TimetableConfig {
    TimetableConfig {
        first_day: config.first_day,
        last_day: config.last_day,
        tiers: tiers(config.today, config.other_days),
        confirm_after: config.confirm_after,
        plan: app.plan,
        ..AgentConfig::new(app.povs.clone()).timetable
    }
}

/// How much an app may call.
pub(crate) fn limits(app: &AppConfig) -> Limits {
    let reserved_percent = app.plan.map_or(RESERVED_PERCENT, |settings| {
        settings.quota.reserved_percent.clamp(0.0, 100.0) as u8
    });
    Limits {
        calls_per_second: Some(app.calls_per_second),
        calls_per_day: Some(app.calls_per_day),
        reserved_percent,
    }
}

/// The default tiers, with what the settings say in their place.
fn tiers(today: Option<Duration>, other_days: Option<Duration>) -> Tiers {
    let mut tiers = Tiers::default();
    if let Some(every) = other_days {
        tiers.tiers.retain(|tier| *tier.days_ahead.start() == 0);
        tiers.otherwise = every;
    }
    if let Some(every) = today {
        for tier in &mut tiers.tiers {
            let of_today = tier.days_ahead.contains(&0);
            if of_today && tier.hours != (0..24) {
                // While clinics are open.
                tier.every = every;
            } else if of_today {
                tier.every = tier.every.max(every);
            }
        }
    }
    tiers
}
