//! The platform under test: the released binary, filled and served through its own commands.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};

use super::answer::Format;
use super::machine::{SERVER_CORE, pinned};
use super::scratch::Scratch;
use super::{http, rows};
use crate::commands::{cargo, output, run, target_folder};

const METHOD: &str = "alibaba.health.vaccin.appointment.query";

/// A call that is ready to be sent, good for some minutes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct SignedCall {
    /// Path and query.
    pub(super) path: String,
    /// The urlencoded form.
    pub(super) body: String,
    /// Whether gzip is asked for.
    pub(super) gzip: bool,
}

impl SignedCall {
    /// The header lines by which it asks for what it wants.
    pub(super) fn headers(&self) -> Vec<(&'static str, &'static str)> {
        let gzip = self.gzip.then_some(("Accept-Encoding", "gzip"));
        [("Content-Type", super::load::FORM)]
            .into_iter()
            .chain(gzip)
            .collect()
    }
}

/// Builds the binary and tells where it is.
pub(super) fn build() -> Result<PathBuf> {
    run(&mut cargo(&[
        "build",
        "--release",
        "--locked",
        "--package",
        "povline",
    ]))?;
    Ok(target_folder().join("release/povline"))
}

/// An app that may read everything.
#[derive(Debug)]
pub(super) struct Caller {
    app_key: String,
    secret_file: PathBuf,
}

impl Caller {
    /// Makes an app of this name in a book.
    fn make(binary: &Path, data: &Path, name: &str) -> Result<Self> {
        let app = output(
            Command::new(binary)
                .args(["app", "create", "--isv", "bench", "--name", name])
                .args(["--grant", "*", "--format", "json", "--data"])
                .arg(data),
        )?;
        let app: Value = serde_json::from_str(&app).context("`povline app create`")?;
        let member = |key: &str| {
            let value = app[key].as_str();
            value.with_context(|| format!("`povline app create` tells no {key}"))
        };
        let secret_file = data.join(format!("{name}.secret"));
        std::fs::write(&secret_file, member("secret")?).context("cannot write the secret")?;
        Ok(Self {
            app_key: member("app_key")?.to_owned(),
            secret_file,
        })
    }
}

/// A running platform; it ends with this value.
#[derive(Debug)]
pub(super) struct Platform {
    child: Child,
    binary: PathBuf,
    data: PathBuf,
    caller: Caller,
    pub(super) address: SocketAddr,
}

impl Platform {
    /// Imports the synthetic appointments, makes an app that may read them, and serves them from
    /// the server's core.
    pub(super) fn start(binary: &Path, scratch: &Scratch) -> Result<Self> {
        let data = scratch.path().join("data");
        let csv = scratch.write("appointments.csv", rows::csv())?;
        run(Command::new(binary)
            .args(["import", "--isv", "bench", "--create-povs", "--data"])
            .arg(&data)
            .arg(csv))?;
        let caller = Caller::make(binary, &data, "bench")?;
        let (address, admin) = (http::free_address()?, http::free_address()?);
        let child = pinned(SERVER_CORE, binary)
            .args(["serve", "--listen", &address.to_string()])
            .args(["--admin", &admin.to_string(), "--data"])
            .arg(&data)
            // A bench makes more calls than a day has.
            .args(["--app-calls-per-day", "0"])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .spawn()
            .context("cannot start the platform")?;
        let platform = Self {
            child,
            binary: binary.to_path_buf(),
            data,
            caller,
            address,
        };
        platform.wait_until_it_answers()?;
        Ok(platform)
    }

    pub(super) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Makes another app.
    pub(super) fn make_app(&self, name: &str) -> Result<Caller> {
        Caller::make(&self.binary, &self.data, name)
    }

    /// Limits an app's calls within any one second.
    pub(super) fn limit(&self, caller: &Caller, per_second: u32) -> Result<()> {
        run(Command::new(&self.binary)
            .args(["app", "limit", &caller.app_key, "--per-second"])
            .args([&per_second.to_string(), "--data"])
            .arg(&self.data))
    }

    /// Has the binary sign a call for one page.
    pub(super) fn sign(
        &self,
        out_pov_id: &str,
        page_num: usize,
        page_size: usize,
        format: Format,
    ) -> Result<SignedCall> {
        self.sign_as(&self.caller, out_pov_id, page_num, page_size, format)
    }

    /// The same for another app.
    pub(super) fn sign_as(
        &self,
        caller: &Caller,
        out_pov_id: &str,
        page_num: usize,
        page_size: usize,
        format: Format,
    ) -> Result<SignedCall> {
        let request = json!({
            "day": rows::DAY,
            "out_pov_id": out_pov_id,
            "page_num": page_num,
            "page_size": page_size,
        });
        let printed = output(
            Command::new(&self.binary)
                .args(["call", METHOD, "--print-request", "--format", format.word()])
                .arg("--url")
                .arg(format!("http://{}/router/rest", self.address))
                .args(["--app-key", &caller.app_key, "--secret-file"])
                .arg(&caller.secret_file)
                .arg(format!(
                    "param_query_pov_appointment_record_by_date_req={request}"
                )),
        )?;
        parse(&printed)
    }

    fn wait_until_it_answers(&self) -> Result<()> {
        for _ in 0..200 {
            if std::net::TcpStream::connect(self.address).is_ok() {
                return Ok(());
            }
            super::pause(Duration::from_millis(50));
        }
        bail!("the platform does not listen on {}", self.address)
    }
}

impl Drop for Platform {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// The URL, an empty line, the body.
fn parse(printed: &str) -> Result<SignedCall> {
    let (url, body) = printed
        .trim_end()
        .split_once("\n\n")
        .context("`povline call --print-request` prints a URL, an empty line and a body")?;
    let path = url
        .split_once("://")
        .and_then(|(_, rest)| rest.find('/').map(|slash| &rest[slash..]))
        .with_context(|| format!("{url:?} is no URL with a path"))?;
    Ok(SignedCall {
        path: path.to_owned(),
        body: body.to_owned(),
        gzip: false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_printed_request_is_taken_apart() {
        let call = parse("http://127.0.0.1:80/router/rest?v=2.0&sign=AB\n\nparam=%7B%7D\n");
        let expected = SignedCall {
            path: "/router/rest?v=2.0&sign=AB".to_owned(),
            body: "param=%7B%7D".to_owned(),
            gzip: false,
        };
        assert_eq!(call.unwrap(), expected);
        assert!(parse("http://127.0.0.1/router/rest").is_err());
        assert!(parse("127.0.0.1\n\nx").is_err());
    }
}
