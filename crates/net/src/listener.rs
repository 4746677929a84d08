//! Where connections come from, and how many are let in.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::{Limits, ServerTls};

/// How long the loop rests when the system has no file descriptor or memory for a connection.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// A bound address, and the certificate under which it speaks TLS, if it does.
#[derive(Debug)]
pub struct Listener {
    pub(crate) tcp: TcpListener,
    pub(crate) tls: Option<ServerTls>,
}

impl From<TcpListener> for Listener {
    fn from(tcp: TcpListener) -> Self {
        Self { tcp, tls: None }
    }
}

impl Listener {
    /// A listener that speaks TLS if there is a certificate.
    #[must_use]
    pub fn new(tcp: TcpListener, tls: Option<ServerTls>) -> Self {
        Self { tcp, tls }
    }
}

/// Who connects.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Peer {
    /// Where the connection comes from.
    pub address: SocketAddr,
    /// Whether it is one too many, and accepted only to be told so.
    pub is_beyond_limit: bool,
}

/// A connection that has been let in.
#[derive(Debug)]
pub(crate) struct Accepted {
    pub(crate) stream: TcpStream,
    pub(crate) peer: Peer,
    pub(crate) permit: OwnedSemaphorePermit,
}

/// The places for connections.
#[derive(Debug)]
pub(crate) struct Places {
    usual: Arc<Semaphore>,
    /// For those that are refused.
    beyond: Arc<Semaphore>,
}

impl Places {
    pub(crate) fn new(limits: &Limits) -> Self {
        let places = |count: usize| Arc::new(Semaphore::new(count.min(Semaphore::MAX_PERMITS)));
        Self {
            usual: places(limits.connections_max),
            beyond: places(limits.refusals_max),
        }
    }

    /// Waits for a place and then for a connection to fill it.
    pub(crate) async fn next(&self, listener: &TcpListener) -> Accepted {
        let usual = || Arc::clone(&self.usual);
        let (permit, mut is_beyond_limit) = tokio::select! {
            biased;
            permit = usual().acquire_owned() => (permit, false),
            permit = Arc::clone(&self.beyond).acquire_owned() => (permit, true),
        };
        let Ok(mut permit) = permit else {
            // Nobody closes the semaphores; were one closed, nothing could be accepted any more.
            return std::future::pending().await;
        };
        let (stream, address) = accept(listener).await;
        // While nobody came, somebody may have gone.
        if is_beyond_limit && let Ok(place) = usual().try_acquire_owned() {
            (permit, is_beyond_limit) = (place, false);
        }
        Accepted {
            stream,
            peer: Peer {
                address,
                is_beyond_limit,
            },
            permit,
        }
    }
}

async fn accept(listener: &TcpListener) -> (TcpStream, SocketAddr) {
    loop {
        match listener.accept().await {
            Ok(accepted) => return accepted,
            Err(error) if is_of_one_connection(&error) => {}
            Err(error) => {
                tracing::warn!(%error, "cannot accept connections; trying again");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

/// Whether an error of `accept` says that the newcomer is gone, not that we are in trouble.
fn is_of_one_connection(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionRefused
            | io::ErrorKind::ConnectionAborted
            | io::ErrorKind::ConnectionReset
    )
}
