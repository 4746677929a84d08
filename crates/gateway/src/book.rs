//! What the gateway asks of a book.

use povline_store::audit::AuditTrail;
use povline_store::book::{Book, Bookings, Feed, Limits, Register, Sandbox, Schedules};

/// A book that has everything that the platform's methods need. Whatever has the parts is one.
pub trait PlatformBook:
    Book + AuditTrail + Bookings + Feed + Limits + Register + Sandbox + Schedules
{
}

impl<B> PlatformBook for B where
    B: Book + AuditTrail + Bookings + Feed + Limits + Register + Sandbox + Schedules
{
}
