//! `world record`: looks on while a client calls a real server.

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use indicatif::{ProgressBar, ProgressDrawTarget};
use povline_client::{HttpSettings, HttpTransport, TrustStore};
use povline_domain::Clock as _;
use povline_world::recording::{Proxy, RecordedCall, Recorder, write_call, write_head};

use super::run::{listen, told};
use crate::args::WorldRecordArgs;
use crate::clock::SystemClock;
use crate::error::{CliError, CliResult};
use crate::exit::Exit;
use crate::output::stderr_is_terminal;
use crate::{random, shutdown};

#[expect(clippy::print_stderr, reason = "how to call it goes to standard error")]
pub(super) async fn run(args: &WorldRecordArgs) -> CliResult<()> {
    let upstream = upstream(&args.upstream)?;
    let unwritten = |error: &std::io::Error| {
        let file = args.out.display();
        CliError::new(Exit::Failed, format!("cannot write {file}"))
            .caused_by(error)
            .remedy("name a file that is not there yet, with --out")
    };
    let mut out = File::create_new(&args.out)
        .map(BufWriter::new)
        .map_err(|error| unwritten(&error))?;
    let recorder = Recorder::new(SystemClock.now(), random::seed()?);
    write_head(&mut out, recorder.begun_at())
        .and_then(|()| out.flush())
        .map_err(|error| unwritten(&error))?;
    let listener = listen(args.listen).await?;
    let trust = TrustStore::of_the_system();
    let transport = Arc::new(HttpTransport::new(HttpSettings::default(), trust));
    eprintln!(
        "let the client call 客户端改为调用: http://{}{}",
        told(&listener, args.listen),
        upstream.path(),
    );
    eprintln!("Ctrl-C stops 停止");
    let count = Arc::new(AtomicU64::new(0));
    let bar = match stderr_is_terminal() {
        true => ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr()),
        false => ProgressBar::hidden(),
    };
    let keep = {
        let (count, bar) = (Arc::clone(&count), bar.clone());
        move |call: &RecordedCall| {
            // Each line is there at once, so that whatever ends this process ends no recording.
            match write_call(&mut out, call).and_then(|()| out.flush()) {
                Ok(()) => {
                    let calls = count.fetch_add(1, Ordering::Relaxed) + 1;
                    bar.set_message(format!("{calls} calls"));
                    bar.inc(1);
                }
                Err(error) => tracing::error!(%error, "a call could not be recorded"),
            }
        }
    };
    let clock = Arc::new(SystemClock);
    let proxy = Arc::new(Proxy::new(upstream, transport, clock, recorder, keep));
    proxy.serve(listener, shutdown::requested()).await;
    bar.finish_and_clear();
    let calls = count.load(Ordering::Relaxed);
    let file = args.out.display();
    eprintln!("{calls} calls 次调用: {file}");
    eprintln!("next 接着: povline world replay {file}");
    Ok(())
}

fn upstream(url: &str) -> CliResult<http::Uri> {
    let wrong = || {
        CliError::new(Exit::Usage, format!("--upstream {url:?} is no address")).remedy(
            "write the server's whole address without a query, such as https://eco.taobao.com/router/rest",
        )
    };
    let uri: http::Uri = url.parse().map_err(|_| wrong())?;
    let is_http = matches!(uri.scheme_str(), Some("http" | "https"));
    match is_http && uri.host().is_some_and(|host| !host.is_empty()) && uri.query().is_none() {
        true => Ok(uri),
        false => Err(wrong()),
    }
}
