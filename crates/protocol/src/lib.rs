//! Bytes to typed TOP calls and back, with no I/O.
//!
//! The Taobao Open Platform (TOP) protocol as its gateway and its seven official SDKs speak it:
//! parameters and where they stand, signatures, timestamps, the error table, and answers in JSON,
//! simplified JSON and XML. Time and chance come in as arguments; nothing here reads a clock, a
//! socket or a file.
//!
//! A platform goes [`Params::read`] → [`PublicParams`] (each check a step of its own, so that the
//! order of checks is the gateway's) → [`methods::appointment_query::AppointmentQuery`] →
//! [`frame`] around rows that [`rows`] encoded. A caller goes [`request::Credentials::sign`] →
//! [`decode::read_answer`].
//!
//! The odd spellings of the wire end here: `pick_status` 0 means *picked*, `appointment_time` is a
//! day, numbers may be strings. Outside this crate nobody sees them.
#![deny(clippy::indexing_slicing)]

pub mod api;
pub mod batch;
mod blank;
pub mod catalogue;
pub mod content;
pub mod decode;
mod digest;
mod error;
pub mod explain;
mod form;
mod form_writer;
pub mod frame;
mod hex;
mod json;
pub mod list_digest;
pub mod methods;
pub mod openapi;
mod params;
mod public;
pub mod quota;
mod refusals;
pub mod request;
mod request_id;
pub mod rows;
pub mod sign;
pub mod timestamp;
mod xml;

pub use digest::result_digest;
pub use error::{BusinessFailure, CallLimit, Fault, PlatformError, Retry};
pub use form::AnswerForm;
pub use params::{Params, ParamsError};
pub use public::{PublicParams, PublicSpec, SESSION_REMEDY};
pub use request_id::RequestId;
pub use sign::{Secret, SignMethod};
