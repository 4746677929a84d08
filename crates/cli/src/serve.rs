//! `serve`: the platform, until it is told to stop.

use std::net::SocketAddr;
use std::sync::Arc;

use povline_gateway::{Gateway, GatewayConfig, PlatformBook};
use tokio::net::TcpListener;

use crate::clock::SystemClock;
use crate::config::ServeConfig;
use crate::error::{CliError, CliResult};
use crate::exit::Exit;
use crate::shutdown;

/// Serves a book until Ctrl-C or SIGTERM, then answers what is running and ends.
#[expect(
    clippy::print_stderr,
    reason = "where it listens goes to standard error"
)]
pub(crate) async fn run<B: PlatformBook>(book: B, config: &ServeConfig) -> CliResult<()> {
    let listener = listen(config.listen, "--listen").await?;
    let admin = listen(config.admin, "--admin").await?;
    let gateway = gateway(Arc::new(book), config.sheets_bytes_max).await?;
    eprintln!(
        "TOP calls 接口: http://{}/router/rest",
        told(&listener, config.listen)
    );
    eprintln!(
        "admin 运维: http://{}/metrics (also /health, /ready)",
        told(&admin, config.admin)
    );
    eprintln!("Ctrl-C stops 停止");
    let drain = gateway
        .serve(listener, Some(admin), shutdown::requested())
        .await;
    if drain.cut_off > 0 {
        eprintln!("stopped; {} connections had to be cut off", drain.cut_off);
    } else {
        eprintln!("stopped 已停止");
    }
    Ok(())
}

/// A gateway on the machine's clock.
pub(crate) async fn gateway<B: PlatformBook>(
    book: Arc<B>,
    sheets_bytes_max: usize,
) -> CliResult<Gateway<B>> {
    let defaults = GatewayConfig::default();
    let config = GatewayConfig {
        sheets_bytes_max,
        pins_bytes_max: defaults.pins_bytes_max.min(sheets_bytes_max / 4),
        pins_app_bytes_max: defaults.pins_app_bytes_max.min(sheets_bytes_max / 16),
        request_id_seed: crate::random::seed()?,
        ..defaults
    };
    Gateway::new(book, Arc::new(SystemClock), config)
        .await
        .map_err(|error| CliError::new(Exit::Failed, "cannot start the platform").caused_by(&error))
}

async fn listen(address: SocketAddr, flag: &str) -> CliResult<TcpListener> {
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
