//! Who answers: the stage on which a client plays.
//!
//! The [`Stage`] decides what becomes of each call, on the world's time that is handed in: who may
//! call, which faults strike, what the list shows at that instant, and what is written down for
//! the grade. It does no I/O. [`WorldServer`] stands before it on HTTP, with the client's address
//! and an admin address; [`StageTransport`] is the same without a network, for Rust clients on a
//! virtual clock.

mod admin;
mod admission;
mod body;
mod budget;
mod call_log;
mod encode;
mod foreign;
mod front;
mod gateway;
mod run_record;
mod stage;
mod transport;

pub(crate) use admission::asked_for;
pub use admission::{CallParams, Identity};
pub use call_log::{CallLog, CallRecord, Outcome};
pub use front::{ServerError, WorldServer, WorldServerConfig};
pub use run_record::{RunRecord, RunRecordError, read_run, write_run};
pub use stage::{Answered, Plan, Stage};
pub use transport::StageTransport;
