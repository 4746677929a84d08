//! What was seen of a real server, made into a scenario that anybody may play.
//!
//! A [`Recorder`] looks on while a client calls a real server and writes one line for each call,
//! with nothing in it that came from a person, a clinic or an app: POVs, appointments, names and
//! pick codes get others in the order in which they are first seen, and nothing of the new can be
//! reckoned back to the old. Days, periods, pick statuses, counts and instants are kept, for they
//! are what a client stumbles over.
//!
//! [`scenario`] turns the lines into a scenario file: the lists as whole readings showed them
//! become a script, the server's order, page sizes and speed its habits, and what failed its
//! faults.

mod call;
mod disguise;
mod faults;
mod file;
mod habits;
mod page;
mod proxy;
mod readings;
mod recorder;
mod scenario;
mod script;

pub use call::{RecordedCall, RecordedOutcome, RecordedPage, RecordedRow};
pub use file::{RecordingFileError, read_recording, write_call, write_head};
pub use proxy::Proxy;
pub use recorder::{Recorder, Seen};
pub use scenario::{Made, RecordingError, scenario};
