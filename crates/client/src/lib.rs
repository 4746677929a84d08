//! The Rust SDK: one signed call, one typed answer.
//!
//! A [`Client`] calls a gateway of the Taobao Open Platform, the real one or Povline's. A failure
//! is a [`CallError`], which says whose fault it is and whether to try again; it never reads as a
//! list without appointments. The client tries nothing again by itself, but for one case that is
//! nobody's failure: a kept connection that was closed just as it was used.
//!
//! ```no_run
//! use std::sync::Arc;
//! use std::time::SystemTime;
//!
//! use povline_client::{Advice, AppointmentQuery, Client, Secret};
//! use povline_domain::{AppKey, Clock, OutPovId, PageRequest, UnixMillis};
//!
//! struct SystemClock;
//!
//! impl Clock for SystemClock {
//!     fn now(&self) -> UnixMillis {
//!         let since_1970 = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
//!         UnixMillis(since_1970.map_or(0, |elapsed| elapsed.as_millis() as i64))
//!     }
//! }
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let client = Client::builder(
//!     "https://gw.api.taobao.com/router/rest",
//!     AppKey::new("12345678")?,
//!     Secret::new(std::fs::read_to_string("app.secret")?.trim()),
//!     Arc::new(SystemClock),
//! )
//! .build()?;
//!
//! let query = AppointmentQuery {
//!     day: "2020-01-18".parse()?,
//!     out_pov_id: OutPovId::new("00001")?,
//!     page: PageRequest::FIRST,
//! };
//! match client.appointments(&query).await {
//!     Ok(answered) => println!("{} rows", answered.page.page.rows.len()),
//!     Err(error) => match error.advice() {
//!         Advice::WaitFor(ban) => println!("banned for {:?}", ban.lasts),
//!         advice => println!("{:?}: {error} ({advice:?})", error.fault()),
//!     },
//! }
//! # Ok(())
//! # }
//! ```

mod builder;
mod client;
mod digest;
mod error;
mod flat;
mod network;
mod order;
mod transport;

pub use builder::{BuildError, ClientBuilder};
pub use client::{Answered, Client, Fetched, RawAnswer};
pub use error::{Advice, Ban, BanScope, CallError, Fault, MalformedAnswer};
pub use network::{HttpSettings, HttpTransport};
#[cfg(feature = "tls")]
pub use network::{TrustError, TrustStore};
pub use order::OrderUpdated;
pub use povline_protocol::catalogue;
pub use povline_protocol::decode::{Field, RowFault, ToldDigest};
pub use povline_protocol::methods::appointment_query::AppointmentQuery;
pub use povline_protocol::methods::order_update::{Action, OrderUpdate};
pub use povline_protocol::{AnswerForm, Secret, SignMethod};
pub use transport::{
    HttpAnswer, HttpRequest, Transport, TransportError, TransportFault, TransportFuture,
};
