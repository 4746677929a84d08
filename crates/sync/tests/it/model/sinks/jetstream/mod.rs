//! A stream of NATS JetStream and its reader, behind a wire that breaks.

mod server;
mod wire;

use std::sync::Arc;

use povline_delivery::{NatsSettings, SinkKind};
use povline_sync::chance::Chance;

use self::server::Server;
use self::wire::Wire;
use super::mood::Mood;
use super::mortal::Death;

const SUBJECTS: &str = "povline.events";

pub struct JetStream {
    server: Server,
    wire: Wire,
    /// How many events of the stream were read.
    read: u64,
}

impl JetStream {
    /// Starts a server of its own, with a stream.
    pub fn new(chance: Chance) -> Self {
        let server = Server::start();
        Self {
            wire: Wire::new(server.port(), chance),
            server,
            read: 0,
        }
    }

    /// Begins to pass on, in this runtime, what is said to the server. The agent may die while it
    /// speaks.
    pub fn begin(&self, mood: Mood, death: &Arc<Death>) {
        self.wire.begin(mood, death);
    }

    pub fn kind(&self, mood: Mood) -> SinkKind {
        SinkKind::Nats(NatsSettings {
            url: format!("nats://{}", self.wire.address()),
            prefix: SUBJECTS.to_owned(),
            token: None,
            authorities: None,
            timeout: mood.patience(),
        })
    }

    /// The events that have come into the stream since it was last read.
    pub fn take(&mut self) -> Vec<Vec<u8>> {
        let bodies = self.server.read_after(self.read);
        self.read += bodies.len() as u64;
        bodies
    }
}
