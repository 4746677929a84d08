//! A server with a fixed answer for each POV, in a process of its own on the other core, so that a
//! client's cost can be told from its server's.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Write};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;

use anyhow::{Context, Result};
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;

/// The argument that makes the program this server.
pub(crate) const ARGUMENT: &str = "serve-fixed-answers";

/// The core that helpers are held to; what is measured runs on another.
const OTHER_CORE: &str = "1";

/// What stands before the POV's code in a request's form.
const POV_FOLLOWS: &[u8] = b"%22out_pov_id%22%3A%22";
/// The length of the sample's codes.
const POV_BYTES: usize = 5;

/// A running server; it ends with this value.
pub(crate) struct FixedAnswers {
    child: Child,
    pub(crate) address: SocketAddr,
}

impl FixedAnswers {
    /// Starts this program once more, as the server of these answers, each without line breaks.
    pub(crate) fn start(answers: &[(String, Vec<u8>)]) -> Result<Self> {
        let mut child = on_the_other_core(ARGUMENT)?
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .context("cannot start the server of fixed answers; is taskset there?")?;
        let mut stdin = child.stdin.take().context("no way to hand in answers")?;
        for (pov, answer) in answers {
            stdin.write_all(pov.as_bytes())?;
            stdin.write_all(answer)?;
            stdin.write_all(b"\n")?;
        }
        drop(stdin);
        let mut line = String::new();
        let stdout = child.stdout.take().context("the server tells nothing")?;
        BufReader::new(stdout).read_line(&mut line)?;
        let address = line.trim().parse().context("the server tells no address")?;
        Ok(Self { child, address })
    }
}

impl Drop for FixedAnswers {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// This program once more, as what `argument` makes it, where it does not disturb what is measured.
pub(crate) fn on_the_other_core(argument: &str) -> Result<Command> {
    let mut command = Command::new("taskset");
    command
        .args(["-c", OTHER_CORE])
        .arg(std::env::current_exe()?)
        .arg(argument);
    Ok(command)
}

/// Is that server: reads the answers, prints its address, serves until it is killed.
pub(crate) fn run() -> Result<()> {
    let mut answers = HashMap::new();
    for line in std::io::stdin().lock().split(b'\n') {
        let line = Bytes::from(line?);
        answers.insert(line.slice(..POV_BYTES), line.slice(POV_BYTES..));
    }
    let answers = Arc::new(answers);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_io()
        .build()?;
    runtime.block_on(async {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        println!("{}", listener.local_addr()?);
        tokio::spawn(never_sleep());
        loop {
            let (stream, _) = listener.accept().await?;
            stream.set_nodelay(true)?;
            let answers = Arc::clone(&answers);
            let service = service_fn(move |request: Request<Incoming>| {
                let answers = Arc::clone(&answers);
                async move {
                    let form = request.into_body().collect().await?.to_bytes();
                    let answer = asked_pov(&form)
                        .and_then(|pov| answers.get(pov))
                        .context("no answer for this POV")?;
                    Response::builder()
                        .header("content-type", "application/json;charset=UTF-8")
                        .body(Full::new(answer.clone()))
                        .map_err(anyhow::Error::from)
                }
            });
            let connection = hyper::server::conn::http1::Builder::new();
            // A client that hangs up is the end of its connection and of nothing else.
            drop(tokio::spawn(
                connection.serve_connection(TokioIo::new(stream), service),
            ));
        }
    })
}

/// Keeps the server looking for requests. One that slept would have to be woken by whoever calls it,
/// at the caller's cost: by a client that is slower than the server for every call, by one that keeps
/// the server busy for none. A server on another machine is woken by nobody.
async fn never_sleep() {
    loop {
        tokio::task::yield_now().await;
    }
}

fn asked_pov(form: &[u8]) -> Option<&[u8]> {
    let place = memchr::memmem::find(form, POV_FOLLOWS)? + POV_FOLLOWS.len();
    form.get(place..place + POV_BYTES)
}
