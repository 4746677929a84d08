//! A client that is run as a process of its own.

use std::process::Stdio;

use tokio::process::Command;

use super::run::{APP_KEY, Place, SECRET};
use crate::error::{CliError, CliResult};
use crate::exit::Exit;

/// Runs a client until it ends. What it prints goes to standard error, because standard output is
/// the grade's.
pub(super) async fn play(program: &str, arguments: &[String], place: &Place) -> CliResult<()> {
    let mut child = Command::new(program)
        .args(arguments)
        .env("URL", &place.url)
        .env("ADMIN", &place.admin)
        .env("APP_KEY", APP_KEY)
        .env("SECRET", SECRET)
        .env("CALLS_PER_SECOND", place.calls_per_second.to_string())
        .stdin(Stdio::null())
        .stdout(std::io::stderr())
        .kill_on_drop(true)
        .spawn()
        .map_err(|error| {
            CliError::new(Exit::Failed, format!("cannot run {program}"))
                .caused_by(&error)
                .remedy("name a program that is there, behind -- with its arguments 在 -- 之后写客户端程序及参数")
        })?;
    let status = child.wait().await.map_err(|error| {
        CliError::new(Exit::Failed, format!("cannot wait for {program}"))
            .caused_by(&error)
            .remedy("run it again 请重新运行")
    })?;
    match status.success() {
        true => Ok(()),
        false => Err(CliError::new(
            Exit::Failed,
            format!("the client {program} failed: {status}"),
        )
        .remedy(
            "what it printed stands above: mend it and play again 见上方客户端输出,修正后再运行",
        )),
    }
}
