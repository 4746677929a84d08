//! What an appointment, a day, a page, a certificate and a change *are*.
//!
//! Nothing here does I/O, knows a wire format or a database. A value of one of these types has
//! been checked once, where it came in; inside the house nobody checks again.

mod appointment;
mod certificate;
mod change;
mod clock;
mod day;
mod ids;
mod name;
mod page;
mod period;
mod text;
mod unknown_fields;

pub use appointment::{Appointment, PickStatus};
pub use certificate::{Certificate, Digest, IncompleteReason, Verdict, Window};
pub use change::{Change, ChangeKind, ChangedFields};
pub use clock::{Clock, UnixMillis};
pub use day::{Day, DayError};
pub use ids::{AppKey, AppointmentId, IsvId, OutId, OutPovId, PickCode, PovId, VaccineId};
pub use name::Name;
pub use page::{Page, PageNumber, PageRequest, PageSize};
pub use period::{Period, PeriodError};
pub use text::TextError;
pub use unknown_fields::UnknownFields;
