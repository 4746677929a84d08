//! `sync`: the agent, once or until it is told to stop.

use std::sync::Arc;
use std::time::Duration;

use povline_clinic::{Platform, Settings};
use povline_domain::Clock as _;
use povline_store::ledger::{Desk, Ledger};
use povline_sync::{
    Agent, AgentConfig, AgentError, Limits, PlanSettings, Summary, Tiers, TimetableConfig,
};
use tokio_util::sync::CancellationToken;

use crate::call_error::remedies;
use crate::clock::SystemClock;
use crate::config::{ClinicConfig, RESERVED_PERCENT, SyncConfig};
use crate::error::{CliError, CliResult};
use crate::exit::Exit;
use crate::live::{self, Live};
use crate::pull::exit_of;
use crate::serve::listen;
use crate::{certificate, clinic, random, shutdown};

/// How often a line is written where there is no terminal.
const LINE_EVERY: Duration = Duration::from_secs(10);

/// How long history, events, certificates and cancelled appointments are kept: 90 days.
const KEPT_MS: i64 = 90 * 24 * 60 * 60 * 1000;

/// How often what is older is forgotten.
const FORGET_EVERY: Duration = Duration::from_secs(24 * 60 * 60);

/// How many failed lists are named one by one.
const FAILED_TOLD_MAX: usize = 10;

/// Keeps the ledger until Ctrl-C or SIGTERM, or sweeps once.
pub(crate) async fn run<L: Desk>(ledger: L, config: &SyncConfig, once: bool) -> CliResult<()> {
    let client = config.caller.client()?;
    let ledger = Arc::new(ledger);
    let agent = Arc::new(Agent::new(
        client,
        Arc::clone(&ledger),
        agent_config(config)?,
        Arc::new(SystemClock),
    ));
    let desk = match &config.clinic {
        Some(clinic) if !once => {
            Some(serve_desk(&ledger, &agent, clinic, config.plan.as_ref()).await?)
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
    let forgetting = tokio::spawn(forget(ledger));
    let live = Live::start(agent.progress(), LINE_EVERY);
    let ended = match once {
        true => agent.sweep(stop.clone()).await,
        false => agent.run(stop.clone()).await,
    };
    live.stop();
    forgetting.abort();
    if let Some(desk) = desk {
        desk.stop().await;
    }
    let summary = ended.map_err(|error| agent_error(&error))?;
    tell(&summary);
    match summary.failed.first() {
        Some(failure) => Err(CliError::silent(exit_of(failure))),
        None if once && stop.is_cancelled() => Err(CliError::silent(Exit::Incomplete)),
        None => Ok(()),
    }
}

/// Serves the front desk over the agent's copy.
#[expect(
    clippy::print_stderr,
    reason = "where it listens goes to standard error"
)]
async fn serve_desk<L: Desk>(
    ledger: &Arc<L>,
    agent: &Arc<Agent<L>>,
    config: &ClinicConfig,
    plan: Option<&PlanSettings>,
) -> CliResult<clinic::ServedDesk> {
    let listener = listen(config.listen, "--clinic").await?;
    let tls = config.tls.clone().map(certificate::load).transpose()?;
    let scheme = if tls.is_some() { "https" } else { "http" };
    let defaults = Settings::default();
    // A list that is as old as was promised is not called stale.
    let promised = plan.map(|plan| plan.promise);
    let at_least =
        |default: Duration, promised: Option<Duration>| default.max(promised.unwrap_or_default());
    let settings = Settings {
        stale_today: config.stale_today.unwrap_or_else(|| {
            at_least(defaults.stale_today, promised.map(|promise| promise.today))
        }),
        stale_others: config.stale_others.unwrap_or_else(|| {
            at_least(
                defaults.stale_others,
                promised.map(|promise| promise.others),
            )
        }),
        ..defaults
    };
    let platform = Arc::clone(agent) as Arc<dyn Platform>;
    let more = axum::Router::new();
    let desk = clinic::start(listener, tls, Arc::clone(ledger), platform, settings, more)?;
    let address = desk.address;
    eprintln!(
        "clinics 前台: {scheme}://{address}/ (public screen 公共屏 /screen, fleet 总览 /fleet)"
    );
    Ok(desk)
}

/// Keeps the ledger from growing for ever, and patients' data from being kept for longer than they
/// serve anybody.
async fn forget<L: Ledger>(ledger: Arc<L>) {
    let mut every = tokio::time::interval(FORGET_EVERY);
    loop {
        every.tick().await;
        let before = SystemClock.now().plus_millis(-KEPT_MS);
        match ledger.forget(before).await {
            Ok(0) => {}
            Ok(forgotten) => tracing::info!(forgotten, "forgot what is older than 90 days"),
            Err(error) => tracing::warn!(%error, "cannot forget what is old; trying tomorrow"),
        }
    }
}

/// An agent that could not keep its ledger.
pub(crate) fn agent_error(error: &AgentError) -> CliError {
    match error {
        AgentError::Ledger(error) => CliError::store("the agent cannot keep its ledger", error),
    }
}

#[expect(clippy::print_stderr, reason = "the summary goes to standard error")]
fn tell(summary: &Summary) {
    for line in live::lines(&summary.progress) {
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

/// The agent that the settings describe.
pub(crate) fn agent_config(config: &SyncConfig) -> CliResult<AgentConfig> {
    let defaults = AgentConfig::new(config.povs.clone());
    let timetable = TimetableConfig {
        first_day: config.first_day,
        last_day: config.last_day,
        tiers: tiers(config.today, config.other_days),
        confirm_after: config.confirm_after,
        plan: config.plan,
        ..defaults.timetable
    };
    if let Some(settings) = &timetable.plan {
        // One call for a list: what is known before any was read.
        crate::plan::refuse_what_cannot_be_kept(&settings.config(&timetable), 1.0)?;
    }
    Ok(AgentConfig {
        timetable,
        limits: Limits {
            calls_per_second: Some(config.calls_per_second),
            calls_per_day: Some(config.calls_per_day),
            reserved_percent: RESERVED_PERCENT,
        },
        workers: config.workers,
        seed: random::seed()?,
        ..defaults
    })
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
