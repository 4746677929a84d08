//! What the gateway asks of a book.

use povline_store::book::{Book, Bookings, Register, Schedules};

/// A book that has everything that the platform's methods need. Whatever has the parts is one.
pub trait PlatformBook: Book + Bookings + Register + Schedules {}

impl<B: Book + Bookings + Register + Schedules> PlatformBook for B {}
