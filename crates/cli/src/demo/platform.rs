//! The demo's platform: a book with synthetic clinics behind a gateway on loopback.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use povline_domain::AppKey;
use povline_gateway::{Gateway, LimitDefaults};
use povline_protocol::Secret;
use povline_protocol::request::PATH;
use povline_store::book::{Book as _, Grant, Register as _, SqliteBook};
use povline_world::{Scenario, World, WorldError, apply, establish};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::clock::actor;
use crate::error::{CliError, CliResult};
use crate::exit::Exit;
use crate::{app, portal, serve, stores};

/// The ports that are tried first.
const PORT: u16 = 7001;
const ADMIN_PORT: u16 = 7002;
const PORTAL_PORT: u16 = 7003;

/// The memory for day sheets.
const SHEETS_BYTES_MAX: usize = 128 << 20;

/// A running platform.
pub(super) struct Platform {
    book: Arc<SqliteBook>,
    gateway: Gateway<SqliteBook>,
    world: Option<World>,
    pub(super) address: SocketAddr,
    pub(super) admin: SocketAddr,
    portal: portal::Running,
    pub(super) app_key: AppKey,
    pub(super) secret: Secret,
    pub(super) secret_file: PathBuf,
    pub(super) rows: usize,
    pub(super) lists: usize,
    stop: CancellationToken,
    running: JoinHandle<()>,
}

impl Platform {
    /// Fills a new book with the scenario's world and serves it.
    pub(super) async fn start(directory: &Path, scenario: &Scenario) -> CliResult<Self> {
        let book = Arc::new(stores::book(&directory.join("platform"))?);
        let actor = actor("demo");
        let failed = |error| CliError::store("cannot fill the platform's book", &error);
        let isv = book.ensure_isv(&actor, "demo").await.map_err(failed)?;
        let established = establish(&*book, &actor, isv, scenario).await;
        let mut world = established.map_err(|error| world_error(&error))?;
        let bookings = world.populate();
        apply(&*book, &actor, bookings)
            .await
            .map_err(|error| world_error(&error))?;
        let (app_key, secret) = app::make(&*book, &actor, isv, "demo").await?;
        let all = Grant::Prefix(String::new());
        book.grant_writing(&actor, &app_key, &all)
            .await
            .map_err(failed)?;
        let secret_file = directory.join("secret");
        write_secret(&secret_file, &secret.0)?;

        let listener = listen(PORT).await?;
        let admin_listener = listen(ADMIN_PORT).await?;
        let (address, admin) = (address(&listener)?, address(&admin_listener)?);
        let gateway = serve::gateway(
            Arc::clone(&book),
            SHEETS_BYTES_MAX,
            LimitDefaults::default(),
            serve::Door::default(),
            None,
        )
        .await?;
        let url = format!("http://{address}{PATH}");
        let open = portal::Open {
            api_url: url,
            ..portal::Open::default()
        };
        let portal = portal::Running::start_near(PORTAL_PORT, portal::router(&gateway, open))?;
        let stop = CancellationToken::new();
        let running = tokio::spawn({
            let (gateway, stop) = (gateway.clone(), stop.clone());
            async move {
                let drain = gateway
                    .serve(listener, Some(admin_listener), stop.cancelled())
                    .await;
                tracing::debug!(cut_off = drain.cut_off, "platform closed");
            }
        });
        Ok(Self {
            rows: world.rows(),
            lists: world.truth().count(),
            world: Some(world),
            book,
            gateway,
            address,
            admin,
            portal,
            app_key,
            secret: Secret::new(secret.0),
            secret_file,
            stop,
            running,
        })
    }

    pub(super) fn book(&self) -> Arc<SqliteBook> {
        Arc::clone(&self.book)
    }

    pub(super) fn url(&self) -> String {
        format!("http://{}{PATH}", self.address)
    }

    /// The address of the developer portal.
    pub(super) fn portal(&self) -> &str {
        self.portal.url()
    }

    /// Hands the world out to whoever makes it live.
    pub(super) fn take_world(&mut self) -> CliResult<World> {
        self.world
            .take()
            .ok_or_else(|| CliError::new(Exit::Failed, "the world is being lived in already"))
    }

    /// What is asked for from now on is the present.
    pub(super) fn refresh(&self, world: &World) {
        for (_, pov) in world.clinics() {
            for day in world.open_days() {
                self.gateway.invalidate(*pov, *day);
            }
        }
    }

    pub(super) async fn stop(self) {
        self.portal.stop().await;
        self.stop.cancel();
        // It ends within its own time-outs; a panic in it was logged.
        drop(self.running.await);
    }
}

/// A world that its book did not take.
pub(super) fn world_error(error: &WorldError) -> CliError {
    CliError::new(
        Exit::Failed,
        "cannot bring the synthetic world into the book",
    )
    .caused_by(error)
}

/// The port that was meant, or a free one if it is taken.
pub(super) async fn listen(port: u16) -> CliResult<TcpListener> {
    let loopback = |port| SocketAddr::from(([127, 0, 0, 1], port));
    match TcpListener::bind(loopback(port)).await {
        Ok(listener) => Ok(listener),
        Err(_) => TcpListener::bind(loopback(0)).await.map_err(|error| {
            CliError::new(Exit::Failed, "cannot listen on 127.0.0.1").caused_by(&error)
        }),
    }
}

fn address(listener: &TcpListener) -> CliResult<SocketAddr> {
    listener.local_addr().map_err(|error| {
        CliError::new(Exit::Failed, "cannot tell the address listened on").caused_by(&error)
    })
}

/// Writes the secret where only its owner may read it.
fn write_secret(path: &Path, secret: &str) -> CliResult<()> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    options
        .open(path)
        .and_then(|mut file| std::io::Write::write_all(&mut file, secret.as_bytes()))
        .map_err(|error| {
            CliError::new(Exit::Failed, "cannot write the secret's file").caused_by(&error)
        })
}
