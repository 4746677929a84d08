//! The agent's admin address: is it alive, is it ready, what has it counted. Not for the public.

mod metrics;

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use povline_domain::Clock as _;
use povline_net::{Limits, OpenConnections};
use povline_sync::Progress;
use povline_sync::alarms::AlarmKind;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::clock::SystemClock;
use crate::error::{CliError, CliResult};
use crate::exit::Exit;
use crate::live::Watched;

const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Connections that are open at once: those of a few who look.
const CONNECTIONS_MAX: usize = 64;

type Agents = Arc<Vec<Watched>>;

/// Serves health, readiness and metrics of these agents until `stop`.
#[expect(
    clippy::print_stderr,
    reason = "where it listens goes to standard error"
)]
pub(crate) async fn open(
    address: SocketAddr,
    watched: Vec<Watched>,
    stop: CancellationToken,
) -> CliResult<JoinHandle<()>> {
    let listener = TcpListener::bind(address).await.map_err(|error| {
        CliError::new(Exit::Failed, format!("cannot listen on {address}"))
            .caused_by(&error)
            .remedy("stop the program that listens there, or name another address with --admin")
    })?;
    let told = listener.local_addr().unwrap_or(address);
    eprintln!("admin 运维: http://{told}/metrics (also /health, /ready)");
    let router = Router::new()
        .route("/health", get(async || "alive\n"))
        .route("/ready", get(ready))
        .route("/metrics", get(render))
        .fallback(async || {
            (
                StatusCode::NOT_FOUND,
                "there are /health, /ready and /metrics\n",
            )
        })
        .with_state(Arc::new(watched));
    let limits = Limits {
        connections_max: CONNECTIONS_MAX,
        ..Limits::default()
    };
    Ok(tokio::spawn(async move {
        let open = OpenConnections::default();
        let _ = povline_web::serve(listener, limits, open, router, stop.cancelled_owned()).await;
    }))
}

async fn ready(State(agents): State<Agents>) -> Response {
    let troubles: Vec<String> = agents
        .iter()
        .filter_map(|(app, progress)| {
            trouble(&progress.borrow()).map(|trouble| format!("app {app}: {trouble}\n"))
        })
        .collect();
    match troubles.is_empty() {
        true => "ready\n".into_response(),
        false => (StatusCode::SERVICE_UNAVAILABLE, troubles.concat()).into_response(),
    }
}

/// Why the copy of an app's lists must not be relied on yet, or any more.
fn trouble(progress: &Progress) -> Option<String> {
    // A day that came at midnight takes its time to be read, and nothing is amiss meanwhile.
    let entering: usize = progress.tiers.iter().map(|tier| tier.entering).sum();
    let unread = progress.never_read.saturating_sub(entering);
    let is_raised = |kind| progress.alarms.iter().any(|(raised, _)| *raised == kind);
    if progress.begun_at.is_none() {
        Some("it has not begun".to_owned())
    } else if unread > 0 {
        Some(format!("{unread} lists were never read whole"))
    } else if is_raised(AlarmKind::Refused) || is_raised(AlarmKind::ClockSkew) {
        Some("the platform refuses it".to_owned())
    } else if is_raised(AlarmKind::PlatformDown) {
        Some("the platform does not answer".to_owned())
    } else {
        None
    }
}

async fn render(State(agents): State<Agents>) -> Response {
    let agents = agents
        .iter()
        .map(|(app, progress)| (app.clone(), progress.borrow().clone()))
        .collect::<Vec<_>>();
    match metrics::render(&agents, SystemClock.now()) {
        Ok(text) => ([(header::CONTENT_TYPE, OPEN_METRICS)], text).into_response(),
        Err(error) => {
            tracing::error!(%error, "cannot write the metrics");
            let status = StatusCode::INTERNAL_SERVER_ERROR;
            (status, "cannot write the metrics\n").into_response()
        }
    }
}

#[cfg(test)]
mod tests {
    use povline_domain::UnixMillis;
    use povline_sync::TierAge;

    use super::*;

    #[test]
    fn a_day_that_comes_at_midnight_leaves_the_agent_ready() {
        let tier = TierAge {
            days_ahead: 7,
            lists: 3,
            never_read: 3,
            entering: 3,
            ..TierAge::default()
        };
        let mut progress = Progress {
            begun_at: Some(UnixMillis(1)),
            never_read: 3,
            tiers: vec![tier],
            ..Progress::default()
        };
        assert_eq!(trouble(&progress), None);
        progress.tiers[0].entering = 1;
        let told = trouble(&progress).unwrap();
        assert!(told.starts_with("2 lists were never read"), "{told}");
    }
}
