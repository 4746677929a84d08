//! One TOML file, over it the environment, over that the flags; then checked as a whole.
//!
//! What is written ([`RawConfig`]) and what is meant (the checked types) are kept apart, so that
//! every fault is told at once and no command runs on half-checked settings.

mod agent;
mod app;
mod caller;
mod checker;
mod clinic;
mod limits;
mod platform;
mod raw;
mod retention;
mod secret;
mod setting;
mod sinks;

pub(crate) use agent::{
    CONFIRMING_PERCENT, PlanLook, RESERVED_PERCENT, SyncConfig, ledger_data, named_ledger_data,
    reserved_percent,
};
pub(crate) use app::{AppConfig, limits_of, sets_calls_per_day};
pub(crate) use caller::CallerConfig;
pub(crate) use checker::Checker;
pub(crate) use clinic::ClinicConfig;
pub(crate) use limits::limit_defaults;
pub(crate) use platform::{ServeConfig, admin_address, platform_data};
pub(crate) use raw::{RawAgent, RawApp, RawCaller, RawClinic, RawConfig, RawPlatform};
pub(crate) use retention::Retention;
pub(crate) use setting::Setting;
pub(crate) use sinks::secret as webhook_secret;

use std::path::PathBuf;

/// A directory's name.
fn directory(text: &str) -> Result<PathBuf, &'static str> {
    match text {
        "" => Err("must name a directory"),
        text => Ok(PathBuf::from(text)),
    }
}
