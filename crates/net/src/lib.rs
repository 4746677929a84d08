//! The HTTP/1 edge: an accept loop with limits and time-outs, with TLS or without, and a stop that
//! lets running requests finish.
//!
//! Nothing here knows what is served. Listener, service and shutdown are arguments, so that a test
//! or an embedding program owns all three. Only HTTP/1 is spoken: no caller of the platform speaks
//! anything newer, and what is not there cannot be attacked.

mod body;
mod limits;
mod listener;
mod origin;
mod serve;
mod tls;
mod watch;

pub use body::{BodyError, BodyLimits, LargeBodies, WholeBody, read_body};
pub use limits::Limits;
pub use listener::{Listener, Peer};
pub use origin::Origin;
pub use serve::{Drain, OpenConnections, serve};
pub use tls::{ServerTls, TlsError, TlsFiles};
