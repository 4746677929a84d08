//! What the gateway asks of a book.

use povline_store::book::{Book, Limits, Sandbox};

/// A book that has everything that the platform's methods need. Whatever has the parts is one.
pub trait PlatformBook: Book + Limits + Sandbox {}

impl<B: Book + Limits + Sandbox> PlatformBook for B {}
