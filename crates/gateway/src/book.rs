//! What the gateway asks of a book.

use povline_store::audit::AuditTrail;
use povline_store::book::{Book, Limits, Sandbox};

/// A book that has everything that the platform's methods need. Whatever has the parts is one.
pub trait PlatformBook: Book + AuditTrail + Limits + Sandbox {}

impl<B: Book + AuditTrail + Limits + Sandbox> PlatformBook for B {}
