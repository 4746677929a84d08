//! Where connections come from, and how many are let in.

use std::collections::HashMap;
use std::fmt;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::origin::Origin;
use crate::{Limits, ServerTls};

/// How long the loop rests when the system has no file descriptor or memory for a connection.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Whether an address may have more connections than others.
type Excused = dyn Fn(IpAddr) -> bool + Send + Sync;

/// A bound address, and the certificate under which it speaks TLS, if it does.
pub struct Listener {
    pub(crate) tcp: TcpListener,
    pub(crate) tls: Option<ServerTls>,
    excused: Box<Excused>,
}

impl fmt::Debug for Listener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Listener")
            .field("tcp", &self.tcp)
            .field("tls", &self.tls)
            .finish_non_exhaustive()
    }
}

impl From<TcpListener> for Listener {
    fn from(tcp: TcpListener) -> Self {
        Self::new(tcp, None)
    }
}

impl Listener {
    /// A listener that speaks TLS if there is a certificate.
    #[must_use]
    pub fn new(tcp: TcpListener, tls: Option<ServerTls>) -> Self {
        Self {
            tcp,
            tls,
            excused: Box::new(|_| false),
        }
    }

    /// Lets these addresses have as many connections as there are
    /// ([`Limits::connections_per_address_max`]): proxies, for instance, each of which stands for
    /// many callers.
    #[must_use]
    pub fn excusing(self, excused: impl Fn(IpAddr) -> bool + Send + Sync + 'static) -> Self {
        Self {
            excused: Box::new(excused),
            ..self
        }
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
    pub(crate) held: Held,
}

/// What a connection holds for as long as it is open.
#[derive(Debug)]
pub(crate) struct Held {
    _permit: OwnedSemaphorePermit,
    /// None if it is refused, or its address excused.
    _share: Option<Share>,
}

/// The places for connections.
#[derive(Debug)]
pub(crate) struct Places {
    usual: Arc<Semaphore>,
    /// For those that are refused.
    beyond: Arc<Semaphore>,
    shares: Shares,
}

impl Places {
    pub(crate) fn new(limits: &Limits) -> Self {
        let places = |count: usize| Arc::new(Semaphore::new(count.min(Semaphore::MAX_PERMITS)));
        Self {
            usual: places(limits.connections_max),
            beyond: places(limits.refusals_max),
            shares: Shares {
                open: Arc::default(),
                at_most: limits.connections_per_address_max,
            },
        }
    }

    /// Waits for a place and then for a connection to fill it.
    pub(crate) async fn next(&self, listener: &Listener) -> Accepted {
        let usual = || Arc::clone(&self.usual);
        let (permit, is_beyond_limit) = tokio::select! {
            biased;
            permit = usual().acquire_owned() => (permit, false),
            permit = Arc::clone(&self.beyond).acquire_owned() => (permit, true),
        };
        let Ok(permit) = permit else {
            // Nobody closes the semaphores; were one closed, nothing could be accepted any more.
            return std::future::pending().await;
        };
        loop {
            let (stream, address) = accept(&listener.tcp).await;
            let share = match (listener.excused)(address.ip()) {
                true => Some(None),
                false => self.shares.take(address.ip()).map(Some),
            };
            let (permit, share) = match share {
                // While nobody came, somebody may have gone.
                Some(share) if is_beyond_limit => match usual().try_acquire_owned() {
                    Ok(place) => (place, Some(share)),
                    Err(_) => (permit, None),
                },
                Some(share) => (permit, Some(share)),
                None if is_beyond_limit => (permit, None),
                None => match Arc::clone(&self.beyond).try_acquire_owned() {
                    Ok(place) => (place, None),
                    // So many are being refused that this one is not worth a word.
                    Err(_) => continue,
                },
            };
            return Accepted {
                stream,
                peer: Peer {
                    address,
                    is_beyond_limit: share.is_none(),
                },
                held: Held {
                    _permit: permit,
                    _share: share.flatten(),
                },
            };
        }
    }
}

/// How many connections each address has.
#[derive(Debug)]
struct Shares {
    open: Arc<Mutex<HashMap<Origin, usize>>>,
    at_most: usize,
}

impl Shares {
    /// One more of an address, if it may have one.
    fn take(&self, address: IpAddr) -> Option<Share> {
        let origin = Origin::from(address);
        let mut open = self.open.lock();
        let count = open.entry(origin).or_default();
        if *count >= self.at_most {
            return None;
        }
        *count += 1;
        Some(Share {
            open: Arc::clone(&self.open),
            origin,
        })
    }
}

/// One connection of an address.
#[derive(Debug)]
struct Share {
    open: Arc<Mutex<HashMap<Origin, usize>>>,
    origin: Origin,
}

impl Drop for Share {
    fn drop(&mut self) {
        let mut open = self.open.lock();
        if let Some(count) = open.get_mut(&self.origin) {
            *count -= 1;
            if *count == 0 {
                open.remove(&self.origin);
            }
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
