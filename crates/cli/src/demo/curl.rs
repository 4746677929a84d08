//! Commands that work when they are pasted.

use std::path::Path;
use std::sync::Arc;

use povline_client::{AppointmentQuery, Client};
use povline_domain::{Clock as _, Day, OutPovId, PageNumber, PageRequest, PageSize};
use povline_protocol::methods::appointment_query::{METHOD, REQUEST_PARAM};

use super::platform::Platform;
use crate::call_error::call_error;
use crate::clock::SystemClock;
use crate::error::{CliError, CliResult};
use crate::exit::Exit;

/// Signs calls for whoever wants to try.
pub(super) struct Caller {
    client: Client,
    query: AppointmentQuery,
    options: String,
    agent_data: String,
}

impl Caller {
    pub(super) fn new(platform: &Platform, directory: &Path) -> CliResult<Self> {
        let fault = |what: &str| CliError::new(Exit::Failed, what);
        let (key, secret) = (platform.app_key.clone(), platform.secret.clone());
        let client = Client::builder(&platform.url(), key, secret, Arc::new(SystemClock))
            .build()
            .map_err(|error| fault("cannot sign a sample call").caused_by(&error))?;
        let size = PageSize::new(3).unwrap_or(PageSize::MAX);
        let query = AppointmentQuery {
            day: Day::at(SystemClock.now()),
            out_pov_id: OutPovId::new("00001")
                .map_err(|error| fault("cannot write a sample call").caused_by(&error))?,
            page: PageRequest {
                number: PageNumber::FIRST,
                size,
            },
        };
        Ok(Self {
            client,
            query,
            options: format!(
                "--url {} --app-key {} --secret-file {}",
                platform.url(),
                platform.app_key,
                quoted(&platform.secret_file)
            ),
            agent_data: quoted(&directory.join("agent")),
        })
    }

    /// A curl command, good for ten minutes: the protocol's tolerance for timestamps.
    pub(super) fn curl(&self) -> CliResult<String> {
        let (name, value) = (REQUEST_PARAM, self.query.to_param());
        let request = self
            .client
            .request(METHOD, &[(name, &value)])
            .map_err(|error| call_error("cannot sign a sample call", &error))?;
        // Everything in both is percent-encoded, so quotes are safe around them.
        let body = String::from_utf8_lossy(&request.body).into_owned();
        Ok(format!("curl -sS '{}' -d '{body}'", request.uri))
    }

    /// The same by `povline`, which signs anew each time.
    pub(super) fn call(&self) -> String {
        let (name, value) = (REQUEST_PARAM, self.query.to_param());
        format!("povline call {METHOD} {} {name}='{value}'", self.options)
    }

    pub(super) fn pull(&self) -> String {
        let AppointmentQuery {
            day, out_pov_id, ..
        } = &self.query;
        format!(
            "povline pull {} --pov {out_pov_id} --day {day}",
            self.options
        )
    }

    pub(super) fn events(&self) -> String {
        format!("povline events --data {} --follow", self.agent_data)
    }
}

/// A path as a shell takes it.
fn quoted(path: &Path) -> String {
    let text = path.display().to_string();
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-".contains(c);
    if text.chars().all(plain) {
        text
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    }
}
