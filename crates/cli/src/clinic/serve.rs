//! The front desk on its address.

use std::net::SocketAddr;
use std::sync::Arc;

use povline_clinic::{Chance, Clinic, Platform, Settings};
use povline_net::{Limits, Listener, OpenConnections, ServerTls};
use povline_store::ledger::Desk as DeskLedger;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::clock::SystemClock;
use crate::error::{CliError, CliResult};
use crate::exit::Exit;
use crate::{certificate, random};

/// A desk that is served until it is stopped.
pub(crate) struct Desk {
    /// Where it is served.
    pub(crate) address: SocketAddr,
    closing: CancellationToken,
    serving: JoinHandle<()>,
    telling: JoinHandle<()>,
}

impl Desk {
    /// Closes open boards and ends. What waits to be told to the platform is kept.
    pub(crate) async fn stop(self) {
        self.closing.cancel();
        // Both end within their own time-outs; a panic in them was logged.
        drop(tokio::join!(self.serving, self.telling));
    }
}

/// Chance from the operating system.
fn chance() -> Chance {
    Arc::new(|| random::bytes().ok())
}

/// Serves the desk on this listener, with what `more` adds to its pages.
pub(crate) fn start<L: DeskLedger>(
    listener: TcpListener,
    tls: Option<ServerTls>,
    ledger: Arc<L>,
    platform: Arc<dyn Platform>,
    settings: Settings,
    more: axum::Router,
) -> CliResult<Desk> {
    let address = listener.local_addr().map_err(|error| {
        CliError::new(Exit::Failed, "cannot tell the address listened on").caused_by(&error)
    })?;
    let closing = CancellationToken::new();
    let settings = Settings {
        is_secure: tls.is_some(),
        ..settings
    };
    let clinic = Clinic::new(
        ledger,
        platform,
        Arc::new(SystemClock),
        chance(),
        settings,
        closing.clone(),
    );
    let router = povline_web::guarded(clinic.router().merge(more));
    let telling = tokio::spawn({
        let clinic = clinic.clone();
        async move { clinic.write_back().await }
    });
    let stop = closing.clone();
    let serving = tokio::spawn(async move {
        let listener = Listener::new(listener, tls.clone());
        let limits = Limits::default();
        let open = OpenConnections::default();
        let served = povline_web::serve(listener, limits, open, router, async move {
            stop.cancelled().await;
        });
        let drain = match tls {
            None => served.await,
            Some(tls) => tokio::select! {
                drain = served => drain,
                never = certificate::keep_current(&tls) => match never {},
            },
        };
        tracing::debug!(cut_off = drain.cut_off, "desk closed");
    });
    Ok(Desk {
        address,
        closing,
        serving,
        telling,
    })
}
