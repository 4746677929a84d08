//! The admin address of a world, as a client uses it.

use bytes::Bytes;
use povline_client::{HttpRequest, HttpSettings, HttpTransport, Transport as _, TrustStore};
use povline_domain::{Day, OutPovId, UnixMillis};
use serde_json::Value;

use crate::error::{CliError, CliResult};
use crate::exit::Exit;

/// Where the clock is read and set, and where views are handed in.
pub(super) struct Admin {
    base: String,
    transport: HttpTransport,
}

/// What the world's clock shows.
pub(super) struct WorldTime {
    pub(super) now: UnixMillis,
    pub(super) at_rest: bool,
}

impl Admin {
    pub(super) fn new(base: &str) -> Self {
        Self {
            base: base.trim_end_matches('/').to_owned(),
            transport: HttpTransport::new(HttpSettings::default(), TrustStore::of_the_system()),
        }
    }

    pub(super) async fn clock(&self) -> CliResult<WorldTime> {
        let text = self.send("/clock", None).await?;
        let value: Value = serde_json::from_str(&text).unwrap_or_default();
        match (value["now_ms"].as_i64(), value["at_rest"].as_bool()) {
            (Some(now), Some(at_rest)) => Ok(WorldTime {
                now: UnixMillis(now),
                at_rest,
            }),
            _ => Err(self.foreign()),
        }
    }

    /// The lists to poll now.
    pub(super) async fn lists(&self) -> CliResult<Vec<(OutPovId, Day)>> {
        let text = self.send("/lists", None).await?;
        text.lines()
            .map(|line| {
                let (pov, day) = line.split_once(' ').ok_or_else(|| self.foreign())?;
                let pov = OutPovId::new(pov).map_err(|_| self.foreign())?;
                let day = day.parse().map_err(|_| self.foreign())?;
                Ok((pov, day))
            })
            .collect()
    }

    pub(super) async fn post(&self, path: &str, body: String) -> CliResult<String> {
        // An empty body would make it a GET.
        let body = if body.is_empty() {
            "\n".to_owned()
        } else {
            body
        };
        self.send(path, Some(body)).await
    }

    async fn send(&self, path: &str, body: Option<String>) -> CliResult<String> {
        let fault = |what: String| {
            CliError::new(Exit::Unreachable, what)
                .remedy("start one with `povline world run SCENARIO -- povline world agent`")
        };
        let uri = format!("{}{path}", self.base);
        let request = HttpRequest {
            uri: uri
                .parse()
                .map_err(|_| fault(format!("{uri} is no address of a world")))?,
            content_type: "application/x-ndjson",
            body: body.map_or_else(Bytes::new, Bytes::from),
        };
        let answer = self.transport.send(request).await.map_err(|error| {
            fault(format!("cannot reach the world at {}", self.base)).caused_by(&error)
        })?;
        let text = String::from_utf8_lossy(&answer.body).into_owned();
        match answer.status {
            200 => Ok(text),
            _ => Err(fault(format!("the world refused {path}: {}", text.trim()))),
        }
    }

    fn foreign(&self) -> CliError {
        CliError::new(
            Exit::Unreachable,
            format!("{} is not the admin address of a world", self.base),
        )
    }
}
