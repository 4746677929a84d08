//! The front desk that `sync` serves beside its agents.

use std::sync::Arc;
use std::time::Duration;

use povline_clinic::{Platform, Settings};
use povline_store::ledger::Desk as DeskLedger;

use super::serve::{Desk, start};
use crate::certificate;
use crate::config::{AppConfig, ClinicConfig};
use crate::error::CliResult;
use crate::serve::listen;

/// Serves the front desk over the agents' copy.
#[expect(
    clippy::print_stderr,
    reason = "where it listens goes to standard error"
)]
pub(crate) async fn serve<L: DeskLedger>(
    ledger: &Arc<L>,
    platform: Arc<dyn Platform>,
    config: &ClinicConfig,
    apps: &[AppConfig],
) -> CliResult<Desk> {
    let listener = listen(config.listen, "--clinic").await?;
    let tls = config.tls.clone().map(certificate::load).transpose()?;
    let scheme = if tls.is_some() { "https" } else { "http" };
    let defaults = Settings::default();
    // A list that is as old as was promised is not called stale; the desk has every app's lists.
    let promises = || {
        apps.iter()
            .filter_map(|app| Some(app.plan.as_ref()?.promise))
    };
    let at_least =
        |default: Duration, promised: Option<Duration>| default.max(promised.unwrap_or_default());
    let settings = Settings {
        stale_today: config.stale_today.unwrap_or_else(|| {
            at_least(
                defaults.stale_today,
                promises().map(|promise| promise.today).max(),
            )
        }),
        stale_others: config.stale_others.unwrap_or_else(|| {
            at_least(
                defaults.stale_others,
                promises().map(|promise| promise.others).max(),
            )
        }),
        ..defaults
    };
    let more = axum::Router::new();
    let desk = start(listener, tls, Arc::clone(ledger), platform, settings, more)?;
    let address = desk.address;
    eprintln!(
        "clinics 前台: {scheme}://{address}/ (public screen 公共屏 /screen, fleet 总览 /fleet)"
    );
    Ok(desk)
}
