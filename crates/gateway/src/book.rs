//! What the gateway asks of a book.

use povline_store::audit::AuditTrail;
use povline_store::book::Book;

/// A book that has everything that the platform's methods need. Whatever has the parts is one.
pub trait PlatformBook: Book + AuditTrail {}

impl<B: Book + AuditTrail> PlatformBook for B {}
