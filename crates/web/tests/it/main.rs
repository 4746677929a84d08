//! The shared parts of pages, at their public door.

#![expect(clippy::unwrap_used, reason = "a test that panics fails")]

mod asset;
mod cookie;
mod guard;
mod language;
