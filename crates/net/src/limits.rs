//! What one listener bears.

use std::time::Duration;

/// The limits of one listener. Each has a default that suits a public address.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Connections open at once, those that are refused not counted.
    pub connections_max: usize,
    /// Of these, those from one IPv4 address or one IPv6 network of 64 bits, unless it is excused
    /// ([`Listener::excusing`](crate::Listener::excusing)).
    pub connections_per_address_max: usize,
    /// Connections beyond either which are accepted only to be refused: each is served one answer,
    /// by a service that knows it ([`Peer::is_beyond_limit`](crate::Peer)). Further newcomers wait
    /// in the kernel's backlog until one closes; those of an address that has its share are closed
    /// at once.
    pub refusals_max: usize,
    /// How long a connection that is refused may take for it all.
    pub refusal_time_max: Duration,
    /// How long a TLS handshake may take, from the acceptance.
    pub handshake_time_max: Duration,
    /// From the first byte of a request's head (for a connection's first request: from the
    /// acceptance or the handshake) to its last. A head that takes longer closes the connection.
    pub head_time_max: Duration,
    /// How long a connection may stay open between an answer and the next request.
    pub idle_time_max: Duration,
    /// How long a caller may take no byte of an answer that waits for it.
    pub write_stall_max: Duration,
    /// A caller that has an answer wait for it must, within this time, take all of it or at least
    /// [`Limits::write_bytes_min`].
    pub write_time_max: Duration,
    /// The bytes that an answer must have moved on by, each time that it has waited for
    /// [`Limits::write_time_max`].
    pub write_bytes_min: usize,
    /// The largest request head, and how much of an answer is buffered before it is written.
    pub buffer_bytes_max: usize,
    /// How long a stop waits for running requests before it cuts them off.
    pub drain_time_max: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections_max: 4096,
            connections_per_address_max: 1024,
            refusals_max: 64,
            refusal_time_max: Duration::from_secs(2),
            handshake_time_max: Duration::from_secs(10),
            head_time_max: Duration::from_secs(10),
            idle_time_max: Duration::from_secs(75),
            write_stall_max: Duration::from_secs(30),
            write_time_max: Duration::from_secs(60),
            write_bytes_min: 64 * 1024,
            buffer_bytes_max: 64 * 1024,
            drain_time_max: Duration::from_secs(10),
        }
    }
}
