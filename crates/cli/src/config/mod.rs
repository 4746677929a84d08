//! One TOML file, over it the environment, over that the flags; then checked as a whole.
//!
//! What is written ([`RawConfig`]) and what is meant (the checked types) are kept apart, so that
//! every fault is told at once and no command runs on half-checked settings.

mod agent;
mod caller;
mod checker;
mod clinic;
mod limits;
mod platform;
mod raw;
mod secret;
mod setting;

pub(crate) use agent::{PlanLook, RESERVED_PERCENT, SyncConfig, ledger_data};
pub(crate) use caller::CallerConfig;
pub(crate) use checker::Checker;
pub(crate) use clinic::ClinicConfig;
pub(crate) use limits::limit_defaults;
pub(crate) use platform::{ServeConfig, admin_address, platform_data};
pub(crate) use raw::{RawAgent, RawCaller, RawClinic, RawConfig, RawPlatform};
pub(crate) use setting::Setting;

use std::path::PathBuf;

/// A directory's name.
fn directory(text: &str) -> Result<PathBuf, &'static str> {
    match text {
        "" => Err("must name a directory"),
        text => Ok(PathBuf::from(text)),
    }
}
