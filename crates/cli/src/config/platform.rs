//! The platform's settings, checked.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use povline_store::journal::JournalLimits;

use povline_gateway::{LimitDefaults, TrustedProxies};
use povline_net::TlsFiles;
use povline_protocol::methods;
use povline_protocol::request::PATH;
use povline_store::book::AddressRange;

use super::{Checker, RawConfig, RawPlatform};
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
    /// The address of the developer portal; none is served if not set.
    pub(crate) portal: Option<SocketAddr>,
    /// The whole address of `/router/rest` as callers reach it, if it is not the one listened on.
    pub(crate) public_url: Option<String>,
    /// The address of the portal as its readers reach it, if it is not the one listened on.
    pub(crate) portal_url: Option<String>,
    /// ISVs of a sandbox beyond which nobody makes an account by themselves; 0 for nobody at all.
    pub(crate) sign_ups_max: usize,
    /// The memory for day sheets, in bytes.
    pub(crate) sheets_bytes_max: usize,
    /// How often apps may call of which the book says nothing else.
    pub(crate) calls: LimitDefaults,
    /// Whether it is a sandbox.
    pub(crate) sandbox: bool,
    /// The number of worker threads; as many as there are cores if not set.
    pub(crate) workers: Option<usize>,
    /// The certificate of the public address; plain HTTP without it.
    pub(crate) tls: Option<TlsFiles>,
    /// The proxies that are believed when they tell for whom they call.
    pub(crate) trusted_proxies: TrustedProxies,
    /// How many connections one address may have, unless it is one of those proxies.
    pub(crate) connections_per_address_max: usize,
    /// The methods that need a session of the app that calls them.
    pub(crate) session_methods: BTreeSet<&'static str>,
    /// What the request log keeps; nothing is logged if not set.
    pub(crate) log: Option<JournalLimits>,
}

impl ServeConfig {
    pub(crate) fn check(raw: &RawConfig, sandbox: bool) -> CliResult<Self> {
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
        let portal = checker.optional("platform.portal", platform.portal.as_ref(), socket);
        let public_url = checker.optional(
            "platform.public_url",
            platform.public_url.as_ref(),
            public_url,
        );
        let portal_url = checker.optional(
            "platform.portal_url",
            platform.portal_url.as_ref(),
            portal_url,
        );
        let sign_ups = checker.number(
            "platform.sign_ups",
            platform.sign_ups.as_ref(),
            0..=10_000,
            200,
        );
        let sheets = checker.number(
            "platform.sheets_mebibytes",
            platform.sheets_mebibytes.as_ref(),
            1..=1_048_576,
            256,
        );
        let workers = checker.number("platform.workers", platform.workers.as_ref(), 1..=1_024, 0);
        let tls = tls(&mut checker, platform);
        let trusted_proxies = checker.optional(
            "platform.trusted_proxies",
            platform.trusted_proxies.as_ref(),
            proxies,
        );
        let connections_per_address = checker.number(
            "platform.connections_per_address",
            platform.connections_per_address.as_ref(),
            1..=1_048_576,
            1_024,
        );
        let session_methods = checker.optional(
            "platform.session_methods",
            platform.session_methods.as_ref(),
            known_methods,
        );
        let calls = super::limits::check_with(raw, sandbox, &mut checker);
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
        if let Some(portal) = portal.filter(|portal| portal.port() != 0)
            && (portal == listen || portal == admin)
        {
            checker.fault(
                "platform.portal must be another address than platform.listen and platform.admin",
            );
        }
        checker.finish()?;
        Ok(Self {
            data: data.unwrap_or_default(),
            listen,
            admin,
            portal,
            public_url,
            portal_url,
            sign_ups_max: usize::try_from(sign_ups).unwrap_or_default(),
            sheets_bytes_max: usize::try_from(sheets << 20).unwrap_or(usize::MAX),
            calls,
            sandbox,
            workers: usize::try_from(workers).ok().filter(|workers| *workers > 0),
            tls,
            trusted_proxies: trusted_proxies.unwrap_or_default(),
            connections_per_address_max: usize::try_from(connections_per_address)
                .unwrap_or(usize::MAX),
            session_methods: session_methods.unwrap_or_default(),
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

/// The certificate's files: both or none.
fn tls(checker: &mut Checker, platform: &RawPlatform) -> Option<TlsFiles> {
    let mut file = |name, setting: &Option<super::Setting>| {
        checker.optional(name, setting.as_ref(), |text| match text {
            "" => Err("must name a file"),
            text => Ok(PathBuf::from(text)),
        })
    };
    let certificate = file("platform.tls_certificate", &platform.tls_certificate);
    let key = file("platform.tls_key", &platform.tls_key);
    match (&platform.tls_certificate, &platform.tls_key) {
        (Some(_), None) => checker.missing("platform.tls_key"),
        (None, Some(_)) => checker.missing("platform.tls_certificate"),
        _ => {}
    }
    Some(TlsFiles {
        certificate: certificate?,
        key: key?,
    })
}

/// Names of methods with commas between them.
fn known_methods(text: &str) -> Result<BTreeSet<&'static str>, String> {
    let names = text.split(',').map(str::trim);
    let names = names.filter(|name| !name.is_empty());
    names
        .map(|name| {
            let spec = methods::find(name);
            spec.map(|spec| spec.method)
                .ok_or_else(|| format!("{name:?} is no method of this platform"))
        })
        .collect()
}

/// Addresses and ranges with commas between them.
fn proxies(text: &str) -> Result<TrustedProxies, String> {
    let ranges = text.split(',').map(str::trim);
    let ranges = ranges.filter(|range| !range.is_empty());
    ranges
        .map(|range| {
            let parsed = range.parse::<AddressRange>();
            parsed.map_err(|error| format!("{range:?} {error}"))
        })
        .collect()
}

fn address(
    checker: &mut Checker,
    name: &str,
    setting: Option<&super::Setting>,
    default_port: u16,
) -> SocketAddr {
    let default = SocketAddr::from(([127, 0, 0, 1], default_port));
    checker.optional(name, setting, socket).unwrap_or(default)
}

fn socket(text: &str) -> Result<SocketAddr, &'static str> {
    text.parse()
        .map_err(|_| "must be an address and a port, such as 127.0.0.1:7001")
}

/// The address of `/router/rest`, told with its path or without.
fn public_url(text: &str) -> Result<String, &'static str> {
    let base = text.trim_end_matches('/');
    let base = base.strip_suffix(PATH).unwrap_or(base);
    match has_host(base) {
        true => Ok(format!("{base}{PATH}")),
        false => Err("must be an address such as https://top.example.com"),
    }
}

/// The address of the portal, which has a host to itself.
fn portal_url(text: &str) -> Result<String, &'static str> {
    let base = text.trim_end_matches('/');
    match has_host(base) {
        true => Ok(base.to_owned()),
        false => Err("must be an address such as https://portal.example.com"),
    }
}

fn has_host(base: &str) -> bool {
    let host = base
        .strip_prefix("https://")
        .or_else(|| base.strip_prefix("http://"));
    host.is_some_and(|host| !host.is_empty() && host.bytes().all(|byte| byte.is_ascii_graphic()))
}
