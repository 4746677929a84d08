//! The scan alone: lists that stand still, and answers that break a promise.

mod answers;
mod doubt;
mod still;
pub mod support;
mod unchanged;
mod unread;
