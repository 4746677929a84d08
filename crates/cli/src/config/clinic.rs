//! The front desk's settings, checked.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use povline_net::TlsFiles;

use super::{Checker, RawConfig, Setting};

/// Where and how the front desk is served.
#[derive(Debug, Clone)]
pub(crate) struct ClinicConfig {
    pub(crate) listen: SocketAddr,
    pub(crate) tls: Option<TlsFiles>,
    /// From when on lists are called stale, if set.
    pub(crate) stale_today: Option<Duration>,
    pub(crate) stale_others: Option<Duration>,
}

impl ClinicConfig {
    /// `None` if it is not served.
    pub(super) fn check_with(raw: &RawConfig, checker: &mut Checker) -> Option<Self> {
        let clinic = &raw.clinic;
        let listen = checker.optional("clinic.listen", clinic.listen.as_ref(), |text| {
            text.parse::<SocketAddr>()
                .map_err(|_| "must be an address and a port, such as 0.0.0.0:7005")
        });
        let mut seconds = |name, setting: &Option<Setting>| {
            let seconds = checker.number(name, setting.as_ref(), 1..=604_800, 0);
            (seconds > 0).then(|| Duration::from_secs(seconds.unsigned_abs()))
        };
        let stale_today = seconds("clinic.stale_today_seconds", &clinic.stale_today_seconds);
        let stale_others = seconds("clinic.stale_other_seconds", &clinic.stale_other_seconds);
        let mut file = |name, setting: &Option<Setting>| {
            checker.optional(name, setting.as_ref(), |text| match text {
                "" => Err("must name a file"),
                text => Ok(PathBuf::from(text)),
            })
        };
        let certificate = file("clinic.tls_certificate", &clinic.tls_certificate);
        let key = file("clinic.tls_key", &clinic.tls_key);
        if certificate.is_some() != key.is_some() {
            checker.fault("clinic.tls_certificate and clinic.tls_key must be given together");
        }
        Some(Self {
            listen: listen?,
            tls: certificate
                .zip(key)
                .map(|(certificate, key)| TlsFiles { certificate, key }),
            stale_today,
            stale_others,
        })
    }
}
