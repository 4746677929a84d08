//! The portal, at its public door.

#![expect(clippy::unwrap_used, reason = "a test that panics fails")]

mod home;
