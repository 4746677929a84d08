//! The platform's settings, checked.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use povline_store::journal::JournalLimits;

use super::{Checker, RawConfig};
use crate::error::CliResult;

/// What `serve` runs on.
#[derive(Debug, Clone)]
pub(crate) struct ServeConfig {
    /// Where the book lies.
    pub(crate) data: PathBuf,
    /// The address of `/router/rest`.
    pub(crate) listen: SocketAddr,
    /// The address of health, readiness and metrics.
    pub(crate) admin: SocketAddr,
    /// The memory for day sheets, in bytes.
    pub(crate) sheets_bytes_max: usize,
    /// The number of worker threads; as many as there are cores if not set.
    pub(crate) workers: Option<usize>,
    /// What the request log keeps; nothing is logged if not set.
    pub(crate) log: Option<JournalLimits>,
}

impl ServeConfig {
    pub(crate) fn check(raw: &RawConfig) -> CliResult<Self> {
        let platform = &raw.platform;
        let mut checker = Checker::default();
        let data = data(raw, &mut checker);
        let listen = address(
            &mut checker,
            "platform.listen",
            platform.listen.as_ref(),
            7001,
        );
        let admin = address(
            &mut checker,
            "platform.admin",
            platform.admin.as_ref(),
            7002,
        );
        let sheets = checker.number(
            "platform.sheets_mebibytes",
            platform.sheets_mebibytes.as_ref(),
            1..=1_048_576,
            256,
        );
        let workers = checker.number("platform.workers", platform.workers.as_ref(), 1..=1_024, 0);
        let log_mebibytes = checker.number(
            "platform.log_mebibytes",
            platform.log_mebibytes.as_ref(),
            0..=1_048_576,
            256,
        );
        let log_days = checker.number(
            "platform.log_days",
            platform.log_days.as_ref(),
            1..=3_650,
            30,
        );
        if listen == admin && listen.port() != 0 {
            checker.fault("platform.listen and platform.admin must be two addresses");
        }
        checker.finish()?;
        Ok(Self {
            data: data.unwrap_or_default(),
            listen,
            admin,
            sheets_bytes_max: usize::try_from(sheets << 20).unwrap_or(usize::MAX),
            workers: usize::try_from(workers).ok().filter(|workers| *workers > 0),
            log: log_limits(log_mebibytes, log_days),
        })
    }
}

/// Where a running platform answers its operator: all that `explain` needs.
pub(crate) fn admin_address(raw: &RawConfig) -> CliResult<SocketAddr> {
    let mut checker = Checker::default();
    let admin = raw.platform.admin.as_ref();
    let admin = address(&mut checker, "platform.admin", admin, 7002);
    checker.finish()?;
    Ok(admin)
}

/// What the request log keeps.
fn log_limits(mebibytes: i64, days: i64) -> Option<JournalLimits> {
    let bytes_max = u64::try_from(mebibytes << 20).ok()?;
    let days = u64::try_from(days).ok()?;
    (bytes_max > 0).then_some(JournalLimits {
        bytes_max,
        age_max: Duration::from_secs(days * 24 * 3600),
    })
}

/// Where the platform's book lies: all that `app` and `import` need.
pub(crate) fn platform_data(raw: &RawConfig) -> CliResult<PathBuf> {
    let mut checker = Checker::default();
    let data = data(raw, &mut checker);
    checker.finish()?;
    Ok(data.unwrap_or_default())
}

fn data(raw: &RawConfig, checker: &mut Checker) -> Option<PathBuf> {
    checker.required(
        "platform.data",
        raw.platform.data.as_ref(),
        super::directory,
    )
}

fn address(
    checker: &mut Checker,
    name: &str,
    setting: Option<&super::Setting>,
    default_port: u16,
) -> SocketAddr {
    let default = SocketAddr::from(([127, 0, 0, 1], default_port));
    checker
        .optional(name, setting, |text| {
            text.parse::<SocketAddr>()
                .map_err(|_| "must be an address and a port, such as 127.0.0.1:7001")
        })
        .unwrap_or(default)
}
