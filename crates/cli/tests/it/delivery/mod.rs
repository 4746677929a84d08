//! Events leave the agent, through the real binary.

mod commands;
mod settings;
pub(crate) mod taking;
