//! The portal, at its public door.

#![expect(clippy::unwrap_used, reason = "a test that panics fails")]

mod drift;
mod examples;
mod home;
mod sdk;
mod site;
mod written_samples;
