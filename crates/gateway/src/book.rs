//! What the gateway asks of a book.

use povline_store::book::Book;

/// A book that has everything that the platform's methods need. Whatever has the parts is one.
pub trait PlatformBook: Book {}

impl<B: Book> PlatformBook for B {}
