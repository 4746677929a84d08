//! `serve`: the platform, until it is told to stop.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::Arc;

use povline_gateway::{Gateway, GatewayConfig, LimitDefaults, PlatformBook, TrustedProxies};
use povline_net::ServerTls;
use povline_protocol::request::PATH;
use povline_store::book::Users;
use povline_store::journal::{Journal, SqliteJournal};
use tokio::net::TcpListener;

use crate::certificate;
use crate::clock::SystemClock;
use crate::config::ServeConfig;
use crate::error::{CliError, CliResult};
use crate::exit::Exit;
use crate::{portal, sandbox, shutdown};

/// Serves a book until Ctrl-C or SIGTERM, then answers what is running and ends.
#[expect(
    clippy::print_stderr,
    reason = "where it listens goes to standard error"
)]
pub(crate) async fn run<B: PlatformBook + Users>(
    book: B,
    journal: Option<SqliteJournal>,
    config: &ServeConfig,
) -> CliResult<()> {
    // Before anything is told of where it listens: whoever knows that may already want it to stop.
    let stop = shutdown::requested();
    let journal = journal.map(|journal| Arc::new(journal) as Arc<dyn Journal>);
    let listener = listen(config.listen, "--listen").await?;
    let admin = listen(config.admin, "--admin").await?;
    let tls = config.tls.clone().map(certificate::load).transpose()?;
    let scheme = if tls.is_some() { "https" } else { "http" };
    let url = format!("{scheme}://{}{PATH}", told(&listener, config.listen));
    let door = Door {
        tls: tls.clone(),
        trusted_proxies: config.trusted_proxies.clone(),
        connections_per_address_max: Some(config.connections_per_address_max),
        session_methods: config.session_methods.clone(),
    };
    let sandbox_app = match config.sandbox {
        true => Some(sandbox::open(&book, &config.data).await?),
        false => None,
    };
    let gateway = gateway(
        Arc::new(book),
        config.sheets_bytes_max,
        config.calls,
        door,
        journal,
    )
    .await?;
    let portal = config.portal.map(|address| {
        let shown = config.public_url.clone();
        let shown = shown.unwrap_or_else(|| portal::reachable(&url));
        // Behind a proxy that ends TLS, readers reach the portal over TLS all the same. How callers
        // reach the interface says nothing of that.
        let url = config.portal_url.as_deref().unwrap_or_default();
        let open = portal::Open {
            api_url: shown,
            sandbox_app: sandbox_app.clone(),
            is_secure: tls.is_some() || url.starts_with("https://"),
            sign_ups_max: config.sign_ups_max,
        };
        let router = portal::router(&gateway, open);
        portal::Running::start(address, tls.clone(), router)
    });
    let portal = portal.transpose()?;
    eprintln!("TOP calls 接口: {url}");
    eprintln!(
        "admin 运维: http://{}/metrics (also /health, /ready, /log)",
        told(&admin, config.admin)
    );
    if let Some(portal) = &portal {
        eprintln!("portal 门户: {}", portal::reachable(portal.url()));
    }
    eprintln!("Ctrl-C stops 停止");
    // What the portal answers last is a call too: it ends before the gateway writes down the rest of
    // what was called.
    let stop = async {
        stop.await;
        if let Some(portal) = portal {
            portal.stop().await;
        }
    };
    let serving = gateway.serve(listener, Some(admin), stop);
    let drain = match tls {
        None => serving.await,
        Some(tls) => tokio::select! {
            drain = serving => drain,
            never = certificate::keep_current(&tls) => match never {},
        },
    };
    if drain.cut_off > 0 {
        eprintln!("stopped; {} connections had to be cut off", drain.cut_off);
    } else {
        eprintln!("stopped 已停止");
    }
    Ok(())
}

/// How the public address is reached.
#[derive(Debug, Default)]
pub(crate) struct Door {
    tls: Option<ServerTls>,
    trusted_proxies: TrustedProxies,
    /// The gateway's own default if not set.
    connections_per_address_max: Option<usize>,
    /// The methods that need a session.
    session_methods: BTreeSet<&'static str>,
}

/// A gateway on the machine's clock.
pub(crate) async fn gateway<B: PlatformBook>(
    book: Arc<B>,
    sheets_bytes_max: usize,
    calls: LimitDefaults,
    door: Door,
    journal: Option<Arc<dyn Journal>>,
) -> CliResult<Gateway<B>> {
    let mut defaults = GatewayConfig::default();
    if let Some(at_most) = door.connections_per_address_max {
        defaults.public.connections_per_address_max = at_most;
    }
    let config = GatewayConfig {
        sheets_bytes_max,
        pins_bytes_max: defaults.pins_bytes_max.min(sheets_bytes_max / 4),
        pins_app_bytes_max: defaults.pins_app_bytes_max.min(sheets_bytes_max / 16),
        tls: door.tls,
        trusted_proxies: door.trusted_proxies,
        session_methods: door.session_methods,
        calls,
        sandbox_seed: Some(sandbox::seed()),
        journal,
        request_id_seed: crate::random::seed()?,
        ..defaults
    };
    Gateway::new(book, Arc::new(SystemClock), config)
        .await
        .map_err(|error| CliError::new(Exit::Failed, "cannot start the platform").caused_by(&error))
}

/// Listens there, or tells what is in the way and with which flag to get out of it.
pub(crate) async fn listen(address: SocketAddr, flag: &str) -> CliResult<TcpListener> {
    TcpListener::bind(address).await.map_err(|error| {
        CliError::new(Exit::Failed, format!("cannot listen on {address}"))
            .caused_by(&error)
            .remedy(format!(
                "stop the program that listens there, or name another address with {flag}"
            ))
    })
}

/// The address with the port that the system chose, if it was left to it.
fn told(listener: &TcpListener, asked: SocketAddr) -> SocketAddr {
    listener.local_addr().unwrap_or(asked)
}
