//! The scan alone: lists that stand still, and answers that break a promise.

mod answers;
mod doubt;
mod still;
mod support;
mod unchanged;
