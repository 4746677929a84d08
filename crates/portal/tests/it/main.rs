//! The portal, at its public door.

#![expect(clippy::unwrap_used, reason = "a test that panics fails")]

mod drift;
mod drift_whole;
mod examples;
mod home;
mod languages;
mod sdk;
mod site;
mod written_samples;
