//! The site: puts its pages together and serves them on an address of their own.

use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use axum::Router;
use povline_console::{Randomness, Settings};
use povline_gateway::{Gateway, PlatformBook};
use povline_net::{Limits, Listener, OpenConnections, ServerTls};
use povline_portal::sdk::{self, Language};
use povline_portal::{Portal, PortalConfig, Sizes};
use povline_protocol::methods;
use povline_store::book::Users;
use tokio_util::sync::CancellationToken;

use crate::args::{PortalCommand, PortalSdkArgs, SdkLanguage};
use crate::clock::SystemClock;
use crate::error::{CliError, CliResult};
use crate::exit::Exit;
use crate::random;

/// How the site is reached, and who may enter it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Open {
    /// The whole address of the gateway as readers reach it.
    pub(crate) api_url: String,
    /// Whether the site itself is reached over TLS alone.
    pub(crate) is_secure: bool,
    /// The file that tells a sandbox's first app.
    pub(crate) sandbox_app: Option<PathBuf>,
    /// Users of ISVs of a sandbox beyond which nobody makes an account by themselves.
    pub(crate) sign_ups_max: usize,
}

/// Every page of the site, with the headers that keep it safe.
pub(crate) fn router<B: PlatformBook + Users>(gateway: &Gateway<B>, open: Open) -> Router {
    let Open {
        api_url,
        is_secure,
        sandbox_app,
        sign_ups_max,
    } = open;
    let sandbox_app = sandbox_app.map(|path| path.display().to_string());
    let sizes = Sizes {
        body_bytes_max: gateway.body_bytes_max(),
        batch_calls_max: gateway.batch_calls_max(),
    };
    let mut config = PortalConfig::new(api_url.clone(), sandbox_app, sizes, Arc::new(SystemClock));
    config.methods = gateway.methods().to_vec();
    config.may_sign_up = gateway.is_sandbox() && sign_ups_max > 0;
    let settings = Settings {
        is_secure,
        url: api_url,
        sign_ups_max,
        randomness: Arc::new(SystemRandomness),
    };
    let pages = povline_portal::router(Portal::new(config));
    let site = povline_console::beside(pages, gateway.clone(), settings);
    povline_web::guarded(povline_web::remembering(site))
}

/// The operating system's numbers that nobody can guess.
struct SystemRandomness;

impl Randomness for SystemRandomness {
    fn draw(&self) -> Option<[u8; 32]> {
        random::bytes().ok()
    }
}

/// What the site bears: much less than the interface, for it must never stand in its way.
/// Newcomers beyond the bound wait.
fn limits() -> Limits {
    Limits {
        connections_max: 256,
        refusals_max: 0,
        idle_time_max: Duration::from_secs(20),
        buffer_bytes_max: 32 * 1024,
        // Longer than a write waits for its turn at most, so that who makes one is answered. A call
        // that takes longer is finished by the gateway.
        drain_time_max: Duration::from_secs(3),
        ..Limits::default()
    }
}

/// A site that is being served, on a thread and a runtime of its own: however many read it, it takes
/// no more than one core, but for the calls that its API tool makes, and no connection from the
/// interface.
pub(crate) struct Running {
    url: String,
    stop: CancellationToken,
    thread: JoinHandle<()>,
}

impl Running {
    /// Serves at this address.
    pub(crate) fn start(
        address: SocketAddr,
        tls: Option<ServerTls>,
        router: Router,
    ) -> CliResult<Self> {
        let listener = TcpListener::bind(address).map_err(|error| {
            failed(&format!("cannot listen on {address}"), &error).remedy(
                "stop the program that listens there, or name another address with --portal",
            )
        })?;
        Self::on(listener, tls, router)
    }

    /// Serves at this port of this machine, or at a free one if it is taken.
    pub(crate) fn start_near(port: u16, router: Router) -> CliResult<Self> {
        let loopback = |port| TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], port)));
        let listener = loopback(port)
            .or_else(|_| loopback(0))
            .map_err(|error| failed("cannot listen on 127.0.0.1", &error))?;
        Self::on(listener, None, router)
    }

    fn on(listener: TcpListener, tls: Option<ServerTls>, router: Router) -> CliResult<Self> {
        let cannot = |error: &std::io::Error| failed("cannot serve the portal", error);
        let address = listener.local_addr().map_err(|error| cannot(&error))?;
        listener
            .set_nonblocking(true)
            .map_err(|error| cannot(&error))?;
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|error| cannot(&error))?;
        let scheme = if tls.is_some() { "https" } else { "http" };
        let stop = CancellationToken::new();
        let stopped = stop.clone();
        let thread = std::thread::Builder::new()
            .name("portal".to_owned())
            .spawn(move || runtime.block_on(serve(listener, tls, router, stopped)))
            .map_err(|error| cannot(&error))?;
        Ok(Self {
            url: format!("{scheme}://{address}"),
            stop,
            thread,
        })
    }

    /// Where it is reached, without a path.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Lets running answers finish.
    pub(crate) async fn stop(self) {
        self.stop.cancel();
        let ended = tokio::task::spawn_blocking(|| self.thread.join()).await;
        if !matches!(ended, Ok(Ok(()))) {
            tracing::error!("the portal ended badly");
        }
    }
}

async fn serve(
    listener: TcpListener,
    tls: Option<ServerTls>,
    router: Router,
    stopped: CancellationToken,
) {
    let listener = match tokio::net::TcpListener::from_std(listener) {
        Ok(listener) => Listener::new(listener, tls),
        Err(error) => {
            tracing::error!(%error, "cannot serve the portal");
            return;
        }
    };
    let open = OpenConnections::default();
    let drain = povline_web::serve(listener, limits(), open, router, stopped.cancelled()).await;
    tracing::debug!(cut_off = drain.cut_off, "the portal closed");
}

/// An address that can be called: a listener on every address is reached at this machine's own.
pub(crate) fn reachable(url: &str) -> String {
    url.replacen("://0.0.0.0:", "://127.0.0.1:", 1)
        .replacen("://[::]:", "://[::1]:", 1)
}

/// What the portal offers, on the command line.
pub(crate) fn run(command: &PortalCommand) -> CliResult<()> {
    match command {
        PortalCommand::Sdk(args) => write_classes(args),
    }
}

/// Writes the classes for an official SDK.
#[expect(clippy::print_stderr, reason = "what was done goes to standard error")]
fn write_classes(args: &PortalSdkArgs) -> CliResult<()> {
    let language = match args.language {
        SdkLanguage::Java => Language::Java,
        SdkLanguage::Dotnet => Language::DotNet,
        SdkLanguage::Php => Language::Php,
        SdkLanguage::Python => Language::Python,
    };
    let files = sdk::files(language, methods::ALL);
    for file in &files {
        let path = args.out.join(&file.path);
        let folder = path.parent().unwrap_or(&args.out);
        std::fs::create_dir_all(folder)
            .and_then(|()| std::fs::write(&path, &file.text))
            .map_err(|error| {
                failed(&format!("cannot write {}", path.display()), &error)
                    .remedy("name another directory with --out")
            })?;
    }
    eprintln!("{} files in 文件已写入 {}", files.len(), args.out.display());
    Ok(())
}

fn failed(what: &str, error: &std::io::Error) -> CliError {
    CliError::new(Exit::Failed, what).caused_by(error)
}
