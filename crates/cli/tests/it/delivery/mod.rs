//! Events leave the agent, through the real binary.

mod commands;
mod forgetting;
mod settings;
pub(crate) mod taking;
