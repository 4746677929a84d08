//! The platform of one app: the way there, the clock, the key, the clinics.

use std::net::SocketAddr;
use std::time::Duration;

use axum::http::Uri;
use povline_client::{AppointmentQuery, CallError, Client, SignMethod};
use povline_domain::{Clock as _, Day, OutPovId, PageRequest, UnixMillis};
use tokio::net::TcpStream;

use super::finding::{Finding, Verdict};
use super::judge;
use crate::call_error::both;
use crate::clock::{Stopwatch, SystemClock};
use crate::config::{AppConfig, CallerConfig};
use crate::exit::Exit;

/// The protocol's codes for a signature that is not the right one, a timestamp too far off, a key
/// that no app has.
const INVALID_SIGNATURE: i64 = 25;
const INVALID_TIMESTAMP: i64 = 31;
const INVALID_APP_KEY: i64 = 29;

/// Every way to sign.
const METHODS: [SignMethod; 3] = [SignMethod::HmacSha256, SignMethod::Hmac, SignMethod::Md5];

/// An app being looked at.
pub(super) struct Look<'a> {
    app: &'a AppConfig,
    name: String,
    /// Calls that may be made.
    calls_max: u64,
    pub(super) calls: u64,
    pub(super) findings: Vec<Finding>,
}

impl<'a> Look<'a> {
    pub(super) fn new(app: &'a AppConfig, calls_max: u64) -> Self {
        Self {
            app,
            name: format!("app {}", app.caller.app_key),
            calls_max,
            calls: 0,
            findings: Vec::new(),
        }
    }

    /// Goes the whole way, as far as it leads.
    pub(super) async fn run(&mut self, povs_max: usize) {
        if !self.connect().await {
            return;
        }
        let client = match self.app.caller.client() {
            Ok(client) => client,
            Err(error) => {
                let found = error.report(false).replace('\n', " ");
                self.bad(
                    "reach",
                    self.name.clone(),
                    found,
                    "change the settings 修改设置",
                    Exit::Usage,
                );
                return;
            }
        };
        self.read_clinics(&client, povs_max).await;
    }

    /// Whether a connection comes about: the name is known, the port is open.
    async fn connect(&mut self) -> bool {
        let url = &self.app.caller.url;
        let Some((host, port)) = host_and_port(url) else {
            let found = format!("the address cannot be read 地址无法解析: {url}");
            let remedy = "give --url as http://host:port/router/rest 修正--url";
            self.bad("reach", self.name.clone(), found, remedy, Exit::Usage);
            return false;
        };
        let watch = Stopwatch::start();
        let timeout = self.app.caller.timeout;
        let looked_up = tokio::time::timeout(timeout, addresses(&host, port)).await;
        let addresses = match looked_up {
            Ok(Ok(addresses)) if !addresses.is_empty() => addresses,
            outcome => {
                let cause = match outcome {
                    Ok(Err(error)) => error.to_string(),
                    Ok(Ok(_)) => "no address".to_owned(),
                    Err(_) => "no answer in time".to_owned(),
                };
                let found = format!("the name {host} is not known 域名无法解析: {cause}");
                let remedy = "look at --url, /etc/resolv.conf and the proxy 检查--url与DNS";
                self.bad("reach", self.name.clone(), found, remedy, Exit::Unreachable);
                return false;
            }
        };
        let named = watch.elapsed();
        let mut last = None;
        for address in &addresses {
            let watch = Stopwatch::start();
            match tokio::time::timeout(timeout, TcpStream::connect(address)).await {
                Ok(Ok(_)) => {
                    let found = format!(
                        "{host} is {} (DNS {} ms), connected in 连接 {} ms",
                        address.ip(),
                        named.as_millis(),
                        watch.elapsed().as_millis()
                    );
                    self.findings.push(Finding::ok("reach", &self.name, found));
                    return true;
                }
                Ok(Err(error)) => last = Some(error.to_string()),
                Err(_) => last = Some("no answer in time".to_owned()),
            }
        }
        let cause = last.unwrap_or_default();
        let found = format!("no connection to 无法连接 {host}:{port}: {cause}");
        let remedy = "is the platform running, is --url right, does a firewall stand between? \
                      平台是否运行、--url是否正确、防火墙是否放行";
        self.bad("reach", self.name.clone(), found, remedy, Exit::Unreachable);
        false
    }

    /// Reads one row of each clinic's today, until something says that the next would fail alike.
    async fn read_clinics(&mut self, client: &Client, povs_max: usize) {
        let povs = spread(&self.app.povs, povs_max);
        let mut readable = 0;
        for (nth, pov) in povs.iter().enumerate() {
            if self.calls >= self.calls_max {
                self.findings.push(
                    Finding::ok(
                        "clinics",
                        &self.name,
                        "the day's calls are used up 今日配额用尽",
                    )
                    .but(
                        Verdict::Warn,
                        "look again tomorrow, or give more calls_per_day 明日再查或提高配额",
                    ),
                );
                break;
            }
            let asked_at = SystemClock.now();
            let watch = Stopwatch::start();
            self.calls += 1;
            let answered = client.appointments(&query(pov)).await;
            let took = watch.elapsed();
            if nth == 0 {
                self.first_answer(client, asked_at, took, &answered.as_ref().err());
            }
            match answered {
                Ok(_) => readable += 1,
                Err(error) => {
                    if self.refused(&error, pov).await {
                        return;
                    }
                }
            }
            tokio::time::sleep(self.pause()).await;
        }
        if readable > 0 {
            let found = format!(
                "{readable} of {} clinics tried can be read 可读接种点 ({} in all 共)",
                povs.len(),
                self.app.povs.len()
            );
            self.findings
                .push(Finding::ok("clinics", &self.name, found));
        }
    }

    /// What the first answer tells, whatever it says: how long it took, what time it is there, that
    /// the key is good.
    fn first_answer(
        &mut self,
        client: &Client,
        asked_at: UnixMillis,
        took: Duration,
        error: &Option<&CallError>,
    ) {
        if matches!(error, Some(CallError::Transport(_))) {
            return;
        }
        self.findings.push(judge::answer_time(&self.name, took));
        let told_at = SystemClock.now();
        match client.server_date() {
            Some(named) => self
                .findings
                .push(judge::skew(&self.name, named, asked_at, told_at)),
            None => self.findings.push(Finding::ok(
                "clock",
                &self.name,
                "the answer names no time 应答未带Date",
            )),
        }
        let refuses_key = match error {
            Some(CallError::Platform { error, .. }) => speaks_of_the_app(error.code),
            _ => false,
        };
        if !refuses_key {
            let method = self.app.caller.sign_method;
            let found = format!(
                "the secret is accepted, signed by 密钥有效 {}",
                method.word()
            );
            let finding = Finding::ok("key", &self.name, found);
            self.findings.push(match method {
                SignMethod::Md5 => finding.but(
                    Verdict::Warn,
                    "sign by hmac-sha256 if the platform takes it 建议改用hmac-sha256",
                ),
                _ => finding,
            });
        }
    }

    /// Tells a failed call. True if the other clinics would fail in the same way.
    async fn refused(&mut self, error: &CallError, pov: &OutPovId) -> bool {
        let code = match error {
            CallError::Platform { error, .. } => Some(error.code),
            _ => None,
        };
        let remedy = match error.meaning() {
            Some(meaning) => both(meaning.remedy),
            None => "look at --url and the way to the platform 检查--url与网络".to_owned(),
        };
        let found = error.to_string();
        let name = self.name.clone();
        if let Some(ban) = error.ban() {
            let found = format!("banned for {} s 被限流: {found}", ban.lasts.as_secs());
            self.findings
                .push(Finding::ok("budget", name, found).but(Verdict::Warn, remedy));
            return true;
        }
        match (error, code) {
            (_, Some(INVALID_SIGNATURE)) => {
                let accepted = self.other_method(pov).await;
                let (found, remedy) = match accepted {
                    Some(method) => (
                        format!(
                            "signed by {} it is refused, by {} accepted 签名方法不符",
                            self.app.caller.sign_method.word(),
                            method.word()
                        ),
                        format!("set sign_method = \"{}\" 修改sign_method", method.word()),
                    ),
                    None => (
                        "the secret is refused, however it is signed 密钥无效".to_owned(),
                        "take the secret from the platform's console anew 重新获取密钥".to_owned(),
                    ),
                };
                self.bad("key", name, found, remedy, Exit::PlatformRefused);
                true
            }
            (_, Some(INVALID_TIMESTAMP)) => {
                self.bad("clock", name, found, remedy, Exit::PlatformRefused);
                true
            }
            (_, Some(INVALID_APP_KEY)) => {
                self.bad("key", name, found, remedy, Exit::PlatformRefused);
                true
            }
            (CallError::Transport(_) | CallError::Malformed(_), _) => {
                self.bad("reach", name, found, remedy, Exit::Unreachable);
                true
            }
            _ => {
                let of = format!("{name} {pov}");
                self.bad("clinics", of, found, remedy, Exit::PlatformRefused);
                code.is_some_and(speaks_of_the_app)
            }
        }
    }

    /// Another way to sign that the platform accepts.
    async fn other_method(&mut self, pov: &OutPovId) -> Option<SignMethod> {
        for method in METHODS {
            if method == self.app.caller.sign_method || self.calls >= self.calls_max {
                continue;
            }
            let caller = CallerConfig {
                sign_method: method,
                ..self.app.caller.clone()
            };
            let client = caller.client().ok()?;
            tokio::time::sleep(self.pause()).await;
            self.calls += 1;
            match client.appointments(&query(pov)).await {
                Err(CallError::Platform { error, .. }) if error.code == INVALID_SIGNATURE => {}
                Err(CallError::Transport(_) | CallError::Malformed(_)) => return None,
                _ => return Some(method),
            }
        }
        None
    }

    /// How long is waited between two calls, so that the app's own limit holds.
    fn pause(&self) -> Duration {
        Duration::from_secs(1) / self.app.calls_per_second.max(1)
    }

    fn bad(
        &mut self,
        check: &'static str,
        of: String,
        found: String,
        remedy: impl Into<String>,
        exit: Exit,
    ) {
        let finding = Finding::ok(check, of, found);
        self.findings
            .push(finding.but(Verdict::Bad, remedy).ending(exit));
    }
}

/// Codes below 40 speak of the app and not of what it asks for, but for the one that stands for the
/// service behind the platform.
fn speaks_of_the_app(code: i64) -> bool {
    code < 40 && code != 15
}

/// At most so many of these clinics, from the first to the last.
fn spread(povs: &[OutPovId], povs_max: usize) -> Vec<OutPovId> {
    let step = povs.len().div_ceil(povs_max.max(1)).max(1);
    povs.iter().step_by(step).cloned().collect()
}

fn query(pov: &OutPovId) -> AppointmentQuery {
    AppointmentQuery {
        day: Day::at(SystemClock.now()),
        out_pov_id: pov.clone(),
        page: PageRequest::FIRST,
    }
}

async fn addresses(host: &str, port: u16) -> std::io::Result<Vec<SocketAddr>> {
    Ok(tokio::net::lookup_host((host, port)).await?.collect())
}

fn host_and_port(url: &str) -> Option<(String, u16)> {
    let url: Uri = url.parse().ok()?;
    let port = match (url.port_u16(), url.scheme_str()) {
        (Some(port), _) => port,
        (None, Some("https")) => 443,
        (None, _) => 80,
    };
    let host = url.host()?.trim_matches(['[', ']']);
    Some((host.to_owned(), port))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clinics_are_tried_from_the_first_to_the_last() {
        let povs: Vec<OutPovId> = (0..45)
            .map(|number| OutPovId::new(format!("{number:05}")).unwrap())
            .collect();
        assert_eq!(spread(&povs, 20).len(), 15);
        assert_eq!(spread(&povs, 100).len(), 45);
        assert_eq!(spread(&povs[..3], 1), povs[..1]);
    }

    #[test]
    fn addresses_are_read_from_urls() {
        let read = |url| host_and_port(url).unwrap();
        assert_eq!(
            read("http://[::1]:7001/router/rest"),
            ("::1".to_owned(), 7001)
        );
        assert_eq!(
            read("https://gw.test/router/rest"),
            ("gw.test".to_owned(), 443)
        );
    }
}
