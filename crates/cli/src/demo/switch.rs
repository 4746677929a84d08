//! The switch that takes the demo's platform away from its agent.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use povline_client::{
    HttpRequest, HttpSettings, HttpTransport, Transport, TransportError, TransportFault,
    TransportFuture, TrustStore,
};

/// Whether the platform is away. Clones are the same switch.
#[derive(Debug, Clone, Default)]
pub(super) struct Switch(Arc<AtomicBool>);

impl Switch {
    pub(super) fn is_away(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    pub(super) fn set_away(&self, is_away: bool) {
        self.0.store(is_away, Ordering::Relaxed);
    }
}

/// The network, unless the platform is away.
pub(super) struct Switched {
    network: HttpTransport,
    switch: Switch,
}

impl Switched {
    pub(super) fn new(switch: Switch) -> Self {
        // The demo's platform speaks plain HTTP, on this machine alone.
        let network = HttpTransport::new(HttpSettings::default(), TrustStore::nobody());
        Self { network, switch }
    }
}

impl Transport for Switched {
    fn send(&self, request: HttpRequest) -> TransportFuture<'_> {
        match self.switch.is_away() {
            true => Box::pin(async { Err(TransportError::new(TransportFault::Connect)) }),
            false => self.network.send(request),
        }
    }
}
