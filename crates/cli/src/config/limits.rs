//! How often apps may call of which the book says nothing else, checked.

use povline_gateway::LimitDefaults;

use super::{Checker, RawConfig, Setting};
use crate::error::CliResult;

/// What an app may call in a day of production that nothing else is said of, as on the platform
/// whose protocol this is.
const APP_PER_DAY: i64 = 1_000_000;

/// More than anybody calls; a limit beyond it is a slip.
const CALLS_MAX: i64 = 1_000_000_000_000;

/// The limits in force where the book says nothing. A sandbox has none unless it is asked for.
pub(crate) fn limit_defaults(raw: &RawConfig, sandbox: bool) -> CliResult<LimitDefaults> {
    let mut checker = Checker::default();
    let defaults = check_with(raw, sandbox, &mut checker);
    checker.finish()?;
    Ok(defaults)
}

pub(super) fn check_with(raw: &RawConfig, sandbox: bool, checker: &mut Checker) -> LimitDefaults {
    let platform = &raw.platform;
    let mut limit = |name, setting: &Option<Setting>, default| {
        let calls = checker.number(name, setting.as_ref(), 0..=CALLS_MAX, default);
        (calls > 0).then_some(calls.unsigned_abs())
    };
    LimitDefaults {
        app_per_second: limit(
            "platform.app_calls_per_second",
            &platform.app_calls_per_second,
            0,
        ),
        app_per_day: limit(
            "platform.app_calls_per_day",
            &platform.app_calls_per_day,
            if sandbox { 0 } else { APP_PER_DAY },
        ),
        app_method_per_second: limit(
            "platform.method_calls_per_second",
            &platform.method_calls_per_second,
            0,
        ),
        app_method_per_day: limit(
            "platform.method_calls_per_day",
            &platform.method_calls_per_day,
            0,
        ),
    }
}
